"""The bells: APScheduler rings, and our own loops do the work, each outliving its mistakes.

A job of APScheduler cancelled in the middle of a query logs tracebacks at shutdown; a bell cannot.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import alarms, forwarding, installation
from bot.answers.newest import index_of
from bot.balance import close_day
from bot.bell import Bell
from bot.cases import emergencies
from bot.cases.transcripts import TRANSCRIBERS
from bot.channels import Channel
from bot.config import Config
from bot.db import Database
from bot.errors import place_of
from bot.keys import Shelf
from bot.media import Media
from bot.models import Planned
from bot.posts import approval
from bot.webroom import WebRoom
from scheduler import answers, deadlines
from scheduler.exporting import export_waiting
from scheduler.lapses import look_at_lapses
from scheduler.plan import plan, upcoming
from scheduler.publish import publish_due
from scheduler.quizzes import end_quizzes
from scheduler.receipts import send_pictures
from scheduler.reminders import remind_tellers
from scheduler.rights_watch import finish_erasing, look_at_rights
from scheduler.unanswered import forget_unanswered
from scheduler.upkeep import archive_old, fetch_files, offer_words
from scheduler.watch import Watch
from scheduler.watchdogs import look_at_accounts, watch

log = logging.getLogger(__name__)

UPLOADS_KEPT = timedelta(days=30)
MARK_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Work:
    """Something done again and again: every `seconds`, at once when rung for. `here`: in every process by itself."""

    seconds: float
    do: Callable[[], Awaitable[object]]
    here: bool = False

    @property
    def cron(self) -> str:
        """For the engine of a city, which counts in whole seconds, minutes and hours."""
        seconds = max(1, round(self.seconds))
        if seconds < 60:
            return f"* * * * * */{seconds}"
        return f"*/{seconds // 60} * * * *" if seconds < 3600 else f"0 */{seconds // 3600} * * *"


async def _rung(bell: Bell) -> None:
    """A coroutine, for APScheduler runs plain functions in threads, where no bell of the event loop may be rung."""
    bell.ring()


class Worker:
    """plan, publish, fetch, watch content/, hand to forwarders, look after all of it, and tidy."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        media: Media,
        room: WebRoom,
        shelf: Shelf,
        config: Config,
        now: Callable[[], datetime],
        epoch: int | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._media = media
        self._room = room
        self._shelf = shelf
        self._config = config
        self._now = now
        self._epoch = epoch
        self.works: Mapping[str, Work] = {
            "plan": Work(5, self.plan),
            "publish": Work(0.5, self.publish),
            "approvals": Work(10, self.look_at_approvals),
            "fetch": Work(1, self.fetch),
            "words": Work(30, self.offer_words),
            "content": Work(2, Watch(database, shelf, config, now).look, here=True),
            "tidy": Work(6 * 3600, self.tidy, here=True),
            "live": Work(10, self.live, here=True),
            "archive": Work(3600, self.archive),
            "forward": Work(2, self.forward),
            "remind": Work(60, self.remind),
            "watch": Work(60, self.watch),
            "emergencies": Work(15, self.ring_again),
            "deadlines": Work(300, self.deadlines),
            "evening": Work(60, self.close_day),
            "accounts": Work(600, self.look_at_accounts),
            "export": Work(1, self.export),
            "tellers": Work(60, self.remind_tellers),
            "unanswered": Work(300, self.forget_unanswered),
            "receipts": Work(1, self.send_receipts),
            "rights": Work(300, self.look_at_rights),
            "quizzes": Work(10, self.end_quizzes),
            "erase": Work(30, self.finish_erasing),
            "index": Work(2, self.index, here=True),
            "answers": Work(5, self.tell_who_asked),
            "screenshots": Work(2, self.fetch_screenshots),
            "forget": Work(3600, self.forget),
            "lapses": Work(600, self.look_at_lapses),
        }
        self._bells = {name: Bell() for name in self.works}

    def ring(self) -> None:
        """Something may be due right now."""
        for bell in self._bells.values():
            bell.ring()

    async def run(self, *, only_here: bool = False) -> None:
        """Until cancelled: all works, or only those that every process does by itself."""
        works = {name: work for name, work in self.works.items() if work.here or not only_here}
        bells = AsyncIOScheduler(timezone=self._config.service.zone)
        for name, work in works.items():
            every = IntervalTrigger(seconds=work.seconds)
            bells.add_job(_rung, every, [self._bells[name]], misfire_grace_time=None, coalesce=True)
        bells.start()
        self.ring()
        try:
            async with asyncio.TaskGroup() as group:
                for name, work in works.items():
                    group.create_task(self._loop(name, work))
        finally:
            bells.shutdown(wait=False)

    async def _loop(self, name: str, work: Work) -> None:
        bell = self._bells[name]
        while True:
            await bell.rest()
            bell.hush()
            try:
                await work.do()
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
        await publish_due(self._database, self._media, self._shelf.library, self._now())

    async def look_at_approvals(self) -> None:
        """What is planned against what was approved; writes only when something is planned."""
        now, library = self._now(), self._shelf.library
        async with self._database.read() as db:
            if not await approval.planned(db):
                return
        async with self._database.write() as db:
            told = await approval.look_again(db, library, self._config, now)
            await alarms.sound(db, library, self._config, told, now)

    async def fetch(self) -> None:
        await fetch_files(self._database, self._channels, self._media, self._shelf.library, self._now())

    async def offer_words(self) -> None:
        """A recording may take a program minutes, so this is apart from fetching."""
        transcriber = TRANSCRIBERS[self._config.cases.transcriber]
        await offer_words(self._database, self._media, transcriber, self._now())

    async def live(self) -> None:
        """Which installation this is, and until when it lived."""
        await installation.live_on(self._database, self._config.data, self._now())
        if self._epoch is None:
            return
        async with self._database.read() as db:
            if not await installation.still_ours(db, self._epoch):
                log.critical("another process has taken this installation over; this one ends")
                signal.raise_signal(signal.SIGTERM)

    async def watch(self) -> None:
        """What is wrong is told on the page and on the officers' phones."""
        now, library = self._now(), self._shelf.library
        async with self._database.write() as db:
            await alarms.sound(db, library, self._config, await watch(db, library, self._config, now), now)

    async def ring_again(self) -> None:
        """Emergencies that nobody has taken; writes only when a phone is to ring."""
        now, library = self._now(), self._shelf.library
        async with self._database.read() as db:
            if not await emergencies.how_many(db, emergencies.due(now)):
                return
        async with self._database.write() as db:
            await emergencies.ring_again(db, library, self._config, now)

    async def close_day(self) -> None:
        """Apart from the watchdogs, so that neither waits for the other's mistakes."""
        async with self._database.write() as db:
            await close_day(db, self._shelf.library, self._config, self._now())

    async def look_at_accounts(self) -> None:
        await look_at_accounts(self._database, self._channels, self._shelf.library, self._config, self._now())

    async def forward(self) -> None:
        """Posts for groups that no bot reaches are handed to people; writes only when there is something."""
        now = self._now()
        async with self._database.read() as db:
            if not await forwarding.waiting(db, now):
                return
        async with self._database.write() as db:
            await forwarding.hand_over(db, self._shelf.library, self._config, now)

    async def remind(self) -> None:
        """Who has not posted is reminded once; at the deadline it has failed."""
        async with self._database.write() as db:
            await forwarding.remind_and_close(db, self._shelf.library, self._config, self._now())

    async def look_at_rights(self) -> None:
        """Requests that nobody answered or carried out in time."""
        await look_at_rights(self._database, self._shelf.library, self._config, self._now())

    async def look_at_lapses(self) -> None:
        """Figures that are stale, and permissions of model people that end."""
        await look_at_lapses(self._database, self._shelf.library, self._config, self._now())

    async def end_quizzes(self) -> None:
        """Quizzes whose day is over: polls ended, answers counted, the result planned."""
        await end_quizzes(self._database, self._channels, self._shelf.library, self._config, self._now())

    async def finish_erasing(self) -> None:
        """The bytes of what was deleted, and what had come in raw."""
        await finish_erasing(self._database, self._media)

    async def send_receipts(self) -> None:
        """Pictures of receipts for those who have just told."""
        await send_pictures(self._database, self._media, self._shelf.library, self._config, self._now())

    async def remind_tellers(self) -> None:
        """Veterans who wanted to go on another day."""
        await remind_tellers(self._database, self._shelf.library, self._config, self._now())

    async def forget_unanswered(self) -> None:
        """Tips whose consent was never answered."""
        await forget_unanswered(self._database, self._now())

    async def index(self) -> None:
        """The search follows the library before the next question asks for it."""
        await index_of(self._shelf.library)

    async def tell_who_asked(self) -> None:
        """Late answers, corrected ones, clarifications."""
        await answers.tell_who_waits(self._database, self._shelf.library, self._config, self._now())

    async def fetch_screenshots(self) -> None:
        await answers.fetch_screenshots(self._database, self._channels, self._media, self._now())

    async def forget(self) -> None:
        """Of rumours: drafts, who reported them, and what was said, each after its time."""
        await answers.forget(self._database, self._media, self._now())

    async def export(self) -> None:
        """Files that staff asked for."""
        await export_waiting(self._database, self._shelf.library, self._config, self._now())

    async def deadlines(self) -> None:
        """Steps of cases and tasks that are late are told, once."""
        await deadlines.look(self._database, self._shelf.library, self._config, self._now())

    async def archive(self) -> None:
        """Outcomes of long ago make room, a little at a time."""
        moved = await archive_old(self._database, self._now())
        while moved:
            await asyncio.sleep(0.1)
            moved = await archive_old(self._database, self._now())

    async def tidy(self) -> None:
        """Uploads whose originals lie in var/media long since, or that nobody ever sent."""
        await self._room.drop_uploads(self._now() - UPLOADS_KEPT)
