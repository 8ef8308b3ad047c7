"""The pages of cases: opened from a tip, sealed until somebody says why he looks, decided, handed over, concluded."""

import re

import pytest
from sqlalchemy import select

from bot.models import AuditEntry, Case, CaseState, Delivery, Task, Tip, TipAnswer
from tests.browser import flaws, window
from tests.dashboard_site import NOON, PASSWORD, SECRET, Answer, Browser, Site
from tests.dashboard_site import open_site as open_site


async def opened(site: Site, browser: Browser, tip: str = "tip") -> str:
    """The address of a new case."""
    answer = await browser.post(f"/can-bo/tin-bao/{site.ids[tip]}/mo-ho-so")
    assert answer.status == 303, answer.words
    return str(answer.headers["Location"].partition("?")[0])


async def changed(browser: Browser, address: str, action: str, **fields: object) -> Answer:
    """As the form on the page does it."""
    page = await browser.get(address)
    found = re.search(r'name="version" value="(\d+)"', page.text)
    return await browser.post(f"{address}/{action}", **{"version": found[1] if found else "0", **fields})


async def test_a_case_opened_from_a_tip_holds_what_it_says_and_the_tip_names_the_case(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        page = await browser.get(address)
        tip = await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")
        listed = await browser.get("/can-bo/ho-so")
    assert "Nguyễn Văn Thắng, hay gọi Thắng còi" in page.text
    assert "HS-2026-0001" in tip.text
    assert "HS-2026-0001" in listed.text
    assert SECRET not in listed.text


async def test_an_exact_place_is_shown_only_once_for_a_reason_and_the_look_is_written_down(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        assert SECRET not in (await browser.get(address)).text
        assert (await browser.post(f"{address}/xem", reason="")).status == 422
        shown = await browser.post(f"{address}/xem", reason="Đối chiếu thực địa")
        assert SECRET in shown.text
        assert SECRET not in (await browser.get(address)).text
    looks = [row for row in await site.all(select(AuditEntry)) if row.action == "look_sealed"]
    assert [row.detail for row in looks] == [{"reason": "Đối chiếu thực địa"}]


async def test_looking_often_does_not_hide_what_was_done(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        for _ in range(3):
            page = await browser.get(address)
        assert page.words.count("Xem hồ sơ, Phạm Quốc Bảo") == 1
        assert "Mở hồ sơ" in page.words
    looks = select(AuditEntry).where(AuditEntry.action == "look", AuditEntry.subject.startswith("case:"))
    assert len(await site.all(looks)) == 3


async def test_who_may_not_see_places_sees_the_case_and_no_more(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
    async with site.signed_in("committee") as browser:
        page = await browser.get(address)
        assert page.status == 200
        assert SECRET not in page.text
        assert (await browser.post(f"{address}/xem", reason="tò mò")).status == 403
        assert (await changed(browser, address, "ghi-chu", words="x")).status == 403
    async with site.signed_in("front") as browser:
        assert (await browser.get(address)).status == 403


async def test_two_who_change_the_same_case_lose_nothing(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        old = re.search(r'name="version" value="(\d+)"', (await browser.get(address)).text)
        assert old
        await changed(browser, address, "ghi-chu", words="Người thứ nhất ghi")
        await changed(browser, address, "gap", age="86", only="1")
        late = await browser.post(f"{address}/ghi-chu", version=old[1], words="Người thứ hai ghi")
        assert late.status == 422
        assert "Có người vừa sửa hồ sơ này" in late.words
        assert "Người thứ hai ghi" in late.words
        assert "nhân chứng 86 tuổi" in (await browser.get("/can-bo/ho-so")).words


async def test_a_case_goes_from_the_tip_to_the_conclusion_by_its_pages(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        await browser.post(f"/can-bo/tin-bao/{site.ids['tip_1']}/gop", code="hs-2026-0001")
        page = await browser.post(f"{address}/xem", reason="Đọc các lời kể")
        claim = re.search(r'name="claim" value="(\d+)"', page.text)
        assert claim
        assert (await changed(browser, address, "chon", claim=claim[1], reason="Hai người cùng nói")).status == 303
        assert (await changed(browser, address, "buoc", to="enough")).status == 303
        assert (await changed(browser, address, "buoc", to="concluded")).status == 422
        assert (await changed(browser, address, "ban-giao", to="with_military")).status == 303
        for state, words in (("received", ""), ("accepted", ""), ("answered", "Đã khảo sát, chưa thấy")):
            number = re.search(r'name="handover" value="(\d+)"', (await browser.get(address)).text)
            assert number
            done = await changed(browser, address, "tiep-nhan", handover=number[1], state=state, words=words)
            assert done.status == 303, done.words
        assert (await changed(browser, address, "ket-luan", conclusion="not_confirmed")).status == 303
        assert (await changed(browser, address, "cong-bo")).status == 303
        assert (await changed(browser, address, "cong-bo")).status == 422
    async with site.signed_in("committee") as browser:
        assert (await changed(browser, address, "cong-bo")).status == 303
    (case,) = await site.all(select(Case).where(Case.code == "HS-2026-0001"))
    assert (case.state, case.released_at is not None) == (CaseState.CONCLUDED, True)
    told = [row.message["text"] for row in await site.all(select(Delivery)) if row.message]
    assert [words.count(",") for words in told if "đã có kết luận" in words] == [1]  # one informant, both his codes
    assert not any("Thắng" in words for words in told)


async def test_a_task_is_given_done_and_handed_on_when_a_colleague_leaves(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        people = re.findall(
            r'<option value="(\d+)"[^>]*>(Phạm Quốc Bảo|Hoàng Anh Dũng)', (await browser.get(address)).text
        )
        ids = {name: id for id, name in people}
        bao, dung = ids["Phạm Quốc Bảo"], ids["Hoàng Anh Dũng"]
        added = await changed(browser, address, "viec", words="Gọi hỏi dấu vết", due="2026-11-30", staff=bao)
        assert added.status == 303
        assert "Gọi hỏi dấu vết" in (await browser.get("/can-bo/viec")).text
        assert (await browser.post("/can-bo/viec/ban-giao", **{"from": bao, "to": dung})).status == 303
        (task,) = await site.all(select(Task).where(Task.created_by_id.is_not(None)))
        (case,) = await site.all(select(Case).where(Case.code == "HS-2026-0001"))
        assert (str(task.assigned_id), str(case.assigned_id)) == (dung, dung)
        await browser.post(f"/can-bo/viec/{task.id}/xong")
    (task,) = await site.all(select(Task).where(Task.created_by_id.is_not(None)))
    assert task.done_at is not None


async def test_cases_are_merged_and_taken_apart_by_their_codes(site: Site) -> None:
    async with site.signed_in("military") as browser:
        first, second = await opened(site, browser), await opened(site, browser, "tip_1")
        assert (await changed(browser, second, "gop", code="HS-2026-0009")).status == 422
        assert (await changed(browser, second, "gop", code="HS-2026-0001")).status == 303
        assert (await browser.get(second)).headers["Location"] == first
        assert (await changed(browser, first, "tach", code="HS-2026-0002")).status == 303
        assert (await browser.get(second)).status == 200


async def test_a_tip_is_offered_the_cases_that_may_be_about_the_same(site: Site) -> None:
    async with site.signed_in("military") as browser:
        await opened(site, browser)
        tip = f"/can-bo/tin-bao/{site.ids['tip_1']}"
        offered = await browser.get(tip)  # by the name it tells
        assert "Gộp vào hồ sơ HS-2026-0001" in offered.words
        assert "Gộp vào hồ sơ" in (await browser.get(f"{tip}?tim-ho-so=thang+coi")).words
        assert "Gộp vào hồ sơ" in (await browser.get(f"{tip}?tim-ho-so=hs-2026-0001")).words
        assert "Không có hồ sơ nào khớp" in (await browser.get(f"{tip}?tim-ho-so=nguyen+van+khong")).words
        assert (await browser.post(f"{tip}/gop", code="HS-2026-0001")).status == 303
        assert "Gộp vào hồ sơ" not in (await browser.get(tip)).words
        assert "HS-2026-0001" in (await browser.get("/can-bo/tin-bao")).text
    async with site.signed_in("front") as browser:
        assert (await browser.post(f"{tip}/mo-ho-so")).status == 403


async def test_what_was_told_since_is_taken_in_from_the_tip_or_from_the_case(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        async with site.database.write() as db:
            tip = await db.get_one(Tip, site.ids["tip"])
            tip.answers.append(TipAnswer(field="di-vat", said="Một cái bi đông", understood={"kind": "words"}, at=NOON))
        for path in (address, f"/can-bo/tin-bao/{site.ids['tip']}"):
            assert "1 câu chưa đưa vào hồ sơ" in (await browser.get(path)).words
        assert (await changed(browser, address, "dua-vao", tip=site.ids["tip"])).status == 303
        page = await browser.get(address)
    assert "Một cái bi đông" in page.text
    assert "chưa đưa vào hồ sơ" not in page.words


async def test_what_was_written_in_a_form_that_came_late_is_sent_again_with_one_press(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        claim = {
            "field": "ho-ten",
            "words": "Nguyễn Văn Thắn",
            "source": "heard",
            "sureness": "about",
            "said_by": "bà Tư",
        }
        await changed(browser, address, "kiem-tra", item="doc-ky")
        late = await browser.post(f"{address}/ghi-them", version="1", **claim)
        assert "Phạm Quốc Bảo, đánh dấu việc cần làm của bước" in late.words
        form = re.search(r"Điều vừa viết.*?<form.*?</form>", late.text, re.DOTALL)
        assert form
        again = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', form[0]))
        again |= re.findall(r'<textarea[^>]* name="([a-z_]+)"[^>]*>([^<]*)<', form[0])
        assert again.items() >= claim.items()
        assert (await browser.post(f"{address}/ghi-them", **again)).status == 303
        assert "Nguyễn Văn Thắn" in (await browser.get(address)).text


async def test_a_hand_over_comes_back_with_a_question_that_reaches_the_informant(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        await changed(browser, address, "buoc", to="enough")
        await changed(browser, address, "ban-giao", to="with_military")
        number = re.search(r'name="handover" value="(\d+)"', (await browser.get(address)).text)
        assert number
        back = {"handover": number[1], "state": "returned", "words": "Thiếu dấu vết", "question": "Cây đa còn không ạ?"}
        assert (await changed(browser, address, "tiep-nhan", **back)).status == 303
        page = await browser.get(address)
        assert "Trả lại" in page.words
        assert "«Thiếu dấu vết»" in page.words
        assert (await changed(browser, address, "buoc", to="paused")).status == 422
        assert (await changed(browser, address, "buoc", to="clearing")).status == 303
    told = [row.message["text"] for row in await site.all(select(Delivery).order_by(Delivery.id)) if row.message]
    assert "Cây đa còn không ạ?" in told[-2]
    assert not any("Thiếu dấu vết" in words for words in told)


async def test_the_list_is_filtered_by_unit_state_and_person_and_a_note_of_mine_is_mine(site: Site) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        await changed(browser, address, "ghi-chu", words="Chỉ tôi biết", kind="mine")
        await changed(browser, address, "ghi-chu", words="Cả nhóm biết")
        assert "Chỉ tôi biết" in (await browser.get(address)).text
        for query, seen in (("cua-toi=1", True), ("trang-thai=new", True), ("trang-thai=paused", False)):
            assert ("HS-2026-0001" in (await browser.get(f"/can-bo/ho-so?{query}")).text) is seen, query
        assert "HS-2026-0001" not in (await browser.get(f"/can-bo/ho-so?don-vi={site.ids['unit_2']}")).text
        assert "HS-2026-0001" not in (await browser.get("/can-bo/ho-so?tim=thang&trang=2")).text
    async with site.signed_in("committee") as browser:
        page = await browser.get(address)
    assert "Chỉ tôi biết" not in page.text
    assert "Cả nhóm biết" not in page.text


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_case_is_read_and_opened_in_a_real_browser(site: Site, width: int) -> None:
    async with site.signed_in("military") as browser:
        address = await opened(site, browser)
        await browser.post(f"/can-bo/tin-bao/{site.ids['tip_1']}/gop", code="hs-2026-0001")
    async with window(width, 900) as seen:
        page = seen.page
        await page.goto(f"{site.base}/can-bo/dang-nhap?toi={address}")
        await page.fill("input[name=login]", "military")
        await page.fill("input[name=password]", PASSWORD)
        await page.press("input[name=password]", "Enter")
        await page.fill("#look", "Đối chiếu thực địa")
        assert await flaws(page) == []
        async with page.expect_navigation():
            await page.click("text=Xem phần niêm phong")
        assert await page.get_by_text(SECRET).count() == 2
        assert await flaws(page) == []
        for path in ("ho-so", "viec", "tin-bao", f"tin-bao/{site.ids['tip']}"):
            await page.goto(f"{site.base}/can-bo/{path}")
            assert await flaws(page) == [], path
        assert seen.mistakes == []
