"""The journal: who changed or looked at what, and when."""

from aiohttp import web
from sqlalchemy import select

from bot.dashboard.desk import Desk
from bot.models import AuditEntry, Staff

PAGE = 100


async def listed(desk: Desk) -> web.Response:
    before, who = desk.asked("truoc"), desk.asked("ai")
    query = (
        select(AuditEntry, Staff.name)
        .outerjoin(Staff, AuditEntry.staff_id == Staff.id)
        .order_by(AuditEntry.id.desc())
        .limit(PAGE + 1)
    )
    if before.isdecimal() and len(before) < 16:
        query = query.where(AuditEntry.id < int(before))
    if who.isdecimal() and len(who) < 16:
        query = query.where(AuditEntry.staff_id == int(who))
    async with desk.read() as db:
        scope = await desk.scope(db)
        people = (await db.scalars(select(Staff).where(scope.rows(Staff.unit_id)).order_by(Staff.name))).all()
        if not scope.top:
            query = query.where(AuditEntry.staff_id.in_([person.id for person in people]))
        rows = (await db.execute(query)).all()
    older = rows[PAGE - 1][0].id if len(rows) > PAGE else None
    names = {str(person.id): person.name for person in people}
    return desk.page("journal", rows=rows[:PAGE], older=older, people=people, names=names, who=who)
