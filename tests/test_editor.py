"""The editorial room in Chromium: a post written while its preview follows, submitted and approved, at both widths."""

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.models import PostVersion, VersionState
from tests.browser import flaws
from tests.dashboard_site import Site
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking
from tests.test_dashboard_editor import a_second_approver


async def sound(page: Page) -> None:
    await page.wait_for_load_state()  # with its style sheets
    assert await flaws(page) == []


@pytest.mark.parametrize("width", [1280, 390])
async def test_by_clicking_a_post_is_written_previewed_submitted_and_approved(site: Site, width: int) -> None:
    async with clicking(site, "writer", width) as page:
        await page.get_by_role("link", name="Tuyên truyền", exact=True).click()
        await page.get_by_role("link", name="Biên tập", exact=True).click()
        await sound(page)
        await page.get_by_role("link", name="Soạn bài mới").click()
        await sound(page)
        await page.get_by_label("Thông báo", exact=True).check()
        await page.get_by_role("button", name="Bắt đầu soạn").click()
        await page.get_by_label("Tiêu đề").fill("Mời họp")
        await page.get_by_label("Nội dung").fill("Mời bà con dự họp tại **nhà văn hóa**.")
        preview = page.locator("#xem-truoc")
        await expect(preview.locator(".panel-telegram strong").last).to_have_text("nhà văn hóa")
        await page.get_by_label("Zalo", exact=True).check()
        await expect(preview.locator(".panel-zalo")).to_be_visible()
        await expect(preview.locator(".panel-telegram")).to_be_hidden()
        await page.get_by_label("Nguồn", exact=True).fill("Ủy ban nhân dân phường")
        await expect(preview.get_by_text("Chưa ghi nguồn")).to_be_hidden()
        await expect(preview.locator(".panel-zalo")).to_be_visible()
        await page.get_by_label("Gửi tới").select_option("unit:to-1")
        await page.get_by_label("Giờ gửi").fill("2026-11-23T15:00")
        await page.get_by_label("Hạn dùng").fill("2026-12-31")
        await expect(preview.get_by_text("Không có điểm nào cần sửa")).to_be_visible()
        await sound(page)
        await page.get_by_role("button", name="Lưu và trình duyệt").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã trình duyệt")
        await sound(page)
        where = page.url.partition("?")[0]
    async with clicking(site, "approver", width) as page:
        await page.goto(where)
        await sound(page)
        await page.get_by_label("Tôi đã đọc kỹ nguyên văn").check()
        await page.get_by_role("button", name="Duyệt", exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text("Đã duyệt và hẹn giờ gửi")
        await page.goto(where)
        await sound(page)
    (version,) = await site.all(select(PostVersion).where(PostVersion.writer_id.is_not(None)))
    assert version.state == VersionState.APPROVED


async def test_without_scripts_the_button_saves_and_shows_the_preview(site: Site) -> None:
    await a_second_approver(site)
    async with site.signed_in("writer") as browser:
        made = await browser.post("/can-bo/bien-tap/moi", loai="slogan")
        where = made.headers["Location"]
        fields = {"tieu-de": "Khẩu hiệu", "noi-dung": "Uống nước nhớ nguồn", "nguon": "Kế hoạch", "lau-dai": "1"}
        saved = await browser.post(where, **fields, loai="slogan", ban=1, buoc="luu")
        page = await browser.get(saved.headers["Location"])
    assert "Đã lưu nháp" in page.words
    assert page.words.count("Uống nước nhớ nguồn") >= 4  # the field, Telegram, Zalo, web, print
