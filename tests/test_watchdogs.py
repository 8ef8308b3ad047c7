"""Watchdogs: each trouble is told once, is over by itself, and is told anew when it comes back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts, chats
from bot.channels.health import telegram_health, zalo_health
from bot.channels.telegram import Telegram
from bot.channels.zalo_bot import ZaloBot
from bot.config import Config, TelegramSettings, ZaloBotSettings
from bot.db import Database
from bot.errors import AccountDown, ChannelError, NotSent
from bot.installation import the_one
from bot.library import Library
from bot.messages import Address, Outgoing, to_json
from bot.models import (
    Account,
    AccountState,
    Broadcast,
    Chat,
    ChatKind,
    ChatState,
    Delivery,
    Planned,
    Quota,
    Unit,
    Update,
)
from bot.notices import notice, open_notices
from scheduler.watchdogs import MARK, look_at_accounts, watch
from tests.conftest import NOW
from tests.standins.port import Shelf
from tests.standins.telegram import TelegramStandin
from tests.standins.zalo_bot import ZaloBotStandin
from tests.talk import Line

MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=30)
Trouble = Callable[[AsyncSession], Awaitable[None]]


async def a_group(db: AsyncSession, channel: str = "telegram", id: str = "-1") -> Chat:
    chat = await chats.known(db, Address(channel, id), ChatKind.GROUP, "Nhóm", NOW)
    chats.set_state(chat, ChatState.ACTIVE, "", NOW)
    return chat


async def a_post(db: AsyncSession, *, late: bool = False, **values: Any) -> Broadcast:
    post = Broadcast(post_id="x", title="Bài", message=to_json(Outgoing("chữ")), target="all", state="published")
    post.due_at = post.created_at = NOW - timedelta(hours=5)
    post.latest_at = NOW + timedelta(hours=-1 if late else 1)
    for key, value in values.items():
        setattr(post, key, value)
    db.add(post)
    await db.flush()
    return post


async def a_row(db: AsyncSession, post: Broadcast | None, chat: Chat, state: str, since: datetime) -> Delivery:
    row = Delivery(broadcast_id=post.id if post else None, chat_id=chat.id, channel=chat.channel, state=state)
    row.latest_at, row.created_at, row.changed_at = post.latest_at if post else NOW + timedelta(days=1), since, since
    db.add(row)
    await db.flush()
    return row


async def an_account(db: AsyncSession, name: str = "telegram", **values: Any) -> Account:
    account = await accounts.known(db, name, None, LONG_AGO)
    for key, value in values.items():
        setattr(account, key, value)
    await db.flush()
    return account


async def missed(db: AsyncSession) -> None:
    await a_post(db, state="missed", late=True)


async def unpublished(db: AsyncSession) -> None:
    await a_post(db, state="planned")


async def half_late(db: AsyncSession) -> None:
    await a_row(db, await a_post(db, late=True), await a_group(db), "pending", NOW - MINUTE)


async def half_stuck(db: AsyncSession) -> None:
    await a_row(db, await a_post(db), await a_group(db), "pending", NOW - 16 * MINUTE)


async def paused(db: AsyncSession) -> None:
    await a_post(db, state="paused", reason="too_many_failures")


async def account_paused(db: AsyncSession) -> None:
    await an_account(db, created_at=NOW, state=AccountState.PAUSED, reason="too_many_failures")


async def account_down(db: AsyncSession) -> None:
    await an_account(db, created_at=NOW, state=AccountState.DOWN, reason="bad_token")


async def sending(db: AsyncSession) -> None:
    await a_row(db, None, await a_group(db), "sending", NOW - 6 * MINUTE)


async def inbox(db: AsyncSession) -> None:
    db.add(Update(channel="telegram", key="1", body="{}", received_at=NOW - 2 * MINUTE, state="waiting"))
    await db.flush()


async def silent(db: AsyncSession) -> None:
    await no_posts_for_two_days(db)
    await a_post(db)


async def no_posts_for_two_days(db: AsyncSession) -> None:
    await an_account(db, heard_at=NOW - timedelta(hours=49))
    await a_group(db)
    db.add(Update(channel="web", key="1", body="{}", received_at=NOW, state="done"))
    await db.flush()


async def nothing(db: AsyncSession) -> None:
    await an_account(db)
    db.add(Update(channel="telegram", key="1", body="{}", received_at=NOW - timedelta(hours=26), state="done"))
    await a_row(db, None, await a_group(db, "zalo_bot"), "sent", NOW)  # of no account of ours
    await a_row(db, None, await a_group(db), "sent", NOW - timedelta(hours=26))
    await an_account(db, heard_at=NOW)  # else it is silent as well


async def unknown(db: AsyncSession) -> None:
    await a_row(db, None, await a_group(db), "unknown", NOW - 61 * MINUTE)


async def quota(db: AsyncSession) -> None:
    await an_account(db, "zalo_bot")
    db.add(Quota(account="zalo_bot", month="2026-11", used=2701))
    db.add(Update(channel="web", key="1", body="{}", received_at=NOW, state="done"))
    await db.flush()


async def stopped(db: AsyncSession) -> None:
    (await the_one(db)).stopped_at = NOW - 61 * MINUTE
    await db.flush()


async def sealed(db: AsyncSession) -> None:
    one = await the_one(db)
    one.sealed_at, one.sealed_reason = NOW, "copied"
    await db.flush()


async def plan(db: AsyncSession) -> None:
    db.add(Planned(name="schedule", until=NOW - 11 * MINUTE, used=""))
    await db.flush()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (missed, "đã lỡ giờ"),
        (unpublished, "tới giờ mà chưa bắt đầu gửi"),
        (half_late, "quá thời hạn mà còn 1 tin"),
        (half_stuck, "đứng lại"),
        (paused, "tự tạm dừng"),
        (account_paused, "đang tạm dừng, không gửi tin. Quá nhiều tin"),
        (account_down, "Nền tảng từ chối tài khoản telegram. Mã (token)"),
        (sending, "1 tin gửi dở"),
        (inbox, "1 tin của bà con đã chờ"),
        (silent, "telegram im lặng từ 48 giờ"),
        (nothing, "Từ 25 giờ nay không có gì xảy ra"),
        (unknown, "1 tin chưa rõ"),
        (quota, "đã dùng 2701 trên 3000 tin"),
        (stopped, "DỪNG TẤT CẢ"),
        (sealed, "bản sao"),
        (plan, "Lịch gửi không được xem đến"),
    ],
)
async def test_a_trouble_is_told_once_though_it_lasts(
    database: Database, library: Library, config: Config, trouble: Trouble, words: str
) -> None:
    async with database.write() as db:
        assert await watch(db, library, config, NOW) == []
        await trouble(db)
        told = await watch(db, library, config, NOW)
        assert len(told) == 1
        assert words in told[0]
        assert [one.sentence for one in await open_notices(db)] == told
        assert await watch(db, library, config, NOW + timedelta(seconds=1)) == []
        assert (await db.get_one(Planned, MARK)).until == NOW + timedelta(seconds=1)


async def test_what_is_over_is_settled_by_itself_and_told_anew_when_it_comes_back(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await account_paused(db)
        assert len(await watch(db, library, config, NOW)) == 1
        await an_account(db, state=AccountState.ACTIVE)
        assert await watch(db, library, config, NOW) == []
        assert await open_notices(db) == []
        await an_account(db, state=AccountState.PAUSED)
        assert len(await watch(db, library, config, NOW + 61 * MINUTE)) == 1
        assert len(await open_notices(db)) == 1


async def test_what_comes_and_goes_is_on_the_page_each_time_and_on_the_phones_once(
    database: Database, library: Library, config: Config
) -> None:
    told = 0
    async with database.write() as db:
        for minute in range(10):
            await an_account(db, created_at=NOW, state=AccountState.DOWN if minute % 2 else AccountState.ACTIVE)
            told += len(await watch(db, library, config, NOW + minute * MINUTE))
            assert len(await open_notices(db)) == minute % 2
        assert told == 1
        assert await watch(db, library, config, NOW + 30 * MINUTE) == []
        assert len(await watch(db, library, config, NOW + 62 * MINUTE)) == 1, "what then lasts is told after an hour"
        assert await watch(db, library, config, NOW + 124 * MINUTE) == []


async def test_what_the_schedule_has_put_on_the_page_still_reaches_the_phones(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await a_post(db, state="missed", late=True, occurrence="x@2026-11-23T03:00")
        await notice(db, "missed:x@2026-11-23T03:00", "Đã lỡ.", NOW)
        assert len(await watch(db, library, config, NOW)) == 1
        assert len(await open_notices(db)) == 1


async def test_what_a_person_has_settled_is_not_told_again_while_it_lasts(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await account_paused(db)
        await watch(db, library, config, NOW)
        for one in await open_notices(db):
            one.settled_at = NOW
        assert await watch(db, library, config, NOW + MINUTE) == []
        assert await open_notices(db) == []


async def test_a_missed_moment_stays_on_the_page_until_a_person_has_seen_it(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await missed(db)
        await watch(db, library, config, NOW)
        await watch(db, library, config, NOW + timedelta(days=2))
        assert len(await open_notices(db)) == 1


async def quiet_hours(db: AsyncSession) -> None:
    row = await a_row(db, await a_post(db, late=True), await a_group(db), "pending", NOW - timedelta(hours=3))
    row.not_before, row.reason = NOW + timedelta(hours=3), "quiet_hours"


async def just_after_quiet_hours(db: AsyncSession) -> None:
    row = await a_row(db, await a_post(db), await a_group(db), "pending", NOW - timedelta(hours=3))
    row.not_before, row.reason = NOW - MINUTE, "quiet_hours"


async def on_its_way(db: AsyncSession) -> None:
    post = await a_post(db)
    await a_row(db, post, await a_group(db), "pending", NOW - timedelta(hours=3))
    await a_row(db, post, await a_group(db, id="-2"), "sent", NOW - MINUTE)


async def a_stopped_unit(db: AsyncSession) -> None:
    unit = Unit(kind="ward", code="phuong", name="Phường", stopped_at=NOW)
    db.add(unit)
    await db.flush()
    group = await a_group(db)
    group.unit_id = unit.id
    await a_row(db, await a_post(db), group, "pending", NOW - timedelta(hours=3))


async def posted_by_hand(db: AsyncSession) -> None:
    await a_row(db, await a_post(db), await a_group(db, "assisted"), "sending", NOW - timedelta(hours=3))


async def a_young_installation(db: AsyncSession) -> None:
    await accounts.known(db, "telegram", None, NOW - timedelta(hours=24))
    await a_group(db)


async def an_account_without_groups(db: AsyncSession) -> None:
    await an_account(db)
    db.add(Update(channel="web", key="1", body="{}", received_at=NOW, state="done"))


async def something_was_sent(db: AsyncSession) -> None:
    await an_account(db, sent_at=NOW - timedelta(hours=24))
    await a_row(db, None, await a_group(db), "sent", NOW - timedelta(hours=24))


@pytest.mark.parametrize(
    "calm",
    [
        quiet_hours,
        just_after_quiet_hours,
        on_its_way,
        a_stopped_unit,
        posted_by_hand,
        a_young_installation,
        an_account_without_groups,
        no_posts_for_two_days,
        something_was_sent,
    ],
)
async def test_what_is_as_it_should_be_is_not_told(
    database: Database, library: Library, config: Config, calm: Trouble
) -> None:
    async with database.write() as db:
        await calm(db)
        assert await watch(db, library, config, NOW) == []


# Webhooks


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"url": "https://a/hook", "pending_update_count": 0}, ""),
        ({"url": "", "pending_update_count": 0}, "hook_gone"),
        ({"url": "https://b/hook"}, "hook_gone"),
        ({"url": "https://a/hook", "pending_update_count": 3, "last_error_date": NOW.timestamp() - 60}, "hook_failing"),
        ({"url": "https://a/hook", "pending_update_count": 0, "last_error_date": NOW.timestamp() - 60}, ""),
        ({"url": "https://a/hook", "pending_update_count": 3, "last_error_date": NOW.timestamp() - 1000}, ""),
        ({"url": "https://a/hook", "pending_update_count": 101}, "hook_behind"),
        ({"url": "https://a/hook", "pending_update_count": "?", "last_error_date": "?"}, ""),
        ("?", "hook_gone"),
    ],
)
def test_what_telegram_says_of_our_webhook(info: object, reason: str) -> None:
    assert telegram_health(info, "https://a/hook", NOW) == reason


@pytest.mark.parametrize(
    ("info", "reason"),
    [({"url": "https://a/hook"}, ""), ({"url": ""}, "hook_gone"), (None, "hook_gone"), ("?", "hook_gone")],
)
def test_what_zalo_says_of_our_webhook(info: object, reason: str) -> None:
    assert zalo_health(info, "https://a/hook") == reason


async def test_the_adapters_ask_their_platforms_when_they_receive_by_webhook() -> None:
    async with TelegramStandin() as server, ZaloBotStandin() as zalo:
        hooked = TelegramSettings(token=server.token, api=server.url, mode="webhook", webhook_secret="s")
        one = Telegram(hooked, Shelf(), public_url="https://example.org")
        settings = ZaloBotSettings(token=zalo.token, api=zalo.url, mode="webhook", webhook_secret="s")
        two = ZaloBot(settings, Shelf(), public_url="https://example.org")
        assert [await one.health(NOW), await two.health(NOW)] == ["hook_gone", "hook_gone"]
        zalo.broken["getWebhookInfo"] = (404, "Not Found")
        assert await two.health(NOW) == "hook_gone"
        zalo.broken.clear()
        server.webhook_url = "https://example.org/webhooks/telegram"
        zalo.webhook_url = "https://example.org/webhooks/zalo_bot"
        assert [await one.health(NOW), await two.health(NOW)] == ["", ""]
        assert await Telegram(hooked, Shelf()).health(NOW) == "hook_not_set"
        assert await ZaloBot(settings, Shelf()).health(NOW) == "hook_not_set"
        assert await Telegram(replace(hooked, mode="polling"), Shelf()).health(NOW) == ""
        assert await ZaloBot(replace(settings, mode="polling"), Shelf()).health(NOW) == ""
        await one.close()
        await two.close()


@dataclass
class Hooked(Line):
    """A channel whose platform says `state` of its webhook, or does not answer."""

    state: str | ChannelError = ""

    async def health(self, now: datetime) -> str:
        if isinstance(self.state, ChannelError):
            raise self.state
        return self.state


async def test_a_webhook_that_is_gone_is_told_until_it_is_there_again(
    database: Database, library: Library, config: Config
) -> None:
    hooked = Hooked()
    channels = {"telegram": hooked, "web": Line("web")}

    async def looked(state: str | ChannelError) -> tuple[int, int]:
        hooked.state = state
        told = await look_at_accounts(database, channels, library, config, NOW)
        async with database.read() as db:
            return len(told), len(await open_notices(db))

    assert await looked("") == (0, 0)
    assert await looked(NotSent("unreachable")) == (0, 0), (
        "a platform that cannot be asked has not said that it is gone"
    )
    assert await looked("hook_gone") == (1, 1)
    assert await looked("hook_gone") == (0, 1)
    assert await looked(NotSent("unreachable")) == (0, 1)
    assert await looked("") == (0, 0)
    assert await looked(AccountDown("bad_token")) == (0, 1), "told within the hour: now on the page only"
