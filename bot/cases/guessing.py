"""Receipt codes that were tried and are nobody's: few an hour, or all of them could be tried in time."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import AuditEntry, Chat

TRIES = 5
WITHIN = timedelta(hours=1)
WRONG = "wrong_receipt"


async def may_try(db: AsyncSession, chat: Chat, now: datetime) -> bool:
    wrong = select(func.count(AuditEntry.id)).where(
        AuditEntry.subject == f"chat:{chat.id}", AuditEntry.action == WRONG, AuditEntry.at > now - WITHIN
    )
    return (await db.scalar(wrong) or 0) < TRIES


async def note(db: AsyncSession, chat: Chat, now: datetime) -> None:
    db.add(AuditEntry(at=now, staff_id=None, action=WRONG, subject=f"chat:{chat.id}", detail={}))
    await db.flush()
