"""Pictures made of figures, told: the fields of their templates, and the same as sentences for who cannot see them."""

import math
from datetime import date

from bot.press.values import Countdown, Numbers, Ranking, Target, Timeline, Trend
from bot.press.words import Fields, Words, capital, number, sentence, source_line

MILESTONES = 4
"""more would push the text of a picture below what old eyes read on a small telephone"""
PLACES = 7
"""bars of a ranking; what is left over is counted, not left out silently"""
FIGURES = 4
"""of a page of numbers"""


def target(target: Target, words: Words) -> tuple[Fields, str]:
    goal, about = number(target.goal), words("target.about") if target.about else ""
    spoken = not target.deadline or target.deadline in target.standing
    deadline = "" if spoken else sentence(words("target.deadline", deadline=target.deadline))
    standing, progress = sentence(target.standing), _progress(target, words)
    source = f"{_as_of(target.as_of, words)} {source_line(target.source, words)}".strip()
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
        title=sentence(target.title),
        label=target.label,
        goal=f"{about} {goal}".strip(),
        unit=target.unit,
        deadline=deadline,
        standing=standing,
        progress=sentence(progress),
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


def countdown(countdown: Countdown, words: Words) -> tuple[Fields, str]:
    day, total, left = map(number, (countdown.day, countdown.total, countdown.left))
    running = countdown.left > 0 and countdown.day > 0
    key = "alt" if running else "ended" if countdown.left <= 0 else "before"
    standing = words(f"countdown.{key}", day=day, total=total, left=left, end=countdown.end)
    figures = [
        (words("countdown.day"), day, words("countdown.of", total=total)),
        (words("countdown.left"), left, words("countdown.days", end=countdown.end)),
    ]
    milestones = [(capital(date), label, passed) for date, label, passed in _chosen(countdown.milestones)]
    added: Fields = {
        "standing": standing,
        "figures": figures if running else [],
        "day": countdown.day if countdown.left > 0 else countdown.total,
        "milestones": milestones,
        "passed": words("countdown.passed"),
    }
    marks = [words(f"alt.milestone{'_passed' * passed}", date=date, label=label) for date, label, passed in milestones]
    listed = words("alt.milestones", list="; ".join(marks)) if marks else ""
    return added, words("alt.countdown", standing=sentence(standing), milestones=listed)


def _chosen(milestones: tuple[tuple[str, str, bool], ...]) -> list[tuple[str, str, bool]]:
    """At most MILESTONES in their order: the nearest to come, then the latest passed."""
    ahead = [mark for mark in milestones if not mark[2]][:MILESTONES]
    passed = [mark for mark in milestones if mark[2]]
    return passed[max(0, len(passed) + len(ahead) - MILESTONES) :] + ahead


def trend(trend: Trend, words: Words) -> tuple[Fields, str]:
    points = [(date.fromisoformat(day), value) for day, value in trend.points]
    source = source_line(trend.source, words)
    title, goal = sentence(trend.title), number(trend.goal) if trend.goal is not None else ""
    if len(points) < 2:
        none = words("trend.none")
        return {"places": [], "none": none, "source_line": source}, words(
            "alt.trend_none", title=title, label=trend.label, none=sentence(none), source=source
        )
    (first, _), (last, now) = points[0], points[-1]
    top = max([value for _, value in points] + ([trend.goal] if trend.goal is not None else [])) or 1
    span = (last - first).days or 1
    goal_line = words("trend.goal", goal=goal, unit=trend.unit) if goal else ""
    added: Fields = {
        "places": [[(day - first).days / span, max(value, 0) / top, number(value)] for day, value in points],
        "goal_place": trend.goal / top if trend.goal is not None else None,
        "goal_line": goal_line,
        "begins": _day(first),
        "ends": _day(last),
        "newest": words("trend.newest", day=_day(last), value=number(now), unit=trend.unit),
        "none": "",
        "source_line": source,
    }
    steps = "; ".join(f"{_day(day)}: {number(value)}" for day, value in points)
    return added, words(
        "alt.trend",
        title=title,
        label=trend.label,
        unit=trend.unit,
        steps=steps,
        goal=sentence(goal_line),
        source=source,
    )


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def ranking(ranking: Ranking, words: Words) -> tuple[Fields, str]:
    rows = sorted(ranking.rows, key=lambda row: -row[1])
    shown, left = rows[:PLACES], len(rows) - PLACES
    top = max((value for _, value in rows), default=0) or 1
    rest = words("ranking.rest", number=number(left)) if left > 0 else ""
    source = source_line(ranking.source, words)
    added: Fields = {
        "bars": [[name, number(value), max(value, 0) / top] for name, value in shown],
        "rest": rest,
        "source_line": source,
    }
    listed = "; ".join(f"{name}: {number(value)} {ranking.unit}".strip() for name, value in shown)
    return added, words("alt.ranking", title=sentence(ranking.title), list=listed, rest=sentence(rest), source=source)


def numbers(numbers: Numbers, words: Words) -> tuple[Fields, str]:
    rows = numbers.rows[:FIGURES]
    listed = " ".join(f"{sentence(f'{value} {label}')} {sentence(source)}" for value, label, source in rows)
    return {"rows": rows}, words("alt.numbers", title=sentence(numbers.title), list=listed)


def timeline(timeline: Timeline, words: Words) -> tuple[Fields, str]:
    marks = [(capital(date), label, passed) for date, label, passed in _chosen(timeline.marks)]
    listed = "; ".join(
        words(f"alt.milestone{'_passed' * passed}", date=date, label=label) for date, label, passed in marks
    )
    source = source_line(timeline.source, words)
    added: Fields = {"marks": marks, "passed": words("countdown.passed"), "source_line": source}
    return added, words("alt.timeline", title=sentence(timeline.title), list=listed, source=source)
