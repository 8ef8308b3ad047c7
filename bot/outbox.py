"""What goes out: put · claim · send · write down. The only place that sends; when, says pacer.py.

A send whose outcome is not known becomes `unknown` and is never repeated. The APIs have no idempotency key.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.bell import Bell
from bot.channels import Channel
from bot.db import Database
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, place_of
from bot.messages import Address, Outgoing, from_json, to_json
from bot.models import BroadcastState, Chat, ChatKind, ChatState, Delivery, DeliveryState, Urgency
from bot.pacer import Pacer

log = logging.getLogger(__name__)

ANSWER_LATENESS = timedelta(days=1)
BATCH = 50
IN_FLIGHT = 150
FEW = 4
POLL = 0.5
"""seconds: rows written by another process are found this soon"""


async def put(
    db: AsyncSession, chat: Chat, message: Outgoing, now: datetime, urgency: Urgency = Urgency.ANSWER
) -> Delivery:
    """Queue `message` for `chat` in the caller's transaction; remembers its choices as the chat's menu."""
    chat.menu = [[c.label, c.value, c.aside] for c in message.choices if not c.url]
    delivery = Delivery(
        chat_id=chat.id,
        channel=chat.channel,
        urgency=urgency,
        message=to_json(message),
        latest_at=now + ANSWER_LATENESS,
        created_at=now,
        changed_at=now,
    )
    db.add(delivery)
    await db.flush()
    return delivery


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a send needs, taken out of the database so that no transaction is open meanwhile."""

    id: int
    to: Address
    group: bool
    message: Outgoing
    parts_sent: int
    platform_id: str
    attempts: int


async def settle_interrupted(db: AsyncSession, channels: Mapping[str, Channel], now: datetime) -> int:
    """At the start: what a dead process was sending is `unknown`, unless the channel makes a repeat harmless."""
    repeatable = [name for name, channel in channels.items() if channel.abilities.repeatable]
    sending = update(Delivery).where(Delivery.state == DeliveryState.SENDING)
    await db.execute(
        sending.where(Delivery.channel.in_(repeatable)).values(state=DeliveryState.PENDING, changed_at=now)
    )
    lost = await db.execute(
        sending.values(state=DeliveryState.UNKNOWN, reason="interrupted", changed_at=now).returning(Delivery.id)
    )
    return len(lost.all())


async def candidates(db: AsyncSession, channel: str, held: Sequence[int], now: datetime) -> list[Delivery]:
    """The next deliveries due on `channel`, answers first, without the chats `held`."""
    found = await db.scalars(
        select(Delivery)
        .where(
            Delivery.state == DeliveryState.PENDING,
            Delivery.channel == channel,
            Delivery.not_before.is_(None) | (Delivery.not_before <= now),
            Delivery.chat_id.not_in(held),
        )
        .order_by(Delivery.urgency, Delivery.id)
        .limit(BATCH)
    )
    return list(found)


async def claim(db: AsyncSession, ids: Sequence[int], now: datetime) -> list[Claimed]:
    """Those of `ids` that are still pending become `sending`; what is too late by now fails instead."""
    pending = update(Delivery).where(Delivery.id.in_(ids), Delivery.state == DeliveryState.PENDING)
    await db.execute(
        pending.where(Delivery.latest_at < now).values(state=DeliveryState.FAILED, reason="too_late", changed_at=now)
    )
    taken = await db.scalars(
        pending.values(state=DeliveryState.SENDING, attempts=Delivery.attempts + 1, changed_at=now).returning(
            Delivery.id
        )
    )
    rows = await db.scalars(
        select(Delivery).where(Delivery.id.in_(taken.all())).execution_options(populate_existing=True)
    )
    return [await _claimed(db, row) for row in rows]


async def _claimed(db: AsyncSession, row: Delivery) -> Claimed:
    kept = row.message
    if kept is None:
        await db.refresh(row, ["broadcast"])
        kept = row.broadcast.message if row.broadcast else {"text": ""}
        kept = {**kept, "thread": row.chat.thread}
    group = row.chat.kind == ChatKind.GROUP
    return Claimed(row.id, row.chat.where, group, from_json(kept), row.parts_sent, row.platform_id, row.attempts)


