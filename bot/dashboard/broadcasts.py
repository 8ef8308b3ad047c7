"""What went to the groups: every broadcast, what became of it in each chat, and the button that stops it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Desk, Scope
from bot.dashboard.targets import named, within
from bot.errors import Misuse
from bot.messages import from_json
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Staff
from bot.posts import broadcasts

PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A broadcast with its target in words and how many of its deliveries are in each state."""

    broadcast: Broadcast
    where: str
    counts: dict[str, int]


async def with_counts(db: AsyncSession, desk: Desk, scope: Scope, rows: Sequence[Broadcast]) -> list[Line]:
    """Those of `rows` that this member of staff may see: what goes to all, and what concerns the own units."""
    counts = await broadcasts.counts(db, [row.id for row in rows])
    return [
        Line(row, await named(db, desk.library, row.target), counts[row.id])
        for row in rows
        if await _visible(db, scope, row)
    ]


async def _visible(db: AsyncSession, scope: Scope, broadcast: Broadcast) -> bool:
    if broadcast.target.partition(":")[0] in ("all", "topic"):
        return True
    return await within(db, scope, broadcast.target)


async def listed(desk: Desk) -> web.Response:
    before = desk.asked("truoc")
    query = select(Broadcast).order_by(Broadcast.id.desc()).limit(PAGE + 1)
    if before.isdecimal() and len(before) < 16:
        query = query.where(Broadcast.id < int(before))
    if desk.asked("trang-thai") in set(BroadcastState):
        query = query.where(Broadcast.state == desk.asked("trang-thai"))
    async with desk.read() as db:
        scope = await desk.scope(db)
        rows = (await db.scalars(query)).all()
        lines = await with_counts(db, desk, scope, rows[:PAGE])
    older = rows[PAGE - 1].id if len(rows) > PAGE else None
    return desk.page("broadcasts", lines=lines, older=older, state=desk.asked("trang-thai"))


async def found(db: AsyncSession, desk: Desk, scope: Scope) -> Broadcast:
    broadcast = await db.get(Broadcast, desk.number("id"))
    if broadcast is None or not await _visible(db, scope, broadcast):
        raise web.HTTPNotFound
    return broadcast


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        broadcast = await found(db, desk, scope)
        deliveries = await db.scalars(
            select(Delivery)
            .join(Chat, Delivery.chat_id == Chat.id)
            .where(Delivery.broadcast_id == broadcast.id, scope.rows(Chat.unit_id))
            .order_by(Chat.title, Delivery.id)
        )
        rows = deliveries.all()
        counts = {str(state): sum(1 for row in rows if row.state == state) for state in DeliveryState}
        under_way = broadcast.state == BroadcastState.PUBLISHED and counts["pending"] + counts["sending"] > 0
        return desk.page(
            "broadcast",
            broadcast=broadcast,
            message=from_json(broadcast.message),
            where=await named(db, desk.library, broadcast.target),
            sender=await db.get(Staff, broadcast.staff_id) if broadcast.staff_id else None,
            rows=rows,
            counts_by_state=counts,
            under_way=under_way,
            stoppable=_going(broadcast, under_way) and await within(db, scope, broadcast.target),
            expected=len(await broadcasts.recipients(db, broadcast.target)),
        )


def _going(broadcast: Broadcast, under_way: bool) -> bool:
    return broadcast.state == BroadcastState.PLANNED or under_way


async def stop(desk: Desk) -> web.Response:
    async with desk.write() as db:
        scope = await desk.scope(db)
        broadcast = await found(db, desk, scope)
        if not await within(db, scope, broadcast.target):
            raise web.HTTPForbidden
        if broadcast.state not in (BroadcastState.PLANNED, BroadcastState.PUBLISHED):
            raise Misuse(desk.say("misuse.already_over"))
        cancelled = await broadcasts.stop(db, broadcast, desk.now)
        await desk.audit(db, "stop", f"broadcast:{broadcast.id}", cancelled=cancelled)
    return desk.go("dot-gui", broadcast.id, done="stopped")
