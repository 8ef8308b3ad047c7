"""Everything put together in the order it starts; aiohttp's cleanup_ctx is the one lifecycle."""

import asyncio
import base64
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

import handlers
from bot import accounts, dashboard, installation, migrations, pages, portal, staff
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.city import HERE, City, leave_when_stalled, prepare
from bot.config import Config
from bot.db import Database, Ringer
from bot.errors import ConfigError, Misuse, place_of
from bot.inbox import Inbox
from bot.keys import CONFIG, DATABASE, NOW, PICTURES, SHELF, UPCOMING, WAKE, ZALO_OA, Shelf
from bot.media import Media, secret
from bot.messages import Address
from bot.outbox import Outbox
from bot.platforms import Platforms
from bot.posts.versions import refresh
from bot.resealing import reseal
from bot.texts import shipped
from bot.vault import vault_of
from bot.webroom import WebRoom
from scheduler.plan import upcoming
from scheduler.watch import checked, take_in
from scheduler.worker import Worker

log = logging.getLogger(__name__)

LINGER = 30.0
"""seconds a worker keeps an account on which something is due a little later"""


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Base:
    """What the process with the web pages and a worker have in common."""

    config: Config
    now: Callable[[], datetime]
    database: Database
    media: Media
    room: WebRoom
    platforms: Platforms
    outbox: Outbox
    worker: Worker
    shelf: Shelf
    city: City | None
    """None: one process does everything"""


@dataclass(frozen=True, slots=True)
class Parts:
    """The running service, for tests and the command line to look into."""

    app: web.Application
    database: Database
    media: Media
    channels: Mapping[str, Channel]
    inbox: Inbox
    outbox: Outbox
    worker: Worker
    shelf: Shelf


async def founded(config: Config, now: Callable[[], datetime] = utcnow, *, worker: bool = False) -> Base:
    """Creates the data folder and brings the tables up to date. `worker`: the process only sends, for a city."""
    config.data.mkdir(parents=True, exist_ok=True)
    vault = vault_of(config)
    database = Database(config.database_url, vault)
    if await migrations.upgrade(database):
        await reseal(database, vault)
    city = await _city(config, database)
    async with database.alone("first rows"):
        arrived = await installation.arrive(database, config.data, now(), alone=city is None)
        async with database.write() as db:
            keys = {name: await secret(db, name) for name in ("pictures", "web")}
            await staff.home_or_new(db, config.service.unit)
    media = Media(config.data / "media", database, keys["pictures"], config.public_url)
    today = now().astimezone(config.service.zone).date()
    shelf = Shelf(await asyncio.to_thread(checked, config.content, config, today))
    await take_in(database, shelf.files, now())
    async with database.read() as db:
        await refresh(db, shelf, today)
    room = WebRoom(database, config.data)
    web_chat = WebChat(room, media, keys["web"], config.service.zone, now)
    platforms = Platforms(config, database, web_chat, media, shelf.library.texts, vault, now)
    async with database.alone("first rows"), database.write() as db:
        await platforms.load(db)
        for name in platforms:
            await accounts.known(db, name, None, now())
    gate = installation.open_for(arrived.epoch)
    outbox = Outbox(
        database,
        platforms,
        platforms.terms,
        now,
        and_(gate, city.fence()) if city and worker else gate,
        zone=config.service.zone,
        linger=LINGER if worker else 0.0,
        poll=0.25 if worker else 0.5,
    )
    database.ringer = Ringers([outbox, city]) if city and not worker else city or outbox
    works = Worker(database, platforms, media, room, shelf, config, now, epoch=None if city else arrived.epoch)
    return Base(config, now, database, media, room, platforms, outbox, works, shelf, city)


async def _city(config: Config, database: Database) -> City | None:
    if config.engine.kind == "embedded":
        return None
    if database.engine.dialect.name == "sqlite":
        raise ConfigError(shipped()("config.city_needs_postgresql"))
    await prepare(database, config.database_url)
    return City(config.database_url, config.engine.concurrency)


class Ringers:
    """Rings for accounts that this process owns, and for those of the workers."""

    def __init__(self, ringers: Sequence[Ringer]) -> None:
        self._ringers = ringers

    async def within(self, db: AsyncSession, accounts: Set[str]) -> None:
        for ringer in self._ringers:
            await ringer.within(db, accounts)

    def after(self, accounts: Set[str]) -> None:
        for ringer in self._ringers:
            ringer.after(accounts)


