"""The staff's pages in Chromium: by clicking, and as an old or a blind reader would meet them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.dashboard import ROUTES
from bot.models import Figure, Role
from bot.staff import RIGHTS
from tests.browser import flaws, window
from tests.dashboard_site import PASSWORD, SECRET, Site, address, free_post, library
from tests.dashboard_site import open_site as open_site


@asynccontextmanager
async def clicking(site: Site, login: str, width: int = 1280) -> AsyncIterator[Page]:
    """A signed-in Chromium; whatever the page's policy refuses or a script throws fails the test."""
    async with window(width, 900) as opened:
        page = opened.page
        await page.goto(f"{site.base}/can-bo")
        await page.get_by_label("Tên đăng nhập").fill(login)
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Đăng nhập").click()
        await expect(page.get_by_role("heading", name="Tổng quan")).to_be_visible()
        yield page
        assert opened.mistakes == []


async def test_by_clicking_a_tip_is_looked_at_becomes_a_case_and_moves_on(site: Site) -> None:
    async with clicking(site, "military") as page:
        await page.get_by_role("link", name="Tin báo, hồ sơ").click()
        await page.get_by_label("Tìm theo tên").fill("thang coi")
        await page.get_by_role("button", name="Tìm").click()
        await page.get_by_role("link", name="58K2-9QTM").click()
        await expect(page.get_by_text(SECRET)).to_be_visible()
        picture = page.locator("figure img")
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("naturalWidth", 1)
        await page.get_by_role("button", name="Mở hồ sơ mới").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã mở hồ sơ")
        await page.get_by_role("button", name="Làm rõ thêm").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã chuyển")


async def test_by_clicking_a_post_is_sent_and_a_figure_entered(site: Site) -> None:
    async with clicking(site, "writer") as page:
        await page.get_by_role("link", name="Tuyên truyền").click()
        await page.get_by_role("link", name="Bài đăng").click()
        await page.get_by_label("Tìm trong bài").fill(free_post(library()).title)
        await page.get_by_role("button", name="Tìm").click()
        await page.get_by_role("main").get_by_role("link", name=free_post(library()).title).first.click()
        await page.get_by_label("Gửi tới").select_option("unit:to-1")
        await page.get_by_role("button", name="Xem lại trước khi gửi").click()
        await page.get_by_role("button", name="Gửi ngay cho 1 nhóm").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã giao cho hệ thống gửi")
        await page.get_by_role("button", name="Đăng xuất").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã đăng xuất")
    async with clicking(site, "military") as page:
        await page.get_by_role("link", name="Tuyên truyền").click()
        await page.get_by_role("link", name="Số liệu").click()
        await page.get_by_role("link", name="Cập nhật").first.click()
        await page.get_by_label("Giá trị").fill("43")
        await page.get_by_label("Tính đến ngày").fill("2026-11-20")
        await page.get_by_role("button", name="Ghi vào sổ").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã ghi số liệu mới")
    assert [row.value for row in await site.all(select(Figure))] == [43.0]


@pytest.mark.parametrize(("role", "width"), [(Role.APPROVER, 390), (Role.MILITARY, 1280), (Role.ADMIN, 390)])
async def test_every_page_can_be_read_by_the_old_and_the_blind(site: Site, role: Role, width: int) -> None:
    not_pages = ("/hinh", "/tep/{id}", "/tep/{id}/goc", "/nhom/ma/{code}", "/phieu", "/tai", ".ics", "/giay")
    async with clicking(site, role.value, width) as page:
        for route in ROUTES:
            if route.method == "GET" and route.act in {None, *RIGHTS[role]} and not route.path.endswith(not_pages):
                query = "?dich=all&luc=2026-11-24T22:00" if route.path.endswith("/gui") else ""
                await page.goto(f"{site.base}/can-bo{address(route.path, site)}{query}")
                assert await flaws(page) == [], route.path
