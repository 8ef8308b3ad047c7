"""The editorial room's pages: written, previewed on each channel, checked, submitted, decided by another person."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import chats
from bot.dashboard import ROUTES
from bot.messages import Address
from bot.models import (
    AuditEntry,
    Broadcast,
    BroadcastState,
    ChatKind,
    Correction,
    Delivery,
    Notice,
    Origin,
    Permission,
    PostStep,
    PostVersion,
    Role,
    Staff,
    Step,
    VersionState,
)
from bot.posts.versions import take_in, version_of
from bot.staff import RIGHTS, Act
from tests.dashboard_site import NOON, PASSWORD, Answer, Browser, Site, free_post, library, sign_in
from tests.dashboard_site import open_site as open_site

SOON = "2026-11-23T15:00"
FORM = {
    "loai": "thong-bao",
    "chu-de": "hoat-dong",
    "tieu-de": "Mời bà con dự họp",
    "noi-dung": "Mời bà con dự họp tại **nhà văn hóa**.",
    "nguon": "Ủy ban nhân dân phường",
    "dich": "all",
    "luc": SOON,
    "den-ngay": "2026-12-31",
}


@asynccontextmanager
async def two(site: Site, one: str, other: str) -> AsyncIterator[tuple[Browser, Browser]]:
    async with site.signed_in(one) as first, site.signed_in(other) as second:
        yield first, second


async def begun(browser: Browser, **fields: Any) -> str:
    """A new draft's address."""
    answer = await browser.post("/can-bo/bien-tap/moi", **{"loai": "thong-bao", **fields})
    assert answer.status == 303, answer.words
    return str(answer.headers["Location"]).partition("?")[0]


async def written(browser: Browser, where: str, step: str = "luu", **fields: Any) -> Answer:
    """Save the form as the page holds it now."""
    page = await browser.get(where)
    revision = re.search(r'name="ban" value="(\d+)"', page.text)
    return await browser.post(where, **{"ban": revision[1] if revision else "0", **FORM, **fields}, buoc=step)


async def submitted(browser: Browser, **fields: Any) -> str:
    where = await begun(browser)
    answer = await written(browser, where, "trinh", **fields, **{"da-xem": 1})
    assert answer.status == 303, answer.words
    return where


async def seen(browser: Browser, where: str) -> str:
    found = re.search(r'name="sha" value="([0-9a-f]*)"', (await browser.get(where)).text)
    return found[1] if found else ""


async def approved(browser: Browser, where: str, sha256: str = "") -> Answer:
    sha256 = sha256 or await seen(browser, where)
    return await browser.post(f"{where}/duyet", sha=sha256, **{"da-doc": 1})


async def the_version(site: Site, where: str) -> PostVersion:
    id = int(where.rpartition("/")[2])
    found: PostVersion = (await site.all(select(PostVersion).where(PostVersion.id == id)))[0]
    return found


async def made(site: Site) -> list[Broadcast]:
    """Broadcasts beside those of the furnished ward."""
    return await site.all(select(Broadcast).where(Broadcast.id > site.ids["planned"]))


async def a_second_approver(site: Site) -> None:
    async with site.database.write() as db:
        first = (await db.scalars(select(Staff).where(Staff.login == "approver"))).one()
        db.add(
            Staff(
                login="approver-2",
                name="Lý Thị Hai",
                role=Role.APPROVER,
                unit=first.unit,
                password_hash=first.password_hash,
                created_at=NOON,
            )
        )


# From a draft to what is sent


