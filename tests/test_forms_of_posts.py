"""One post in all its forms: what staff see, what they take away, and what is not given out."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import docx
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import expect
from sqlalchemy import select

from bot.config import Config
from bot.db import Database
from bot.library import Library, Post
from bot.messages import Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Correction, Figure, Role, Staff, Unit, UnitKind
from bot.posts.drawing import KINDS, drawing, unknown_picture, values_of
from bot.posts.figures import course, enter
from bot.posts.forms import FORMS, TYPES, alt_of, copy_of, file_name, parts_of
from bot.posts.published import published
from bot.posts.rendering import render
from bot.press import infographic
from bot.press.recording import installed
from tests.browser import flaws
from tests.conftest import NOW
from tests.dashboard_site import NOON, Site, free_post, held_post, library
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

DAY = date(2026, 11, 23)
HEADS = {"png": b"\x89PNG", "pdf": b"%PDF", "wav": b"RIFF", "mp4": b"\x00\x00\x00"}
PAPERS = "/can-bo/tai-lieu-sinh-hoat"


def post(body: str, **more: Any) -> Post:
    usual: dict[str, Any] = {"id": "vi-du", "kind": "thong-bao", "title": "Ví dụ", "source": "Kế hoạch"}
    return Post(body=body, **{**usual, **more})


def drawn(
    library: Library, config: Config, one: Post, past: dict[str, list[tuple[date, float]]] | None = None
) -> dict[str, Any]:
    shown = render(library, library.facts, one, DAY, config)
    kept = drawing(library, library.facts, shown, DAY, config, past, always=True)
    assert kept is not None
    assert infographic(values_of(kept), folder=library.folder, size=(108, 135)).alt
    return kept


def test_steps_rules_rankings_and_numbers_are_read_out_of_the_posts_own_words(library: Library, config: Config) -> None:
    steps = drawn(
        library, config, post("Bác làm thế này:\n\nNhắn cho Tri Ân.\n\n**Kể** điều bác nhớ.", picture="steps")
    )
    assert steps["steps"] == ["Nhắn cho Tri Ân.", "Kể điều bác nhớ."]
    rules = drawn(library, config, post("Đứng ngoài.\n\nKhông quay phim.\n\nXin đừng đào bới.", picture="rules"))
    assert (rules["dos"], rules["donts"]) == (["Đứng ngoài."], ["Không quay phim.", "Xin đừng đào bới."])
    body = "Kết quả tháng 11:\n\nTổ dân phố số 1: 1.204 phiếu;\n\nTổ dân phố số 2: 37,5 phiếu."
    ranking = drawn(library, config, post(body, picture="ranking"))
    assert ranking["rows"] == [["Tổ dân phố số 1", 1204.0], ["Tổ dân phố số 2", 37.5]]
    assert ranking["unit"] == "phiếu"
    numbers = drawn(library, config, post("Chỉ tiêu là {{ fact('ward-samples') }}.", picture="numbers"))
    assert numbers["rows"][0][0] == "43 mộ liệt sĩ"
    assert "Kế hoạch tuyên truyền" in numbers["rows"][0][2]


def test_a_clarification_shows_what_is_said_beside_the_truth_and_a_quiz_never_its_answer(
    library: Library, config: Config
) -> None:
    said = drawn(library, config, post("Báo tin không mất tiền.", kind="dinh-chinh", line="Báo tin phải nộp tiền."))
    assert (said["kind"], said["said"], said["truth"]) == (
        "clarification",
        "Báo tin phải nộp tiền.",
        "Báo tin không mất tiền.",
    )
    asked = replace(post("Vì kế hoạch ghi như vậy.", kind="cau-do"), options=("A1", "B2"), right=1)
    quiz = drawn(library, config, asked)
    assert quiz["options"] == ["A1", "B2"]
    assert "kế hoạch ghi" not in str(quiz)


def test_every_template_can_be_named_and_a_wrong_one_is_a_problem(library: Library, config: Config) -> None:
    assert len(KINDS) >= 12
    for kind in KINDS:
        one = post("Một dòng.\n\nHai dòng: 3 cái.", picture=kind, picture_fact="ward-samples")
        assert unknown_picture(library, one) is None
        assert drawn(library, config, one)["kind"] == kind
    assert unknown_picture(library, post("x", picture="trend")) == "trend"
    assert unknown_picture(library, post("x", picture="khong-co")) == "khong-co"


async def test_the_line_over_time_is_of_what_was_entered_the_last_word_of_a_day_counts(
    database: Database, library: Library, config: Config
) -> None:
    fact = library.facts["ward-samples-done"]
    async with database.write() as db:
        unit = Unit(kind=UnitKind.WARD, code="phuong", name="Phường")
        one = Staff(login="qs", name="Quân sự", role=Role.MILITARY, unit=unit, password_hash="x", created_at=NOW)
        db.add(one)
        await db.flush()
        for value, day in ((20, 9), (12, 3), (21, 9)):
            await enter(db, fact, value=value, as_of=date(2026, 9, day), source="BCH", staff=one, now=NOW)
        past = await course(db, fact.id)
    assert past == {fact.id: [(date(2026, 9, 3), 12), (date(2026, 9, 9), 21)]}
    kept = drawn(library, config, post("Tiến độ.", picture="trend", picture_fact="ward-samples"), past)
    assert kept["points"] == [["2026-09-03", 12.0], ["2026-09-09", 21.0]]
    assert kept["goal"] == 43


def test_headings_part_a_body() -> None:
    assert parts_of("Đầu.\n\n## Một\n\nA;\nB.\n\n## Hai\nC") == (
        ("", ("Đầu.",)),
        ("Một", ("A;", "B.")),
        ("Hai", ("C",)),
    )


async def test_every_post_of_the_library_has_its_picture_papers_and_scripts(
    database: Database, library: Library, config: Config
) -> None:
    some = [one for number, one in enumerate(library.posts.values()) if number % 9 == 0]
    async with database.read() as db:
        copies = [await copy_of(db, library, one, DAY, config) for one in some]
    for copy in copies:
        assert alt_of(copy).endswith(f"{config.service.unit}.")
        assert FORMS["to-roi"].make(copy).startswith(b"%PDF")
        assert FORMS["to-gap"].make(copy).startswith(b"%PDF")
        assert not re.search(r"\d", FORMS["phat-thanh-chu"].make(copy).decode().split("\n\n", 1)[1])


async def test_staff_see_every_form_and_take_it_away(site: Site) -> None:
    one = free_post(library())
    root = f"/can-bo/bai/{one.id}/cac-dang"
    async with site.signed_in("writer") as browser:
        page = await browser.get(root)
        assert page.status == 200
        assert "Hình hỏi và đáp. Hỏi:" in page.words
        assert f'href="{root}"' in (await browser.get(f"/can-bo/bai/{one.id}")).text
        for form in FORMS.values():
            assert f"{root}/tai?dang={form.id}" in page.text
            if form.look:
                assert f"{root}/hinh?dang={form.id}" in page.text
                assert (await browser.get(f"{root}/hinh?dang={form.id}")).body.startswith(b"\x89PNG")
            if form.program and not installed(form.program):
                continue
            answer = await browser.get(f"{root}/tai?dang={form.id}")
            assert answer.status == 200, form.id
            assert answer.headers["Content-Type"].startswith(TYPES[form.ending])
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{file_name(one, form)}"'
            assert file_name(one, form).isascii()
            assert answer.body.startswith(HEADS.get(form.ending, b""))
        assert one.title in (await browser.get(f"{root}/tai?dang=tin-nhan")).text
        assert (await browser.get(f"{root}/tai?dang=khong-co")).status == 404
        assert (await browser.get(f"{root}/hinh?dang=tin-nhan")).status == 404


async def test_a_post_that_waits_to_be_confirmed_is_looked_at_but_not_given_out(site: Site) -> None:
    root = f"/can-bo/bai/{held_post(library()).id}/cac-dang"
    async with site.signed_in("writer") as browser:
        page = await browser.get(root)
        assert "chưa tải về để in, phát được" in page.words
        assert f"{root}/tai" not in page.text
        assert (await browser.get(f"{root}/hinh")).status == 200
        answer = await browser.get(f"{root}/tai?dang=to-roi")
        assert answer.status == 422
        assert "còn chờ xác nhận nội dung" in answer.words


async def test_a_machine_without_the_programs_says_so_in_a_sentence(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    root = f"/can-bo/bai/{free_post(library()).id}/cac-dang"
    async with site.signed_in("writer") as browser:
        page = await browser.get(root)
        assert "chưa cài chương trình ffmpeg" in page.words
        assert "chưa cài chương trình espeak-ng" in page.words
        answer = await browser.get(f"{root}/tai?dang=video")
        assert answer.status == 422
        assert "chưa cài chương trình ffmpeg" in answer.words


async def sent(site: Site, id: str, text: str, at: datetime, **more: object) -> int:
    row = Broadcast(post_id=id, title=id, message=to_json(Outgoing(f"**{id}**\n\n{text}")), target="all", due_at=at)
    row.latest_at, row.state, row.created_at = at + timedelta(hours=4), BroadcastState.PUBLISHED, at
    for name, value in more.items():
        setattr(row, name, value)
    async with site.database.write() as db:
        db.add(row)
        await db.flush()
        return row.id


async def test_the_digest_of_a_month_holds_what_was_sent_as_it_stands_now(site: Site) -> None:
    at = datetime(2026, 12, 5, 0, 30, tzinfo=UTC)
    old = await sent(site, "sua-lai", "Chữ <cũ> & sai.", at)
    await sent(site, "sua-lai", "Chữ <đúng> & mới.", at, corrects_id=old, correction=Correction.EDIT)
    gone = await sent(site, "rut-bai", "Đã rút.", at)
    await sent(site, "rut-bai", "Xin lỗi.", at, corrects_id=gone, correction=Correction.DELETE)
    await sent(site, "mot-nhom", "Riêng một nhóm.", at, target="chat:telegram:-1001")
    await sent(site, "dung-lai", "Đã dừng.", at, state=BroadcastState.STOPPED)
    await sent(site, "cuoi-thang", "Đêm cuối tháng.", datetime(2026, 12, 31, 16, 59, tzinfo=UTC))
    await sent(site, "thang-sau", "Sang tháng sau.", datetime(2026, 12, 31, 17, 0, tzinfo=UTC))
    async with site.signed_in("writer") as browser:
        page = await browser.get(f"{PAPERS}?thang=2026-12")
        answer = await browser.get(f"{PAPERS}/tai?thang=2026-12")
    assert "sua-lai" in page.words
    assert "cuoi-thang" in page.words
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tri-an-tai-lieu-sinh-hoat-2026-12.docx"'
    paper = docx.Document(io.BytesIO(answer.body))
    words = "\n".join(one.text for one in paper.paragraphs)
    head = "\n".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in head
    assert "ĐẢNG ỦY PHƯỜNG TRẦN NHÂN TÔNG\n*" in head
    assert "tháng 1 năm 2027" in words
    assert "Độc lập" not in head
    assert "Chữ <đúng> & mới." in words
    assert "gồm 2 nội dung" in words
    for absent in ("cũ", "Đã rút", "Riêng một nhóm", "Đã dừng", "Sang tháng sau", "{{", "{%"):
        assert absent not in words
    picture = next(part.blob for part in paper.part.package.iter_parts() if part.content_type == "image/png")
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"))] == [
        f"{site.config.public_url}/chat?bao-tin=1"
    ]


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-12-01"])
async def test_a_month_that_cannot_be_is_told(site: Site, month: str) -> None:
    async with site.signed_in("writer") as browser:
        answer = await browser.get(f"{PAPERS}?thang={month}")
        assert answer.status == 422
        assert "Tháng viết chưa đúng" in answer.words
        empty = await browser.get(f"{PAPERS}/tai?thang=2027-07")
        assert empty.status == 422
        assert "chưa có bài nào được gửi" in empty.words


async def test_an_erratum_stands_before_what_it_corrects(site: Site) -> None:
    at = NOON - timedelta(days=2)
    old = await sent(site, "co-loi", "Chữ sai.", at, state=BroadcastState.STOPPED)
    await sent(site, "co-loi", "ĐÍNH CHÍNH", NOON, corrects_id=old, correction=Correction.ERRATUM)
    async with site.database.read() as db:
        (one,) = await published(db, post_id="co-loi")
    assert one.text.index("ĐÍNH CHÍNH") < one.text.index("Chữ sai.")
    assert (one.at, one.changed_at) == (at, NOON)


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_forms_can_be_read_by_the_old_and_the_blind_and_all_their_previews_come(
    site: Site, width: int
) -> None:
    async with clicking(site, "writer", width) as page:
        await page.goto(f"{site.base}/can-bo/bai/{free_post(library()).id}/cac-dang")
        assert await flaws(page) == []
        looks = page.locator(".form-look")
        for number in range(await looks.count()):
            await looks.nth(number).scroll_into_view_if_needed()
            await expect(looks.nth(number)).not_to_have_js_property("naturalWidth", 0, timeout=30_000)
        await page.goto(f"{site.base}{PAPERS}?thang=2026-11")
        assert await flaws(page) == []


async def test_figures_that_staff_enter_are_in_the_forms_at_once(site: Site) -> None:
    target = next(one for one in library().posts.values() if one.picture == "target")
    done = library().facts[target.picture_fact].target
    assert done is not None
    async with site.database.write() as db:
        staff = (await db.scalars(select(Staff).where(Staff.login == "military"))).one()
        row = Figure(fact_id=done.done, value=17, as_of=DAY, source="BCH", entered_at=NOON)
        row.staff_id = staff.id
        db.add(row)
    async with site.signed_in("writer") as browser:
        assert "Đã đạt: 17/" in (await browser.get(f"/can-bo/bai/{target.id}/cac-dang")).words
