"""Groups that no bot reaches: a named person takes one on, gets the post, posts it and says so."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot import forwarders, forwarding, installation
from bot.config import Config, Service
from bot.db import Database
from bot.library import Library
from bot.messages import Picture, from_json, to_json
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatState,
    Correction,
    Delivery,
    DeliveryState,
    EnrolmentCode,
    Role,
    Staff,
    Unit,
)
from bot.posts import outcomes
from bot.posts.approval import correct_at_once
from bot.posts.broadcasts import deliver, pause, stop
from bot.posts.corrections import Wording
from tests.conftest import NOW
from tests.talk import Talk
from tests.test_outbox import a_broadcast

LATER = NOW + timedelta(minutes=20)
WRONG = Wording(wrong="ghi nhầm ngày", right="ngày 27/7", text="Bài đúng")


async def a_code(talk: Talk, title: str) -> str:
    """Staff add a group on Zalo or Facebook; the code for the person who will post there."""
    async with talk.database.write() as db:
        unit = await db.scalar(select(Unit)) or Unit(code="to-1", name="Tổ 1", kind="neighbourhood")
        db.add(unit)
        await db.flush()
        group = await forwarders.add_group(db, title, unit, "", NOW)
        return (await forwarders.make_code(db, group, "Nguyễn Văn Ví Dụ", None, NOW)).code


async def a_group_taken_on(talk: Talk, *titles: str) -> None:
    for title in titles:
        assert title in await talk.say(await a_code(talk, title))


async def a_code_for_another(talk: Talk) -> str:
    async with talk.database.write() as db:
        group = (await db.scalars(select(Chat).where(Chat.channel == "assisted"))).one()
        return (await forwarders.make_code(db, group, "Trần Thị Ví Dụ", None, NOW)).code


async def hand(talk: Talk, library: Library, config: Config, now: datetime = NOW) -> int:
    """What the worker does every two seconds."""
    async with talk.database.write() as db:
        return await forwarding.hand_over(db, library, config, now)


async def handed(talk: Talk, library: Library, config: Config) -> list[Delivery]:
    """A post is published and handed over; the deliveries to the groups."""
    async with talk.database.write() as db:
        await deliver(db, await a_broadcast(db, "**Bài** về chiến dịch"), NOW)
    await hand(talk, library, config)
    return await rows(talk.database)


async def put_right(talk: Talk, library: Library, config: Config, how: Correction) -> None:
    """Staff correct the post; the worker hands on what that means."""
    async with talk.database.write() as db:
        unit = (await db.scalars(select(Unit))).one()
        staff = Staff(login="hoa", name="Hoa", role=Role.APPROVER, unit=unit, password_hash="x", created_at=NOW)
        db.add(staff)
        await db.flush()
        post = (await db.scalars(select(Broadcast))).one()
        await correct_at_once(db, library, config, post, how, WRONG, staff, LATER)
    await hand(talk, library, config, LATER)


async def fates(talk: Talk) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in await rows(talk.database)]


async def rows(database: Database) -> list[Delivery]:
    async with database.read() as db:
        found = await db.scalars(select(Delivery).where(Delivery.channel == "assisted").order_by(Delivery.id))
        return list(found)


async def told(database: Database) -> list[str]:
    """All that went to the person, in order."""
    async with database.read() as db:
        found = await db.scalars(select(Delivery).where(Delivery.channel == "telegram").order_by(Delivery.id))
        return [from_json(row.message).text for row in found if row.message]


async def test_from_the_code_to_what_is_posted(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    assert (row.state, row.reason) == (DeliveryState.SENDING, "with_forwarder")
    post, ask = (await told(talk.database))[-2:]
    assert post == "**Bài** về chiến dịch"
    assert "Zalo Tổ 1" in ask
    assert "12:00 ngày 23/11/2026" in ask
    assert "đã đăng" in await talk.say(press=f"posted:{row.id}")
    (row,) = await rows(talk.database)
    assert (row.state, row.reason) == (DeliveryState.SENT, "posted_by_hand")
    assert "đường dẫn" in await talk.say("https://zalo.me/g/bai-1")
    assert (await rows(talk.database))[0].platform_id == "https://zalo.me/g/bai-1"
    assert [line.split()[1] for line in row.history.splitlines()][-2:] == ["sending", "sent"]
    assert "được ghi là đã đăng" in await talk.say(press=f"posted:{row.id}")
    assert (await rows(talk.database))[0].history == row.history


async def test_the_picture_goes_with_the_post_and_a_link_only_where_everybody_can_read_it(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    public = next(post.id for post in library.posts.values() if post.kind == "hoi-dap")
    open_to_all = replace(config, service=Service(public_url="https://example.org"))
    async with talk.database.write() as db:
        post = await a_broadcast(db, "bài")
        post.post_id = public
        post.message = to_json(replace(from_json(post.message), picture=Picture("a" * 64, "hình")))
        await deliver(db, post, NOW)
        own = await a_broadcast(db, "bài không có trang")
        await deliver(db, own, NOW)
        own.target = "chat:assisted:zalo-to-1"
    await talk.answers()
    await hand(talk, library, open_to_all)
    first, ask, second, ask_again = await talk.answers()
    assert first.picture == Picture("a" * 64, "hình")
    assert not first.choices
    assert not first.bulk
    assert f"https://example.org/tin/{public}" in ask.text
    assert second.text == "bài không có trang"
    assert "http" not in ask_again.text


async def test_who_posts_to_two_groups_gets_the_post_once_and_a_button_for_each(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1", "Facebook phường")
    first, second = await handed(talk, library, config)
    assert (await told(talk.database)).count("**Bài** về chiến dịch") == 1
    assert "2 việc" in await talk.say("đã đăng")
    assert "chưa làm được" in await talk.say(press=f"notposted:{second.id}")
    assert "Zalo Tổ 1" in await talk.say("đã đăng")
    assert await fates(talk) == [("sent", "posted_by_hand"), ("failed", "not_posted_said")]
    assert first.id != second.id


async def test_without_buttons_a_number_says_which_of_two_posts_is_meant(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    await handed(talk, library, config)
    await talk.say("Đã đăng")
    assert await fates(talk) == [("sending", "with_forwarder")] * 2
    assert "được ghi là đã đăng" in await talk.say("1")
    assert await fates(talk) == [("sent", "posted_by_hand"), ("sending", "with_forwarder")]


@pytest.mark.parametrize("id", ["9" * 15, "9" * 40, "x"])
async def test_a_press_that_means_no_post_of_his_changes_nothing(
    talk: Talk, library: Library, config: Config, id: str
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    assert "không còn ở phần việc của bác" in await talk.say(press=f"posted:{row.id}", chat="4711")
    await talk.say(press=f"posted:{id}")
    assert await fates(talk) == [("sending", "with_forwarder")]


async def test_a_code_is_used_once_in_private_and_a_new_one_takes_its_place(talk: Talk) -> None:
    code = await a_code(talk, "Zalo Tổ 1")
    await talk.say(code, chat="-9")
    newer = await a_code_for_another(talk)
    assert "Zalo Tổ 1" not in await talk.say(code)
    assert "Zalo Tổ 1" in await talk.say(f"/start {newer}", start=newer)
    assert "Zalo Tổ 1" not in await talk.say(newer, chat="4711")
    async with talk.database.read() as db:
        group = (await db.scalars(select(Chat).where(Chat.channel == "assisted"))).one()
        person = await db.get_one(Chat, group.forwarder_id)
        assert (person.address, group.state) == ("telegram:77", ChatState.ACTIVE)


async def test_a_code_of_long_ago_is_none(talk: Talk) -> None:
    code = await a_code(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        (await db.get_one(EnrolmentCode, code)).expires_at = NOW - timedelta(hours=1)
    assert "Zalo Tổ 1" not in await talk.say(code)


async def test_handed_to_somebody_else_the_post_in_hand_goes_to_him(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    answer = await talk.say(await a_code_for_another(talk), chat="4711")
    assert "có người khác đăng giúp" in answer
    assert "Cảm ơn bác đã nhận" in answer
    assert await fates(talk) == [("pending", "other_forwarder")]
    await hand(talk, library, config)
    assert "không còn ở phần việc" in await talk.say(press=f"posted:{row.id}")
    assert "được ghi là đã đăng" in await talk.say(press=f"posted:{row.id}", chat="4711")


async def reminded(talk: Talk, library: Library, config: Config, hours: float) -> tuple[str, list[str]]:
    """What the worker does every minute: the reason of the first delivery, and what was said."""
    await talk.answers()
    async with talk.database.write() as db:
        await forwarding.remind_and_close(db, library, config, NOW + timedelta(hours=hours))
    return (await fates(talk))[0][1], [message.text for message in await talk.answers()]


async def test_one_reminder_by_day_and_failed_at_the_deadline(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    assert await reminded(talk, library, config, 1) == ("with_forwarder", [])
    reason, (reminder,) = await reminded(talk, library, config, 2.1)
    assert reason == "reminded"
    assert "đăng vào «Zalo Tổ 1»" in reminder
    assert await reminded(talk, library, config, 3) == ("reminded", [])
    assert await reminded(talk, library, config, 4.1) == ("not_posted", [])
    assert await fates(talk) == [("failed", "not_posted")]
    assert "không cần làm nữa" in await talk.say(press=f"posted:{row.id}")
    assert await fates(talk) == [("failed", "not_posted")]


@pytest.mark.parametrize("hour", [14, 15, 23])  # 21:00, 22:00 and 6:00 in Hải Phòng
async def test_at_night_nobody_is_reminded(talk: Talk, library: Library, config: Config, hour: int) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    night = NOW.replace(hour=hour)
    async with talk.database.write() as db:
        row = (await db.scalars(select(Delivery).where(Delivery.channel == "assisted"))).one()
        row.latest_at = night + timedelta(hours=2)
        assert await forwarding.remind_and_close(db, library, config, night) == 0


async def test_of_a_paused_post_nobody_is_reminded(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    async with talk.database.write() as db:
        pause((await db.scalars(select(Broadcast))).one(), "by_staff")
    assert await reminded(talk, library, config, 2.1) == ("with_forwarder", [])


@pytest.mark.parametrize("words", ["thôi đăng", "ngừng nhận tin"])
async def test_a_group_nobody_has_taken_on_gets_nothing_and_one_that_was_given_up_says_so(
    talk: Talk, library: Library, config: Config, words: str
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    async with talk.database.write() as db:
        await deliver(db, await a_broadcast(db, "bài hai"), NOW)
    assert "không nhờ bác" in await talk.say(words)
    assert await fates(talk) == [("failed", "no_forwarder"), ("pending", "")]
    await hand(talk, library, config)
    async with talk.database.write() as db:
        assert await db.scalar(select(Chat.state).where(Chat.channel == "assisted")) == ChatState.WAITING
        await deliver(db, await a_broadcast(db, "bài sau"), NOW)
    assert await fates(talk) == [("failed", "no_forwarder")] * 2


async def test_who_cannot_be_written_to_is_no_forwarder(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        person = (await db.scalars(select(Chat).where(Chat.channel == "telegram"))).one()
        person.state = ChatState.GONE
    await handed(talk, library, config)
    assert await fates(talk) == [("failed", "no_forwarder")]
    async with talk.database.write() as db:
        (await db.scalars(select(Chat).where(Chat.channel == "telegram"))).one().state = ChatState.ACTIVE
        await outcomes.resend_failed(db, library, (await db.scalars(select(Broadcast))).one(), NOW)
    await hand(talk, library, config)
    assert await fates(talk) == [("sending", "with_forwarder")]


async def test_a_stopped_broadcast_is_taken_out_of_peoples_hands(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1", "Facebook phường")
    await handed(talk, library, config)
    async with talk.database.write() as db:
        broadcast = (await db.scalars(select(Broadcast))).one()
        await stop(db, broadcast, NOW)
        assert await forwarding.called_off(db, broadcast, library, NOW) == 2
    assert await fates(talk) == [("cancelled", "stopped")] * 2
    assert "đừng đăng bài này vào «Zalo Tổ 1», «Facebook phường»" in (await told(talk.database))[-1]
    assert await hand(talk, library, config) == 0


async def test_what_is_posted_is_edited_by_hand_too(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    await talk.say(press=f"posted:{row.id}")
    await put_right(talk, library, config, Correction.EDIT)
    post, ask = (await told(talk.database))[-2:]
    assert post == "Bài đúng"
    assert "sửa bài đã đăng" in ask
    assert "ghi là đã sửa" in await talk.say("đã sửa")
    assert await fates(talk) == [("sent", "posted_by_hand")] * 2


async def test_of_a_withdrawn_post_nobody_is_reminded_to_post_it(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    (row,) = await handed(talk, library, config)
    await talk.say(press=f"posted:{row.id}")
    await put_right(talk, library, config, Correction.DELETE)
    assert "gỡ bài đó" in (await told(talk.database))[-1]
    _, (reminder,) = await reminded(talk, library, config, 12.5)
    assert "gỡ khỏi «Zalo Tổ 1»" in reminder
    assert "đã gỡ khỏi" in await talk.say("đã gỡ")


@pytest.mark.parametrize("how", [Correction.DELETE, Correction.ERRATUM])
async def test_a_wrong_post_still_in_hand_is_called_off(
    talk: Talk, library: Library, config: Config, how: Correction
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    await put_right(talk, library, config, how)
    assert "đừng đăng" in (await told(talk.database))[-1]
    assert await fates(talk) == [("cancelled", "corrected"), ("cancelled", "nothing_to_correct")]


async def test_in_place_of_a_wrong_post_still_in_hand_comes_the_right_one(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    await handed(talk, library, config)
    await put_right(talk, library, config, Correction.EDIT)
    called_off, post, ask = (await told(talk.database))[-3:]
    assert "đừng đăng" in called_off
    assert post == "Bài đúng"
    assert "Nhờ bác đăng bài ở trên" in ask
    assert await fates(talk) == [("cancelled", "corrected"), ("sending", "with_forwarder")]


async def test_in_a_units_quiet_hours_only_urgent_posts_are_handed_over(
    talk: Talk, library: Library, config: Config
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        unit = (await db.scalars(select(Unit))).one()
        unit.quiet_from, unit.quiet_to = "07:00", "09:00"  # it is eight in Hải Phòng
        await deliver(db, await a_broadcast(db, "bài"), NOW)
        urgent = await a_broadcast(db, "khẩn")
        urgent.urgent = True
        await deliver(db, urgent, NOW)
    await hand(talk, library, config)
    assert await fates(talk) == [("pending", "quiet_hours"), ("sending", "with_forwarder")]
    async with talk.database.read() as db:
        assert not await forwarding.waiting(db, NOW)
    await hand(talk, library, config, NOW + timedelta(hours=1))
    assert (await fates(talk))[0] == ("sending", "with_forwarder")


@pytest.mark.parametrize("sealed", [True, False])
async def test_nothing_is_handed_over_while_everything_is_stopped(
    talk: Talk, library: Library, config: Config, sealed: bool
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        if sealed:
            (await installation.the_one(db)).sealed_at = NOW
        else:
            await installation.stop_all(db, None, NOW)
    assert [row.state for row in await handed(talk, library, config)] == [DeliveryState.PENDING]


@pytest.mark.parametrize("state", [BroadcastState.PAUSED, BroadcastState.PLANNED])
async def test_only_what_is_going_out_is_handed_over(
    talk: Talk, library: Library, config: Config, state: BroadcastState
) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1")
    async with talk.database.write() as db:
        broadcast = await a_broadcast(db, "bài")
        await deliver(db, broadcast, NOW)
        broadcast.state = state
    assert await hand(talk, library, config) == 0


async def test_by_hand_is_counted_apart(talk: Talk, library: Library, config: Config) -> None:
    await a_group_taken_on(talk, "Zalo Tổ 1", "Facebook phường")
    first, _ = await handed(talk, library, config)
    await talk.say(press=f"posted:{first.id}")
    async with talk.database.read() as db:
        counted = await forwarding.counts_by_hand(db, first.broadcast_id or 0)
    assert counted == {"pending": 0, "sending": 1, "sent": 1, "unknown": 0, "failed": 0, "cancelled": 0}
