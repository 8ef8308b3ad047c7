"""The staff: who there is, new colleagues, new passwords, and ending sign-ins."""

import re

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.models import Role, SignIn, Staff, Unit


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        people = await db.execute(
            select(Staff, func.max(SignIn.seen_at))
            .outerjoin(SignIn, SignIn.staff_id == Staff.id)
            .where(scope.rows(Staff.unit_id))
            .group_by(Staff.id)
            .order_by(Staff.active.desc(), Staff.name)
        )
        units = await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.kind.desc(), Unit.name))
        return desk.page(
            "people", people=people.all(), units=units.all(), roles=list(Role), least=rights.PASSWORD.start
        )


async def add(desk: Desk) -> web.Response:
    if desk.field("role") not in set(Role):
        raise Misuse(desk.say("misuse.role"))
    async with desk.write() as db:
        written = desk.field("unit")
        unit = await db.get(Unit, int(written)) if re.fullmatch(r"[0-9]{1,15}", written) else None
        if unit is None or not (await desk.scope(db)).covers(unit.id):
            raise Misuse(desk.say("misuse.unit"))
        person = await rights.add(
            db,
            login=desk.field("login"),
            name=desk.field("name"),
            role=Role(desk.field("role")),
            unit=unit,
            password=str(desk.form.get("password", "")),
            now=desk.now,
        )
        await desk.audit(db, "add_staff", f"staff:{person.id}", role=person.role, unit=unit.code)
    return desk.go("can-bo", done="staff_added")


async def _person(db: AsyncSession, desk: Desk) -> Staff:
    person = await db.get(Staff, desk.number("id"))
    if person is None or not (await desk.scope(db)).covers(person.unit_id):
        raise web.HTTPNotFound
    return person


async def sign_out(desk: Desk) -> web.Response:
    async with desk.write() as db:
        person = await _person(db, desk)
        await rights.sign_out_everywhere(db, person)
        await desk.audit(db, "sign_out_everywhere", f"staff:{person.id}")
    return desk.go("can-bo", done="signed_out_everywhere")


async def set_password(desk: Desk) -> web.Response:
    async with desk.write() as db:
        person = await _person(db, desk)
        await rights.set_password(db, person, str(desk.form.get("password", "")))
        await desk.audit(db, "password", f"staff:{person.id}")
    return desk.go("can-bo", done="staff_password")


async def switch(desk: Desk) -> web.Response:
    """Close an account, or open it again. Nobody closes their own."""
    async with desk.write() as db:
        person = await _person(db, desk)
        if person.id == desk.staff.id:
            raise Misuse(desk.say("misuse.oneself"))
        person.active = not person.active
        await rights.sign_out_everywhere(db, person)
        await desk.audit(db, "open_staff" if person.active else "close_staff", f"staff:{person.id}")
    return desk.go("can-bo", done="staff_opened" if person.active else "staff_closed")
