"""A veteran's story to its conclusion, tried as those who live with it would: people on Telegram, Zalo,
the web and paper; an officer who clicks through the pages in Chromium; the informant who reads what is asked of him.

With TRIAN_GALLERY=DIR each page is kept there as a picture (`make gallery`).
"""

import asyncio
import os
import re
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from bot.cases.verifying import verify
from tests.browser import flaws, window
from tests.test_service import a_photo, code_of
from tests.town import OnTelegram, OnTheWeb, OnZalo, Person, Town, a_town, until

PASSWORD = "mot cau that dai"
SHOW_ALL = "document.querySelectorAll('img[loading=lazy]').forEach((one) => { one.loading = 'eager' })"
PICTURES = count(1)
"""of one run, by whomever they are taken"""
VOICE, PHOTO = "~voice", "~photo"
ON_TELEGRAM = (
    ("báo tin", "đồng ý cho"),
    ("Tôi đồng ý", "điều bác biết"),
    (VOICE, "liệt sĩ tên gì"),
    ("anh Tám, quê Kiến An", "đơn vị nào"),
    ("d3 e9 f304", "năm nào"),
    ("khoảng mùa mưa năm 1972", "phần mộ ở đâu"),
    ("xã Hải Lăng, cách suối 50 bước về phía núi", "từ đâu"),
    ("Tôi trực tiếp chôn cất", "Bác tên gì"),
    ("Trần Văn Ví Dụ, sinh năm 1940", "theo số nào"),
    ("bỏ qua", "đã đúng chưa"),
    (PHOTO, "đã ghi thêm"),
    ("Đúng rồi, gửi đi", "Mã phiếu"),
)
ON_ZALO = (
    ("Năm 71 tôi thấy đồng đội chôn anh Tám ở gần suối Đá, xã Hải Lăng", "đồng ý cho"),
    ("Tôi đồng ý", "anh Tám"),
    ("đúng rồi", "đơn vị nào"),
    ("không nhớ", "Năm 71"),
    ("đúng rồi", "gần suối Đá"),
    ("đúng rồi", "từ đâu"),
    ("Tôi tận mắt thấy", "Bác tên gì"),
    ("Phạm Thị Ví Dụ", "sinh năm nào"),
    ("bỏ qua", "theo số nào"),
    ("bỏ qua", "đã đúng chưa"),
    ("Đúng rồi, gửi đi", "Mã phiếu"),
)
ON_THE_WEB = (
    ("báo tin", "đồng ý cho"),
    ("Tôi đồng ý", "điều bác biết"),
    ("Bố tôi kể có chôn một người tên Tám bên bờ suối", "Tám”"),
    ("đúng rồi", "đơn vị nào"),
    ("không nhớ", "năm nào"),
    ("Tôi chỉ biết thế thôi", "Bác tên gì"),
    ("bỏ qua", "sinh năm nào"),
    ("bỏ qua", "theo số nào"),
    ("bỏ qua", "đã đúng chưa"),
    ("Đúng rồi, gửi đi", "Mã phiếu"),
)
ASKED, ANSWERED = "Bác còn nhớ suối ấy tên gì không ạ?", "Tên là suối Đá, bà con ở đó vẫn gọi thế"


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with a_town(tmp_path, database_url) as town:
        await town.settle()
        for login, role in (("bch", "military"), ("ubnd", "committee")):
            words = ["staff", "add", login, "--name", f"Ví Dụ {login.upper()}", "--role", role, "--unit", "p"]
            await town.command(*words, "--password", PASSWORD)
        yield town


@dataclass
class Officer:
    """Somebody at a desk."""

    page: Page
    url: str

    async def sign_in(self, login: str) -> None:
        await self.open("/can-bo/dang-nhap")
        await self.page.get_by_label("Tên đăng nhập").fill(login)
        await self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        await self.page.get_by_role("button", name="Đăng nhập").click()
        await expect(self.page.get_by_role("heading", name="Tổng quan")).to_be_visible()

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def press(self, name: str, within: Locator | None = None) -> None:
        """A button; what is folded away around it is opened first, as a person would."""
        button = (within or self.page).get_by_role("button", name=name, exact=True, include_hidden=True).first
        folded = button.locator("xpath=ancestor::details[not(@open)]")
        for at in range(await folded.count()):
            await folded.nth(at).evaluate("one => one.open = true")
        await button.click()

    async def look(self, name: str) -> None:
        """The page is fit to be read; kept as a picture where they are wanted."""
        assert await flaws(self.page) == [], name
        if folder := os.environ.get("TRIAN_GALLERY"):
            path = Path(folder) / f"{next(PICTURES):02}-{name}.png"
            await self.page.evaluate(SHOW_ALL)
            await self.page.wait_for_load_state("networkidle")
            await asyncio.to_thread(small, await self.page.screenshot(full_page=True), path)


