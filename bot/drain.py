"""One account's owner: takes what is due, starts each send when the pacer says so, writes down what came.

A page of the queue is read ahead; a row is claimed only at the moment its send starts. Answers to people go first.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts, queue
from bot.bell import Bell
from bot.carrying import Load, Progress, carry
from bot.channels import Channel
from bot.db import Database
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, place_of
from bot.ledger import Entry, Ledger
from bot.models import Account, AccountState, ChatState, Delivery, DeliveryState, Poll
from bot.models.mail import history_line
from bot.pacer import Pacer

log = logging.getLogger(__name__)

IN_FLIGHT = 150
MANY = IN_FLIGHT // 2
BREATH = 0.02
"""seconds between two rounds when so many are in flight"""
AHEAD = 0.1
"""seconds by which a send is claimed before its slot, so that a slow disk costs the account none"""
FEW = 4
REFUSED_PAUSE = 0.5
"""seconds until claims that all failed are tried again"""
DOWN_PAUSE = 60.0
"""seconds until an account that was refused is tried again"""


@dataclass(frozen=True, slots=True)
class House:
    """What all owners of this process share."""

    database: Database
    ledger: Ledger
    now: Callable[[], datetime]
    resting: Callable[[], Mapping[int, datetime]]
    """units that rest now, and until when"""
    stopped: Callable[[], frozenset[int]]
    """units in which everything is stopped"""
    told: Callable[[str, int | None, bool], None]
    """hears of every outcome: account, broadcast, whether it failed"""
    in_hand: set[int]
    """deliveries that this process is sending"""
    leaving: asyncio.Event
    """set: nothing more is begun"""
    linger: float = 0.0
    """seconds an owner stays for what is not due yet"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the platform grants an account in a month, and how much of it is kept for answers; 0: no limit."""

    monthly: int = 0
    reserve: int = 0


Start = tuple[queue.Due, float]
"""a delivery, and when on the monotonic clock its send may start"""


