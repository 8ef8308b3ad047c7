"""A due broadcast gets its picture drawn and one delivery a chat, unique. Every step may run twice."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import press
from bot.db import Database
from bot.library import Library
from bot.media import Media
from bot.messages import Picture
from bot.models import Broadcast, BroadcastState, Chat
from bot.notices import notice
from bot.posts.broadcasts import ABOUT_NOTHING, deliver, queue
from bot.posts.drawing import values_of
from bot.posts.versions import still_approved

log = logging.getLogger(__name__)

MANY = 1000
"""deliveries made at once, after which the database looks at the table anew"""


async def publish_due(database: Database, media: Media, library: Library, now: datetime) -> int:
    """Publish every planned broadcast whose time has come. Returns how many."""
    async with database.read() as db:
        due = await db.scalars(
            select(Broadcast)
            .where(Broadcast.state == BroadcastState.PLANNED, Broadcast.due_at <= now)
            .order_by(Broadcast.due_at, Broadcast.id)
        )
        broadcasts = list(due)
    for broadcast in broadcasts:
        picture = await _picture(database, media, library, broadcast, now)
        async with database.write() as db:
            number = await publish(db, broadcast.id, picture, now)
        if number > MANY:
            await _tell_planner(database)
    return len(broadcasts)


async def publish(db: AsyncSession, broadcast_id: int, picture: Picture | None, now: datetime) -> int:
    """Deliveries for all chats of the target, in one transaction with the state that says so. Returns how many wait.

    What is not approved any more is left alone: posts/approval.look_again stops it and asks again.
    """
    broadcast = await db.get_one(Broadcast, broadcast_id)
    if broadcast.state != BroadcastState.PLANNED or not await still_approved(db, broadcast):
        return 0
    if picture:
        broadcast.message = {**broadcast.message, "picture": {"sha256": picture.sha256, "alt": picture.alt}}
    broadcast.state = BroadcastState.PUBLISHED
    await db.flush()
    return await deliver(db, broadcast, now)


async def deliver_to(db: AsyncSession, broadcast: Broadcast, chats: Sequence[Chat], now: datetime) -> None:
    """One pending delivery for each of `chats` that has none of this broadcast yet."""
    chosen = select(Chat.id, Chat.channel, ABOUT_NOTHING).where(Chat.id.in_([chat.id for chat in chats]))
    await queue(db, broadcast, chosen, now)


async def _tell_planner(database: Database) -> None:
    """PostgreSQL learns of many new rows at once only when told, and chooses slow plans until then."""
    if database.engine.dialect.name == "postgresql":
        async with database.write() as db:
            await db.execute(text("ANALYZE deliveries"))


async def _picture(
    database: Database, media: Media, library: Library, broadcast: Broadcast, now: datetime
) -> Picture | None:
    """The drawn and kept infographic. When it cannot be drawn the post goes out as text and staff are told."""
    if not broadcast.drawing:
        return None
    try:
        drawn = await asyncio.to_thread(_draw, broadcast.drawing, library.folder)
    except (press.PressError, TypeError, ValueError) as error:
        log.warning("the picture of broadcast %d could not be drawn: %s", broadcast.id, type(error).__name__)
        async with database.write() as db:
            sentence = library.texts(
                "problems.picture_failed", id=broadcast.post_id, picture=broadcast.drawing["kind"], words=str(error)
            )
            await notice(db, f"picture:{broadcast.id}", sentence, now)
        return None
    return Picture(await media.keep(drawn.png), drawn.alt)


def _draw(drawing: dict[str, object], folder: Path) -> press.Infographic:
    return press.infographic(values_of(drawing), folder=folder)