async def build(config: Config, now: Callable[[], datetime] = utcnow) -> Parts:
    """The service, ready for an aiohttp runner: everything, or all but the sending where workers do that."""
    base = await founded(config, now)
    database, shelf, platforms = base.database, base.shelf, base.platforms
    inbox = Inbox(database, platforms, handlers.rules, shelf, config, now, partial(private_url, config, platforms))
    app = web.Application(client_max_size=30_000_000)
    app[CONFIG], app[DATABASE], app[SHELF], app[PICTURES] = config, database, shelf, base.media
    app[NOW], app[WAKE] = now, base.worker.ring
    app[ZALO_OA] = platforms.official
    app[UPCOMING] = lambda library, start, end: upcoming(library, config, start, end)
    pages.setup(app, pages.Pages(config.content / "pages"))
    portal.setup(app)
    dashboard.setup(app)
    app[dashboard.TELEGRAM_NAME] = lambda: _telegram_name(platforms)
    app.router.add_get("/p/{token}", partial(_picture, base.media, now))
    app.cleanup_ctx.append(partial(_database, database))
    app.cleanup_ctx.append(partial(_works, base.city, _works_of(base, inbox)))
    for channel in platforms.values():
        channel.mount(app, inbox.receive)
    return Parts(app, database, base.media, platforms, inbox, base.outbox, base.worker, shelf)


def _works_of(base: Base, inbox: Inbox) -> list[Callable[[], Awaitable[None]]]:
    if base.city is None:
        return [base.outbox.run, inbox.run, base.worker.run]
    # The pages' open sockets are here, so the web's own messages leave from here.
    return [partial(base.outbox.run, HERE.__contains__), inbox.run, partial(base.worker.run, only_here=True)]


def private_url(config: Config, channels: Mapping[str, Channel], group: Address) -> str:
    """From a group to the private talk about a tip; the web page where the platform has no such link."""
    if name := _telegram_name(channels, group.channel):
        origin = base64.urlsafe_b64encode(group.id.encode()).decode().rstrip("=")
        return f"https://t.me/{name}?start=g{origin}"
    return f"{config.public_url}/chat?bao-tin=1"


def _telegram_name(channels: Mapping[str, Channel], account: str = "telegram") -> str:
    """The bot's user name, «» until Telegram has told it."""
    telegram = channels.get(account)
    return telegram.username if isinstance(telegram, Telegram) else ""


async def _picture(media: Media, now: Callable[[], datetime], request: web.Request) -> web.Response:
    """A picture of ours by its expiring URL."""
    sha256 = media.opened(request.match_info["token"], now())
    if sha256 is None:
        raise web.HTTPNotFound
    with suppress(FileNotFoundError, ValueError):
        return web.Response(body=await media.load(sha256), content_type="image/png")
    raise web.HTTPNotFound


async def _database(database: Database, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG001 - aiohttp's shape
    yield
    await database.close()


async def _works(
    city: City | None,
    works: list[Callable[[], Awaitable[None]]],
    app: web.Application,  # noqa: ARG001 - aiohttp's shape
) -> AsyncIterator[None]:
    async with city.opened() if city else nullcontext():
        tasks = [asyncio.ensure_future(work()) for work in works]
        for task in tasks:
            task.add_done_callback(_say_if_dead)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _say_if_dead(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("a part of the service died: %s", place_of(error))


async def serve(config: Config, ready: Callable[[Parts], Awaitable[None]] | None = None) -> None:
    """Run until a signal. `ready` is called once the address answers."""
    stop = _stop_signal()
    parts = await build(config)
    runner = web.AppRunner(parts.app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await _listen(runner, config)
        if ready:
            await ready(parts)
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: Config) -> None:
    """Raises Misuse when the address cannot be had."""
    try:
        await web.TCPSite(runner, config.web.host, config.web.port).start()
    except OSError as error:
        words = shipped()("cli.no_address", host=config.web.host, port=config.web.port)
        raise Misuse(words) from error


async def serve_as_worker(config: Config, ready: Callable[[Base], Awaitable[None]] | None = None) -> None:
    """A worker of a city: owns accounts and minds the clock, until a signal. Raises ConfigError without a city."""
    stop = _stop_signal()
    base = await founded(config, worker=True)
    if base.city is None:
        raise ConfigError(shipped()("config.no_workers"))
    leave_when_stalled()
    clock = {name: (work.cron, work.do) for name, work in base.worker.works.items() if not work.here}
    async with base.city.opened():
        works = [
            base.outbox.attend(),
            base.city.run(base.database, partial(_own, base), clock, base.now),
            base.worker.run(only_here=True),
        ]
        tasks = [asyncio.ensure_future(work) for work in works]
        for task in tasks:
            task.add_done_callback(_say_if_dead)
        if ready:
            await ready(base)
        await stop.wait()
        base.outbox.leave()
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await base.platforms.close()
    await base.database.close()


async def _own(base: Base, name: str) -> None:
    """Own an account, which may have been added after the start."""
    if name not in base.platforms:
        async with base.database.read() as db:
            await base.platforms.load(db, name)
    if name in base.platforms:
        await base.outbox.own(name)


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl+C or TERM, however early it comes."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