async def test_a_post_is_written_submitted_approved_by_another_and_planned(site: Site) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        where = await begun(writer)
        assert (await written(writer, where)).headers["Location"].endswith("draft_saved")
        page = await writer.get(where)
        assert "Mời bà con dự họp" in page.words
        assert "Lưu và trình duyệt" in page.words
        assert (await written(writer, where, "trinh", **{"da-xem": 1})).headers["Location"].endswith("submitted")
        assert "Mời bà con dự họp" in (await approver.get("/can-bo/bien-tap")).words
        assert "1 bài chờ duyệt" in (await approver.get("/can-bo")).words
        page = await approver.get(where)
        assert "Nguyên văn sẽ gửi" in page.words
        assert "Tất cả các nhóm , 23/11/2026 15:00" in page.words.replace("nhóm,", "nhóm ,")
        answer = await approved(approver, where)
        assert answer.status == 303, answer.words
        assert "Đã duyệt và hẹn giờ gửi" in (await approver.get(answer.headers["Location"])).words
    (broadcast,) = await made(site)
    assert broadcast.state == BroadcastState.PLANNED
    assert broadcast.message["text"].startswith("**Mời bà con dự họp**\n\nMời bà con dự họp tại **nhà văn hóa**.")
    assert site.woken


async def test_the_whole_history_is_shown(site: Site) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        where = await submitted(writer)
        answer = await approver.post(f"{where}/tra-lai", loi="Thiếu địa điểm.")
        assert answer.status == 303, answer.words
        page = await writer.get(where)
        assert "Bài được trả lại. Thiếu địa điểm." in page.words
        assert "Lưu và trình duyệt" in page.words
        assert (await written(writer, where, "trinh", **{"da-xem": 1})).status == 303
        await approved(approver, where)
        words = (await writer.get(where)).words
    for step in ("Soạn", "Trình duyệt", "Trả lại", "Duyệt"):
        assert step in words
    assert "Nguyễn Văn Duyệt" in words
    steps = [row.step for row in await site.all(select(PostStep).order_by(PostStep.id))]
    assert steps == [Step.WRITTEN, Step.SUBMITTED, Step.RETURNED, Step.SUBMITTED, Step.APPROVED]


async def test_a_new_version_of_a_post_is_said_at_once_when_it_is_approved(site: Site) -> None:
    post = free_post(library())
    async with two(site, "writer", "approver") as (writer, approver):
        where = await begun(writer, bai=post.id)
        fields = {"loai": post.kind, "chu-de": post.topic, "lau-dai": 1, "dich": "", "luc": ""}
        answer = await written(writer, where, "trinh", **fields, **{"da-xem": 1})
        assert answer.status == 303, answer.words
        assert post.title in (await writer.get(f"/can-bo/bai/{post.id}")).words
        page = await approver.get(where)
        assert "Khác với bản đang dùng" in page.words
        assert "<ins>" in page.text
        await approved(approver, where)
        shown = (await writer.get(f"/can-bo/bai/{post.id}")).words
        assert "Mời bà con dự họp" in shown
        assert "Bản 2" in shown
        assert (await approver.post(f"{where}/rut", loi="Sai.")).status == 303
        assert post.title in (await writer.get(f"/can-bo/bai/{post.id}")).words


async def test_a_change_of_the_library_waits_with_its_differences(site: Site) -> None:
    post = free_post(library())
    async with site.database.write() as db:
        first = (await db.scalars(select(PostVersion).where(PostVersion.post_id == post.id))).one()
        waiting = version_of(post, 2, NOON)
        waiting.body, waiting.state, waiting.sha256 = f"{post.body} Một câu mới.", VersionState.SUBMITTED, "x"
        db.add(waiting)
        await db.flush()
    async with two(site, "writer", "approver") as (writer, approver):
        assert "Bản mới của thư viện chờ duyệt" in (await writer.get("/can-bo/bien-tap")).words
        page = await approver.get(f"/can-bo/bien-tap/{waiting.id}")
        assert "Một câu mới." in page.words
        assert "Khác với bản đang dùng" in page.words
        assert (await approved(approver, f"/can-bo/bien-tap/{waiting.id}")).status == 303
        assert "Một câu mới." in (await writer.get(f"/can-bo/bai/{post.id}")).words
    assert first.state == VersionState.APPROVED


# Nobody walks around it


