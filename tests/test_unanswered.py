"""Told, and the consent never answered: nothing is fetched or opened before it, after a day all of it is forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cases import tips
from bot.media import Media
from bot.messages import AttachmentKind
from bot.models import FileState, Planned, Task, Tip, TipFile, TipState, Update, WebLine
from scheduler.rights_watch import finish_erasing
from scheduler.unanswered import WAITED, forget_unanswered
from scheduler.upkeep import fetch_files
from tests.dashboard_site import Site
from tests.dashboard_site import open_site as open_site
from tests.receipted import said
from tests.talk import Talk

STORY = "Năm 1972 tôi chôn anh Tám ở gần suối Đá Bàn, đơn vị tôi là tiểu đoàn 7 trung đoàn 3, tôi vẫn nhớ chỗ ấy"


@pytest.fixture
def media(talk: Talk, tmp_path: Path) -> Media:
    return Media(tmp_path / "media", talk.database, b"k" * 32, "http://127.0.0.1")


async def files(talk: Talk) -> list[TipFile]:
    async with talk.database.read() as db:
        return list(await db.scalars(select(TipFile).order_by(TipFile.id)))


async def fetch(talk: Talk, media: Media) -> int:
    talk.line.files = {file.attachment["ref"]: b"\xff\xd8\xff\xe0 a photo" for file in await files(talk)}
    return await fetch_files(talk.database, {"telegram": talk.line}, media, talk.shelf.library, talk.now)


async def test_a_file_is_fetched_at_once_after_the_consent_and_never_before(talk: Talk, media: Media) -> None:
    await talk.send(AttachmentKind.PHOTO)
    assert not tips.consented(await talk.tip())
    assert await fetch(talk, media) == 0
    assert [file.state for file in await files(talk)] == [FileState.WAITING]
    await talk.say(press="agree")
    assert await fetch(talk, media) == 1
    assert [file.state for file in await files(talk)] == [FileState.KEPT]


async def test_a_tip_whose_consent_was_never_answered_is_forgotten_after_a_day_and_nobody_is_told(
    talk: Talk, media: Media, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await talk.say(STORY)
    await talk.send(AttachmentKind.PHOTO)
    await talk.send(AttachmentKind.LOCATION, latitude=20.9, longitude=106.4)
    before = await talk.tip()
    async with talk.database.write() as db:
        db.add(Task(kind="call", tip_id=before.id, words="gọi 0912 345 678", due_at=talk.now, created_at=talk.now))
        (await db.get_one(TipFile, (await files(talk))[0].id)).sha256 = await media.keep(b"fetched by an older version")
    talk.now = before.changed_at + WAITED - timedelta(seconds=1)
    assert await forget_unanswered(talk.database, talk.now) == 0
    talk.now += timedelta(seconds=1)
    assert await forget_unanswered(talk.database, talk.now) == 1
    assert await forget_unanswered(talk.database, talk.now) == 0
    assert await talk.answers() == []
    tip = await talk.tip()
    assert tip.state == TipState.DECLINED
    assert {one.said for one in tip.answers} == {""}
    assert all(one.understood == {"kind": "withdrawn"} for one in tip.answers)
    assert [sorted(file.attachment) for file in await files(talk)] == [["kind", "name", "ref"]] * 2
    await finish_erasing(talk.database, media)
    async with talk.database.read() as db:
        assert [(one.words, one.done_at) for one in await db.scalars(select(Task))] == [("", talk.now)]
        assert {one.body for one in await db.scalars(select(Update))} == {"{}"}
        assert (await db.scalars(select(Planned))).all() == []
    assert [file.sha256 for file in await files(talk)] == ["", ""]
    assert [path for path in (media.folder).rglob("*") if path.is_file()] == []
    assert "1 tips were forgotten" in caplog.text
    assert "suối" not in caplog.text


async def test_what_was_agreed_refused_or_written_down_by_staff_is_not_forgotten_so(talk: Talk) -> None:
    await talk.say(STORY)
    await talk.say(press="agree")
    await talk.say(STORY, chat="78")
    await talk.say(press="refuse", chat="78")
    talk.now += timedelta(days=3)
    assert await forget_unanswered(talk.database, talk.now) == 0
    async with talk.database.read() as db:
        first = await db.scalar(select(Tip).order_by(Tip.id).limit(1))
    assert first is not None
    assert first.state == TipState.TELLING
    assert any(one.said == STORY for one in first.answers)


async def test_of_a_web_talk_what_he_wrote_goes_and_what_was_answered_stays(talk: Talk) -> None:
    await talk.say(STORY)
    tip = await talk.tip()
    async with talk.database.write() as db:
        for key, ours, at in (("old", False, -60), ("his", False, 0), ("ours", True, 0)):
            line = WebLine(address="telegram:77", key=key, ours=ours, line={"text": key})
            line.at = tip.started_at + timedelta(minutes=at)
            db.add(line)
    await forget_unanswered(talk.database, talk.now + WAITED)
    async with talk.database.read() as db:
        assert list(await db.scalars(select(WebLine.key).order_by(WebLine.id))) == ["old", "ours"]


async def test_staff_open_nothing_that_waits_for_the_consent(site: Site) -> None:
    async with site.database.write() as db:
        tip = Tip(chat_id=site.ids["chat_veteran"], unit_id=site.ids["unit_ward"], state=TipState.TELLING)
        tip.started_at = tip.changed_at = site.now
        tip.answers, tip.consents = [said("ho-ten", "Liệt sĩ Chưa Đồng Ý", site.now)], []
        db.add(tip)
        await db.flush()
    async with site.signed_in("military") as browser:
        assert "Chưa Đồng Ý" not in (await browser.get("/can-bo/tin-bao")).words
        assert "Chưa Đồng Ý" not in (await browser.get("/can-bo/tin-bao?tim=liet+si")).words
        assert (await browser.get(f"/can-bo/tin-bao/{tip.id}")).status == 404
