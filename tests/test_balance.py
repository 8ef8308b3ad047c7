"""The evening's balance sheet: it adds up, or it is red and says where."""

import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.balance import balance, close_day, from_json, summary, to_json
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.messages import Address, Outgoing
from bot.messages import to_json as message_json
from bot.models import (
    Account,
    ArchivedDelivery,
    BalanceSheet,
    Broadcast,
    BroadcastState,
    ChatKind,
    Delivery,
    Outcome,
    Planned,
    Role,
    Staff,
    Unit,
    Update,
    UpdateState,
)
from tests.browser import flaws
from tests.conftest import NOW
from tests.dashboard_site import Site
from tests.dashboard_site import library as library_of_the_site
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 23)
EVENING = datetime(2026, 11, 23, 21, 30, tzinfo=ZONE)


async def came(db: AsyncSession, key: str, state: str, outcome: str = "", at: datetime = NOW) -> None:
    row = Update(channel="telegram", key=key, body="{}", received_at=at, state=state, outcome=outcome)
    row.done_at = None if state == UpdateState.WAITING else at
    db.add(row)
    await db.flush()


async def a_post(
    db: AsyncSession, *states: str, state: str = BroadcastState.PUBLISHED, late: bool = False
) -> Broadcast:
    """Due in the morning, with a delivery in each of `states`; every second one to the other unit's group."""
    post = Broadcast(post_id="x", title="Bài", message=message_json(Outgoing("chữ")), target="all", state=state)
    post.due_at, post.created_at, post.latest_at = NOW, NOW, NOW + timedelta(hours=4 if late else 48)
    db.add(post)
    await db.flush()
    for number, outcome in enumerate(states):
        group = await chats.known(db, Address("telegram", f"-{number}"), ChatKind.GROUP, "", NOW)
        group.unit_id = await a_unit(db, f"to-{number % 2}")
        row = Delivery(broadcast_id=post.id, chat_id=group.id, channel="telegram", state=outcome)
        row.latest_at, row.created_at, row.changed_at = post.latest_at, NOW, NOW
        db.add(row)
    await db.flush()
    return post


async def a_unit(db: AsyncSession, code: str) -> int:
    unit = await db.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        unit = Unit(kind="neighbourhood", code=code, name=code)
        db.add(unit)
        await db.flush()
    return unit.id


async def test_messages_in_are_counted_by_what_became_of_them(database: Database) -> None:
    async with database.write() as db:
        for number, outcome in enumerate(Outcome):
            await came(db, f"d{number}", UpdateState.DONE, outcome)
        await came(db, "w", UpdateState.WAITING)
        await came(db, "s", UpdateState.SET_ASIDE)
        await came(db, "before", UpdateState.DONE, Outcome.ANSWERED, at=NOW - timedelta(hours=9))
        await came(db, "after", UpdateState.WAITING, at=NOW + timedelta(hours=16))
        sheet = await balance(db, DAY, ZONE, EVENING)
    assert sheet.adds_up
    assert sheet.received == 5
    assert sheet.came == {"answered": 1, "quiet": 1, "refused": 1, "waiting": 1, "set_aside": 1}


async def test_a_message_that_is_done_without_an_outcome_makes_the_sheet_red(database: Database) -> None:
    async with database.write() as db:
        await came(db, "1", UpdateState.DONE)
        sheet = await balance(db, DAY, ZONE, EVENING)
    assert (sheet.adds_up, sheet.received) == (False, 1)


async def test_posts_are_counted_per_account_and_unit_and_those_of_the_archive_too(database: Database) -> None:
    async with database.write() as db:
        post = await a_post(db, "sent", "sent", "failed", "unknown", "cancelled", "pending", "sending")
        group = await chats.known(db, Address("telegram", "-99"), ChatKind.GROUP, "", NOW)
        kept = ArchivedDelivery(id=10_000, broadcast_id=post.id, chat_id=group.id, channel="zalo_bot", state="sent")
        kept.reason = kept.platform_id = ""
        kept.created_at = kept.changed_at = NOW
        db.add(kept)
        await db.flush()
        sheet = await balance(db, DAY, ZONE, EVENING)
    assert sheet.adds_up
    assert [(line.account, line.rows) for line in sheet.lines] == [("telegram", 4), ("telegram", 3), ("zalo_bot", 1)]
    assert sheet.went == {"sent": 3, "failed": 1, "unknown": 1, "cancelled": 1, "under_way": 2}
    assert [(post.rows, post.trouble) for post in sheet.posts] == [(8, "")]
    assert from_json(DAY, to_json(sheet)) == sheet
    mine = sheet.of([sheet.lines[0].unit_id or 0], top=False)
    assert (len(mine.lines), len(mine.posts)) == (1, 0)


@pytest.mark.parametrize(
    ("states", "state", "late", "trouble"),
    [
        (("sent", "pending"), "published", True, "overdue"),
        ((), "published", False, "empty"),
        ((), "missed", False, "missed"),
        ((), "planned", True, "missed"),
        (("sent", "odd"), "published", False, "uneven"),
        ((), "stopped", False, ""),
        ((), "planned", False, ""),
    ],
)
async def test_what_is_wrong_with_a_post_makes_the_sheet_red(
    database: Database, library: Library, states: tuple[str, ...], state: str, late: bool, trouble: str
) -> None:
    async with database.write() as db:
        await a_post(db, *states, state=state, late=late)
        sheet = await balance(db, DAY, ZONE, EVENING)
    assert [post.trouble for post in sheet.posts] == [trouble]
    assert sheet.adds_up is not bool(trouble)
    assert ("CHƯA KHỚP" in summary(library, sheet)) is bool(trouble)