async def test_every_editorial_route_is_closed_to_those_without_the_right(site: Site) -> None:
    routes = [route for route in ROUTES if route.path.startswith("/bien-tap")]
    assert len(routes) == 13
    assert {route.act for route in routes} == {Act.WRITE, Act.APPROVE}
    async with two(site, "writer", "admin") as (writer, admin):
        where = await submitted(writer)
        for route in routes:
            path = "/can-bo" + route.path.replace("{id}", where.rpartition("/")[2])
            answers = [await (admin.get(path) if route.method == "GET" else admin.post(path))]
            if route.act is Act.APPROVE:
                answers.append(await writer.post(path, sha=await seen(writer, where), **{"da-doc": 1}, loi="x"))
            assert {answer.status for answer in answers} == {403}, path
    assert (await the_version(site, where)).state == VersionState.SUBMITTED
    assert await made(site) == []


def test_only_the_party_committee_approves_and_the_administrator_does_not_even_write() -> None:
    assert [role for role, acts in RIGHTS.items() if Act.APPROVE in acts] == [Role.APPROVER]
    assert [role for role, acts in RIGHTS.items() if Act.WRITE not in acts] == [Role.ADMIN]


async def test_an_approver_does_not_approve_his_own(site: Site) -> None:
    async with site.signed_in("approver") as approver:
        where = await submitted(approver)
        page = await approver.get(where)
        assert "Người soạn không tự duyệt" in page.words
        assert "/duyet" not in page.text
        (version,) = await site.all(select(PostVersion).where(PostVersion.origin == Origin.STAFF))
        answer = await approver.post(f"{where}/duyet", sha=version.sha256 or "0" * 64, **{"da-doc": 1})
        assert answer.status == 422
        assert "không tự duyệt" in answer.words
    assert await made(site) == []


@pytest.mark.parametrize("sha256", ["", "0" * 64, "é"])
async def test_only_what_was_on_the_page_is_approved(site: Site, sha256: str) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        where = await submitted(writer)
        answer = await approver.post(f"{where}/duyet", sha=sha256, **{"da-doc": 1})
        assert answer.status == 422
        assert "đã đổi" in answer.words
        assert (await approver.post(f"{where}/duyet", sha=await seen(approver, where))).status == 422  # not ticked
    assert await made(site) == []


async def test_a_form_sent_after_the_approval_changes_nothing(site: Site) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        where = await submitted(writer)
        await approved(approver, where)
        version = await the_version(site, where)
        sly = {**FORM, "noi-dung": "Lời lén", "ban": version.revision}
        answer = await writer.post(where, **sly, buoc="luu")
        assert answer.status == 422
        assert "không sửa được" in answer.words
    assert (await the_version(site, where)).body == FORM["noi-dung"]