class Drain:
    """`run` ends when nothing is left that may go out soon."""

    def __init__(self, channel: Channel, pacer: Pacer, house: House, allowance: Allowance) -> None:
        self._channel = channel
        self._pacer = pacer
        self._house = house
        self._allowance = allowance
        self._left: int | None = None
        self._bell = Bell()
        self._stale = True
        self.started = 0
        """sends begun so far"""
        self._page: deque[queue.Due] = deque()
        self._flying: dict[int, asyncio.Task[None]] = {}
        """by chat: its messages leave one after the other"""
        self._held: dict[int, float] = {}
        """chats that must wait, until when on the monotonic clock"""
        self._posts = queue.Posts()

    def ring(self) -> None:
        """Something new is queued."""
        self._stale = True
        self._bell.ring()

    async def run(self) -> None:
        try:
            while not self._house.leaving.is_set() and (pause := await self._round()) is not None:
                await self._bell.rest(pause)
                self._bell.hush()
        finally:
            if self._flying:
                await asyncio.wait(self._flying.values(), timeout=5)
            if self.started:
                now = self._house.now()
                self._house.ledger.also(lambda db: _sent(db, self._channel.name, now))

    async def _round(self) -> float | None:
        """Start what may start now. Returns the seconds to rest; None when there is nothing to wait for."""
        if len(self._flying) >= MANY:
            await asyncio.sleep(BREATH)  # some land meanwhile, and are claimed for and written down together
        clock = time.monotonic()
        if self._stale or not self._page:
            await self._turn_page(clock)
        chosen = self._choose(clock)
        if chosen:
            if not await self._launch(chosen):
                self._stale = True  # stopped, paused or taken over meanwhile
                return REFUSED_PAUSE
            return 0.0 if len(self._flying) < IN_FLIGHT else 1.0
        return await self._rest(clock)

    async def _turn_page(self, clock: float) -> None:
        self._stale = False
        self._held = {chat: until for chat, until in self._held.items() if until > clock}
        async with self._house.database.read() as db:
            held = [*self._flying, *self._held]
            rows = await queue.page(db, self._channel.name, held, self._house.stopped(), self._house.now())
            await self._posts.learn(db, rows)
            if self._allowance.monthly:
                used = await accounts.used(db, self._channel.name, self._house.now())
                self._left = self._allowance.monthly - used - len(self._flying)
        self._page = deque(rows)

    def _choose(self, clock: float) -> list[Start]:
        """Those of the page whose slot is near, at most one a chat. What may not start is left in the queue."""
        chosen, over, resting = list[Start](), list[Over](), dict[int, datetime]()
        now = self._house.now()
        while self._page and len(self._flying) + len(chosen) < IN_FLIGHT:
            row = self._page[0]
            wait = self._pacer.wait(clock, row.bulk)
            if wait > AHEAD or not self._granted(row):
                break
            self._page.popleft()
            if ended := self._over(row, now):
                over.append(ended)
            elif until := self._rests(row):
                resting[row.id] = until
            elif row.unit_id in self._house.stopped() or row.chat_id in self._flying or row.chat_id in self._held:
                continue
            elif pause := self._must_wait(row, clock + wait):
                self._held[row.chat_id] = clock + wait + pause
            else:
                self._pacer.take(row.address, clock + wait)
                self._held[row.chat_id] = clock  # one a chat in this round
                chosen.append((row, clock + wait))
                if self._left is not None:
                    self._left -= 1
        if over or resting:
            self._house.ledger.also(lambda db: _put_off(db, over, resting, now))
        return chosen

    def _over(self, row: queue.Due, now: datetime) -> "Over | None":
        """What need not, or can no longer, be sent."""
        window = self._channel.abilities.window
        if row.latest_at < now:
            return Over(row.id, DeliveryState.FAILED, "too_late")
        if self._posts.is_moot(row):
            return Over(row.id, DeliveryState.CANCELLED, "nothing_to_correct")
        if window and not row.group and row.heard_at and row.heard_at < now - window:
            return Over(row.id, DeliveryState.FAILED, "window_closed")
        return None

    def _rests(self, row: queue.Due) -> datetime | None:
        """Until when a post waits because the chat's unit has its quiet hours."""
        return self._house.resting().get(row.unit_id or 0) if row.bulk and not row.urgent else None

    def _must_wait(self, row: queue.Due, clock: float) -> float:
        if row.waits_for_another:
            return REFUSED_PAUSE
        return self._pacer.wait_for(row.address, row.group, clock)

    def _granted(self, row: queue.Due) -> bool:
        """Is there something left of the month's messages? A reserve is kept for answers."""
        if self._left is None:
            return True
        return self._left > (self._allowance.reserve if row.bulk else 0)

    async def _launch(self, chosen: Sequence[Start]) -> int:
        """Claim them and begin to send those that are ours; their number."""
        taken = await self._house.ledger.claim([row.id for row, _ in chosen])
        for row, at in chosen:
            self._held.pop(row.chat_id, None)
            if row.id in taken:
                self.started += 1
                task = asyncio.create_task(self._send(self._load(row), at))
                self._flying[row.chat_id] = task
                task.add_done_callback(partial(self._landed, row.chat_id))
        return len(taken)

    def _landed(self, chat_id: int, _: "asyncio.Task[None]") -> None:
        self._flying.pop(chat_id, None)
        self._bell.ring()

    def _load(self, row: queue.Due) -> Load:
        load = self._posts.load(row)
        return replace(load, message=replace(load.message, bulk=row.bulk))

    async def _rest(self, clock: float) -> float | None:
        """Seconds until something may change by itself; None when nothing will soon."""
        if self._page:  # the pacer, or the month's allowance, says wait
            pause = self._pacer.wait(clock, self._page[0].bulk)
            if 0 < pause <= max(self._house.linger, 1.0):
                return max(pause - AHEAD, 0.005)
            return 1.0 if pause or self._flying else None
        if self._flying:
            return 1.0
        waits = [until - clock for until in self._held.values()]
        async with self._house.database.read() as db:
            due = await queue.next_due(db, self._channel.name)
        if due is not None and not waits:
            waits.append((due - self._house.now()).total_seconds())
        soonest = min(waits, default=None)
        if soonest is None or soonest > max(self._house.linger, 1.0):
            return None
        return max(soonest, 0.01)

    # One send

    async def _send(self, load: Load, at: float) -> None:
        self._house.in_hand.add(load.id)
        try:
            await asyncio.sleep(at - time.monotonic())
            await self._house.ledger.write(await self._outcome(load))
        finally:
            self._house.in_hand.discard(load.id)

    async def _outcome(self, load: Load) -> Entry:
        progress = Progress(list(load.ids), lambda so_far: self._house.ledger.write(_still(load, so_far)))
        error: ChannelError | None = None
        try:
            await carry(self._channel, load, progress, lambda: self._slot(load), self._house.now())
        except ChannelError as problem:
            error = problem
        except Exception as mistake:
            # Ours, and perhaps after the request was written: nobody can say whether it arrived.
            log.error("sending delivery %d failed in the program: %s", load.id, place_of(mistake))
            progress.reason = "program"
            return self._entry(load, DeliveryState.UNKNOWN, progress)
        return self._remedy(load, error, progress) if error else self._arrived(load, progress)

    async def _slot(self, load: Load) -> None:
        """A further part takes its place in the line like every message."""
        clock = time.monotonic()
        pause = max(self._pacer.wait(clock, load.bulk), self._pacer.wait_for(str(load.to), load.group, clock))
        self._pacer.take(str(load.to), clock + pause)
        await asyncio.sleep(pause)

    def _entry(self, load: Load, state: DeliveryState, progress: Progress, **more: Any) -> Entry:
        ids = tuple(progress.ids)
        return Entry(load.id, load.chat_id, load.attempt, state, progress.reason, ids=ids, **more)

    def _arrived(self, load: Load, progress: Progress) -> Entry:
        self._house.told(self._channel.name, load.broadcast_id, False)
        back = ChatState.ACTIVE if load.chat_state in (ChatState.GONE, ChatState.MUTED) else None
        if self._allowance.monthly:
            number, now = len(progress.ids) - len(load.ids), self._house.now()
            self._house.ledger.also(lambda db: accounts.spend(db, self._channel.name, number, now))
        if progress.poll and load.broadcast_id:
            poll = Poll(key=progress.poll, broadcast_id=load.broadcast_id, chat_id=load.chat_id, votes=[])
            poll.message_id, poll.at = progress.ids[-1], self._house.now()
            self._house.ledger.also(lambda db: _stands(db, poll))
        return self._entry(load, DeliveryState.SENT, progress, chat_state=back)

    def _remedy(self, load: Load, error: ChannelError, progress: Progress) -> Entry:
        progress.reason = error.reason
        state, later, moved, chat = DeliveryState.PENDING, None, "", None
        match error:
            case Throttled(retry_after=pause, chat_only=chat_only):
                self._throttled(load, pause, chat_only)
                later = self._house.now() + pause if chat_only else None
            case AccountDown():
                self._refused_account(error)
            case NotSent(few=True) if load.attempt >= FEW:
                state = DeliveryState.FAILED
            case NotSent():
                later = self._house.now() + timedelta(seconds=min(300, 2**load.attempt))
            case ChatMoved(new_id=new_id):
                moved = new_id
            case ChatGone():
                state = DeliveryState.FAILED
                chat = ChatState.MUTED if error.reason == "muted" else ChatState.GONE
            case Refused():
                state = DeliveryState.FAILED
            case _ if load.urgent and load.attempt == 1:
                progress.reason = "repeated_once"
            case _:
                state = DeliveryState.UNKNOWN
        self._house.told(self._channel.name, load.broadcast_id, state == DeliveryState.FAILED)
        return self._entry(load, state, progress, words=error.words, not_before=later, moved_to=moved, chat_state=chat)

    def _throttled(self, load: Load, pause: timedelta, chat_only: bool) -> None:
        clock, seconds = time.monotonic(), pause.total_seconds()
        if chat_only:
            self._held[load.chat_id] = clock + seconds
        elif self._pacer.refused(str(load.to), seconds, clock, bulk=load.bulk, group=load.group):
            self._stale = True
            until = self._house.now() + pause
            self._house.ledger.also(lambda db: _halted(db, self._channel.name, until))

    def _refused_account(self, error: ChannelError) -> None:
        self._pacer.halt(DOWN_PAUSE, time.monotonic())
        now = self._house.now()
        self._house.ledger.also(lambda db: _down(db, self._channel.name, error.reason, now))


