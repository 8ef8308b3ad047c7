"""A person talking with the bot over a channel of the port's own shape; the answers are read from the outbox."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import select

import handlers
from bot.channels import Abilities, Raw, Receive, Sent
from bot.config import Config
from bot.db import Database
from bot.errors import ChannelError
from bot.inbox import Inbox
from bot.keys import Shelf
from bot.library import Library
from bot.messages import Address, Attachment, AttachmentKind, ChatChange, ChatEvent, Incoming, Outgoing, from_json
from bot.models import Chat, Delivery, Tip


@dataclass
class Line:
    """A channel that carries Incoming and Outgoing as they are. `failing` is raised by the next sends, in turn."""

    name: str = "telegram"
    abilities: Abilities = field(
        default_factory=lambda: Abilities(buttons=True, text_limit=4096, caption_limit=1024, hears_groups=False)
    )
    sent: list[tuple[str, Outgoing]] = field(default_factory=list)
    edited: list[tuple[str, str, Outgoing]] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    poorer: str = ""
    """every send is accepted in this poorer form"""
    failing: list[ChannelError] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def mount(self, app: web.Application, receive: Receive) -> None:
        """Nothing to mount: tests hand updates to the inbox."""

    def read(self, update: Raw) -> Incoming | ChatEvent:
        kept = dict(update)
        chat = Address(self.name, kept.pop("chat"))
        at = datetime.fromisoformat(kept.pop("at"))
        if "change" in kept:
            change = ChatChange(kept.pop("change"))
            return ChatEvent(id=kept.pop("id"), chat=chat, change=change, at=at, **kept)
        attachments = tuple(
            Attachment(**{**one, "kind": AttachmentKind(one["kind"])}) for one in kept.pop("attachments", ())
        )
        return Incoming(chat=chat, sender=chat, sent_at=at, attachments=attachments, **kept)

    def parts(self, message: Outgoing) -> list[Outgoing]:
        return [message]

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        if self.failing:
            raise self.failing.pop(0)
        self.sent.append((str(to), part))
        return Sent(str(len(self.sent)), self.poorer)

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.edited.append((str(to), id, part))

    async def delete(self, to: Address, id: str) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.deleted.append((str(to), id))

    async def fetch(self, attachment: Attachment) -> bytes:
        return self.files[attachment.ref]


class Talk:
    def __init__(self, database: Database, library: Library, config: Config, now: datetime) -> None:
        self.database = database
        self.now = now
        self.line = Line()
        self.shelf = Shelf(library)
        self.inbox = Inbox(
            database,
            {"telegram": self.line},
            handlers.rules,
            self.shelf,
            config,
            lambda: self.now,
            lambda group: f"https://example.invalid/start/{group.id}",
        )
        self.heard = list[Outgoing]()
        """the answers to what was said last"""
        self._number = 0
        self._read = 0

    async def say(self, text: str = "", *, chat: str = "77", press: str | None = None, **more: Any) -> str:
        """Say something in a private chat and return all that is answered, texts joined by blank lines."""
        return await self.tell({"text": text, "choice": press, "chat": chat, "in_group": chat.startswith("-"), **more})

    async def send(self, *kinds: AttachmentKind, chat: str = "77", album: str = "", **more: Any) -> str:
        attachments = [asdict(Attachment(kind, ref=f"file-{self._number}-{i}", **more)) for i, kind in enumerate(kinds)]
        return await self.say(chat=chat, attachments=attachments, album=album)

    async def happen(self, change: ChatChange, chat: str = "-5", **more: Any) -> str:
        return await self.tell({"change": change, "chat": chat, "in_group": chat.startswith("-"), **more})

    async def tell(self, update: dict[str, Any]) -> str:
        """Hand over one raw update, twice as platforms do now and then, and handle it."""
        self._number += 1
        self.now += timedelta(seconds=5)
        update = {"id": str(self._number), "at": self.now.isoformat(), **update}
        if "change" not in update:
            update = {"sender_name": "", **update}
        raw = (f"u{self._number}", json.dumps(update))
        await self.inbox.receive("telegram", [raw, raw])
        await self.inbox.handle_waiting()
        self.heard = await self.answers()
        return "\n\n".join(message.text for message in self.heard)

    async def answers(self) -> list[Outgoing]:
        """What was queued since the last look."""
        async with self.database.read() as db:
            rows = list(await db.scalars(select(Delivery).where(Delivery.id > self._read).order_by(Delivery.id)))
        self._read = max([self._read, *(row.id for row in rows)])
        return [from_json(row.message) for row in rows if row.message]

    async def tip(self) -> Tip:
        """The newest tip."""
        async with self.database.read() as db:
            found = await db.scalar(select(Tip).order_by(Tip.id.desc()).limit(1))
        assert found is not None
        return found

    async def chat(self, id: str = "77") -> Chat:
        async with self.database.read() as db:
            found = await db.scalar(select(Chat).where(Chat.address == f"telegram:{id}"))
        assert found is not None
        return found