def small(picture: bytes, path: Path) -> None:
    """Fit for a repository: 800 pixels wide, 64 colours."""
    with Image.open(BytesIO(picture)) as page:
        page.thumbnail((800, page.height))
        page.convert("RGB").quantize(64).save(path, optimize=True)


@asynccontextmanager
async def at_a_desk(town: Town) -> AsyncIterator[Officer]:
    async with window(1280, 900, accept_downloads=True) as opened:
        yield Officer(opened.page, town.url)
        assert opened.mistakes == []


def sound() -> bytes:
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return written.getvalue()


async def told(town: Town, person: Person, steps: tuple[tuple[str, str], ...]) -> str:
    """Tell it all; returns the code of the receipt."""
    for words, expected in steps:
        before = len(person.heard())
        if words == VOICE:
            await town.telegram.voice(555, sound(), 2)
        else:
            await (person.photo(a_photo(5)) if words == PHOTO else person.say(words))
        try:
            await until(lambda: any(expected in text for text in person.heard()[before:]))  # noqa: B023
        except AssertionError:
            raise AssertionError(f"{words!r} was answered by {person.heard()[before:]}, not by {expected!r}") from None
    return code_of(person)


@pytest.mark.slow
async def test_a_story_goes_from_four_ways_of_telling_to_a_conclusion(town: Town, tmp_path: Path) -> None:
    await town.run()
    veteran = OnTelegram(town.telegram)
    async with aiohttp.ClientSession() as session:
        web = OnTheWeb(town.url, session)
        await web.open()
        people = ((veteran, ON_TELEGRAM), (OnZalo(town.zalo), ON_ZALO), (web, ON_THE_WEB))
        codes = await asyncio.gather(*(told(town, *one) for one in people))
        await web.close()
    async with at_a_desk(town) as officer:
        await officer.sign_in("bch")
        await on_paper(officer, tmp_path)
        await put_into_words(officer)
        await gathered(officer, codes)
        await decided(officer)
        package = await handed_over(officer, tmp_path)
        assert "nguyên vẹn" in await town.command("packages", "verify", str(package))
        await returned_with_a_question(officer, town, veteran)
        await concluded(officer)
        await officer.press("Tôi cho phép công bố danh tính")
        await expect(officer.page.get_by_text("Đồng chí đã cho phép. Cần thêm một người khác.")).to_be_visible()
        case = officer.page.url.partition("?")[0].removeprefix(town.url)
        await officer.press("Đăng xuất")
        await officer.sign_in("ubnd")
        await officer.open(case)
        await officer.press("Tôi cho phép công bố danh tính")
        await expect(officer.page.get_by_text("Hai người đã cho phép công bố danh tính.")).to_be_visible()
        await officer.look("cong-bo")
    await until(lambda: any("đã có kết luận" in text for text in veteran.heard()), what="the conclusion")
    assert not any("anh Tám" in text for text in veteran.heard() if "đã có kết luận" in text)
    assert town.telegram.violations == town.zalo.violations == []


async def on_paper(officer: Officer, tmp_path: Path) -> None:
    """A letter with its scan, written down by the officer; it becomes a case of its own."""
    page, scan = officer.page, tmp_path / "la thu.png"
    await asyncio.to_thread(scan.write_bytes, a_photo(77))
    await officer.open("/can-bo/tin-bao/nhap")
    await page.locator("input[name=came_by][value=paper]").check()
    await page.locator("input[name=witness_name]").fill("Lê Văn Ví Dụ")
    await page.locator("textarea[name='q:chuyen']").fill("Thư kể: năm 1968 có ba người nằm ở chân đồi Cháy")
    await page.locator("textarea[name='q:noi-chon']").fill("Chân đồi Cháy, xã Văn Đức, Chí Linh, Hải Hưng")
    await page.locator("input[name=scan]").set_input_files(scan)
    await page.get_by_label("Người cung cấp tin (và người giúp").check()
    await page.locator("input[name=agreed]").first.check()
    await officer.look("nhap-tin")
    await officer.press("Ghi tin và cấp phiếu")
    await expect(page.locator(".code-big")).to_be_visible()
    await officer.look("phieu")
    await page.get_by_role("link", name="Xem tin").click()
    await officer.look("tin-bao")
    await officer.press("Mở hồ sơ mới")
    await expect(page.get_by_role("status")).to_contain_text("Đã mở hồ sơ")


async def put_into_words(officer: Officer) -> None:
    """The recording of the veteran is heard and written down."""
    page = officer.page
    await officer.open("/can-bo/ghi-chep?loai=ghi-am")
    await officer.look("cho-ghi-chep")
    await page.locator("tbody a").first.click()
    await page.locator("textarea[name=words]").fill("Tôi chôn anh Tám gần suối, lúc ấy mưa to lắm")
    await officer.look("ghi-chep")
    await officer.press("Chép xong")
    await expect(page.get_by_role("status").first).to_contain_text("Đã")


