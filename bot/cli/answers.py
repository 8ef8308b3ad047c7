"""trian answers try: the search measured on any collection; needs no database."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from bot.answers.search import Entry, Found, Index
from bot.cli import Where, group, library_of, option_json, say, show

answers = group("answers")


@dataclass(frozen=True, slots=True)
class Trial:
    """What the file holds."""

    entries: tuple[Entry, ...]
    questions: tuple[str, ...]


class Unusable(ValueError):
    """The message is a key of texts cli.try."""


@answers.command("try", help=say("cli.help.answers_try"))
def answers_try(file: Path, as_json: bool = option_json()) -> None:
    """Exit 1 for a file that cannot be used."""
    try:
        trial = read_trial(file)
    except OSError:
        _refuse("missing", file)
    except Unusable as error:
        _refuse(str(error), file)
    index = Index(trial.entries, library_of(Where.config()).wordbook)
    found = [(question, index.find(question)) for question in trial.questions]
    if as_json:
        typer.echo(json.dumps([_told(*one) for one in found], ensure_ascii=False, indent=1))
        return
    show([_line(*one) for one in found], "try", as_json=False)


def read_trial(file: Path) -> Trial:
    """Raises OSError, and Unusable with the reason."""
    try:
        content = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unusable("not_json") from None
    if not isinstance(content, dict) or not {"answers", "questions"} <= content.keys():
        raise Unusable("no_parts")
    rows, questions = content["answers"], content["questions"]
    if not isinstance(rows, list) or not all(map(_is_answer, rows)):
        raise Unusable("bad_answer")
    if not isinstance(questions, list) or not all(isinstance(one, str) for one in questions):
        raise Unusable("bad_question")
    entries = tuple(Entry(str(row["id"]), row["title"], row["text"], tuple(row.get("asks", ()))) for row in rows)
    if len({entry.id for entry in entries}) < len(entries):
        raise Unusable("twice")
    return Trial(entries, tuple(questions))


def _is_answer(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        return False
    asks = row.get("asks", [])
    words = [row.get("title"), row.get("text"), *(asks if isinstance(asks, list) else [None])]
    return all(isinstance(one, str) for one in words)


def _told(question: str, found: Found) -> dict[str, Any]:
    ranked = [asdict(one) for one in found.ranked]
    return {
        "question": question,
        "decision": found.decision,
        "confidence": round(found.confidence, 4),
        "ranked": ranked,
    }


def _line(question: str, found: Found) -> dict[str, str]:
    ranked = ", ".join(f"{one.id} {one.score:.2f}" for one in found.ranked[:3])
    return {"question": question, "decision": say(f"cli.decision.{found.decision}"), "ranked": ranked}


def _refuse(reason: str, file: Path) -> None:
    print(say(f"cli.try.{reason}", file=file), file=sys.stderr)  # noqa: T201
    raise typer.Exit(1)
