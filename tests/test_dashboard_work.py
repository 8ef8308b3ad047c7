"""The staff's pages: posts released and sent, groups, figures, questions, problems, colleagues."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from bot import HOME
from bot.models import AuditEntry, Broadcast, BroadcastState, Chat, Confirmation, Delivery, EnrolmentCode, Figure, Staff
from tests.dashboard_site import PASSWORD, Site, free_post, held_post, library, sign_in
from tests.dashboard_site import open_site as open_site


async def test_a_held_post_goes_out_only_after_a_named_person_has_released_exactly_this_text(site: Site) -> None:
    post = held_post(library())
    page = f"/can-bo/bai/{post.id}"
    fields = {"dich": "all", "luc": "", "looked": site.now.isoformat()}
    async with site.signed_in("writer") as writer, site.signed_in("approver") as approver:
        assert (await writer.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1")).status == 403
        refused = await writer.post(f"{page}/gui", **fields)
        assert refused.status == 422
        assert "chờ cán bộ có thẩm quyền xác nhận" in refused.words
        assert (await approver.post(f"{page}/xac-nhan", sha="0" * 64, read="1", year="0")).status == 422
        assert (await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, year="0")).status == 422
        assert (await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1", year="2026")).status == 422
        assert (await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1", year="0")).status == 303
        assert (await writer.post(f"{page}/gui", **fields)).status == 303
    kept = (await site.all(select(Confirmation)))[0]
    assert (kept.item_id, kept.text_sha256) == (post.id, post.text_sha256)


async def test_a_post_that_is_released_each_year_is_released_for_the_year_of_its_next_day(site: Site) -> None:
    post = next(post for post in library().posts.values() if post.confirm_each_year and post.anniversary)
    page = f"/can-bo/bai/{post.id}"
    async with site.signed_in("approver") as approver:
        released = await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1", year="2027")
        assert released.status == 303
        assert (await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1", year="2027")).status == 422
        assert (await approver.post(f"{page}/xac-nhan", sha=post.text_sha256, read="1", year="2031")).status == 422
        fields = {"dich": "all", "looked": site.now.isoformat()}
        assert "viết cho đúng ngày" in (await approver.get(f"{page}/gui?dich=all&luc=2027-03-20T08:00")).words
        assert (await approver.post(f"{page}/gui", **fields, luc="2026-12-30T08:00")).status == 422
        assert (await approver.post(f"{page}/gui", **fields, luc="2027-02-17T08:00")).status == 303


async def test_a_double_click_sends_once(site: Site) -> None:
    page = f"/can-bo/bai/{free_post(library()).id}/gui"
    async with site.signed_in("writer") as browser:
        fields = {"dich": "unit:to-1", "luc": "", "looked": site.now.isoformat()}
        site.now += timedelta(seconds=3)
        first, second = await browser.post(page, **fields), await browser.post(page, **fields)
        assert first.headers["Location"] == second.headers["Location"]
        fields["looked"] = (site.now + timedelta(seconds=1)).isoformat()
        site.now += timedelta(seconds=2)
        assert (await browser.post(page, **fields)).headers["Location"] != first.headers["Location"]


async def test_quiet_hours_must_be_meant(site: Site) -> None:
    page = f"/can-bo/bai/{free_post(library()).id}/gui"
    fields = {"dich": "all", "luc": "2026-11-23T22:30", "looked": site.now.isoformat()}
    async with site.signed_in("writer") as browser:
        assert "giờ nghỉ" in (await browser.get(f"{page}?dich=all&luc=2026-11-23T22:30")).words
        assert "giờ nghỉ" not in (await browser.get(f"{page}?dich=all&luc=2026-11-23T20:59")).words
        refused = await browser.post(page, **fields)
        assert refused.status == 422
        assert "Vẫn gửi trong giờ nghỉ" in refused.words
        assert (await browser.post(page, **fields, **{"gio-nghi": "1"})).status == 303
        planned = (await site.all(select(Broadcast).order_by(Broadcast.id.desc())))[0]
        assert planned.due_at == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
        assert (await browser.post(page, dich="all", luc="chiều nay", looked=fields["looked"])).status == 422
        assert (await browser.post(page, dich="all", luc="2020-01-01T08:00", looked=fields["looked"])).status == 422
        assert (await browser.post(page, dich="unit:khong-co", luc="", looked=fields["looked"])).status == 422


async def test_a_broadcast_shows_each_groups_outcome_in_words_and_can_be_stopped(site: Site) -> None:
    async with site.signed_in("approver") as browser:
        page = await browser.get(f"/can-bo/dot-gui/{site.ids['broadcast']}")
        for words in ("Đã gửi: 1", "Chưa rõ đã tới hay chưa: 1", "Bot đã bị đưa ra khỏi nhóm.", "501"):
            assert words in page.words
        assert (await browser.post(f"/can-bo/dot-gui/{site.ids['planned']}/dung")).status == 303
        assert (await browser.post(f"/can-bo/dot-gui/{site.ids['planned']}/dung")).status == 422
    assert [row.state for row in await site.all(select(Broadcast).where(Broadcast.id == site.ids["planned"]))] == [
        BroadcastState.STOPPED
    ]


async def test_a_group_is_confirmed_stopped_resumed_and_moved(site: Site) -> None:
    async def state(name: str) -> tuple[str, int | None, str]:
        async with site.database.read() as db:
            chat = await db.get_one(Chat, site.ids[name])
            return chat.state, chat.unit_id, chat.topics

    async with site.signed_in("approver") as browser:
        waiting, one = f"/can-bo/nhom/{site.ids['chat_waiting']}", f"/can-bo/nhom/{site.ids['chat_one']}"
        assert (await browser.post(f"{waiting}/xac-nhan", unit="")).status == 422
        assert (await browser.post(f"{waiting}/xac-nhan", unit=site.ids["unit_2"])).status == 303
        assert await state("chat_waiting") == ("active", site.ids["unit_2"], "")
        assert (await browser.post(f"{one}/dung")).status == 303
        assert (await state("chat_one"))[0] == "stopped"
        assert "Cán bộ đã dừng gửi tin" in (await browser.get("/can-bo/nhom")).words
        assert (await browser.post(f"{one}/mo-lai")).status == 303
        assert (await browser.post(f"{one}/mo-lai")).status == 422
        assert (await browser.post(one, unit=site.ids["unit_2"], topic=["adn", "lay-mau", "la-gi"])).status == 303
        assert await state("chat_one") == ("active", site.ids["unit_2"], "lay-mau,adn")
        assert (await browser.post(one, unit=site.ids["unit_2"], topic=list(library().topics))).status == 303
        assert (await state("chat_one"))[2] == ""


async def test_a_code_is_shown_with_what_to_do_on_each_platform(site: Site) -> None:
    async with site.signed_in("head") as browser:
        assert (await browser.post("/can-bo/nhom/ma", unit=site.ids["unit_2"])).status == 422
        made = await browser.post("/can-bo/nhom/ma", unit=site.ids["unit_1"])
        page = await browser.get(made.headers["Location"])
    code = (await site.all(select(EnrolmentCode)))[0].code
    assert f"https://t.me/trian_phuong_bot?startgroup={code}" in page.text
    assert f"/start@trian_phuong_bot {code}" in page.words


async def test_a_figure_is_written_the_vietnamese_way_and_a_lower_one_must_be_meant(site: Site) -> None:
    page = "/can-bo/so-lieu/ward-samples-done"
    async with site.signed_in("military") as browser:
        for wrong in ("", "abc", "1,234,567", "-4", "1e9", "12.34"):
            assert (await browser.post(page, value=wrong, as_of="2026-11-20", source="Báo cáo")).status == 422, wrong
        assert (await browser.post(page, value="43", as_of="2026-11-24", source="Báo cáo")).status == 422
        assert (await browser.post(page, value="43", as_of="2026-11-20", source=" ")).status == 422
        assert (await browser.post(page, value="1.043,5", as_of="2026-11-20", source="Báo cáo số 12")).status == 303
        lower = await browser.post(page, value="41", as_of="2026-11-21", source="Báo cáo số 13")
        assert lower.status == 422
        assert "1.043,5" in lower.words
        assert 'value="41"' in lower.text
        assert (
            await browser.post(page, value="41", as_of="2026-11-21", source="Báo cáo số 13", lower="1")
        ).status == 303
        assert "Báo cáo số 12" in (await browser.get(page)).words
        assert (
            await browser.post("/can-bo/so-lieu/ward-samples", value="1", as_of="2026-11-21", source="x")
        ).status == 404
    assert [(row.value, row.as_of) for row in await site.all(select(Figure).order_by(Figure.id))] == [
        (1043.5, date(2026, 11, 20)),
        (41.0, date(2026, 11, 21)),
    ]


async def test_an_answer_goes_to_the_one_who_asked_once(site: Site) -> None:
    page = f"/can-bo/hoi/{site.ids['question']}"
    async with site.signed_in("committee") as browser:
        assert (await browser.post(page, text="Bác hỏi Ban Quản lý nghĩa trang.")).status == 303
        assert (await browser.post(page, text="Bác hỏi Ban Quản lý nghĩa trang.")).status == 422
    sent = await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None)))
    assert [row.chat_id for row in sent] == [site.ids["chat_veteran"]]
    assert "Ban Quản lý nghĩa trang" in sent[0].message["text"]
    assert "Tôi muốn đi thăm" in sent[0].message["text"]


async def test_the_raw_of_an_unread_message_is_only_for_the_administrator_and_is_noted(site: Site) -> None:
    raw = f"/can-bo/van-de/tin-den/{site.ids['raw']}"
    async with site.signed_in("writer") as browser:
        page = await browser.get("/can-bo/van-de")
        assert "Telegram" in page.words
        assert "lời kể kín" not in page.text
        assert (await browser.post(raw)).status == 403
    async with site.signed_in("admin") as browser:
        assert "lời kể kín" not in (await browser.get("/can-bo/van-de")).text
        assert "lời kể kín" in (await browser.post(raw)).text
    assert [row.subject for row in await site.all(select(AuditEntry).where(AuditEntry.action == "raw"))] == [
        f"inbox:{site.ids['raw']}"
    ]


async def test_the_problems_page_says_what_residents_cannot_see_yet(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        words = (await browser.get("/can-bo/van-de")).words
    assert "Mục [contact] của config.toml còn thiếu" in words
    assert "giờ tiếp (hours)" in words


async def test_the_problems_page_names_file_and_line_and_a_notice_can_be_settled(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        page = await browser.get("/can-bo/van-de")
        assert "posts/adn.toml 12 bài «vi-du» chưa ghi nguồn." in page.words
        assert (await browser.post(f"/can-bo/van-de/viec/{site.ids['notice']}")).status == 303
        assert "hình không vẽ được" not in (await browser.get("/can-bo/van-de")).words


async def test_the_administrator_adds_closes_and_signs_out_colleagues(site: Site) -> None:
    new = {"name": "Ngô Thị Mới", "login": "ngo.thi.moi", "role": "writer", "unit": site.ids["unit_1"]}
    async with site.signed_in("admin") as admin, site.signed_in("writer") as writer:
        short = await admin.post("/can-bo/can-bo", **new, password="ngắn")
        assert short.status == 422
        assert 'value="Ngô Thị Mới"' in short.text
        assert (await admin.post("/can-bo/can-bo", **{**new, "role": "vua"}, password=PASSWORD)).status == 422
        assert (await admin.post("/can-bo/can-bo", **new, password=PASSWORD)).status == 303
        people = {person.login: person.id for person in await site.all(select(Staff))}
        assert "ngo.thi.moi" in people
        assert (await writer.get("/can-bo")).status == 200
        assert (await admin.post(f"/can-bo/can-bo/{people['writer']}/dang-xuat")).status == 303
        assert (await writer.get("/can-bo")).status == 303
        assert (await admin.post(f"/can-bo/can-bo/{people['writer']}/tai-khoan")).status == 303
        assert (await sign_in(writer, "writer", PASSWORD)).status == 403
        assert (await admin.post(f"/can-bo/can-bo/{people['admin']}/tai-khoan")).status == 422
        assert (await admin.post(f"/can-bo/can-bo/{people['head']}/mat-khau", password="một câu mới dài")).status == 303
        assert (await sign_in(writer, "head", "một câu mới dài")).status == 303


async def test_the_overview_tells_what_comes_what_went_and_what_waits(site: Site) -> None:
    async with site.signed_in("military") as browser:
        words = (await browser.get("/can-bo")).words
    for part in (
        "Bài đã hẹn cho tổ 2",
        "Chờ xác nhận nội dung",
        "Hỏi – đáp trong tuần (bài kế tiếp trong chuỗi)",
        "3 tin báo mới chờ xem",
        "1 câu hỏi chờ trả lời",
        "1 tin chưa rõ đã tới hay chưa",
        "3 tin báo mới đã chờ quá 2 ngày",
    ):
        assert part in words, part


async def test_no_page_says_or_implies_that_a_relative_was_found(site: Site) -> None:
    shown = [*(HOME / "content/pages/dashboard").glob("*.html"), HOME / "content/texts/dashboard.toml"]
    written = " ".join(file.read_text("utf-8") for file in shown).casefold()
    for words in ("đã tìm thấy thân nhân", "đây là người thân", "trùng khớp", "người thân của bác"):
        assert words not in written
