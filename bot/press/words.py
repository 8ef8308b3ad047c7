"""The words of a picture: sentences of content/texts/press.toml, numbers the Vietnamese way, the alternative text."""

import math
import tomllib
import unicodedata
from dataclasses import asdict
from pathlib import Path

from bot.press.values import Anniversary, Call, Countdown, PressError, Question, Target, Values

MILESTONES = 4
"""more would push the text of a picture below what old eyes read on a small telephone"""

Fields = dict[str, object]
"""what a template reads from `v`; JSON-able"""


class Words:
    """words("target.none") -> the sentence, filled in by str.format. Raises PressError for a missing key or a gap."""

    def __init__(self, path: Path) -> None:
        try:
            self._tables = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PressError(f"{path.name}: {error}") from error

    def __call__(self, key: str, /, **values: str) -> str:
        try:
            table, _, name = key.rpartition(".")
            sentence = (self._tables[table] if table else self._tables)[name]
            return str(sentence).format(**values)
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            raise PressError(f"press.toml: {key}: {error!r}") from error


def number(value: float) -> str:
    """2730 -> «2.730», 0.5 -> «0,5»; at most two decimals. Raises PressError for what is not a finite number."""
    if not math.isfinite(value):
        raise PressError(f"not a number: {value}")
    return f"{value:,.2f}".rstrip("0").rstrip(".").translate(str.maketrans(",.", ".,"))


def told(values: Values, words: Words) -> tuple[Fields, str]:
    """What the template prints, and the same as sentences for who cannot see it. Raises PressError."""
    match values:
        case Target():
            added, body = _target(values, words)
        case Countdown():
            added, body = _countdown(values, words)
        case Question():
            added, body = _question(values, words)
        case Anniversary():
            added, body = _anniversary(values, words)
        case Call():
            added, body = _call(values, words)
    fixed = {key: words(key) for key in ("rule", "campaign", "signature", "scan")}
    alt = words("alt.frame", body=body, ward=values.ward, rule=fixed["rule"], signature=fixed["signature"])
    return {**asdict(values), **fixed, **added}, unicodedata.normalize("NFC", " ".join(alt.split()))


def _target(target: Target, words: Words) -> tuple[Fields, str]:
    goal, about = number(target.goal), words("target.about") if target.about else ""
    spoken = not target.deadline or target.deadline in target.standing
    deadline = "" if spoken else _sentence(words("target.deadline", deadline=target.deadline))
    standing, progress = _sentence(target.standing), _progress(target, words)
    source = f"{_as_of(target.as_of, words)} {_source(target.source, words)}".strip()
    added: Fields = {
        "goal_text": goal,
        "about_word": about,
        "share": _share(target),
        "progress": progress,
        "deadline_line": deadline,
        "standing": standing,
        "source_line": source,
    }
    return added, words(
        "alt.target",
        title=_sentence(target.title),
        label=target.label,
        goal=f"{about} {goal}".strip(),
        unit=target.unit,
        deadline=deadline,
        standing=standing,
        progress=_sentence(progress),
        source=source,
    )


def _share(target: Target) -> float | None:
    """How much of the bar is filled, from 0 to 1; None for a bar that says there is no figure."""
    if target.done is None:
        return None
    return max(0.0, min(target.done / target.goal, 1.0)) if target.goal > 0 else 0.0


def _progress(target: Target, words: Words) -> str:
    if target.done is None:
        return words("target.none")
    done = number(target.done)
    if target.goal <= 0:
        return words("target.done_only", done=done, unit=target.unit)
    # Rounded down: 99,96 % must not be announced as all of it.
    percent = number(math.floor(target.done * 1000 / target.goal) / 10)
    return words("target.done", done=done, goal=number(target.goal), unit=target.unit, percent=percent)


def _as_of(as_of: str, words: Words) -> str:
    if not as_of:
        return ""
    return words(f"target.as_of_{('year', 'month', 'day')[min(as_of.count('/'), 2)]}", as_of=as_of)


def _countdown(countdown: Countdown, words: Words) -> tuple[Fields, str]:
    day, total, left = map(number, (countdown.day, countdown.total, countdown.left))
    running = countdown.left > 0 and countdown.day > 0
    key = "alt" if running else "ended" if countdown.left <= 0 else "before"
    standing = words(f"countdown.{key}", day=day, total=total, left=left, end=countdown.end)
    figures = [
        (words("countdown.day"), day, words("countdown.of", total=total)),
        (words("countdown.left"), left, words("countdown.days", end=countdown.end)),
    ]
    milestones = [(_capital(date), label, passed) for date, label, passed in _chosen(countdown.milestones)]
    added: Fields = {
        "standing": standing,
        "figures": figures if running else [],
        "day": countdown.day if countdown.left > 0 else countdown.total,
        "milestones": milestones,
        "passed": words("countdown.passed"),
    }
    marks = [words(f"alt.milestone{'_passed' * passed}", date=date, label=label) for date, label, passed in milestones]
    listed = words("alt.milestones", list="; ".join(marks)) if marks else ""
    return added, words("alt.countdown", standing=_sentence(standing), milestones=listed)


def _chosen(milestones: tuple[tuple[str, str, bool], ...]) -> list[tuple[str, str, bool]]:
    """At most MILESTONES in their order: the nearest to come, then the latest passed."""
    ahead = [mark for mark in milestones if not mark[2]][:MILESTONES]
    passed = [mark for mark in milestones if mark[2]]
    return passed[max(0, len(passed) + len(ahead) - MILESTONES) :] + ahead


def _question(question: Question, words: Words) -> tuple[Fields, str]:
    source = _source(question.source, words)
    body = words(
        "alt.question", question=_sentence(question.question), answer=_sentence(question.answer), source=source
    )
    return {"source_line": source}, body


def _anniversary(anniversary: Anniversary, words: Words) -> tuple[Fields, str]:
    years = anniversary.years
    years_line = words("anniversary.years", years=number(years)) if years and years > 0 else ""
    lunar_line = words("anniversary.lunar", lunar=anniversary.lunar) if anniversary.lunar else ""
    return {"years_line": years_line, "lunar_line": lunar_line}, words(
        "alt.anniversary",
        day=anniversary.day,
        name=_sentence(anniversary.name),
        years=_sentence(years_line),
        lunar=_sentence(lunar_line),
        line=_sentence(anniversary.line),
    )


def _call(call: Call, words: Words) -> tuple[Fields, str]:
    head, _, rest = call.warning.partition(". ")
    body = words(
        "alt.call", title=_sentence(call.title), lines=_sentence(" ".join(call.lines)), warning=_sentence(call.warning)
    )
    return {"warning_head": _sentence(head), "warning_rest": rest}, body


def _source(source: str, words: Words) -> str:
    return _sentence(words("source", source=source)) if source else ""


def _sentence(clause: str) -> str:
    """The clause with a capital and a full stop; nothing stays nothing."""
    clause = _capital(clause.strip())
    return clause and clause + ("" if clause[-1] in ".!?…:;" else ".")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