async def test_a_conflict_is_told_and_what_was_written_stays_in_the_fields(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        await written(writer, where)
        answer = await writer.post(where, **{**FORM, "noi-dung": "Viết ở cửa sổ cũ", "ban": 1}, buoc="luu")
        assert answer.status == 422
        assert "cửa sổ khác" in answer.words
        assert "Viết ở cửa sổ cũ" in answer.text
    assert (await the_version(site, where)).body == FORM["noi-dung"]


async def test_the_drafts_of_other_units_are_nowhere(site: Site) -> None:
    async with two(site, "writer", "head") as (writer, head):
        where = await submitted(writer)
        assert (await head.get(where)).status == 404
        own = await begun(head)
        assert (await written(head, own, dich="all")).status == 403
        assert (await written(head, own, dich="unit:to-1")).status == 303
        assert (await writer.get(own)).status == 200


async def test_a_post_that_is_not_said_cannot_be_sent_by_its_page(site: Site) -> None:
    post = free_post(library())
    async with site.database.write() as db:
        (await db.scalars(select(PostVersion).where(PostVersion.post_id == post.id))).one().state = "withdrawn"
    async with site.signed_in("writer") as writer:
        answer = await writer.post(f"/can-bo/bai/{post.id}/gui", dich="all", looked=NOON.isoformat())
        assert answer.status == 422
        assert "chưa được duyệt" in answer.words
    assert await made(site) == []


# Corrections


CORRECTION = {"cach": "erratum", "cho-sai": "ghi nhầm ngày", "cho-dung": "ngày 27/7", "noi-dung": "", "chua-nhan": "1"}


async def test_a_correction_of_a_writer_is_sent_when_it_is_approved(site: Site) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        wrong = f"/can-bo/dot-gui/{site.ids['broadcast']}/dinh-chinh"
        assert "khẩn cấp" not in (await writer.post(wrong, **CORRECTION)).words
        answer = await writer.post(wrong, **CORRECTION, buoc="gui")
        assert answer.status == 303, answer.words
        assert await made(site) == []
        assert (await writer.post(wrong, **CORRECTION, buoc="khan-cap")).status == 422
        assert await made(site) == []
        where = answer.headers["Location"].partition("?")[0]
        assert "ĐÍNH CHÍNH" in (await approver.get(where)).words
        assert (await approved(approver, where)).status == 303
    (correction,) = await made(site)
    assert (correction.correction, correction.corrects_id) == (Correction.ERRATUM, site.ids["broadcast"])


async def test_an_emergency_is_told_loudly_and_reviewed_by_somebody_else(site: Site) -> None:
    await a_second_approver(site)
    async with two(site, "approver", "approver-2") as (one, other):
        wrong = f"/can-bo/dot-gui/{site.ids['broadcast']}/dinh-chinh"
        assert "khẩn cấp" in (await one.post(wrong, **CORRECTION)).words
        assert (await one.post(wrong, **CORRECTION, buoc="khan-cap")).status == 303
        (correction,) = await made(site)
        where = f"/can-bo/bien-tap/{correction.version_id}"
        assert "ĐÍNH CHÍNH KHẨN" in (await one.get("/can-bo/van-de")).words
        assert "Đính chính khẩn chờ xem lại" in (await other.get("/can-bo/bien-tap")).words
        assert (await one.post(f"{where}/xem-lai")).status == 422
        assert (await other.post(f"{where}/xem-lai", loi="Đúng.")).status == 303
        assert "chờ xem lại" not in (await other.get("/can-bo/bien-tap")).words
    assert "emergency" in {row.action for row in await site.all(select(AuditEntry))}
    assert all(row.settled_at for row in await site.all(select(Notice).where(Notice.key.startswith("emergency"))))


# The preview and the checklist


async def test_the_preview_shows_each_channel_as_its_adapter_cuts_it(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        shown = await writer.post(f"{where}/xem", **{**FORM, "noi-dung": "Câu <b>một</b> **đậm**. " + "dài " * 600})
        assert shown.status == 200
        assert "<html" not in shown.text
        telegram, _, zalo = shown.text.partition("panel-zalo")
        assert "<strong>đậm</strong>" in telegram
        assert "&lt;b&gt;một&lt;/b&gt;" in telegram
        assert "<strong>" not in zalo.partition("panel-web")[0]
        cut = re.search(r"sẽ cắt thành (\d) tin", shown.words)
        assert cut
        assert f"tin 2 trên {cut[1]}" in shown.words
        assert "2.000 ký tự" in shown.words
        assert "Phường Trần Nhân Tông" in shown.words
    assert (await the_version(site, where)).body == ""


async def test_a_preview_of_what_cannot_be_rendered_says_why(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        assert "Chưa dựng được bài" in (await writer.post(f"{where}/xem", **{**FORM, "noi-dung": "{{ fact( }}"})).words
        assert "Ngày giờ viết chưa đúng" in (await writer.post(f"{where}/xem", **{**FORM, "luc": "x"})).words


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"tieu-de": ""}, "Chưa có tiêu đề."),
        ({"nguon": ""}, "Chưa ghi nguồn."),
        ({"dich": ""}, "Chưa chọn nơi nhận"),
        ({"luc": "2026-11-23T07:00"}, "Giờ gửi đã qua."),
        ({"noi-dung": '{{ fact("khong-co") }}'}, "chưa dựng được"),
        ({"noi-dung": "Nhờ ngoại cảm tìm mộ."}, "ngoại cảm"),
        ({"noi-dung": "Phường cam kết tìm thấy mộ."}, "không hứa kết quả"),
        ({"noi-dung": "Căn cước 031078001234."}, "giống số căn cước"),
        ({"den-ngay": "2026-11-22"}, "Hạn dùng"),
        ({"loai": "cau-do"}, "từ 2 đến 10 phương án"),
        ({"hinh": "target"}, "Mẫu hình"),
    ],
)
async def test_what_must_be_mended_cannot_be_submitted(site: Site, fields: dict[str, str], sentence: str) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        answer = await written(writer, where, "trinh", **fields, **{"da-xem": 1})
        assert answer.status == 422
        assert "phải sửa trước khi trình" in answer.words
        assert sentence in answer.words
    version = await the_version(site, where)
    assert (version.state, version.source) == (VersionState.DRAFT, fields.get("nguon", FORM["nguon"]))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"den-ngay": ""}, "chưa có hạn dùng"),
        ({"noi-dung": "Gọi 0912 345 678."}, "số điện thoại «0912 345 678»"),
        ({"noi-dung": "Xem http://vi-du.com/x."}, "không phải https"),
        ({"noi-dung": "Xem https://vi-du.com/x."}, "Bài dẫn tới «vi-du.com»"),
        ({"noi-dung": "Cả nước còn 175.123 mộ."}, "gõ tay"),
        ({"loai": "dinh-chinh", "noi-dung": "Không tin ngoại cảm."}, "Chỉ được nhắc đến để làm rõ"),
    ],
)
async def test_what_must_be_weighed_is_told_and_wants_a_tick(site: Site, fields: dict[str, str], sentence: str) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        answer = await written(writer, where, "trinh", **fields)
        assert answer.status == 422
        assert sentence in answer.words
        assert "đánh dấu vào ô đã xem" in answer.words
        assert (await written(writer, where, "trinh", **fields, **{"da-xem": 1})).status == 303


