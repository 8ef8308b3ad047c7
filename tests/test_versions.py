"""Which wording of a post is said: the file's, the staff's, or none; and nothing of either is ever overwritten."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.keys import Shelf
from bot.library import Library, Post
from bot.models import BroadcastState, Origin, PostStep, PostVersion, Step, VersionState
from bot.posts.broadcasts import announce
from bot.posts.freezing import standing_sha256
from bot.posts.versions import in_force, mark, refresh, take_in, version_of, versions
from scheduler.plan import upcoming
from scheduler.publish import publish
from scheduler.watch import take_in as watched
from tests.conftest import NOW

TODAY = NOW.date()
ID = "chien-dich-la-gi"


def changed(library: Library, **fields: object) -> Library:
    """The library with its first post changed."""
    return replace(library, posts={**library.posts, ID: replace(library.posts[ID], **fields)})  # type: ignore[arg-type]


async def said(database: Database, library: Library, day: date = TODAY) -> Post | None:
    async with database.read() as db:
        return (await in_force(db, library, day)).posts.get(ID)


async def a_version(database: Database, post: Post, **fields: object) -> int:
    """One more wording by staff, approved."""
    async with database.write() as db:
        rows = await versions(db, post.id)
        row = version_of(post, (rows[0].number if rows else 0) + 1, NOW)
        row.origin = Origin.STAFF
        for name, value in fields.items():
            setattr(row, name, value)
        db.add(row)
    return row.id


async def test_the_shipped_library_counts_as_accepted_at_the_first_start(database: Database, library: Library) -> None:
    async with database.write() as db:
        await db.execute(text("DELETE FROM post_versions"))
        assert await take_in(db, library, NOW) == []
        rows = (await db.scalars(select(PostVersion))).all()
        assert {row.post_id for row in rows} == library.posts.keys()
        assert {(row.number, row.origin, row.state, row.standing) for row in rows} == {(1, "library", "approved", True)}
        assert (await in_force(db, library, TODAY)).posts == library.posts


async def test_a_second_start_changes_nothing(database: Database, library: Library) -> None:
    async with database.write() as db:
        before = await mark(db)
        assert await take_in(db, library, NOW) == []
        assert await mark(db) == before


async def test_a_changed_file_waits_while_the_old_words_go_on_being_said(database: Database, library: Library) -> None:
    new = changed(library, body="Chữ mới.")
    async with database.write() as db:
        (waiting,) = await take_in(db, new, NOW)
        assert await take_in(db, new, NOW) == []
        assert (waiting.number, waiting.state, waiting.body) == (2, VersionState.SUBMITTED, "Chữ mới.")
    assert await said(database, new) == library.posts[ID]


async def test_a_change_that_was_changed_again_is_asked_about_once(database: Database, library: Library) -> None:
    async with database.write() as db:
        await take_in(db, changed(library, body="Chữ mới."), NOW)
        await take_in(db, changed(library, body="Chữ mới hơn."), NOW)
        states = [(row.number, row.state) for row in await versions(db, ID)]
        assert states == [(3, "submitted"), (2, "returned"), (1, "approved")]
        assert [one.step for one in await db.scalars(select(PostStep).order_by(PostStep.id))] == [
            Step.SUBMITTED,
            Step.RETURNED,
            Step.SUBMITTED,
        ]


async def test_a_file_that_says_again_what_is_in_force_needs_no_approval(database: Database, library: Library) -> None:
    async with database.write() as db:
        await take_in(db, changed(library, body="Chữ mới."), NOW)
        assert await take_in(db, library, NOW) == []
        assert [row.state for row in await versions(db, ID)] == ["approved", "returned", "approved"]
    assert await said(database, library) == library.posts[ID]


async def test_a_new_file_is_not_said_before_somebody_approved_it(database: Database, library: Library) -> None:
    new = replace(library, posts={**library.posts, "moi": Post("moi", "slogan", "Mới", "Một câu.", "Kế hoạch")})
    await watched(database, new, NOW)
    async with database.read() as db:
        assert "moi" not in (await in_force(db, new, TODAY)).posts


async def test_a_file_that_is_gone_is_not_said_any_more(database: Database, library: Library) -> None:
    less = replace(library, posts={id: post for id, post in library.posts.items() if id != ID})
    assert await said(database, less) is None


async def test_an_update_of_the_library_never_overwrites_what_staff_wrote(database: Database, library: Library) -> None:
    own = replace(library.posts[ID], title="Tiêu đề của phường")
    await a_version(database, own)
    assert await said(database, library) == own
    new = changed(library, body="Bản mới của thư viện.")
    async with database.write() as db:
        (waiting,) = await take_in(db, new, NOW)
    assert waiting.state == VersionState.SUBMITTED
    found = await said(database, new)
    assert found is not None
    assert (found.title, found.body) == ("Tiêu đề của phường", library.posts[ID].body)


async def test_a_post_of_staff_is_said_beside_those_of_the_library(database: Database, library: Library) -> None:
    own = Post("bai-1", "hoi-dap", "Câu hỏi riêng?", "Trả lời.", "Phường", topic="chien-dich", asks=("hỏi riêng",))
    await a_version(database, own)
    async with database.read() as db:
        found = await in_force(db, library, TODAY)
    assert found.posts["bai-1"] == own
    assert [*found.posts][:-1] == [*library.posts]


async def test_what_has_run_out_gives_way_to_what_was_said_before(database: Database, library: Library) -> None:
    until = TODAY + timedelta(days=3)
    await a_version(database, replace(library.posts[ID], title="Tạm thời", valid_until=until))
    found = await said(database, library, until)
    assert found is not None
    assert found.title == "Tạm thời"
    assert await said(database, library, until + timedelta(days=1)) == library.posts[ID]


async def test_a_row_that_was_changed_behind_the_approval_is_not_said(database: Database, library: Library) -> None:
    id = await a_version(database, replace(library.posts[ID], title="Tiêu đề của phường"))
    async with database.write() as db:
        await db.execute(update(PostVersion).where(PostVersion.id == id).values(body="Lời lén"))
    assert await said(database, library) is None


async def test_a_version_for_one_time_is_not_said_at_others(database: Database, library: Library) -> None:
    await a_version(database, replace(library.posts[ID], title="Một lần"), standing=False, target="all", due_at=NOW)
    assert await said(database, library) == library.posts[ID]


async def test_the_shelf_follows_what_another_process_has_approved(database: Database, library: Library) -> None:
    shelf = Shelf(library)
    async with database.read() as db:
        before = await mark(db)
    await a_version(database, replace(library.posts[ID], title="Tiêu đề của phường"))
    async with database.read() as db:
        assert await mark(db) != before
        await refresh(db, shelf, TODAY)
    assert shelf.library.posts[ID].title == "Tiêu đề của phường"
    assert shelf.files is library


async def test_the_schedule_may_name_a_post_that_is_not_in_force(library: Library, config: Config) -> None:
    entry = next(entry for entry in library.schedule.entries if entry.anniversaries)
    bare = replace(library, posts={}, schedule=replace(library.schedule, entries=(entry,)))
    found = upcoming(bare, config, NOW, NOW + timedelta(days=60))
    assert found
    assert {one.post for one in found} == {None}


# The only maker of broadcasts


async def test_a_broadcast_knows_its_version_and_the_figures_in_it(
    database: Database, library: Library, config: Config
) -> None:
    post = library.posts["muc-tieu-phuong"]
    async with database.write() as db:
        made = await announce(db, library, config, post, target="all", due_at=NOW, now=NOW)
        version = await db.get_one(PostVersion, made.version_id)
    assert (version.post_id, version.sha256) == (post.id, standing_sha256(post))
    assert made.facts
    assert made.facts.items() <= {id: fact.value for id, fact in library.facts.items()}.items()


@pytest.mark.parametrize("field", ["title", "body", "source", "picture", "line"])
async def test_nothing_of_a_post_may_differ_from_what_was_approved(
    database: Database, library: Library, config: Config, field: str
) -> None:
    other = replace(library.posts[ID], **{field: "call" if field == "picture" else "khác"})  # type: ignore[arg-type]
    async with database.write() as db:
        with pytest.raises(Misuse, match="chưa được duyệt"):
            await announce(db, library, config, other, target="all", due_at=NOW, now=NOW)


async def test_an_older_wording_is_not_sent_by_its_old_approval(
    database: Database, library: Library, config: Config
) -> None:
    await a_version(database, replace(library.posts[ID], title="Tiêu đề của phường"))
    async with database.write() as db:
        with pytest.raises(Misuse, match="chưa được duyệt"):
            await announce(db, library, config, library.posts[ID], target="all", due_at=NOW, now=NOW)


async def test_what_was_withdrawn_after_it_was_planned_is_not_published(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        made = await announce(db, library, config, library.posts[ID], target="all", due_at=NOW, now=NOW)
        (await db.get_one(PostVersion, made.version_id)).state = VersionState.WITHDRAWN
        await db.flush()
        assert await publish(db, made.id, None, NOW) == 0
    assert made.state == BroadcastState.PLANNED
