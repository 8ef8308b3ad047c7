"""Two officers before lunch, tried as they would: one writes, the other returns, then approves on his telephone; the
post goes out in every form, a figure changes, and the correction reaches every group.

With TRIAN_GALLERY=DIR each page is kept there as a picture (`make gallery`).
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from playwright.async_api import expect

from tests.test_a_story_to_its_end import PASSWORD, Officer, at_a_desk
from tests.town import GROUP, ROOM, ZALO_GROUP, OnTelegram, OnTheWeb, Town, a_town, until

TITLE = "Phường lấy mẫu đến đâu rồi?"
BY_HAND = "Kế hoạch đặt mốc 28/8/2026, lấy mẫu cho **34** mộ liệt sĩ chưa xác định thông tin."
BY_REGISTER = (
    'Kế hoạch đặt mốc 28/8/2026: lấy mẫu cho {{ fact("ward-samples") }}. Kết quả: {{ fact("ward-samples-done") }}.'
)
PHONE = 777
FORMS = {"to-roi": b"%PDF", "bang-tin": b"%PDF", "to-gap": b"%PDF", "phat-thanh": b"%PDF", "hinh-cao-toi": b"\x89PNG"}
LOGINS = {"viet": "writer", "duyet": "approver", "bch": "military"}


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with a_town(tmp_path, database_url) as town:
        await town.settle()
        for login, role in LOGINS.items():
            words = ["staff", "add", login, "--name", f"Ví Dụ {login.capitalize()}", "--role", role, "--unit", "p"]
            await town.command(*words, "--password", PASSWORD)
        yield town


@pytest.mark.slow
async def test_a_post_is_written_returned_approved_on_a_telephone_said_in_every_form_and_corrected(town: Town) -> None:
    await town.run()
    telephone = OnTelegram(town.telegram, PHONE)
    async with at_a_desk(town) as writer, at_a_desk(town) as approver, aiohttp.ClientSession() as session:
        room = OnTheWeb(town.url, session)
        await room.open(room=ROOM)
        await approver.sign_in("duyet")
        await linked(approver, telephone)
        await writer.sign_in("viet")
        version = await written(writer, telephone)
        await returned(approver, version)
        await written_anew(writer, version)
        await approved_on_the_telephone(town, telephone)
        await until(lambda: in_the_group(town, "43 mộ liệt sĩ") and on_zalo(town, TITLE) and room.room, 40, "the post")
        assert any(message.photo for message in town.telegram.messages if message.chat == GROUP)
        await in_every_form(writer, version)
        await a_figure_changes(approver)
        await corrected(writer, approver, town)
        await until(
            lambda: any("41 mộ" in line["text"] for line in room.room.values()), 30, "the web room's correction"
        )
        await room.close()
    assert town.telegram.violations == town.zalo.violations == []


def in_the_group(town: Town, words: str) -> bool:
    return any(words in message.text for message in town.telegram.messages if message.chat == GROUP)


def on_zalo(town: Town, words: str) -> bool:
    return any(words in message.text for message in town.zalo.messages if message.chat == ZALO_GROUP)


async def linked(officer: Officer, telephone: OnTelegram) -> None:
    await officer.open("/can-bo/mat-khau")
    await officer.press("Tạo mã nối điện thoại")
    await telephone.say(await officer.page.locator(".code-big").inner_text())
    await until(telephone.heard, what="the telephone is linked")


async def filled(officer: Officer, body: str) -> None:
    page = officer.page
    await page.locator("[name=tieu-de]").fill(TITLE)
    await page.locator("[name=noi-dung]").fill(body)
    await page.locator("[name=nguon]").fill("Kế hoạch tuyên truyền của Đảng ủy phường năm 2026, mục II")
    await page.locator("[name=chu-de]").select_option("muc-tieu")
    await page.locator("[name=dich]").select_option("all")
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    await page.locator("[name=luc]").fill(now.strftime("%Y-%m-%dT%H:%M"))
    await page.locator("[name=den-ngay]").fill("2027-07-27")


async def written(officer: Officer, telephone: OnTelegram) -> str:
    """A first version, with a figure typed by hand; its address."""
    page = officer.page
    await officer.open("/can-bo/bien-tap/moi")
    await page.locator("input[name=loai][value=infographic]").check()
    await officer.press("Bắt đầu soạn")
    await filled(officer, BY_HAND)
    await page.locator("summary", has_text="Hình").first.click()
    await page.locator("[name=hinh]").select_option("target")
    await page.locator("[name=hinh-so-lieu]").select_option("ward-samples")
    await officer.press("Lưu nháp, xem trước")
    await expect(page.get_by_role("status").first).to_be_visible()
    await expect(page.get_by_text("Số «34» được gõ tay")).to_be_visible()
    await officer.look("soan-bai")
    await page.get_by_label("Tôi đã xem bảng kiểm tra").check()
    await officer.press("Lưu và trình duyệt")
    await expect(page.get_by_role("status").first).to_contain_text("trình")
    await until(lambda: any("34" in text and TITLE in text for text in telephone.heard()), what="asked by telephone")
    return page.url.partition("?")[0]


async def returned(officer: Officer, version: str) -> None:
    page = officer.page
    await page.goto(version)
    await officer.look("cho-duyet")
    await page.locator("[name=loi]").fill("Sai số: chỉ tiêu là 43. Xin lấy số trong sổ số liệu.")
    await officer.press("Trả lại")
    await expect(page.get_by_role("status").first).to_be_visible()


async def written_anew(officer: Officer, version: str) -> None:
    page = officer.page
    await page.goto(version)
    await expect(page.get_by_text("Bài được trả lại.")).to_be_visible()
    await officer.look("bi-tra-lai")
    await filled(officer, BY_REGISTER)
    await page.get_by_label("Tôi đã xem bảng kiểm tra").check()
    await officer.press("Lưu và trình duyệt")
    await expect(page.get_by_role("status").first).to_contain_text("trình")


async def approved_on_the_telephone(town: Town, telephone: OnTelegram) -> None:
    def asked() -> list[str]:
        own = [one for one in town.telegram.messages if one.chat == PHONE and "43 mộ liệt sĩ" in one.text]
        return [button["callback_data"] for one in own for button in one.buttons if button["text"] == "Duyệt"]

    await until(asked, what="the second version on the telephone")
    await town.telegram.press(PHONE, asked()[-1])
    await until(lambda: any(f"Đã duyệt bài «{TITLE}»" in text for text in telephone.heard()), what="approved")


async def in_every_form(officer: Officer, version: str) -> None:
    """Leaflet, poster, script, the tall picture by night; and the page that everybody may read."""
    page = officer.page
    await page.goto(version)
    await officer.look("da-duyet")
    await page.get_by_role("link", name="Các dạng của bài").click()
    await officer.look("cac-dang")
    root = page.url.partition("?")[0]
    for form, beginning in FORMS.items():
        answer = await page.request.get(f"{root}/tai?dang={form}")
        assert (answer.status, (await answer.body())[: len(beginning)]) == (200, beginning), form
    spoken = await (await page.request.get(f"{root}/tai?dang=phat-thanh-chu")).text()
    assert "bốn mươi ba mộ liệt sĩ" in spoken
    post = root.removesuffix("/cac-dang").rpartition("/")[2]
    await officer.open(f"/tin/{post}")
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert "og:image" in await page.content()
    await officer.look("trang-cong-khai")


async def a_figure_changes(officer: Officer) -> None:
    """The Military Command enters what was reached, and sees which post went out without it."""
    page = officer.page
    await officer.press("Đăng xuất")
    await officer.sign_in("bch")
    await officer.open("/can-bo/so-lieu/ward-samples-done")
    await page.get_by_label("Giá trị").fill("41")
    await page.get_by_label("Tính đến ngày").fill(f"{datetime.now(ZoneInfo('Asia/Ho_Chi_Minh')):%Y-%m-%d}")
    await officer.press("Ghi vào sổ")
    await expect(page.get_by_role("status").first).to_contain_text("Đã ghi số liệu mới")
    await officer.open("/can-bo/so-lieu/ward-samples-done")
    await officer.look("so-lieu")
    await officer.press("Đăng xuất")
    await officer.sign_in("duyet")


async def corrected(writer: Officer, approver: Officer, town: Town) -> None:
    """The writer asks for the correction, the approver releases it."""
    page = writer.page
    await writer.open("/can-bo/dot-gui")
    await page.get_by_role("link", name=TITLE).first.click()
    await page.get_by_role("link", name=re.compile("Đính chính")).first.click()
    await page.locator("input[name=cach][value=erratum]").check()
    await page.locator("[name=cho-sai]").fill("Bài chưa có kết quả của phường.")
    await page.locator("[name=cho-dung]").fill("Đến nay đã lấy mẫu cho 41 mộ liệt sĩ.")
    await writer.look("dinh-chinh")
    await page.locator("main form button").last.click()
    await page.wait_for_load_state()
    await page.locator("main form button.big, main form button").first.click()
    await expect(page.get_by_role("status").first).to_be_visible()
    page = approver.page
    await approver.open("/can-bo/bien-tap")
    await approver.look("bien-tap")
    await page.get_by_role("link", name=re.compile(TITLE[:12])).first.click()
    await page.get_by_label("Tôi đã đọc kỹ").check()
    await approver.press("Duyệt")
    await expect(page.get_by_role("status").first).to_be_visible()
    await until(lambda: in_the_group(town, "41 mộ") and on_zalo(town, "41 mộ"), 30, "the correction")
