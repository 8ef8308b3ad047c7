"""Old eyes and hands on the public pages: narrow screens, letters of twice the size, thumbs, a keyboard, «Chữ to»."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot import HOME
from bot.config import Contact
from bot.library import Library, read_library
from tests.browser import flaws, window
from tests.receipted import told_tip
from tests.test_feed import sent
from tests.website import NOW_AT, ROOM, Website, website

WARD = Contact("0225 000 0001 (ví dụ)", "0225 000 0002", "0225 000 0003", "Số 1 đường Ví Dụ", "7 giờ 30 – 17 giờ")
PAGES = (
    *("/", "/tin", "/tin/moi", "/bang-tin", "/bang-tin/TDP-2", "/hoi-dap", "/hoi-dap?q=adn", "/hoi-dap?q=khongco"),
    *("/hoi-dap/chien-dich-la-gi", "/phieu", "/phieu?ma=x", "/quyen-rieng-tu"),
)
LARGER = "#larger"


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library) -> AsyncIterator[Website]:
    async with website(tmp_path, library, WARD) as running:
        await running.neighbourhoods(2)
        await running.answer("**Thông báo** https://example.vn/mot-dia-chi-rat-dai-khong-co-dau-cach", "1", to=ROOM)
        await sent(running, "moi", "Mời bà con cung cấp thông tin", "Đoạn một.")
        yield running


async def pages(site: Website) -> tuple[str, ...]:
    return (*PAGES, f"/phieu/{(await told_tip(site.database, NOW_AT)).code}")


@pytest.mark.parametrize("size", [(320, 640), (390, 844), (740, 320), (1280, 900)])
async def test_nothing_is_cut_off_or_too_small_to_press_at_any_size_of_screen_or_letters(
    site: Website, size: tuple[int, int]
) -> None:
    async with window(*size) as opened:
        for path in await pages(site):
            await opened.page.goto(site.url + path)
            assert await flaws(opened.page) == [], path
            assert await opened.page.evaluate(_SMALL) == [], path
            assert await opened.page.evaluate(_CUT) == [], path
            await opened.page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await opened.page.evaluate(_CUT) == [], f"{path}, letters of twice the size"
        assert opened.mistakes == []


async def test_each_link_and_button_shows_that_the_keyboard_is_on_it(site: Website) -> None:
    async with window(390, 844) as opened:
        for path in ("/", "/phieu", "/hoi-dap", "/tin/moi", "/bang-tin/TDP-2"):
            await opened.page.goto(site.url + path)
            count = await opened.page.evaluate(f"{_REACHED}.length")
            seen = set()
            for _ in range(count):
                await opened.page.keyboard.press("Tab")
                place, ring = await opened.page.evaluate(_FOCUSED)
                seen.add(place)
                assert ring, f"{path}: {place}"
            assert len(seen) == count, path


async def test_larger_letters_stay_on_every_page_until_they_are_put_back(site: Website) -> None:
    async with window(390, 844) as opened:
        page = opened.page
        await page.goto(site.url)
        usual = await letters(page)
        await page.click(LARGER)
        assert await letters(page) > usual * 1.25
        for path in ("/chat", "/bang-tin/TDP-2", "/khong-co", *PAGES):
            await page.goto(site.url + path)
            assert await letters(page) > usual * 1.25, path
            assert await page.get_attribute(LARGER, "aria-pressed") == "true"
            assert await page.evaluate(_CUT) == [], path
            assert await page.evaluate(_SMALL) == [], path
        await page.click(LARGER)
        await page.goto(site.url)
        assert await letters(page) == usual
        assert await page.get_attribute(LARGER, "aria-pressed") == "false"
        assert await page.evaluate("localStorage.getItem('trian.larger')") is None


async def test_larger_letters_are_pressed_by_keyboard_and_called_by_their_name(site: Website) -> None:
    async with window(390, 844) as opened:
        await opened.page.goto(site.url)
        button = opened.page.get_by_role("button", name="Chữ to", pressed=False)
        await button.focus()
        await opened.page.keyboard.press("Enter")
        await opened.page.get_by_role("button", name="Chữ to", pressed=True).wait_for()
        assert await flaws(opened.page) == []
        assert opened.mistakes == []


async def test_a_browser_that_keeps_nothing_gets_larger_letters_for_this_page(site: Website) -> None:
    async with window(390, 844) as opened:
        await opened.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError') }})"
        )
        await opened.page.goto(site.url)
        usual = await letters(opened.page)
        await opened.page.click(LARGER)
        assert await letters(opened.page) > usual
        assert opened.mistakes == []


async def test_without_javascript_there_is_no_button_that_does_nothing(site: Website) -> None:
    async with window(390, 844, java_script_enabled=False) as opened:
        await opened.page.goto(site.url)
        assert not await opened.page.is_visible(LARGER)
        assert await opened.page.is_visible("nav a[href='/phieu']")


async def letters(page: Page) -> float:
    await page.wait_for_load_state()
    return float(await page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)"))


_REACHED = (
    """[...document.querySelectorAll('a[href], button, input, textarea, summary')].filter((e) => e.checkVisibility())"""
)

_FOCUSED = f"""() => {{
  const e = document.activeElement, style = getComputedStyle(e);
  return [`${{{_REACHED}.indexOf(e)}} ${{e.textContent.trim().slice(0, 30)}}`,
    style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
}}"""

_SMALL = """() => [...document.querySelectorAll('a[href], button, summary, input, textarea')].filter((e) => {
  if (!e.checkVisibility() || e.closest('.visually-hidden, .skip')) return false;
  const alone = e.parentElement.textContent.trim() === e.textContent.trim();
  const inWords = getComputedStyle(e).display === 'inline' && !alone;
  const { width, height } = e.getBoundingClientRect();
  return !inWords && Math.min(width, height) < 43.9;
}).map((e) => e.outerHTML.slice(0, 90))"""

_CUT = """() => [...document.querySelectorAll('body, body *')].filter((e) => {
  if (!e.checkVisibility() || e.closest('.visually-hidden, .skip, svg, input, textarea, progress')) return false;
  const inside = getComputedStyle(e).display !== 'inline' && e.clientWidth && e.scrollWidth > e.clientWidth + 1;
  const { left, right } = e.getBoundingClientRect();
  return inside || left < -1 || right > innerWidth + 1;
}).map((e) => `${e.tagName}.${e.className}`)"""
