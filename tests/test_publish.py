"""A due broadcast with its picture; content/ watched while the service runs; files fetched as they are."""

import hashlib
import shutil
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from bot import HOME
from bot.config import Config, Service
from bot.db import Database
from bot.errors import NotSent, Refused
from bot.keys import Shelf
from bot.library import Library, read_library
from bot.media import Media
from bot.messages import Attachment, AttachmentKind, Outgoing, to_json
from bot.models import (
    Broadcast,
    Chat,
    ChatKind,
    ChatState,
    Delivery,
    DeliveryState,
    FileState,
    Notice,
    TipFile,
    Unit,
    Urgency,
)
from bot.posts.broadcasts import announce, recipients
from bot.posts.checks import check_posts
from scheduler.publish import publish, publish_due
from scheduler.upkeep import fetch_files
from scheduler.watch import Watch, checked
from tests.conftest import NOW
from tests.talk import Line, Talk


@pytest.fixture
def media(tmp_path: Path, database: Database) -> Media:
    return Media(tmp_path / "media", database, b"key", "http://127.0.0.1")


async def test_a_broadcast_gets_its_picture_when_it_is_published(
    database: Database, library: Library, config: Config, media: Media
) -> None:
    async with database.write() as db:
        await announce(db, library, config, library.posts["chien-dich-la-gi"], target="all", due_at=NOW, now=NOW)
    assert await publish_due(database, media, library, NOW) == 1
    assert await publish_due(database, media, library, NOW) == 0
    async with database.read() as db:
        picture = (await db.scalars(select(Broadcast))).one().message["picture"]
    assert (await media.load(picture["sha256"])).startswith(b"\x89PNG")
    assert "Chiến dịch 500 ngày đêm là gì?" in picture["alt"]


async def test_a_picture_that_cannot_be_drawn_leaves_the_post_as_text_and_staff_are_told(
    database: Database, library: Library, config: Config, media: Media
) -> None:
    async with database.write() as db:
        made = await announce(db, library, config, library.posts["chien-dich-la-gi"], target="all", due_at=NOW, now=NOW)
        made.drawing = {**(made.drawing or {}), "answer": "một đoạn quá dài " * 400}
    assert await publish_due(database, media, library, NOW) == 1
    async with database.read() as db:
        message = (await db.scalars(select(Broadcast))).one().message
        told = (await db.scalars(select(Notice.sentence))).one()
    assert message["picture"] is None
    assert message["text"].startswith("**Chiến dịch 500 ngày đêm là gì?**")
    assert "không vẽ được" in told


async def groups(database: Database) -> None:
    """Two wards of a city with a neighbourhood below the first; groups that follow all, one or another topic."""
    async with database.write() as db:
        db.add(Unit(id=1, kind="city", code="hp", name="Thành phố"))
        db.add(Unit(id=2, kind="ward", code="p1", name="Phường 1", parent_id=1))
        db.add(Unit(id=3, kind="ward", code="p2", name="Phường 2", parent_id=1))
        db.add(Unit(id=4, kind="neighbourhood", code="p1-to-1", name="Tổ 1", parent_id=2))
        await db.flush()
        for id, unit, topics, state, kind in (
            (1, 2, "", ChatState.ACTIVE, ChatKind.GROUP),
            (2, 4, "adn,lay-mau", ChatState.ACTIVE, ChatKind.GROUP),
            (3, 3, "lay-mau", ChatState.ACTIVE, ChatKind.GROUP),
            (4, 4, "", ChatState.GONE, ChatKind.GROUP),
            (5, None, "", ChatState.WAITING, ChatKind.GROUP),
            (6, None, "", ChatState.ACTIVE, ChatKind.PRIVATE),
        ):
            chat = Chat(id=id, channel=f"telegram@{id}", address=f"telegram@{id}:-{id}", kind=kind, unit_id=unit)
            chat.topics, chat.state, chat.state_since, chat.created_at = topics, state, NOW, NOW
            db.add(chat)


