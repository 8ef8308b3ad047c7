"""The transcription desk: what waits and in which order, drafts that are not lost, versions, a player that seeks."""

import random
import wave
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.cases import transcripts
from bot.models import AuditEntry, Person, PersonRole, Staff, Task, TaskKind, Tip, TipAnswer, TipFile, Transcript
from scheduler.upkeep import offer_words
from tests.browser import flaws, window
from tests.dashboard_site import PASSWORD, Site
from tests.dashboard_site import open_site as open_site
from tests.test_photos import jpeg, put, scene

OGG = b"OggS" + bytes(60)
AMR = b"#!AMR\n" + bytes(60)


def tone(seconds: int) -> bytes:
    written = BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128, 160, 128, 96]) * 2000 * seconds)
    return written.getvalue()


async def task(site: Site, file: int | None = None) -> None:
    """Somebody is to put it into words; without a file, all that the tip has."""
    async with site.database.write() as db:
        kept = Task(kind=TaskKind.TRANSCRIBE, tip_id=site.ids["tip"], file_id=file)
        kept.due_at = kept.created_at = site.now
        db.add(kept)


async def witness(site: Site, tip: str, born: str) -> None:
    async with site.database.write() as db:
        db.add(Person(tip_id=site.ids[tip], role=PersonRole.WITNESS, name="Lê Văn Tám", born=born))


async def move_to(site: Site, file: int, tip: str, days_ago: int) -> None:
    """The file becomes an answer of another tip, given so long ago."""
    async with site.database.write() as db:
        answer = TipAnswer(tip_id=site.ids[tip], field="chuyen", question=f"Câu của {tip}?", said="")
        answer.understood, answer.at = {"kind": "files"}, site.now - timedelta(days=days_ago)
        db.add(answer)
        await db.flush()
        (await db.get_one(TipFile, file)).answer_id = answer.id


async def test_the_oldest_witness_is_first_then_who_has_waited_longest(site: Site) -> None:
    early, old, late = [await put(site, OGG + bytes([n]), "voice") for n in range(3)]
    await move_to(site, early, "tip", 30)
    await move_to(site, old, "tip_1", 1)
    await move_to(site, late, "tip_2", 10)
    await witness(site, "tip_1", "khoảng năm 1934")
    await witness(site, "tip_2", "1960")
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/ghi-chep?loai=ghi-am")
        places = [page.text.index(f'href="/can-bo/ghi-chep/{id}"') for id in (old, early, late)]
        assert places == sorted(places)
        assert "Người kể 92 tuổi" in page.words
        assert "3 tệp đang chờ" in page.words
        assert "Lê Văn Tám" not in page.text
    async with site.signed_in("army-1") as browser:
        page = await browser.get("/can-bo/ghi-chep?loai=ghi-am")
        assert f"/ghi-chep/{old}" in page.text
        assert f"/ghi-chep/{early}" not in page.text


async def test_sealed_and_mistyped_files_and_those_of_a_withdrawn_tip_do_not_wait(site: Site) -> None:
    sealed = await put(site, jpeg(scene(1)), quarantined="sampling")
    mistyped = await put(site, jpeg(scene(2)), "file", "a.pdf")
    gone = await put(site, OGG, "voice")
    await move_to(site, gone, "tip_2", 3)
    async with site.database.write() as db:
        (await db.get_one(Tip, site.ids["tip_2"])).state = "withdrawn"
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/ghi-chep")
    assert all(f"/ghi-chep/{id}" not in page.text for id in (sealed, mistyped, gone))