async def test_the_day_is_closed_once_in_the_evening_and_its_officer_hears_of_it(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await an_officer(db)
        await a_post(db, "sent", "failed")
        await came(db, "1", UpdateState.DONE, Outcome.ANSWERED)
        assert not await close_day(db, library, config, EVENING - timedelta(minutes=1))
        assert await close_day(db, library, config, EVENING)
        assert not await close_day(db, library, config, EVENING + timedelta(minutes=1))
        told = (await db.scalars(select(Delivery).where(Delivery.broadcast_id.is_(None)))).one()
        assert told.message is not None
        assert told.message["text"].splitlines() == [
            "**Đối chiếu ngày 23/11/2026: khớp.**",
            "",
            "Nhận 1 tin của bà con: 1 đã trả lời.",
            "Có 1 đợt gửi, 2 tin tới các nhóm: 1 đã gửi, 1 không gửi được.",
        ]


async def test_what_comes_after_the_evening_is_in_the_day_as_well(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await close_day(db, library, config, EVENING)
        await came(db, "1", UpdateState.WAITING, at=EVENING + timedelta(hours=1))
        assert not await close_day(db, library, config, EVENING + timedelta(hours=3))
        kept = await db.get_one(BalanceSheet, DAY)
        assert from_json(DAY, kept.lines).received == 1


async def test_an_evening_in_which_nobody_was_there_is_made_up_for(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        morning = EVENING + timedelta(hours=10)
        assert not await close_day(db, library, config, morning), "an installation that is new owes nothing"
        db.add(Account(name="telegram", state="active", state_since=NOW, created_at=NOW))
        await db.flush()
        assert await close_day(db, library, config, morning)
        assert not await close_day(db, library, config, morning)
        assert await db.scalar(select(func.count(BalanceSheet.day))) == 1


async def an_officer(db: AsyncSession) -> Staff:
    """Somebody at the top with a phone."""
    ward = Unit(kind="ward", code="phuong", name="Phường Ví Dụ")
    phone = await chats.known(db, Address("telegram", "77"), ChatKind.PRIVATE, "", NOW)
    person = Staff(login="hoa", name="Hoa", role=Role.WRITER, unit=ward, password_hash="x", created_at=NOW)
    person.chat_id = phone.id
    db.add(person)
    await db.flush()
    return person


# The page


async def test_the_page_shows_today_and_the_evenings_before_red_and_green(site: Site) -> None:
    async with site.database.write() as db:
        await close_day(db, library_of_the_site(), site.config, EVENING - timedelta(days=1))
        missed = await a_post(db, state="missed")
        missed.title = "Bài lỡ giờ"
    site.now = EVENING
    async with site.signed_in("writer") as writer:
        page = await writer.get("/can-bo/doi-chieu")
        assert page.status == 200
        assert "Đối chiếu ngày 23/11/2026 Chưa khớp" in page.words
        assert "Bài lỡ giờ Chưa khớp đã lỡ giờ" in " ".join(page.words.split())
        assert "/can-bo/doi-chieu?ngay=2026-11-22" in page.text
        before = await writer.get("/can-bo/doi-chieu?ngay=2026-11-22")
        assert "Đối chiếu ngày 22/11/2026 Khớp Chốt lúc 22/11/2026 21:30" in before.words
        assert "chưa chốt" in (await writer.get("/can-bo/doi-chieu?ngay=2026-11-21")).words
        for strange in ("2026-13-01", "2020-01-01", "2027-01-01", "x"):
            assert (await writer.get(f"/can-bo/doi-chieu?ngay={strange}")).status == 404
    async with site.signed_in("head") as head:
        assert (await head.get("/can-bo/doi-chieu")).status == 403
        assert "/can-bo/doi-chieu" not in (await head.get("/can-bo")).text


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_pages_look_as_they_should_in_a_browser(site: Site, width: int) -> None:
    async with site.database.write() as db:
        await close_day(db, library_of_the_site(), site.config, EVENING - timedelta(days=1))
        await a_post(db, "sent", "failed", "unknown", "pending", late=True)
        await came(db, "1", UpdateState.DONE, Outcome.ANSWERED)
        await came(db, "2", UpdateState.WAITING)
        db.add(Planned(name="watch", until=NOW - timedelta(minutes=10), used=""))
    site.now = EVENING
    async with clicking(site, "writer", width) as page:
        await page.get_by_role("link", name="Quản trị").click()
        await page.get_by_role("link", name="Đối chiếu").click()
        await expect(page.get_by_role("heading", name="Đối chiếu ngày 23/11/2026")).to_be_visible()
        await seen(page, f"balance-{width}")
        await page.goto(f"{site.base}/can-bo/van-de")
        await expect(page.get_by_text("Phần tự canh của hệ thống không chạy")).to_be_visible()
        await seen(page, f"problems-{width}")
        await page.goto(f"{site.base}/can-bo/mat-khau")
        await page.get_by_role("button", name="Tạo mã nối điện thoại").click()
        await expect(page.locator(".code-big")).to_be_visible()
        await seen(page, f"password-{width}")


async def seen(page: Page, name: str) -> None:
    assert await flaws(page) == [], name
    if folder := os.environ.get("TRIAN_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
