"""Groups that no bot reaches, and the people who post there: who has what in hand, and the code for a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import forwarders
from bot.dashboard.desk import TELEGRAM_NAME, Desk, Scope
from bot.dashboard.groups import chosen_topics, chosen_unit, units_of
from bot.errors import Misuse
from bot.models import Chat, Delivery, DeliveryState, EnrolmentCode

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A group, its code that nobody has used yet, and what became of its posts in the last 30 days.

    `before`: who posts there until the person named for it uses the code, as his own app calls him.
    """

    group: Chat
    code: EnrolmentCode | None
    before: str
    numbers: dict[str, int]

    @property
    def in_hand(self) -> int:
        return self.numbers.get(DeliveryState.SENDING, 0)

    @property
    def posted(self) -> int:
        return self.numbers.get(DeliveryState.SENT, 0)

    @property
    def not_posted(self) -> int:
        return self.numbers.get(DeliveryState.FAILED, 0)


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        lines = await _lines(db, desk, scope)
        name = desk.request.app[TELEGRAM_NAME]()
        return desk.page(
            "forwarders",
            people=[(person, list(some)) for person, some in groupby(lines, lambda line: line.group.forwarder_name)],
            units=await units_of(db, scope),
            topics=desk.library.topics,
            link=f"https://t.me/{name}?start=" if name else "",
        )


async def _lines(db: AsyncSession, desk: Desk, scope: Scope) -> list[Line]:
    """By the person's name, then the group's."""
    mine = (Chat.channel == forwarders.ASSISTED) & scope.rows(Chat.unit_id)
    groups: Sequence[Chat] = (
        await db.scalars(select(Chat).where(mine).order_by(Chat.forwarder_name, Chat.title, Chat.id))
    ).all()
    ids = select(Chat.id).where(mine)
    usable = select(EnrolmentCode).where(EnrolmentCode.chat_id.in_(ids), forwarders.usable(desk.now))
    codes = {code.chat_id: code for code in await db.scalars(usable)}
    people = select(Chat).where(Chat.id.in_(select(Chat.forwarder_id).where(mine)))
    titles = {person.id: person.title for person in await db.scalars(people)}
    numbers: dict[int, dict[str, int]] = {}
    recent = select(Delivery.chat_id, Delivery.state, func.count()).where(
        Delivery.channel == forwarders.ASSISTED, Delivery.chat_id.in_(ids), Delivery.created_at > desk.now - RECENT
    )
    for chat_id, state, number in await db.execute(recent.group_by(Delivery.chat_id, Delivery.state)):
        numbers.setdefault(chat_id, {})[state] = number
    return [
        Line(group, codes.get(group.id), titles.get(group.forwarder_id or 0, ""), numbers.get(group.id, {}))
        for group in groups
    ]


async def add(desk: Desk) -> web.Response:
    title, name = desk.field("title"), desk.field("name")
    if not (0 < len(title) <= 200 and 0 < len(name) <= 200):
        raise Misuse(desk.say("misuse.forwarder"))
    async with desk.write() as db:
        group = await forwarders.add_group(db, title, await chosen_unit(db, desk), chosen_topics(desk), desk.now)
        await forwarders.make_code(db, group, name, desk.staff, desk.now)
        await desk.audit(db, "add_assisted", f"chat:{group.id}")
    return desk.go("nguoi-dang", done="forwarder")


async def new_code(desk: Desk) -> web.Response:
    """For another person, or anew; whoever posts there now goes on until the code is used."""
    if len(desk.field("name")) > 200:
        raise Misuse(desk.say("misuse.forwarder"))
    async with desk.write() as db:
        group = await _found(db, desk, await desk.scope(db))
        await forwarders.make_code(db, group, desk.field("name") or group.forwarder_name, desk.staff, desk.now)
        await desk.audit(db, "code_assisted", f"chat:{group.id}")
    return desk.go("nguoi-dang", done="forwarder")


async def _found(db: AsyncSession, desk: Desk, scope: Scope) -> Chat:
    group = await db.get(Chat, desk.number("id"))
    if group is None or group.channel != forwarders.ASSISTED or not scope.covers(group.unit_id):
        raise web.HTTPNotFound
    return group
