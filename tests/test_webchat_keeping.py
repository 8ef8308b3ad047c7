"""Nothing that is told in the web chat is lost: half-written words, photos, recordings, a full browser, no network."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from bot import HOME
from bot.channels import webchat_uploads
from bot.library import Library, read_library
from bot.messages import AttachmentKind
from bot.portal import offline
from tests.browser import Window, flaws, window
from tests.website import Website, website

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
FULL = "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
UPLOADS = "**/chat/upload"


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Website]:
    monkeypatch.setattr(webchat_uploads, "PACE", 0.05)
    async with website(tmp_path, library) as running:
        yield running


async def opened_chat(site: Website, opened: Window) -> Page:
    await opened.page.goto(f"{site.url}/chat")
    await opened.page.wait_for_selector("[data-ready]")
    return opened.page


def photo(number: int = 0, size: int = 64) -> Any:
    body = b"\x89PNG\r\n\x1a\n" + bytes([number % 256]) * size
    return {"name": f"anh{number:02}.png", "mimeType": "image/png", "buffer": body}


def heard(site: Website) -> list[Any]:
    return [site.chat.read(row) for row in site.inbox.rows.values()]


async def files(site: Website) -> list[str]:
    return sorted(file.name for said in heard(site) for file in said.attachments)


async def refused(route: Route) -> None:
    await route.abort("connectionreset")


async def test_half_written_words_are_in_the_box_again_after_a_reload_and_gone_once_sent(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.locator("#box").press_sequentially("Tôi còn nhớ một")
        await page.reload()
        await expect(page.locator("#box")).to_have_value("Tôi còn nhớ một")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said])")
        await page.reload()
        await page.wait_for_selector("li.mine:not([data-said])")
        await expect(page.locator("#box")).to_have_value("")
        assert opened.mistakes == []


async def test_a_photo_whose_upload_is_cut_off_is_shown_and_sent_again(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.route(UPLOADS, refused)
        await page.set_input_files("#picker", [photo(1)])
        line = page.locator("#unsent li")
        await expect(line).to_contain_text("anh01.png")
        await expect(line).to_contain_text("Mất kết nối")
        assert await flaws(page) == []
        await page.unroute(UPLOADS)
        await line.get_by_role("button", name="Gửi lại").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Ảnh đã gửi")
        await expect(page.locator("#unsent")).to_be_hidden()
    assert await files(site) == ["anh01.png"]


async def test_photos_on_their_way_when_the_page_was_closed_go_together_when_it_is_opened_again(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        begun = asyncio.Event()

        async def hanging(_route: Route) -> None:
            begun.set()

        await page.route(UPLOADS, hanging)
        await page.set_input_files("#picker", [photo(number) for number in range(9)])
        await begun.wait()
        await expect(page.locator("#unsent li")).to_have_count(9)
        await kept_in_the_browser(page, 9)
        await page.goto("about:blank")
        await page.unroute(UPLOADS)
        page = await opened_chat(site, opened)
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Ảnh đã gửi")
        await expect(page.locator("#unsent")).to_be_hidden()
        await kept_in_the_browser(page, 0)
    [said] = heard(site)
    assert await files(site) == [f"anh{number:02}.png" for number in range(9)]
    assert await site.chat.fetch(said.attachments[0]) == photo(0)["buffer"]


COUNT = """name => new Promise((resolve) => { const asked = indexedDB.open("trian"); asked.onsuccess = () => {
  const rows = asked.result.transaction(name).objectStore(name).count();
  rows.onsuccess = () => { asked.result.close(); resolve(rows.result); }; }; })"""


async def kept_in_the_browser(page: Page, count: int, name: str = "files") -> None:
    async with asyncio.timeout(30):
        while await page.evaluate(COUNT, name) != count:
            await asyncio.sleep(0.05)


async def test_what_was_uploaded_but_not_confirmed_is_said_once_and_only_once(site: Website) -> None:
    site.inbox.broken = True
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.set_input_files("#picker", [photo(1)])
        await page.wait_for_selector("#problem:not([hidden])")
        await expect(page.locator("#unsent li")).to_contain_text("Đang chờ phường nhận")
        await page.goto("about:blank")
        site.inbox.broken = False
        page = await opened_chat(site, opened)
        await expect(page.locator("#unsent")).to_be_hidden()
        await page.wait_for_selector("li.mine:not([data-said])")
        assert await page.locator("li.mine").count() == 1
    assert await files(site) == ["anh01.png"]


async def test_thirty_six_photos_chosen_at_once_all_arrive_ten_to_a_message(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.set_input_files("#picker", [photo(number) for number in range(36)])
        await expect(page.locator("#unsent li")).to_have_count(36)
        await expect(page.locator("#unsent")).to_be_hidden(timeout=60_000)
    assert await files(site) == [photo(number)["name"] for number in range(36)]
    told = heard(site)
    assert all(len(said.attachments) <= 10 for said in told)
    assert len({said.album for said in told}) == 1
    assert told[0].album


async def test_who_has_sent_too_many_photos_is_told_that_the_rest_waits_and_may_drop_it(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.chat._uploads, "_allowances", webchat_uploads.Allowances(2, 600))
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.set_input_files("#picker", [photo(number) for number in range(4)])
        await expect(page.locator("#unsent li")).to_have_count(2)
        await expect(page.locator("#unsent li").first).to_contain_text("chờ một lát")
        await expect(page.locator("#unsent [data-count]")).to_contain_text("Còn 2 tệp")
        for _ in range(2):
            await page.locator("#unsent li").first.get_by_role("button", name="Bỏ").click()
        await expect(page.locator("#unsent")).to_be_hidden()
        await expect(page.locator("#box")).to_be_focused()
    assert await files(site) == ["anh00.png", "anh01.png"]


async def test_a_file_that_is_too_large_stays_with_the_reason_and_holds_nobody_up(
    site: Website, tmp_path: Path
) -> None:
    large = tmp_path / "phim.mp4"
    large.write_bytes(b"\0" * (webchat_uploads.LARGEST_FILE + 1))
    small = tmp_path / "anh.png"
    small.write_bytes(photo()["buffer"])
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.set_input_files("#picker", [large, small])
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Ảnh đã gửi")
        line = page.locator("#unsent li")
        await expect(line).to_contain_text("25 MB")
        await expect(line.get_by_role("button", name="Gửi lại")).to_be_hidden()
        await line.get_by_role("button", name="Bỏ").click()
        await expect(page.locator("#unsent")).to_be_hidden()
        assert opened.mistakes == []
    assert await files(site) == ["anh.png"]


async def test_a_recording_keeps_its_player_until_the_service_has_it(site: Website) -> None:
    async with window(390, 844, MICROPHONE, permissions=["microphone"]) as opened:
        page = await opened_chat(site, opened)
        await page.route(UPLOADS, refused)
        await record(page)
        line = page.locator("#unsent li")
        await expect(line.get_by_role("button", name="Gửi")).to_be_focused()
        await line.get_by_role("button", name="Gửi").click()
        await expect(line).to_contain_text("Mất kết nối")
        await expect(line.locator("audio")).to_be_visible()
        assert await flaws(page) == []
        await kept_in_the_browser(page, 1)
        await page.reload()
        await page.wait_for_selector("[data-ready]")
        await expect(page.locator("#unsent audio")).to_be_visible()
        await page.unroute(UPLOADS)
        await page.locator("#unsent").get_by_role("button", name="Gửi lại").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Lời ghi âm đã gửi")
        await expect(page.locator("#unsent")).to_be_hidden()
    [voice] = heard(site)[0].attachments
    assert voice.kind is AttachmentKind.VOICE
    assert await site.chat.fetch(voice)


async def record(page: Page) -> None:
    await page.click("#voice")
    await kept_in_the_browser(page, 1, "pieces")
    await page.click("#voice")
    await expect(page.locator("#unsent audio")).to_be_visible()


async def test_a_recording_that_was_running_when_the_page_went_away_is_there_again(site: Website) -> None:
    async with window(390, 844, MICROPHONE, permissions=["microphone"]) as opened:
        page = await opened_chat(site, opened)
        await page.click("#voice")
        await expect(page.locator("#voice")).to_contain_text("0:02")
        await page.reload()
        line = page.locator("#unsent li")
        await expect(line.locator("audio")).to_be_visible()
        assert not site.inbox.rows
        await line.get_by_role("button", name="Gửi").click()
        await page.wait_for_selector("li.mine:not([data-said]) >> text=Lời ghi âm đã gửi")
        await page.reload()
        await page.wait_for_selector("[data-ready]")
        await expect(page.locator("#unsent")).to_be_hidden()
        assert opened.mistakes == []
    assert len(site.inbox.rows) == 1


async def test_a_recording_is_dropped_only_after_it_is_said_twice(site: Website) -> None:
    async with window(390, 844, MICROPHONE, permissions=["microphone"]) as opened:
        page = await opened_chat(site, opened)
        await record(page)
        page.once("dialog", lambda dialog: dialog.dismiss())
        await page.locator("#unsent").get_by_role("button", name="Bỏ").click()
        await expect(page.locator("#unsent audio")).to_be_visible()
        page.once("dialog", lambda dialog: dialog.accept())
        await page.locator("#unsent").get_by_role("button", name="Bỏ").click()
        await expect(page.locator("#unsent")).to_be_hidden()
        await kept_in_the_browser(page, 0)
    assert not site.inbox.rows


async def test_to_leave_while_something_is_unsent_asks_first(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        asked: list[str] = []

        async def note(dialog: Any) -> None:
            asked.append(dialog.type)
            await dialog.accept()

        page.on("dialog", note)
        await page.fill("#box", "Chào")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said])")
        await page.reload()
        await page.wait_for_selector("[data-ready]")
        assert asked == []
        await page.route(UPLOADS, refused)
        await page.set_input_files("#picker", [photo(1)])
        await expect(page.locator("#unsent li")).to_contain_text("Mất kết nối")
        await page.click("#box")
        await page.reload()
        assert asked == ["beforeunload"]


async def test_a_message_is_sent_and_the_person_told_when_the_browser_can_store_no_more(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.fill("#box", "xin chào")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=xin chào")
        await page.evaluate(FULL)
        await page.fill("#box", "tiến độ")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said]) >> text=tiến độ")
        await expect(page.locator("#banner")).to_contain_text("đã đầy")
        assert opened.mistakes == []
    assert [said.text for said in heard(site)] == ["xin chào", "tiến độ"]


async def test_what_was_said_to_a_full_browser_and_a_broken_service_outlives_the_page(site: Website) -> None:
    site.inbox.broken = True
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.evaluate(FULL)
        await page.fill("#box", "tiến độ")
        await page.click("#say .send")
        await page.wait_for_selector("#problem:not([hidden])")
        await page.goto("about:blank")
        site.inbox.broken = False
        page = await opened_chat(site, opened)
        await page.wait_for_selector("li.mine:not([data-said]) >> text=tiến độ")
    assert [said.text for said in heard(site)] == ["tiến độ"]


async def test_without_a_network_the_page_opens_says_so_keeps_the_words_and_sends_them_later(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.locator("#banner")).to_contain_text("Mất kết nối")
        assert await page.evaluate("getComputedStyle(document.querySelector('.say')).position") == "sticky"
        await page.fill("#box", "Tôi kể lúc mất mạng")
        await page.click("#say .send")
        await expect(page.locator("li.mine")).to_contain_text("Tôi kể lúc mất mạng")
        await page.set_input_files("#picker", [photo(1)])
        await page.locator("#box").press_sequentially("Còn nữa")
        await page.reload()
        await expect(page.locator("li.mine")).to_contain_text("Tôi kể lúc mất mạng")
        await expect(page.locator("#box")).to_have_value("Còn nữa")
        await expect(page.locator("#unsent li")).to_contain_text("anh01.png")
        assert not site.inbox.rows
        await page.context.set_offline(False)
        await expect(page.locator("li.waiting")).to_have_count(0)
        await expect(page.locator("#unsent")).to_be_hidden()
        await expect(page.locator("#banner")).to_be_hidden()
    assert [said.text for said in heard(site)] == ["Tôi kể lúc mất mạng", ""]
    assert await files(site) == ["anh01.png"]


async def test_only_the_page_and_its_own_files_are_ever_kept_for_later(site: Website) -> None:
    async with window() as opened:
        page = await opened_chat(site, opened)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.fill("#box", "Một điều riêng")
        await page.click("#say .send")
        await page.wait_for_selector("li.mine:not([data-said])")
        for path in ("/", "/hoi-dap", "/chat?bao-tin=1"):
            await page.goto(site.url + path)
        kept = await page.evaluate(
            """async () => { const found = []; for (const name of await caches.keys())
            for (const one of await (await caches.open(name)).keys()) found.push(one.url.replace(location.origin, ""));
            return found; }"""
        )
        loaded = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
        scripts = {one.removeprefix(site.url) for one in loaded if one.endswith(".js") and "/static/" in one}
        assert scripts <= set(kept)
        assert len(scripts) == len(offline.SCRIPTS)
        assert {one for one in kept if not one.startswith("/static/")} == {"/chat"}
        words = await page.evaluate("caches.match('/chat').then((page) => page.text())")
        assert "Một điều riêng" not in words


async def test_the_phone_may_put_the_chat_on_its_screen(site: Website) -> None:
    async with site.session.get(f"{site.url}/ung-dung.webmanifest") as answer:
        assert answer.content_type == "application/manifest+json"
        told = await answer.json(content_type=None)
    assert (told["start_url"], told["display"], told["lang"]) == ("/chat", "standalone", "vi")
    for icon in told["icons"]:
        async with site.session.get(site.url + icon["src"]) as drawn:
            assert (drawn.status, drawn.content_type) == (200, "image/png")
    async with site.session.get(f"{site.url}/chat-sw.js") as script:
        assert (script.content_type, script.headers["Cache-Control"]) == ("text/javascript", "no-cache")
        assert "default-src 'self'" in script.headers["Content-Security-Policy"]
