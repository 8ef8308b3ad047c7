"""What comes in: raw update -> stored -> read -> answered, once. One message, one transaction.

An update that cannot be read or handled is set aside in plain sight and does not block the next.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import arrivals, chats, outbox
from bot.bell import Bell
from bot.channels import Channel
from bot.config import Config
from bot.db import Database
from bot.errors import place_of
from bot.keys import Shelf
from bot.messages import Address, ChatEvent, Choice, Incoming, Outgoing, pick
from bot.models import Account, Chat, ChatKind, ChatState, Outcome, Update, UpdateState
from bot.router import Router, Turn

log = logging.getLogger(__name__)

POLL = 1.0
TOGETHER = 10
"""messages in one transaction, when so many wait"""


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
        self._heard: dict[str, datetime] = {}
        self._talk = arrivals.Talk()

    async def receive(self, channel: str, updates: Sequence[tuple[str, str]]) -> None:
        """Store raw updates, each once; returns when they are on disk."""
        now = self._now()
        rows = [
            {"channel": channel, "key": key[:120], "body": body, "received_at": now, "state": UpdateState.WAITING}
            for key, body in updates
        ]
        if not rows:
            return
        async with self._database.write() as db:
            insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
            await db.execute(insert(Update).on_conflict_do_nothing(index_elements=["channel", "key"]), rows)
            await self._note_heard(db, channel, now)
        self._bell.ring()

    async def _note_heard(self, db: AsyncSession, channel: str, now: datetime) -> None:
        """The account is alive; once a minute is enough."""
        if now - self._heard.get(channel, datetime.min.replace(tzinfo=UTC)) >= timedelta(minutes=1):
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
        messages = [(row, message) for row in rows for message in await self._read(row)]
        if len(messages) > 1:
            with suppress(Exception):
                async with self._database.write(brief=True) as db:
                    for row, message in messages:
                        await self._answer(db, row, message)
                return
        for row, message in messages:
            await self._handle(row, message)

    async def _read(self, row: Update) -> list[object]:
        """What the update means; none when it cannot be read, which is set aside."""
        try:
            return [self._channels[row.channel].read(json.loads(row.body))]
        except Exception as error:
            await self._set_aside(row.id, "unreadable", error, None)
            return []

    async def _handle(self, row: Update, message: object) -> None:
        try:
            async with self._database.write(brief=True) as db:
                await self._answer(db, row, message)
        except DBAPIError as error:
            if error.connection_invalidated or "locked" in str(error.orig):
                raise  # the database is away: it stays waiting
            await self._set_aside(row.id, "unhandled", error, message)
        except Exception as error:
            await self._set_aside(row.id, "unhandled", error, message)

    async def _answer(self, db: AsyncSession, row: Update, message: object) -> None:
        """What is said and the row's own end in one transaction. `row` is as it was read, outside of it."""
        now, outcome = self._now(), Outcome.QUIET
        digest = arrivals.digest_of(message) if isinstance(message, Incoming) else ""
        if digest and await arrivals.was_here_before(db, row.id, digest, now):
            outcome = Outcome.REFUSED
        elif message is not None:
            outcome = await self._converse(db, await self._turn(db, message))
        done = update(Update).where(Update.id == row.id, Update.state == UpdateState.WAITING)
        await db.execute(done.values(state=UpdateState.DONE, done_at=now, outcome=outcome, digest=digest))

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

    async def _turn(self, db: AsyncSession, message: object) -> Turn:
        if not isinstance(message, Incoming | ChatEvent):
            raise TypeError(type(message).__name__)
        now = self._now()
        kind = ChatKind.GROUP if message.in_group else ChatKind.PRIVATE
        title = (
            message.title
            if isinstance(message, ChatEvent)
            else (message.chat_title if message.in_group else message.sender_name)
        )
        chat = await chats.known(db, message.chat, kind, title, now)
        if isinstance(message, Incoming):
            chat.heard_at = now
            if chat.state in (ChatState.GONE, ChatState.MUTED):
                back = ChatState.ACTIVE if chat.unit_id or not message.in_group else ChatState.WAITING
                chats.set_state(chat, back, "", now)
            await arrivals.settle_by_reply(db, chat, message, now)
            message = _chosen(message, chat)
        return Turn(message, chat, db, self._shelf.library, self._config, now, self._private_url)

    async def _set_aside(self, update_id: int, problem: str, error: Exception, message: object) -> None:
        """Kept in plain sight with the kind of mistake and its place, never the words of a message."""
        where = f"{problem}: {place_of(error)}"
        log.error("update %d is set aside, %s", update_id, where)
        async with self._database.write() as db:
            row = await db.get_one(Update, update_id)
            row.state, row.problem, row.done_at = UpdateState.SET_ASIDE, where, self._now()
            if isinstance(message, Incoming) and not message.in_group:
                chat = await chats.known(db, message.chat, ChatKind.PRIVATE, message.sender_name, self._now())
                sorry = self._shelf.library.texts("welcome.sorry")
                await outbox.put(db, chat, Outgoing(sorry), self._now())


def _chosen(message: Incoming, chat: Chat) -> Incoming:
    """«2» or the words of a choice mean the choice that was last offered in this chat."""
    if message.choice is not None or not message.text or message.attachments:
        return message
    menu = [Choice(label, value, aside=aside) for label, value, aside in chat.menu]
    choice = pick(menu, message.text)
    return replace(message, choice=choice.value) if choice else message
