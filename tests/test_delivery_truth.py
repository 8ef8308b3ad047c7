"""Delivery: who may send, what is known of what was sent, and when the machine itself stops."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from sqlalchemy import select, update

from bot import accounts, chats, installation, queue
from bot.channels import Abilities
from bot.db import Database
from bot.drain import Allowance
from bot.errors import ChannelError, ChatGone, Refused, Throttled, Unknown
from bot.ledger import Entry, Ledger
from bot.messages import Address, Outgoing
from bot.models import (
    Account,
    AccountState,
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    Delivery,
    DeliveryState,
    Installation,
    Unit,
    Urgency,
)
from bot.outbox import put
from bot.pacer import Pacer
from tests.conftest import NOW
from tests.talk import Line
from tests.test_outbox import a_broadcast, a_group, outcome, queued, running


async def a_post(database: Database, chats: list[Chat], *, urgent: bool = False) -> list[int]:
    """A published broadcast with one delivery a chat; their ids."""
    async with database.write() as db:
        broadcast = await a_broadcast(db, "bài")
        broadcast.urgent = urgent
        rows = [
            Delivery(
                broadcast_id=broadcast.id,
                chat_id=chat.id,
                channel=chat.channel,
                urgency=Urgency.URGENT if urgent else Urgency.BROADCAST,
                latest_at=NOW + timedelta(hours=1),
                created_at=NOW,
                changed_at=NOW,
            )
            for chat in chats
        ]
        db.add_all(rows)
        await db.flush()
        return [row.id for row in rows]


async def many_groups(database: Database, number: int) -> list[Chat]:
    return [await a_group(database, str(-1 - one)) for one in range(number)]


async def test_a_hundred_groups_get_a_post_once_and_every_change_is_kept(database: Database) -> None:
    line, groups = Line(), await many_groups(database, 100)
    ids = await a_post(database, groups)
    async with running(database, line):
        for id in ids:
            await outcome(database, id)
    assert Counter(where for where, _ in line.sent) == Counter({chat.address: 1 for chat in groups})
    async with database.read() as db:
        rows = (await db.scalars(select(Delivery))).all()
    assert {row.state for row in rows} == {DeliveryState.SENT}
    changes = [[change.split()[1] for change in row.history.splitlines()] for row in rows]
    assert all(one == ["sending", "sent"] for one in changes)


async def test_a_post_refused_for_speed_halts_the_posts_but_not_the_answers(database: Database) -> None:
    line, groups = (
        Line(failing=[Throttled("throttled", retry_after=timedelta(hours=1))]),
        await many_groups(database, 3),
    )
    (first, *_) = await a_post(database, groups)
    async with running(database, line, Pacer(rate=1, burst=1)):
        await outcome(database, first)
        answer = await queued(database, groups[1], "trả lời")
        assert (await outcome(database, answer)).state == DeliveryState.SENT
    assert [message.text for _, message in line.sent] == ["trả lời"]
    async with database.read() as db:
        assert Counter(await db.scalars(select(Delivery.state))) == {DeliveryState.PENDING: 3, DeliveryState.SENT: 1}


def test_a_refusal_of_a_groups_second_message_within_a_minute_halts_that_group_alone() -> None:
    pacer = Pacer(rate=29)
    for clock in (0.0, 10.0):
        pacer.take("g", clock)
    assert pacer.refused("g", 40, 10.5, bulk=True, group=True) is False
    assert pacer.wait_for("g", True, 20) == pytest.approx(30.5)
    assert pacer.wait(20, bulk=True) == 0
    pacer.take("h", 20)
    assert pacer.refused("h", 40, 20.5, bulk=True, group=True) is True
    assert pacer.wait(30, bulk=True) == pytest.approx(30.5)
    assert pacer.wait(30) == 0


def test_a_new_owner_keeps_the_pace_of_the_old_one() -> None:
    pacer = Pacer(rate=29)
    pacer.remember([("g", -50.0 + one) for one in range(20)])
    assert pacer.wait_for("g", True, 0) == pytest.approx(10)


@pytest.mark.parametrize("what", ["stopped", "sealed", "outdated", "paused_account", "paused_broadcast"])
async def test_no_claim_succeeds_when_everything_is_stopped_or_the_owner_is_not_the_one(
    database: Database, what: str
) -> None:
    (id,) = await a_post(database, [await a_group(database)])
    async with database.write() as db:
        row = await db.get_one(Installation, 1)
        match what:
            case "stopped":
                await installation.stop_all(db, None, NOW)
            case "sealed":
                row.sealed_at = NOW
            case "outdated":
                row.epoch = 2
            case "paused_account":
                db.add(Account(name="telegram", state=AccountState.PAUSED, state_since=NOW, created_at=NOW))
            case _:
                await db.execute(update(Broadcast).values(state=BroadcastState.PAUSED))
    book = Ledger(database, installation.open_for(1), lambda: NOW)
    claimed = book.claim([id])
    task = asyncio.ensure_future(claimed)
    await asyncio.sleep(0)
    await book.flush()
    assert await task == frozenset()
    async with database.read() as db:
        assert (await db.get_one(Delivery, id)).state == DeliveryState.PENDING


async def test_after_the_stop_of_everything_is_lifted_what_waited_goes_out(database: Database) -> None:
    line = Line()
    (id,) = await a_post(database, [await a_group(database)])
    async with database.write() as db:
        await installation.stop_all(db, None, NOW)
    async with running(database, line):
        await asyncio.sleep(0.3)
        assert line.sent == []
        async with database.write() as db:
            await installation.resume_all(db, NOW)
        assert (await outcome(database, id)).state == DeliveryState.SENT


async def test_an_urgent_post_of_unknown_outcome_is_repeated_once(database: Database) -> None:
    chat = await a_group(database)
    line = Line(failing=[Unknown("no_answer"), Unknown("no_answer")])
    (id,) = await a_post(database, [chat], urgent=True)
    async with running(database, line):
        for _ in range(100):
            row = await outcome(database, id)
            if row.state == DeliveryState.UNKNOWN:
                break
    assert (row.state, row.attempts, line.sent) == (DeliveryState.UNKNOWN, 2, [])


@pytest.mark.parametrize("error", [Refused("refused"), ChatGone("kicked")])
async def test_a_broadcast_of_which_half_fails_pauses_itself(database: Database, error: ChannelError) -> None:
    line, groups = Line(failing=[error] * 25), await many_groups(database, 60)
    await a_post(database, groups)
    async with running(database, line, Pacer(rate=200, burst=1, chat_gap=0)):
        for _ in range(300):
            async with database.read() as db:
                (broadcast,) = (await db.scalars(select(Broadcast))).all()
            if broadcast.state == BroadcastState.PAUSED:
                break
            await asyncio.sleep(0.02)
    assert (broadcast.state, broadcast.reason) == (BroadcastState.PAUSED, "too_many_failures")
    async with database.read() as db:
        states = Counter(await db.scalars(select(Delivery.state)))
    assert states[DeliveryState.FAILED] >= 20
    assert states[DeliveryState.PENDING] >= 20


async def test_a_poorer_form_is_sent_and_says_so(database: Database) -> None:
    line, chat = Line(poorer="plain_text"), await a_group(database)
    id = await queued(database, chat)
    async with running(database, line):
        row = await outcome(database, id)
    assert (row.state, row.reason) == (DeliveryState.SENT, "plain_text")


async def test_the_late_outcome_of_a_send_taken_for_lost_is_the_truth_but_a_new_attempt_is_not_touched(
    database: Database,
) -> None:
    (id,) = await a_post(database, [await a_group(database)])
    async with database.write() as db:
        await db.execute(update(Delivery).values(state=DeliveryState.SENDING, attempts=1))
        assert await queue.take_over(db, Line(), set(), NOW) == 1
    book = Ledger(database, installation.open_for(1), lambda: NOW)
    late = Entry(id, 1, 1, DeliveryState.SENT, ids=("77",))
    await written(book, replace(late, attempt=2))
    async with database.read() as db:
        assert (await db.get_one(Delivery, id)).state == DeliveryState.UNKNOWN
    await written(book, late)
    async with database.read() as db:
        row = await db.get_one(Delivery, id)
    assert (row.state, row.platform_id) == (DeliveryState.SENT, "77")


async def written(book: Ledger, entry: Entry) -> None:
    task = asyncio.ensure_future(book.write(entry))
    await asyncio.sleep(0)
    await book.flush()
    await task


async def test_what_a_process_is_sending_itself_is_not_taken_for_lost(database: Database) -> None:
    ids = await a_post(database, await many_groups(database, 2))
    async with database.write() as db:
        await db.execute(update(Delivery).values(state=DeliveryState.SENDING, attempts=1))
        assert await queue.take_over(db, Line(), {ids[0]}, NOW) == 1


async def test_an_answer_leaves_while_a_thousand_posts_wait(database: Database) -> None:
    line, groups = Line(), await many_groups(database, 1000)
    await a_post(database, groups)
    async with running(database, line, Pacer(rate=29)):
        while len(line.sent) < 10:
            await asyncio.sleep(0.02)
        before = len(line.sent)
        id = await queued(database, groups[-1], "trả lời")
        await outcome(database, id)
    at = [message.text for _, message in line.sent].index("trả lời")
    assert at - before < 15  # half a second at 29 a second


class TwoParts(Line):
    def parts(self, message: Outgoing) -> list[Outgoing]:
        return [replace(message, text=half) for half in message.text.split("|")]


async def test_an_answers_place_in_the_line_is_kept_for_each_of_its_parts(database: Database) -> None:
    line, chat = TwoParts(), await a_group(database)
    async with database.write() as db:
        row = await put(db, await db.get_one(Chat, chat.id), Outgoing("một|hai|ba"), NOW)
    pacer = Pacer(rate=inf, chat_gap=0.05)
    async with running(database, line, pacer):
        row = await outcome(database, row.id)
    assert (row.state, row.platform_id, len(pacer._chats[chat.address])) == (DeliveryState.SENT, "1,2,3", 3)


async def test_posts_wait_for_the_end_of_a_units_quiet_hours_but_urgent_ones_and_answers_do_not(
    database: Database,
) -> None:
    line, groups = Line(), await many_groups(database, 3)
    async with database.write() as db:
        unit = Unit(code="to-1", name="Tổ 1", kind="neighbourhood", quiet_from="00:30", quiet_to="03:00")
        db.add(unit)
        await db.flush()
        await db.execute(update(Chat).values(unit_id=unit.id))
    (post,) = await a_post(database, groups[:1])
    (urgent,) = await a_post(database, groups[1:2], urgent=True)
    async with running(database, line):
        assert (await outcome(database, urgent)).state == DeliveryState.SENT
        assert (await outcome(database, await queued(database, groups[2]))).state == DeliveryState.SENT
        async with database.read() as db:
            row = await db.get_one(Delivery, post)
    assert (row.state, row.reason) == (DeliveryState.PENDING, "quiet_hours")
    assert row.not_before == NOW.replace(hour=3)
    assert len(line.sent) == 2


async def test_what_a_month_grants_ends_with_a_reserve_that_only_answers_may_use(database: Database) -> None:
    line, groups = Line(), await many_groups(database, 6)
    await a_post(database, groups)
    async with database.write() as db:
        await accounts.spend(db, "telegram", 93, NOW)
    async with running(database, line, allowance=Allowance(monthly=100, reserve=5)):
        while len(line.sent) < 2:
            await asyncio.sleep(0.02)
        assert (await outcome(database, await queued(database, groups[0], "trả lời"))).state == DeliveryState.SENT
    async with database.read() as db:
        assert Counter(await db.scalars(select(Delivery.state)))[DeliveryState.PENDING] == 4
        assert await accounts.used(db, "telegram", NOW) == 96


async def test_a_person_who_was_silent_for_longer_than_the_platform_allows_is_not_written_to(
    database: Database,
) -> None:
    week = Abilities(True, 4096, 1024, hears_groups=False, window=timedelta(days=7))
    line = Line(abilities=week)
    async with database.write() as db:
        chat = await chats.known(db, Address("telegram", "55"), ChatKind.PRIVATE, "", NOW)
        chat.heard_at = NOW - timedelta(days=8)
        row = await put(db, chat, Outgoing("trả lời"), NOW)
    async with running(database, line):
        row = await outcome(database, row.id)
    assert (row.state, row.reason, line.sent) == (DeliveryState.FAILED, "window_closed", [])
