"""What is seen of quizzes: the staff's page of results, and the buttons in a room of the web, in Chromium."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.messages import Choice, Outgoing, Quiz, to_json
from bot.models import Broadcast, BroadcastState, Delivery, Planned, Poll, QuizAnswer
from bot.models import Quiz as Asked
from bot.posts.quiz_results import close
from bot.timetable import Entry, Schedule, Series
from scheduler.plan import upcoming
from tests.browser import flaws, window
from tests.dashboard_site import NOON, PASSWORD, Site, library
from tests.dashboard_site import open_site as open_site
from tests.quizzing import quiz_library
from tests.website import ROOM, Website, website

CHOICES = ("22 tháng 12", "27 tháng 7", "30 tháng 4")


async def a_quiz(site: Site, title: str, ago: timedelta, state: BroadcastState = BroadcastState.PUBLISHED) -> int:
    """One that went out so long ago to all, and arrived in the group of neighbourhood 1."""
    async with site.database.write() as db:
        asked = Broadcast(post_id="thu", title=title, message={}, target="all", state=state)
        asked.due_at = asked.created_at = NOON - ago
        asked.latest_at = NOON
        db.add(asked)
        await db.flush()
        choices = tuple(Choice(label, f"q:{asked.id}:{n}") for n, label in enumerate(CHOICES))
        asked.message = to_json(Outgoing("Hỏi", choices=choices, quiz=Quiz(title, 1, "Vì sao.\n\nNguồn: Pháp lệnh.")))
        db.add(Asked(broadcast_id=asked.id))
        sent = Delivery(broadcast_id=asked.id, chat_id=site.ids["chat_one"], channel="telegram", state="sent")
        sent.created_at = sent.changed_at = sent.latest_at = NOON
        db.add(sent)
    return asked.id


async def voted(site: Site, quiz: int, chat: str, *votes: int) -> None:
    async with site.database.write() as db:
        chat_id = site.ids[f"chat_{chat}"]
        db.add(Poll(key=f"telegram:{quiz}{chat}", broadcast_id=quiz, chat_id=chat_id, votes=list(votes), at=NOON))


async def answered(site: Site, quiz: int, unit: str | None, option: int, people: int) -> None:
    async with site.database.write() as db:
        for number in range(people):
            one = QuizAnswer(broadcast_id=quiz, voter=f"{unit}{option}{number}", option=option, at=NOON)
            one.unit_id, one.right = site.ids[f"unit_{unit}"] if unit else None, option == 1
            db.add(one)


async def furnished(site: Site) -> None:
    """One quiz whose result is out, one that is open, one that is to come."""
    first = await a_quiz(site, "Ngày Thương binh, Liệt sĩ là ngày nào?", timedelta(days=7))
    await voted(site, first, "one", 4, 17, 2)
    await answered(site, first, "2", 1, 6)
    await answered(site, first, "2", 0, 3)
    await answered(site, first, None, 2, 6)
    over = NOON - timedelta(days=6)
    async with site.database.write() as db:
        assert await close(db, library(), await db.get_one(Asked, first), over, over) is not None
    second = await a_quiz(site, "Chiến dịch kết thúc ngày nào?", timedelta(hours=3))
    await voted(site, second, "one", 1, 2, 0)
    await a_quiz(site, "Câu đố hẹn giờ", timedelta(days=-1), BroadcastState.PLANNED)


async def test_the_page_shows_results_by_neighbourhood_and_what_comes_next(site: Site) -> None:
    await furnished(site)
    async with site.signed_in("writer") as browser:
        page = await browser.get("/can-bo/cau-do")
    assert page.status == 200
    words = page.words
    assert words.index("Câu đố hẹn giờ") < words.index("Chiến dịch kết thúc") < words.index("Ngày Thương binh")
    assert "Tổ dân phố số 1 23 17" in words
    assert "Tổ dân phố số 2 9 6" in words
    assert "tổng cộng 38 người trả lời, 23 đúng" in words
    assert "Các tổ khác 6" in words
    assert "Đang mở đến 24/11/2026 09:00" in words
    assert "Mới có 3 người trả lời" in words
    assert "Xem bài kết quả" in words


async def test_the_schedules_next_quizzes_are_shown_in_the_order_of_their_turns(site: Site, tmp_path: Path) -> None:
    series = Series("cau-do", ("thu-ngay-27-7", "thu-ngay-cuoi"))
    weekly = Entry("cau-do-tuan", "Câu đố hằng tuần", {"weekly": "sun", "at": "15:00"}, series="cau-do")
    schedule = Schedule(entries=(weekly,), series={"cau-do": series})
    site.shelf.library = replace(quiz_library(tmp_path / "content"), schedule=schedule)
    site.upcoming = lambda books, start, end: upcoming(books, site.config, start, end)
    async with site.database.write() as db:
        db.add(Planned(name="series:cau-do", used="thu-ngay-27-7"))
    async with site.signed_in("writer") as browser:
        words = (await browser.get("/can-bo/cau-do")).words
    assert "29/11/2026 15:00 : Chiến dịch 500 ngày đêm kết thúc vào ngày nào?" in words
    assert "06/12/2026" not in words


async def test_the_page_without_a_quiz_says_so(site: Site) -> None:
    async with site.signed_in("head") as browser:
        words = (await browser.get("/can-bo/cau-do")).words
    assert "Chưa hỏi câu đố nào" in words


async def test_another_wards_quiz_is_not_shown_to_a_head_of_a_neighbourhood(site: Site) -> None:
    quiz = await a_quiz(site, "Câu đố riêng tổ 2", timedelta(hours=1))
    async with site.database.write() as db:
        (await db.get_one(Broadcast, quiz)).target = "unit:to-2"
    async with site.signed_in("head") as browser:
        assert "Câu đố riêng tổ 2" not in (await browser.get("/can-bo/cau-do")).words
    async with site.signed_in("writer") as browser:
        assert "Câu đố riêng tổ 2" in (await browser.get("/can-bo/cau-do")).words


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_page_can_be_read_by_the_old_and_the_blind(site: Site, width: int) -> None:
    await furnished(site)
    async with window(width, 900) as opened:
        await signed_in(opened.page, site)
        await opened.page.goto(f"{site.base}/can-bo/cau-do")
        await expect(opened.page.get_by_role("progressbar").first).to_be_visible()
        assert await flaws(opened.page) == []
        assert opened.mistakes == []


async def signed_in(page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/can-bo")
    await page.get_by_label("Tên đăng nhập").fill("approver")
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Website]:
    async with website(tmp_path) as portal:
        await portal.neighbourhoods(2)
        yield portal


def asks(id: int) -> dict[str, Any]:
    return {"choices": tuple(Choice(label, f"q:{id}:{n}") for n, label in enumerate(CHOICES))}


@pytest.mark.parametrize("live", [False, True])
async def test_a_quiz_in_a_room_is_answered_by_a_button_in_private(portal: Website, live: bool) -> None:
    if not live:
        await portal.answer("**Câu đố**\n\nNgày nào?", "1.0", to=ROOM, **asks(8))
    async with window(390, 800) as opened:
        page = opened.page
        await page.goto(f"{portal.url}/bang-tin/TDP-2")
        await page.wait_for_selector("[data-ready]")
        if live:
            await portal.answer("**Câu đố**\n\nNgày nào?", "1.0", to=ROOM, **asks(8))
        await expect(page.locator("#lines button")).to_have_count(3)
        assert await flaws(page) == []
        await page.get_by_role("button", name="27 tháng 7").click()
        await page.wait_for_url("**/chat")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=27 tháng 7")
        assert opened.mistakes == []
    [row] = portal.inbox.rows.values()
    heard = portal.chat.read(row)
    assert (heard.choice, heard.start, heard.in_group) == ("q:8:1", "room:TDP-2", False)
