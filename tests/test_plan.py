"""The schedule becomes broadcasts: once, in turn, never too late, never unconfirmed."""

import shutil
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from bot import chats, staff
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.library import Library, Post, read_library
from bot.messages import Address
from bot.models import Broadcast, BroadcastState, Confirmation, Figure, Notice, PostVersion, Role, Staff, Unit
from bot.posts.broadcasts import announce, recipients
from bot.posts.figures import enter, newest, register, target_text
from bot.posts.rendering import rendered
from bot.timetable import Entry, Schedule, Series
from scheduler.plan import plan, upcoming
from tests.conftest import NOW, accepted

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAILY = Entry(
    id="ngay", name="Hằng ngày", when={"daily": True, "at": "09:00"}, series="s", max_lateness=timedelta(hours=4)
)


def a_library(library: Library, *entries: Entry, posts: int = 3) -> Library:
    made = {
        f"p{n}": Post(id=f"p{n}", kind="hoi-dap", title=f"Câu {n}", body="Trả lời.", source="Nguồn")
        for n in range(posts)
    }
    schedule = Schedule(quiet=(time(21), time(6, 30)), entries=entries, series={"s": Series("s", tuple(made))})
    return replace(library, posts=made, schedule=schedule)


async def planned(database: Database, library: Library, config: Config, *days: float) -> list[Broadcast]:
    """Plan at NOW, then so many days later each; posts made up for the test count as accepted."""
    async with database.write() as db:
        known = set(await db.scalars(select(PostVersion.post_id)))
        if made := accepted(*(post for id, post in library.posts.items() if id not in known)):
            await db.execute(insert(PostVersion), made)
    for day in (0, *days):
        async with database.write() as db:
            await plan(db, library, config, NOW + timedelta(days=day))
    async with database.read() as db:
        return list(await db.scalars(select(Broadcast).order_by(Broadcast.id)))


async def test_a_new_installation_sends_nothing_of_the_past(
    database: Database, library: Library, config: Config
) -> None:
    assert await planned(database, a_library(library, DAILY), config) == []


async def test_a_series_uses_all_before_it_repeats_any(database: Database, library: Library, config: Config) -> None:
    made = await planned(database, a_library(library, DAILY), config, *range(1, 8))
    assert [one.post_id for one in made] == ["p0", "p1", "p2", "p0", "p1", "p2", "p0"]


async def test_a_scheduled_post_goes_to_those_who_follow_its_topic(
    database: Database, library: Library, config: Config
) -> None:
    entry = replace(DAILY, series="", post="chien-dich-la-gi")
    made = await planned(database, replace(library, schedule=Schedule(entries=(entry,))), config, 0.1)
    assert [one.target for one in made] == ["topic:chien-dich"]


async def test_planning_twice_makes_one_broadcast(database: Database, library: Library, config: Config) -> None:
    assert len(await planned(database, a_library(library, DAILY), config, 0.1, 0.1, 0.1)) == 1


async def test_what_came_due_while_the_service_slept_is_sent_late_or_recorded_as_missed(
    database: Database, library: Library, config: Config
) -> None:
    made = await planned(database, a_library(library, DAILY), config, 2.1)
    assert [one.state for one in made] == [BroadcastState.MISSED, BroadcastState.MISSED, BroadcastState.PLANNED]
    async with database.read() as db:
        told = (await db.scalars(select(Notice.sentence))).all()
    assert any("đã lỡ" in sentence for sentence in told)


async def test_an_unconfirmed_anniversary_is_held_and_staff_are_told(
    database: Database, library: Library, config: Config
) -> None:
    held = next(post for post in library.posts.values() if post.held and post.anniversary)
    entry = replace(DAILY, series="", post=held.id)
    made = await planned(database, replace(library, schedule=Schedule(entries=(entry,))), config, 0.1)
    assert made == []
    async with database.read() as db:
        assert "xác nhận" in (await db.scalar(select(Notice.sentence)) or "")


@pytest.fixture
async def officer(database: Database) -> Staff:
    async with database.write() as db:
        unit = Unit(code="p", name="Phường", kind="ward")
        db.add(unit)
        await db.flush()
        return await staff.add(
            db, login="officer", name="Ví Dụ", role=Role.APPROVER, unit=unit, password="a long password", now=NOW
        )


async def test_a_confirmation_releases_exactly_that_text(
    database: Database, library: Library, config: Config, officer: Staff
) -> None:
    held = next(post for post in library.posts.values() if post.standing == "U" and post.anniversary)
    async with database.write() as db:
        db.add(Confirmation(item_id=held.id, year=0, text_sha256=held.text_sha256, staff_id=officer.id, at=NOW))
    async with database.write() as db:
        await announce(db, library, config, held, target="all", due_at=NOW, now=NOW)
        changed = replace(held, body=held.body + " Thêm một câu.")
        with pytest.raises(Misuse):
            await announce(db, library, config, changed, target="all", due_at=NOW, now=NOW)


