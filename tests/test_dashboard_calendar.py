"""The calendar's page: what is shown to whom, a broadcast moved by form, by keyboard and by mouse, the phone's link."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.library import Library
from bot.messages import from_json
from bot.models import AuditEntry, Broadcast, BroadcastState, Planned, Staff, Unit
from bot.staff import set_password
from scheduler.plan import upcoming
from tests.browser import flaws
from tests.dashboard_site import NOON, Browser, Site, free_post, library
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking
from tests.test_icalendar import events_of, moment

PAGE = "/can-bo/lich"
DAY = timedelta(days=1)


@pytest.fixture(name="real")
async def with_the_shipped_schedule(site: Site) -> Site:
    site.upcoming = lambda books, start, end: upcoming(books, site.config, start, end)
    return site


async def planned(site: Site) -> Broadcast:
    async with site.database.read() as db:
        return await db.get_one(Broadcast, site.ids["planned"])


async def moved(browser: Browser, site: Site, day: str, **more: str) -> tuple[int, str]:
    """The status and what is told after moving the planned broadcast by the form."""
    fields = {"seen": (await planned(site)).due_at.isoformat(), **more}
    answer = await browser.post(f"{PAGE}/{site.ids['planned']}?thang=2026-11", ngay=day, **fields)
    return answer.status, answer.words


def cell(page: str, day: str) -> str:
    found = re.search(rf'data-day="{day}">(.*?)(?=<li class="day|</ol>\n<p)', page, re.DOTALL)
    assert found, day
    return found[1]


async def test_a_month_shows_the_moon_anniversaries_what_went_and_what_will_go(real: Site) -> None:
    async with real.signed_in("approver") as browser:
        november = (await browser.get(PAGE)).text
        today = cell(november, "2026-11-23")
        assert "ÂL</abbr> 15/10" in today
        assert "Hôm nay" in today
        assert "Đã gửi: 1" in today
        assert "Không gửi được: 1" in today
        assert "Bài đã hẹn cho tổ 2" in cell(november, "2026-11-24")
        assert "Theo lịch: Thứ Tư: cung cấp thông tin" in cell(november, "2026-11-25")
        february = (await browser.get(f"{PAGE}?thang=2027-02")).text
        assert "Tết Nguyên đán" in cell(february, "2027-02-06")
        assert "Chờ xác nhận, chưa gửi" in cell(february, "2027-02-06")
        assert "Tết Đinh Mùi" in cell(february, "2027-02-09")
        week = (await browser.get(f"{PAGE}?tuan=2026-12-09")).text
        assert re.findall(r'data-day="([^"]+)"', week)[::6] == ["2026-12-07", "2026-12-13"]
        for strange in ("?thang=2026-13", "?thang=x", "?tuan=0001-01-01", "?tuan=9999-12-31", "?thang=0001-01"):
            assert cell((await browser.get(PAGE + strange)).text, "2026-11-23")
        for edge in ("?thang=2020-01", "?thang=2100-12", "?tuan=2020-01-01", "?tuan=2100-12-31"):
            assert (await browser.get(PAGE + edge)).status == 200


async def test_a_day_without_anything_is_a_gap_but_not_where_the_schedule_rests(site: Site) -> None:
    async with site.signed_in("front") as browser:
        page = (await browser.get(PAGE)).text
    assert "Ngày trống" in cell(page, "2026-11-27")
    assert "Ngày trống" not in cell(page, "2026-11-24")
    assert "Ngày trống" not in cell(page, "2026-11-20")


async def test_a_series_shows_what_is_used_what_is_next_and_how_long_it_lasts(real: Site) -> None:
    posts = library().schedule.series["chien-dich"].posts
    async with real.database.write() as db:
        db.add(Planned(name="series:chien-dich", used="\n".join(posts[:-2])))
    async with real.signed_in("writer") as browser:
        words = (await browser.get(PAGE)).words
    assert f"Đã gửi {len(posts) - 2}, còn 2 30/11/2026 khoảng 1 tuần nữa" in words
    assert library().posts[posts[-2]].title in words


async def test_a_planned_broadcast_is_moved_and_keeps_its_hour(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        status, _ = await moved(browser, site, "2026-12-01")
        assert status == 303
        assert "Đã chuyển ngày" in (await browser.get(f"{PAGE}?thang=2026-12&xong=moved")).words
    row = await planned(site)
    assert row.due_at == NOON + 8 * DAY
    assert free_post(library()).title in from_json(row.message).text
    assert len(site.woken) == 1
    assert [one.subject for one in await site.all(select(AuditEntry).where(AuditEntry.action == "move"))] == [
        f"broadcast:{row.id}"
    ]


async def test_what_may_not_be_is_told_on_the_calendar_and_nothing_moves(site: Site) -> None:
    before = (await planned(site)).due_at
    async with site.signed_in("writer") as browser:
        for day, seen, sentence in (
            ("2026-11-20", "", "Ngày giờ ấy đã qua"),
            ("hôm nay", "", "Ngày viết chưa đúng"),
            ("2026-12-01", "2026-11-01T00:00:00+00:00", "Đợt này vừa có người đổi giờ"),
        ):
            more = {"seen": seen} if seen else {}
            status, words = await moved(browser, site, day, **more)
            assert (status, sentence in words) == (422, True), day
            assert "Tháng 11/2026" in words
        async with site.database.write() as db:
            unit = await db.get_one(Unit, site.ids["unit_2"])
            unit.days = "12345"
        status, words = await moved(browser, site, "2026-11-28")
        assert (status, "Tổ dân phố số 2" in words) == (422, True)
    async with site.signed_in("military") as browser:  # may not send posts
        assert (await moved(browser, site, "2026-12-01"))[0] == 403
        assert "Chuyển sang ngày" not in (await browser.get(PAGE)).text.split("</ol>")[0]
    async with site.signed_in("head") as browser:  # may, but not those of another neighbourhood
        assert (await moved(browser, site, "2026-12-01"))[0] == 404
        assert "Bài đã hẹn cho tổ 2" not in (await browser.get(PAGE)).text
    assert (await planned(site)).due_at == before


async def test_what_the_schedule_says_cannot_be_moved_and_the_page_says_where_it_is_changed(real: Site) -> None:
    async with real.signed_in("writer") as browser:
        page = await browser.get(f"{PAGE}?thang=2026-12")
        assert "data-move" not in page.text
        assert "Theo lịch" in page.text
        assert "content/schedule.toml" in page.words


async def test_the_calendar_of_the_next_thirty_days_is_read_by_other_programs(real: Site) -> None:
    async with real.signed_in("writer") as browser:
        answer = await browser.get(f"{PAGE}.ics")
        again = await browser.get(f"{PAGE}.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = events_of(answer.body)
    assert [one["UID"] for one in events_of(again.body)] == [one["UID"] for one in events]
    moments = [moment(one["DTSTART"]) for one in events]
    assert moments == sorted(moments)
    assert NOON < moments[0] < moments[-1] <= NOON + 30 * DAY
    by_hand = next(one for one in events if one["UID"].startswith(f"dot-gui-{real.ids['planned']}@"))
    assert by_hand["SUMMARY"] == "Bài đã hẹn cho tổ 2"
    assert by_hand["DESCRIPTION"] == "Gửi tới: Các nhóm của Tổ dân phố số 2.\nCán bộ đã hẹn giờ."
    held = [one for one in events if one["STATUS"] == "TENTATIVE"]
    assert held
    assert all(one["SUMMARY"].startswith("Chờ xác nhận: ") for one in held)


async def link(browser: Browser) -> str:
    found = re.search(r'id="link" readonly value="[^"]*(/can-bo/lich/[^"]+)"', (await browser.get(PAGE)).text)
    return found[1] if found else ""


async def test_a_phone_reads_the_calendar_by_a_secret_link_until_it_is_taken_back(site: Site) -> None:
    async with site.signed_in("head") as browser, site.browser() as phone:
        assert await link(browser) == ""
        await browser.post(f"{PAGE}/dien-thoai")
        first = await link(browser)
        answer = await phone.get(first)
        assert answer.status == 200
        assert len(events_of(answer.body)) == 2  # not the post of the other neighbourhood
        assert "Set-Cookie" not in answer.headers
        await browser.post(f"{PAGE}/dien-thoai")
        second = await link(browser)
        assert second != first
        assert (await phone.get(first)).status == 404
        assert (await phone.get(second)).status == 200
        await browser.post(f"{PAGE}/thu-hoi")
        assert (await phone.get(second)).status == 404
        assert await link(browser) == ""
    actions = [one.action for one in await site.all(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions[1:] == ["calendar_link", "calendar_link", "calendar_link_closed"]


@pytest.mark.parametrize("what", ["a new password", "the account closed"])
async def test_the_link_ends_with(site: Site, what: str) -> None:
    async with site.signed_in("writer") as browser, site.browser() as phone:
        await browser.post(f"{PAGE}/dien-thoai")
        address = await link(browser)
        assert (await phone.get(address)).status == 200
        async with site.database.write() as db:
            staff = (await db.scalars(select(Staff).where(Staff.login == "writer"))).one()
            if what == "a new password":
                await set_password(db, staff, "mot cau khac cung dai")
            staff.active = what == "a new password"
        assert (await phone.get(address)).status == 404


@pytest.mark.parametrize("token", ["1-", "1", "-", "x-1", "99999999999999999999-a", "1-" + "0" * 40, "2-é"])
async def test_a_made_up_link_opens_nothing(site: Site, token: str) -> None:
    async with site.signed_in("writer") as browser, site.browser() as phone:
        await browser.post(f"{PAGE}/dien-thoai")
        assert (await phone.get(f"{PAGE}/{token}.ics")).status == 404


async def status_of(page: Page) -> None:
    await expect(page.get_by_role("status").first).to_contain_text("Đã chuyển ngày")


async def test_with_the_mouse_a_broadcast_is_dragged_to_another_day(site: Site) -> None:
    async with clicking(site, "writer") as page:
        await page.get_by_role("link", name="Tuyên truyền").click()
        await page.get_by_role("link", name="Lịch", exact=True).click()
        item = page.locator("[data-move][draggable=true]")
        await item.wait_for()
        await item.locator("time").drag_to(page.locator('[data-day="2026-11-20"]'))
        assert (await planned(site)).due_at == NOON + DAY  # a day that is over takes nothing
        await item.locator("time").drag_to(page.locator('[data-day="2026-11-27"]'))
        await status_of(page)
        await expect(page.locator('[data-day="2026-11-27"] [data-move]')).to_contain_text("12:00")
    assert (await planned(site)).due_at == NOON + 4 * DAY


async def test_with_the_keyboard_alone_a_broadcast_is_moved_on_a_phone_wide_page(site: Site) -> None:
    async with clicking(site, "writer", 390) as page:
        await page.goto(f"{site.base}{PAGE}?tuan=2026-11-23")
        assert await flaws(page) == []
        await page.locator("[data-move] summary").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Ngày mới của")).to_be_focused()
        await page.keyboard.type("12122026")  # the same, whichever of day and month comes first
        await page.keyboard.press("Enter")
        await status_of(page)
        assert await flaws(page) == []
    row = await planned(site)
    assert (row.due_at, row.state) == (NOON + 19 * DAY, BroadcastState.PLANNED)


def test_the_shipped_schedule_names_its_days_of_rest() -> None:
    books: Library = library()
    assert [rest.name for rest in books.schedule.rests] == ["Tết Đinh Mùi"]
