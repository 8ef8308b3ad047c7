"""Files that people sent are fetched, looked at and kept with their SHA-256; outcomes of long ago are archived."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, insert, select

from bot.cases import originals, photos, transcripts
from bot.cases.transcripts import Transcriber
from bot.channels import Channel
from bot.db import Database
from bot.errors import ChannelError, ChatGone, Refused
from bot.library import Library
from bot.media import Media
from bot.messages import Attachment, AttachmentKind
from bot.models import (
    ArchivedDelivery,
    Consent,
    Delivery,
    DeliveryState,
    FileState,
    PersonRole,
    TipAnswer,
    TipFile,
)

log = logging.getLogger(__name__)

TRIES = 12
"""with the pause doubling up to an hour: about half a day"""

ARCHIVED_AFTER = timedelta(days=120)
AT_A_TIME = 2000
OVER = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


async def fetch_files(
    database: Database, channels: Mapping[str, Channel], media: Media, library: Library, now: datetime
) -> int:
    """Fetch what waits, and nothing before the witness has agreed. Returns how many were kept."""
    agreed = exists().where(
        Consent.tip_id == TipAnswer.tip_id,
        Consent.role == PersonRole.WITNESS,
        Consent.given,
        Consent.withdrawn_at.is_(None),
    )
    async with database.read() as db:
        waiting = await db.scalars(
            select(TipFile)
            .join(TipAnswer, TipAnswer.id == TipFile.answer_id)
            .where(TipFile.state == FileState.WAITING, TipFile.not_before.is_(None) | (TipFile.not_before <= now))
            .where(agreed)
            .order_by(TipFile.id)
            .limit(20)
        )
        files = list(waiting)
    return sum([await _fetch(database, channels, media, library, file, now) for file in files])


async def _fetch(
    database: Database, channels: Mapping[str, Channel], media: Media, library: Library, file: TipFile, now: datetime
) -> bool:
    channel = channels.get(file.channel)
    if channel is None:
        return False
    sent = Attachment(**{**file.attachment, "kind": AttachmentKind(file.attachment["kind"])})
    try:
        data = await channel.fetch(sent)
        sha256 = await media.keep(data)
        found = await photos.aside(originals.examine, media.path(sha256), sent.kind, sent.name, sent.mime)
    except (ChannelError, OSError) as error:
        log.warning("file %d could not be fetched: %s", file.id, getattr(error, "reason", type(error).__name__))
        await _put_off(database, library, file.id, error, now)
        return False
    async with database.write() as db:
        await originals.keep(db, await db.get_one(TipFile, file.id), sha256, len(data), found, now)
    return True


async def _put_off(database: Database, library: Library, file_id: int, error: Exception, now: datetime) -> None:
    reason = error.reason if isinstance(error, ChannelError) else "unreachable"
    async with database.write() as db:
        row = await db.get_one(TipFile, file_id)
        row.attempts += 1
        row.reason, row.not_before = reason, now + timedelta(seconds=min(3600, 2**row.attempts))
        if isinstance(error, Refused | ChatGone) or row.attempts >= TRIES:
            await originals.fail(db, library, row, reason, now)


async def offer_words(database: Database, media: Media, transcriber: Transcriber, now: datetime) -> bool:
    """One recording for which a program has not yet offered words to begin with. Returns whether there was one."""
    if transcriber.name == transcripts.HAND:
        return False
    async with database.read() as db:
        file = await transcripts.not_offered(db, transcriber.name)
    if file is None:
        return False
    try:
        words = await transcriber.transcribe(media.path(file.sha256))
    except (OSError, ValueError) as error:
        log.warning("file %d could not be put into words: %s", file.id, type(error).__name__)
        words = ""
    async with database.write() as db:
        await transcripts.offer(db, file, words, transcriber.name, now)
    return True


async def archive_old(database: Database, now: datetime) -> int:
    """Deliveries over long ago move to the archive, without an answer's words. Returns how many.

    What a correction may still be about, and what nobody has settled, stays.
    """
    columns = [column.name for column in ArchivedDelivery.__table__.columns]
    async with database.write() as db:
        about = select(Delivery.about_id).where(Delivery.about_id.is_not(None))
        oldest = select(Delivery.id).where(Delivery.created_at < now - ARCHIVED_AFTER).order_by(Delivery.id)
        old = oldest.where(Delivery.state.in_(OVER), Delivery.id.not_in(about)).limit(AT_A_TIME)
        ids = (await db.scalars(old)).all()
        if ids:
            kept = select(*(getattr(Delivery, name) for name in columns)).where(Delivery.id.in_(ids))
            await db.execute(insert(ArchivedDelivery).from_select(columns, kept))
            await db.execute(delete(Delivery).where(Delivery.id.in_(ids)))
    return len(ids)
