"""Emergencies that people told of: what was said and who has taken it. Every look is written down."""

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.cases import emergencies, tips
from bot.cases.telling import reachable
from bot.dashboard.desk import Desk
from bot.dashboard.proposing import say_not_whose
from bot.errors import Misuse
from bot.messages import Outgoing
from bot.models import Chat, ChatKind, Emergency, Staff, Tip

TAKEN = 50
"""of those that somebody has taken, the newest"""
LONGEST = 2000
"""characters of a reply"""


async def listed(desk: Desk) -> web.Response:
    async with desk.write() as db:
        mine = (await desk.scope(db)).rows(Emergency.unit_id)
        waiting = await emergencies.open_ones(db, mine)
        possible = await emergencies.possible_ones(db, mine, desk.now)
        taken = await emergencies.taken_lately(db, mine, TAKEN)
        every = [*waiting, *possible, *(one for one, _ in taken)]
        shown = await _tips(db, every)
        await desk.audit(db, "list", "emergencies", shown=len(every))
    lists: dict[str, Any] = {"waiting": waiting, "possible": possible, "taken": taken}
    return desk.page("emergencies", **lists, tips=shown, answerable=answerable, longest=LONGEST)


async def _tips(db: AsyncSession, some: list[Emergency]) -> dict[int, str]:
    """The tips they belong to that staff may open -> what to call them."""
    found = {one.tip_id: await db.get(Tip, one.tip_id) for one in some if one.tip_id}
    return {tip.id: tip.code or str(tip.id) for tip in found.values() if tip and tips.shown_to_staff(tip)}


async def take(desk: Desk) -> web.Response:
    """«Tôi nhận việc này»: the phones are still from now on."""
    async with desk.write() as db:
        found = await _found(db, desk)
        if not await emergencies.take(db, found, desk.staff, desk.now):
            who = await db.get(Staff, found.staff_id) if found.staff_id else None
            raise Misuse(desk.library.texts("emergencies.taken", who=who.name if who else ""))
    return desk.go("khan-cap", done="emergency_taken")


async def reply(desk: Desk) -> web.Response:
    """A message of an officer's own words to who told of it in private."""
    text = desk.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST:
        raise Misuse(desk.say("misuse.reply", most=LONGEST))
    say_not_whose(desk, text)
    async with desk.write() as db:
        found = await _found(db, desk)
        if not answerable(found.chat):
            raise Misuse(desk.say("misuse.unreachable"))
        words = desk.say("emergency_reply", unit=desk.config.service.unit, text=text.replace("**", ""))
        await outbox.put(db, found.chat, Outgoing(words), desk.now)
        await desk.audit(db, "emergency_replied", f"emergency:{found.id}", length=len(text))
    desk.wake()
    return desk.go("khan-cap", done="replied")


def answerable(chat: Chat) -> bool:
    """A person, not a group; and the platform still takes messages to them."""
    return chat.kind == ChatKind.PRIVATE and reachable(chat)


async def _found(db: AsyncSession, desk: Desk) -> Emergency:
    """Held until the end of the transaction. Raises 404 for what lies outside the scope."""
    found = await emergencies.locked(db, desk.number("id"))
    if found is None or not (await desk.scope(db)).covers(found.unit_id):
        raise web.HTTPNotFound
    return found
