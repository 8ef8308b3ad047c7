"""Who said «mai nói tiếp» is asked kindly in the morning whether he goes on: twice at most, then never again."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.messages import Choice, Outgoing
from bot.models import ChatState, Tip, TipState
from bot.outbox import put

DECENT = time(8), time(19, 30)
MOST = 2
AGAIN_AFTER = timedelta(days=2)
AT_A_TIME = 200


async def remind_tellers(database: Database, library: Library, config: Config, now: datetime) -> int:
    """Queue the reminders that are due, in decent hours only. Returns how many."""
    if not DECENT[0] <= now.astimezone(config.service.zone).time() < DECENT[1]:
        return 0
    async with database.read() as db:
        if not await _due(db, now, 1):
            return 0
    async with database.write() as db:
        return sum([await _remind(db, library, tip, now) for tip in await _due(db, now, AT_A_TIME)])


async def _due(db: AsyncSession, now: datetime, most: int) -> Sequence[Tip]:
    waiting = select(Tip).where(Tip.state == TipState.TELLING, Tip.remind_at <= now).order_by(Tip.id).limit(most)
    return (await db.scalars(waiting)).all()


async def _remind(db: AsyncSession, library: Library, tip: Tip, now: datetime) -> bool:
    """False where nobody is there any more."""
    due, tip.remind_at = tip.remind_at or now, None
    here = tip.chat.state == ChatState.ACTIVE and tip.chat.telling_id == tip.id
    if not here or tip.reminded >= MOST:
        return False
    tip.reminded += 1
    last = tip.reminded == MOST
    if not last:
        tip.remind_at = max(due, now - timedelta(hours=12)) + AGAIN_AFTER
    say = library.texts
    ways = Choice(say("tips.go_on"), "baotin"), Choice(say("tips.later"), "later", aside=True)
    await put(db, tip.chat, Outgoing(say("tips.remind_last" if last else "tips.remind"), choices=ways[: 2 - last]), now)
    return True
