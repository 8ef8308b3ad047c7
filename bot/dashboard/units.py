"""The units as a tree, one level a page: each unit's quiet hours, allowed days, and the stop of it alone."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import installation, quiet
from bot.dashboard import control
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.models import Unit
from bot.staff import Act


@dataclass(frozen=True, slots=True)
class Line:
    """A unit, what holds for it, and how many units are right below it."""

    unit: Unit
    hours: quiet.Hours
    below: int


async def listed(desk: Desk) -> web.Response:
    """The own unit and those below it."""
    async with desk.read() as db:
        return await _page(db, desk, await db.get_one(Unit, desk.staff.unit_id))


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        return await _page(db, desk, await found(db, desk, await desk.scope(db)))


async def found(db: AsyncSession, desk: Desk, scope: Scope) -> Unit:
    unit = await db.get(Unit, desk.number("id"))
    if unit is None or unit.id not in scope.units:
        raise web.HTTPNotFound
    return unit


async def _page(db: AsyncSession, desk: Desk, unit: Unit) -> web.Response:
    scope, hours = await desk.scope(db), await quiet.hours(db)
    below = (await db.scalars(select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.name))).all()
    counted = await db.execute(select(Unit.parent_id, func.count()).group_by(Unit.parent_id))
    numbers = dict(counted.all())
    return desk.page(
        "units",
        unit=unit,
        line=Line(unit, hours[unit.id], len(below)),
        above=hours.get(unit.parent_id or 0, quiet.Hours()),
        lines=[Line(one, hours[one.id], numbers.get(one.id, 0)) for one in below],
        above_units=[one for one in await _path(db, unit) if one.id in scope.units],
        may_change=may_change(desk),
        common=desk.library.schedule.quiet,
        week=quiet.WEEK,
    )


def may_change(desk: Desk) -> bool:
    return desk.may(Act.ENROL) or desk.may(Act.MANAGE_STAFF)


async def _path(db: AsyncSession, unit: Unit) -> list[Unit]:
    """The units above, the highest first."""
    path, at = list[Unit](), unit
    while at.parent_id and len(path) < 10:
        at = await db.get_one(Unit, at.parent_id)
        path.insert(0, at)
    return path


async def change(desk: Desk) -> web.Response:
    """Write the unit's own hours and days; «tren» leaves them to the unit above."""
    if not may_change(desk):
        raise web.HTTPForbidden
    (start, end), days = _hours(desk), _days(desk)
    async with desk.write() as db:
        unit = await found(db, desk, await desk.scope(db))
        unit.quiet_from, unit.quiet_to, unit.days = start, end, days
        await desk.audit(db, "unit_hours", f"unit:{unit.id}", quiet=f"{start}-{end}", days=days)
    desk.wake()
    return desk.go("don-vi", unit.id, done="saved")


def _hours(desk: Desk) -> tuple[str, str]:
    match desk.field("gio"):
        case "tren":
            return "", ""
        case "khong":
            return quiet.NEVER_QUIET, quiet.NEVER_QUIET
    start, end = quiet.clock(desk.field("tu")), quiet.clock(desk.field("den"))
    if not start or not end or start == end:
        raise Misuse(desk.library.texts("control.misuse.hours"))
    return start, end


def _days(desk: Desk) -> str:
    if desk.field("ngay") == "tren":
        return ""
    days = "".join(day for day in quiet.WEEK if day in desk.form.getall("thu", []))
    if not days:
        raise Misuse(desk.library.texts("control.misuse.days"))
    return days


async def stop(desk: Desk) -> web.Response:
    async with desk.write() as db:
        unit = await found(db, desk, await desk.scope(db))
        await control.stop_unit(db, desk, unit)
    return desk.go("don-vi", unit.id)


async def resume(desk: Desk) -> web.Response:
    async with desk.write() as db:
        unit = await found(db, desk, await desk.scope(db))
        await installation.resume_unit(db, unit, desk.now)
        await desk.audit(db, "resume_all", f"unit:{unit.id}")
    desk.wake()
    return desk.go("don-vi", unit.id, done="resumed_unit")
