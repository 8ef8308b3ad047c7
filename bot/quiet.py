"""Quiet hours and allowed days of units: when posts may go out again. What people are answered is never held back.

A unit that says nothing of its own has what the nearest unit above it has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Unit

WEEK = "1234567"
NEVER_QUIET = "00:00"
"""as both ends: no quiet hours, whatever the unit above has"""


@dataclass(frozen=True, slots=True)
class Hours:
    """As a unit's row has them; «» is nothing said. Equal ends: no quiet hours."""

    quiet_from: str = ""
    quiet_to: str = ""
    days: str = ""

    def or_as(self, above: "Hours") -> "Hours":
        """What is not said here is as it is there."""
        own = self if self.quiet_from and self.quiet_to else above
        return Hours(own.quiet_from, own.quiet_to, self.days or above.days)


def clock(written: str) -> str:
    """«07:30» as a unit's row has it; «» for what is no time of day."""
    try:
        return f"{time.fromisoformat(written):%H:%M}"
    except ValueError:
        return ""


def opens_at(quiet_from: str, quiet_to: str, days: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment from `now` on at which posts may go out, in UTC; None: now.

    Hours «21:00» to «06:30» by the clock of `zone`, over midnight too; `days` are weekdays, Monday is 1.
    """
    said = quiet_from and quiet_to
    start, end = (time.fromisoformat(at) if said else time(0) for at in (quiet_from, quiet_to))
    here = at = now.astimezone(zone)
    for _ in range(2 * len(WEEK) + 2):
        later = _after(at, start, end, days or WEEK, zone)
        if later == at:
            break
        at = later
    return None if at == here else at.astimezone(UTC)


def _after(at: datetime, start: time, end: time, days: str, zone: ZoneInfo) -> datetime:
    """Past the one rest `at` lies in; `at` itself when it lies in none."""
    clock, day = at.time(), at.date()
    if str(at.isoweekday()) not in days:
        return datetime.combine(day + timedelta(days=1), time(0), zone)
    over_midnight = start > end
    if over_midnight and clock >= start:
        return datetime.combine(day + timedelta(days=1), end, zone)
    if clock < end and (over_midnight or clock >= start):
        return datetime.combine(day, end, zone)
    return at


async def resting_units(db: AsyncSession, now: datetime, zone: ZoneInfo) -> dict[int, datetime]:
    """{unit: when it may be sent posts again}, for the units that rest now. One query; the caller remembers it."""
    return resting(await hours(db), now, zone)


def resting(units: Mapping[int, Hours], now: datetime, zone: ZoneInfo) -> dict[int, datetime]:
    opens = cache(lambda its: opens_at(its.quiet_from, its.quiet_to, its.days, now, zone))
    return {id: at for id, its in units.items() if (at := opens(its))}


async def hours(db: AsyncSession) -> dict[int, Hours]:
    """Every unit with what holds for it, its own or from above."""
    rows = await db.execute(select(Unit.id, Unit.parent_id, Unit.quiet_from, Unit.quiet_to, Unit.days))
    return inherited((id, parent_id, Hours(*said)) for id, parent_id, *said in rows)


def inherited(units: Iterable[tuple[int, int | None, Hours]]) -> dict[int, Hours]:
    """From (id, the unit above, what it says itself)."""
    said = {id: (above, own) for id, above, own in units}
    known = dict[int, Hours]()
    for unit in said:
        path, at = list[int](), unit
        while at in said and at not in known and at not in path:
            path.append(at)
            at = said[at][0] or 0
        above = known.get(at, Hours())
        for id in reversed(path):
            above = known[id] = said[id][1].or_as(above)
    return known
