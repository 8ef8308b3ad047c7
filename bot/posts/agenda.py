"""The calendar's matter: what went and what will go, the days with their moon and anniversaries.

Putting a planned broadcast on another day is `move`; what series have left is in series.py. The pages are in
dashboard/calendar.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import quiet
from bot.config import Config
from bot.errors import Misuse
from bot.keys import Coming, Upcoming
from bot.library import Anniversary, Library, Post
from bot.lunar import lunar_date, yearly
from bot.models import Broadcast, BroadcastState, Chat, Staff, Unit
from bot.posts import approval
from bot.posts.broadcasts import as_frozen, check_sendable, confirmed, recipients_of
from bot.posts.freezing import frozen_on
from bot.posts.rendering import BadPost
from bot.posts.series import followers, turn, turns
from bot.staff import audit
from bot.timetable import Rest

AHEAD = timedelta(days=30)
"""how far ahead a day without anything is told"""
NAMED = 3
"""units named in one sentence"""


@dataclass(frozen=True, slots=True)
class Day:
    """`lunar` is (day, month, year, whether the month is a leap one); `rest`: the schedule means to be silent."""

    day: date
    lunar: tuple[int, int, int, bool]
    anniversaries: tuple[Anniversary, ...] = ()
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """What went or will go. The schedule's own has no broadcast yet; of a series, `post` is whose turn it would be."""

    at: datetime
    title: str
    target: str
    post: Post | None = None
    held: bool = False
    """waits for a confirmation and will not go out without one"""
    broadcast: Broadcast | None = None
    entry_id: str = ""
    """the schedule's line that says it"""
    series: str = ""


def days(library: Library, first: date, last: date) -> list[Day]:
    """Every day from `first` to `last`, both included."""
    named: dict[date, list[Anniversary]] = {}
    for one in library.anniversaries.values():
        for day in _days_of(one, first, last):
            named.setdefault(day, []).append(one)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    rests = library.schedule.rests
    return [
        Day(day, lunar_date(day), tuple(named.get(day, ())), next((rest for rest in rests if rest.holds_on(day)), None))
        for day in every
    ]


def _days_of(anniversary: Anniversary, first: date, last: date) -> list[date]:
    """None for a rule that names no day: that is told on the Problems page."""
    try:
        return list(yearly(anniversary.rule, 0, first, last))
    except ValueError:
        return []


async def gone(db: AsyncSession, start: datetime, end: datetime) -> Sequence[Broadcast]:
    """Whatever is planned no more and had its time in this span: published, stopped, missed; corrections too."""
    rows = select(Broadcast).where(
        Broadcast.state != BroadcastState.PLANNED, Broadcast.due_at >= start, Broadcast.due_at < end
    )
    return (await db.scalars(rows.order_by(Broadcast.due_at, Broadcast.id))).all()


async def coming(
    db: AsyncSession, library: Library, config: Config, upcoming: Upcoming, now: datetime, end: datetime
) -> list[Item]:
    """What will go from now on: the planned broadcasts, those that are overdue too, and what the schedule will say."""
    planned = await db.scalars(
        select(Broadcast).where(
            Broadcast.state == BroadcastState.PLANNED,
            Broadcast.due_at >= now - timedelta(hours=12),
            Broadcast.due_at < end,
        )
    )
    items = [_planned(library, row) for row in planned]
    known = {(item.entry_id, item.at) for item in items}
    scheduled = [one for one in upcoming(library, now, end) if (one.entry_id, one.at) not in known]
    items += await _scheduled(db, library, config.service.zone, scheduled)
    return sorted(items, key=lambda item: item.at)


def _planned(library: Library, row: Broadcast) -> Item:
    entry_id = (row.occurrence or "").partition("@")[0]
    post = library.posts.get(row.post_id)
    return Item(row.due_at, row.title, row.target, post, broadcast=row, entry_id=entry_id)


async def _scheduled(db: AsyncSession, library: Library, zone: ZoneInfo, scheduled: Iterable[Coming]) -> list[Item]:
    """With the turns that the series would take if nothing else were sent."""
    used, items, entries = dict(await turns(db)), list[Item](), {one.id: one for one in library.schedule.entries}
    for one in scheduled:
        day, post, series = one.at.astimezone(zone).date(), one.post, ""
        if post is None and one.entry_id in entries:
            series = entries[one.entry_id].series
            found = turn(library, library.schedule.series[series], used.get(series, ()), day) if series else None
            post, used[series] = found or (None, [])
        held = one.held and not (post and await confirmed(db, post, day))
        title = post.title if post else one.name
        target = followers(one.target, post)
        items.append(Item(one.at, title, target, post, held, entry_id=one.entry_id, series=series))
    return items


