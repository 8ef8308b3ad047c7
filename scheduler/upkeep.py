"""Files that people sent are fetched from their platform and kept as they are, with their SHA-256."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import filetype
from sqlalchemy import select

from bot.channels import Channel
from bot.db import Database
from bot.errors import ChannelError, ChatGone, Refused
from bot.media import Media
from bot.messages import Attachment, AttachmentKind
from bot.models import FileState, TipFile

log = logging.getLogger(__name__)

TRIES = 12
"""with the pause doubling up to an hour: about half a day"""


async def fetch_files(database: Database, channels: Mapping[str, Channel], media: Media, now: datetime) -> int:
    """Fetch what waits. Returns how many were kept."""
    async with database.read() as db:
        waiting = await db.scalars(
            select(TipFile)
            .where(TipFile.state == FileState.WAITING, TipFile.not_before.is_(None) | (TipFile.not_before <= now))
            .order_by(TipFile.id)
            .limit(20)
        )
        files = list(waiting)
    return sum([await _fetch(database, channels, media, file, now) for file in files])


async def _fetch(
    database: Database, channels: Mapping[str, Channel], media: Media, file: TipFile, now: datetime
) -> bool:
    channel = channels.get(file.channel)
    if channel is None:
        return False
    attachment = Attachment(**{**file.attachment, "kind": AttachmentKind(file.attachment["kind"])})
    try:
        data = await channel.fetch(attachment)
        sha256 = await media.keep(data)
    except (ChannelError, OSError) as error:
        log.warning("file %d could not be fetched: %s", file.id, getattr(error, "reason", type(error).__name__))
        await _put_off(database, file.id, error, now)
        return False
    async with database.write() as db:
        row = await db.get_one(TipFile, file.id)
        row.state, row.sha256, row.size, row.kept_at = FileState.KEPT, sha256, len(data), now
        row.mime = filetype.guess_mime(data) or "application/octet-stream"
    return True


async def _put_off(database: Database, file_id: int, error: Exception, now: datetime) -> None:
    async with database.write() as db:
        row = await db.get_one(TipFile, file_id)
        row.attempts += 1
        row.reason = error.reason if isinstance(error, ChannelError) else "unreachable"
        row.not_before = now + timedelta(seconds=min(3600, 2**row.attempts))
        if isinstance(error, Refused | ChatGone) or row.attempts >= TRIES:
            row.state = FileState.FAILED