async def test_a_draft_is_kept_by_the_service_and_the_finished_words_stand_beside_what_was_said(site: Site) -> None:
    id = await put(site, OGG, "voice")
    await task(site, id)
    path = f"/can-bo/ghi-chep/{id}"
    async with site.signed_in("military") as browser:
        assert (await browser.post(path, act="typing", words="Năm 72", based=0)).status == 204
        assert (await browser.post(path, act="draft", words="Năm 72 tôi", based=0)).status == 303
        assert "Năm 72 tôi</textarea>" in (await browser.get(path)).text
        assert "Năm 72 tôi" not in (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).text
        assert "có bản nháp" in (await browser.get("/can-bo/ghi-chep")).words
        assert (await browser.post(path, act="done", words=" ", based=0)).status == 422
        assert (await browser.post(path, act="done", words="Năm 72 tôi chôn anh Tám", based=0)).status == 303
        assert f"/ghi-chep/{id}" not in (await browser.get("/can-bo/ghi-chep")).text
        tip = await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")
        assert "Năm 72 tôi chôn anh Tám" in tip.words
        assert f'src="/can-bo/tep/{id}"' in tip.text
    [row] = await site.all(select(Transcript))
    assert (row.words, row.by, row.draft) == ("Năm 72 tôi chôn anh Tám", "hand", False)
    assert [one.done_at for one in await site.all(select(Task).where(Task.kind == TaskKind.TRANSCRIBE))] == [site.now]
    details = [entry.detail for entry in await site.all(select(AuditEntry).where(AuditEntry.action == "transcribed"))]
    assert details == [{"file": id, "characters": 23}]


async def test_the_tips_task_waits_for_the_last_of_its_recordings(site: Site) -> None:
    one, two = [await put(site, OGG + bytes([n]), "voice") for n in range(2)]
    await task(site)
    done = []
    async with site.signed_in("military") as browser:
        for id in (one, two):
            await browser.post(f"/can-bo/ghi-chep/{id}", act="nothing", words="", based=0)
            done += [one.done_at for one in await site.all(select(Task).where(Task.kind == TaskKind.TRANSCRIBE))]
    assert done == [None, site.now]


async def test_versions_stay_and_two_who_write_at_once_both_keep_their_words(site: Site) -> None:
    id = await put(site, OGG, "voice")
    path = f"/can-bo/ghi-chep/{id}"
    async with site.database.write() as db:
        (await db.scalars(select(Staff).where(Staff.login == "army-1"))).one().unit_id = site.ids["unit_ward"]
    async with site.signed_in("military") as browser, site.signed_in("army-1") as other:
        await other.post(path, act="typing", words="bản của Dũng", based=0)
        assert "Hoàng Anh Dũng cũng đang chép" in (await browser.get(path)).words
        assert (await browser.post(path, act="done", words="bản của Bảo", based=0)).status == 303
        clash = await other.post(path, act="done", words="bản của Dũng, dài hơn", based=0)
        assert clash.status == 422
        assert "Vừa có người chép xong" in clash.words
        assert "bản của Dũng, dài hơn</textarea>" in clash.text
        [first] = await site.all(select(Transcript).where(Transcript.draft.is_(False)))
        assert (await other.post(path, act="done", words="bản chung", based=first.id)).status == 303
        page = await browser.get(path)
    assert page.text.index("bản chung") < page.text.index("bản của Bảo")
    rows = await site.all(select(Transcript).order_by(Transcript.id))
    assert {row.words for row in rows} == {"bản của Bảo", "bản chung"}


async def test_an_answers_words_for_a_claim_are_what_was_written_and_what_was_heard(site: Site) -> None:
    id = await put(site, OGG, "voice")
    async with site.signed_in("military") as browser:
        await browser.post(f"/can-bo/ghi-chep/{id}", act="done", words="tôi chôn anh Tám", based=0)
    async with site.database.read() as db:
        file = await db.get_one(TipFile, id)
        answer = await db.get_one(TipAnswer, file.answer_id)
        answer.said = "gửi cháu ghi âm"
        heard = await transcripts.newest(db, answer.files)
        assert transcripts.words_of(answer, heard) == "gửi cháu ghi âm\ntôi chôn anh Tám"


@pytest.mark.parametrize("login", ["writer", "head", "admin"])
async def test_who_may_not_see_tips_hears_nothing(site: Site, login: str) -> None:
    id = await put(site, OGG, "voice")
    async with site.signed_in(login) as browser:
        for path in ("/can-bo/ghi-chep", f"/can-bo/ghi-chep/{id}", f"/can-bo/tep/{id}"):
            assert (await browser.get(path)).status == 403, path