async def of_month(
    db: AsyncSession, library: Library, config: Config, upcoming: Upcoming, year: int, month: int, now: datetime
) -> list[Item]:
    """The approved posts of a month, in the order of their days: what went out, and what will unless it is changed.

    Not what was stopped or missed, not corrections, not what waits for a confirmation.
    """
    start, end = span(date(year, month, 1), _last_of(year, month), config.service.zone)
    went = [
        Item(row.due_at, row.title, row.target, library.posts.get(row.post_id), broadcast=row)
        for row in await gone(db, start, end)
        if row.state in (BroadcastState.PUBLISHED, BroadcastState.PAUSED) and not row.correction
    ]
    ahead = await coming(db, library, config, upcoming, now, end) if now < end else []
    return went + [item for item in ahead if item.at >= start and not item.held]


def span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first moment of `first` to the first one after `last`, by the clock of `zone`, in UTC."""
    ends = (first, last + timedelta(days=1))
    start, end = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in ends)
    return start, end


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


# Another day


def movable(broadcast: Broadcast) -> bool:
    """Planned by a person. The schedule's own moments are changed in the schedule."""
    by_hand = broadcast.occurrence is None and not broadcast.correction
    return broadcast.state == BroadcastState.PLANNED and by_hand


async def move(
    db: AsyncSession,
    library: Library,
    config: Config,
    broadcast: Broadcast,
    due_at: datetime,
    staff: Staff,
    now: datetime,
) -> bool:
    """Plan it for `due_at` instead, and write its words anew, for they name days. Raises Misuse.

    The one place where a planned broadcast changes its time. True: it was approved for its old time only, and has
    stopped until it is approved for the new one.
    """
    if not movable(broadcast):
        raise Misuse(library.texts("calendar.misuse.not_movable"))
    if broadcast.due_at <= now:
        raise Misuse(library.texts("calendar.misuse.leaving"))
    if due_at == broadcast.due_at:
        raise Misuse(library.texts("calendar.misuse.same"))
    if due_at <= now:
        raise Misuse(library.texts("calendar.misuse.past"))
    latest_at = due_at + (broadcast.latest_at - broadcast.due_at)
    if not broadcast.urgent:
        await _check_hours(db, library, config, broadcast.target, due_at, latest_at)
    await _write_anew(db, library, config, broadcast, due_at.astimezone(config.service.zone).date())
    before = broadcast.due_at
    broadcast.due_at, broadcast.latest_at = due_at, latest_at
    detail = {"from_at": before.isoformat(), "due_at": due_at.isoformat()}
    await audit(db, staff, "move", f"broadcast:{broadcast.id}", now, **detail)
    return await approval.look_at(db, library, config, broadcast, now)


async def _check_hours(
    db: AsyncSession, library: Library, config: Config, target: str, due_at: datetime, latest_at: datetime
) -> None:
    """Raises Misuse in the hours of rest, and when units would have no post, or none in time, by their own hours."""
    zone, (start, end) = config.service.zone, library.schedule.quiet
    if quiet.opens_at(f"{start:%H:%M}", f"{end:%H:%M}", "", due_at, zone):
        raise Misuse(library.texts("calendar.misuse.quiet", start=start, end=end))
    resting = await quiet.resting_units(db, due_at, zone)
    chosen = recipients_of(target).subquery()
    rows = await db.scalars(select(Chat.unit_id).join(chosen, chosen.c.id == Chat.id).distinct())
    units = {unit_id or 0 for unit_id in rows}
    all_rest = bool(units) and units <= resting.keys()
    closed = {unit for unit in units & resting.keys() if all_rest or resting[unit] > latest_at}
    if closed:
        names = await db.scalars(select(Unit.name).where(Unit.id.in_(closed)).order_by(Unit.name))
        raise Misuse(
            library.texts(
                "calendar.misuse.closed", at=due_at.astimezone(zone), names=names.all()[:NAMED], number=len(closed)
            )
        )


async def _write_anew(db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, day: date) -> None:
    """Text, picture and figures as they read on `day`. Raises Misuse for a post that may not go out then."""
    post = await approval.post_of_broadcast(db, library, broadcast)
    if post is None:
        raise Misuse(library.texts("calendar.misuse.no_post"))
    await check_sendable(db, library, post, broadcast.target, day)
    try:
        frozen = await frozen_on(db, library, post, day, config)
    except BadPost as error:
        raise Misuse(library.texts("dashboard.misuse.bad_post", words=str(error))) from None
    for name, value in as_frozen(frozen).items():
        setattr(broadcast, name, value)
