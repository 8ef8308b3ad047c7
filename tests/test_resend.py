"""What staff do with a broadcast that is out: paused and gone on, resent to the failed only, the unknown settled."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.errors import Misuse
from bot.library import Library
from bot.models import ArchivedDelivery, AuditEntry, Broadcast, BroadcastState, Chat, Delivery, DeliveryState
from bot.posts import broadcasts, outcomes
from bot.posts.outcomes import Tally, resend_failed, settle, settle_all
from tests.conftest import NOW
from tests.mailing import fates, out, somebody

LATER = NOW + timedelta(hours=6)


async def test_only_what_failed_in_chats_that_can_be_reached_is_sent_again(
    database: Database, library: Library
) -> None:
    id = await out(
        database,
        ("failed", "refused", "active"),
        ("failed", "kicked", "gone"),
        ("failed", "muted", "muted"),
        ("failed", "too_late", "stopped"),
        ("sent", "", "active"),
        ("unknown", "no_answer", "active"),
        ("cancelled", "stopped", "active"),
        ("failed", "too_late", "active"),
    )
    async with database.write() as db:
        post = await db.get_one(Broadcast, id)
        beforehand = await outcomes.failed(db, post)
        assert await resend_failed(db, library, post, LATER) == 2
        assert db.info["wake"] == {"telegram", "zalo_bot"}
    assert beforehand.can == 2
    assert {tally.state for tally in beforehand.cannot} == {"gone", "muted", "stopped"}
    assert await fates(database, id) == [
        ("pending", "resent"),
        ("failed", "kicked"),
        ("failed", "muted"),
        ("failed", "too_late"),
        ("sent", ""),
        ("unknown", "no_answer"),
        ("cancelled", "stopped"),
        ("pending", "resent"),
    ]
    async with database.read() as db:
        again = (await db.scalars(select(Delivery).where(Delivery.state == "pending").order_by(Delivery.id))).first()
    assert again is not None
    assert (again.attempts, again.latest_at) == (1, LATER + broadcasts.LATENESS)
    assert again.history.splitlines() == ["2026-11-23T01:00:00Z pending", "2026-11-23T07:00:00Z pending resent"]


@pytest.mark.parametrize("state", [BroadcastState.STOPPED, BroadcastState.PAUSED, BroadcastState.PLANNED])
async def test_a_post_that_is_not_going_out_is_not_sent_again(
    database: Database, library: Library, state: BroadcastState
) -> None:
    id = await out(database, ("failed", "refused", "active"))
    async with database.write() as db:
        post = await db.get_one(Broadcast, id)
        post.state = state
        with pytest.raises(Misuse):
            await resend_failed(db, library, post, LATER)
    assert await fates(database, id) == [("failed", "refused")]


async def test_a_paused_post_that_goes_on_is_not_too_late_for_having_rested(database: Database) -> None:
    id = await out(database, ("pending", "", "active"), ("sent", "", "active"))
    async with database.write() as db:
        broadcasts.pause(await db.get_one(Broadcast, id), "by_staff")
    async with database.write() as db:
        post = await db.get_one(Broadcast, id)
        assert (post.state, post.reason) == (BroadcastState.PAUSED, "by_staff")
        await broadcasts.go_on(db, post, LATER)
        assert db.info["wake"] == {"telegram"}
    async with database.read() as db:
        assert (await db.get_one(Broadcast, id)).reason == ""
        row = (await db.scalars(select(Delivery).where(Delivery.state == DeliveryState.PENDING))).one()
    assert row.latest_at > LATER


async def test_a_paused_post_can_be_stopped_for_good(database: Database) -> None:
    id = await out(database, ("pending", "", "active"), ("sent", "", "active"), ("failed", "kicked", "gone"))
    async with database.write() as db:
        post = await db.get_one(Broadcast, id)
        broadcasts.pause(post, "too_many_failures")
        assert await broadcasts.stop(db, post, LATER) == 1
    assert await fates(database, id) == [("cancelled", "stopped"), ("sent", ""), ("failed", "kicked")]
    async with database.read() as db:
        row = (await db.scalars(select(Delivery).where(Delivery.state == DeliveryState.CANCELLED))).one()
    assert row.history.endswith("2026-11-23T07:00:00Z cancelled stopped\n")


async def test_staff_who_looked_settle_what_was_unknown_once_and_it_is_audited(
    database: Database, library: Library
) -> None:
    hoa = await somebody(database)
    id = await out(database, ("unknown", "no_answer", "active"), ("unknown", "server_error", "active"))
    async with database.write() as db:
        one, other = (await db.scalars(select(Delivery).order_by(Delivery.id))).all()
        await settle(db, library, one, True, hoa, LATER)
        await settle(db, library, other, False, hoa, LATER)
        with pytest.raises(Misuse):
            await settle(db, library, one, False, hoa, LATER)
    assert await fates(database, id) == [("sent", "settled_arrived"), ("failed", "settled_not_arrived")]
    async with database.write() as db:
        assert await resend_failed(db, library, await db.get_one(Broadcast, id), LATER) == 1
        noted = (await db.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(row.subject, row.detail) for row in noted] == [
        (f"broadcast:{id}", {"delivery": one.id, "arrived": True}),
        (f"broadcast:{id}", {"delivery": other.id, "arrived": False}),
    ]


async def test_all_that_is_unknown_of_one_broadcast_is_settled_at_once_and_no_other(database: Database) -> None:
    hoa = await somebody(database)
    id = await out(database, ("unknown", "no_answer", "active"), ("sent", "", "active"))
    other = await out(database, ("unknown", "no_answer", "active"), ("sent", "", "active"))
    async with database.write() as db:
        assert await settle_all(db, await db.get_one(Broadcast, id), True, hoa, LATER) == 1
    assert await fates(database, id) == [("sent", "settled_arrived"), ("sent", "")]
    assert await fates(database, other) == [("unknown", "no_answer"), ("sent", "")]


async def test_outcomes_of_long_ago_are_counted_and_shown_with_the_rest(database: Database) -> None:
    id = await out(database, ("failed", "kicked", "gone"), ("sent", "plain_text", "active"), ("sent", "", "active"))
    async with database.write() as db:
        old = (await db.scalars(select(Delivery).where(Delivery.reason == "kicked"))).one()
        kept = {name: getattr(old, name) for name in ("id", "broadcast_id", "chat_id", "channel", "state", "reason")}
        db.add(ArchivedDelivery(**kept, platform_id="", created_at=NOW, changed_at=NOW))
        await db.delete(old)
    async with database.read() as db:
        post = await db.get_one(Broadcast, id)
        numbers = (await broadcasts.counts(db, [id]))[id]
        told = await outcomes.tallies(db, post)
        rows = await outcomes.outcomes(db, post)
        failed = await outcomes.outcomes(db, post, state="failed")
        poorer = await outcomes.outcomes(db, post, state="sent", reason="plain_text")
        second = await outcomes.outcomes(db, post, Chat.channel == "telegram", skip=1, limit=1)
    assert (numbers["sent"], numbers["failed"], numbers["pending"]) == (2, 1, 0)
    assert told == [Tally("failed", "kicked", 1), Tally("sent", "", 1), Tally("sent", "plain_text", 1)]
    assert [(row.title, row.state, bool(row.history)) for row in rows] == [
        ("Nhóm 1", "failed", False),
        ("Nhóm 2", "sent", True),
        ("Nhóm 3", "sent", True),
    ]
    assert ([row.title for row in failed], [row.title for row in poorer]) == (["Nhóm 1"], ["Nhóm 2"])
    assert [row.title for row in second] == ["Nhóm 3"]
