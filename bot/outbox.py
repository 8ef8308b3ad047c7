"""What goes out: put · claim · send · write down. The only place that sends; when, says pacer.py.

A send whose outcome is not known becomes `unknown` and is never repeated. The APIs have no idempotency key.
Its parts: queue.py reads what is due, drain.py owns one account, carrying.py sends, ledger.py writes down.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import queue, quiet
from bot.bell import Bell
from bot.channels import Channel
from bot.chats import DESK
from bot.db import Database, wake
from bot.drain import Allowance, Drain, House
from bot.errors import place_of
from bot.installation import stopped_units
from bot.ledger import Ledger
from bot.messages import Outgoing, to_json
from bot.models import Account, AccountState, Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Urgency
from bot.models.mail import history_line
from bot.pacer import Pacer

log = logging.getLogger(__name__)

ANSWER_LATENESS = timedelta(days=1)
WAITS = timedelta(seconds=1.5)
"""for which an answer to a story is held back, should the story go on"""
RESTS_KNOWN = 20.0
"""seconds for which the units' quiet hours are remembered"""
FATES = 40
FEWEST = 20
MANY = 0.5
"""if so large a share of a broadcast's last FATES outcomes failed, it is paused"""
NEARLY_ALL = 0.9
"""the same for an account"""


async def put(
    db: AsyncSession, chat: Chat, message: Outgoing, now: datetime, urgency: Urgency = Urgency.ANSWER
) -> Delivery:
    """Queue `message` for `chat` in the caller's transaction; remembers its choices as the chat's menu.

    The row has its id at the next flush: many answers of one transaction are written at once.
    Raises ValueError for a chat of the desk, which has no transport: bot/cases/telling.py makes a task of it.
    """
    if chat.channel == DESK:
        raise ValueError("nobody listens at the desk")
    chat.menu = [[c.label, c.value, c.aside] for c in message.choices if not c.url]
    delivery = Delivery(
        chat_id=chat.id,
        channel=chat.channel,
        urgency=urgency,
        message=to_json(message),
        not_before=now + WAITS if message.waits else None,
        latest_at=now + ANSWER_LATENESS,
        created_at=now,
        changed_at=now,
        history=history_line("pending", "", now),
    )
    db.add(delivery)
    wake(db, [chat.channel])
    return delivery


async def take_back(db: AsyncSession, chat: Chat, now: datetime) -> bool:
    """Answers still held back are not given: more was said before anybody read them. Returns whether there were any."""
    held = select(Delivery).where(
        Delivery.chat_id == chat.id, Delivery.state == DeliveryState.PENDING, Delivery.not_before > now
    )
    rows = (await db.scalars(held.where(Delivery.broadcast_id.is_(None), Delivery.attempts == 0))).all()
    some = [row for row in rows if (row.message or {}).get("waits")]
    for row in some:
        row.state, row.reason, row.changed_at = DeliveryState.CANCELLED, "went_on", now
        row.history += history_line(DeliveryState.CANCELLED, "went_on", now)
    return bool(some)


UNLIMITED = Allowance()


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account may do: its pace, and its month's messages."""

    pacer: Pacer
    allowance: Allowance = UNLIMITED


