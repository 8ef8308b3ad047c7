"""The calendar: a month or a week of what went and what will go, gaps, series; a planned broadcast moved to a day.

The same as iCalendar is in calendar_feed.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.broadcasts import own, with_counts
from bot.dashboard.calendar_feed import link_of
from bot.dashboard.desk import ROOT, Desk, Scope
from bot.dashboard.targets import named, visible, within
from bot.errors import Misuse
from bot.keys import UPCOMING
from bot.posts import agenda
from bot.posts.agenda import Day, Item
from bot.posts.series import Left, series_left
from bot.staff import Act

WEEK = timedelta(days=7)
YEARS = range(2020, 2101)
"""that the lunar calendar is shown for"""


@dataclass(frozen=True, slots=True)
class View:
    """The days that are shown, whole weeks; `month` is the first day of the month asked for, None: a week."""

    first: date
    last: date
    month: date | None

    @property
    def query(self) -> str:
        return urlencode({"thang": f"{self.month:%Y-%m}"} if self.month else {"tuan": self.first.isoformat()})


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with its target in words; `counts` of what went; whether who looks may move it."""

    item: Item
    where: str
    counts: dict[str, int] | None = None
    movable: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    day: Day
    entries: list[Entry]
    gap: bool
    outside: bool
    """of another month than the one shown"""


async def show(desk: Desk) -> web.Response:
    view = _view(desk)
    async with desk.read() as db:
        scope = await desk.scope(db)
        entries = await _gone(db, desk, scope, view) + await _coming(db, desk, scope, view)
        series = await series_left(db, desk.library, desk.config, desk.request.app[UPCOMING], desk.now)
        address = await link_of(db, desk)
    gaps = _gaps(desk, entries)
    cells = _cells(desk, view, entries, gaps)
    return desk.page(
        "calendar",
        view=view,
        cells=cells,
        gaps=gaps,
        ahead=agenda.AHEAD.days,
        before=view.first - timedelta(days=1),
        after=view.last + timedelta(days=1),
        previous=_month(view.month, -1),
        next=_month(view.month, 1),
        series=_named(desk, series),
        names={entry.id: entry.name for entry in desk.library.schedule.entries},
        address=address,
    )


def _view(desk: Desk) -> View:
    """The month of today when nothing, or no day, is asked for."""
    week = _date(desk.asked("tuan"))
    if week:
        monday = week - timedelta(days=week.weekday())
        return View(monday, monday + WEEK - timedelta(days=1), None)
    month = _date(f"{desk.asked('thang')}-01") or desk.today.replace(day=1)
    last = _month(month, 1) - timedelta(days=1)
    return View(month - timedelta(days=month.weekday()), last + timedelta(days=6 - last.weekday()), month)


def _date(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _month(month: date | None, further: int) -> date:
    """The first day of the next month or of the one before."""
    first = month or date.min.replace(year=YEARS.start)
    return ((first + timedelta(days=32)) if further > 0 else (first - timedelta(days=1))).replace(day=1)


async def _gone(db: AsyncSession, desk: Desk, scope: Scope, view: View) -> list[Entry]:
    rows = await agenda.gone(db, *agenda.span(view.first, view.last, desk.config.service.zone))
    posts = desk.library.posts
    return [
        Entry(
            Item(
                line.broadcast.due_at,
                line.broadcast.title,
                line.broadcast.target,
                posts.get(line.broadcast.post_id),
                broadcast=line.broadcast,
            ),
            line.where,
            line.counts,
        )
        for line in await with_counts(db, desk, scope, rows)
    ]


async def _coming(db: AsyncSession, desk: Desk, scope: Scope, view: View) -> list[Entry]:
    """Up to the end of what is shown, and at least of the days whose gaps are told."""
    zone, upcoming = desk.config.service.zone, desk.request.app[UPCOMING]
    last = max(view.last, desk.today + agenda.AHEAD)
    end = agenda.span(last, last, zone)[1]
    items = await agenda.coming(db, desk.library, desk.config, upcoming, desk.now, end)
    return [await _entry(db, desk, scope, item) for item in items if await visible(db, scope, item.target)]


async def _entry(db: AsyncSession, desk: Desk, scope: Scope, item: Item) -> Entry:
    by_hand = item.broadcast is not None and agenda.movable(item.broadcast)
    movable = by_hand and desk.may(Act.BROADCAST) and await within(db, scope, item.target)
    return Entry(item, await named(db, desk.library, item.target), movable=movable)


def _gaps(desk: Desk, entries: Sequence[Entry]) -> list[date]:
    """Days from tomorrow on, as far as agenda.AHEAD, on which nothing is said though the schedule does not rest."""
    said = {desk.day(entry.item.at) for entry in entries}
    coming = agenda.days(desk.library, desk.today + timedelta(days=1), desk.today + agenda.AHEAD)
    return [one.day for one in coming if one.day not in said and one.rest is None]


def _cells(desk: Desk, view: View, entries: Sequence[Entry], gaps: Sequence[date]) -> list[Cell]:
    of_day: dict[date, list[Entry]] = {}
    for entry in entries:
        of_day.setdefault(desk.day(entry.item.at), []).append(entry)
    return [
        Cell(
            one, of_day.get(one.day, []), one.day in gaps, view.month is not None and one.day.month != view.month.month
        )
        for one in agenda.days(desk.library, view.first, view.last)
    ]


def _named(desk: Desk, series: Sequence[Left]) -> list[tuple[list[str], Left]]:
    """Each series with the names of the schedule's lines that speak it."""
    entries = desk.library.schedule.entries
    return [
        (list(dict.fromkeys(entry.name for entry in entries if entry.series == left.series.id)), left)
        for left in series
    ]


async def move(desk: Desk) -> web.Response:
    """To another day, at the same time of day. A page that shows another time than it has now is refused."""
    day = _date(desk.field("ngay"))
    if day is None:
        raise Misuse(desk.library.texts("calendar.misuse.day"))
    async with desk.write() as db:
        broadcast = await own(db, desk)
        if broadcast.due_at.isoformat() != desk.field("seen"):
            raise Misuse(desk.library.texts("calendar.misuse.stale"))
        clock = broadcast.due_at.astimezone(desk.config.service.zone)
        due_at = datetime.combine(day, clock.time(), desk.config.service.zone).astimezone(UTC)
        asks = await agenda.move(db, desk.library, desk.config, broadcast, due_at, desk.staff, desk.now)
    desk.wake()
    where = {"tuan": day.isoformat()} if desk.asked("tuan") else {"thang": f"{day:%Y-%m}"}
    query = urlencode({**where, "xong": "moved_asks" if asks else "moved"})
    return web.Response(status=303, headers={"Location": f"{ROOT}/lich?{query}"})