async def test_a_model_person_is_shown_only_with_the_consent_that_is_written_down(site: Site) -> None:
    model = {"loai": "guong-dien-hinh", "noi-dung": "Một việc làm tốt.", "da-xem": 1}
    async with site.database.write() as db:
        military = (await db.scalars(select(Staff).where(Staff.login == "military"))).one()
        days = {"given_on": NOON.date(), "ends_on": NOON.date() + timedelta(days=60)}
        consent = Permission(name="Người ví dụ", words="Cho nêu tên", how="spoken", at=NOON, **days)
        consent.staff_id, consent.unit_id = military.id, military.unit_id
        db.add(consent)
        await db.flush()
        number = consent.id
    async with two(site, "writer", "approver") as (writer, approver):
        where = await begun(writer, loai="guong-dien-hinh")
        refused = await written(writer, where, "trinh", **model)
        assert refused.status == 422
        assert "phải gắn với sự đồng ý" in (await writer.get(where)).words
        assert (await written(writer, where, "luu", **model, **{"dong-y": 99})).status == 422
        assert "Người ví dụ" in (await writer.get(where)).words
        assert (await written(writer, where, "trinh", **model, **{"dong-y": number})).status == 303
        sha = re.search(r'name="sha" value="(\w+)"', (await approver.get(where)).text)
        assert sha
        async with site.database.write() as db:
            (await db.get_one(Permission, number)).withdrawn_at = NOON
        late = await approver.post(f"{where}/duyet", sha=sha[1], **{"da-doc": 1})
        assert late.status == 422
        assert "đã rút" in late.words
        other = await begun(writer, loai="guong-dien-hinh")
        assert (await written(writer, other, "trinh", **model, **{"dong-y": "khong-ai"})).status == 303


