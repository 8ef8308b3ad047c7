"""The calendar's matter: days and their moon, what went and will go, turns of series, and a broadcast moved."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import HOME, chats, staff
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.keys import Upcoming
from bot.library import Library, Post, read_library
from bot.messages import Address, from_json
from bot.models import (
    AuditEntry,
    Broadcast,
    BroadcastState,
    ChatKind,
    ChatState,
    Planned,
    PostVersion,
    Role,
    Staff,
    Unit,
    VersionState,
)
from bot.posts import agenda
from bot.posts.broadcasts import announce
from bot.posts.series import series_left
from scheduler.plan import plan, upcoming
from tests.conftest import NOW, accepted

DAY = timedelta(days=1)
DAYS_LEFT = Post(
    id="con-may-ngay", kind="thong-bao", title="Còn mấy ngày", body="Còn {{ days_left }} ngày.", source="Nguồn"
)


@pytest.fixture
def books(library: Library) -> Library:
    return replace(library, posts={**library.posts, DAYS_LEFT.id: DAYS_LEFT})


@pytest.fixture
def schedule(config: Config) -> Upcoming:
    return lambda library, start, end: upcoming(library, config, start, end)


async def furnished(db: AsyncSession) -> tuple[Unit, Staff]:
    """A ward with one group, and a writer; the post made up for these tests counts as accepted."""
    await db.execute(insert(PostVersion), accepted(DAYS_LEFT))
    ward = await staff.home_or_new(db, "Phường")
    group = await chats.known(db, Address("telegram", "-1"), ChatKind.GROUP, "Nhóm", NOW)
    group.unit_id = ward.id
    chats.set_state(group, ChatState.ACTIVE, "", NOW)
    writer = Staff(login="hoa", name="Hoa", role=Role.WRITER, unit=ward, password_hash="x", active=True, created_at=NOW)
    db.add(writer)
    await db.flush()
    return ward, writer


async def a_plan(db: AsyncSession, books: Library, config: Config, writer: Staff, **more: Any) -> Broadcast:
    """Planned by hand for tomorrow at 08:00."""
    return await announce(db, books, config, DAYS_LEFT, target="all", due_at=NOW + DAY, now=NOW, staff=writer, **more)


def test_every_day_has_its_moon_its_anniversaries_and_its_rest(library: Library) -> None:
    days = {one.day: one for one in agenda.days(library, date(2027, 2, 1), date(2027, 2, 28))}
    assert len(days) == 28
    tet = days[date(2027, 2, 6)]
    assert tet.lunar == (1, 1, 2027, False)
    assert [one.id for one in tet.anniversaries] == ["tet-nguyen-dan"]
    assert tet.rest is not None
    assert days[date(2027, 2, 12)].rest is None
    assert [one.id for one in days[date(2027, 2, 3)].anniversaries] == ["thanh-lap-dang"]


@pytest.mark.parametrize("wrong", ['days = "8"', 'days = ""', "from = 2027-02-04\nuntil = 2027-02-03", "tuan = 1"])
def test_days_of_rest_that_cannot_be_are_told_as_a_problem(tmp_path: Path, wrong: str) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    file = tmp_path / "content" / "schedule.toml"
    file.write_text(f'{file.read_text("utf-8")}\n[[rest]]\nname = "Nghỉ"\n{wrong}\n', "utf-8")
    books = read_library(tmp_path / "content")
    assert [problem.file for problem in books.problems] == ["schedule.toml"]
    assert len(books.schedule.rests) == 1


async def test_what_will_go_is_the_schedule_with_the_turns_it_would_take_and_what_people_planned(
    database: Database, books: Library, config: Config, schedule: Upcoming
) -> None:
    async with database.write() as db:
        _, writer = await furnished(db)
        by_hand = await a_plan(db, books, config, writer)
        first = books.schedule.series["kenh-tri-an"].posts
        db.add(Planned(name="series:kenh-tri-an", used=first[0]))
    async with database.read() as db:
        items = await agenda.coming(db, books, config, schedule, NOW, NOW + 16 * DAY)
    assert items == sorted(items, key=lambda item: item.at)
    assert [item.broadcast.id for item in items if item.broadcast] == [by_hand.id]
    assert [item.post.id for item in items if item.series == "kenh-tri-an" and item.post] == [*first[1:4]]
    held = [item for item in items if item.held]
    assert held
    assert all(item.post and item.post.held for item in held)


async def test_the_turns_that_are_foretold_are_those_the_planner_takes(
    database: Database, library: Library, config: Config, schedule: Upcoming
) -> None:
    async with database.write() as db:
        await plan(db, library, config, NOW)
        foretold = await agenda.coming(db, library, config, schedule, NOW, NOW + 30 * DAY)
        for day in range(1, 31):
            await plan(db, library, config, NOW + day * DAY)
        made = await db.scalars(select(Broadcast).order_by(Broadcast.due_at))
        went = [(row.due_at, row.post_id) for row in made]
    assert [(item.at, item.post.id) for item in foretold if item.post and not item.held] == went


async def test_a_month_lists_what_went_and_what_will_go_but_nothing_held_stopped_or_missed(
    database: Database, books: Library, config: Config, schedule: Upcoming
) -> None:
    async with database.write() as db:
        _, writer = await furnished(db)
        for days, state in ((-2, "published"), (-3, "stopped"), (-4, "missed"), (-40, "published")):
            row = await a_plan(db, books, config, writer)
            row.due_at, row.state, row.title = NOW + days * DAY, state, f"{state} {days}"
        await a_plan(db, books, config, writer)
    month = partial(agenda.of_month, library=books, config=config, upcoming=schedule, now=NOW)
    async with database.read() as db:
        november = await month(db, year=2026, month=11)
        december = await month(db, year=2026, month=12)
        past = await month(db, year=2026, month=10)
    titles = [item.title for item in november]
    assert titles[0] == "published -2"
    assert DAYS_LEFT.title in titles
    assert {"stopped -3", "missed -4"}.isdisjoint(titles)
    assert all(item.at.astimezone(config.service.zone).month == 12 for item in december)
    assert december
    assert not any(item.held for item in november + december)
    assert [item.title for item in past] == ["published -40"]


async def test_a_series_says_what_is_left_of_its_round_and_how_long_it_lasts(
    database: Database, library: Library, config: Config, schedule: Upcoming
) -> None:
    async with database.write() as db:
        posts = library.schedule.series["chien-dich"].posts
        db.add(Planned(name="series:chien-dich", used="\n".join(posts[:-2])))
    async with database.read() as db:
        all_left = {one.series.id: one for one in await series_left(db, library, config, schedule, NOW)}
    one = all_left["chien-dich"]
    assert (one.left, one.next and one.next.id, len(one.used)) == (2, posts[-2], len(posts) - 2)
    assert one.next_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert (one.until, one.weeks) == (date(2026, 11, 30), 1)


async def test_a_series_without_days_in_the_schedule_says_so(
    database: Database, library: Library, config: Config, schedule: Upcoming
) -> None:
    silent = replace(library, schedule=replace(library.schedule, entries=()))
    async with database.read() as db:
        one = (await series_left(db, silent, config, schedule, NOW))[0]
    assert (one.until, one.without_a_day, one.next_at) == (None, len(one.posts), None)


async def test_a_moved_broadcast_says_what_is_true_on_its_new_day_and_who_moved_it_is_written_down(
    database: Database, books: Library, config: Config
) -> None:
    async with database.write() as db:
        _, writer = await furnished(db)
        broadcast = await a_plan(db, books, config, writer, lateness=timedelta(hours=12))
        assert "Còn 245 ngày" in from_json(broadcast.message).text
        await agenda.move(db, books, config, broadcast, NOW + 5 * DAY, writer, NOW)
        assert "Còn 241 ngày" in from_json(broadcast.message).text
        assert (broadcast.due_at, broadcast.latest_at) == (NOW + 5 * DAY, NOW + 5 * DAY + timedelta(hours=12))
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "move"))).one()
    assert (entry.staff_id, entry.subject) == (writer.id, f"broadcast:{broadcast.id}")
    assert entry.detail["due_at"] == (NOW + 5 * DAY).isoformat()


async def test_a_post_approved_for_its_time_only_waits_for_approval_again(
    database: Database, books: Library, config: Config
) -> None:
    async with database.write() as db:
        _, writer = await furnished(db)
        broadcast = await a_plan(db, books, config, writer)
        assert not await agenda.move(db, books, config, broadcast, NOW + 4 * DAY, writer, NOW)
        version = await db.get_one(PostVersion, broadcast.version_id)
        version.standing, version.target, version.due_at = False, "all", broadcast.due_at
        assert await agenda.move(db, books, config, broadcast, NOW + 5 * DAY, writer, NOW)
        assert (broadcast.state, version.state) == (BroadcastState.STOPPED, VersionState.SUBMITTED)
        assert version.due_at == NOW + 5 * DAY


@pytest.mark.parametrize(
    ("days", "change", "sentence"),
    [
        (-1, {}, "đã qua"),
        (1, {}, "vốn đã hẹn đúng ngày ấy"),
        (2, {"state": BroadcastState.PUBLISHED}, "chưa gửi"),
        (2, {"occurrence": "muc@2026-11-24T08:00"}, "lịch định kỳ đổi trong tệp lịch"),
        (2, {"due_at": NOW}, "đã đến giờ gửi"),
        (2, {"post_id": "khong-con"}, "không còn trong thư viện"),
        (2.6, {}, "giờ nghỉ của bà con (21:00"),
        (200, {"post_id": "het-han"}, "không còn trong thời hạn"),
        (2, {"post_id": "tet-nguyen-dan"}, "chờ cán bộ có thẩm quyền xác nhận"),
    ],
)
async def test_a_broadcast_stays_where_it_may_not_be_moved(
    database: Database, books: Library, config: Config, days: float, change: dict[str, Any], sentence: str
) -> None:
    short = replace(DAYS_LEFT, id="het-han", valid_until=date(2027, 1, 1))
    books = replace(books, posts={**books.posts, short.id: short})
    async with database.write() as db:
        _, writer = await furnished(db)
        broadcast = await a_plan(db, books, config, writer)
        for key, value in change.items():
            setattr(broadcast, key, value)
        before = broadcast.due_at
        with pytest.raises(Misuse, match=sentence.replace("(", r"\(")):
            await agenda.move(db, books, config, broadcast, NOW + days * DAY, writer, NOW)
        assert broadcast.due_at == before


async def test_a_day_on_which_the_units_take_no_posts_is_refused_with_their_names_unless_it_is_urgent(
    database: Database, books: Library, config: Config
) -> None:
    async with database.write() as db:
        ward, writer = await furnished(db)
        ward.days = "123456"
        broadcast = await a_plan(db, books, config, writer)
        sunday = NOW + 6 * DAY
        with pytest.raises(Misuse, match=ward.name):
            await agenda.move(db, books, config, broadcast, sunday, writer, NOW)
        broadcast.urgent = True
        await agenda.move(db, books, config, broadcast, sunday, writer, NOW)
        assert broadcast.due_at == sunday


async def test_a_unit_that_rests_a_little_longer_does_not_keep_the_others_from_the_day(
    database: Database, books: Library, config: Config
) -> None:
    async with database.write() as db:
        ward, writer = await furnished(db)
        late = Unit(code="to-1", name="Tổ 1", kind="neighbourhood", parent_id=ward.id, quiet_from="20:00")
        late.quiet_to = "09:00"
        db.add(late)
        await db.flush()
        group = await chats.known(db, Address("telegram", "-2"), ChatKind.GROUP, "Nhóm 2", NOW)
        group.unit_id = late.id
        chats.set_state(group, ChatState.ACTIVE, "", NOW)
        broadcast = await a_plan(db, books, config, writer)
        await agenda.move(db, books, config, broadcast, NOW + 3 * DAY, writer, NOW)
        assert broadcast.due_at == NOW + 3 * DAY
        late.quiet_to = "13:00"  # past the four hours after which the post is too late
        with pytest.raises(Misuse, match="Tổ 1"):
            await agenda.move(db, books, config, broadcast, NOW + 4 * DAY, writer, NOW)
