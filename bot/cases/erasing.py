"""What is his is deleted: the person and his words, in the tip and wherever they were copied to. The case stays.

The bytes of his files and what came in raw go afterwards (scheduler/rights_watch.py).
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import tips, wishes
from bot.cases.tips import ERASED
from bot.library import Library
from bot.models import (
    AuditEntry,
    Claim,
    Decision,
    Delivery,
    DeliveryState,
    Emergency,
    Planned,
    Staff,
    Task,
    Tip,
    TipFile,
    TipState,
    Transcript,
    Update,
    UpdateState,
    WebLine,
)

OVER = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)
EMPTY = "{}"
MARK = "erase:"
"""Planned rows: raw messages that are still to be looked through, and up to which that is done"""
MARGIN = timedelta(hours=1)
AT_A_TIME = 300


async def erase(db: AsyncSession, library: Library, tip: Tip, now: datetime, by: Staff) -> None:
    """Blank what he said and who he is. That he had agreed, and took it back, is kept: it must be provable."""
    for person in tip.people:
        person.name = person.born = person.phone = person.address = person.relation = ""
    files = [file for answer in tip.answers for file in answer.files]
    for answer in tip.answers:
        answer.said, answer.understood, answer.replaced_at = "", {"kind": "withdrawn"}, answer.replaced_at or now
    for file in files:
        tips.forget_file(file)
    await _erase_transcripts(db, files)
    await _erase_claims(db, library, tip, now, by)
    await db.execute(update(Task).where(or_(Task.tip_id == tip.id, Task.chat_id == tip.chat_id)).values(words=""))
    his = or_(Emergency.tip_id == tip.id, Emergency.chat_id == tip.chat_id)
    await db.execute(update(Emergency).where(his).values(words=""))
    await _erase_talk(db, tip)
    for consent in tip.consents:
        consent.withdrawn_at = consent.withdrawn_at or now
    tip.state, tip.asking, tip.changed_at = TipState.WITHDRAWN, "", now
    tips.flag(tip, ERASED)
    db.add(AuditEntry(at=now, staff_id=by.id, action="tip_erased", subject=f"tip:{tip.id}", detail={}))
    await db.flush()


async def _erase_transcripts(db: AsyncSession, files: Sequence[TipFile]) -> None:
    ids = [file.id for file in files]
    await db.execute(update(Transcript).where(Transcript.file_id.in_(ids)).values(words=""))


async def _erase_claims(db: AsyncSession, library: Library, tip: Tip, now: datetime, by: Staff) -> None:
    """What staff have decided on stays in the case, and names nobody; the rest is withdrawn and blank."""
    decided = set(await db.scalars(select(Decision.claim_id).where(Decision.undone_at.is_(None))))
    for claim in await db.scalars(select(Claim).where(Claim.tip_id == tip.id)):
        claim.said_by = library.texts("rights.withdrawn_giver")
        if claim.id not in decided:
            claim.words, claim.value = "", {}
            claim.withdrawn_at, claim.withdrawn_by_id = claim.withdrawn_at or now, by.id


async def _erase_talk(db: AsyncSession, tip: Tip) -> None:
    """What was read back to him, what the web shows of the talk, and his name; what came in raw goes afterwards."""
    tip.chat.menu, tip.chat.adding, tip.chat.title = [], "", ""
    answers = update(Delivery).where(Delivery.chat_id == tip.chat_id, Delivery.broadcast_id.is_(None))
    await db.execute(answers.where(Delivery.state.in_(OVER)).values(message=None))
    await db.execute(delete(WebLine).where(WebLine.address == tip.chat.address))
    await _to_forget_raw(db, tip)


async def _to_forget_raw(db: AsyncSession, tip: Tip) -> None:
    await db.merge(Planned(name=f"{MARK}{tip.id}", used="0"))


async def expire(db: AsyncSession, tip: Tip, now: datetime) -> None:
    """He was asked whether he agrees and never answered: nothing of what he told meanwhile is kept."""
    told = delete(WebLine).where(WebLine.address == tip.chat.address, ~WebLine.ours)
    await db.execute(told.where(WebLine.at >= tip.started_at, WebLine.at <= tip.changed_at))
    await _to_forget_raw(db, tip)
    tips.forget_answers(tip)
    await wishes.drop(db, tip, now)
    await db.execute(update(Task).where(Task.tip_id == tip.id).values(words=""))
    tip.state, tip.asking, tip.remind_at, tip.changed_at = TipState.DECLINED, "", None, now
    if tip.chat.telling_id == tip.id:
        tip.chat.telling_id, tip.chat.menu = None, []
    await db.flush()


async def forget_raw(db: AsyncSession, mark: Planned) -> bool:
    """Some of the raw messages of an erased tip's chat. False when there are none left to look through."""
    tip = await db.get_one(Tip, int(mark.name.removeprefix(MARK)))
    raw = select(Update).where(
        Update.channel == tip.chat.channel,
        Update.state == UpdateState.DONE,
        Update.id > int(mark.used),
        Update.received_at >= tip.started_at - MARGIN,
        Update.received_at <= tip.changed_at + MARGIN,
    )
    rows = (await db.scalars(raw.order_by(Update.id).limit(AT_A_TIME))).all()
    his = re.compile(rf"(?<![\w-]){re.escape(tip.chat.where.id)}(?![\w-])")
    for row in rows:
        if his.search(row.body):
            row.body = EMPTY
    if rows:
        mark.used = str(rows[-1].id)
        return True
    await db.delete(mark)
    return False


async def files_to_go(db: AsyncSession) -> Sequence[TipFile]:
    """Erased files whose bytes may still be on disk."""
    return (await db.scalars(select(TipFile).where(TipFile.reason == ERASED, TipFile.sha256 != "").limit(100))).all()


async def is_others(db: AsyncSession, file: TipFile) -> bool:
    """Did somebody else send the same bytes?"""
    same = select(TipFile.id).where(TipFile.sha256 == file.sha256, TipFile.reason != ERASED)
    return await db.scalar(same.limit(1)) is not None


async def gone(db: AsyncSession, file_id: int) -> None:
    """Its bytes are no more, or are another person's too."""
    (await db.get_one(TipFile, file_id)).sha256 = ""