def _still(load: Load, progress: Progress) -> Entry:
    """On its way, with the parts that arrived so far."""
    return Entry(load.id, load.chat_id, load.attempt, DeliveryState.SENDING, progress.reason, ids=tuple(progress.ids))


@dataclass(frozen=True, slots=True)
class Over:
    """A delivery that ends without a send."""

    id: int
    state: DeliveryState
    reason: str


async def _put_off(db: AsyncSession, over: Sequence[Over], resting: Mapping[int, datetime], now: datetime) -> None:
    """Write down what is over, and until when the others wait for the end of quiet hours."""
    pending = update(Delivery).where(Delivery.state == DeliveryState.PENDING)
    quietly = {"synchronize_session": False}
    for state, reason in {(one.state, one.reason) for one in over}:
        ids = [one.id for one in over if (one.state, one.reason) == (state, reason)]
        line = Delivery.history + history_line(state, reason, now)
        ended = pending.where(Delivery.id.in_(ids)).values(state=state, reason=reason, changed_at=now, history=line)
        await db.execute(ended.execution_options(**quietly))
    for until in set(resting.values()):
        ids = [id for id, at in resting.items() if at == until]
        wait = pending.where(Delivery.id.in_(ids)).values(not_before=until, reason="quiet_hours", changed_at=now)
        await db.execute(wait.execution_options(**quietly))


async def _stands(db: AsyncSession, poll: Poll) -> None:
    await db.merge(poll)


async def _sent(db: AsyncSession, account: str, now: datetime) -> None:
    await db.execute(update(Account).where(Account.name == account).values(sent_at=now))


async def _halted(db: AsyncSession, account: str, until: datetime) -> None:
    """Known to whoever owns the account next."""
    await db.execute(update(Account).where(Account.name == account).values(halted_until=until))


async def _down(db: AsyncSession, account: str, reason: str, now: datetime) -> None:
    await db.execute(
        update(Account)
        .where(Account.name == account, Account.state == AccountState.ACTIVE)
        .values(state=AccountState.DOWN, reason=reason, state_since=now)
    )
