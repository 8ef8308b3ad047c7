"""The book of deliveries: claims and outcomes of all accounts of this process, one transaction after the other.

What comes while one transaction commits goes into the next, so the cost of a durable outcome falls as the load rises.
When the database is away outcomes wait here and nothing new is claimed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.bell import Bell
from bot.db import Database
from bot.errors import place_of
from bot.models import Account, AccountState, Broadcast, BroadcastState, Chat, ChatState, Delivery, DeliveryState
from bot.models.mail import history_line

log = logging.getLogger(__name__)

MOST = 500
"""claims or outcomes in one transaction"""
AGAIN = 1.0
"""seconds until a database that was away is asked again"""

Also = Callable[[AsyncSession], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one attempt, and what it tells of the chat."""

    id: int
    chat_id: int
    attempt: int
    state: DeliveryState
    reason: str = ""
    words: str = ""
    """the platform's own, for staff"""
    ids: tuple[str, ...] = ()
    """the platform's ids of the parts that arrived so far"""
    not_before: datetime | None = None
    moved_to: str = ""
    """the chat's new id"""
    chat_state: ChatState | None = None


class Ledger:
    """`claim` and `write` return when it is on disk. `gate`: what must hold besides for a claim to succeed."""

    def __init__(self, database: Database, gate: ColumnElement[bool], now: Callable[[], datetime]) -> None:
        self._database = database
        self._gate = gate
        self._now = now
        self._bell = Bell()
        self._claims: list[tuple[Sequence[int], asyncio.Future[frozenset[int]]]] = []
        self._entries: list[tuple[Entry, asyncio.Future[None]]] = []
        self._also: list[Also] = []
        self._doubtful = set[int]()
        """claims whose commit was not heard of: never sent, so they may be given back"""
        self._busy = asyncio.Lock()

    async def claim(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of `ids` that were still pending and are now ours to send. Raises when the database is away."""
        done: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        self._claims.append((ids, done))
        self._bell.ring()
        return await done

    async def write(self, entry: Entry) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entries.append((entry, done))
        self._bell.ring()
        await done

    def also(self, work: Also) -> None:
        """Something rare to be written soon, in a transaction of the book."""
        self._also.append(work)
        self._bell.ring()

    async def run(self) -> None:
        """Until cancelled; `flush` before, so that nothing is left."""
        while True:
            await self._bell.rest()
            self._bell.hush()
            while self._claims or self._entries or self._also:
                if not await self._turn():
                    await asyncio.sleep(AGAIN)

    async def flush(self) -> None:
        """Write what is left; given up when the database is away."""
        while self._claims or self._entries or self._also:
            if not await self._turn():
                return

    async def _turn(self) -> bool:
        """One transaction. False when the database is away: outcomes are kept, claims fail."""
        async with self._busy:
            entries, self._entries = self._entries[:MOST], self._entries[MOST:]
            claims, self._claims = self._claims[:MOST], self._claims[MOST:]
            also, self._also = self._also, []
            try:
                taken = await self._commit([entry for entry, _ in entries], [ids for ids, _ in claims], also)
            except Exception as error:
                log.error("the book of deliveries could not be written: %s", place_of(error))
                for _, future in claims:
                    _settle(future, error=error)
                self._doubtful.update(id for ids, _ in claims for id in ids)
                return await self._rescue(entries, also, error)
            for _, written in entries:
                _settle(written, None)
            for ids, future in claims:
                _settle(future, taken.intersection(ids))
            return True

    async def _rescue(
        self, entries: list[tuple[Entry, "asyncio.Future[None]"]], also: list[Also], error: Exception
    ) -> bool:
        """The database is away: all is kept. Otherwise one by one, so that one bad line does not hold up the rest."""
        if away(error):
            self._entries[:0], self._also[:0] = entries, also
            return False
        for entry, written in entries:
            try:
                await self._commit([entry], [], [])
                _settle(written, None)
            except Exception as mistake:
                log.error("the outcome of delivery %d could not be written: %s", entry.id, place_of(mistake))
                _settle(written, error=mistake)
        for work in also:
            try:
                await self._commit([], [], [work])
            except Exception as mistake:
                log.error("a line of the book could not be written: %s", place_of(mistake))
        return True

    async def _commit(
        self, entries: Sequence[Entry], claims: Sequence[Sequence[int]], also: Sequence[Also]
    ) -> frozenset[int]:
        now = self._now()
        async with self._database.write(brief=True) as db:
            doubtful = list(self._doubtful)
            if doubtful:
                await _give_back(db, doubtful, self._gate, now)
            await _write(db, entries, now)
            for work in also:
                await work(db)
            ids = [id for one in claims for id in one]
            taken = await _claim(db, ids, self._gate, now) if ids else frozenset[int]()
        self._doubtful.difference_update(doubtful)
        return taken


def _settle(future: "asyncio.Future[Any]", result: object = None, error: Exception | None = None) -> None:
    if not future.done():
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)


def away(error: Exception) -> bool:
    """The database cannot be reached, or is locked by somebody for very long."""
    if isinstance(error, DBAPIError):
        words = str(error.orig).casefold()
        return error.connection_invalidated or "locked" in words or "connect" in words
    return isinstance(error, OSError)  # TimeoutError is one


async def _write(db: AsyncSession, entries: Sequence[Entry], now: datetime) -> None:
    if not entries:
        return
    connection = await db.connection()
    await connection.execute(_OUTCOME, [_values(entry, now) for entry in entries])
    if put_off := [entry.id for entry in entries if entry.state == DeliveryState.PENDING]:
        await _cancel_stopped(db, put_off, now)
    for entry in entries:
        if entry.moved_to or entry.chat_state:
            await _tell_chat(db, entry, now)


_deliveries = Delivery.__table__
_OUTCOME = (
    update(_deliveries)  # type: ignore[arg-type]
    .where(
        _deliveries.c.id == bindparam("of"),
        # A send whose owner was taken for dead has become `unknown`; its late outcome is the truth. But an attempt
        # that was begun anew is somebody else's.
        _deliveries.c.attempts == bindparam("attempt"),
        or_(_deliveries.c.state == DeliveryState.SENDING, _deliveries.c.state == DeliveryState.UNKNOWN),
    )
    .values(
        state=bindparam("to"),
        reason=bindparam("why"),
        words=bindparam("told"),
        platform_id=bindparam("ids"),
        parts_sent=bindparam("parts"),
        not_before=bindparam("later"),
        changed_at=bindparam("at"),
        history=_deliveries.c.history + bindparam("line"),
    )
)


def _values(entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "of": entry.id,
        "attempt": entry.attempt,
        "to": entry.state,
        "why": entry.reason,
        "told": entry.words[:300],
        "ids": ",".join(entry.ids)[:300],
        "parts": len(entry.ids),
        "later": entry.not_before,
        "at": now,
        "line": history_line(entry.state, entry.reason, now),
    }


async def _cancel_stopped(db: AsyncSession, ids: Sequence[int], now: datetime) -> None:
    """What waits once more although its broadcast was stopped meanwhile."""
    stopped = select(Broadcast.id).where(Broadcast.state == BroadcastState.STOPPED)
    await db.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == DeliveryState.PENDING, Delivery.broadcast_id.in_(stopped))
        .values(
            state=DeliveryState.CANCELLED,
            reason="stopped",
            changed_at=now,
            history=Delivery.history + history_line(DeliveryState.CANCELLED, "stopped", now),
        )
        .execution_options(synchronize_session=False)
    )


async def _tell_chat(db: AsyncSession, entry: Entry, now: datetime) -> None:
    chat = await db.get_one(Chat, entry.chat_id)
    if entry.moved_to:
        await chats.move(db, chat, entry.moved_to, now)
    if entry.chat_state:
        chats.set_state(chat, entry.chat_state, "" if entry.chat_state == ChatState.ACTIVE else entry.reason, now)


async def _give_back(db: AsyncSession, ids: Sequence[int], gate: ColumnElement[bool], now: datetime) -> None:
    """The gate tells that nobody else has taken the account over, and with it these rows."""
    await db.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == DeliveryState.SENDING, gate)
        .values(
            state=DeliveryState.PENDING,
            changed_at=now,
            history=Delivery.history + history_line(DeliveryState.PENDING, "not_begun", now),
        )
        .execution_options(synchronize_session=False)
    )


async def _claim(db: AsyncSession, ids: Sequence[int], gate: ColumnElement[bool], now: datetime) -> frozenset[int]:
    """By conditional UPDATE: pending, its broadcast going out, its account not paused, and the gate open."""
    paused = exists().where(Account.name == Delivery.channel, Account.state == AccountState.PAUSED)
    going = exists().where(Broadcast.id == Delivery.broadcast_id, Broadcast.state == BroadcastState.PUBLISHED)
    taken = await db.execute(
        update(Delivery)
        .where(
            Delivery.id.in_(ids),
            Delivery.state == DeliveryState.PENDING,
            Delivery.latest_at >= now,
            and_(gate, ~paused, or_(Delivery.broadcast_id.is_(None), going)),
        )
        .values(
            state=DeliveryState.SENDING,
            attempts=Delivery.attempts + 1,
            changed_at=now,
            history=Delivery.history + history_line(DeliveryState.SENDING, "", now),
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return frozenset(taken.scalars())
