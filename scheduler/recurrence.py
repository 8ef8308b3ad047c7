"""A `when` of content/schedule.toml read into the clock times it means. What they mean that day is calendar.py.

Every form is read as clock times without a zone; calendar.py lays them upon the service's zone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.lunar import DAY, yearly

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORMS = ("cron", "daily", "weekdays", "weekly", "monthly", "once", "solar", "lunar", "campaign_every")
LONGEST_BEFORE = 366

Campaign = tuple[date, date]
"""its first and last day"""
Days = Callable[[date, date], Iterable[date]]
"""days(first, last) are the days that fit, both ends included"""


@dataclass(frozen=True, slots=True)
class Span:
    """The clock times, without a zone, that can lie in the time asked for; both ends included."""

    low: datetime
    high: datetime
    zone: ZoneInfo

    def days_with(self, at: time) -> tuple[date, date]:
        """First and last day on which `at` lies in the span; the first is the later one when there is none."""
        first = self.low.date() + (DAY if at < self.low.time() else timedelta())
        last = self.high.date() - (DAY if at > self.high.time() else timedelta())
        return first, last

    def of_whole_days(self) -> "Span":
        low, high = datetime.combine(self.low.date(), time.min), datetime.combine(self.high.date(), time.max)
        return replace(self, low=low, high=high)

    def within(self, first: date | None, last: date | None) -> "Span":
        low = max(self.low, datetime.combine(first, time.min)) if first else self.low
        return replace(self, low=low, high=min(self.high, datetime.combine(last, time.max)) if last else self.high)


When = Callable[[Span], Iterable[datetime]]


def read_when(when: Any, campaign: Campaign) -> When:
    """Raises ValueError with the words that are wrong."""
    if not isinstance(when, Mapping):
        raise ValueError(f"when = {when}")
    forms = [key for key in when if key in FORMS]
    allowed = {"cron": (), "once": (), "solar": ("at", "before"), "lunar": ("at", "before")}
    form = forms[0] if forms else ""
    strange = [str(key) for key in when if key not in (form, *allowed.get(form, ("at",)))]
    if strange:
        raise ValueError(", ".join([*forms[:1], *strange] if len(forms) > 1 else strange))
    if form == "cron":
        return _cron(when["cron"])
    if form == "once":
        return _once(when["once"])
    if "at" not in when:
        raise ValueError("at = ?")
    at = read_time(when["at"])
    return at_clock(at, _days(form, when[form], _before(when), campaign) if form else lambda _first, _last: ())


def at_clock(at: time, days: Days) -> When:
    def moments(span: Span) -> Iterator[datetime]:
        first, last = span.days_with(at)
        if first <= last:
            yield from (datetime.combine(day, at) for day in days(first, last))

    return moments


def _days(form: str, value: Any, before: int, campaign: Campaign) -> Days:
    match form, value:
        case "daily", True:
            return partial(_fitting, lambda _day: True)
        case "weekdays", True:
            return partial(_fitting, lambda day: day.weekday() < 5)
        case "weekly", str() | list() if names := [value] if isinstance(value, str) else value:
            if all(name in WEEKDAYS for name in names):
                return partial(_fitting, lambda day: WEEKDAYS[day.weekday()] in names)
        case "monthly", int() if value is not True and 1 <= value <= 31:
            return partial(_fitting, lambda day: day.day == value or (day.day < value and (day + DAY).day == 1))
        case "campaign_every", int() if value is not True and value > 0:
            return partial(_in_campaign, value, campaign)
        case "solar" | "lunar", str():
            return partial(yearly, (form, *day_month(form, value)), before)
    raise ValueError(_words(form, value))


def _fitting(fits: Callable[[date], bool], first: date, last: date) -> Iterator[date]:
    return filter(fits, (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)))


def _in_campaign(every: int, campaign: Campaign, first: date, last: date) -> Iterator[date]:
    """Days `every`, 2 · `every`, … of the Campaign, whose first day is day 1."""
    start, end = campaign
    gone = max(0, (first - start).days) // every
    numbers = range(every * (gone + 1), (min(last, end) - start).days + 2, every)
    return (start + timedelta(days=number - 1) for number in numbers)


def _once(value: Any) -> When:
    if not isinstance(value, datetime):
        raise ValueError(_words("once", value))
    # A moment with an offset keeps its `fold` when the zone is taken off, so the second 02:30 of autumn stays it.
    return lambda span: [value.astimezone(span.zone).replace(tzinfo=None) if value.tzinfo else value]


def _cron(value: Any) -> When:
    trigger = _trigger(value if isinstance(value, str) else str(value))

    def moments(span: Span) -> Iterator[datetime]:
        bounded = copy(trigger)
        bounded.end_date = span.high.replace(tzinfo=UTC)
        at = bounded.get_next_fire_time(None, span.low.replace(tzinfo=UTC))
        while at:
            yield at.replace(tzinfo=None)
            at = bounded.get_next_fire_time(None, at + timedelta(seconds=1))

    return moments


@lru_cache(maxsize=256)
def _trigger(written: str) -> CronTrigger:
    """Clock times are counted as if they were UTC, which is never turned.

    Refused, because APScheduler would read them otherwise than cron: weekdays by number (its 0 is Monday), and a day
    of the month together with a weekday (it wants both, cron either). Refused too: what never comes, like 31 February.
    """
    try:
        trigger = CronTrigger.from_crontab(written, timezone=UTC)
    except ValueError as error:
        raise ValueError(_words("cron", written)) from error
    _, _, day, _, weekday = written.split()
    trigger.end_date = datetime(2032, 12, 31, tzinfo=UTC)
    comes = trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC))
    if not comes or re.search(r"\d", weekday) or (day != "*" and weekday != "*"):
        raise ValueError(_words("cron", written))
    return trigger


def read_time(value: Any) -> time:
    """«7:30», «07:30», or a time of TOML without seconds."""
    if isinstance(value, time) and value.tzinfo is None and value == value.replace(second=0, microsecond=0):
        return value
    parts = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if not parts or int(parts[1]) > 23 or int(parts[2]) > 59:
        raise ValueError(_words("at", value))
    return time(int(parts[1]), int(parts[2]))


def day_month(form: str, written: str) -> tuple[int, int]:
    """(day, month) of «27/7»; the solar one exists in a leap year, the lunar one in a long month."""
    parts = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})", written)
    day, month = (int(parts[1]), int(parts[2])) if parts else (0, 0)
    longest = 30 if form == "lunar" or month in (4, 6, 9, 11) else 29 if month == 2 else 31
    if not (1 <= month <= 12 and 1 <= day <= longest):
        raise ValueError(_words(form, written))
    return day, month


def _before(when: Mapping[str, Any]) -> int:
    value = when.get("before", 0)
    if type(value) is not int or not 0 <= value <= LONGEST_BEFORE:
        raise ValueError(_words("before", value))
    return value


def _words(key: str, value: Any) -> str:
    shown = value if not isinstance(value, list) else ", ".join(map(str, value))
    return f"{key} = {str(shown).lower() if isinstance(shown, bool) else shown}"
