"""What went to the groups: every broadcast, what became of it in each chat, and what can be done about it.

Paused and gone on, stopped, sent again where it failed, settled where it is unknown; corrected in corrections.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import forwarding
from bot.dashboard.desk import Desk, Scope
from bot.dashboard.targets import named, visible, within
from bot.errors import Misuse
from bot.messages import as_menu, from_json
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Staff, Unit, UnitKind
from bot.posts import broadcasts, corrections, outcomes
from bot.posts.broadcasts import subtree
from bot.posts.outcomes import Tally

PAGE = 30
ROWS = 200
"""chats shown at once"""


@dataclass(frozen=True, slots=True)
class Line:
    """A broadcast with its target in words and how many of its deliveries are in each state."""

    broadcast: Broadcast
    where: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a broadcast's chats are shown; `reason` None: all reasons."""

    state: str = ""
    reason: str | None = None
    unit: int | None = None
    page: int = 1

    def query(self, **changes: Any) -> str:
        """«?trang-thai=…» of this choice with `changes`; the first page unless another is among them."""
        other = replace(self, **{"page": 1, **changes})
        page = other.page if other.page > 1 else None
        asked = [("trang-thai", other.state or None), ("ly-do", other.reason), ("don-vi", other.unit), ("trang", page)]
        written = urlencode([(name, value) for name, value in asked if value is not None])
        return f"?{written}" if written else ""


async def with_counts(db: AsyncSession, desk: Desk, scope: Scope, rows: Sequence[Broadcast]) -> list[Line]:
    """Those of `rows` that this member of staff may see: what goes to all, and what concerns the own units."""
    counts = await broadcasts.counts(db, [row.id for row in rows])
    return [
        Line(row, await named(db, desk.library, row.target), counts[row.id])
        for row in rows
        if await visible(db, scope, row.target)
    ]


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
    if broadcast is None or not await visible(db, scope, broadcast.target):
        raise web.HTTPNotFound
    return broadcast


async def own(db: AsyncSession, desk: Desk) -> Broadcast:
    """The broadcast, for those who may change it: its target lies wholly in their units."""
    scope = await desk.scope(db)
    broadcast = await found(db, desk, scope)
    if not await within(db, scope, broadcast.target):
        raise web.HTTPForbidden
    return broadcast


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        broadcast = await found(db, desk, scope)
        choice = _choice(desk, scope)
        where = _where(scope, choice)
        told = await outcomes.tallies(db, broadcast, where)
        rows = await outcomes.outcomes(
            db,
            broadcast,
            where,
            state=choice.state,
            reason=choice.reason,
            skip=ROWS * (choice.page - 1),
            limit=ROWS + 1,
        )
        counts = by_state(told)
        return desk.page(
            "broadcast",
            broadcast=broadcast,
            message=as_menu(from_json(broadcast.message), ""),
            erratum=from_json(broadcast.erratum) if broadcast.erratum else None,
            where=await named(db, desk.library, broadcast.target),
            sender=await db.get(Staff, broadcast.staff_id) if broadcast.staff_id else None,
            expected=await broadcasts.number_of_recipients(db, broadcast.target),
            corrects=await db.get(Broadcast, broadcast.corrects_id) if broadcast.corrects_id else None,
            corrected_by=await corrections.correction_of(db, broadcast),
            rows=rows[:ROWS],
            more=len(rows) > ROWS,
            choice=choice,
            units=await _units(db, scope),
            told=told,
            by_hand=await forwarding.counts_by_hand(db, broadcast.id),
            counts_by_state=counts,
            under_way=broadcast.state == BroadcastState.PUBLISHED and counts["pending"] + counts["sending"] > 0,
            mine=await within(db, scope, broadcast.target),
        )


def by_state(told: Sequence[Tally]) -> dict[str, int]:
    return {str(state): sum(one.number for one in told if one.state == state) for state in DeliveryState}


def _choice(desk: Desk, scope: Scope) -> Choice:
    state, unit, page = desk.asked("trang-thai"), desk.asked("don-vi"), desk.asked("trang")
    return Choice(
        state=state if state in set(DeliveryState) else "",
        reason=desk.asked("ly-do") if "ly-do" in desk.request.query else None,
        unit=int(unit) if unit.isdecimal() and len(unit) < 16 and int(unit) in scope.units else None,
        page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,
    )


