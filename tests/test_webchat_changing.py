"""Lines of the web that are corrected or withdrawn: every open page sees it, and so does who comes back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.channels.webchat_uploads import visitor_of
from bot.errors import Refused
from bot.library import Library
from bot.messages import Address, Choice, Outgoing, Picture
from bot.texts import Texts
from tests.browser import flaws, window
from tests.website import ROOM, VETERAN, Website, website

PRIVATE = Address("web", visitor_of(VETERAN))
PICTURE = Picture("ab" * 32, "Đồ họa")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    async with website(tmp_path, Library(Texts({}))) as running:
        yield running


async def test_an_open_page_is_told_of_a_change_in_the_place_of_the_old_line(site: Website) -> None:
    first = await site.answer("Cũ", "1.0", picture=PICTURE)
    await site.answer("Sau", "2.0")
    async with site.visitor() as veteran:
        await site.chat.edit(PRIVATE, first, Outgoing("Mới"))
        [line] = await veteran.until("lines")
    assert (line["id"], line["text"], line["edited"], line["changed"]) == (int(first), "Mới", True, True)
    assert line["picture"]["alt"] == "Đồ họa"


async def test_who_comes_back_is_told_what_was_changed_meanwhile(site: Website) -> None:
    first = await site.answer("Cũ", "1.0")
    async with site.visitor() as veteran:
        seen = veteran.lines[-1]["seen"]
    await site.chat.edit(PRIVATE, first, Outgoing("Mới"))
    await site.answer("Sau", "2.0")
    async with site.visitor(after=seen) as veteran:
        assert veteran.texts == ["Mới", "Sau"]
        seen = veteran.lines[-1]["seen"]
    async with site.visitor(after=seen) as veteran:
        assert veteran.texts == []


async def test_a_newly_opened_page_has_the_new_words_in_the_old_order(site: Website) -> None:
    first = await site.answer("Cũ", "1.0")
    await site.answer("Sau", "2.0")
    await site.chat.edit(PRIVATE, first, Outgoing("Mới"))
    async with site.visitor() as veteran:
        assert [line["text"] for line in veteran.lines if not line.get("changed")] == ["Mới", "Sau"]


async def test_nothing_of_the_words_of_a_withdrawn_line_is_kept(site: Website, tmp_path: Path) -> None:
    id = await site.answer("Một điều sai", "1.0", picture=PICTURE, choices=(Choice("Có", "yes"),))
    for _ in range(2):
        await site.chat.delete(PRIVATE, id)
    async with site.visitor() as veteran:
        for line in veteran.lines:
            assert (line["id"], line["text"], line["picture"], line["choices"]) == (int(id), "", None, [])
            assert line["withdrawn"] is True
        assert len(veteran.lines) == 2  # the line, and the news of its end


async def test_to_change_it_to_what_it_is_already_is_no_news(site: Website) -> None:
    id = await site.answer("Cũ", "1.0")
    for _ in range(3):
        await site.chat.edit(PRIVATE, id, Outgoing("Mới"))
    async with site.visitor() as veteran:
        assert len(veteran.lines) == 2


@pytest.mark.parametrize("id", ["", "x", "99999"])
async def test_what_is_not_there_cannot_be_changed(site: Website, id: str) -> None:
    with pytest.raises(Refused, match="cannot_edit"):
        await site.chat.edit(PRIVATE, id, Outgoing("Mới"))
    with pytest.raises(Refused, match="cannot_delete"):
        await site.chat.delete(PRIVATE, id)


async def test_a_visitors_own_words_and_another_place_are_not_changed(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="Lời của bác")
        await veteran.until("got")
        [line] = veteran.lines or await veteran.until("lines")
    ours = await site.answer("Của phường", "1.0")
    for address, id in ((PRIVATE, str(line["id"])), (Address.parse(ROOM), ours)):
        with pytest.raises(Refused):
            await site.chat.edit(address, id, Outgoing("Khác"))


def test_a_line_of_the_web_can_be_changed_at_any_time(site: Website) -> None:
    abilities = site.chat.abilities
    assert abilities.edits
    assert abilities.deletes_within is not None
    assert abilities.deletes_within > timedelta(days=36_500)


async def test_an_open_room_shows_corrections_and_withdrawals_and_so_does_the_page_loaded_anew(tmp_path: Path) -> None:
    async with website(tmp_path) as site, window(360, 740) as opened:
        await site.neighbourhoods(2)
        page, room = opened.page, Address.parse(ROOM)
        first, second = [await site.answer(f"Bài **{n}**", f"{n}.0", to=ROOM) for n in (1, 2)]
        await page.goto(f"{site.url}/bang-tin/TDP-2")
        await page.wait_for_selector("[data-ready]")
        third = await site.answer("Bài **3**", "3.0", to=ROOM)
        await page.wait_for_selector("#lines >> text=Bài 3")
        await site.chat.edit(room, first, Outgoing("Bài 1 **đúng**"))
        await site.chat.delete(room, second)
        await site.chat.edit(room, third, Outgoing("Bài 3 **đúng**"))
        await page.wait_for_selector("#lines >> text=Bài 3 đúng")
        assert await _rows(page) == ["Bài 3 đúng", "Tin này đã được rút lại.", "Bài 1 đúng"]
        assert await page.locator(".stamp", has_text="đã đính chính").count() == 2
        assert await flaws(page) == []
        await page.reload()
        await page.wait_for_selector("[data-ready]")
        assert await _rows(page) == ["Bài 3 đúng", "Tin này đã được rút lại.", "Bài 1 đúng"]
        assert await page.locator(".stamp", has_text="đã đính chính").count() == 2
        assert await flaws(page) == []
        assert opened.mistakes == []


async def test_an_open_conversation_shows_a_correction_in_its_place_and_keeps_settled_buttons_away(
    tmp_path: Path,
) -> None:
    async with website(tmp_path) as site, window(360, 740) as opened:
        page = opened.page
        await page.goto(f"{site.url}/chat")
        await page.wait_for_selector("[data-ready]")
        me = Address("web", visitor_of(await page.evaluate("localStorage.getItem('trian.key')")))
        asked = await site.answer("Câu hỏi cũ", "1.0", to=str(me), choices=(Choice("Có", "yes"),))
        await page.get_by_role("button", name="Có", exact=True).click()
        await page.wait_for_selector("li.mine:not([data-said])")
        later = await site.answer("Câu sau", "2.0", to=str(me), choices=(Choice("Vâng", "ok"),))
        await page.get_by_role("button", name="Vâng").wait_for()
        await site.chat.edit(me, asked, Outgoing("Câu hỏi mới", choices=(Choice("Có", "yes"),)))
        await site.chat.edit(me, later, Outgoing("Câu sau mới", choices=(Choice("Đồng ý", "ok"),)))
        await page.wait_for_selector("#lines >> text=Câu sau mới")
        assert (await _rows(page))[-3:] == ["Câu hỏi mới", "Có", "Câu sau mới"]
        assert await page.get_by_role("button", name="Có", exact=True).count() == 0
        assert await page.get_by_role("button", name="Đồng ý").count() == 1
        assert opened.mistakes == []


async def _rows(page: Page) -> list[str]:
    return [words.strip() for words in await page.locator("#lines .bubble > p").all_inner_texts()]