async def test_a_recording_of_twenty_minutes_is_sought_in_and_that_is_one_look(site: Site) -> None:
    data = b"OggS" + random.Random(1).randbytes(5_000_000)
    id = await put(site, data, "voice")
    async with site.signed_in("military") as browser:
        whole = await browser.get(f"/can-bo/tep/{id}")
        assert (whole.status, whole.headers["Accept-Ranges"]) == (200, "bytes")
        assert whole.headers["Content-Type"] == "audio/ogg"
        part = await browser.get(f"/can-bo/tep/{id}", Range="bytes=3000000-3000999")
        assert (part.status, part.body) == (206, data[3_000_000:3_001_000])
        assert part.headers["Content-Range"] == f"bytes 3000000-3000999/{len(data)}"
        end = await browser.get(f"/can-bo/tep/{id}", Range="bytes=-500")
        assert (end.status, end.body) == (206, data[-500:])
        assert (await browser.get(f"/can-bo/tep/{id}", Range="bytes=9000000-")).status == 416
    assert len(await site.all(select(AuditEntry).where(AuditEntry.action == "file"))) == 1


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\0\0\0\x1cftypM4A " + bytes(40), "audio/mp4"),
        (b"\0\0\0\x1cftypisom" + bytes(40), "audio/mp4"),
        (b"ID3\x04" + bytes(40), "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + bytes(40), "audio/aac"),
        (AMR, "audio/amr"),
    ],
)
async def test_each_kind_of_recording_is_played_or_says_how_to_hear_it(site: Site, data: bytes, mime: str) -> None:
    id = await put(site, data, "voice")
    async with site.signed_in("military") as browser:
        assert (await browser.get(f"/can-bo/tep/{id}")).headers["Content-Type"] == mime
        page = await browser.get(f"/can-bo/ghi-chep/{id}")
    assert ("<audio" in page.text) is (data != AMR)
    assert ("Trình duyệt không nghe được" in page.words) is (data == AMR)


class Guesser:
    """A program that hears something. Every second time it stumbles."""

    name = "thu-nghiem"

    def __init__(self) -> None:
        self.heard = list[Path]()

    async def transcribe(self, path: Path) -> str:
        self.heard.append(path)
        if len(self.heard) % 2 == 0:
            raise OSError
        return "năm bảy hai"


async def test_what_a_program_heard_is_only_a_draft_to_check(site: Site) -> None:
    one, two = [await put(site, OGG + bytes([n]), "voice") for n in range(2)]
    guesser = Guesser()
    assert [await offer_words(site.database, site.media, guesser, site.now) for _ in range(3)] == [True, True, False]
    async with site.signed_in("military") as browser:
        page = await browser.get(f"/can-bo/ghi-chep/{one}")
        assert "do máy nghe (thu-nghiem), chưa ai kiểm tra" in page.words
        assert "năm bảy hai</textarea>" in page.text
        assert "do máy nghe" not in (await browser.get(f"/can-bo/ghi-chep/{two}")).words
        assert "năm bảy hai" not in (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).text
        assert f"/ghi-chep/{one}" in (await browser.get("/can-bo/ghi-chep")).text


async def test_by_hand_nothing_is_offered(site: Site) -> None:
    await put(site, OGG, "voice")
    assert not await offer_words(site.database, site.media, transcripts.TRANSCRIBERS["hand"], site.now)
    assert await site.all(select(Transcript)) == []


async def test_by_clicking_one_listens_slower_and_what_is_typed_outlives_the_page(site: Site) -> None:
    id = await put(site, tone(60), "voice")
    async with window(1280, 900) as opened:
        page = opened.page
        await page.goto(f"{site.base}/can-bo/dang-nhap?toi=/can-bo/ghi-chep/{id}")
        await page.get_by_label("Tên đăng nhập").fill("military")
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Đăng nhập").click()
        sound = page.locator("audio")
        await expect(sound).to_have_js_property("duration", 60)
        await page.get_by_role("button", name="0,75×").click()
        await expect(sound).to_have_js_property("playbackRate", 0.75)
        await sound.evaluate("sound => { sound.currentTime = 30 }")
        box = page.get_by_label("Lời nghe được")
        await box.press_sequentially("Năm 72, ")
        await box.press("F2")
        await expect(sound).to_have_js_property("currentTime", 25)
        await box.press("F4")
        await expect(sound).to_have_js_property("paused", False)
        await box.press("F4")
        await expect(page.get_by_text("Đã tự lưu nháp lúc")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Lời nghe được")).to_have_value("Năm 72,")
        assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert await flaws(page) == []
        await page.get_by_role("button", name="Chép xong").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã lưu bản chép")
        assert opened.mistakes == []
