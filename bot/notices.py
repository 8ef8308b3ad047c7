"""Trouble told to staff in a sentence, once, on the Problems page."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Notice


async def notice(db: AsyncSession, key: str, sentence: str, now: datetime) -> None:
    """The same `key` is told once until somebody has settled it; then it is told anew."""
    told = await db.scalar(select(Notice).where(Notice.key == key[:200]))
    if told is None:
        db.add(Notice(key=key[:200], sentence=sentence, at=now))
    elif told.settled_at is not None:
        told.sentence, told.at, told.settled_at = sentence, now, None
    await db.flush()


async def open_notices(db: AsyncSession) -> Sequence[Notice]:
    """Newest first."""
    return (await db.scalars(select(Notice).where(Notice.settled_at.is_(None)).order_by(Notice.id.desc()))).all()
