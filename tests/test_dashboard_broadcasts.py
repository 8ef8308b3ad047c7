"""A broadcast on the staff's pages: why each group got it or not, and every button that does something about it."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, update

from bot.dashboard import broadcasts as page
from bot.models import AuditEntry, Broadcast, BroadcastState, Chat, ChatState, Delivery, DeliveryState
from bot.models.mail import history_line
from tests.browser import flaws
from tests.dashboard_site import NOON, Site, chat
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

CORRECTION = {
    "cach": "edit",
    "cho-sai": "ghi nhầm ngày lấy mẫu",
    "cho-dung": "lấy mẫu ngày 27/7",
    "noi-dung": "**Tiêu đề**\r\n\r\nLấy mẫu ngày 27/7.",
    "chua-nhan": "1",
}


def address(site: Site, name: str = "broadcast") -> str:
    return f"/can-bo/dot-gui/{site.ids[name]}"


async def states(site: Site, id: int | None = None) -> list[tuple[str, str]]:
    of = Delivery.broadcast_id == (id or site.ids["broadcast"])
    return [(row.state, row.reason) for row in await site.all(select(Delivery).where(of).order_by(Delivery.id))]


async def state(site: Site) -> str:
    return str((await site.all(select(Broadcast.state).where(Broadcast.id == site.ids["broadcast"])))[0])


async def waiting(site: Site) -> None:
    """One group of the broadcast is still to be sent to."""
    async with site.database.write() as db:
        group = chat("telegram:-1009", "Nhóm chờ", None, ChatState.ACTIVE)
        db.add(group)
        await db.flush()
        row = Delivery(broadcast_id=site.ids["broadcast"], chat_id=group.id, channel="telegram")
        row.created_at = row.changed_at = NOON
        row.latest_at = NOON + timedelta(hours=1)
        db.add(row)


async def test_every_group_tells_why_step_by_step_and_a_poorer_form_is_not_hidden(site: Site) -> None:
    steps = history_line("sending", "", NOON) + history_line("sent", "no_photo_right", NOON)
    async with site.database.write() as db:
        await db.execute(
            update(Delivery).where(Delivery.state == "sent").values(reason="no_photo_right", history=steps)
        )
    async with site.signed_in("approver") as browser:
        shown = await browser.get(address(site))
        assert "Nhóm không cho bot gửi hình; bài đã gửi bằng chữ." in shown.words
        assert "23/11/2026 12:00: Đang gửi" in shown.words
        failed = await browser.get(f"{address(site)}?trang-thai=failed")
        assert "Chi hội Cựu chiến binh tổ 2" in failed.words
        assert "Tổ 1 Hoàng Tiến" not in failed.words
        poorer = await browser.get(f"{address(site)}?trang-thai=sent&ly-do=no_photo_right")
        assert "Tổ 1 Hoàng Tiến" in poorer.words
        of_unit = await browser.get(f"{address(site)}?don-vi={site.ids['unit_2']}")
        assert "Tổ 2 Hoàng Tân" in of_unit.words
        assert "Tổ 1 Hoàng Tiến" not in of_unit.words
        for odd in ("trang=0", "trang=99999999", "don-vi=99", "don-vi=x", "trang-thai=x", "ly-do=%3Cscript%3E"):
            answer = await browser.get(f"{address(site)}?{odd}")
            assert answer.status == 200, odd
            assert "<script>" not in answer.text


async def test_a_city_is_shown_a_page_at_a_time(site: Site) -> None:
    async with site.database.write() as db:
        groups = [chat(f"telegram:-7{n:04}", f"Nhóm {n:04}", None, ChatState.ACTIVE) for n in range(page.ROWS + 5)]
        db.add_all(groups)
        await db.flush()
        for group in groups:
            row = Delivery(broadcast_id=site.ids["broadcast"], chat_id=group.id, channel="telegram", state="sent")
            row.created_at = row.changed_at = row.latest_at = NOON
            db.add(row)
    async with site.signed_in("approver") as browser:
        first, second = await browser.get(address(site)), await browser.get(f"{address(site)}?trang=2")
    assert f"Đã gửi: {page.ROWS + 6}" in first.words
    assert (first.text.count("<tr>"), second.text.count("<tr>")) == (page.ROWS + 1, 8 + 1)
    assert "Trang sau" in first.words
    assert "Trang sau" not in second.words


async def test_a_broadcast_is_paused_goes_on_and_is_stopped(site: Site) -> None:
    await waiting(site)
    async with site.signed_in("approver") as browser:
        assert (await browser.post(f"{address(site)}/di-tiep")).status == 422
        assert (await browser.post(f"{address(site)}/tam-dung")).status == 303
        assert (await browser.post(f"{address(site)}/tam-dung")).status == 422
        assert "Cán bộ đã tạm dừng. Còn 1 tin đang chờ." in (await browser.get(address(site))).words
        assert await state(site) == BroadcastState.PAUSED
        assert (await browser.post(f"{address(site)}/di-tiep")).status == 303
        assert await state(site) == BroadcastState.PUBLISHED
        assert site.woken
        assert (await browser.post(f"{address(site)}/tam-dung")).status == 303
        assert (await browser.post(f"{address(site)}/dung")).status == 303
    assert await state(site) == BroadcastState.STOPPED
    assert (await states(site))[-1] == (DeliveryState.CANCELLED, "stopped")
    done = [row.action for row in await site.all(select(AuditEntry).where(AuditEntry.subject.like("broadcast:%")))]
    assert done == ["pause", "go_on", "pause", "stop"]


async def test_what_failed_is_sent_again_only_after_a_look_and_only_where_it_can_arrive(site: Site) -> None:
    async with site.signed_in("approver") as browser:
        look = await browser.get(f"{address(site)}/gui-lai")
        assert "0 nhóm" in look.words
        assert "Bot đã bị đưa ra khỏi nhóm." in look.words
        assert (await browser.post(f"{address(site)}/gui-lai")).status == 422
        async with site.database.write() as db:
            await db.execute(
                update(Chat).where(Chat.id == site.ids["chat_gone"]).values(state=ChatState.ACTIVE, reason="")
            )
        assert "Gửi lại cho 1 nhóm" in (await browser.get(f"{address(site)}/gui-lai")).words
        assert (await browser.post(f"{address(site)}/gui-lai")).status == 303
    assert await states(site) == [("sent", ""), ("unknown", "no_answer"), ("pending", "resent")]


async def test_who_answers_for_a_group_says_whether_the_unknown_arrived(site: Site) -> None:
    (row,) = await site.all(select(Delivery).where(Delivery.state == "unknown"))
    async with site.signed_in("head") as browser:  # of the other neighbourhood
        assert (await browser.post(f"{address(site)}/chua-ro", tin=row.id, den=1)).status == 404
        assert (await browser.post(f"{address(site)}/chua-ro", den=1)).status == 403
    async with site.signed_in("writer") as browser:
        for wrong in ("x", "0", "9" * 30):
            assert (await browser.post(f"{address(site)}/chua-ro", tin=wrong, den=1)).status == 404
        assert (await browser.post(f"{address(site)}/chua-ro", tin=row.id, den=0)).status == 303
        assert (await browser.post(f"{address(site)}/chua-ro", tin=row.id, den=1)).status == 422
    assert (await states(site))[1] == ("failed", "settled_not_arrived")


async def test_all_that_is_unknown_is_settled_at_once(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        assert "Ghi kết quả cho cả 1 tin chưa rõ" in (await browser.get(address(site))).words
        assert (await browser.post(f"{address(site)}/chua-ro", den=1)).status == 303
    assert (await states(site))[1] == ("sent", "settled_arrived")


async def test_a_correction_is_looked_at_before_it_is_sent(site: Site) -> None:
    await waiting(site)
    where = f"{address(site)}/dinh-chinh"
    async with site.signed_in("approver") as browser:
        form = await browser.get(where)
        assert "Nội dung &lt;script&gt;alert(1)&lt;/script&gt; đã chốt." in form.text
        missing = await browser.post(where, **{**CORRECTION, "cho-dung": ""})
        assert missing.status == 422
        assert "ghi nhầm ngày lấy mẫu" in missing.text
        look = await browser.post(where, **CORRECTION)
        assert look.status == 200
        assert "ĐÍNH CHÍNH" in look.words
        assert "2 nhóm Telegram" in look.words
        assert "1 nhóm chưa nhận sẽ nhận bài đã sửa" in look.words
        assert await state(site) == BroadcastState.PUBLISHED
        assert "ghi nhầm ngày lấy mẫu" in (await browser.post(where, **CORRECTION, buoc="sua")).text
        sent = await browser.post(where, **CORRECTION, buoc="khan-cap")
        assert sent.status == 303
        assert (await browser.post(where, **CORRECTION, buoc="khan-cap")).status == 422
        assert (await browser.get(where)).status == 422
        assert "Bài này đã được đính chính" in (await browser.get(address(site))).words
        made = int(sent.headers["Location"].partition("?")[0].rpartition("/")[2])
        shown = (await browser.get(f"/can-bo/dot-gui/{made}")).words
        assert "Đính chính cho" in shown
        assert "Sửa bài đã gửi" in (await browser.get("/can-bo/dot-gui")).words
    (correction,) = await site.all(select(Broadcast).where(Broadcast.id == made))
    assert correction.message["text"] == "**Tiêu đề**\n\nLấy mẫu ngày 27/7."
    assert correction.corrects_id == site.ids["broadcast"]
    assert await states(site, made) == [("pending", "")] * 3


async def test_a_correction_with_a_mistake_in_it_leaves_the_post_as_it_is(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        refused = await browser.post(f"{address(site)}/dinh-chinh", **{**CORRECTION, "noi-dung": ""}, buoc="gui")
        assert refused.status == 422
        planned = await browser.post(f"{address(site, 'planned')}/dinh-chinh", **CORRECTION, buoc="gui")
        assert planned.status == 422
    assert await state(site) == BroadcastState.PUBLISHED


@pytest.mark.parametrize("button", ["tam-dung", "di-tiep", "gui-lai", "dinh-chinh", "dung"])
async def test_a_neighbourhood_changes_nothing_of_what_went_to_all(site: Site, button: str) -> None:
    async with site.signed_in("head") as browser:
        assert "Tạm dừng" not in (await browser.get(address(site))).words
        assert (await browser.post(f"{address(site)}/{button}", **CORRECTION)).status == 403
    assert await state(site) == BroadcastState.PUBLISHED


async def sound(window: Page) -> None:
    await window.wait_for_load_state()  # with its style sheets
    assert await flaws(window) == []


@pytest.mark.parametrize("width", [1280, 390])
async def test_by_clicking_a_post_is_paused_settled_resent_and_corrected(site: Site, width: int) -> None:
    await waiting(site)
    async with clicking(site, "approver", width) as window:
        await window.goto(f"{site.base}{address(site)}")
        await window.get_by_role("button", name="Tạm dừng").click()
        await expect(window.get_by_role("status")).to_contain_text("Đã tạm dừng")
        await window.get_by_role("button", name="Gửi tiếp").click()
        await expect(window.get_by_role("status")).to_contain_text("chạy tiếp")
        await window.get_by_text("Đã xem nhóm?").click()
        await sound(window)
        await window.get_by_role("button", name="Tin không tới", exact=True).click()
        await window.get_by_role("link", name="Gửi lại cho nhóm chưa nhận được").click()
        await expect(window.get_by_role("heading", name="Không gửi lại được")).to_be_visible()
        await sound(window)
        await window.get_by_role("button", name="Gửi lại cho 1 nhóm").click()
        await expect(window.get_by_role("status")).to_contain_text("Đã cho gửi lại")
        await window.get_by_role("link", name="Đính chính bài này").click()
        await window.get_by_label("Chỗ chưa đúng").fill("ghi nhầm ngày")
        await window.get_by_label("Nội dung đúng").fill("ngày 27/7")
        await window.get_by_label("Toàn bộ bài sau khi sửa").fill("**Tiêu đề**\n\nNgày 27/7.")
        await window.get_by_role("button", name="Xem lại trước khi gửi").click()
        await expect(window.get_by_role("heading", name="Xem lại trước khi đính chính")).to_be_visible()
        await sound(window)
        await window.get_by_role("button", name="Gửi ngay (khẩn cấp)").click()
        await expect(window.get_by_role("status")).to_contain_text("Đã giao đính chính")
        await sound(window)
    (made,) = await site.all(select(Broadcast).where(Broadcast.corrects_id == site.ids["broadcast"]))
    assert (made.correction, made.message["text"]) == ("edit", "**Tiêu đề**\n\nNgày 27/7.")