class Outbox:
    """Owns accounts: all of `channels` in `run`, or one at a time in `own`, when `attend` runs beside.

    `gate`: what must hold in the database for a claim to succeed. `linger`: seconds an owner stays for what is not due
    yet. An owner is told of new deliveries by `after`; what other processes queue is found within `poll` seconds.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        terms: Callable[[str], Terms],
        now: Callable[[], datetime],
        gate: ColumnElement[bool],
        *,
        zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008 - a value
        linger: float = 0.0,
        poll: float = 0.5,
    ) -> None:
        self._database = database
        self._channels = channels
        self._new_terms = terms
        self._terms: dict[str, Terms] = {}
        self._now = now
        self._zone = zone
        self._poll = poll
        self._ledger = Ledger(database, gate, now)
        self._bell = Bell()
        self._rung = set[str]()
        self._owners: dict[str, Drain] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._patience: dict[str, tuple[float, float]] = {}
        """accounts that had something due but nothing to send: (seconds, until when) they are left alone"""
        self._stopped: frozenset[int] = frozenset()
        self._resting: Mapping[int, datetime] = {}
        self._resting_until = 0.0
        self._looked_until = 0.0
        self._fates: dict[tuple[str, int | None], deque[bool]] = {}
        self._house = House(
            database,
            self._ledger,
            now,
            resting=lambda: self._resting,
            stopped=lambda: self._stopped,
            told=self._told,
            in_hand=set(),
            leaving=asyncio.Event(),
            linger=linger,
        )

    # Who rings: the database, at every commit that queued something

    async def within(self, db: AsyncSession, accounts: Set[str]) -> None:
        """Nothing to do in the transaction: the bell is in this process."""

    def after(self, accounts: Set[str]) -> None:
        self._rung |= accounts
        self._bell.ring()

    # One process, all accounts

    async def run(self, mine: Callable[[str], bool] = lambda _: True) -> None:
        """Until cancelled: an owner for every account of `mine` on which something is due."""
        await self._settle([channel for name, channel in self._channels.items() if mine(name)])
        async with self._beside():
            while True:
                try:
                    await self._hand_out(mine)
                except Exception as error:
                    log.error("the outbox stumbled and goes on: %s", place_of(error))
                    await asyncio.sleep(1)
                await self._bell.rest(self._poll)
                self._bell.hush()

    async def attend(self) -> None:
        """Until cancelled: what the owners in this process need beside them."""
        async with self._beside():
            while True:
                try:
                    await self._look_around()
                except Exception as error:
                    log.error("the outbox stumbled and goes on: %s", place_of(error))
                    await asyncio.sleep(1)
                await self._bell.rest(self._poll)
                self._bell.hush()

    def leave(self) -> None:
        """Nothing more is begun; owners end when what is in flight has landed."""
        self._house.leaving.set()
        for owner in self._owners.values():
            owner.ring()

    async def own(self, name: str) -> None:
        """Be the owner of one account until nothing is left that may go out soon. Whoever owned it before is gone."""
        channel = self._channels[name]
        self._terms.pop(name, None)
        await self._settle([channel])
        await self._drain(name)

    @asynccontextmanager
    async def _beside(self) -> AsyncIterator[None]:
        """The book is written while the block runs; at its end what is in flight gets a moment to end."""
        book = asyncio.create_task(self._ledger.run())
        try:
            yield
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self._ledger.flush()
            book.cancel()
            await asyncio.gather(book, return_exceptions=True)

    async def _settle(self, channels: Iterable[Channel]) -> None:
        async with self._database.write() as db:
            lost = [await queue.take_over(db, channel, self._house.in_hand, self._now()) for channel in channels]
        if sum(lost):
            log.warning("%d sends were interrupted; they are marked unknown", sum(lost))

    async def _hand_out(self, mine: Callable[[str], bool]) -> None:
        rung, self._rung = self._rung, set()
        for name in rung:
            self._patience.pop(name, None)
        clock = time.monotonic()
        if rung and rung <= self._owners.keys() and clock < self._looked_until:
            for name in rung:
                self._owners[name].ring()
            return
        self._looked_until = clock + self._poll
        await self._look_around()
        async with self._database.read() as db:
            due = await queue.accounts_due(db, self._now())
        for name in {*due, *rung} & self._channels.keys():
            if owner := self._owners.get(name):
                if name in rung:
                    owner.ring()
            elif mine(name) and self._patience.get(name, (0.0, 0.0))[1] <= clock and name not in self._tasks:
                self._launch(name)

    def _launch(self, name: str) -> None:
        def over(_: asyncio.Task[None]) -> None:
            del self._tasks[name]
            self._bell.ring()

        self._tasks[name] = task = asyncio.create_task(self._drain(name))
        task.add_done_callback(over)

    async def _drain(self, name: str) -> None:
        try:
            terms = self._terms.get(name) or await self._taken_up(name)
            owner = Drain(self._channels[name], terms.pacer, self._house, terms.allowance)
            self._owners[name] = owner
            await owner.run()
            self._be_patient(name, owner.started)
        except Exception as error:
            log.error("the owner of %s stumbled: %s", name, place_of(error))
            self._be_patient(name, 0)
        finally:
            self._owners.pop(name, None)

    def _be_patient(self, name: str, started: int) -> None:
        """Something was due and yet nothing could be sent (a paused broadcast): look again later and later."""
        if started:
            self._patience.pop(name, None)
            return
        seconds = min(5.0, max(self._poll, self._patience.get(name, (0.0, 0.0))[0] * 2))
        self._patience[name] = (seconds, time.monotonic() + seconds)

    async def _taken_up(self, name: str) -> Terms:
        """The account's terms, its pacer knowing what was sent lately, by whomever, and whether it must wait."""
        terms = self._new_terms(name)
        now, clock = self._now(), time.monotonic()
        window = timedelta(seconds=terms.pacer.group_window)
        async with self._database.read() as db:
            sends = await queue.recent_sends(db, name, now - window)
            account = await db.get(Account, name)
        terms.pacer.remember((chat, clock - (now - at).total_seconds()) for chat, at in sends)
        if account and account.halted_until and account.halted_until > now:
            terms.pacer.halt((account.halted_until - now).total_seconds(), clock, bulk=True)
        self._terms[name] = terms
        return terms

    async def _look_around(self) -> None:
        """Answers queued by others, stopped units, quiet hours."""
        async with self._database.read() as db:
            self._stopped = await stopped_units(db)
            if self._resting_until <= time.monotonic():
                self._resting = await quiet.resting_units(db, self._now(), self._zone)
                self._resting_until = time.monotonic() + RESTS_KNOWN
            if self._owners:
                for name in await queue.accounts_due(db, self._now(), (Urgency.ANSWER, Urgency.URGENT)):
                    if owner := self._owners.get(name):
                        owner.ring()

    def _told(self, account: str, broadcast_id: int | None, failed: bool) -> None:
        """A broadcast, or an account, of which too much fails is paused; staff are told by the watchdogs."""
        if broadcast_id is not None and self._too_many((account, broadcast_id), failed, MANY):
            self._ledger.also(lambda db: _pause_broadcast(db, broadcast_id))
        if self._too_many((account, None), failed, NEARLY_ALL):
            now = self._now()
            self._ledger.also(lambda db: _pause_account(db, account, now))

    def _too_many(self, of: tuple[str, int | None], failed: bool, share: float) -> bool:
        fates = self._fates.setdefault(of, deque(maxlen=FATES))
        fates.append(failed)
        if len(self._fates) > 10_000:
            self._fates.clear()
        if len(fates) < FEWEST or sum(fates) < share * len(fates):
            return False
        fates.clear()
        return True


async def _pause_broadcast(db: AsyncSession, id: int) -> None:
    await db.execute(
        update(Broadcast)
        .where(Broadcast.id == id, Broadcast.state == BroadcastState.PUBLISHED)
        .values(state=BroadcastState.PAUSED, reason="too_many_failures")
    )


async def _pause_account(db: AsyncSession, name: str, now: datetime) -> None:
    await db.execute(
        update(Account)
        .where(Account.name == name, Account.state != AccountState.PAUSED)
        .values(state=AccountState.PAUSED, reason="too_many_failures", state_since=now)
    )
