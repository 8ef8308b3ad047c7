"""The staff's pages: tip-offs and their files; every look is written down."""

import hashlib

import pytest
from sqlalchemy import select

from bot.models import AuditEntry, Delivery, TipFile
from tests.dashboard_site import PNG, SECRET, Site
from tests.dashboard_site import open_site as open_site


async def test_every_look_at_a_tip_is_written_down_without_its_words(site: Site) -> None:
    async with site.signed_in("military") as browser:
        await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")
        await browser.get(f"/can-bo/tep/{site.ids['file_tip']}")
        await browser.get(f"/can-bo/tep/{site.ids['file_tip']}")
        await browser.get("/can-bo/tin-bao?tim=thắng")
    rows = [row for row in await site.all(select(AuditEntry).order_by(AuditEntry.id)) if row.action != "sign_in"]
    assert [(row.action, row.subject) for row in rows] == [
        ("look", f"tip:{site.ids['tip']}"),
        ("file", f"tip:{site.ids['tip']}"),
        ("search", "tips"),
    ]
    assert "thắng" not in str([row.detail for row in rows]).casefold()


async def test_a_tip_shows_the_words_said_the_replaced_ones_struck_and_the_file_with_its_hash(site: Site) -> None:
    async with site.signed_in("military") as browser:
        page = await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")
    assert SECRET in page.text
    assert "<s>Gần cầu Ngầm</s>" in page.text
    assert "Máy hiểu: khoảng năm 1972" in page.words
    assert hashlib.sha256(PNG).hexdigest() in page.text
    assert "bản 2026-11" in page.words
    assert "Tệp trên nền tảng đã hết hạn." in page.words


async def test_tips_are_found_without_accents(site: Site) -> None:
    async with site.signed_in("military") as browser:
        assert "58K2-9QTM" in (await browser.get("/can-bo/tin-bao?tim=doi+42+suoi")).text
        assert "58K2-9QTM" not in (await browser.get("/can-bo/tin-bao?tim=truong+son")).text
        assert "58K2-9QTM" not in (await browser.get("/can-bo/tin-bao?trang-thai=concluded")).text


async def test_a_place_is_not_in_the_list_of_tips(site: Site) -> None:
    async with site.signed_in("military") as browser:
        assert SECRET not in (await browser.get("/can-bo/tin-bao")).text


async def test_an_original_comes_as_it_was_sent_and_never_as_a_page(site: Site) -> None:
    async with site.signed_in("military") as browser:
        answer = await browser.get(f"/can-bo/tep/{site.ids['file_tip']}/goc")
    assert answer.body == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_file_that_calls_itself_html_is_only_bytes(site: Site) -> None:
    async with site.database.write() as db:
        (await db.get_one(TipFile, site.ids["file_tip"])).mime = "text/html"
    async with site.signed_in("military") as browser:
        answer = await browser.get(f"/can-bo/tep/{site.ids['file_tip']}/goc")
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("sha256", ["../../trian.sqlite3", "", "A" * 64, "/etc/passwd", "0" * 64])
async def test_the_file_route_cannot_be_walked_out_of(site: Site, sha256: str) -> None:
    async with site.database.write() as db:
        (await db.get_one(TipFile, site.ids["file_tip"])).sha256 = sha256
    async with site.signed_in("military") as browser:
        assert (await browser.get(f"/can-bo/tep/{site.ids['file_tip']}")).status == 404
        for path in ("..%2F..%2Fetc%2Fpasswd", "-1", "9" * 40, "1%00", "١"):
            assert (await browser.get(f"/can-bo/tep/{path}")).status in (404, 400), path


async def test_a_message_of_ours_reaches_the_informant_and_an_empty_one_is_refused(site: Site) -> None:
    path = f"/can-bo/tin-bao/{site.ids['tip']}"
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"{path}/tra-loi", text="Bác nhớ thêm tên làng không ạ?")).status == 303
        assert (await browser.post(f"{path}/tra-loi", text=" ")).status == 422
        told = await browser.post(f"{path}/tra-loi", text="Thưa bác, đã tìm thấy người thân của bác.")
        assert told.status == 422
        assert "hai người cùng cho công bố" in told.words
        assert "đã tìm thấy người thân" in told.words
    said = [row.message["text"] for row in await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None)))]
    assert len(said) == 1
    assert "tên làng" in said[0]
    assert len(site.woken) == 1
