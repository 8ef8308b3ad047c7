"""The balance sheets: today so far, and the last thirty evenings, red or green. bot/balance.py counts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.balance import IN, OUT, Sheet, balance, from_json
from bot.dashboard.desk import Desk, Scope
from bot.models import BalanceSheet, Unit

DAYS = 30
MOST = 200
"""lines shown of one day, those that do not add up first"""


@dataclass(frozen=True, slots=True)
class Evening:
    """A day's line in the list. `made_at` None: nobody closed that day."""

    sheet: Sheet
    made_at: datetime | None


async def listed(desk: Desk) -> web.Response:
    """One day in full (today unless «ngay» says another), and the list of days."""
    day = _asked(desk)
    async with desk.read() as db:
        scope = await desk.scope(db)
        evenings = await _evenings(db, desk, scope)
        sheet = await _sheet(db, desk, day)
        units = {unit.id: unit.name for unit in await db.scalars(select(Unit))}
    mine = sheet.of(scope.units, scope.top)
    lines = sorted(mine.lines, key=lambda line: line.adds_up)
    posts = sorted(mine.posts, key=lambda post: not post.trouble)
    return desk.page(
        "balance",
        sheet=mine,
        lines=lines[:MOST],
        posts=posts[:MOST],
        left_out=max(0, len(lines) - MOST) + max(0, len(posts) - MOST),
        evenings=evenings,
        closed_at=next((one.made_at for one in evenings if one.sheet.day == day), None),
        units=units,
        kinds_in=[str(kind) for kind in IN],
        kinds_out=[str(kind) for kind in OUT],
    )


def _asked(desk: Desk) -> date:
    written = desk.asked("ngay")
    try:
        day = date.fromisoformat(written) if written else desk.today
    except ValueError:
        raise web.HTTPNotFound from None
    if not desk.today - timedelta(days=DAYS) <= day <= desk.today:
        raise web.HTTPNotFound
    return day


async def _sheet(db: AsyncSession, desk: Desk, day: date) -> Sheet:
    """Today is counted now; a day that was closed is as it was kept."""
    kept = await db.get(BalanceSheet, day)
    if kept is not None and day != desk.today:
        return from_json(day, kept.lines)
    return await balance(db, day, desk.config.service.zone, desk.now)


async def _evenings(db: AsyncSession, desk: Desk, scope: Scope) -> list[Evening]:
    """Newest first."""
    since = desk.today - timedelta(days=DAYS)
    rows = select(BalanceSheet).where(BalanceSheet.day >= since, BalanceSheet.day <= desk.today)
    one_by_one = rows.order_by(BalanceSheet.day.desc()).execution_options(yield_per=1)
    return [
        Evening(from_json(row.day, row.lines).of(scope.units, scope.top), row.made_at)
        async for row in await db.stream_scalars(one_by_one)  # a city's sheets at once would hold up the event loop
    ]