class Outbox:
    """Drains the queue of every channel, each in a task of its own; a chat's messages leave one after the other."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        pacers: Mapping[str, Pacer],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._channels = channels
        self._pacers = pacers
        self._now = now
        self._bells = {name: Bell() for name in channels}
        self._flying = {name: dict[int, asyncio.Task[None]]() for name in channels}
        """tasks under way, by chat"""
        self._held = {name: dict[int, float]() for name in channels}
        """chats that must wait, until when on the monotonic clock"""

    def wake(self) -> None:
        """Something new is queued."""
        for bell in self._bells.values():
            bell.ring()

    async def run(self) -> None:
        """Until cancelled; then what is in flight gets a moment to end."""
        async with self._database.write() as db:
            if lost := await settle_interrupted(db, self._channels, self._now()):
                log.warning("%d sends were interrupted by the last stop; they are marked unknown", lost)
        try:
            async with asyncio.TaskGroup() as group:
                for name in self._channels:
                    group.create_task(self._drain(name))
        finally:
            if flying := [task for tasks in self._flying.values() for task in tasks.values()]:
                await asyncio.wait(flying, timeout=5)

    async def _drain(self, name: str) -> None:
        bell = self._bells[name]
        while True:
            bell.hush()
            try:
                pause = await self._round(name)
            except Exception as error:
                log.error("the outbox of %s stumbled and goes on: %s", name, place_of(error))
                pause = 1.0
            await bell.rest(pause)

    async def _round(self, name: str) -> float:
        """Start what may start now; returns the seconds to rest."""
        pacer, flying, clock = self._pacers[name], self._flying[name], time.monotonic()
        if pause := pacer.wait(clock):
            return min(pause, POLL)
        self._held[name] = {chat: until for chat, until in self._held[name].items() if until > clock}
        async with self._database.read() as db:
            queue = await candidates(db, name, [*flying, *self._held[name]], self._now())
        chosen = self._choose(name, queue, clock)
        if chosen:
            async with self._database.write() as db:
                taken = await claim(db, [row.id for row in chosen], self._now())
            chat_of = {row.id: row.chat_id for row in chosen}
            for claimed in taken:
                self._launch(name, chat_of[claimed.id], claimed)
        if chosen or len(queue) == BATCH:
            return 0.0 if len(flying) < IN_FLIGHT else 0.02
        return min([POLL, *(until - clock for until in self._held[name].values())])

    def _choose(self, name: str, queue: Sequence[Delivery], clock: float) -> list[Delivery]:
        """Those of `queue` that may start now, at most one a chat; the others' chats are held until they may."""
        pacer, chosen, seen = self._pacers[name], list[Delivery](), set[int]()
        for row in queue:
            if pacer.wait(clock) or len(self._flying[name]) + len(chosen) >= IN_FLIGHT:
                break
            if row.chat_id in seen:
                continue
            seen.add(row.chat_id)
            if pause := pacer.wait_for(row.chat.address, row.chat.kind == ChatKind.GROUP, clock):
                self._held[name][row.chat_id] = clock + pause
                continue
            pacer.take(row.chat.address, clock)
            chosen.append(row)
        return chosen

    def _launch(self, name: str, chat_id: int, claimed: Claimed) -> None:
        def landed(_: asyncio.Task[None]) -> None:
            self._flying[name].pop(chat_id, None)
            self._bells[name].ring()

        task = asyncio.create_task(self._send(name, claimed))
        self._flying[name][chat_id] = task
        task.add_done_callback(landed)

    async def _send(self, name: str, claimed: Claimed) -> None:
        """All parts not yet sent, one request each; every part's arrival is written down before the next."""
        channel = self._channels[name]
        ids = [part for part in claimed.platform_id.split(",") if part]
        try:
            parts = channel.parts(claimed.message)
            for number in range(claimed.parts_sent, len(parts)):
                if number > claimed.parts_sent:
                    await self._write_down(claimed, DeliveryState.SENDING, ids=ids)
                    await self._slot(name, claimed)
                ids.append((await channel.send(claimed.to, parts[number], f"{claimed.id}.{number}")).id)
            await self._write_down(claimed, DeliveryState.SENT, ids=ids)
        except ChannelError as error:
            await self._failed(name, claimed, error, ids)
        except Exception as error:
            # Ours, and perhaps after the request was written: nobody can say whether it arrived.
            log.error("sending delivery %d failed in the program: %s", claimed.id, place_of(error))
            await self._write_down(claimed, DeliveryState.UNKNOWN, ids=ids, reason="program")

    async def _slot(self, name: str, claimed: Claimed) -> None:
        pacer, chat = self._pacers[name], str(claimed.to)
        pause = max(pacer.wait(time.monotonic()), pacer.wait_for(chat, claimed.group, time.monotonic()))
        pacer.take(chat, time.monotonic() + pause)
        await asyncio.sleep(pause)

    async def _failed(self, name: str, claimed: Claimed, error: ChannelError, ids: list[str]) -> None:
        match error:
            case Throttled(retry_after=pause, chat_only=chat_only):
                self._pacers[name].halt(pause.total_seconds(), time.monotonic(), str(claimed.to) if chat_only else None)
                await self._write_down(claimed, DeliveryState.PENDING, error, ids)
            case AccountDown():
                self._pacers[name].halt(60, time.monotonic())
                await self._write_down(claimed, DeliveryState.PENDING, error, ids)
            case NotSent(few=True) if claimed.attempts >= FEW:
                await self._write_down(claimed, DeliveryState.FAILED, error, ids)
            case NotSent():
                pause = timedelta(seconds=min(300, 2**claimed.attempts))
                await self._write_down(claimed, DeliveryState.PENDING, error, ids, not_before=self._now() + pause)
            case ChatMoved(new_id=new_id):
                await self._write_down(claimed, DeliveryState.PENDING, error, ids, moved_to=new_id)
            case ChatGone():
                await self._write_down(claimed, DeliveryState.FAILED, error, ids, gone=True)
            case Refused():
                await self._write_down(claimed, DeliveryState.FAILED, error, ids)
            case _:
                await self._write_down(claimed, DeliveryState.UNKNOWN, error, ids)

    async def _write_down(
        self,
        claimed: Claimed,
        state: DeliveryState,
        error: ChannelError | None = None,
        ids: Sequence[str] = (),
        *,
        reason: str = "",
        not_before: datetime | None = None,
        moved_to: str = "",
        gone: bool = False,
    ) -> None:
        """The outcome, with what it tells of the chat, in one transaction. Who pressed stop meanwhile is heeded."""
        now = self._now()
        async with self._database.write() as db:
            row = await db.get_one(Delivery, claimed.id)
            row.state, row.changed_at, row.not_before = state, now, not_before
            row.reason = error.reason if error else reason
            row.words = error.words[:300] if error else ""
            row.platform_id, row.parts_sent = ",".join(ids)[:120], len(ids)
            if state == DeliveryState.PENDING and await _stopped(db, row):
                row.state, row.reason = DeliveryState.CANCELLED, "stopped"
            if moved_to:
                await chats.move(db, row.chat, moved_to, now)
            if gone and error:
                muted = ChatState.MUTED if error.reason == "muted" else ChatState.GONE
                chats.set_state(row.chat, muted, error.reason, now)
            elif state == DeliveryState.SENT and row.chat.state in (ChatState.GONE, ChatState.MUTED):
                chats.set_state(row.chat, ChatState.ACTIVE, "", now)


async def _stopped(db: AsyncSession, row: Delivery) -> bool:
    await db.refresh(row, ["broadcast"])
    return row.broadcast is not None and row.broadcast.state == BroadcastState.STOPPED
