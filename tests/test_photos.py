"""Photos and other files that came with a tip: what they turn out to be, what is shown of them, what is sealed."""

import base64
import random
import re
import struct
import zlib
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from bot.cases import originals, photos, sampling
from bot.errors import Refused
from bot.library import Library
from bot.media import Media
from bot.messages import Attachment, AttachmentKind, platform_of
from bot.models import AuditEntry, Delivery, FileState, Task, TaskKind, Tip, TipAnswer, TipFile
from scheduler.upkeep import fetch_files
from tests.dashboard_site import Browser, Site
from tests.dashboard_site import open_site as open_site
from tests.talk import Talk

PROGRAM = b"MZ\x90\x00" + bytes(200)
RULE = "Ảnh nơi lấy mẫu hay ảnh hài cốt chỉ cán bộ được giao mới xem"
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>GPSLatitude 21,7.88N</x:xmpmeta>"


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture unlike that of another seed."""
    spots = random.Random(seed).randbytes(12 * 9 * 3)
    return Image.frombytes("RGB", (12, 9), spots).resize(size, Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, quality: int = 90, **more: Any) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=quality, **more)
    return written.getvalue()


def with_exif(image: Image.Image, orientation: int = 1) -> bytes:
    """As a telephone writes it: time, place, camera, and XMP beside."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "HMD", "Nokia X", orientation
    exif[0x8769] = {0x9003: "2026:11:20 08:30:00"}
    exif[0x8825] = {1: "N", 2: (21.0, 7.0, 52.7), 3: "E", 4: (106.0, 28.0, 8.4)}
    return jpeg(image, exif=exif, xmp=XMP)


