"""The staff's page of groups that people post to by hand."""

import os
from datetime import timedelta

from playwright.async_api import expect
from sqlalchemy import select

from bot import forwarders
from bot.messages import Address, Outgoing, to_json
from bot.models import Broadcast, Chat, ChatKind, ChatState, Delivery, EnrolmentCode, Unit
from tests.browser import flaws
from tests.dashboard_site import Site, library
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking


async def test_by_clicking_a_group_is_added_its_code_shown_and_the_person_named(site: Site) -> None:
    async with clicking(site, "approver") as page:
        await page.goto(f"{site.base}/can-bo/nhom")
        await page.get_by_role("link", name="Nhóm nhờ người đăng").click()
        await page.get_by_label("Tên nhóm hoặc trang").fill("Zalo cũ Tổ 1")
        await page.get_by_label("Họ tên người đăng").fill("Nguyễn Văn Ví Dụ")
        await page.get_by_label("Đơn vị của nhóm").select_option("Tổ dân phố số 1")
        await page.get_by_role("button", name="Thêm nhóm").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã tạo mã")
        await expect(page.get_by_text("Chưa nhận việc")).to_be_visible()
        (code,) = await site.all(select(EnrolmentCode).where(EnrolmentCode.kind == "forwarder"))
        await expect(page.get_by_text(code.code).first).to_be_visible()
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await flaws(page) == []
        async with site.database.write() as db:
            person = Chat(channel="telegram", address=str(Address("telegram", "5")), kind=ChatKind.PRIVATE)
            person.title = "Bác Ví"
            person.state_since = person.created_at = site.now
            db.add(person)
            await db.flush()
            assert await forwarders.take_on(db, person, code.code, library(), site.now) is not None
        await page.reload()
        await expect(page.get_by_text("Chưa nhận việc")).to_have_count(0)
        assert await flaws(page) == []
        await page.get_by_text("Giao cho người khác").click()
        await page.get_by_label("Họ tên người đăng").first.fill("Trần Thị Ví Dụ")
        await page.get_by_role("button", name="Tạo mã").click()
        await expect(page.get_by_text("Đang chờ người mới")).to_be_visible()
        await expect(page.get_by_text("Bác Ví vẫn đăng")).to_be_visible()
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await flaws(page) == []
            if folder := os.environ.get("SHOTS"):
                await page.screenshot(path=f"{folder}/nguoi-dang-{width}.png", full_page=True)
    (group,) = await site.all(select(Chat).where(Chat.channel == "assisted"))
    assert (group.state, group.forwarder_name) == (ChatState.ACTIVE, "Trần Thị Ví Dụ")


async def test_what_each_has_in_hand_and_has_posted_is_on_the_page_and_on_the_broadcasts(site: Site) -> None:
    async with site.database.write() as db:
        unit = (await db.scalars(select(Unit).where(Unit.code == "to-1"))).one()
        post = Broadcast(post_id="x", title="Bài thử", message=to_json(Outgoing("Bài thử")), state="published")
        post.due_at = post.created_at = site.now
        post.latest_at = site.now + timedelta(hours=4)
        db.add(post)
        groups = [await forwarders.add_group(db, f"Zalo cũ {number}", unit, "", site.now) for number in (1, 2, 3)]
        for group, state in zip(groups, ("sending", "sent", "failed"), strict=True):
            await forwarders.make_code(db, group, "Nguyễn Văn Ví Dụ", None, site.now)
            row = Delivery(broadcast_id=post.id, chat_id=group.id, channel="assisted", urgency="3-broadcast")
            row.state, row.latest_at, row.created_at, row.changed_at = state, post.latest_at, site.now, site.now
            db.add(row)
        broadcast_id = post.id
    async with clicking(site, "approver") as page:
        await page.goto(f"{site.base}/can-bo/nguoi-dang")
        await expect(page.get_by_text("3 nhóm, đang giữ 1 bài")).to_be_visible()
        cells = [await row.locator("td").all_inner_texts() for row in await page.locator("tbody tr").all()]
        assert [row[2:5] for row in cells if row] == [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]]
        await page.goto(f"{site.base}/can-bo/dot-gui/{broadcast_id}")
        await expect(page.get_by_text("đã đăng 1, đang giữ 1, không đăng được 1, đã dừng 0")).to_be_visible()
        if folder := os.environ.get("SHOTS"):
            await page.screenshot(path=f"{folder}/dot-gui.png", full_page=True)


async def test_who_may_not_enrol_groups_sees_no_code(site: Site) -> None:
    async with site.database.write() as db:
        unit = (await db.scalars(select(Unit).where(Unit.code == "to-1"))).one()
        group = await forwarders.add_group(db, "Zalo cũ", unit, "", site.now)
        code = (await forwarders.make_code(db, group, "Nguyễn Văn Ví Dụ", None, site.now)).code
    async with clicking(site, "writer") as page:
        await page.goto(f"{site.base}/can-bo/nguoi-dang")
        await expect(page.get_by_text("Zalo cũ")).to_be_visible()
        assert code not in await page.content()
