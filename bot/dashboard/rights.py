"""What people asked for of what is theirs: open requests with the days left, carried out or refused with a reason."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import owned, rights, tips
from bot.cases.receipts import code_in, spoken
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.models import RightsKind, RightsRequest, Staff, Tip

SHOWN = 100
LONGEST = 1000
"""characters of a reason"""
LEAST = 10


def _misuse(desk: Desk, key: str, **values: object) -> Misuse:
    return Misuse(desk.library.texts(f"entering.misuse.{key}", **values))


async def listed(desk: Desk) -> web.Response:
    async with desk.write() as db:
        scope = await desk.scope(db)
        waiting = await _rows(db, scope, open=True)
        closed = await _rows(db, scope, open=False)
        await desk.audit(db, "list", "rights", shown=len(waiting))
    return desk.page(
        "rights",
        waiting=[(request, tip, staff, _left(desk, request)) for request, tip, staff in waiting],
        closed=closed,
        kinds=[kind for kind in RightsKind if kind is not RightsKind.CORRECT],
        spoken=spoken,
        longest=LONGEST,
        code=desk.field("code") or desk.asked("ma"),
    )


async def _rows(
    db: AsyncSession, scope: Scope, *, open: bool
) -> Sequence[tuple[RightsRequest, Tip | None, Staff | None]]:
    rows = (
        select(RightsRequest, Tip, Staff)
        .outerjoin(Tip, Tip.id == RightsRequest.tip_id)
        .outerjoin(Staff, Staff.id == RightsRequest.staff_id)
        .where(rights.OPEN if open else ~rights.OPEN, scope.rows(Tip.unit_id))
    )
    order = RightsRequest.carry_out_by if open else RightsRequest.id.desc()
    found = await db.execute(rows.order_by(order).limit(SHOWN))
    return [(request, tip, staff) for request, tip, staff in found.unique()]


def _left(desk: Desk, request: RightsRequest) -> tuple[int, str]:
    """Days until it must be done, and how pressing that is."""
    left = (desk.day(request.carry_out_by) - desk.today).days
    unanswered = request.answered_at is None and request.answer_by < desk.now
    pressing = unanswered or desk.now - request.asked_at >= rights.ALARM_AFTER
    return left, "bad" if pressing else "wait"


async def settle(desk: Desk) -> web.Response:
    """Answer, carry out or refuse."""
    act, reason = desk.field("act"), desk.field("reason").replace("\r\n", "\n")
    if act == "refuse" and not LEAST <= len(reason) <= LONGEST:
        raise _misuse(desk, "reason", least=LEAST, most=LONGEST)
    async with desk.write() as db:
        request = await _found(db, desk)
        match act:
            case "answer":
                await rights.answer(db, desk.library, request, desk.now, desk.staff)
            case "carry_out":
                await rights.carry_out(db, desk.library, request, desk.now, desk.staff)
            case "refuse":
                await rights.refuse(db, desk.library, request, reason, desk.now, desk.staff)
            case _:
                raise web.HTTPBadRequest
    desk.wake()
    return desk.go("quyen", done=f"right_{act}")


async def _found(db: AsyncSession, desk: Desk) -> RightsRequest:
    request = await db.get(RightsRequest, desk.number("id"))
    tip = await db.get(Tip, request.tip_id) if request and request.tip_id else None
    if request is None or not (await desk.scope(db)).covers(tip.unit_id if tip else None):
        raise web.HTTPNotFound
    if request.carried_out_at or request.refused:
        raise _misuse(desk, "closed")
    return request


async def note(desk: Desk) -> web.Response:
    """For who asks at the desk or on the phone. To see is a page to print; to withdraw is done at once."""
    kind, code = desk.field("kind"), code_in(desk.field("code"))
    if kind not in set(RightsKind):
        raise _misuse(desk, "kind")
    async with desk.write() as db:
        tip = await tips.by_code(db, code) if code else None
        if tip is None or not (await desk.scope(db)).covers(tip.unit_id):
            raise _misuse(desk, "code")
        await desk.audit(db, "right_noted", f"tip:{tip.id}", kind=kind)
        match kind:
            case RightsKind.SEE:
                await rights.done_at_once(db, RightsKind.SEE, tip, desk.now)
                kept = owned.owned(desk.library, tip, desk.config.service.zone)
                return desk.page("owned", kept=kept, tip=tip, code=spoken(tip.code or ""))
            case RightsKind.WITHDRAW:
                await rights.withdraw(db, tip, desk.now)
            case RightsKind.DELETE:
                await rights.delete(db, tip, desk.now)
            case _:
                await rights.ask(db, RightsKind(kind), tip, desk.now, by=desk.staff)
    desk.wake()
    return desk.go("quyen", done="right_noted")
