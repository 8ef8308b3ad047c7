"""The staff's pages of questions and of rumours, over real HTTP: written once for all, in person, linked, set aside."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.keys import Shelf
from bot.models import (
    AuditEntry,
    Delivery,
    PostStep,
    PostVersion,
    Question,
    QuestionState,
    Rumour,
    RumourReport,
    RumourState,
    Staff,
    VersionState,
)
from bot.posts.approval import approve, sha256_now
from bot.posts.versions import refresh
from scheduler.answers import tell_who_waits
from tests.dashboard_site import NOON, Site, library, open_site

__all__ = ["open_site"]
ANSWER = {
    "title": "Đi thăm nghĩa trang liệt sĩ thì hỏi ai?",
    "body": "Bác hỏi Ủy ban nhân dân phường để biết giờ thăm viếng.",
    "source": "Kế hoạch của phường, mục IV",
    "topic": "chien-dich",
    "ends": "2027-07-27",
}
CLEAR = "Có phải nộp tiền thì mộ mới được lấy mẫu?"


async def ask(site: Site, words: str, chat: str = "chat_veteran", **more: Any) -> int:
    async with site.database.write() as db:
        question = Question(chat_id=site.ids[chat], text=words, state=QuestionState.WAITING, asked_at=NOON, **more)
        db.add(question)
        await db.flush()
        return question.id


async def test_like_questions_are_one_line_with_how_many_ask_and_the_most_asked_is_first(site: Site) -> None:
    for chat in ("chat_veteran", "chat_one"):
        await ask(site, "giá vàng hôm nay", chat, likeness="gold")
    async with site.signed_in("committee") as browser:
        page = (await browser.get("/can-bo/hoi")).text
    assert page.count("giá vàng hôm nay") == 1
    assert page.index("giá vàng hôm nay") < page.index("thăm nghĩa trang")


async def test_an_answer_is_written_once_waits_for_approval_and_its_wordings_are_those_who_asked(site: Site) -> None:
    one = await ask(site, "thăm nghĩa trang hỏi ai", likeness="visit")
    two = await ask(site, "muốn thăm nghĩa trang", "chat_one", likeness="visit")
    async with site.signed_in("committee") as browser:
        assert (await browser.post(f"/can-bo/hoi/{one}/soan", **ANSWER)).headers["Location"].endswith("answer_proposed")
        again = await browser.post(f"/can-bo/hoi/{one}/soan", **ANSWER)
        assert (again.status, "đang chờ duyệt" in again.words) == (422, True)
        assert "Đã gửi duyệt" in (await browser.get("/can-bo/hoi")).words
    [version] = await site.all(select(PostVersion).where(PostVersion.writer_id.is_not(None)))
    assert (version.state, version.kind, version.post_id) == (VersionState.SUBMITTED, "hoi-dap", f"hoi-dap-{one}")
    assert version.more["asks"] == ["thăm nghĩa trang hỏi ai", "muốn thăm nghĩa trang"]
    steps = await site.all(select(PostStep.step).where(PostStep.version_id == version.id).order_by(PostStep.id))
    assert steps == ["written", "submitted"]
    waiting = await site.all(select(Question).where(Question.id.in_([one, two])))
    assert {(row.post_id, row.version_id, row.state) for row in waiting} == {(version.post_id, version.id, "waiting")}


async def test_what_the_checklist_has_something_to_say_of_is_kept_as_a_draft_in_the_editor(site: Site) -> None:
    page = f"/can-bo/hoi/{site.ids['question']}"
    async with site.signed_in("committee") as browser:
        typed = {**ANSWER, "body": "Phường đã lấy mẫu 2.435 ngôi mộ, bác hỏi thêm ở Ủy ban nhân dân phường."}
        where = (await browser.post(f"{page}/soan", **typed)).headers["Location"]
        assert "/can-bo/bien-tap/" in where
        assert "gõ tay" in (await browser.get(where)).words
        shown = await browser.get(page)
        assert where.partition("?")[0] in shown.text
        assert "Viết lời đáp cho thư viện" not in shown.words
        assert (await browser.post(f"{page}/soan", **ANSWER)).status == 422
    [version] = await site.all(select(PostVersion).where(PostVersion.writer_id.is_not(None)))
    assert (version.state, version.body) == (VersionState.DRAFT, typed["body"])


async def test_approved_by_another_it_is_in_force_and_all_who_asked_hear_it(site: Site) -> None:
    one = await ask(site, "thăm nghĩa trang hỏi ai", likeness="visit")
    async with site.signed_in("committee") as browser:
        await browser.post(f"/can-bo/hoi/{one}/soan", **ANSWER)
    shelf = Shelf(library())
    assert await tell_who_waits(site.database, shelf.library, site.config, site.now) == 0
    async with site.database.write() as db:
        version = await db.scalar(select(PostVersion).where(PostVersion.writer_id.is_not(None)))
        approver = await db.scalar(select(Staff).where(Staff.login == "approver"))
        assert version is not None
        assert approver is not None
        sha256 = await sha256_now(db, shelf.library, site.config, version, site.now)
        await approve(db, shelf.library, site.config, version, sha256, approver, site.now)
        await refresh(db, shelf, site.now.date())
    assert await tell_who_waits(site.database, shelf.library, site.config, site.now) == 1
    mine = (Delivery.broadcast_id.is_(None), Delivery.chat_id == site.ids["chat_veteran"])
    [sent] = await site.all(select(Delivery).where(*mine))
    assert ANSWER["body"] in sent.message["text"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": "A"}, "Tiêu đề"),
        ({"body": "ngắn"}, "Lời đáp từ 20"),
        ({"source": ""}, "căn cứ"),
        ({"topic": "khong-co"}, "chủ đề"),
        ({"ends": "2026-11-22"}, "ngày cuối"),
        ({"ends": "mai"}, "ngày cuối"),
        ({"body": "Con số là {{ khong_co }} và nhiều chữ nữa."}, "ngoặc nhọn"),
        ({"body": "Hỏng {% if %} rồi, còn viết thêm cho đủ."}, "ngoặc nhọn"),
    ],
)
async def test_what_cannot_be_an_answer_is_said_and_nothing_written_is_lost(
    site: Site, wrong: dict[str, str], sentence: str
) -> None:
    page = f"/can-bo/hoi/{site.ids['question']}/soan"
    async with site.signed_in("committee") as browser:
        answer = await browser.post(page, **{**ANSWER, **wrong})
    assert answer.status == 422
    assert sentence in answer.words
    kept = {**ANSWER, **wrong}["title"]
    assert f'value="{kept}"' in answer.text
    assert await site.all(select(PostVersion).where(PostVersion.writer_id.is_not(None))) == []


async def test_nothing_that_says_whose_remains_were_found_is_sent_or_proposed(site: Site) -> None:
    page, words = f"/can-bo/hoi/{site.ids['question']}", "Phường báo tin: đã tìm thấy mộ của liệt sĩ nhà bác."
    async with site.signed_in("committee") as browser:
        for answer in (
            await browser.post(page, text=words),
            await browser.post(f"{page}/soan", **{**ANSWER, "body": words}),
        ):
            assert answer.status == 422
            assert "Xin viết lại" in answer.words
            assert words in answer.text
    assert await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None))) == []


async def test_an_answer_that_is_there_already_reaches_all_who_asked(site: Site) -> None:
    one = await ask(site, "quay phim", likeness="film")
    await ask(site, "quay phim đi", "chat_one", likeness="film")
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"/can-bo/hoi/{one}/chon", post="khong-co")).status == 422
        chosen = await browser.post(f"/can-bo/hoi/{one}/chon", post="co-duoc-quay-phim-lay-mau")
        assert chosen.status == 303
    assert await tell_who_waits(site.database, library(), site.config, site.now) == 2
    told = await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None)))
    assert {row.chat_id for row in told} == {site.ids["chat_veteran"], site.ids["chat_one"]}


async def test_a_personal_question_is_answered_in_person_only_and_who_looked_is_noted(site: Site) -> None:
    one = await ask(site, "mẹ tôi được bao nhiêu tiền", sensitive="benefit")
    async with site.signed_in("committee") as browser:
        listed = await browser.get("/can-bo/hoi")
        assert "Chế độ của gia đình" in listed.words
        assert "mẹ tôi được" not in listed.text
        page = await browser.get(f"/can-bo/hoi/{one}")
        assert "mẹ tôi được bao nhiêu tiền" in page.words
        assert "Viết lời đáp cho thư viện" not in page.words
        assert (await browser.post(f"/can-bo/hoi/{one}", text="Mời bác lên phường.")).status == 303
    looks = await site.all(select(AuditEntry.subject).where(AuditEntry.action == "look_question"))
    assert looks == [f"question:{one}"]
    [row] = await site.all(select(Question).where(Question.id == one))
    assert (row.state, row.answered_at) == (QuestionState.ANSWERED, site.now)


async def test_what_is_no_question_is_set_aside_and_nobody_is_written_to(site: Site) -> None:
    page = f"/can-bo/hoi/{site.ids['question']}/xep"
    async with site.signed_in("committee") as browser:
        assert (await browser.post(page)).status == 303
        assert (await browser.post(page)).status == 422
    assert await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None))) == []


async def test_the_week_lists_what_was_asked_unanswered_and_misunderstood(site: Site) -> None:
    answered = {"post_id": "chien-dich-la-gi", "right": False}
    for at in (NOON, NOON - timedelta(days=9)):
        async with site.database.write() as db:
            row = Question(
                chat_id=site.ids["chat_veteran"], text="x", state=QuestionState.ANSWERED, asked_at=at, **answered
            )
            db.add(row)
    async with site.signed_in("approver") as browser:
        page = await browser.get("/can-bo/hoi/tuan")
    assert "2 câu hỏi: 1 đã trả lời, 1 đang chờ cán bộ" in page.words
    assert page.text.count("Chiến dịch 500 ngày đêm là gì?") == 2
    assert "thăm nghĩa trang" in page.words


async def test_a_rumour_is_read_on_its_own_page_only_and_the_look_is_noted(site: Site) -> None:
    async with site.signed_in("military") as browser:
        listed = await browser.get("/can-bo/tin-sai")
        assert "Đòi tiền, lừa đảo" in listed.words
        assert "5 triệu" not in listed.text
        page = await browser.get(f"/can-bo/tin-sai/{site.ids['rumour']}")
        assert "&lt;b&gt;5 triệu" in page.text
        assert 'href="https://lua.example' not in page.text
        assert (await browser.get(f"/can-bo/tin-sai/{site.ids['rumour']}/hinh")).status == 404
    looks = await site.all(select(AuditEntry.subject).where(AuditEntry.action == "look_rumour"))
    assert looks == [f"rumour:{site.ids['rumour']}"]
    async with site.signed_in("writer") as browser:
        assert (await browser.get(f"/can-bo/tin-sai/{site.ids['rumour']}")).status == 403


async def test_the_front_page_counts_new_rumours_for_those_who_may_see_them(site: Site) -> None:
    async with site.signed_in("military") as browser:
        assert "1 phản ánh tin sai mới" in (await browser.get("/can-bo")).words
    async with site.signed_in("writer") as browser:
        assert "phản ánh tin sai" not in (await browser.get("/can-bo")).words


async def test_a_clarification_is_proposed_and_the_reports_point_to_it(site: Site) -> None:
    page = f"/can-bo/tin-sai/{site.ids['rumour']}"
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"{page}/xem")).status == 303
        written = {**ANSWER, "title": CLEAR, "body": "Không đúng. Việc lấy mẫu không thu tiền của ai."}
        assert (await browser.post(f"{page}/soan", **written)).status == 303
        assert (await browser.post(f"{page}/soan", **written)).status == 422
    [version] = await site.all(select(PostVersion).where(PostVersion.writer_id.is_not(None)))
    assert (version.kind, version.title, version.state) == ("dinh-chinh", CLEAR, VersionState.SUBMITTED)
    [rumour] = await site.all(select(Rumour))
    assert (rumour.state, rumour.post_id) == (RumourState.CHECKING, version.post_id)


async def test_a_rumour_set_aside_tells_who_reported_and_forgets_him(site: Site) -> None:
    page = f"/can-bo/tin-sai/{site.ids['rumour']}"
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"{page}/xep")).status == 303
        assert (await browser.post(f"{page}/xep")).status == 422
        assert "Đã xếp lại" in (await browser.get("/can-bo/tin-sai")).words
    [sent] = await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None)))
    assert "Cán bộ phường đã xem" in sent.message["text"]
    [report] = await site.all(select(RumourReport))
    assert (report.chat_id, report.told_at) == (None, site.now)


async def test_another_neighbourhood_s_questions_and_rumours_are_not_there(site: Site) -> None:
    async with site.database.write() as db:
        (await db.get_one(Rumour, site.ids["rumour"])).unit_id = site.ids["unit_2"]
    async with site.signed_in("army-1") as browser:
        for path in (f"hoi/{site.ids['question']}", f"tin-sai/{site.ids['rumour']}"):
            assert (await browser.get(f"/can-bo/{path}")).status == 404
        for path in ("soan", "chon", "xep"):
            assert (await browser.post(f"/can-bo/hoi/{site.ids['question']}/{path}", **ANSWER)).status == 404
            assert (await browser.post(f"/can-bo/tin-sai/{site.ids['rumour']}/{path}", **ANSWER)).status == 404
