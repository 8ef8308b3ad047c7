"""The page of a figure: until when it is good, its line, the posts with it, and what went out with another value."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.dashboard.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, chart
from bot.library import Fact
from bot.models import Broadcast, Figure, Staff
from bot.posts import figures
from tests.browser import flaws
from tests.dashboard_site import NOON, Site, library
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

PAGE = "/can-bo/so-lieu/ward-samples-done"
DAY = timedelta(days=1)


def entered(number: int, value: float, day: int) -> Figure:
    return Figure(id=number, fact_id="x", value=value, as_of=date(2026, 11, day))


def test_a_line_runs_from_the_first_day_to_the_last_below_its_goal() -> None:
    drawn = chart([entered(3, 40, 21), entered(1, 0, 1), entered(2, 20, 11)], 40)
    assert drawn
    assert [(point.x, point.y) for point in drawn.points] == [
        (LEFT, HEIGHT - BOTTOM),
        (WIDTH / 2, TOP + (HEIGHT - TOP - BOTTOM) / 2),
        (WIDTH - RIGHT, TOP),
    ]
    assert drawn.goal_y == TOP
    assert drawn.line == " ".join(f"{point.x},{point.y}" for point in drawn.points)


def test_of_one_day_the_value_entered_last_is_drawn_and_one_day_is_no_line() -> None:
    twice = [entered(1, 10, 1), entered(2, 12, 1)]
    assert chart(twice, None) is None
    drawn = chart([*twice, entered(3, 0, 2)], None)
    assert drawn
    assert [point.figure.value for point in drawn.points] == [12, 0]
    assert drawn.goal_y is None
    assert chart([entered(1, 0, 1), entered(2, 0, 2)], None) is not None


async def sent_with(site: Site, value: float) -> int:
    async with site.database.write() as db:
        row = await db.get_one(Broadcast, site.ids["broadcast"])
        row.facts = {"ward-samples-done": value}
        return row.id


async def test_a_new_value_shows_who_uses_it_and_what_went_out_with_the_old_one(site: Site) -> None:
    id = await sent_with(site, 38)
    fields = {"as_of": "2026-11-20", "source": "Báo cáo số 12"}
    async with site.signed_in("military") as browser:
        for value, until in (("38", ""), ("40", "2026-12-31")):
            assert (await browser.post(PAGE, value=value, valid_until=until, **fields)).status == 303
        page = await browser.get(PAGE)
        assert "Còn đúng đến 31/12/2026" in page.words
        assert "Báo cáo số 12 Phạm Quốc Bảo" in page.words
        assert "khi ấy: 38 mộ liệt sĩ" in page.words
        assert "xin báo người soạn tin" in page.words
        assert library().posts["muc-tieu-phuong"].title in page.words
    site.now = NOON + 39 * DAY  # 1/1/2027
    async with site.signed_in("approver") as browser:
        page = await browser.get(PAGE)
        assert "Quá hạn kiểm tra Số này chỉ chắc đúng đến 31/12/2026" in page.words
        assert "Quá hạn kiểm tra" in (await browser.get("/can-bo/so-lieu")).words
        found = re.search(r'href="(/can-bo/dot-gui/\d+/dinh-chinh\?[^"]+)"', page.text)
        assert found
        link = urlsplit(found[1].replace("&amp;", "&"))
        assert link.path == f"/can-bo/dot-gui/{id}/dinh-chinh"
        label = library().facts["ward-samples-done"].label
        assert parse_qs(link.query) == {
            "sai": [f"ghi «{label}» là 38 mộ liệt sĩ"],
            "dung": [f"{label}: 40 mộ liệt sĩ, số liệu ngày 20/11/2026"],
        }
        form = await browser.get(found[1].replace("&amp;", "&"))
        assert f"ghi «{label}» là 38 mộ liệt sĩ</textarea>" in form.text
        assert f"{label}: 40 mộ liệt sĩ, số liệu ngày 20/11/2026</textarea>" in form.text
        await sent_with(site, 40)
        assert "Bài đã gửi với số khác" not in (await browser.get(PAGE)).words


@pytest.mark.parametrize("until", ["2026-11-22", "2036-12-01", "mai", "2026-13-01"])
async def test_a_day_that_cannot_be_is_refused_and_nothing_is_entered(site: Site, until: str) -> None:
    fields = {"value": "38", "as_of": "2026-11-20", "source": "BCH"}
    async with site.signed_in("military") as browser:
        answer = await browser.post(PAGE, valid_until=until, **fields)
        assert (answer.status, "Còn đúng đến" in answer.words) == (422, True)
        assert 'value="38"' in answer.text
    async with site.database.read() as db:
        assert await figures.newest(db) == {}


async def test_a_figure_of_the_library_has_a_page_but_no_form(site: Site) -> None:
    fact: Fact = library().facts["national-martyrs"]
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/so-lieu/national-martyrs")
        assert f"hơn 1.200.000 {fact.unit}" in page.words
        assert library().posts["bao-nhieu-liet-si-chua-biet-ten"].title in page.words
        assert "Nhập số mới" not in page.words
        assert (await browser.get("/can-bo/so-lieu/khong-co")).status == 404


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_figure_is_entered_by_keyboard_and_its_line_is_read_aloud(site: Site, width: int) -> None:
    await sent_with(site, 12)
    async with site.database.write() as db:
        officer = (await db.scalars(select(Staff).where(Staff.login == "military"))).one()
        for value, day in ((12, 1), (20, 9), (31, 18)):
            fact, as_of = library().facts["ward-samples-done"], date(2026, 11, day)
            await figures.enter(db, fact, value=value, as_of=as_of, source="BCH", staff=officer, now=NOON)
    async with clicking(site, "military", width) as page:
        await page.goto(site.base + PAGE)
        await page.get_by_label("Giá trị").focus()
        await page.keyboard.type("40")
        await page.keyboard.press("Tab")
        await page.get_by_label("Tính đến ngày").fill("2026-11-20")
        await page.get_by_label("Nguồn").press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("Đã ghi số liệu mới")
        line = page.get_by_role("img", name="4 lần cập nhật")
        await expect(line).to_be_visible()
        await expect(line).to_have_accessible_description(re.compile("Từ 12 mộ liệt sĩ ngày 01/11/2026 đến 40"))
        assert await flaws(page) == []