async def gathered(officer: Officer, codes: list[str]) -> None:
    """Three tips become one case, in which they contradict each other."""
    page = officer.page
    await officer.open("/can-bo/tin-bao")
    await officer.look("danh-sach-tin")
    for at, code in enumerate(codes):
        await officer.open(f"/can-bo/tin-bao?tim={code}")
        await page.locator(f"a:has-text('{code}')").first.click()
        if at == 0:
            await officer.press("Mở hồ sơ mới")
        else:
            await page.locator("input[name=tim-ho-so]").fill("tam")
            await officer.press("Tìm hồ sơ")
            await officer.press("Gộp vào hồ sơ HS-2026-0002")
        await expect(page.get_by_role("status")).to_be_visible()
    await expect(page.get_by_text("Các lời kể khác nhau").first).to_be_visible()
    await officer.look("ho-so-kin")


async def decided(officer: Officer) -> None:
    page = officer.page
    await page.locator("form[action$='/xem'] [name=reason]").fill("Đối chiếu các lời kể")
    await page.locator("form[action$='/xem'] button").click()
    await officer.look("ho-so-mo")
    time = page.locator("#muc-thoi-gian .said").filter(has_text="1972").first
    await time.locator("summary").first.click()
    await time.locator("input[name=reason]").fill("Người trực tiếp chôn cất nói")
    await officer.press("Chọn giá trị này", time)
    await expect(page.locator("#muc-thoi-gian").get_by_text("Đang chọn")).to_be_visible()
    await page.locator("input[name=age]").fill("86")
    await page.locator("input[name=only]").check()
    await officer.press("Ghi mức gấp")
    await officer.open("/can-bo/ho-so")
    await expect(page.locator("tbody tr").first).to_contain_text("86")
    await officer.look("danh-sach-ho-so")
    await page.get_by_role("link", name="HS-2026-0002").click()
    await officer.press("Làm rõ thêm")
    await officer.press("Đã đủ thông tin")
    await officer.open("/can-bo/ban-do")
    await officer.look("ban-do")


async def handed_over(officer: Officer, folder: Path) -> Path:
    """The package that went with it."""
    page = officer.page
    await officer.open("/can-bo/ho-so")
    await page.get_by_role("link", name="HS-2026-0002").click()
    case = page.url
    await officer.press("Chuyển BCH Quân sự phường")
    await expect(page.get_by_role("status")).to_be_visible()
    await officer.look("da-chuyen")
    await page.get_by_role("link", name="Lập gói bàn giao").click()
    await officer.look("goi-ban-giao")
    await officer.press("Lập gói")
    for _ in range(40):
        if await page.get_by_role("link", name="Tải về").count():
            break
        await asyncio.sleep(0.5)
        await page.reload()
    await officer.look("xuat-tep")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Tải về").first.click()
    package = folder / "goi.zip"
    await (await coming.value).save_as(package)
    assert verify(package).whole
    await page.goto(case)
    return package


async def returned_with_a_question(officer: Officer, town: Town, veteran: OnTelegram) -> None:
    """The question reaches him, his answer the case, and the case goes out again."""
    page = officer.page
    await officer.press("Ghi: đã nhận")
    form = page.locator("form[action$='/tiep-nhan']").filter(has=page.locator("input[name=state][value=returned]"))
    await form.locator("summary").click()
    await form.locator("textarea[name=words]").fill("Chưa rõ tên suối")
    await form.locator("textarea[name=question]").fill(ASKED)
    await officer.press("Ghi: trả lại", form)
    await expect(page.get_by_role("status")).to_be_visible()
    await officer.look("tra-lai")
    await until(lambda: any(ASKED in text for text in veteran.heard()), what="the question")
    before = len(veteran.heard())
    await veteran.say(ANSWERED)
    await until(lambda: len(veteran.heard()) > before, what="thanks for the answer")
    await page.reload()
    await officer.press("Đưa vào hồ sơ")
    await expect(page.get_by_role("status")).to_be_visible()
    await officer.press("Chuyển BCH Quân sự phường")
    await expect(page.get_by_role("status")).to_be_visible()


async def concluded(officer: Officer) -> None:
    page = officer.page
    await officer.press("Ghi: đã nhận")
    await officer.press("Ghi: đã tiếp nhận xử lý")
    form = page.locator("form[action$='/tiep-nhan']").filter(has=page.locator("input[name=state][value=answered]"))
    await form.locator("summary").click()
    await form.locator("textarea[name=words]").fill("Đã khảo sát, quy tập theo quy trình")
    await officer.press("Ghi: đã trả lời", form)
    await expect(page.get_by_role("status")).to_be_visible()
    await page.locator("select[name=conclusion]").select_option("found")
    await officer.press("Ghi kết luận")
    await expect(page.get_by_role("status")).to_be_visible()
    await officer.look("ket-luan")
    assert re.search(r"Chưa công bố", await page.locator("main").inner_text())
