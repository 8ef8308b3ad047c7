"""Groups that no bot reaches, and the people who post there: who has what in hand, and the code for a new one."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import forwarding
from bot.dashboard.desk import TELEGRAM_NAME, Desk, Scope
from bot.dashboard.groups import chosen_topics, chosen_unit, units_of
from bot.errors import Misuse
from bot.models import Chat, CodeKind, Delivery, DeliveryState, EnrolmentCode

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A group with its code that nobody has used yet, and what became of its posts in the last 30 days."""

    group: Chat
    code: EnrolmentCode | None
    in_hand: int
    posted: int
    not_posted: int


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        groups = select(Chat).where(Chat.channel == forwarding.ASSISTED, scope.rows(Chat.unit_id))
        name = desk.request.app[TELEGRAM_NAME]()
        return desk.page(
            "forwarders",
            lines=[await _line(db, desk, group) for group in await db.scalars(groups.order_by(Chat.title, Chat.id))],
            units=await units_of(db, scope),
            topics=desk.library.topics,
            link=f"https://t.me/{name}?start=" if name else "",
        )


async def _line(db: AsyncSession, desk: Desk, group: Chat) -> Line:
    code = await db.scalar(
        select(EnrolmentCode)
        .where(
            EnrolmentCode.chat_id == group.id,
            EnrolmentCode.kind == CodeKind.FORWARDER,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > desk.now,
        )
        .order_by(EnrolmentCode.created_at.desc())
        .limit(1)
    )
    rows = await db.execute(
        select(Delivery.state, func.count())
        .where(Delivery.chat_id == group.id, Delivery.created_at > desk.now - RECENT)
        .group_by(Delivery.state)
    )
    numbers = {row[0]: row[1] for row in rows}
    found = [numbers.get(state, 0) for state in (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.FAILED)]
    return Line(group, code, *found)


async def add(desk: Desk) -> web.Response:
    title, name = desk.field("title"), desk.field("name")
    if not (0 < len(title) <= 200 and 0 < len(name) <= 200):
        raise Misuse(desk.say("misuse.forwarder"))
    async with desk.write() as db:
        group = await forwarding.add_group(db, title, await chosen_unit(db, desk), chosen_topics(desk), desk.now)
        await forwarding.make_code(db, group, name, desk.staff, desk.now)
        await desk.audit(db, "add_assisted", f"chat:{group.id}")
    return desk.go("nguoi-dang", done="forwarder")


async def new_code(desk: Desk) -> web.Response:
    """For another person; whoever posts there now goes on until the code is used."""
    async with desk.write() as db:
        group = await _found(db, desk, await desk.scope(db))
        name = desk.field("name") or group.forwarder_name
        await forwarding.make_code(db, group, name, desk.staff, desk.now)
        await desk.audit(db, "code_assisted", f"chat:{group.id}")
    return desk.go("nguoi-dang", done="forwarder")


async def _found(db: AsyncSession, desk: Desk, scope: Scope) -> Chat:
    group = await db.get(Chat, desk.number("id"))
    if group is None or group.channel != forwarding.ASSISTED or not scope.covers(group.unit_id):
        raise web.HTTPNotFound
    return group
