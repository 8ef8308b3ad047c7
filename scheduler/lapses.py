"""What a day brings to an end: figures past the day until which they were good, permissions of model people.

Each is told once. A post about somebody who does not agree any more is taken out.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import alarms, notices
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.posts import figures, permissions
from bot.posts.approval import take_out

NOTICES = "lapses"
"""the row of Planned that says what was found at the last look"""

Found = AsyncIterator[tuple[str, str]]


async def look_at_lapses(database: Database, library: Library, config: Config, now: datetime) -> list[str]:
    """Sound the alarm for what has newly ended or soon will. Returns the sentences."""
    today = now.astimezone(config.service.zone).date()
    async with database.write() as db:
        found = {key: words async for key, words in _figures(db, library, today)}
        found |= {key: words async for key, words in _ending(db, library, today)}
        new = await notices.compare(db, NOTICES, found, now) + await _take_out(db, library, today, now)
        await alarms.sound(db, library, config, new, now)
    return new


async def _figures(db: AsyncSession, library: Library, today: date) -> Found:
    facts = figures.register(library, await figures.newest(db))
    for fact in figures.stale(facts.values(), today):
        yield (
            f"stale:{fact.id}:{fact.valid_until}",
            library.texts("figures.stale", label=fact.label, until=fact.valid_until),
        )


async def _ending(db: AsyncSession, library: Library, today: date) -> Found:
    """Named by number only: who it is, is on the page, not in an alarm."""
    for one in await permissions.ending(db, today, today + timedelta(days=permissions.SOON)):
        left = (one.ends_on - today).days
        yield (
            f"permission:{one.id}:soon",
            library.texts("permissions.soon", number=one.id, ends_on=one.ends_on, left=left),
        )


async def _take_out(db: AsyncSession, library: Library, today: date, now: datetime) -> list[str]:
    """Posts about somebody whose permission has ended are said no more. The notice stays until somebody has seen it."""
    told = list[str]()
    for version in await permissions.said_without_one(db, today):
        sentence = library.texts("permissions.over", number=version.permission_id, title=version.title)
        await take_out(db, version, sentence, None, now, via="service")
        await notices.notice(db, f"permission:{version.permission_id}:over:{version.id}", sentence, now)
        told.append(sentence)
    return told
