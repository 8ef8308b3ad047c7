"""Staff write down what somebody tells; who lost his receipt is known again; rights are seen to at the desk."""

import hashlib
from datetime import timedelta
from io import BytesIO

import aiohttp
import pytest
from playwright.async_api import FilePayload
from sqlalchemy import select

from bot.cases.recovering import Claimed
from bot.dashboard.uploads import LARGEST
from bot.models import (
    AuditEntry,
    Delivery,
    Person,
    RightsRequest,
    Task,
    TaskKind,
    Tip,
    TipFile,
    TipState,
)
from tests.browser import flaws, window
from tests.dashboard_site import PASSWORD, PNG, Answer, Browser, Site
from tests.dashboard_site import open_site as open_site
from tests.receipted import NAME, PHONE, STORY, told_tip

ENTER = "/can-bo/tin-bao/nhap"


async def enter(browser: Browser, *files: tuple[str, bytes], **changes: str) -> Answer:
    """The page sent as a browser sends it, files and all."""
    fields = {
        "csrf": await browser.token(),
        "came_by": "paper",
        "day": "2026-11-20",
        "witness_name": NAME,
        "witness_born": "1947",
        "witness_phone": PHONE,
        "q:chuyen": STORY,
        "q:nguon": "=chon-cat",
        "q:thoi-gian": "khoảng năm 1972",
        "read_out": "1",
        "agreed": "signed",
        **changes,
    }
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    for name, data in files:
        form.add_field("scan", BytesIO(data), filename=name, content_type="image/png")
    if not files:
        form.add_field("scan", b"", filename="", content_type="application/octet-stream")
    async with browser.session.post(browser.base + ENTER, data=form, allow_redirects=False) as answer:
        return Answer(answer.status, await answer.text(), answer.headers)


async def newest(site: Site) -> Tip:
    tip: Tip = (await site.all(select(Tip).order_by(Tip.id.desc()).limit(1)))[0]
    return tip


async def test_a_paper_becomes_a_tip_with_its_scan_and_a_receipt_to_print(site: Site) -> None:
    async with site.signed_in("military") as browser:
        done = await enter(browser, ("đơn viết tay.png", PNG))
        assert done.status == 303, done.words
        page = await browser.get(done.headers["Location"])
        tip = await newest(site)
        paper = await browser.get(f"/can-bo/tin-bao/{tip.id}/phieu")
        seen = await browser.get(f"/can-bo/tin-bao/{tip.id}")
    assert f"{tip.code[:4]} {tip.code[4:]}" in page.words if tip.code else False
    assert paper.body.startswith(b"%PDF")
    assert (tip.came_by, tip.state, tip.serial, tip.chat.channel) == ("paper", TipState.NEW, "1/2026", "desk")
    assert f"{tip.started_at:%d/%m/%Y}" == "20/11/2026"
    said = {answer.field: answer for answer in tip.answers}
    assert said["chuyen"].said == STORY
    assert said["nguon"].understood["value"] == "chon-cat"
    assert said["thoi-gian"].understood["year"] == 1972
    (file,) = said["anh"].files
    assert (file.sha256, file.mime) == (hashlib.sha256(PNG).hexdigest(), "image/png")
    assert (tip.people[0].name, tip.people[0].phone) == (NAME, PHONE)
    assert [(one.said, one.given, one.notice_version) for one in tip.consents] == [("Ký trên giấy", True, "2026-12")]
    assert "Luật Bảo vệ dữ liệu" in tip.consents[0].notice
    assert "nhận trên giấy" in seen.words
    assert STORY in seen.text


async def test_without_consent_a_name_or_any_word_nothing_is_written_down_and_nothing_typed_is_lost(
    site: Site,
) -> None:
    before = len(await site.all(select(Tip)))
    async with site.signed_in("military") as browser:
        for change, sentence in (
            ({"agreed": ""}, "phải nghe hoặc đọc thông báo"),
            ({"read_out": ""}, "phải nghe hoặc đọc thông báo"),
            ({"witness_name": " "}, "họ tên người cung cấp"),
            ({"came_by": "chat"}, "cách nào"),
            ({"day": "2030-01-01"}, "không muộn hơn hôm nay"),
            ({"unit": "999"}, "đơn vị thuộc phần việc"),
        ):
            answer = await enter(browser, **change)
            assert (answer.status, sentence in answer.words) == (422, True), (change, answer.words[:300])
            assert STORY in answer.text
        bare = {"q:chuyen": "", "q:nguon": "", "q:thoi-gian": ""}
        assert "ít nhất một mục" in (await enter(browser, **bare)).words
    assert len(await site.all(select(Tip))) == before