@pytest.mark.parametrize(
    ("target", "chats"),
    [
        ("all", [1, 2, 3]),
        ("unit:hp", [1, 2, 3]),
        ("unit:p1", [1, 2]),
        ("unit:2", [1, 2]),
        ("unit:p1-to-1", [2]),
        ("unit:nowhere", []),
        ("topic:adn", [1, 2]),
        ("topic:lay-mau", [1, 2, 3]),
        ("topic:lay", [1]),
        ("topic:l_y-mau", [1]),
        ("chat:telegram@3:-3", [3]),
        ("chat:telegram@4:-4", []),
        ("everybody", []),
    ],
)
async def test_a_post_goes_to_the_active_groups_that_are_meant(
    database: Database, target: str, chats: list[int]
) -> None:
    await groups(database)
    async with database.write() as db:
        assert [chat.id for chat in await recipients(db, target)] == chats
        post = Broadcast(post_id="x", title="x", message=to_json(Outgoing("x")), target=target, state="planned")
        post.due_at, post.latest_at, post.created_at = NOW, NOW + timedelta(hours=4), NOW
        db.add(post)
        await db.flush()
        assert await publish(db, post.id, None, NOW) == len(chats)
        assert db.info.get("wake", set()) == {f"telegram@{id}" for id in chats}
        assert await publish(db, post.id, None, NOW) == 0
        rows = (await db.scalars(select(Delivery).order_by(Delivery.id))).all()
    assert [(row.chat_id, row.channel, row.state) for row in rows] == [
        (id, f"telegram@{id}", DeliveryState.PENDING) for id in chats
    ]
    assert {row.history for row in rows} <= {"2026-11-23T01:00:00Z pending\n"}


async def test_a_post_marked_urgent_goes_before_the_others_and_every_post_says_it_is_one_of_many(
    database: Database, library: Library, config: Config, media: Media
) -> None:
    await groups(database)
    post = library.posts["chien-dich-la-gi"]
    async with database.write() as db:
        await announce(db, library, config, post, target="chat:telegram@1:-1", due_at=NOW, now=NOW)
        await announce(db, library, config, post, target="chat:telegram@2:-2", due_at=NOW, now=NOW, urgent=True)
    await publish_due(database, media, library, NOW)
    async with database.read() as db:
        rows = await db.scalars(select(Delivery).order_by(Delivery.urgency))
        assert [(row.chat_id, row.urgency) for row in rows] == [(2, Urgency.URGENT), (1, Urgency.BROADCAST)]
        assert all(message["bulk"] for message in await db.scalars(select(Broadcast.message)))


async def test_more_groups_than_a_statement_can_name_are_published_at_once(
    database: Database, library: Library, media: Media
) -> None:
    many = 3000
    async with database.write() as db:
        new = {"kind": ChatKind.GROUP, "state": ChatState.ACTIVE, "state_since": NOW, "created_at": NOW}
        names = [f"telegram@{n % 50}" for n in range(many)]
        await db.execute(
            insert(Chat), [{"channel": name, "address": f"{name}:-{n}", **new} for n, name in enumerate(names)]
        )
        post = Broadcast(post_id="x", title="x", message=to_json(Outgoing("x")), target="all", state="planned")
        post.due_at, post.latest_at, post.created_at = NOW, NOW + timedelta(hours=4), NOW
        db.add(post)
    assert await publish_due(database, media, library, NOW) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count(Delivery.id))) == many


async def test_a_pictures_url_expires_and_cannot_be_made_up(media: Media) -> None:
    sha256 = await media.keep(b"picture")
    token = media.public_url(sha256, NOW).rpartition("/")[2]
    assert media.opened(token, NOW) == sha256
    assert media.opened(token, NOW.replace(year=NOW.year + 1)) is None
    assert media.opened(token.replace(sha256, "0" * 64), NOW) is None
    assert media.opened("../../trian.db", NOW) is None