async def test_a_target_is_never_a_stale_countdown(
    database: Database, library: Library, config: Config, officer: Staff
) -> None:
    async with database.write() as db:
        texts = library.texts
        before = target_text(register(library, {}), "ward-samples", date(2026, 8, 1), texts)
        after = target_text(register(library, {}), "ward-samples", date(2026, 11, 23), texts)
        assert "còn 27 ngày" in before
        assert "đã hết hạn ngày 28/8/2026 – kết quả: đang chờ" in after
        done = library.facts["ward-samples-done"]
        await enter(db, done, value=40, as_of=date(2026, 11, 1), source="BCH", staff=officer, now=NOW)
        shown = target_text(register(library, await newest(db)), "ward-samples", date(2026, 11, 23), texts)
        assert "đã hết hạn ngày 28/8/2026 – kết quả: 40/43" in shown
        text = (await rendered(db, library, library.posts["muc-tieu-phuong"], date(2026, 11, 23), config)).text
        assert "40/43" in text


async def test_an_entered_figure_is_kept_beside_the_old_ones(
    database: Database, library: Library, officer: Staff
) -> None:
    async with database.write() as db:
        for value in (10, 20):
            fact = library.facts["ward-samples-done"]
            await enter(db, fact, value=value, as_of=date(2026, 11, 1), source="BCH", staff=officer, now=NOW)
        assert (await newest(db))["ward-samples-done"].value == 20
        assert len((await db.scalars(select(Figure))).all()) == 2


async def test_a_target_reaches_its_unit_and_all_below_it_and_nobody_else(database: Database) -> None:
    async with database.write() as db:
        ward = Unit(code="p", name="Phường", kind="ward")
        db.add(ward)
        await db.flush()
        for code in ("to-1", "to-2"):
            unit = Unit(code=code, name=code, kind="neighbourhood", parent_id=ward.id)
            db.add(unit)
            await db.flush()
            topics = "lay-mau" if code == "to-2" else ""
            await chats.enrol(db, Address("web", f"r-{code}"), unit=unit, title="", topics=topics, now=NOW)
    async with database.read() as db:
        reached = {
            target: [chat.address for chat in await recipients(db, target)]
            for target in ("all", "unit:p", "unit:to-1", "topic:adn", "chat:web:r-to-2")
        }
    both = ["web:r-to-1", "web:r-to-2"]
    assert reached == {
        "all": both,
        "unit:p": both,
        "unit:to-1": both[:1],
        "topic:adn": both[:1],
        "chat:web:r-to-2": both[1:],
    }


def test_the_shipped_schedule_uses_every_topic_in_fourteen_weeks(library: Library, config: Config) -> None:
    start = datetime(2026, 11, 23, tzinfo=ZONE)
    coming = upcoming(library, config, start, start + timedelta(weeks=14))
    assert len(coming) >= 56
    series = {library.schedule.series[e.series].posts for e in library.schedule.entries if e.series}
    used = {id for posts in series for id in posts}
    topics = {library.posts[id].topic for id in used if library.posts[id].topic}
    assert topics == set(library.topics)


def test_the_shipped_library_has_no_mistake(library: Library) -> None:
    assert library.problems == ()


def test_a_mistake_in_a_file_is_told_with_its_place_and_the_rest_is_used(tmp_path: Path, library: Library) -> None:

    shutil.copytree(library.folder, tmp_path / "content")
    broken = tmp_path / "content" / "posts" / "adn.toml"
    broken.write_text(broken.read_text("utf-8").replace('topic = "adn"', 'topik = "adn"', 1), "utf-8")
    read = read_library(tmp_path / "content")
    assert [problem.file for problem in read.problems] == ["posts/adn.toml"]
    assert read.problems[0].line > 1
    assert len(read.posts) == len(library.posts) - 1


async def test_a_ward_has_a_schedule_of_its_own_for_its_own_groups(
    database: Database, library: Library, config: Config, tmp_path: Path
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(library.folder, folder)
    (folder / "schedules").mkdir()
    entry = '[[entry]]\nid = "sang"\nname = "Sáng"\nwhen = { daily = true, at = "08:30" }\n'
    series = '[[series]]\nid = "rieng"\ntopics = ["adn"]\n'
    (folder / "schedules" / "p-1.toml").write_text(f'{series}{entry}series = "rieng"\n', "utf-8")
    (folder / "schedules" / "p-2.toml").write_text(f'{entry}post = "chien-dich-la-gi"\n', "utf-8")
    (folder / "schedules" / "p-3.toml").write_text(f'{entry}post = "chien-dich-la-gi"\nto = "all"\n', "utf-8")
    read = read_library(folder)
    own = {one.id: (one.to, one.file) for one in read.schedule.entries if "/" in one.id}
    assert own == {
        "p-1/sang": ("unit:p-1", "schedules/p-1.toml"),
        "p-2/sang": ("unit:p-2", "schedules/p-2.toml"),
    }
    assert [problem.file for problem in read.problems] == ["schedules/p-3.toml"]
    only = replace(read.schedule, entries=tuple(one for one in read.schedule.entries if "/" in one.id))
    async with database.write() as db:
        db.add_all([Unit(code=f"p-{n}", name=f"P {n}", kind="ward") for n in (1, 2)])
    made = await planned(database, replace(read, schedule=only), config, 1)
    assert sorted(one.target for one in made) == ["unit:p-1", "unit:p-2"]
