"""The rights of a person over what is his (law 91/2025): asked, answered in 2 working days, carried out in 15 days.

Working days are Monday to Friday. Public holidays are not counted out: that makes our deadline earlier, never later.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import erasing, tips
from bot.cases.numbering import HERE
from bot.cases.owned import name_of
from bot.cases.telling import tell
from bot.cases.wishes import working_days
from bot.library import Library
from bot.messages import Incoming, Outgoing
from bot.models import (
    AuditEntry,
    CaseTip,
    Chat,
    RightsKind,
    RightsRequest,
    Staff,
    Task,
    TaskKind,
    Tip,
    TipAnswer,
)

ANSWER_WITHIN = 2
"""working days"""
CARRY_OUT_WITHIN = timedelta(days=15)
ALARM_AFTER = timedelta(days=10)

OPEN: ColumnElement[bool] = RightsRequest.carried_out_at.is_(None) & (RightsRequest.refused == "")


def answer_by(now: datetime) -> datetime:
    return working_days(now, ANSWER_WITHIN, HERE)


async def open_for(db: AsyncSession, kind: RightsKind, tip: Tip) -> RightsRequest | None:
    """What was asked for that tip and is not yet done."""
    same = select(RightsRequest).where(OPEN, RightsRequest.kind == kind, RightsRequest.tip_id == tip.id)
    return await db.scalar(same.limit(1))


async def ask(
    db: AsyncSession,
    kind: RightsKind,
    tip: Tip | None,
    now: datetime,
    *,
    chat: Chat | None = None,
    words: str = "",
    by: Staff | None = None,
) -> RightsRequest:
    """Written down, with a task for staff until it is closed. The same, asked again while it is open, is that one."""
    tip_id, chat_id = tip.id if tip else None, chat.id if chat else None
    if tip and (known := await open_for(db, kind, tip)):
        return known
    request = RightsRequest(kind=kind, tip_id=tip_id, chat_id=chat_id, words=words, refused="", asked_at=now)
    request.answer_by, request.carry_out_by = answer_by(now), now + CARRY_OUT_WITHIN
    task = Task(kind=TaskKind.RIGHTS, tip_id=tip_id, unit_id=tip.unit_id if tip else None, words="")
    task.created_at, task.due_at, task.created_by_id = now, request.answer_by, by.id if by else None
    db.add_all([request, task])
    await db.flush()
    return request


async def done_at_once(
    db: AsyncSession, kind: RightsKind, tip: Tip | None, now: datetime, *, chat: Chat | None = None
) -> RightsRequest:
    """Asked, answered and carried out in one: there is nothing for staff to do."""
    request = RightsRequest(kind=kind, tip_id=tip.id if tip else None, chat_id=chat.id if chat else None, words="")
    request.asked_at = request.answered_at = request.carried_out_at = now
    request.answer_by, request.carry_out_by, request.refused = answer_by(now), now + CARRY_OUT_WITHIN, ""
    db.add(request)
    await db.flush()
    return request


async def withdraw(db: AsyncSession, tip: Tip, now: datetime, *, chat: Chat | None = None) -> RightsRequest:
    """At once. A case that the tip is part of may need another ground: that is for staff to see to."""
    await tips.withdraw(db, tip, now)
    request = await _asked(db, RightsKind.WITHDRAW, tip, now, chat, left=await in_a_case(db, tip))
    request.answered_at = now
    return request


async def delete(db: AsyncSession, tip: Tip, now: datetime, *, chat: Chat | None = None) -> RightsRequest:
    """Used no more from now on; staff delete it, or tell the lawful reason why it must stay."""
    await tips.withdraw(db, tip, now)
    return await ask(db, RightsKind.DELETE, tip, now, chat=chat)


async def correct(
    db: AsyncSession, tip: Tip, old: TipAnswer, said: Incoming, understood: dict[str, object], now: datetime
) -> RightsRequest:
    """The new words stand beside the old ones, which are kept. Staff carry them into the case, where there is one."""
    new = TipAnswer(field=old.field, question=old.question, said=said.text, understood=understood, at=now)
    new.message_id, new.album, new.files = said.id, said.album, []
    if understood.get("label") and not said.text:
        new.said = str(understood["label"])
    old.replaced_at = now
    tip.answers.append(new)
    tips.attach(new, said)
    tips.flag(tip, "corrected")
    tip.changed_at = now
    request = await _asked(db, RightsKind.CORRECT, tip, now, tip.chat, left=await in_a_case(db, tip))
    request.answered_at = now
    return request


async def _asked(
    db: AsyncSession, kind: RightsKind, tip: Tip, now: datetime, chat: Chat | None, *, left: bool
) -> RightsRequest:
    """`left`: something remains for staff to do."""
    return await (ask(db, kind, tip, now, chat=chat) if left else done_at_once(db, kind, tip, now, chat=chat))


async def in_a_case(db: AsyncSession, tip: Tip) -> bool:
    linked = select(CaseTip.id).where(CaseTip.tip_id == tip.id, CaseTip.removed_at.is_(None))
    return await db.scalar(linked.limit(1)) is not None


# What staff do


async def carry_out(db: AsyncSession, library: Library, request: RightsRequest, now: datetime, by: Staff) -> None:
    """Done, and the person is told."""
    tip = await db.get(Tip, request.tip_id) if request.tip_id else None
    if tip and request.kind == RightsKind.DELETE:
        await erasing.erase(db, library, tip, now, by)
    if tip and request.kind == RightsKind.WITHDRAW:
        await tips.withdraw(db, tip, now)
    request.carried_out_at, request.answered_at, request.staff_id = now, request.answered_at or now, by.id
    _audit(db, request, "right_done", now, by)
    await _close_task(db, request, now, by)
    await _tell(db, library, request, tip, "done", now)


async def refuse(
    db: AsyncSession, library: Library, request: RightsRequest, reason: str, now: datetime, by: Staff
) -> None:
    """It cannot be done, for a reason of the law, in the words that the person reads."""
    tip = await db.get(Tip, request.tip_id) if request.tip_id else None
    request.refused, request.answered_at, request.staff_id = reason, request.answered_at or now, by.id
    _audit(db, request, "right_refused", now, by)
    await _close_task(db, request, now, by)
    await _tell(db, library, request, tip, "refused", now, reason=reason)


async def answer(db: AsyncSession, library: Library, request: RightsRequest, now: datetime, by: Staff) -> None:
    """The answer that the law wants in two working days: we have it, and by when it is carried out."""
    tip = await db.get(Tip, request.tip_id) if request.tip_id else None
    request.answered_at, request.staff_id = request.answered_at or now, by.id
    _audit(db, request, "right_answered", now, by)
    await _tell(db, library, request, tip, "answered", now, until=request.carry_out_by.astimezone(HERE))


async def _tell(
    db: AsyncSession,
    library: Library,
    request: RightsRequest,
    tip: Tip | None,
    key: str,
    now: datetime,
    **values: object,
) -> None:
    if tip is None:
        return
    what = library.texts(f"rights.what.{request.kind}")
    words = library.texts(f"rights.{key}", what=what, name=name_of(library, tip), **values)
    await tell(db, tip, Outgoing(words), now)


async def _close_task(db: AsyncSession, request: RightsRequest, now: datetime, by: Staff) -> None:
    """The task of this request, unless another one of the same tip is still open."""
    await db.flush()
    others = select(RightsRequest.id).where(
        OPEN, RightsRequest.tip_id == request.tip_id, RightsRequest.id != request.id
    )
    if await db.scalar(others.limit(1)) is not None:
        return
    mine = select(Task).where(Task.kind == TaskKind.RIGHTS, Task.tip_id == request.tip_id, Task.done_at.is_(None))
    for task in await db.scalars(mine):
        task.done_at, task.done_by_id = now, by.id


def _audit(db: AsyncSession, request: RightsRequest, action: str, now: datetime, by: Staff) -> None:
    subject = f"tip:{request.tip_id}" if request.tip_id else f"right:{request.id}"
    detail = {"request": request.id, "kind": str(request.kind)}
    db.add(AuditEntry(at=now, staff_id=by.id, action=action, subject=subject, detail=detail))


async def late(db: AsyncSession, now: datetime) -> Sequence[RightsRequest]:
    """Not answered in time, or open for ten days and more."""
    rows = select(RightsRequest).where(
        OPEN,
        or_(
            RightsRequest.answered_at.is_(None) & (RightsRequest.answer_by < now),
            RightsRequest.asked_at <= now - ALARM_AFTER,
        ),
    )
    return (await db.scalars(rows.order_by(RightsRequest.id))).all()
