"""The public pages: what they say, that they give nothing away, and that a veteran can use them on a small phone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import HOME
from bot.channels.webchat_uploads import visitor_of
from bot.library import Library, read_library
from bot.messages import Choice
from bot.models import Confirmation
from bot.pages import number, rich
from tests.browser import flaws, window
from tests.website import NOW_AT, ROOM, Website, website

PAGES = (
    "/",
    "/chat",
    "/bang-tin",
    "/bang-tin/TDP-2",
    "/hoi-dap",
    "/hoi-dap?q=adn",
    "/hoi-dap?q=khongco",
    "/hoi-dap/chien-dich-la-gi",
    "/quyen-rieng-tu",
)


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library) -> AsyncIterator[Website]:
    async with website(tmp_path, library) as running:
        await running.neighbourhoods(10, 2)
        yield running


async def text_of(site: Website, path: str, status: int = 200) -> str:
    async with site.session.get(site.url + path) as response:
        assert response.status == status
        return await response.text()


async def test_the_front_page_tells_the_day_of_the_campaign_and_the_three_ways(site: Website) -> None:
    page = await text_of(site, "/")
    assert ">254<" in page
    assert "246 ngày" in page
    assert all(f'href="{way}"' in page for way in ("/chat?bao-tin=1", "/hoi-dap", "/bang-tin"))
    assert "không tự đào bới" in page


async def test_every_page_is_signed_by_the_ward_and_points_to_the_privacy_page(site: Website) -> None:
    for path in PAGES:
        page = await text_of(site, path)
        assert "Phường Trần Nhân Tông, TP Hải Phòng" in page
        assert 'href="/quyen-rieng-tu"' in page


@pytest.mark.parametrize("path", [*PAGES, "/khong-co", "/hong", "/static/trian.css", "/static/nope.css"])
async def test_every_answer_has_the_security_headers(site: Website, path: str) -> None:
    async with site.session.get(site.url + path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Permissions-Policy"].startswith("geolocation=(self), microphone=(self)")


async def test_no_page_has_a_script_or_a_style_in_its_text(site: Website) -> None:
    for path in PAGES:
        page = await text_of(site, path)
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


async def test_a_page_that_is_not_there_says_so_in_vietnamese(site: Website) -> None:
    for path in ("/khong-co", "/hoi-dap/khong-co", "/bang-tin/khong-co", "/static/../bot/config.py"):
        assert "Không tìm thấy trang" in await text_of(site, path, 404)


async def test_a_page_that_breaks_gives_one_sentence_and_nothing_of_the_inside(
    site: Website, caplog: pytest.LogCaptureFixture
) -> None:
    page = await text_of(site, "/hong", 500)
    assert "Hệ thống đang trục trặc" in page
    assert "secret" not in page
    assert "RuntimeError (website.py:" in caplog.text
    assert "secret" not in caplog.text


async def test_the_font_and_the_stylesheet_are_ours_and_kept_by_the_browser(site: Website) -> None:
    async with site.session.get(f"{site.url}/static/fonts/BeVietnamPro-Bold.ttf") as font:
        assert font.content_type == "font/ttf"
        assert "immutable" in font.headers["Cache-Control"]
        assert (await font.read())[:4] == b"\0\1\0\0"
    page = await text_of(site, "/")
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    async with site.session.get(site.url + sheet) as css:
        assert "immutable" in css.headers["Cache-Control"]
        assert css.headers["Content-Encoding"] == "gzip"
        tag = css.headers["ETag"]
    async with site.session.get(site.url + sheet, headers={"If-None-Match": tag}) as again:
        assert again.status == 304


async def test_questions_are_found_without_accents_and_the_form_keeps_what_was_asked(site: Website) -> None:
    page = await text_of(site, "/hoi-dap?q=CHIEN dich den bao gio")
    assert "Chiến dịch kéo dài đến bao giờ?" in page
    assert "Đảng, Nhà nước coi việc này" not in page
    assert "Chưa có câu trả lời sẵn về «xyz»" in await text_of(site, "/hoi-dap?q=xyz")


async def test_what_is_typed_into_the_search_is_escaped(site: Website) -> None:
    page = await text_of(site, "/hoi-dap?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page


async def test_an_answer_stands_with_its_figures_filled_in_and_its_source(site: Website) -> None:
    page = await text_of(site, "/hoi-dap/chien-dich-den-bao-gio")
    assert "ngày thứ 500 thì hôm nay là ngày thứ 254, còn 246 ngày" in page
    assert "<strong>27/7/2027</strong>" in page
    assert "Nguồn: Kế hoạch tuyên truyền" in page
    assert "{{" not in page


async def test_a_held_question_is_public_only_after_a_named_person_released_it(site: Website, library: Library) -> None:
    held = replace(library.posts["chien-dich-la-gi"], standing="U")
    site.shelf.library = replace(library, posts={**library.posts, held.id: held})
    assert held.title not in await text_of(site, "/hoi-dap")
    await text_of(site, f"/hoi-dap/{held.id}", 404)
    await release(site, held.id, held.text_sha256)
    assert f"/hoi-dap/{held.id}" in await text_of(site, "/hoi-dap")
    await text_of(site, f"/hoi-dap/{held.id}")


async def release(site: Website, id: str, sha256: str) -> None:
    from bot.models import Role, Unit, UnitKind
    from bot.staff import add

    async with site.database.write() as db:
        ward = Unit(kind=UnitKind.WARD, code="P", name="Phường")
        db.add(ward)
        await db.flush()
        approver = await add(
            db, login="duyet", name="Người duyệt", role=Role.APPROVER, unit=ward, password="mat-khau-dai-1", now=NOW_AT
        )
        db.add(Confirmation(item_id=id, year=NOW_AT.year, text_sha256=sha256, staff_id=approver.id, at=NOW_AT))


async def test_rooms_are_listed_by_their_number_and_a_room_shows_its_posts_without_javascript(site: Website) -> None:
    await site.answer("**Thông báo** <b>mới</b>", "1.0", to=ROOM)
    rooms = await text_of(site, "/bang-tin")
    assert rooms.index("Tổ dân phố số 2") < rooms.index("Tổ dân phố số 10")
    assert "Tin mới nhất: 23/11/2026 07:30" in rooms
    page = await text_of(site, "/bang-tin/TDP-2")
    assert "<strong>Thông báo</strong> &lt;b&gt;mới&lt;/b&gt;" in page


def test_emphasis_and_links_become_html_and_everything_else_is_escaped() -> None:
    html = rich("**Đậm** <i>x</i>\nhai\n\nXem https://a.example/x?a=1&b=2.")
    assert html == (
        "<p><strong>Đậm</strong> &lt;i&gt;x&lt;/i&gt;<br>\nhai</p>\n"
        '<p>Xem <a href="https://a.example/x?a=1&amp;b=2" rel="noopener nofollow">https://a.example/x?a=1&amp;b=2</a>.</p>'
    )


def test_numbers_are_written_the_vietnamese_way() -> None:
    assert [number(n) for n in (43, 2730, 1_200_000, 12.5)] == ["43", "2.730", "1.200.000", "12,5"]


@pytest.mark.parametrize("size", [(360, 740), (1280, 900), (320, 640)])
async def test_every_page_can_be_read_by_old_eyes_and_by_a_screen_reader(site: Website, size: tuple[int, int]) -> None:
    await site.answer("Thông báo", "1.0", to=ROOM)
    async with window(*size) as opened:
        for path in PAGES:
            await opened.page.goto(site.url + path)
            assert await flaws(opened.page) == [], path
        assert opened.mistakes == []


async def test_a_veteran_writes_is_answered_and_presses_a_button_by_keyboard(site: Website) -> None:
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.fill("#box", "Tôi biết một ngôi mộ")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Tôi biết một ngôi mộ")
        key = await page.evaluate("localStorage.getItem('trian.key')")
        choices = (Choice("Tôi đồng ý", "yes"), Choice("Không", "no"), Choice("Nhắc lại", "again", aside=True))
        await site.answer("**Bác có đồng ý không?**", "1.0", to=f"web:{visitor_of(key)}", choices=choices)
        button = page.get_by_role("button", name="Tôi đồng ý")
        await button.wait_for()
        await button.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Tôi đồng ý")
        assert await page.get_by_role("button", name="Tôi đồng ý").count() == 0
        assert await flaws(page) == []
        assert opened.mistakes == []
    told, pressed = (site.chat.read(row) for row in site.inbox.rows.values())
    assert (told.text, pressed.choice) == ("Tôi biết một ngôi mộ", "yes")


async def test_what_was_written_while_the_service_failed_is_sent_when_it_is_back(site: Website) -> None:
    site.inbox.broken = True
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.fill("#box", "Tôi kể về đồng đội")
        await page.click("#say .send")
        await page.wait_for_selector("#problem:not([hidden])")
        await page.goto("about:blank")
        site.inbox.broken = False
        await page.goto(f"{site.url}/chat")
        await asyncio.wait_for(site.inbox.arrived.wait(), 30)
        await page.wait_for_selector("[data-ready]")
        assert await page.locator("li.mine").count() == 1
        assert opened.mistakes == []
    assert [site.chat.read(row).text for row in site.inbox.rows.values()] == ["Tôi kể về đồng đội"]


async def test_the_conversation_is_there_again_when_the_page_is_opened_again(site: Website) -> None:
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat?bao-tin=1")
        await page.wait_for_selector("li.mine:not([data-said])")
        await page.reload()
        await page.wait_for_selector("li.mine:not([data-said])")
        assert await page.locator("li.mine").count() == 1
        assert page.url == f"{site.url}/chat"
        assert opened.mistakes == []
    [row] = site.inbox.rows.values()
    assert site.chat.read(row).start == "tip"


async def test_what_is_too_long_stays_in_the_box_with_a_sentence(site: Website) -> None:
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.fill("#box", "a" * 4001)
        await page.click("#say .send")
        assert "4.000" in await page.inner_text("#problem")
        assert len(await page.input_value("#box")) == 4001
        assert opened.mistakes == []
    assert not site.inbox.rows


async def test_a_photo_is_sent_from_the_phone(site: Website, tmp_path: Path) -> None:
    photo = tmp_path / "giay-bao-tu.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.set_input_files("#picker", photo)
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Ảnh đã gửi")
        assert opened.mistakes == []
    [row] = site.inbox.rows.values()
    [sent] = site.chat.read(row).attachments
    assert await site.chat.fetch(sent) == photo.read_bytes()


async def test_the_place_is_sent_only_after_it_is_said_yes_to(site: Website) -> None:
    spot = {"latitude": 21.1313, "longitude": 106.469, "accuracy": 20}
    async with window(360, 740, geolocation=spot, permissions=["geolocation"]) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.click("#place")
        await page.wait_for_selector("#ask:not([hidden])")
        assert "20 mét" in await page.inner_text("#ask")
        assert not site.inbox.rows
        await page.click("#ask [data-yes]")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Nơi tôi đang đứng")
        assert opened.mistakes == []
    [row] = site.inbox.rows.values()
    assert site.chat.read(row).attachments[0].latitude == 21.1313


async def test_a_new_post_appears_in_an_open_room_and_a_question_there_becomes_private(site: Website) -> None:
    async with window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/bang-tin/TDP-2")
        await page.wait_for_selector("[data-ready]")
        assert await page.evaluate("localStorage.length") == 0
        await site.answer("**Bài mới** của phường", "1.0", to=ROOM)
        await page.wait_for_selector("#lines >> text=Bài mới")
        await page.fill("#text", "Tôi muốn hỏi")
        await page.click("#ask button")
        await page.wait_for_url("**/chat")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Tôi muốn hỏi")
        assert opened.mistakes == []
    [row] = site.inbox.rows.values()
    assert site.chat.read(row).start == "room:TDP-2"


async def test_who_leaves_the_conversation_on_a_shared_machine_takes_its_key_away(site: Website) -> None:
    async with window(360, 740) as opened:
        page = opened.page
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        await page.click("summary >> text=Riêng tư")
        await page.click("#forget")
        await page.wait_for_url(f"{site.url}/")
        assert await page.evaluate("localStorage.getItem('trian.key')") is None
        assert opened.mistakes == []
