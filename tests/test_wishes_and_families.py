"""What staff see of those who tell no tip but wish to be called, and of families that search for their own."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.cases import cases, erasing, wishes
from bot.cases.claims import fields
from bot.cases.gathering import Order, gather
from bot.cases.headings import groups_of
from bot.cases.packages import Press, make
from bot.cases.papers import Papers
from bot.models import Case, Chat, Claim, Consent, PersonRole, Staff, Task, TaskKind, Tip, TipState
from tests.browser import flaws, window
from tests.dashboard_site import PASSWORD, Site
from tests.dashboard_site import open_site as open_site
from tests.receipted import said
from tests.test_entering import enter, newest

WISH = "Nhờ cán bộ gọi lại cho tôi\nsố tôi 0912 345 678"
MOTHER_S_SIDE = "Bác Năm, em gái cùng mẹ"


async def wish(site: Site) -> int:
    async with site.database.write() as db:
        chat = await db.get_one(Chat, site.ids["chat_veteran"])
        chat.title = "Ông Ví Dụ"
        task = wishes.of_chat(chat, TaskKind.CALL, site.now, site.config.service.zone)
        task.words = WISH
        db.add(task)
        await db.flush()
        return task.id


async def family(site: Site) -> Tip:
    """A request told to its end."""
    at = site.now
    async with site.database.write() as db:
        tip = Tip(chat_id=site.ids["chat_veteran"], unit_id=site.ids["unit_ward"], code="4829-1576", form="family")
        tip.state, tip.started_at, tip.changed_at, tip.told_at = TipState.NEW, at, at, at
        told = {"ho-ten": "Nguyễn Văn Tám", "quan-he": "Em ruột", "ho-ngoai": MOTHER_S_SIDE, "da-tim": "Quảng Trị"}
        tip.answers = [said(field, words, at) for field, words in told.items()]
        agreed = Consent(notice_version="2026-12", notice="…", said="Tôi đồng ý", given=True, at=at)
        agreed.role, tip.consents = PersonRole.WITNESS, [agreed]
        db.add(tip)
    return tip


async def test_a_wish_without_a_tip_stands_among_the_tasks_with_its_words_and_is_done_like_any_other(
    site: Site,
) -> None:
    id = await wish(site)
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/viec")
        for words in ("số tôi 0912 345 678", "Telegram", "Ông Ví Dụ", "Gọi điện"):
            assert words in page.words
        assert (await browser.post(f"/can-bo/viec/{id}/giao", staff=3)).status == 303
        assert "Ông Ví Dụ" in (await browser.get("/can-bo/viec")).words
        assert (await browser.post(f"/can-bo/viec/{id}/xong")).status == 303
        assert "Ông Ví Dụ" not in (await browser.get("/can-bo/viec")).words
    async with site.signed_in("army-1") as browser:
        assert (await browser.post(f"/can-bo/viec/{id}/xong")).status == 404


async def test_who_has_his_words_deleted_leaves_none_in_a_wish_of_the_same_chat(site: Site) -> None:
    id = await wish(site)
    async with site.database.write() as db:
        tip = await db.get_one(Tip, site.ids["tip"])
        officer = (await db.scalars(select(Staff).where(Staff.login == "military"))).one()
        await erasing.erase(db, site.shelf.library, tip, site.now, officer)
        assert (await db.get_one(Task, id)).words == ""


async def test_a_family_s_request_has_a_badge_a_filter_and_its_own_labels(site: Site) -> None:
    tip = await family(site)
    async with site.signed_in("military") as browser:
        for address, there in (("", True), ("?loai=family", True), ("?loai=tip", False), ("?loai=khac", True)):
            page = await browser.get(f"/can-bo/tin-bao{address}")
            assert ("4829-1576" in page.text) == there, address
        assert "58K2-9QTM" not in (await browser.get("/can-bo/tin-bao?loai=family")).text
        assert '<span class="badge info">Gia đình đi tìm</span>' in page.text
        shown = await browser.get(f"/can-bo/tin-bao/{tip.id}")
        assert "Người họ ngoại có thể cho mẫu" in shown.words
        assert "Gia đình đi tìm" in shown.words
        assert "Gia đình đi tìm" not in (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).words


async def test_a_family_s_request_becomes_a_case_its_claims_and_a_package_with_its_own_labels(
    site: Site, tmp_path: Path
) -> None:
    tip, library = await family(site), site.shelf.library
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"/can-bo/tin-bao/{tip.id}/mo-ho-so")).status == 303
    (case,) = await site.all(select(Case).where(Case.code != "HS-2025-0001"))
    async with site.signed_in("military") as browser:
        page = await browser.get(f"/can-bo/ho-so/{case.id}")
        assert page.status == 200
        assert MOTHER_S_SIDE not in page.words
    claimed = {one.field: one.words for one in await site.all(select(Claim))}
    assert (claimed["ho-ten"], claimed["ho-ngoai"]) == ("Nguyễn Văn Tám", MOTHER_S_SIDE)
    known = fields(site.config.content)
    assert {known.of(field).label for field in claimed} >= {"Người họ ngoại có thể cho mẫu", "Gia đình đã tìm ở đâu"}
    papers = Papers(library.texts, site.config.service.zone, "Phường")
    async with site.database.read() as db:
        officer = (await db.scalars(select(Staff).where(Staff.login == "military"))).one()
        order = Order(site.config.content, library, officer, site.now)
        contents = await gather(db, await db.get_one(Case, case.id), papers, order)
        assert await cases.tips_of(db, case)
    labels = {one.field: one.label for told in contents.tips for one in told.answers}
    assert labels["ho-ngoai"] == "Người họ ngoại có thể cho mẫu"
    press = Press(papers, site.config.content, site.config.data / "media", groups_of(site.config.content))
    make(tmp_path / "goi.zip", contents, press)
    with zipfile.ZipFile(tmp_path / "goi.zip") as book:
        assert any(name.endswith(".docx") for name in book.namelist())


async def test_staff_write_down_a_family_s_request_with_its_own_questions(site: Site) -> None:
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/tin-bao/nhap?mau=family")
        assert "Người họ ngoại có thể cho mẫu" in page.words
        assert "Vì sao biết" not in page.words
        wrong = await enter(browser, form="family", came_by="", **{"q:ho-ngoai": MOTHER_S_SIDE, "q:nguon": ""})
        assert (wrong.status, MOTHER_S_SIDE in wrong.text) == (422, True)
        done = await enter(browser, form="family", **{"q:ho-ngoai": MOTHER_S_SIDE, "q:nguon": ""})
        assert done.status == 303, done.words
    tip = await newest(site)
    assert (tip.form, tip.state) == ("family", TipState.NEW)
    assert {one.field: one.said for one in tip.answers}["ho-ngoai"] == MOTHER_S_SIDE
    assert tip.consents[0].notice_version == site.shelf.library.forms["family"].version


@pytest.mark.parametrize("width", [390, 1280])
async def test_in_a_browser_the_pages_of_both_hold_together(site: Site, width: int) -> None:
    await wish(site)
    tip = await family(site)
    paths: list[Any] = ["viec", "tin-bao?loai=family", f"tin-bao/{tip.id}", "tin-bao/nhap?mau=family", "van-de"]
    async with window(width, 900) as opened:
        page = opened.page
        await page.goto(f"{site.base}/can-bo/dang-nhap")
        await page.fill("#login", "military")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_selector(".tiles")
        for path in paths:
            await page.goto(f"{site.base}/can-bo/{path}")
            assert await flaws(page) == [], path
        assert opened.mistakes == []
