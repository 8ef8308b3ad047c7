"""Rights that people asked for: officers are alarmed when one is late; deleted bytes go from the disk."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select

from bot import alarms, notices
from bot.cases import erasing, rights
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.media import Media
from bot.models import Planned, RightsRequest

NOTICES = "rights"


async def look_at_rights(database: Database, library: Library, config: Config, now: datetime) -> list[str]:
    """Sound the alarm for what is newly late. Returns the sentences."""
    async with database.write() as db:
        late = await rights.late(db, now)
        found = dict(trouble for request in late for trouble in _troubles(library, config, request, now))
        new = await notices.compare(db, NOTICES, found, now)
        await alarms.sound(db, library, config, new, now)
    return new


def _troubles(library: Library, config: Config, request: RightsRequest, now: datetime) -> Iterator[tuple[str, str]]:
    """Named by number only: who asked is on the page, not in an alarm."""
    zone = config.service.zone
    values = {"number": request.id, "what": library.texts(f"rights.what.{request.kind}")}
    values |= {"days": (now - request.asked_at).days, "until": request.carry_out_by.astimezone(zone)}
    if request.answered_at is None and request.answer_by < now:
        yield f"right:{request.id}:answer", library.texts("rights.late_answer", **values)
    if request.carry_out_by < now:
        yield f"right:{request.id}:over", library.texts("rights.too_late", **values)
    elif request.asked_at <= now - rights.ALARM_AFTER:
        yield f"right:{request.id}:late", library.texts("rights.late", **values)


async def finish_erasing(database: Database, media: Media) -> None:
    """Whatever a stop left undone is done at the next round."""
    async with database.read() as db:
        files = [(file.id, file.sha256, await erasing.is_others(db, file)) for file in await erasing.files_to_go(db)]
        marks = list(await db.scalars(select(Planned).where(Planned.name.startswith(erasing.MARK)).limit(5)))
    for id, sha256, others in files:
        if not others:
            with suppress(FileNotFoundError, ValueError):
                await asyncio.to_thread(media.path(sha256).unlink)
        async with database.write() as db:
            await erasing.gone(db, id)
    for mark in marks:
        more = True
        while more:
            async with database.write() as db:
                row = await db.get(Planned, mark.name)
                more = row is not None and await erasing.forget_raw(db, row)
