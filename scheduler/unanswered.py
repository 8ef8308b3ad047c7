"""Tips whose consent was asked for and never answered: after a day nothing of them is kept, and nobody is told."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import erasing
from bot.db import Database
from bot.models import CameBy, Consent, PersonRole, Tip, TipState

log = logging.getLogger(__name__)

WAITED = timedelta(days=1)
"""since the last word, as the notice of content/forms says"""
AT_A_TIME = 100


async def forget_unanswered(database: Database, now: datetime) -> int:
    """Returns how many."""
    async with database.read() as db:
        if not await _due(db, now, 1):
            return 0
    async with database.write() as db:
        some = await _due(db, now, AT_A_TIME)
        for tip in some:
            await erasing.expire(db, tip, now)
    log.info("%d tips were forgotten: nobody had answered whether he agrees", len(some))
    return len(some)


async def _due(db: AsyncSession, now: datetime, most: int) -> Sequence[Tip]:
    answered = exists().where(Consent.tip_id == Tip.id, Consent.role == PersonRole.WITNESS)
    waiting = select(Tip).where(
        Tip.state == TipState.TELLING, Tip.came_by == CameBy.CHAT, Tip.changed_at <= now - WAITED, ~answered
    )
    return (await db.scalars(waiting.order_by(Tip.id).limit(most))).all()