async def test_a_changed_file_waits_for_approval_and_a_broken_one_is_shown_while_the_old_one_stays(
    tmp_path: Path, database: Database
) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    config = Config(folder=tmp_path, service=Service(content="content"))
    shelf = Shelf(read_library(tmp_path / "content"))
    watch = Watch(database, shelf, config, lambda: NOW)
    slogans = tmp_path / "content" / "slogans.toml"
    whole = slogans.read_text("utf-8")
    slogans.write_text(f'{whole}\n[[slogan]]\nid = "moi"\ntext = "Một câu mới"\nsource = "Kế hoạch"\n', "utf-8")
    await watch.look()
    assert shelf.files.posts["moi"].body == "Một câu mới"
    assert "moi" not in shelf.library.posts
    slogans.write_text("[[slogan]\n", "utf-8")
    await watch.look()
    assert "moi" in shelf.files.posts
    assert [problem.file for problem in shelf.library.problems] == ["slogans.toml"]
    slogans.write_text(whole, "utf-8")
    await watch.look()
    assert shelf.library.problems == ()
    assert "moi" not in shelf.files.posts


def test_a_sentence_that_was_broken_or_taken_out_is_told_and_ours_stands_in(tmp_path: Path, library: Library) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    texts = tmp_path / "content" / "texts"
    (texts / "groups.toml").write_text('heard = "Nghe rõ {{ unit"\n', "utf-8")
    (texts / "welcome.toml").write_text("private = \n", "utf-8")
    read = read_library(tmp_path / "content")
    assert sorted(problem.file for problem in read.problems) == ["texts/groups.toml", "texts/welcome.toml"]
    for key in ("groups.heard", "groups.greeting", "welcome.private"):
        assert read.texts.sentences[key] == library.texts.sentences[key]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{{ fact("khong-co") }}', "không dùng được"),
        ("Đã quy tập 12.345 hài cốt.", "gõ tay «12.345»"),
        ("{{ days_lef }}", "không dùng được"),
        ("dài " * 600, "quá giới hạn"),
    ],
)
def test_a_post_that_would_mislead_is_a_problem_with_its_place(
    library: Library, config: Config, body: str, sentence: str
) -> None:
    post = replace(library.posts["chien-dich-la-gi"], body=body)
    one = replace(library, posts={post.id: post})
    found = [str(problem) for problem in check_posts(one, config, NOW.date())]
    assert len(found) == 1
    assert sentence in found[0]
    assert found[0].startswith("posts/chien-dich.toml:")


def test_the_shipped_library_passes_every_check(config: Config) -> None:
    assert checked(HOME / "content", config, NOW.date()).problems == ()


async def a_file(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.send(AttachmentKind.PHOTO)


async def test_a_photo_is_kept_byte_for_byte_under_its_hash(talk: Talk, media: Media) -> None:
    await a_file(talk)
    data = b"\xff\xd8\xff\xe0 a photo as it came, with all its EXIF"
    async with talk.database.write() as db:
        await db.execute(update(TipFile).values(attachment=asdict(Attachment(AttachmentKind.PHOTO, ref="f"))))
    assert await fetch_files(talk.database, {"telegram": Line(files={"f": data})}, media, talk.shelf.library, NOW) == 1
    async with talk.database.read() as db:
        file = (await db.scalars(select(TipFile))).one()
    assert (file.state, file.sha256, file.size) == (FileState.KEPT, hashlib.sha256(data).hexdigest(), len(data))
    assert await media.load(file.sha256) == data


@pytest.mark.parametrize(
    ("error", "state"), [(NotSent("unreachable"), FileState.WAITING), (Refused("too_big"), FileState.FAILED)]
)
async def test_a_file_that_cannot_be_had_is_tried_again_or_says_why_not(
    talk: Talk, media: Media, error: NotSent | Refused, state: FileState
) -> None:
    class Broken(Line):
        async def fetch(self, attachment: Attachment) -> bytes:
            raise error

    await a_file(talk)
    assert await fetch_files(talk.database, {"telegram": Broken()}, media, talk.shelf.library, NOW) == 0
    async with talk.database.read() as db:
        file = (await db.scalars(select(TipFile))).one()
    assert (file.state, file.reason) == (state, error.reason)


async def test_no_word_of_a_tip_reaches_the_log_even_when_the_program_errs(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("lời kể thứ nhất về suối Ví Dụ")
    talk.shelf.library = replace(talk.shelf.library, forms={})
    answer = await talk.say("đồng chí Nguyễn Văn Ví Dụ, 0912 000 000")
    assert "đã được giữ lại" in answer
    for word in ("Ví Dụ", "0912", "suối"):
        assert word not in caplog.text
