"""A ward in which a quiz goes round: two groups on a stand-in for Telegram, one on Zalo, one room of the web."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

import handlers
from bot import HOME, chats
from bot.channels import Abilities
from bot.channels.telegram import Telegram
from bot.config import Config, TelegramSettings
from bot.db import Database
from bot.inbox import Inbox
from bot.installation import open_for
from bot.keys import Shelf
from bot.library import Library, read_library
from bot.media import Media
from bot.messages import Address, Outgoing, from_json
from bot.models import Broadcast, ChatKind, ChatState, Delivery, DeliveryState, PostVersion, Unit, UnitKind
from bot.outbox import Outbox, Terms
from bot.pacer import Pacer
from bot.posts.broadcasts import announce
from scheduler.publish import publish_due
from scheduler.quizzes import end_quizzes
from tests.conftest import NOW, accepted
from tests.standins.port import Shelf as Pictures
from tests.standins.telegram import TelegramStandin
from tests.talk import Line

FIRST, SECOND = -1001, -1002
"""the Telegram groups of neighbourhoods 1 and 2"""
ZALO_GROUP, ROOM = "g3", "r-to-10"
"""the Zalo group of neighbourhood 3, the room of neighbourhood 10"""
PLAIN = Abilities(buttons=False, text_limit=2000, caption_limit=2000, hears_groups=False)


def quiz_library(folder: Path) -> Library:
    """The shipped content with the quizzes of tests/fixtures."""
    shutil.copytree(HOME / "content", folder)
    shutil.copy(HOME / "tests" / "fixtures" / "quizzes.toml", folder)
    return read_library(folder)


@dataclass
class Ward:
    database: Database
    library: Library
    config: Config
    server: TelegramStandin
    telegram: Telegram
    zalo: Line
    web: Line
    media: Media
    now: datetime = NOW
    units: dict[str, int] = field(default_factory=dict)
    heard: list[Outgoing] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self.channels: dict[str, Any] = {"telegram": self.telegram, "zalo_bot": self.zalo, "web": self.web}
        self.inbox = Inbox(
            self.database, self.channels, handlers.rules, Shelf(self.library), self.config, lambda: self.now, str
        )
        terms = Terms(Pacer(rate=inf, chat_gap=0.0))
        self.outbox = Outbox(self.database, self.channels, lambda _: terms, lambda: self.now, open_for(1), poll=0.05)
        self.database.ringer = self.outbox

    async def furnish(self) -> None:
        async with self.database.write() as db:
            quizzes = [post for post in self.library.posts.values() if post.options]
            await db.execute(insert(PostVersion), accepted(*quizzes))
            ward = Unit(kind=UnitKind.WARD, code="phuong", name="Phường Trần Nhân Tông")
            db.add(ward)
            await db.flush()
            places = {
                "1": f"telegram:{FIRST}",
                "2": f"telegram:{SECOND}",
                "3": f"zalo_bot:{ZALO_GROUP}",
                "10": f"web:{ROOM}",
            }
            for number, address in places.items():
                unit = Unit(kind=UnitKind.NEIGHBOURHOOD, code=f"to-{number}", name=f"Tổ dân phố số {number}")
                unit.parent_id = ward.id
                db.add(unit)
                await db.flush()
                self.units[number] = unit.id
                await self.group(db, address, unit)

    async def group(self, db: Any, address: str, unit: Unit) -> None:
        chat = await chats.known(db, Address.parse(address), ChatKind.GROUP, "", self.now)
        chat.unit_id, chat.unit, chat.state = unit.id, unit, ChatState.ACTIVE

    async def ask(self, post_id: str = "thu-ngay-27-7", target: str = "all") -> int:
        """Send the quiz to the groups; returns the broadcast's id when all is over."""
        async with self.database.write() as db:
            post = self.library.posts[post_id]
            asked = await announce(db, self.library, self.config, post, target=target, due_at=self.now, now=self.now)
        await self.deliver()
        return asked.id

    async def deliver(self) -> None:
        """Publish what is due and wait until nothing is on its way."""
        await publish_due(self.database, self.media, self.library, self.now)
        under_way = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SENDING))
        on_the_way = select(Delivery.id).where(under_way, Delivery.channel.in_(self.channels))
        async with asyncio.timeout(10):
            while await self.first(on_the_way) is not None:
                await asyncio.sleep(0.02)

    async def first(self, query: Any) -> Any:
        async with self.database.read() as db:
            return await db.scalar(query.limit(1))

    async def vote(self, group: int, *options: int) -> None:
        """As many people of the group answer the poll, each with one of `options`."""
        for option in options:
            self._number += 1
            update = await self.server.vote(group, option, person=5000 + self._number)
            await self.inbox.receive("telegram", [(str(update["update_id"]), json.dumps(update))])
        await self.inbox.handle_waiting()

    async def say(self, text: str = "", *, line: Line | None = None, chat: str = "77", **more: Any) -> str:
        """Somebody writes on Zalo (or on `line`); what is answered, as it is shown there."""
        self._number += 1
        self.now += timedelta(seconds=3)
        line = line or self.zalo
        said = {"id": str(self._number), "at": self.now.isoformat(), "chat": chat, "text": text, "sender_name": ""}
        before = await self.first(select(Delivery.id).order_by(Delivery.id.desc())) or 0
        update = {"in_group": False, **said, **more}
        await self.inbox.receive(line.name, [(f"u{self._number}", json.dumps(update))])
        await self.inbox.handle_waiting()
        async with self.database.read() as db:
            rows = list(await db.scalars(select(Delivery).where(Delivery.id > before).order_by(Delivery.id)))
        self.heard = [from_json(row.message) for row in rows if row.message]
        return "\n\n".join(message.text for message in self.heard)

    async def end(self, after: timedelta = timedelta(days=1)) -> Broadcast | None:
        """The quiz's day is over: the result, sent to the groups."""
        self.now += after
        await end_quizzes(self.database, self.channels, self.library, self.config, self.now)
        await self.deliver()
        found = await self.first(
            select(Broadcast).where(Broadcast.occurrence.startswith("quiz:")).order_by(Broadcast.id.desc())
        )
        assert found is None or isinstance(found, Broadcast)
        return found

    def on_zalo(self) -> list[str]:
        """What the Zalo group has got."""
        return [part.text for to, part in self.zalo.sent if to == f"zalo_bot:{ZALO_GROUP}"]


@asynccontextmanager
async def a_ward(database: Database, folder: Path) -> AsyncIterator[Ward]:
    config = Config(folder=folder)
    async with TelegramStandin() as server:
        telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Pictures())
        lines = Line("zalo_bot", PLAIN), Line("web")
        media = Media(folder / "media", database, b"k" * 32, "http://127.0.0.1")
        ward = Ward(database, quiz_library(folder / "content"), config, server, telegram, *lines, media)
        await ward.furnish()
        running = asyncio.create_task(ward.outbox.run())
        yield ward
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await telegram.close()
        assert server.violations == []
