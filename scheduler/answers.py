"""Answers that are in force at last, corrected ones, clarifications: told to who waits. Screenshots, and forgetting."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.answers import rumours, telling
from bot.channels import Channel
from bot.config import Config
from bot.db import Database
from bot.errors import ChannelError, ChatGone, Refused
from bot.library import Library
from bot.media import Media
from bot.messages import Attachment, AttachmentKind
from bot.models import Chat, Rumour, RumourReport, RumourState, TipFile

log = logging.getLogger(__name__)

AT_A_TIME = 20


async def tell_who_waits(database: Database, library: Library, config: Config, now: datetime) -> int:
    """Writes only when there is somebody to tell. Returns how many questions and rumours were told."""
    async with database.read() as db:
        waiting = await telling.late(db, library) or await telling.outdated(db, library, now)
        if not waiting and not await rumours.made_clear(db, library):
            return 0
    async with database.write() as db:
        told = await telling.answered_late(db, library, config, now)
        told += await telling.corrected(db, library, config, now)
        return told + await rumours.answered(db, library, config, now)


async def fetch_screenshots(database: Database, channels: Mapping[str, Channel], media: Media, now: datetime) -> int:
    """Of rumours that were sent. Returns how many were kept."""
    async with database.read() as db:
        rows = select(Rumour, Chat.channel).join(RumourReport, RumourReport.rumour_id == Rumour.id)
        sent = rows.join(Chat, Chat.id == RumourReport.chat_id).where(Rumour.state != RumourState.TELLING)
        waiting = (await db.execute(sent.where(Rumour.picture_ref != "").limit(AT_A_TIME))).all()
    return sum([await _fetch(database, channels, media, rumour, channel, now) for rumour, channel in waiting])


async def _fetch(
    database: Database, channels: Mapping[str, Channel], media: Media, rumour: Rumour, channel: str, now: datetime
) -> bool:
    """Tried again with the next round, for a day; then the report stands without its picture."""
    kept = json.loads(rumour.picture_ref)
    sha256 = ""
    try:
        data = await channels[channel].fetch(Attachment(**{**kept, "kind": AttachmentKind(kept["kind"])}))
        sha256 = await media.keep(data)
    except (ChannelError, OSError, KeyError) as error:
        log.warning("the picture of rumour %d could not be fetched: %s", rumour.id, type(error).__name__)
        if not isinstance(error, Refused | ChatGone) and now - rumour.at < rumours.DRAFT_KEPT:
            return False
    async with database.write() as db:
        row = await db.get_one(Rumour, rumour.id)
        row.picture_ref, row.sha256 = "", sha256
    return bool(sha256)


async def forget(database: Database, media: Media, now: datetime) -> None:
    """What the privacy page says is kept no longer."""
    async with database.write() as db:
        gone = [media.path(sha256) for sha256 in await rumours.forget(db, now) if not await _is_others(db, sha256)]
    for path in gone:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _is_others(db: AsyncSession, sha256: str) -> bool:
    """Do the same bytes belong to a tip or to another rumour?"""
    tip = select(TipFile.id).where(TipFile.sha256 == sha256)
    other = select(Rumour.id).where(Rumour.sha256 == sha256)
    return any([await db.scalar(query.limit(1)) for query in (tip, other)])
