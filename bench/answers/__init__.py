"""Questions as people type them, and how right the answers are: calibrate.txt to choose by, held-out.txt to tell.

A line is «ids of the posts that answer it | the question». Instead of ids: «-» something else, «~» near but not in the
library, «!why» only a person may answer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answers.search import Decision, Index
from bot.wordbook import Wordbook

FOLDER = Path(__file__).parent
CHOSEN_ON, HELD_OUT = FOLDER / "calibrate.txt", FOLDER / "held-out.txt"


@dataclass(frozen=True, slots=True)
class Asked:
    """`right`: ids of the answers that would be right; none: it should be declined."""

    words: str
    right: frozenset[str]
    personal: bool = False


def asked_in(file: Path) -> Iterator[Asked]:
    for line in file.read_text("utf-8").splitlines():
        ids, bar, words = line.partition("|")
        if bar and not line.startswith("#"):
            right = frozenset() if ids[0] in "-~!" else frozenset(id.strip() for id in ids.split(","))
            yield Asked(words.strip(), right, ids.startswith("!"))


def outcome(index: Index, book: Wordbook, asked: Asked) -> str:
    """right · wrong: answered; offered · offered_wrong: to choose from; person · declined: not by the machine."""
    if book.reason(asked.words):
        return "person"
    found = index.find(asked.words)
    match found.decision:
        case Decision.SURE:
            return "right" if found.ranked[0].id in asked.right else "wrong"
        case Decision.UNSURE:
            return "offered" if asked.right & set(found.choices) else "offered_wrong"
    return "declined"


def told(index: Index, book: Wordbook, asked: Sequence[Asked]) -> dict[str, Any]:
    """Of all questions, of those the library answers, and of those it does not."""
    counts = {True: Counter[str](), False: Counter[str]()}
    for one in asked:
        counts[bool(one.right)][outcome(index, book, one)] += 1
    answered = sum(each["right"] + each["wrong"] for each in counts.values())
    wrong = sum(each["wrong"] for each in counts.values())
    personal = [one for one in asked if one.personal]
    return {
        "questions": len(asked),
        "answered_right": answered - wrong,
        "answered_wrong": wrong,
        "declined": len(asked) - answered,
        "wrong_of_all": round(wrong / len(asked), 4),
        "wrong_of_answered": round(wrong / (answered or 1), 4),
        "in_the_library": dict(counts[True]),
        "not_in_it": dict(counts[False]),
        "personal_to_a_person": f"{sum(bool(book.reason(one.words)) for one in personal)} of {len(personal)}",
    }


def wrong_ones(index: Index, book: Wordbook, asked: Sequence[Asked]) -> Iterator[str]:
    """For the eye: what was answered wrongly, and with what."""
    for one in asked:
        if outcome(index, book, one) == "wrong":
            found = index.find(one.words)
            yield f"«{one.words}» → {found.ranked[0].id} ({found.confidence:.2f})"
