"""Groups that no bot reaches: a named person takes one on, gets the post, posts it and says so."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import forwarding, installation
from bot.db import Database
from bot.library import Library
from bot.messages import from_json
from bot.models import Broadcast, Chat, ChatState, Delivery, DeliveryState, Unit
from bot.posts.broadcasts import deliver, stop
from tests.conftest import NOW
from tests.talk import Talk
from tests.test_outbox import a_broadcast

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


async def a_group_taken_on(talk: Talk, *titles: str) -> None:
    """Groups on Zalo and Facebook whose posts the person of the talk puts there."""
    for title in titles:
        async with talk.database.write() as db:
            unit = await db.scalar(select(Unit)) or Unit(code="to-1", name="Tổ 1", kind="neighbourhood")
            db.add(unit)
            await db.flush()
            group = await forwarding.add_group(db, title, unit, "", NOW)
            code = (await forwarding.make_code(db, group, "Nguyễn Văn Ví Dụ", None, NOW)).code
        assert title in await talk.say(code)


async def handed(talk: Talk, library: Library) -> list[Delivery]:
    """A post is published and handed over; the deliveries to the groups."""
    async with talk.database.write() as db:
        broadcast = await a_broadcast(db, "**Bài** về chiến dịch")
        await deliver(db, broadcast, NOW)
        await forwarding.hand_over(db, library.texts, "https://example.org", ZONE, NOW)
    return await rows(talk.database)


async def rows(database: Database) -> list[Delivery]:
    async with database.read() as db:
        found = await db.scalars(select(Delivery).where(Delivery.channel == "assisted").order_by(Delivery.id))
        return list(found)


async def told(database: Database) -> list[str]:
    """All that went to the person, in order."""
    async with database.read() as db:
        found = await db.scalars(select(Delivery).where(Delivery.channel == "telegram").order_by(Delivery.id))
        return [from_json(row.message).text for row in found if row.message]


async def test_from_the_code_to_what_is_posted(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library)
    assert (row.state, row.reason) == (DeliveryState.SENDING, "with_forwarder")
    post, ask = (await told(talk.database))[-2:]
    assert post == "**Bài** về chiến dịch"
    assert "Zalo Tổ 1" in ask
    assert "https://example.org/hoi-dap/x" in ask
    assert "12:00 ngày 23/11/2026" in ask
    assert "đã đăng" in await talk.say(press=f"posted:{row.id}")
    (row,) = await rows(talk.database)
    assert (row.state, row.reason) == (DeliveryState.SENT, "posted_by_hand")
    assert "đường dẫn" in await talk.say("https://zalo.me/g/bai-1")
    assert (await rows(talk.database))[0].platform_id == "https://zalo.me/g/bai-1"
    assert [line.split()[1] for line in row.history.splitlines()][-2:] == ["sending", "sent"]


async def test_who_posts_to_two_groups_gets_the_post_once_and_a_button_for_each(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1", "Facebook phường")
    first, second = await handed(talk, library)
    assert (await told(talk.database)).count("**Bài** về chiến dịch") == 1
    assert "2 nhóm" in await talk.say("đã đăng")
    assert "chưa đăng được" in await talk.say(press=f"notposted:{second.id}")
    assert "Zalo Tổ 1" in await talk.say("đã đăng")
    assert [row.reason for row in await rows(talk.database)] == ["posted_by_hand", "not_posted_said"]
    assert first.id != second.id


async def test_somebody_else_cannot_close_it_and_a_code_is_used_once(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library)
    assert "không còn ở phần việc của bác" in await talk.say(press=f"posted:{row.id}", chat="4711")
    assert (await rows(talk.database))[0].state == DeliveryState.SENDING


async def test_one_reminder_by_day_and_failed_at_the_deadline(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library)

    async def tick(hours: float) -> str:
        async with talk.database.write() as db:
            await forwarding.remind_and_close(db, library.texts, ZONE, NOW + timedelta(hours=hours))
        return (await rows(talk.database))[0].reason

    assert await tick(1) == "with_forwarder"
    assert await tick(2.1) == "reminded"
    before = len(await told(talk.database))
    assert await tick(3) == "reminded"
    assert len(await told(talk.database)) == before
    assert await tick(4.1) == "not_posted"
    assert (await rows(talk.database))[0].state == DeliveryState.FAILED
    late = (await rows(talk.database))[0]
    assert "không cần đăng nữa" in await talk.say(press=f"posted:{late.id}")


async def test_at_night_nobody_is_reminded(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library)
    night = NOW.replace(hour=15)  # 22:00 in Hải Phòng
    async with talk.database.write() as db:
        row = (await db.scalars(select(Delivery).where(Delivery.channel == "assisted"))).one()
        row.latest_at = night + timedelta(hours=2)
        assert await forwarding.remind_and_close(db, library.texts, ZONE, night) == 0


async def test_a_group_that_nobody_has_taken_on_gets_nothing_and_one_that_was_given_up_says_so(
    talk: Talk, library: Library
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        broadcast = await a_broadcast(db, "bài")
        await deliver(db, broadcast, NOW)
    assert "không nhờ bác" in await talk.say("thôi đăng")
    async with talk.database.write() as db:
        await forwarding.hand_over(db, library.texts, "", ZONE, NOW)
        assert await db.scalar(select(Chat.state).where(Chat.channel == "assisted")) == ChatState.WAITING
        await deliver(db, await a_broadcast(db, "bài sau"), NOW)
    (row,) = await rows(talk.database)
    assert (row.state, row.reason) == (DeliveryState.FAILED, "no_forwarder")


async def test_a_stopped_broadcast_is_taken_out_of_peoples_hands(talk: Talk, library: Library) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library)
    async with talk.database.write() as db:
        broadcast = await db.get_one(Broadcast, row.broadcast_id)
        await stop(db, broadcast, NOW)
        assert await forwarding.called_off(db, broadcast, library.texts, NOW) == 1
    assert (await rows(talk.database))[0].state == DeliveryState.CANCELLED
    assert "đừng đăng" in (await told(talk.database))[-1]


@pytest.mark.parametrize("sealed", [True, False])
async def test_nothing_is_handed_over_while_everything_is_stopped(talk: Talk, library: Library, sealed: bool) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        if sealed:
            (await installation.the_one(db)).sealed_at = NOW
        else:
            await installation.stop_all(db, None, NOW)
        await deliver(db, await a_broadcast(db, "bài"), NOW)
        assert await forwarding.hand_over(db, library.texts, "", ZONE, NOW) == 0
