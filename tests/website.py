"""The public site on 127.0.0.1 with a real SQLite file, an inbox that remembers, and a browser's end of the socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, web
from aiohttp.test_utils import TestServer

from bot import HOME, pages, portal
from bot.channels.webchat import WebChat
from bot.channels.webchat_uploads import visitor_of
from bot.config import Config, Contact
from bot.db import Database
from bot.keys import CONFIG, DATABASE, NOW, PICTURES, SHELF, Shelf
from bot.library import Library, read_library
from bot.messages import Address, Outgoing
from bot.models import Chat, ChatKind, ChatState, Table, Unit, UnitKind
from bot.vault import Vault
from bot.webroom import WebRoom

NOW_AT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
VETERAN, NEIGHBOUR = "veteran-key-" + "a" * 31, "neighbour-key-" + "b" * 29
ROOM = "web:r-TDP-2"


class NoPictures:
    """The Pictures port, with URLs that lead nowhere."""

    async def load(self, sha256: str) -> bytes:
        raise KeyError(sha256)

    def public_url(self, sha256: str, now: datetime) -> str:
        return f"https://tri-an.example/p/{sha256}.{int(now.timestamp())}.png"

    async def uploaded(self, account: str, sha256: str) -> str | None:
        return None

    async def remember(self, account: str, sha256: str, file_id: str) -> None: ...

    async def forget(self, account: str, sha256: str) -> None: ...


@dataclass
class Inbox:
    """What `receive` was given, each key once; `broken` makes it fail."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, channel: str, updates: Sequence[tuple[str, str]]) -> None:
        if self.broken:
            raise OSError("disk")
        for key, body in updates:
            self.rows.setdefault(f"{channel}:{key}", json.loads(body))
        self.arrived.set()


@dataclass
class Visitor:
    """A browser's end of the socket: what came since the start, by kind."""

    socket: ClientWebSocketResponse
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **message: Any) -> None:
        await self.socket.send_json({"say": message})

    async def until(self, kind: str) -> Any:
        """The next frame of that kind; the lines on the way are kept."""
        while True:
            frame: dict[str, Any] = await self.socket.receive_json(timeout=20)
            self.lines += frame.get("lines", [])
            if kind in frame:
                return frame[kind]

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.lines]


@dataclass
class Website:
    """The running site."""

    url: str
    chat: WebChat
    room: WebRoom
    database: Database
    inbox: Inbox
    session: ClientSession
    shelf: Shelf

    @asynccontextmanager
    async def visitor(self, key: str | None = VETERAN, after: int = 0, **hello: Any) -> AsyncIterator[Visitor]:
        """A page that is open, and has been given what there is."""
        async with self.session.ws_connect(f"{self.url}/ws") as socket:
            await socket.send_json({"hello": {"key": key, "after": after, **hello}})
            visitor = Visitor(socket)
            await visitor.until("ready")
            yield visitor

    async def answer(self, text: str, key: str, to: str | None = None, **more: Any) -> str:
        """Send as the outbox does, to the veteran's conversation or to `to`; returns the line's id."""
        address = Address.parse(to or f"web:{visitor_of(VETERAN)}")
        return (await self.chat.send(address, Outgoing(text, **more), key)).id

    async def neighbourhoods(self, *numbers: int) -> None:
        async with self.database.write() as db:
            for number in numbers:
                unit = Unit(kind=UnitKind.NEIGHBOURHOOD, code=f"TDP-{number}", name=f"Tổ dân phố số {number}")
                chat = Chat(channel="web", address=f"web:r-TDP-{number}", kind=ChatKind.GROUP, state=ChatState.ACTIVE)
                chat.state_since = chat.created_at = NOW_AT
                chat.unit, chat.title = unit, unit.name
                db.add(chat)


async def broken(_request: web.Request) -> web.Response:
    raise RuntimeError("a secret of the inside")


@asynccontextmanager
async def website(
    folder: Path, library: Library | None = None, contact: Contact | None = None
) -> AsyncIterator[Website]:
    """The portal and the web channel, served until the block ends."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'trian.db'}", Vault("a key for the tests"))
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    room, inbox, config = WebRoom(database, folder), Inbox(), Config(contact=contact or Contact())
    chat = WebChat(room, NoPictures(), b"k" * 32, ZoneInfo("Asia/Ho_Chi_Minh"), lambda: NOW_AT)
    shelf = Shelf(library or read_library(HOME / "content"))
    app = web.Application()
    app[CONFIG] = replace(config, folder=folder)
    app[DATABASE], app[SHELF], app[PICTURES], app[NOW] = database, shelf, NoPictures(), lambda: NOW_AT
    pages.setup(app, pages.Pages(HOME / "content" / "pages"))
    portal.setup(app)
    chat.mount(app, inbox.receive)
    app.router.add_get("/hong", broken)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Website(str(server.make_url("")).rstrip("/"), chat, room, database, inbox, session, shelf)
    await database.close()
