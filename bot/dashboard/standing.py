"""What every page of the staff says: whether anything goes out at all, and how many emergencies wait for somebody.

The buttons are in control.py and emergencies.py.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.cases import emergencies
from bot.models import AuditEntry, Emergency, Installation, Staff, Unit
from bot.staff import Act


@dataclass(frozen=True, slots=True)
class StoppedUnit:
    """`mine`: within the units of who looks, so it may be let go on."""

    id: int
    name: str
    at: datetime
    by: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """All at rest by default: nothing stopped, nothing sealed. `top`: who looks decides for the whole installation."""

    stopped_at: datetime | None = None
    stopped_by: str = ""
    sealed_at: datetime | None = None
    sealed_reason: str = ""
    units: tuple[StoppedUnit, ...] = ()
    top: bool = False
    emergencies: int = 0
    """that nobody has taken, for who may see them"""


AT_REST = Standing()


async def standing(db: AsyncSession, staff: Staff) -> Standing:
    """Three short queries while all is well."""
    row = await db.get(Installation, 1)
    stopped = (await db.scalars(select(Unit).where(Unit.stopped_at.is_not(None)).order_by(Unit.id))).all()
    units = await _seen(db, staff, list(stopped)) if stopped else ()
    urgent = await _emergencies(db, staff)
    if row is None or (row.stopped_at is None and row.sealed_at is None):
        return Standing(units=units, emergencies=urgent)
    by = await db.get(Staff, row.stopped_by) if row.stopped_by else None
    top = await rights.at_the_top(db, staff)
    return Standing(row.stopped_at, by.name if by else "", row.sealed_at, row.sealed_reason, units, top, urgent)


async def _emergencies(db: AsyncSession, staff: Staff) -> int:
    if not rights.may(staff, Act.SEE_EMERGENCIES) or not await emergencies.how_many(db):
        return 0
    mine = Emergency.unit_id.in_(await rights.units_of(db, staff))
    nobodys = Emergency.unit_id.is_(None) if await rights.at_the_top(db, staff) else false()
    return await emergencies.how_many(db, mine | nobodys)


async def _seen(db: AsyncSession, staff: Staff, stopped: list[Unit]) -> tuple[StoppedUnit, ...]:
    """Of the stopped units the own, those below and those above."""
    mine, above = await rights.units_of(db, staff), await _above(db, staff.unit_id)
    found = [
        StoppedUnit(unit.id, unit.name, unit.stopped_at, await _by(db, unit.id), unit.id in mine)
        for unit in stopped
        if unit.stopped_at and unit.id in mine | above
    ]
    return tuple(found)


async def _above(db: AsyncSession, unit_id: int) -> set[int]:
    tree = select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte("above", recursive=True)
    tree = tree.union(select(Unit.id, Unit.parent_id).where(Unit.id == tree.c.parent_id))
    return set(await db.scalars(select(tree.c.id)))


async def _by(db: AsyncSession, unit_id: int) -> str:
    """Who pressed the button, as the audit has it."""
    pressed = select(Staff.name).join(AuditEntry, AuditEntry.staff_id == Staff.id)
    pressed = pressed.where(AuditEntry.subject == f"unit:{unit_id}", AuditEntry.action == "stop_all")
    return await db.scalar(pressed.order_by(AuditEntry.id.desc()).limit(1)) or ""