def bomb() -> bytes:
    """A PNG of a kilobyte that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(900_000))) + chunk(b"IEND", b"")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300)


@pytest.fixture
def media(talk: Talk, tmp_path: Path) -> Media:
    return Media(tmp_path / "media", talk.database, b"k" * 32, "http://127.0.0.1")


async def telling(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")


async def sent_with(talk: Talk, words: str, kind: AttachmentKind = AttachmentKind.PHOTO, album: str = "") -> str:
    """A file and the words that came with it."""
    return await talk.say(words, attachments=[asdict(Attachment(kind, ref=f"{talk.now}"))], album=album)


async def fetched(talk: Talk, media: Media, *data: bytes, fetch: Any = None) -> list[TipFile]:
    """All that waits, fetched: `data` in the order of the files."""
    async with talk.database.read() as db:
        waiting = list(await db.scalars(select(TipFile).where(TipFile.state == FileState.WAITING).order_by(TipFile.id)))
    talk.line.files = {file.attachment["ref"]: one for file, one in zip(waiting, data, strict=False)}
    await fetch_files(talk.database, {"telegram": fetch or talk.line}, media, talk.shelf.library, talk.now)
    async with talk.database.read() as db:
        return list(await db.scalars(select(TipFile).order_by(TipFile.id)))


async def all_of(talk: Talk, query: Any) -> list[Any]:
    async with talk.database.read() as db:
        return list(await db.scalars(query))


# What a picture is


def test_a_copy_has_the_picture_the_right_way_up_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(with_exif(scene(1, (3000, 2000)), orientation=6))
    copied = photos.copy(path)
    with Image.open(BytesIO(copied)) as shown:
        assert shown.size == (1067, 1600)
        assert len(shown.getexif()) == 0
    assert b"Exif" not in copied
    assert b"adobe" not in copied
    assert photos.taken(path).camera == "HMD Nokia X"


def test_a_png_with_words_and_glass_in_it_is_copied_without_the_words_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (30, 30), (0, 0, 0, 0))
    path = tmp_path / "photo"
    image.save(path, "PNG", exif=Image.Exif(), comment="at home")
    copied = photos.copy(path)
    assert b"at home" not in copied
    with Image.open(BytesIO(copied)) as shown:
        assert shown.getpixel((15, 15)) == (255, 255, 255)


@pytest.mark.parametrize("data", [bomb(), HEIC, jpeg(scene(1))[:5000], PROGRAM, b"", b"\x89PNG\r\n\x1a\n"])
def test_what_cannot_be_read_says_so_and_breaks_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "photo"
    path.write_bytes(data)
    with pytest.raises(photos.Unreadable):
        photos.copy(path)
    with pytest.raises(photos.Unreadable):
        photos.looks(path)
    assert not photos.taken(path)


def test_the_camera_may_have_written_nonsense(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    exif = Image.Exif()
    exif[0x0132], exif[0x010F] = "0000:00:00 00:00:00", "<script>"
    exif[0x8825] = {1: "N", 2: (999.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}
    path.write_bytes(jpeg(scene(2), exif=exif))
    assert photos.taken(path) == photos.Taken(camera="script")


@pytest.mark.parametrize(
    ("data", "kind", "name", "mime", "mistyped"),
    [
        (jpeg(scene(1)), "photo", "", "", False),
        (jpeg(scene(1)), "file", "so-do.png", "image/png", False),
        (HEIC, "file", "IMG_1.HEIC", "image/heic", False),
        (PROGRAM, "file", "anh.jpg", "image/jpeg", True),
        (PROGRAM, "photo", "", "", True),
        (PROGRAM, "file", "", "", True),
        (b"#!/bin/sh\nrm -rf /\n", "file", "loi-ke", "", True),
        (b"<html><script>", "file", "anh.jpg", "", True),
        (b"PK\x03\x04" + bytes(60), "file", "anh.apk", "", True),
        (b"loi ke cua ong", "file", "loi-ke.txt", "text/plain", False),
        ("lời kể ".encode() * 3000, "file", "loi-ke.txt", "", False),
        (b"%PDF-1.7\n", "file", "giay-bao-tu.pdf", "application/pdf", False),
        (jpeg(scene(1)), "file", "giay-bao-tu.pdf", "", True),
        (b"OggS" + bytes(60), "voice", "", "audio/ogg", False),
        (b"\x1aE\xdf\xa3" + b"\x42\x82\x84webm" + bytes(60), "voice", "ghi-am.webm", "audio/webm", False),
        (b"\x00\x01\x02\x03 nobody knows", "file", "", "", False),
    ],
)
def test_a_file_is_what_its_bytes_are(
    tmp_path: Path, data: bytes, kind: str, name: str, mime: str, mistyped: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    found = originals.examine(path, AttachmentKind(kind), name, mime)
    assert found.mistyped is mistyped
    if kind == "voice":
        assert found.mime.startswith("audio/")


# When it has been fetched


async def test_an_album_with_the_same_photo_twice_notices_it_and_keeps_both(talk: Talk, media: Media) -> None:
    await telling(talk)
    for _ in range(4):
        await talk.send(AttachmentKind.PHOTO, album="a")
    again = jpeg(scene(1, (300, 225)), quality=30)
    files = await fetched(talk, media, with_exif(scene(1)), with_exif(scene(1)), again, jpeg(scene(2)))
    first = files[0].id
    assert [file.same_as_id for file in files] == [None, first, first, None]
    assert {file.state for file in files} == {FileState.KEPT}
    assert await media.load(files[0].sha256) == with_exif(scene(1))


async def test_two_blank_walls_are_not_the_same_picture(talk: Talk, media: Media) -> None:
    await telling(talk)
    await talk.send(AttachmentKind.PHOTO, AttachmentKind.PHOTO)
    one, two = (jpeg(Image.new("RGB", (99, 99), grey)) for grey in ("#888", "#999"))
    assert [file.same_as_id for file in await fetched(talk, media, one, two)] == [None, None]


async def test_a_program_that_calls_itself_a_photo_is_set_apart_and_staff_are_told(talk: Talk, media: Media) -> None:
    await telling(talk)
    await talk.send(AttachmentKind.FILE, name="anh.jpg", mime="image/jpeg")
    [file] = await fetched(talk, media, PROGRAM)
    assert (file.state, file.quarantined) == (FileState.KEPT, "type")
    assert "file_type" in (await talk.tip()).flagged


@pytest.mark.parametrize(("reason", "sentence"), [("too_big", "dưới 20 MB"), ("expired", "gửi lại giúp")])
async def test_who_sent_what_cannot_be_had_is_told_once_and_his_question_stands(
    talk: Talk, media: Media, reason: str, sentence: str
) -> None:
    class Broken:
        async def fetch(self, attachment: Attachment) -> bytes:
            raise Refused(reason)

    await telling(talk)
    await talk.send(AttachmentKind.PHOTO, AttachmentKind.PHOTO)
    menu = (await talk.chat()).menu
    await fetched(talk, media, fetch=Broken())
    told = [message.text for message in await talk.answers()]
    assert len(told) == 1
    assert sentence in told[0]
    assert (await talk.chat()).menu == menu


async def test_nobody_waits_for_the_words_of_a_recording_that_never_came(talk: Talk, media: Media) -> None:
    class Broken:
        async def fetch(self, attachment: Attachment) -> bytes:
            raise Refused("expired")

    await telling(talk)
    await talk.send(AttachmentKind.VOICE)
    waiting = select(Task).where(Task.kind == TaskKind.TRANSCRIBE, Task.done_at.is_(None))
    assert len(await all_of(talk, waiting)) == 1
    await fetched(talk, media, fetch=Broken())
    assert await all_of(talk, waiting) == []


async def test_how_a_photo_comes_without_loss_is_told_once_and_only_where_there_is_a_way(
    talk: Talk, library: Library
) -> None:
    await telling(talk)
    async with talk.database.write() as db:
        (await db.scalars(select(Tip))).one().asking = "anh"
    assert "dạng tệp" in await talk.send(AttachmentKind.PHOTO)
    assert "dạng tệp" not in await talk.send(AttachmentKind.PHOTO)
    assert platform_of("zalo_bot@to-1") not in library.texts.under("media.original")


# Sampling sites and remains


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("Ảnh lấy mẫu sáng nay", True),
        ("hôm qua BỐC MỘ bác Tám", True),
        ("anh boc mo hom qua", True),
        ("khai quật.", True),
        ("nằm giữa hai cột điện", False),
        ("sơ đồ khu mộ, lấy từ sổ của đơn vị", False),
        ("", False),
    ],
)
def test_words_that_come_with_a_picture_may_say_what_it_is(library: Library, words: str, is_one: bool) -> None:
    assert sampling.named(library, words) is is_one


async def test_a_picture_of_sampling_is_sealed_as_it_arrives_and_the_sender_thanked_and_told(talk: Talk) -> None:
    await telling(talk)
    said = await sent_with(talk, "Ảnh lấy mẫu sáng nay ở nghĩa trang")
    assert said.index(RULE) < said.index("liệt sĩ tên gì")
    [file] = await all_of(talk, select(TipFile))
    assert file.quarantined == "sampling"
    [task] = await all_of(talk, select(Task).where(Task.done_at.is_(None)))
    assert (task.kind, task.file_id) == (TaskKind.CHECK, file.id)
    assert "sampling" in (await talk.tip()).flagged
    [entry] = await all_of(talk, select(AuditEntry))
    assert (entry.action, entry.detail) == ("seal_file", {"file": file.id})


async def test_the_words_of_one_picture_seal_its_album_and_are_answered_once(talk: Talk) -> None:
    await telling(talk)
    said = [await talk.send(AttachmentKind.PHOTO, album="a") for _ in range(2)]
    said.append(await sent_with(talk, "bốc mộ", album="a"))
    said.append(await talk.send(AttachmentKind.PHOTO, album="a"))
    assert {file.quarantined for file in await all_of(talk, select(TipFile))} == {"sampling"}
    assert "\n".join(said).count(RULE) == 1
    assert len(await all_of(talk, select(Task).where(Task.kind == TaskKind.CHECK))) == 1


async def test_a_spoken_answer_about_remains_is_not_sealed_nor_a_photo_with_other_words(talk: Talk) -> None:
    await telling(talk)
    await sent_with(talk, "chuyện tìm hài cốt", AttachmentKind.VOICE)
    await sent_with(talk, "ảnh đồng đội năm 1972")
    await talk.say("hài cốt chôn ở gần suối")
    assert {file.quarantined for file in await all_of(talk, select(TipFile))} == {""}


async def test_the_bytes_of_a_sealed_picture_are_sealed_wherever_they_come_again(talk: Talk, media: Media) -> None:
    await telling(talk)
    await sent_with(talk, "lấy mẫu")
    await fetched(talk, media, jpeg(scene(1)))
    await talk.send(AttachmentKind.PHOTO)
    files = await fetched(talk, media, jpeg(scene(1)))
    assert [file.quarantined for file in files] == ["sampling", "sampling"]


# On the pages


async def put(site: Site, data: bytes, kind: str = "photo", name: str = "", **more: Any) -> int:
    """One more file with the tip, as if it had been fetched."""
    sha256 = await site.media.keep(data)
    attachment = asdict(Attachment(AttachmentKind(kind), ref="x", name=name))
    async with site.database.write() as db:
        answer = (await db.scalars(select(TipAnswer).where(TipAnswer.tip_id == site.ids["tip"]))).all()[-1]
        file = TipFile(answer_id=answer.id, channel="telegram", attachment=attachment)
        db.add(file)
        await db.flush()
        found = originals.examine(site.media.path(sha256), AttachmentKind(kind), name, "")
        await originals.keep(db, file, sha256, len(data), found, site.now)
        for key, value in more.items():
            setattr(file, key, value)
        return file.id


async def test_no_copy_that_is_shown_has_the_place_or_the_camera_in_it(site: Site) -> None:
    id = await put(site, with_exif(scene(3), orientation=8))
    async with site.signed_in("military") as browser:
        shown = await browser.get(f"/can-bo/tep/{id}")
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["Content-Security-Policy"].startswith("sandbox")
        await browser.post(f"/can-bo/tep/{id}/niem-phong")
        sealed = await browser.post(f"/can-bo/tep/{id}/mo", reason="verify", act="look")
        inside = re.search(r"base64,([A-Za-z0-9+/=]+)", sealed.text)
    assert inside is not None
    for body in (shown.body, base64.b64decode(inside[1])):
        with Image.open(BytesIO(body)) as image:
            assert image.size == (480, 640)
            assert len(image.getexif()) == 0
        for mark in (b"Exif", b"adobe", b"GPS", b"Nokia"):
            assert mark not in body


async def test_the_original_comes_whole_and_each_look_at_it_is_written_down(site: Site) -> None:
    id = await put(site, with_exif(scene(3)))
    async with site.signed_in("military") as browser:
        page = await browser.get(f"/can-bo/ghi-chep/{id}")
        assert "chụp 08:30 ngày 20/11/2026, tại 21.13131, 106.469, máy HMD Nokia X" in page.words
        answer = await browser.get(f"/can-bo/tep/{id}/goc")
    assert answer.body == with_exif(scene(3))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = await site.all(select(AuditEntry).where(AuditEntry.action == "original"))
    assert [row.detail for row in rows] == [{"file": id}]


@pytest.mark.parametrize("data", [bomb(), HEIC, with_exif(scene(4))[:9000]])
async def test_a_picture_that_cannot_be_shown_says_so_and_can_be_taken_as_it_came(site: Site, data: bytes) -> None:
    id = await put(site, data)
    async with site.signed_in("military") as browser:
        assert "Chưa xem được ảnh này ở đây" in (await browser.get(f"/can-bo/ghi-chep/{id}")).words
        assert (await browser.get(f"/can-bo/tep/{id}")).status == 415
        assert (await browser.get(f"/can-bo/tep/{id}/goc")).body == data
        assert (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).status == 200


async def test_a_file_of_another_type_is_not_opened_on_any_page(site: Site) -> None:
    id = await put(site, PROGRAM, "file", "anh.jpg")
    async with site.signed_in("military") as browser:
        assert (await browser.get(f"/can-bo/tep/{id}")).status == 403
        tip = await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")
        assert "có tệp không đúng loại như tên gọi" in tip.words
        assert f'src="/can-bo/tep/{id}"' not in tip.text
        answer = await browser.get(f"/can-bo/tep/{id}/goc")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].endswith('.bin"')


async def test_the_same_picture_is_told_and_none_is_removed(site: Site) -> None:
    first = await put(site, jpeg(scene(5)))
    second = await put(site, jpeg(scene(5), quality=40))
    async with site.signed_in("military") as browser:
        assert f"Giống tệp số {second}" in (await browser.get(f"/can-bo/ghi-chep/{first}")).words
        assert f"Giống tệp số {first}" in (await browser.get(f"/can-bo/ghi-chep/{second}")).words
        assert f"Giống tệp số {first}" in (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).words


async def looked(browser: Browser, id: int, **fields: str) -> int:
    return (await browser.post(f"/can-bo/tep/{id}/mo", **fields)).status


async def test_what_staff_seal_opens_only_with_a_reason_and_every_look_is_written_down(site: Site) -> None:
    id = await put(site, jpeg(scene(6)))
    twin = await put(site, jpeg(scene(6)))
    async with site.signed_in("military") as browser:
        assert (await browser.post(f"/can-bo/tep/{id}/niem-phong")).status == 303
        assert (await browser.post(f"/can-bo/tep/{id}/niem-phong")).status == 422
        for file in (id, twin):
            assert (await browser.get(f"/can-bo/tep/{file}")).status == 403
            assert (await browser.get(f"/can-bo/tep/{file}/goc")).status == 403
            assert f'src="/can-bo/tep/{file}"' not in (await browser.get(f"/can-bo/ghi-chep/{file}")).text
        assert "Đã niêm phong" in (await browser.get(f"/can-bo/tin-bao/{site.ids['tip']}")).words
        assert await looked(browser, id, reason="", act="look") == 422
        assert await looked(browser, id, reason="not_sampling", act="look") == 422
        assert await looked(browser, id, reason="verify", act="look") == 200
        assert await looked(browser, id, reason="verify", act="look") == 200
        assert await looked(browser, id, reason="authority", act="original") == 200
    entries = await site.all(select(AuditEntry).where(AuditEntry.action.like("sealed%")).order_by(AuditEntry.id))
    assert [(row.action, row.detail["reason"]) for row in entries] == [
        ("sealed_look", "verify"),
        ("sealed_look", "verify"),
        ("sealed_original", "authority"),
    ]
    told = [row.message["text"] for row in await site.all(select(Delivery).where(Delivery.broadcast_id.is_(None)))]
    assert len(told) == 1
    assert RULE in told[0]
    assert len(await site.all(select(Task).where(Task.kind == TaskKind.CHECK, Task.file_id == id))) == 1
    assert [tip.flagged for tip in await site.all(select(Tip).where(Tip.id == site.ids["tip"]))] == [
        "odd_input,sampling"
    ]


async def test_a_seal_that_was_a_mistake_is_lifted_and_written_down(site: Site) -> None:
    id = await put(site, jpeg(scene(6)), quarantined="sampling")
    async with site.signed_in("military") as browser:
        assert await looked(browser, id, reason="verify", act="unseal") == 422
        assert await looked(browser, id, reason="not_sampling", act="unseal") == 303
        assert (await browser.get(f"/can-bo/tep/{id}")).status == 200
    rows = await site.all(select(AuditEntry).where(AuditEntry.action == "unseal_file"))
    assert [row.detail for row in rows] == [{"file": id, "reason": "not_sampling"}]


async def test_files_of_another_unit_are_nowhere(site: Site) -> None:
    id = await put(site, jpeg(scene(7)))
    async with site.signed_in("army-1") as browser:
        for path in (f"tep/{id}", f"tep/{id}/goc", f"ghi-chep/{id}"):
            assert (await browser.get(f"/can-bo/{path}")).status == 404, path
        for path in (f"tep/{id}/niem-phong", f"tep/{id}/mo", f"ghi-chep/{id}"):
            assert (await browser.post(f"/can-bo/{path}", reason="verify", act="look", words="x")).status == 404, path