async def test_a_post_never_says_whose_remains_were_found(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        answer = await written(writer, where, "trinh", **{"noi-dung": "Đây là người thân của bác.", "da-xem": 1})
        assert answer.status == 422
    assert (await the_version(site, where)).state == VersionState.DRAFT


async def test_a_typed_figure_of_the_register_is_named(site: Site) -> None:
    fact = next(fact for fact in library().facts.values() if fact.value and fact.value >= 1000 and not fact.value % 1)
    typed = f"{fact.value:,.0f}".replace(",", ".")
    async with site.signed_in("writer") as writer:
        shown = await writer.post(f"{await begun(writer)}/xem", **{**FORM, "noi-dung": f"Đã có {typed} mộ."})
    assert "fact(" in shown.words
    assert "Trong sổ số liệu đó là" in shown.words
    async with site.signed_in("writer") as writer:
        words = {"noi-dung": "Mốc 28/8/2026: lấy mẫu cho **34** mộ liệt sĩ, trong 3 ngày."}
        shown = await writer.post(f"{await begun(writer)}/xem", **{**FORM, **words})
    assert "Số «34» được gõ tay" in shown.words
    assert shown.words.count("được gõ tay") == 1


async def test_the_same_words_within_thirty_days_and_a_clash_in_the_hour_are_told(site: Site) -> None:
    async with two(site, "writer", "approver") as (writer, approver):
        await approved(approver, await submitted(writer))
        shown = (await writer.post(f"{await begun(writer)}/xem", **FORM)).words
    assert "Đúng những lời này đã gửi hoặc đã hẹn" in shown
    assert "Trong vòng một tiếng, 2 nhóm đã chọn còn nhận bài «Mời bà con dự họp»" in shown


async def test_a_test_goes_to_ones_own_phone_and_is_marked(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        where = await begun(writer)
        await written(writer, where)
        refused = await writer.post(f"{where}/thu")
        assert refused.status == 422
        assert "chưa nối điện thoại" in refused.words
        assert "Mời bà con dự họp" in refused.text
        async with site.database.write() as db:
            staff = (await db.scalars(select(Staff).where(Staff.login == "writer"))).one()
            phone = await chats.known(db, Address("telegram", "31"), ChatKind.PRIVATE, "", NOON)
            staff.chat_id = phone.id
        assert (await writer.post(f"{where}/thu")).status == 303
    (sent,) = await site.all(select(Delivery).where(Delivery.chat_id == phone.id))
    assert sent.message["text"].startswith("[BẢN THỬ]\n\n**Mời bà con dự họp**")
    assert (await the_version(site, where)).state == VersionState.DRAFT


async def test_an_approver_with_a_phone_is_asked_there_with_the_picture(site: Site) -> None:
    async with site.database.write() as db:
        staff = (await db.scalars(select(Staff).where(Staff.login == "approver"))).one()
        phone = await chats.known(db, Address("telegram", "32"), ChatKind.PRIVATE, "", NOON)
        staff.chat_id = phone.id
    async with site.signed_in("writer") as writer:
        await submitted(writer, hinh="call")
    (sent,) = await site.all(select(Delivery).where(Delivery.chat_id == phone.id))
    assert "nhà văn hóa" in sent.message["text"]
    assert [choice["label"] for choice in sent.message["choices"]] == ["Duyệt", "Trả lại"]
    assert (await site.media.load(sent.message["picture"]["sha256"])).startswith(b"\x89PNG")


async def test_a_taken_in_library_is_listed_without_slowing_the_list(site: Site) -> None:
    """Eighty changed files of one update: the list shows the newest and stays one page."""
    async with site.database.write() as db:
        books = library()
        changed = {
            id: type(post)(**{**{name: getattr(post, name) for name in post.__dataclass_fields__}, "body": "Mới."})
            for id, post in [*books.posts.items()][:80]
        }
        files = type(books)(books.texts, books.topics, books.facts, {**books.posts, **changed})
        assert len(await take_in(db, files, NOON + timedelta(days=1))) == 80
    async with site.signed_in("approver") as browser:
        page = await browser.get("/can-bo/bien-tap")
    assert "60+" in page.words


async def test_signing_in_is_still_asked_for(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get("/can-bo/bien-tap")).status == 303
        assert (await sign_in(browser, "writer", PASSWORD, "/can-bo/bien-tap")).headers[
            "Location"
        ] == "/can-bo/bien-tap"
