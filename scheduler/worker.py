"""The bells: APScheduler rings, and our own loops do the work, each outliving its mistakes.

A job of APScheduler cancelled in the middle of a query logs tracebacks at shutdown; a bell cannot.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.bell import Bell
from bot.channels import Channel
from bot.config import Config
from bot.db import Database
from bot.errors import place_of
from bot.keys import Shelf
from bot.media import Media
from bot.models import Planned
from bot.webroom import WebRoom
from scheduler.plan import plan, upcoming
from scheduler.publish import publish_due
from scheduler.upkeep import fetch_files
from scheduler.watch import Watch

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]
UPLOADS_KEPT = timedelta(days=30)
MARK_EVERY = timedelta(minutes=1)


class Worker:
    """plan, publish, fetch, watch content/ and tidy: each a loop behind its bell."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        media: Media,
        room: WebRoom,
        shelf: Shelf,
        config: Config,
        wake: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._channels = channels
        self._media = media
        self._room = room
        self._shelf = shelf
        self._config = config
        self._wake = wake
        self._now = now
        self._watch = Watch(shelf, config)
        self._bells = {name: Bell() for name in ("plan", "publish", "fetch", "watch", "tidy")}

    def ring(self) -> None:
        """Something may be due right now."""
        for bell in self._bells.values():
            bell.ring()

    async def run(self) -> None:
        """Until cancelled."""
        works: dict[str, tuple[float, Work]] = {
            "plan": (5, self.plan),
            "publish": (0.5, self.publish),
            "fetch": (1, self.fetch),
            "watch": (2, self._watch.look),
            "tidy": (6 * 3600, self.tidy),
        }
        bells = AsyncIOScheduler(timezone=self._config.service.zone)
        for name, (seconds, _) in works.items():
            bells.add_job(
                self._bells[name].ring, IntervalTrigger(seconds=seconds), misfire_grace_time=None, coalesce=True
            )
        bells.start()
        self.ring()
        try:
            async with asyncio.TaskGroup() as group:
                for name, (_, work) in works.items():
                    group.create_task(self._loop(name, work))
        finally:
            bells.shutdown(wait=False)

    async def _loop(self, name: str, work: Work) -> None:
        bell = self._bells[name]
        while True:
            await bell.rest()
            bell.hush()
            try:
                await work()
            except Exception as error:
                log.error("the work «%s» stumbled and goes on: %s", name, place_of(error))
                await asyncio.sleep(1)

    async def plan(self) -> None:
        """Plan what is due; writes only when something is, or once a minute to move the mark."""
        now = self._now()
        async with self._database.read() as db:
            mark = await db.get(Planned, "schedule")
        until = mark.until if mark else None
        if until and now - until < MARK_EVERY and not upcoming(self._shelf.library, self._config, until, now):
            return
        async with self._database.write() as db:
            planned = await plan(db, self._shelf.library, self._config, now)
        if planned:
            self._bells["publish"].ring()

    async def publish(self) -> None:
        if await publish_due(self._database, self._media, self._shelf.library, self._now()):
            self._wake()

    async def fetch(self) -> None:
        await fetch_files(self._database, self._channels, self._media, self._now())

    async def tidy(self) -> None:
        """Uploads whose originals lie in var/media long since, or that nobody ever sent."""
        await self._room.drop_uploads(self._now() - UPLOADS_KEPT)
