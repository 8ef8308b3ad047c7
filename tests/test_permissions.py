"""Model people are shown only while they agree: what is written down, until when, and what is told when it ends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.library import Library
from bot.models import AuditEntry, Notice, Permission, PostVersion, Role, Staff, Unit, VersionState
from bot.notices import open_notices
from bot.posts import figures, permissions
from bot.posts.permissions import Given, How, permitted, record, said_without_one, withdraw
from scheduler.lapses import look_at_lapses
from tests.browser import flaws
from tests.conftest import NOW
from tests.dashboard_site import PNG, Browser, Site
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
PAGE = "/can-bo/dong-y-neu-guong"
NAME = "Trần Văn Gương"
GIVEN = Given(NAME, "Nêu tên, không đăng ảnh.", How.SPOKEN, TODAY, TODAY + 100 * DAY)
GOOD = {"name": NAME, "words": GIVEN.words, "how": "spoken", "given_on": "2026-11-20", "ends_on": "2027-07-27"}


@pytest.fixture
async def db(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.write() as db:
        yield db


@pytest.fixture
async def writer(db: AsyncSession) -> Staff:
    ward: Unit = await staff.home_or_new(db, "Phường")
    one = Staff(login="hoa", name="Hoa", role=Role.WRITER, unit=ward, password_hash="x", active=True, created_at=NOW)
    db.add(one)
    await db.flush()
    return one


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "họ tên"),
        ({"name": "a" * 201}, "họ tên"),
        ({"words": ""}, "đúng những gì"),
        ({"words": "a" * 2001}, "2000 ký tự"),
        ({"how": How.PAPER}, "bản chụp"),
        ({"given_on": TODAY + DAY}, "Ngày đồng ý"),
        ({"ends_on": TODAY}, "Ngày hết hạn"),
        ({"ends_on": date(2028, 11, 24)}, "2 năm"),
    ],
)
async def test_a_consent_that_lacks_something_is_not_written_down(
    db: AsyncSession, writer: Staff, library: Library, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Misuse, match=sentence):
        await record(db, library, replace(GIVEN, **change), writer, TODAY, NOW)
    assert (await db.scalars(select(Permission))).all() == []


async def test_a_consent_holds_up_to_its_last_day_and_not_after(
    db: AsyncSession, writer: Staff, library: Library
) -> None:
    leap = replace(GIVEN, given_on=date(2024, 2, 29), ends_on=TODAY + DAY)
    with pytest.raises(Misuse):
        await record(db, library, leap, writer, TODAY, NOW)  # two years after 29/2/2024 is 28/2/2026
    one = await record(db, library, replace(GIVEN, given_on=TODAY - DAY), writer, TODAY, NOW)
    holds = [await permitted(db, one.id, TODAY + days * DAY) for days in (-2, -1, 0, 100, 101)]
    assert holds == [False, True, True, True, False]
    assert await permissions.ended(db, TODAY + 100 * DAY) == []
    assert await permissions.ended(db, TODAY + 101 * DAY) == [one.id]
    assert not await permitted(db, one.id + 1, TODAY)


async def test_a_withdrawn_consent_ends_at_once_and_once(db: AsyncSession, writer: Staff, library: Library) -> None:
    one = await record(db, library, GIVEN, writer, TODAY, NOW)
    await withdraw(db, library, one, writer, NOW)
    assert not await permitted(db, one.id, TODAY)
    assert await permissions.ended(db, TODAY) == [one.id]
    with pytest.raises(Misuse, match="đã rút từ trước"):
        await withdraw(db, library, one, writer, NOW + DAY)
    assert one.withdrawn_at == NOW
    actions = [row.action for row in await db.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["permission_recorded", "permission_withdrawn"]


async def test_a_name_and_its_words_lie_sealed_and_are_in_no_audit(
    db: AsyncSession, writer: Staff, library: Library
) -> None:
    await record(db, library, GIVEN, writer, TODAY, NOW)
    for table in ("permissions", "audit"):
        rows = (await db.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608 - our own names
        assert rows
        assert NAME not in str(rows)
        assert GIVEN.words not in str(rows)


async def shown(db: AsyncSession, permission: Permission, state: VersionState, number: int) -> PostVersion:
    version = PostVersion(post_id="guong-1", number=number, kind="guong-dien-hinh", title="Một tấm gương", state=state)
    version.permission_id, version.created_at, version.changed_at = permission.id, NOW, NOW
    db.add(version)
    await db.flush()
    return version


async def test_only_approved_posts_whose_permission_is_over_are_to_be_taken_out(
    db: AsyncSession, writer: Staff, library: Library
) -> None:
    one = await record(db, library, GIVEN, writer, TODAY, NOW)
    approved = await shown(db, one, VersionState.APPROVED, 1)
    await shown(db, one, VersionState.DRAFT, 2)
    await shown(db, one, VersionState.WITHDRAWN, 3)
    assert await said_without_one(db, TODAY) == []
    assert await said_without_one(db, TODAY + 101 * DAY) == [approved]


async def told(database: Database) -> list[Notice]:
    async with database.read() as db:
        return list(await open_notices(db))


async def test_staff_are_told_a_fortnight_before_the_end_and_at_the_end_without_the_name(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        ward = await staff.home_or_new(db, "Phường")
        clerk = Staff(login="hoa", name="Hoa", role=Role.WRITER, unit=ward, password_hash="x", created_at=NOW)
        db.add(clerk)
        await db.flush()
        one = await record(db, library, GIVEN, clerk, TODAY, NOW)
        version = await shown(db, one, VersionState.APPROVED, 1)

    async def look(day: int) -> list[str]:
        return await look_at_lapses(database, library, config, NOW + day * DAY)

    assert await look(0) == []
    assert await look(85) == []
    assert (await look(86))[0].startswith(f"Sự đồng ý nêu gương số {one.id} còn 14 ngày, đến 03/03/2027")
    assert await look(87) == []
    assert len(await told(database)) == 1
    over = await look(101)
    assert len(over) == 1
    assert over[0].startswith(f"Bài «Một tấm gương» nêu gương một người mà sự đồng ý (số {one.id}) đã hết hạn")
    assert [notice.key for notice in await told(database)] == [f"permission:{one.id}:over:{version.id}"]
    assert not any(NAME in notice.sentence for notice in await told(database))
    async with database.read() as db:
        assert (await db.get_one(PostVersion, version.id)).state == VersionState.WITHDRAWN
    assert await look(102) == []
    assert len(await told(database)) == 1


async def test_a_figure_past_its_day_is_told_until_there_is_a_new_one(
    database: Database, library: Library, config: Config
) -> None:
    fact = library.facts["ward-samples-done"]
    async with database.write() as db:
        ward = await staff.home_or_new(db, "Phường")
        clerk = Staff(login="bao", name="Bảo", role=Role.MILITARY, unit=ward, password_hash="x", created_at=NOW)
        db.add(clerk)
        await db.flush()
        entering = {"as_of": TODAY, "source": "BCH", "staff": clerk}
        await figures.enter(db, fact, value=40, now=NOW, valid_until=TODAY + 9 * DAY, **entering)  # type: ignore[arg-type]
        register = figures.register(library, await figures.newest(db))
        assert register[fact.id].valid_until == TODAY + 9 * DAY
    assert await look_at_lapses(database, library, config, NOW + 9 * DAY) == []
    stale = await look_at_lapses(database, library, config, NOW + 10 * DAY)
    assert [fact.label in sentence for sentence in stale] == [True]
    async with database.write() as db:
        await figures.enter(db, fact, value=41, now=NOW + 10 * DAY, **entering)  # type: ignore[arg-type]
    assert await look_at_lapses(database, library, config, NOW + 11 * DAY) == []
    assert await told(database) == []


# The page


async def recorded(browser: Browser, scan: bytes | None = None, **fields: str) -> tuple[int, str]:
    """As the page sends its form, with a file or without."""
    form = aiohttp.FormData({"csrf": await browser.token(), **GOOD, **fields}, default_to_multipart=True)
    if scan is not None:
        form.add_field("scan", BytesIO(scan), filename="giay.png", content_type="image/png")
    async with browser.session.post(browser.base + PAGE, data=form, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_a_consent_is_written_down_with_its_paper_seen_and_withdrawn(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        assert (await recorded(browser))[0] == 303
        assert (await recorded(browser, PNG, how="paper", name="Lê  Thị  Giấy"))[0] == 303
        page = await browser.get(f"{PAGE}?xong=permission_recorded")
        assert "Đã ghi sự đồng ý" in page.words
        assert "Lê Thị Giấy Còn 246 ngày" in page.words
        two = (await site.all(select(Permission).order_by(Permission.id)))[1]
        paper = await browser.get(f"{PAGE}/{two.id}/giay")
        assert (paper.status, paper.body, paper.headers["Content-Type"]) == (200, PNG, "image/png")
        assert "sandbox" in paper.headers["Content-Security-Policy"]
        assert (await browser.get(f"{PAGE}/1/giay")).status == 404
        assert (await browser.post(f"{PAGE}/{two.id}/rut")).status == 303
        again = await browser.post(f"{PAGE}/{two.id}/rut")
        assert (again.status, "đã rút từ trước" in again.words) == (422, True)
        assert "Đã rút" in (await browser.get(PAGE)).words
    assert len(site.woken) == 1
    looks = await site.all(select(AuditEntry).where(AuditEntry.action == "permission_paper"))
    assert [look.subject for look in looks] == [f"permission:{two.id}"]


async def test_what_is_wrong_is_told_and_what_was_written_stays(site: Site) -> None:
    async with site.signed_in("front") as browser:
        for fields, scan, sentence in (
            ({"how": "paper"}, None, "kèm bản chụp"),
            ({"how": "paper"}, b"#!/bin/sh\necho", "ảnh JPG, PNG hoặc tệp PDF"),
            ({"how": "paper"}, b"x" * 20_000_001, "không quá 20 MB"),
            ({"how": "telepathy"}, None, "bằng cách nào"),
            ({"ends_on": "2029-01-01"}, None, "không quá 2 năm"),
            ({"ends_on": "mai"}, None, "Ngày hết hạn"),
            ({"given_on": ""}, None, "Ngày đồng ý"),
            ({"words": " "}, None, "đúng những gì"),
        ):
            status, page = await recorded(browser, scan, **fields)
            assert (status, sentence in page) == (422, True), fields
            assert f'value="{NAME}"' in page
    assert await site.all(select(Permission)) == []


async def test_another_unit_sees_none_of_it(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        await recorded(browser)
    async with site.signed_in("head") as browser:
        assert NAME not in (await browser.get(PAGE)).text
        assert (await browser.post(f"{PAGE}/1/rut")).status == 404
        assert (await browser.get(f"{PAGE}/1/giay")).status == 404
    async with site.signed_in("military") as browser:
        assert (await browser.get(PAGE)).status == 403


@pytest.mark.parametrize("width", [390, 1280])
async def test_by_keyboard_a_consent_is_written_down_and_withdrawn(site: Site, width: int) -> None:
    site.now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    async with clicking(site, "writer", width) as page:
        await page.get_by_role("link", name="Tuyên truyền").click()
        await page.get_by_role("link", name="Nêu gương", exact=True).click()
        await page.get_by_label("Họ tên người được nêu gương").focus()
        await page.keyboard.type(NAME)
        await page.keyboard.press("Tab")
        await page.keyboard.type("Nêu tên, không đăng ảnh.")
        await page.get_by_label("Nói trước cán bộ").focus()
        await page.keyboard.press("Space")
        await page.get_by_label("Đến hết ngày").focus()
        await page.keyboard.type("12122027")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("Đã ghi sự đồng ý")
        assert await flaws(page) == []
        await page.locator("summary", has_text="Rút đồng ý…").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("Đã ghi rút đồng ý")
        assert await flaws(page) == []
    assert (await site.all(select(Permission)))[0].withdrawn_at == site.now
