"""What comes in: raw update -> stored -> read -> answered, once. One message, one transaction.

An update that cannot be read or handled is set aside in plain sight and does not block the next.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import arrivals, chats, outbox
from bot.bell import Bell
from bot.cases import tips
from bot.channels import Channel
from bot.config import Config
from bot.db import Database
from bot.errors import place_of
from bot.keys import Shelf
from bot.messages import Address, ChatEvent, Choice, Incoming, Outgoing, Votes, pick, whole
from bot.models import Account, Chat, ChatKind, ChatState, Outcome, Update, UpdateState
from bot.posts import quizzes
from bot.router import Router, Turn
from bot.together import Together

log = logging.getLogger(__name__)

POLL = 1.0
TOGETHER = 10
"""messages in one transaction, when so many wait"""


Rows = list[dict[str, Any]]
Message = Incoming | ChatEvent | Votes | None


@dataclass(frozen=True, slots=True)
class Read:
    """A stored update and what it means; None: nothing to us."""

    id: int
    message: Message

    @property
    def digest(self) -> str:
        return arrivals.digest_of(self.message) if isinstance(self.message, Incoming) else ""


class Inbox:
    """`receive` stores, `run` handles in the order of arrival."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        router: Router,
        shelf: Shelf,
        config: Config,
        now: Callable[[], datetime],
        private_url: Callable[[Address], str],
    ) -> None:
        self._database = database
        self._channels = channels
        self._router = router
        self._shelf = shelf
        self._config = config
        self._now = now
        self._private_url = private_url
        self._bell = Bell()
        self._store = Together(self._store_all)
        self._heard: dict[str, datetime] = {}
        self._talk = arrivals.Talk()

    async def receive(self, channel: str, updates: Sequence[tuple[str, str]]) -> None:
        """Store raw updates, each once; returns when they are on disk."""
        now = self._now()
        rows = [
            {"channel": channel, "key": key[:120], "body": body, "received_at": now, "state": UpdateState.WAITING}
            for key, body in updates
        ]
        if rows:
            await self._store(rows)
            self._bell.ring()

    async def _store_all(self, some: Sequence[Rows]) -> None:
        rows, now = [row for each in some for row in each], self._now()
        async with self._database.write(brief=True) as db:
            insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
            await db.execute(insert(Update).on_conflict_do_nothing(index_elements=["channel", "key"]), rows)
            await self._note_heard(db, {row["channel"] for row in rows}, now)

    async def _note_heard(self, db: AsyncSession, channels: Iterable[str], now: datetime) -> None:
        """The accounts are alive; once a minute is enough."""
        long_ago = datetime.min.replace(tzinfo=UTC)
        for channel in channels:
            if now - self._heard.get(channel, long_ago) >= timedelta(minutes=1):
                self._heard[channel] = now
                await db.execute(update(Account).where(Account.name == channel).values(heard_at=now))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._bell.hush()
            try:
                busy = await self.handle_waiting()
            except Exception as error:
                log.error("the inbox stumbled and goes on: %s", place_of(error))
                busy = False
            if not busy:
                await self._bell.rest(POLL)

    async def handle_waiting(self) -> bool:
        """Handle what is stored, oldest first. Returns whether there was anything."""
        async with self._database.read() as db:
            waiting = await db.scalars(
                select(Update).where(Update.state == UpdateState.WAITING).order_by(Update.id).limit(100)
            )
            updates = list(waiting)
        for start in range(0, len(updates), TOGETHER):
            await self._handle_together(updates[start : start + TOGETHER])
        return bool(updates)

    async def _handle_together(self, rows: Sequence[Update]) -> None:
        """When many wait they share a transaction; when one of them fails, each gets its own."""
        read = [Read(row.id, message) for row in rows for message in await self._read(row)]
        for said, some in groupby(read, _in_company):
            together = list(some)
            if said and len(together) > 1:
                with suppress(Exception):
                    await self._answer(together)
                    continue
            for one in together:
                await self._handle(one)

    async def _read(self, row: Update) -> list[Message]:
        """What the update means; none when it cannot be read, which is set aside."""
        try:
            return [self._channels[row.channel].read(json.loads(row.body))]
        except Exception as error:
            await self._set_aside(row.id, "unreadable", error, None)
            return []

    async def _handle(self, one: Read) -> None:
        try:
            await self._answer([one])
        except DBAPIError as error:
            if error.connection_invalidated or "locked" in str(error.orig):
                raise  # the database is away: it stays waiting
            await self._set_aside(one.id, "unhandled", error, one.message)
        except Exception as error:
            await self._set_aside(one.id, "unhandled", error, one.message)

    async def _answer(self, some: Sequence[Read]) -> None:
        """What is said and the rows' own ends in one transaction."""
        now = self._now()
        async with self._database.write(brief=True) as db:
            said = [one.message for one in some if isinstance(one.message, Incoming)]
            before = await arrivals.here_before(db, said, now)
            kinds = {
                one.message.chat: _kind(one.message) for one in some if isinstance(one.message, Incoming | ChatEvent)
            }
            here = await chats.known_all(db, kinds, now)
            held = await tips.told_in(db, here.values())
            ends = list[dict[str, object]]()
            for one in some:
                outcome = Outcome.REFUSED if one.digest in before else Outcome.QUIET
                if isinstance(one.message, Votes):
                    await quizzes.count(db, one.message)
                elif one.message is not None and outcome is not Outcome.REFUSED:
                    outcome = await self._converse(db, await self._turn(db, here[one.message.chat], one.message))
                before |= {one.digest} - {""}
                ends.append({"this": one.id, "outcome": outcome, "digest": one.digest, "done_at": now})
            await db.flush()
            await (await db.connection()).execute(_DONE, ends)
            del held

    async def _converse(self, db: AsyncSession, turn: Turn) -> Outcome:
        """What was said is kept in any case; of the answers only as many go out as the chat may get in a minute."""
        answers = await self._router(turn)
        left = self._talk.left(turn.chat.id, turn.chat.kind, len(answers), turn.now)
        for answer in answers[:left]:
            await outbox.put(db, turn.chat, answer, turn.now)
        if len(answers) > left:
            log.warning("chat %d draws too many answers; they are held back", turn.chat.id)
            return Outcome.REFUSED
        return Outcome.ANSWERED if answers else Outcome.QUIET

    async def _turn(self, db: AsyncSession, chat: Chat, message: Incoming | ChatEvent) -> Turn:
        now = self._now()
        if title := _title(message):
            chat.title = title[:255]
        if isinstance(message, Incoming):
            chat.heard_at = now
            if chat.state in (ChatState.GONE, ChatState.MUTED):
                back = ChatState.ACTIVE if chat.unit_id or not message.in_group else ChatState.WAITING
                chats.set_state(chat, back, "", now)
            await arrivals.settle_by_reply(db, chat, message, now)
            message = _chosen(message, chat)
        return Turn(message, chat, db, self._shelf.library, self._config, now, self._private_url)

    async def _set_aside(self, update_id: int, problem: str, error: Exception, message: Message) -> None:
        """Kept in plain sight with the kind of mistake and its place, never the words of a message."""
        where = f"{problem}: {place_of(error)}"
        log.error("update %d is set aside, %s", update_id, where)
        async with self._database.write() as db:
            row = await db.get_one(Update, update_id)
            row.state, row.problem, row.done_at = UpdateState.SET_ASIDE, where, self._now()
            if isinstance(message, Incoming) and not message.in_group:
                chat = await chats.known(db, message.chat, ChatKind.PRIVATE, whole(message.sender_name), self._now())
                sorry = self._shelf.library.texts("welcome.sorry")
                await outbox.put(db, chat, Outgoing(sorry), self._now())


_DONE = (
    update(Update)
    .where(Update.id == bindparam("this"), Update.state == UpdateState.WAITING)
    .values(
        state=UpdateState.DONE, outcome=bindparam("outcome"), digest=bindparam("digest"), done_at=bindparam("done_at")
    )
)


def _in_company(one: Read) -> bool:
    """An event may move a chat, and an edit is measured against what came before: they go alone."""
    return isinstance(one.message, Incoming) and not one.message.edits


def _kind(message: Incoming | ChatEvent) -> ChatKind:
    return ChatKind.GROUP if message.in_group else ChatKind.PRIVATE


def _title(message: Incoming | ChatEvent) -> str:
    if isinstance(message, ChatEvent):
        return message.title
    return message.chat_title if message.in_group else message.sender_name


def _chosen(message: Incoming, chat: Chat) -> Incoming:
    """«2» or the words of a choice mean the choice that was last offered in this chat; an edit is older than that."""
    if message.choice is not None or not message.text or message.attachments or message.edits:
        return message
    menu = [Choice(label, value, aside=aside) for label, value, aside in chat.menu]
    choice = pick(menu, message.text)
    return replace(message, choice=choice.value) if choice else message
