"""Deliveries: never twice, never silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import inf

import pytest
from sqlalchemy import select, update

from bot import chats, queue
from bot.bell import Bell
from bot.channels import Abilities, Sent
from bot.db import Database
from bot.drain import Allowance
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, Unknown
from bot.installation import open_for
from bot.ledger import Ledger
from bot.messages import Address, Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Chat, ChatKind, ChatState, Delivery, DeliveryState, Urgency
from bot.outbox import UNLIMITED, Outbox, Terms, put
from bot.pacer import Pacer
from bot.posts.broadcasts import stop
from scheduler.publish import deliver_to
from tests.conftest import NOW
from tests.talk import Line


@asynccontextmanager
async def running(
    database: Database, line: Line, pacer: Pacer | None = None, allowance: Allowance = UNLIMITED
) -> AsyncIterator[Outbox]:
    pacer = pacer or Pacer(rate=inf, chat_gap=0.0)
    box = Outbox(database, {line.name: line}, lambda _: Terms(pacer, allowance), lambda: NOW, open_for(1))
    database.ringer = box
    task = asyncio.create_task(box.run())
    yield box
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def a_group(database: Database, id: str = "-1") -> Chat:
    async with database.write() as db:
        chat = await chats.known(db, Address("telegram", id), ChatKind.GROUP, "", NOW)
        chats.set_state(chat, ChatState.ACTIVE, "", NOW)
        return chat


async def queued(database: Database, chat: Chat, text: str = "chào") -> int:
    async with database.write() as db:
        row = await put(db, await db.get_one(Chat, chat.id), Outgoing(text), NOW)
    return row.id


async def outcome(database: Database, id: int) -> Delivery:
    """The delivery once it is no longer on its way (a pending one is looked at after its first try)."""
    for _ in range(200):
        async with database.read() as db:
            row = await db.get_one(Delivery, id)
        if row.state not in (DeliveryState.SENDING, DeliveryState.PENDING) or (row.attempts and row.state == "pending"):
            return row
        await asyncio.sleep(0.02)
    raise AssertionError(f"delivery {id} did not settle")


async def test_what_is_queued_is_sent_once_and_its_platform_id_written_down(database: Database) -> None:
    line, chat = Line(), await a_group(database)
    id = await queued(database, chat)
    async with running(database, line):
        row = await outcome(database, id)
    assert (row.state, row.platform_id, len(line.sent)) == (DeliveryState.SENT, "1", 1)


@pytest.mark.parametrize(
    ("error", "state", "chat_state"),
    [
        (Unknown("no_answer"), DeliveryState.UNKNOWN, ChatState.ACTIVE),
        (Refused("refused"), DeliveryState.FAILED, ChatState.ACTIVE),
        (ChatGone("kicked"), DeliveryState.FAILED, ChatState.GONE),
        (ChatGone("muted"), DeliveryState.FAILED, ChatState.MUTED),
        (NotSent("unreachable"), DeliveryState.PENDING, ChatState.ACTIVE),
        (AccountDown("bad_token"), DeliveryState.PENDING, ChatState.ACTIVE),
        (Throttled("throttled", retry_after=timedelta(hours=1)), DeliveryState.PENDING, ChatState.ACTIVE),
    ],
)
async def test_every_error_has_its_remedy(
    database: Database, error: ChannelError, state: DeliveryState, chat_state: ChatState
) -> None:
    line, chat = Line(failing=[error]), await a_group(database)
    id = await queued(database, chat)
    async with running(database, line):
        row = await outcome(database, id)
    assert (row.state, row.reason, row.chat.state) == (state, error.reason, chat_state)
    assert line.sent == []


async def test_a_send_whose_outcome_is_not_known_is_never_repeated(database: Database) -> None:
    line, chat = Line(failing=[Unknown("no_answer")]), await a_group(database)
    id = await queued(database, chat)
    async with running(database, line):
        await outcome(database, id)
    async with running(database, line):
        await outcome(database, await queued(database, chat, "một tin khác"))
    assert [message.text for _, message in line.sent] == ["một tin khác"]


async def test_a_moved_group_is_sent_to_at_its_new_address(database: Database) -> None:
    line, chat = Line(failing=[ChatMoved("moved", new_id="-1001")]), await a_group(database)
    id = await queued(database, chat)
    async with running(database, line):
        for _ in range(100):
            if line.sent:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
    async with database.read() as db:
        row = await db.get_one(Delivery, id)
    assert row.state == DeliveryState.SENT
    assert line.sent[0][0] == "telegram:-1001"


async def test_a_moved_group_keeps_its_unit_although_the_new_address_was_seen_first(database: Database) -> None:
    old, new = await a_group(database, "-1"), await a_group(database, "-1001")
    async with database.write() as db:
        await chats.move(db, await db.get_one(Chat, old.id), "-1001", NOW)
    async with database.read() as db:
        assert (await db.get_one(Chat, old.id)).address == "telegram:-1001"
        assert (await db.get_one(Chat, new.id)).reason == "moved"


async def test_what_a_dead_process_was_sending_is_unknown_but_repeated_where_that_is_harmless(
    database: Database,
) -> None:
    line, chat = Line(), await a_group(database)
    ids = [await queued(database, chat) for _ in range(2)]
    async with database.write() as db:
        await db.execute(update(Delivery).values(state=DeliveryState.SENDING))
        await db.execute(update(Delivery).where(Delivery.id == ids[1]).values(channel="web"))
    web = Line(name="web", abilities=Abilities(True, 9, 9, False, repeatable=True))
    async with database.write() as db:
        assert [await queue.take_over(db, channel, set(), NOW) for channel in (line, web)] == [1, 0]
    async with database.read() as db:
        rows = (await db.execute(select(Delivery.state, Delivery.reason).order_by(Delivery.id))).all()
    assert [tuple(row) for row in rows] == [("unknown", "interrupted"), ("pending", "repeated_once")]


async def test_answers_leave_before_broadcasts_and_a_chats_messages_in_their_order(database: Database) -> None:
    line, chat = Line(), await a_group(database)
    async with database.write() as db:
        group = await db.get_one(Chat, chat.id)
        await put(db, group, Outgoing("bài"), NOW, Urgency.BROADCAST)
        for number in range(5):
            last = await put(db, group, Outgoing(f"trả lời {number}"), NOW)
        await put(db, group, Outgoing("bài sau"), NOW, Urgency.BROADCAST)
    async with running(database, line):
        await outcome(database, last.id + 1)
    assert [m.text for _, m in line.sent] == [*(f"trả lời {n}" for n in range(5)), "bài", "bài sau"]


async def test_a_stopped_broadcast_sends_nothing_more(database: Database) -> None:
    chat = await a_group(database)
    async with database.write() as db:
        broadcast = await a_broadcast(db, "bài")
        await deliver_to(db, broadcast, [await db.get_one(Chat, chat.id)], NOW)
        assert await stop(db, broadcast, NOW) == 1
    line = Line()
    async with running(database, line):
        await outcome(database, await queued(database, chat, "sau đó"))
    assert [message.text for _, message in line.sent] == ["sau đó"]


async def a_broadcast(db: object, text: str) -> Broadcast:
    broadcast = Broadcast(
        post_id="x",
        title="x",
        message=to_json(Outgoing(text)),
        due_at=NOW,
        latest_at=NOW + timedelta(hours=4),
        created_at=NOW,
        state=BroadcastState.PUBLISHED,
        target="all",
    )
    db.add(broadcast)  # type: ignore[attr-defined]
    await db.flush()  # type: ignore[attr-defined]
    return broadcast


async def test_publishing_twice_makes_one_delivery_a_chat(database: Database) -> None:
    chat = await a_group(database)
    async with database.write() as db:
        broadcast = await a_broadcast(db, "bài")
        for _ in range(2):
            await deliver_to(db, broadcast, [await db.get_one(Chat, chat.id)], NOW)
        assert len((await db.scalars(select(Delivery))).all()) == 1


async def test_what_is_too_late_is_not_sent_and_says_so(database: Database) -> None:
    line, chat = Line(), await a_group(database)
    id = await queued(database, chat)
    async with database.write() as db:
        await db.execute(update(Delivery).values(latest_at=NOW - timedelta(minutes=1)))
    async with running(database, line):
        row = await outcome(database, id)
    assert (row.state, row.reason, line.sent) == (DeliveryState.FAILED, "too_late", [])


async def test_parts_that_arrived_are_not_sent_again_when_a_later_part_was_put_off(database: Database) -> None:
    class InTwo(Line):
        def parts(self, message: Outgoing) -> list[Outgoing]:
            return [replace(message, text=half) for half in message.text.split("|")]

        async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
            if part.text == "hai" and self.failing:
                raise self.failing.pop()
            return await super().send(to, part, key)

    line, chat = InTwo(failing=[Throttled("throttled", retry_after=timedelta(seconds=0.05))]), await a_group(database)
    id = await queued(database, chat, "một|hai")
    async with running(database, line):
        for _ in range(200):
            async with database.read() as db:
                row = await db.get_one(Delivery, id)
            if row.state == DeliveryState.SENT:
                break
            await asyncio.sleep(0.02)
    assert [message.text for _, message in line.sent] == ["một", "hai"]
    assert (row.state, row.platform_id) == (DeliveryState.SENT, "1,2")


async def test_a_loop_told_to_stop_at_the_moment_its_bell_rings_does_stop() -> None:
    bell = Bell()
    resting = asyncio.create_task(bell.rest(60))
    await asyncio.sleep(0)
    bell.ring()
    resting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await resting


async def test_twenty_copies_of_one_claim_take_the_row_once(database: Database) -> None:
    chat = await a_group(database)
    id = await queued(database, chat)

    books = [Ledger(database, open_for(1), lambda: NOW) for _ in range(20)]
    running = [asyncio.create_task(book.run()) for book in books]
    assert sum(map(len, await asyncio.gather(*(book.claim([id]) for book in books)))) == 1
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    async with database.read() as db:
        assert (await db.get_one(Delivery, id)).attempts == 1


def test_a_group_gets_at_most_twenty_in_a_minute_and_one_a_second() -> None:
    pacer = Pacer(rate=1000, burst=1000)
    clock, times = 0.0, list[float]()
    for _ in range(45):
        clock += pacer.wait_for("g", True, clock)
        pacer.take("g", clock)
        times.append(clock)
    assert all(later - earlier >= 1 for earlier, later in pairwise(times))
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[20:], strict=False))


def test_the_account_never_starts_more_than_its_rate_and_burst() -> None:
    pacer = Pacer(rate=29, burst=3, chat_gap=0)
    clock, times = 0.0, list[float]()
    for number in range(300):
        clock += pacer.wait(clock)
        pacer.take(str(number), clock)
        times.append(clock)
    assert all(times[at + 32] - times[at] >= 1 - 1e-6 for at in range(len(times) - 32))


def test_a_halt_is_never_shortened_and_the_pace_recovers() -> None:
    pacer = Pacer(rate=10)
    pacer.halt(30, now=0)
    pacer.halt(5, now=1)
    assert pacer.wait(10) == pytest.approx(20)
    pacer.take("c", 30)
    assert pacer._pace(31) < 10
    assert pacer._pace(30 + 3000) == 10