def _where(scope: Scope, choice: Choice) -> ColumnElement[bool]:
    mine = scope.rows(Chat.unit_id)
    return mine if choice.unit is None else mine & Chat.unit_id.in_(subtree(choice.unit))


async def _units(db: AsyncSession, scope: Scope) -> Sequence[Unit]:
    """To choose from; where there are several wards, without their neighbourhoods."""
    units = (await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.name))).all()
    wards = [unit for unit in units if unit.kind != UnitKind.NEIGHBOURHOOD]
    return wards if len(wards) > 2 else units


async def pause(desk: Desk) -> web.Response:
    async with desk.write() as db:
        broadcast = await own(db, desk)
        if broadcast.state != BroadcastState.PUBLISHED:
            raise Misuse(desk.say("misuse.not_going"))
        broadcasts.pause(broadcast, "by_staff")
        await desk.audit(db, "pause", f"broadcast:{broadcast.id}")
    return desk.go("dot-gui", broadcast.id, done="paused")


async def go_on(desk: Desk) -> web.Response:
    async with desk.write() as db:
        broadcast = await own(db, desk)
        if broadcast.state != BroadcastState.PAUSED:
            raise Misuse(desk.say("misuse.not_paused"))
        await broadcasts.go_on(db, broadcast, desk.now)
        await desk.audit(db, "go_on", f"broadcast:{broadcast.id}")
    desk.wake()
    return desk.go("dot-gui", broadcast.id, done="gone_on")


async def halt(desk: Desk) -> None:
    """From here on nothing of it is begun, in a transaction of its own: cancelling a city's rows takes seconds."""
    async with desk.write() as db:
        broadcast = await own(db, desk)
        if broadcast.state == BroadcastState.PUBLISHED:
            broadcasts.pause(broadcast, "by_staff")


async def stop(desk: Desk) -> web.Response:
    await halt(desk)
    async with desk.write() as db:
        broadcast = await own(db, desk)
        if broadcast.state not in (BroadcastState.PLANNED, BroadcastState.PAUSED):
            raise Misuse(desk.say("misuse.already_over"))
        cancelled = await broadcasts.stop(db, broadcast, desk.now)
        cancelled += await forwarding.called_off(db, broadcast, desk.library, desk.now)
        await desk.audit(db, "stop", f"broadcast:{broadcast.id}", cancelled=cancelled)
    return desk.go("dot-gui", broadcast.id, done="stopped")


async def look_at_failed(desk: Desk) -> web.Response:
    """How many would be sent again, and how many cannot be, and why; nothing has changed yet."""
    async with desk.read() as db:
        broadcast = await own(db, desk)
        return desk.page(
            "resend",
            broadcast=broadcast,
            failed=await outcomes.failed(db, broadcast),
            told=[one for one in await outcomes.tallies(db, broadcast) if one.state == DeliveryState.FAILED],
        )


async def resend(desk: Desk) -> web.Response:
    async with desk.write() as db:
        broadcast = await own(db, desk)
        number = await outcomes.resend_failed(db, desk.library, broadcast, desk.now)
        if not number:
            raise Misuse(desk.say("misuse.nothing_failed"))
        await desk.audit(db, "resend", f"broadcast:{broadcast.id}", number=number)
    desk.wake()
    return desk.go("dot-gui", broadcast.id, done="resent")


async def settle(desk: Desk) -> web.Response:
    """One delivery, by whoever answers for its chat; all of them, by whoever may change the broadcast."""
    arrived, one = desk.field("den") == "1", desk.field("tin")
    async with desk.write() as db:
        if not one:
            broadcast = await own(db, desk)
            await outcomes.settle_all(db, broadcast, arrived, desk.staff, desk.now)
        else:
            scope = await desk.scope(db)
            broadcast = await found(db, desk, scope)
            delivery = await db.get(Delivery, int(one)) if one.isdecimal() and len(one) < 16 else None
            if delivery is None or delivery.broadcast_id != broadcast.id or not scope.covers(delivery.chat.unit_id):
                raise web.HTTPNotFound
            await outcomes.settle(db, desk.library, delivery, arrived, desk.staff, desk.now)
    return desk.go("dot-gui", broadcast.id, done="delivery_settled")
