"""The staff's page of groups that people post to by hand."""

from playwright.async_api import expect
from sqlalchemy import select

from bot import forwarding
from bot.messages import Address
from bot.models import Chat, ChatKind, ChatState, EnrolmentCode
from tests.browser import flaws
from tests.dashboard_site import Site
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
            person.state_since = person.created_at = site.now
            db.add(person)
            await db.flush()
            assert await forwarding.take_on(db, person, code.code, site.now) is not None
        await page.reload()
        await expect(page.get_by_text("Chưa nhận việc")).to_have_count(0)
        await expect(page.get_by_role("button", name="Tạo mã mới")).to_be_visible()
    (group,) = await site.all(select(Chat).where(Chat.channel == "assisted"))
    assert (group.state, group.forwarder_name) == (ChatState.ACTIVE, "Nguyễn Văn Ví Dụ")
