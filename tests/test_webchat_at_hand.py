"""The web chat under an old thumb: «Gửi» of the keyboard, large letters, reading aloud, buttons in reach, the place."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot import HOME
from bot.channels.webchat_uploads import visitor_of
from bot.library import Library, read_library
from bot.messages import AttachmentKind, Choice
from bot.portal import gazetteer
from tests.browser import Window, flaws, window
from tests.website import VETERAN, Website, website

WARD = "Phường Trần Nhân Tông, Thành phố Hải Phòng"
VOICE = """
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [{ lang: "en-US" }, { lang: "vi_VN" }], addEventListener() {},
    speak(one) { window.spoken.push(one); }, cancel() { window.spoken.push("cancel"); } } });
"""
PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library) -> AsyncIterator[Website]:
    async with website(tmp_path, library) as running:
        yield running


async def opened_chat(site: Website, opened: Window) -> Page:
    await opened.page.goto(f"{site.url}/chat")
    await opened.page.wait_for_selector("[data-ready]")
    return opened.page


async def asked(site: Website, page: Page, *labels: str, asides: tuple[str, ...] = (), text: str = "Từ đâu ạ?") -> None:
    """Our next line, with buttons."""
    key = await page.evaluate("localStorage.getItem('trian.key')")
    choices = [Choice(label, label) for label in labels] + [Choice(label, label, aside=True) for label in asides]
    await site.answer(text, text, to=f"web:{visitor_of(key)}", choices=tuple(choices))
    await page.wait_for_selector(f"#lines >> text={text}")


def heard(site: Website) -> list[Any]:
    return [site.chat.read(row) for row in site.inbox.rows.values()]


async def test_telephones_in_our_lines_are_called_with_one_press_and_figures_are_none(site: Website) -> None:
    text = "Gọi ngay: Ban Chỉ huy Quân sự phường 0225 000 0001, hoặc **113**. Mã 0123 4567, 115 mộ, **43** liệt sĩ."
    async with window() as opened:
        page = await opened_chat(site, opened)
        key = await page.evaluate("localStorage.getItem('trian.key')")
        await site.answer(text, "calls", to=f"web:{visitor_of(key)}")
        await page.wait_for_selector("li.ours >> text=Gọi ngay")
        calls = await page.eval_on_selector_all("a[href^='tel:']", "links => links.map((one) => one.href)")
        assert calls == ["tel:+842250000001", "tel:113"]


@pytest.mark.parametrize("device", [PHONE, {}])
async def test_enter_sends_and_shift_with_enter_begins_a_new_line(site: Website, device: dict[str, Any]) -> None:
    async with window(390, 844, **device) as opened:
        page = await opened_chat(site, opened)
        await page.click("#box")
        await page.keyboard.type("Dòng một")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("dòng hai")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("li.mine:not([data-said])")
        await expect(page.locator("#box")).to_have_value("")
        assert await page.get_attribute("#box", "enterkeyhint") == "send"
    assert [said.text for said in heard(site)] == ["Dòng một\ndòng hai"]


async def test_a_keyboard_that_tells_only_of_the_line_break_sends_too(site: Website) -> None:
    async with window(390, 844, **PHONE) as opened:
        page = await opened_chat(site, opened)
        await page.fill("#box", "Chào phường")
        told = "new InputEvent('beforeinput', { inputType: 'insertLineBreak', cancelable: true, bubbles: true })"
        assert await page.evaluate(f"document.getElementById('box').dispatchEvent({told})") is False
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Chào phường")
    assert [said.text for said in heard(site)] == ["Chào phường"]


async def test_large_letters_are_remembered_and_everything_still_fits(site: Website) -> None:
    async with window(320, 640, **PHONE) as opened:
        page = await opened_chat(site, opened)
        small = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.bubble')).fontSize)")
        await page.get_by_role("button", name="Chữ to").click()
        await page.reload()
        await page.wait_for_selector("[data-ready]")
        await expect(page.get_by_role("button", name="Chữ to")).to_have_attribute("aria-pressed", "true")
        large = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.bubble')).fontSize)")
        assert large > small * 1.3
        assert await flaws(page) == []
        assert opened.mistakes == []


async def test_our_messages_are_read_out_by_a_vietnamese_voice_and_fall_silent_again(site: Website) -> None:
    async with window() as opened:
        await opened.page.add_init_script(VOICE)
        page = await opened_chat(site, opened)
        await asked(site, page, text="Thưa bác. Xem https://tri-an.example/xyz nhé")
        row = page.locator("#lines > li").last
        await row.get_by_role("button", name="Đọc to").click()
        spoken = await page.evaluate("spoken.filter((one) => one.text).map((one) => [one.lang, one.text])")
        assert {lang for lang, _ in spoken} == {"vi-VN"}
        assert "xyz" not in " ".join(text for _, text in spoken)
        assert spoken[0][1] == "Thưa bác."
        await row.get_by_role("button", name="Thôi đọc").click()
        await row.get_by_role("button", name="Đọc to").wait_for()
        assert await page.evaluate("spoken.at(-1)") == "cancel"
        assert await page.get_by_role("button", name="Đọc to").count() == 2
        assert await flaws(page) == []


async def test_without_a_vietnamese_voice_there_is_no_button_to_read(site: Website) -> None:
    async with window() as opened:
        await opened.page.add_init_script(VOICE.replace("vi_VN", "fr-FR"))
        page = await opened_chat(site, opened)
        await expect(page.get_by_role("button", name="Đọc to")).to_have_count(0)


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (740, 320), (640, 400)])
async def test_the_buttons_of_our_last_message_stay_in_reach_and_focus_is_never_hidden(
    site: Website, size: tuple[int, int]
) -> None:
    async with window(*size, **PHONE) as opened:
        page = await opened_chat(site, opened)
        for number in range(6):
            await asked(site, page, text=f"Câu {number}: " + "kể chậm cũng được ạ. " * 8)
        await asked(site, page, "Tôi thấy", "Nghe kể lại", "Đọc giấy tờ", asides=("Bỏ qua", "Nhắc lại"))
        choices = page.locator("#choices > button:not([aria-expanded])")
        assert await choices.all_inner_texts() == ["Tôi thấy", "Nghe kể lại", "Đọc giấy tờ"]
        await page.evaluate("scrollTo(0, 0)")
        for button in await choices.all():
            assert await in_sight(button)
        more = page.get_by_role("button", name="Lựa chọn khác (2)")
        assert await flaws(page) == []
        assert await hidden_focus(page) == []
        await more.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Bỏ qua").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Bỏ qua")
        await expect(page.locator("#choices")).to_be_hidden()
        assert opened.mistakes == []
    assert [said.choice for said in heard(site)] == ["Bỏ qua"]


async def in_sight(button: Any) -> bool:
    return bool(
        await button.evaluate(
            """(one) => { const box = one.getBoundingClientRect();
            const at = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
            return box.top >= 0 && box.bottom <= innerHeight && one.contains(at); }"""
        )
    )


async def hidden_focus(page: Page) -> list[str]:
    """What the keyboard reaches while the bar above the box covers it."""
    found = []
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(40):
        await page.keyboard.press("Tab")
        hidden = await page.evaluate(
            """() => { const one = document.activeElement; if (one === document.body || one.closest(".skip")) return "";
            const bar = document.getElementById("say"), box = one.getBoundingClientRect();
            if (bar.contains(one) || bar.classList.contains("loose")) return "";
            return box.bottom <= bar.getBoundingClientRect().top + 1 ? "" : one.outerHTML.slice(0, 80); }"""
        )
        if hidden:
            found.append(hidden)
    return found


async def test_a_photo_that_goes_takes_no_button_away_and_the_next_question_brings_its_own(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await asked(site, page, "Có", "Không", text="Bác có ảnh không?")
        file: Any = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 64}
        await page.set_input_files("#picker", [file])
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Ảnh đã gửi")
        await expect(page.get_by_role("button", name="Không")).to_be_visible()
        await asked(site, page, "Rồi", text="Xong chưa ạ?")
        await expect(page.get_by_role("button", name="Rồi")).to_be_visible()
        await expect(page.get_by_role("button", name="Không")).to_have_count(0)


async def test_what_the_conversation_is_made_of_is_a_list_within_a_log(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        tree = page.get_by_role("log", name="Cuộc trò chuyện").get_by_role("list").first
        await expect(tree.get_by_role("listitem")).to_have_count(1)


async def test_where_one_stands_says_so_and_warns_when_it_is_not_exact(site: Website) -> None:
    spot = {"latitude": 21.1313, "longitude": 106.469, "accuracy": 450}
    async with window(390, 844, geolocation=spot, permissions=["geolocation"]) as opened:
        page = await opened_chat(site, opened)
        await page.click("#place")
        await expect(page.locator("#ask")).to_contain_text("450 mét")
        await expect(page.locator("#ask")).to_contain_text("chưa đủ")
        assert not site.inbox.rows
        await page.click("#ask [data-yes]")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Nơi tôi đang đứng")
    [said] = heard(site)
    assert (said.attachments[0].name, said.attachments[0].accuracy) == ("here", 450)


async def chosen(page: Page) -> None:
    """The ward, found by its former name."""
    await page.click("#spot")
    await page.keyboard.type("thôn Khê Khẩu, Văn Đức, Chí Linh")
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name=WARD).check()


async def test_the_place_of_a_grave_is_found_by_its_former_name_and_sent_with_its_words(site: Website) -> None:
    async with window(390, 844, **PHONE) as opened:
        page = await opened_chat(site, opened)
        await chosen(page)
        await expect(page.locator("[data-accuracy]")).to_contain_text("lệch tới 4 km")
        assert await flaws(page) == []
        await page.get_by_role("button", name="Gửi nơi này").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Nơi có mộ, do tôi chọn")
        assert opened.mistakes == []
    [said] = heard(site)
    assert said.text == f"Nơi có mộ: thôn Khê Khẩu, Văn Đức, Chí Linh (nay là {WARD})"
    [place] = said.attachments
    assert (place.kind, place.name) == (AttachmentKind.LOCATION, "pin")
    assert place.accuracy > 3000


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (740, 320)])
async def test_a_pin_is_dropped_on_the_map_by_a_touch_or_by_keyboard_alone(
    site: Website, size: tuple[int, int]
) -> None:
    async with window(*size, **PHONE, reduced_motion="reduce") as opened:
        page = await opened_chat(site, opened)
        await chosen(page)
        await page.get_by_role("button", name="Chấm trên bản đồ").press("Enter")
        await page.locator("#spot-dialog .place-word", has_text="Trần Nhân Tông").wait_for()
        for _ in range(4):
            await page.get_by_role("button", name="Phóng to").press("Enter")
        await page.get_by_role("button", name="Chấm vào giữa bản đồ").press("Enter")
        await expect(page.locator("[data-accuracy]")).to_contain_text("có thể lệch khoảng")
        await page.get_by_role("button", name="Bỏ dấu chấm").press("Enter")
        await expect(page.locator("[data-accuracy]")).to_contain_text("vị trí chung")
        await page.locator("#spot-dialog .map").click(position={"x": 60, "y": 60})
        await expect(page.locator("#spot-dialog .pin-dot")).to_have_count(1)
        assert await flaws(page) == []
        await page.get_by_role("button", name="Gửi nơi này").press("Enter")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Nơi có mộ, do tôi chọn")
        assert opened.mistakes == []
    [place] = heard(site)[0].attachments
    assert place.name == "pin"
    assert place.accuracy <= 200


async def test_a_place_nobody_knows_is_sent_in_words_alone(site: Website) -> None:
    async with window(390, 844, **PHONE) as opened:
        page = await opened_chat(site, opened)
        await page.click("#spot")
        await page.keyboard.type("đồi 42 gần suối Đá Bàn")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-state]")).to_contain_text("Chưa thấy tên này")
        await page.get_by_role("button", name="Gửi nơi này").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=đồi 42")
    [said] = heard(site)
    assert (said.text, said.attachments) == ("Nơi có mộ: đồi 42 gần suối Đá Bàn", ())


async def test_places_are_looked_up_only_so_often_and_nothing_else_is_given_away(site: Website) -> None:
    url = f"{site.url}{gazetteer.PATH}"
    async with site.session.get(url, params={"q": "xã Hải Lăng, Quảng Trị"}) as answer:
        [place] = (await answer.json())["places"]
        assert (place["title"], place["known"]) == ("Xã Hải Lăng, Tỉnh Quảng Trị", False)
        assert answer.headers["Cache-Control"] == "no-store"
    async with site.session.get(url) as answer:
        assert [name for name, *_ in (await answer.json())["names"] if name in WARD] == ["Phường Trần Nhân Tông"]
    statuses = []
    for _ in range(25):
        async with site.session.get(url, params={"q": "x" * 5000}) as answer:
            statuses.append(answer.status)
    assert (statuses[0], statuses[-1]) == (200, 429)


@pytest.mark.parametrize("written", ["here", "pin", "khac", 7, None])
async def test_only_the_two_kinds_of_place_are_taken(site: Website, written: object) -> None:
    async with site.visitor(VETERAN) as veteran:
        await veteran.say(id="tin-00001", location={"lat": 21.1, "lon": 106.4, "name": written})
        await veteran.until("got")
    [place] = heard(site)[0].attachments
    assert place.name == (written if written in ("here", "pin") else "")


async def test_without_javascript_the_page_says_what_to_do_and_the_receipt_still_opens(site: Website) -> None:
    async with window(390, 844, java_script_enabled=False) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        assert "gặp cán bộ và kể trực tiếp" in (await page.text_content("noscript") or "")
        await expect(page.locator("noscript a[href='/phieu']")).to_be_visible()
        await expect(page.locator("#say")).to_be_hidden()
        await page.click("summary >> text=Có mã phiếu?")
        await page.fill("#code", "482 915 773")
        await page.click("#ticket button")
        await page.wait_for_url("**/phieu/482915773")


async def test_a_link_to_the_receipt_opens_its_field(site: Website) -> None:
    async with window(390, 844) as opened:
        await opened.page.goto(f"{site.url}/chat#ticket")
        await expect(opened.page.locator("#code")).to_be_focused()