async def test_files_past_twenty_megabytes_are_refused_and_the_words_stay(site: Site) -> None:
    big = PNG + bytes(LARGEST // 2)
    async with site.signed_in("military") as browser:
        answer = await enter(browser, ("một.png", big), ("hai.png", big + b"2"))
        assert answer.status == 422
        assert "20 MB" in answer.words
        assert STORY in answer.text
        assert (await enter(browser, ("một.png", big))).status == 303
    (file,) = [one for one in await site.all(select(TipFile)) if one.channel == "desk"]
    assert file.size == len(big)


async def test_a_program_with_a_pictures_name_is_set_apart(site: Site) -> None:
    async with site.signed_in("military") as browser:
        await enter(browser, ("ảnh.png", b"MZ\x90\x00" + bytes(200)))
    (file,) = [one for one in await site.all(select(TipFile)) if one.channel == "desk"]
    assert file.quarantined == "type"


async def test_a_form_with_files_needs_our_token_and_other_pages_take_none(site: Site) -> None:
    async with site.signed_in("military") as browser:
        assert (await enter(browser, csrf="forged")).status == 403
        form = aiohttp.FormData({"csrf": await browser.token(), "text": "x"}, default_to_multipart=True)
        url = f"{browser.base}/can-bo/tin-bao/{site.ids['tip']}/tra-loi"
        async with browser.session.post(url, data=form) as answer:
            assert answer.status == 400


async def test_the_head_of_a_neighbourhood_enters_and_prints_but_reads_no_tip(site: Site) -> None:
    async with site.signed_in("head") as browser:
        assert (await enter(browser, came_by="door")).status == 303
        tip = await newest(site)
        assert tip.unit_id == site.ids["unit_1"]
        assert (await browser.get(f"/can-bo/tin-bao/{tip.id}/phieu")).status == 200
        assert (await browser.get(f"/can-bo/tin-bao/{tip.id}")).status == 403
        assert (await browser.get(f"/can-bo/tin-bao/{site.ids['tip_1']}/phieu")).status == 404
    async with site.signed_in("writer") as browser:
        assert (await browser.get(ENTER)).status == 403


async def test_who_told_on_the_phone_is_called_and_nothing_is_queued(site: Site) -> None:
    async with site.signed_in("military") as browser:
        await enter(browser, came_by="phone", agreed="phone")
        tip = await newest(site)
        before = len(await site.all(select(Delivery)))
        await browser.post(f"/can-bo/tin-bao/{tip.id}/tra-loi", text="Bác nhớ tên làng không ạ?")
    (task,) = await site.all(select(Task).where(Task.kind == TaskKind.CALL))
    assert (task.tip_id, "tên làng" in task.words) == (tip.id, True)
    assert len(await site.all(select(Delivery))) == before


# The receipt again


@pytest.mark.parametrize(
    ("name", "born", "phone", "known"),
    [
        ("trần thị ví dụ", "1947", "0912.345.678", True),
        ("TRAN THI VI DU", "", "+84 912 345 678", True),
        ("Trần Thị Ví Dụ", "1947", "", True),
        ("Trần Thị Ví Dụ", "1948", "0912345678", False),
        ("Trần Thị Ví Dụ", "1947", "0912345679", False),
        ("Trần Thị Ví", "1947", "0912345678", False),
    ],
)
def test_who_fits_in_name_and_all_that_is_known(name: str, born: str, phone: str, known: bool) -> None:
    assert Claimed(name, born, phone).fits(NAME, "sinh năm 1947", PHONE) is known


async def test_a_lost_receipt_is_found_by_the_person_and_every_check_is_written_down(site: Site) -> None:
    tip = await told_tip(site.database, site.now, "telegram:99")
    who = {"name": NAME, "born": "1947", "phone": PHONE}
    async with site.signed_in("front") as browser:
        wrong = await browser.post("/can-bo/tin-bao/tim-phieu", **{**who, "born": "1950"})
        assert "Không có phiếu nào khớp" in wrong.words
        assert (await browser.post("/can-bo/tin-bao/tim-phieu", name=NAME)).status == 422
        found = await browser.post("/can-bo/tin-bao/tim-phieu", **who)
        assert f"{(tip.code or '')[:4]} {(tip.code or '')[4:]}" in found.words
        assert STORY not in found.text
        printed = await browser.post("/can-bo/tin-bao/tim-phieu", **who, print=tip.id)
        assert printed.headers["Content-Type"] == "application/pdf"
    async with site.signed_in("head") as browser:
        assert "Không có phiếu nào khớp" in (await browser.post("/can-bo/tin-bao/tim-phieu", **who)).words
    rows = await site.all(select(AuditEntry).order_by(AuditEntry.id))
    assert [row.action for row in rows if row.action.endswith(("check", "receipt"))] == [
        *("identity_check", "identity_check", "look_receipt", "identity_check", "print_receipt", "identity_check"),
    ]
    assert NAME not in str([row.detail for row in rows])


# Rights, at the desk


async def test_a_request_is_answered_carried_out_and_told(site: Site) -> None:
    tip = await told_tip(site.database, site.now, "telegram:99")
    async with site.signed_in("military") as browser:
        assert (await browser.post("/can-bo/quyen", code="12345678", kind="delete")).status == 422
        assert (await browser.post("/can-bo/quyen", code=tip.code, kind="delete")).status == 303
        page = await browser.get("/can-bo/quyen")
        assert "Còn 15 ngày" in page.words
        (request,) = await site.all(select(RightsRequest))
        await browser.post(f"/can-bo/quyen/{request.id}", act="answer")
        short = await browser.post(f"/can-bo/quyen/{request.id}", act="refuse", reason="không")
        assert short.status == 422
        assert (await browser.post(f"/can-bo/quyen/{request.id}", act="carry_out")).status == 303
        assert (await browser.post(f"/can-bo/quyen/{request.id}", act="carry_out")).status == 422
        assert "Không có yêu cầu nào đang chờ" in (await browser.get("/can-bo/quyen")).words
    (person,) = await site.all(select(Person))
    assert person.name == ""
    told = [row.message["text"] for row in await site.all(select(Delivery)) if row.message and not row.broadcast_id]
    assert any("đã nhận yêu cầu xóa dữ liệu" in words for words in told)
    assert any("Phường đã xóa dữ liệu" in words for words in told)


async def test_who_asks_at_the_desk_sees_what_is_kept_at_once(site: Site) -> None:
    tip = await told_tip(site.database, site.now, "telegram:99")
    async with site.signed_in("military") as browser:
        page = await browser.post("/can-bo/quyen", code=f"{(tip.code or '')[:4]} {(tip.code or '')[4:]}", kind="see")
    assert STORY in page.text
    assert PHONE in page.text


async def test_the_days_left_turn_red_from_the_tenth(site: Site) -> None:
    tip = await told_tip(site.database, site.now, "telegram:99")
    async with site.signed_in("military") as browser:
        await browser.post("/can-bo/quyen", code=tip.code, kind="delete")
        (request,) = await site.all(select(RightsRequest))
        await browser.post(f"/can-bo/quyen/{request.id}", act="answer")
        for days, left, look in ((9, 6, "wait"), (10, 5, "bad")):
            async with site.database.write() as db:
                row = await db.get_one(RightsRequest, request.id)
                row.asked_at = site.now - timedelta(days=days)
                row.carry_out_by = row.asked_at + timedelta(days=15)
            assert f'<span class="badge {look}">Còn {left} ngày' in (await browser.get("/can-bo/quyen")).text


async def test_the_pages_are_for_a_telephone_too(site: Site) -> None:
    tip = await told_tip(site.database, site.now, "telegram:99")
    async with window(390, 844) as opened:
        page = opened.page
        await page.goto(f"{site.base}/can-bo/dang-nhap")
        await page.fill("[name=login]", "military")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")
        await page.goto(site.base + ENTER)
        assert await flaws(page) == []
        await page.check("[name=came_by][value=door]")
        await page.fill("#witness_name", NAME)
        await page.fill("[id='q:chuyen']", STORY)
        await page.set_input_files("#scan", FilePayload(name="so do.png", mimeType="image/png", buffer=PNG))
        await page.check("[name=read_out]")
        await page.check("[name=agreed][value=spoken]")
        async with page.expect_navigation():
            await page.click("button.big")
        assert "Mã phiếu" in await page.inner_text("main")
        assert await flaws(page) == []
        await page.goto(f"{site.base}/can-bo/quyen?ma={tip.code}")
        await page.select_option("#kind", "delete")
        async with page.expect_navigation():
            await page.click("text=Ghi yêu cầu")
        assert await flaws(page) == []
        await page.goto(f"{site.base}/can-bo/tin-bao/tim-phieu")
        assert await flaws(page) == []
        assert opened.mistakes == []
