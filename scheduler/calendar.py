"""When the schedule speaks: the occurrences in a span of time. Pure functions; plan.py acts on them.

How a `when` is read is recurrence.py. Its clock times are laid upon the service's zone: a time that the clock skips
in spring is said as much later, one that it shows twice in autumn is said the first time only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.library import Anniversary
from bot.lunar import DAY, yearly
from bot.timetable import Entry, Schedule
from scheduler.recurrence import LONGEST_BEFORE, Campaign, Span, When, at_clock, day_month, read_time, read_when


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment at which an entry speaks. Of a series the post is not known before its turn: `post_id` is None."""

    entry: Entry
    at: datetime
    """aware, in the service's zone, moved out of the quiet hours"""
    said: datetime
    """as the schedule says it, before the quiet hours"""
    post_id: str | None
    key: str
    """never changes and never names two moments"""


def occurrences(
    schedule: Schedule,
    anniversaries: Mapping[str, Anniversary],
    after: datetime,
    until: datetime,
    *,
    zone: ZoneInfo,
    campaign: Campaign,
) -> list[Occurrence]:
    """Every occurrence with `after` < said <= `until`, by `at`, then by the order in the file.

    Left out are ordinary posts on a day that has its own word, and reminders on the day of another anniversary.
    Neighbouring spans leave nothing out and name nothing twice. An entry that cannot be read says nothing;
    check_entry and check_anniversary tell why.
    """
    span = Span(min(_walls(after, zone)), max(_walls(until, zone)), zone)
    speaking = partial(_speaking, schedule, anniversaries, campaign)
    found = [one for one in speaking(span) if after < _utc(one.said) <= until]
    if any(_is_light(one, anniversaries) for one in found):
        weighty = [one for one in speaking(span.of_whole_days()) if not _is_light(one, anniversaries)]
        found = [one for one in found if not _gives_way(one, weighty, anniversaries)]
    return sorted(found, key=lambda one: _utc(one.at))


def check_when(when: Any) -> str | None:
    """None when it can be read, else the words that are wrong; «at = ?» when something is missing."""
    try:
        read_when(when, (date.min, date.min))
    except ValueError as error:
        return str(error)
    return None


def check_entry(entry: Entry) -> str | None:
    """check_when, and whether the other keys of the entry go with its `when`."""
    if words := check_when(entry.when):
        return words
    for key, day in (("from", entry.starts), ("until", entry.ends)):
        if day is not None and type(day) is not date:
            return f"{key} = {day}"
    only_at = set(entry.when) == {"at"}
    if only_at and not (entry.anniversary or entry.anniversaries):
        return "when = ?"
    if entry.anniversaries and not only_at:
        return ", ".join(key for key in entry.when if key != "at")
    return None


def check_anniversary(anniversary: Anniversary) -> str | None:
    """None when its rule names a day that exists and its reminders are at most a year before, else the wrong words."""
    kind, day, month = anniversary.rule
    try:
        if kind != "term":
            day_month(kind, f"{day}/{month}")
    except ValueError as error:
        return str(error)
    return next((f"days = {days}" for days in anniversary.before if not 0 <= days <= LONGEST_BEFORE), None)


def after_quiet(moment: datetime, quiet: tuple[time, time]) -> datetime:
    """The first moment, from `moment` on and by its own zone's clock, that is not in the quiet hours.

    They may cross midnight; the minute they end in is not quiet any more; equal ends mean that there are none.
    """
    start, end = quiet
    clock, overnight = moment.time(), start > end
    evening, morning = clock >= start, clock < end
    if start == end or not (evening or morning if overnight else evening and morning):
        return moment
    over = datetime.combine(moment.date() + (DAY if overnight and evening else timedelta()), end, moment.tzinfo)
    if _utc(over) < _utc(moment):
        over = over.replace(fold=1)
    return after_quiet(_utc(over).astimezone(moment.tzinfo), quiet)


def _utc(moment: datetime) -> datetime:
    """Two moments of one zone are compared by the clock, which is wrong when it is turned back; UTC is not."""
    return moment.astimezone(UTC)


def _walls(moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """What the clock shows at `moment`, and would show as it is set a day before and a day after."""
    here = _utc(moment)
    offsets = ((here + days).astimezone(zone).utcoffset() or timedelta() for days in (-DAY, timedelta(), DAY))
    return [here.replace(tzinfo=None) + offset for offset in offsets]


def _speaking(
    schedule: Schedule, anniversaries: Mapping[str, Anniversary], campaign: Campaign, span: Span
) -> Iterator[Occurrence]:
    for entry in schedule.entries:
        yield from _of_entry(entry, schedule.quiet, anniversaries, span, campaign)


def _is_light(one: Occurrence, anniversaries: Mapping[str, Anniversary]) -> bool:
    """An ordinary post, or the reminder of an anniversary: both give way to what belongs to that very day."""
    return one.entry.ordinary or (one.entry.anniversaries and one.post_id not in anniversaries)


def _gives_way(one: Occurrence, weighty: list[Occurrence], anniversaries: Mapping[str, Anniversary]) -> bool:
    """An ordinary post to all that is said to the same chats that day, a reminder only to another anniversary."""
    return _is_light(one, anniversaries) and any(
        other.said.date() == one.said.date()
        and other.entry.to in ("all", one.entry.to)
        and (one.entry.ordinary or other.post_id in anniversaries)
        for other in weighty
    )


def _of_entry(
    entry: Entry,
    quiet: tuple[time, time],
    anniversaries: Mapping[str, Anniversary],
    span: Span,
    campaign: Campaign,
) -> Iterator[Occurrence]:
    if check_entry(entry):
        return
    span = span.within(entry.starts, entry.ends)
    for post_id, when in _parts(entry, anniversaries, campaign):
        suffix = f"/{post_id}" if entry.anniversaries else ""
        for wall in when(span):
            if span.low <= wall <= span.high:
                said = wall.replace(tzinfo=span.zone)
                at = after_quiet(_utc(said).astimezone(span.zone), quiet)
                yield Occurrence(entry, at, said, post_id, f"{entry.id}@{said:%Y-%m-%dT%H:%M}{suffix}")


def _parts(
    entry: Entry, anniversaries: Mapping[str, Anniversary], campaign: Campaign
) -> Iterator[tuple[str | None, When]]:
    """The posts of the entry with their times: one, or all days of the year and their reminders."""
    if set(entry.when) != {"at"}:
        yield entry.post or entry.anniversary or None, read_when(entry.when, campaign)
        return
    at = read_time(entry.when["at"])
    named = anniversaries.values() if entry.anniversaries else [anniversaries.get(entry.anniversary)]
    for one in named:
        if one is None or check_anniversary(one):
            continue
        yield one.id, at_clock(at, partial(yearly, one.rule, 0))
        for before in dict.fromkeys(one.before if entry.anniversaries else ()):
            yield f"{one.id}-truoc-{before}", at_clock(at, partial(yearly, one.rule, before))
