"""Everything put together in the order it starts; aiohttp's cleanup_ctx is the one lifecycle."""

import asyncio
import base64
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf

from aiohttp import web

import handlers
from bot import dashboard, migrations, pages, portal, staff
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.channels.zalo_bot import ZaloBot
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse, place_of
from bot.inbox import Inbox
from bot.keys import CONFIG, DATABASE, NOW, PICTURES, SHELF, UPCOMING, WAKE, Shelf
from bot.library import Library
from bot.media import Media, secret
from bot.messages import Address
from bot.outbox import Outbox
from bot.pacer import Pacer
from bot.texts import shipped
from bot.webroom import WebRoom
from scheduler.plan import upcoming
from scheduler.watch import checked
from scheduler.worker import Worker

log = logging.getLogger(__name__)


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The running service, for tests and the command line to look into."""

    app: web.Application
    database: Database
    media: Media
    channels: dict[str, Channel]
    inbox: Inbox
    outbox: Outbox
    worker: Worker
    shelf: Shelf


async def build(config: Config, now: Callable[[], datetime] = utcnow) -> Parts:
    """The service, ready for an aiohttp runner. Creates the data folder and brings the tables up to date."""
    config.data.mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url)
    await migrations.upgrade(database)
    async with database.write() as db:
        keys = {name: await secret(db, name) for name in ("pictures", "web")}
        await staff.home_or_new(db, config.service.unit)
    media = Media(config.data / "media", database, keys["pictures"], config.public_url)
    today = now().astimezone(config.service.zone).date()
    shelf = Shelf(await asyncio.to_thread(checked, config.content, config, today))
    room = WebRoom(database, config.data)
    channels = _channels(config, shelf.library, media, room, keys["web"], now)
    outbox = Outbox(database, channels, _pacers(config), now)
    inbox = Inbox(
        database, channels, handlers.rules, shelf, config, outbox.wake, now, partial(private_url, config, channels)
    )
    worker = Worker(database, channels, media, room, shelf, config, outbox.wake, now)

    def wake() -> None:
        outbox.wake()
        worker.ring()

    app = web.Application(client_max_size=30_000_000)
    app[CONFIG], app[DATABASE], app[SHELF], app[PICTURES] = config, database, shelf, media
    app[NOW], app[WAKE] = now, wake
    app[UPCOMING] = lambda library, start, end: upcoming(library, config, start, end)
    pages.setup(app, pages.Pages(config.content / "pages"))
    portal.setup(app)
    dashboard.setup(app)
    app[dashboard.TELEGRAM_NAME] = lambda: _telegram_name(channels)
    app.router.add_get("/p/{token}", partial(_picture, media, now))
    app.cleanup_ctx.append(partial(_database, database))
    app.cleanup_ctx.append(partial(_works, [outbox.run, inbox.run, worker.run]))
    for channel in channels.values():
        channel.mount(app, inbox.receive)
    return Parts(app, database, media, channels, inbox, outbox, worker, shelf)


def _channels(
    config: Config, library: Library, media: Media, room: WebRoom, key: bytes, now: Callable[[], datetime]
) -> dict[str, Channel]:
    """The web always; a platform when it has a token."""
    channels: list[Channel] = [WebChat(room, media, key, config.service.zone, now)]
    if config.telegram.token:
        commands = tuple(library.texts.under("welcome.commands").items())
        channels.append(Telegram(config.telegram, media, public_url=config.public_url, commands=commands))
    if config.zalo_bot.token:
        hint = library.texts("tips.hint")
        channels.append(ZaloBot(config.zalo_bot, media, public_url=config.public_url, menu_hint=hint, now=now))
    return {channel.name: channel for channel in channels}


def _pacers(config: Config) -> dict[str, Pacer]:
    return {
        "web": Pacer(rate=inf, group_limit=10**6, chat_gap=0.0),
        "telegram": Pacer(rate=config.telegram.rate),
        "zalo_bot": Pacer(rate=config.zalo_bot.rate),
    }


def _telegram_name(channels: dict[str, Channel]) -> str:
    """The bot's user name, «» until Telegram has told it."""
    telegram = channels.get("telegram")
    return telegram.username if isinstance(telegram, Telegram) else ""


def private_url(config: Config, channels: dict[str, Channel], group: Address) -> str:
    """From a group to the private talk about a tip; the web page where the platform has no such link."""
    if group.channel == "telegram" and (name := _telegram_name(channels)):
        origin = base64.urlsafe_b64encode(group.id.encode()).decode().rstrip("=")
        return f"https://t.me/{name}?start=g{origin}"
    return f"{config.public_url}/chat?bao-tin=1"


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


async def _works(works: list[Callable[[], Awaitable[None]]], app: web.Application) -> AsyncIterator[None]:  # noqa: ARG001
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


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl+C or TERM, however early it comes."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
