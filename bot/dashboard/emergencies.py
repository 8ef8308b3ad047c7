"""Emergencies that people told of: what was said and who has taken it. Every look is written down."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import emergencies, tips
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.models import Emergency, Staff, Tip

TAKEN = 50
"""of those that somebody has taken, the newest"""


async def listed(desk: Desk) -> web.Response:
    async with desk.write() as db:
        mine = (await desk.scope(db)).rows(Emergency.unit_id)
        waiting = await emergencies.open_ones(db, mine)
        taken = await emergencies.taken_lately(db, mine, TAKEN)
        shown = await _tips(db, [*waiting, *(one for one, _ in taken)])
        await desk.audit(db, "list", "emergencies", shown=len(waiting) + len(taken))
    return desk.page("emergencies", waiting=waiting, taken=taken, tips=shown)


async def _tips(db: AsyncSession, some: list[Emergency]) -> dict[int, str]:
    """The tips they belong to that staff may open -> what to call them."""
    found = {one.tip_id: await db.get(Tip, one.tip_id) for one in some if one.tip_id}
    return {tip.id: tip.code or str(tip.id) for tip in found.values() if tip and tips.shown_to_staff(tip)}


async def take(desk: Desk) -> web.Response:
    """«Tôi nhận việc này»: the phones are still from now on."""
    async with desk.write() as db:
        found = await emergencies.locked(db, desk.number("id"))
        if found is None or not (await desk.scope(db)).covers(found.unit_id):
            raise web.HTTPNotFound
        if not await emergencies.take(db, found, desk.staff, desk.now):
            who = await db.get(Staff, found.staff_id) if found.staff_id else None
            raise Misuse(desk.library.texts("emergencies.taken", who=who.name if who else ""))
    return desk.go("khan-cap", done="emergency_taken")
