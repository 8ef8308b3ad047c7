"""A copy sends nothing until a person confirms it; one switch stops everything; the newest owner counts."""

import json
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import installation
from bot.db import Database
from bot.installation import arrive, confirm, live_on, open_for, remember, set_aside
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    Delivery,
    DeliveryState,
    Installation,
    Notice,
    Planned,
    Staff,
    Table,
    Unit,
    UnitKind,
    Urgency,
)
from tests.conftest import NOW, POSTGRESQL, VAULT
from tests.test_commands import Trian
from tests.test_commands import trian as trian

only_sqlite = pytest.mark.skipif(bool(POSTGRESQL), reason="about the file of a SQLite database")
only_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="about PostgreSQL's own copies")
LATER = NOW + timedelta(hours=3)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, VAULT)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def at(file: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite+aiosqlite:///{file}") as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(Table.metadata.create_all)
        yield database


@pytest.fixture
async def fresh(database: Database) -> Database:
    """A database in which no service has ever run."""
    async with database.write() as db:
        await db.execute(text("DELETE FROM installation"))
    return database


async def run_once(folder: Path) -> None:
    """The service lived here for a while: the database is folder/trian.db, its mark beside it."""
    async with at(folder / "trian.db") as database:
        row = await arrive(database, folder, NOW, alone=True)
        assert row.sealed_at is None
        await live_on(database, folder, NOW + timedelta(hours=1))


async def sealed_by(file: Path, folder: Path, *, alone: bool = True) -> str:
    async with at(file) as database:
        row = await arrive(database, folder, LATER, alone=alone)
        assert (row.sealed_at is None) == (row.sealed_reason == "")
        assert await is_open(database, row.epoch) == (row.sealed_at is None)
        return row.sealed_reason


async def is_open(database: Database, epoch: int) -> bool:
    async with database.read() as db:
        return bool(await db.scalar(select(open_for(epoch))))


# An installation that goes on as it was


async def test_the_first_start_and_an_ordinary_restart_are_not_sealed(fresh: Database, tmp_path: Path) -> None:
    first = await arrive(fresh, tmp_path, NOW, alone=True)
    await live_on(fresh, tmp_path, NOW + timedelta(minutes=1))
    again = await arrive(fresh, tmp_path, LATER, alone=True)
    assert (first.sealed_at, again.sealed_at) == (None, None)
    assert first.name == again.name
    assert await is_open(fresh, again.epoch)


@only_sqlite
async def test_a_folder_that_was_moved_is_not_sealed(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    await run_once(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    assert await sealed_by(tmp_path / "new" / "trian.db", tmp_path / "new") == ""


async def test_a_kill_between_the_database_and_the_mark_does_not_seal(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    kept = (tmp_path / installation.FILE).read_bytes()
    await live_on(fresh, tmp_path, NOW + timedelta(minutes=1))
    (tmp_path / installation.FILE).write_bytes(kept)
    assert (await arrive(fresh, tmp_path, LATER, alone=True)).sealed_at is None


async def test_workers_on_other_machines_join_an_installation_that_is_alive(fresh: Database, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    first = await arrive(fresh, here, NOW, alone=False)
    second = await arrive(fresh, there, NOW + timedelta(minutes=1), alone=False)
    assert (first.epoch, second.sealed_at) == (second.epoch, None)
    await live_on(fresh, there, NOW + timedelta(minutes=2))
    assert (await arrive(fresh, here, LATER, alone=False)).sealed_at is None


async def test_an_empty_database_in_an_old_folder_is_a_new_beginning(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    async with fresh.write() as db:
        await db.execute(text("DELETE FROM installation"))
    assert (await arrive(fresh, tmp_path, LATER, alone=True)).sealed_at is None


# Copies


@only_sqlite
async def test_a_file_copied_elsewhere_is_sealed_with_or_without_its_mark(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    await run_once(home)
    shutil.copytree(home, tmp_path / "whole")
    (tmp_path / "bare").mkdir()
    shutil.copy(home / "trian.db", tmp_path / "bare" / "trian.db")
    assert await sealed_by(tmp_path / "whole" / "trian.db", tmp_path / "whole") == "copied"
    assert await sealed_by(tmp_path / "bare" / "trian.db", tmp_path / "bare") == "copied"
    assert await sealed_by(home / "trian.db", home) == ""


@only_sqlite
async def test_a_vacuumed_copy_is_sealed(tmp_path: Path) -> None:
    await run_once(tmp_path)
    with closing(sqlite3.connect(tmp_path / "trian.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    assert await sealed_by(tmp_path / "copy.db", tmp_path) == "copied"


@only_sqlite
@pytest.mark.parametrize("how", ["moved", "copied into the same file", "restored by sqlite3"])
async def test_a_backup_put_back_over_the_newer_file_is_sealed(tmp_path: Path, how: str) -> None:
    file, backup = tmp_path / "trian.db", tmp_path / "backup.db"
    async with at(file) as database:
        await arrive(database, tmp_path, NOW, alone=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    async with at(file) as database:
        await live_on(database, tmp_path, NOW + timedelta(minutes=1))
    inode = file.stat().st_ino
    match how:
        case "moved":
            backup.rename(file)
        case "copied into the same file":
            shutil.copyfile(backup, file)
            assert file.stat().st_ino == inode
        case _:
            with closing(sqlite3.connect(backup)) as old, closing(sqlite3.connect(file)) as new:
                old.backup(new)
            assert file.stat().st_ino == inode
    assert await sealed_by(file, tmp_path) == ("copied" if how == "moved" else "older")


@only_sqlite
async def test_a_backup_of_before_the_last_restart_is_sealed_though_it_lived_no_minute(tmp_path: Path) -> None:
    file, backup = tmp_path / "trian.db", tmp_path / "backup.db"
    async with at(file) as database:
        await arrive(database, tmp_path, NOW, alone=True)
    shutil.copyfile(file, backup)
    async with at(file) as database:
        await arrive(database, tmp_path, NOW, alone=True)
    shutil.copyfile(backup, file)
    assert await sealed_by(file, tmp_path) == "older"


@only_sqlite
async def test_a_file_exchanged_under_a_running_service_is_sealed_within_the_minute(tmp_path: Path) -> None:
    file, backup = tmp_path / "trian.db", tmp_path / "backup.db"
    async with at(file) as database:
        epoch = (await arrive(database, tmp_path, NOW, alone=True)).epoch
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(backup),))
        await live_on(database, tmp_path, NOW + timedelta(minutes=1))
        backup.replace(file)
        row = await live_on(database, tmp_path, NOW + timedelta(minutes=2))
        assert row.sealed_reason == "copied"
        assert not await is_open(database, epoch)


async def test_without_its_mark_a_database_is_sealed_unless_it_is_alive(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    (tmp_path / installation.FILE).unlink()
    assert (await arrive(fresh, tmp_path, LATER, alone=False)).sealed_reason == "new_here"


async def test_a_process_that_would_own_everything_is_sealed_without_its_mark(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path / "one", NOW, alone=True)
    row = await arrive(fresh, tmp_path / "two", NOW + timedelta(minutes=1), alone=True)
    assert row.sealed_reason == "new_here"


async def test_a_clone_of_the_whole_machine_is_sealed(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    mark = json.loads((tmp_path / installation.FILE).read_text())
    (tmp_path / installation.FILE).write_text(json.dumps({**mark, "machine": "another"}))
    assert (await arrive(fresh, tmp_path, LATER, alone=True)).sealed_reason == "new_here"


async def test_a_database_beside_another_installations_mark_is_sealed(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    mark = json.loads((tmp_path / installation.FILE).read_text())
    (tmp_path / installation.FILE).write_text(json.dumps({**mark, "name": "f" * 32}))
    assert (await arrive(fresh, tmp_path, LATER, alone=True)).sealed_reason == "foreign"


async def test_a_backup_from_before_there_were_installations_is_sealed(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path, NOW, alone=True)
    async with fresh.write() as db:
        await waiting(db)
        await db.execute(text("DELETE FROM installation"))
    assert (await arrive(fresh, tmp_path, LATER, alone=True)).sealed_reason == "older"


@only_postgresql
async def test_a_clone_beside_the_original_is_sealed_and_the_original_goes_on(tmp_path: Path) -> None:
    one, two = (f"trian_{uuid.uuid4().hex[:12]}" for _ in range(2))
    base = POSTGRESQL.rpartition("/")[0]
    await _on_server(f"CREATE DATABASE {one}")
    try:
        async with opened(f"{base}/{one}") as database:
            async with database.engine.begin() as connection:
                await connection.run_sync(Table.metadata.create_all)
            await arrive(database, tmp_path, NOW, alone=True)
        await _on_server(f"CREATE DATABASE {two} TEMPLATE {one}")
        async with opened(f"{base}/{one}") as original, opened(f"{base}/{two}") as clone:
            assert (await arrive(clone, tmp_path, NOW, alone=True)).sealed_reason == "copied"
            assert (await arrive(clone, tmp_path / "b", NOW, alone=False)).sealed_reason == "copied"
            row = await arrive(original, tmp_path, NOW, alone=True)
            assert await is_open(original, row.epoch)
    finally:
        for name in (two, one):
            await _on_server(f"DROP DATABASE IF EXISTS {name}")


async def _on_server(statement: str) -> None:
    async with opened(POSTGRESQL) as server:
        connection = await server.engine.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(statement))
        await connection.close()


# A person confirms


async def test_a_confirmed_copy_sends_and_stays_confirmed(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path / "old", NOW, alone=True)
    sealed = await arrive(fresh, tmp_path / "new", LATER, alone=True)
    assert sealed.sealed_reason == "new_here"
    assert (await live_on(fresh, tmp_path / "new", LATER)).sealed_at is not None
    assert (await arrive(fresh, tmp_path / "new", LATER, alone=True)).sealed_at == sealed.sealed_at
    async with fresh.write() as db:
        row = await confirm(db, LATER)
    remember(tmp_path / "new", row)
    assert await is_open(fresh, row.epoch), "the process that was sealed sends without a restart"
    assert (await live_on(fresh, tmp_path / "new", LATER + timedelta(minutes=1))).sealed_at is None
    assert (await arrive(fresh, tmp_path / "new", LATER + timedelta(hours=9), alone=True)).sealed_at is None


async def test_what_the_original_may_have_sent_is_set_aside(fresh: Database, tmp_path: Path) -> None:
    await arrive(fresh, tmp_path / "old", NOW, alone=True)
    async with fresh.write() as db:
        chat, old_answer = await waiting(db)
        planned = post(BroadcastState.PLANNED, NOW + timedelta(hours=1))
        coming = post(BroadcastState.PLANNED, LATER + timedelta(days=1))
        out = post(BroadcastState.PUBLISHED, NOW)
        db.add_all([planned, coming, out, Planned(name="schedule", until=NOW, used="")])
        await db.flush()
        bulk = delivery(chat, NOW, broadcast_id=out.id)
        sent = delivery(chat, NOW, state=DeliveryState.SENT)
        db.add_all([bulk, sent])
    await arrive(fresh, tmp_path / "new", LATER, alone=True)
    async with fresh.write() as db:
        answer = delivery(chat, LATER + timedelta(minutes=1))
        db.add(answer)
    async with fresh.write() as db:
        assert await set_aside(db, LATER + timedelta(minutes=5)) == 2
        await confirm(db, LATER + timedelta(minutes=5))
    async with fresh.read() as db:
        states = {row.id: (row.state, row.reason) for row in await db.scalars(select(Delivery))}
        assert states[old_answer.id] == states[bulk.id] == ("cancelled", "set_aside")
        assert states[answer.id] == ("pending", "")
        assert states[sent.id] == ("sent", "")
        assert (await db.get_one(Broadcast, planned.id)).state == "missed"
        assert (await db.get_one(Broadcast, coming.id)).state == "planned"
        assert (await db.get_one(Planned, "schedule")).until == LATER + timedelta(minutes=5)


def post(state: BroadcastState, due: object) -> Broadcast:
    return Broadcast(
        post_id="p", title="Bài", message={"text": "x"}, due_at=due, latest_at=LATER, state=state, created_at=NOW
    )


def delivery(chat: Chat, when: object, state: DeliveryState = DeliveryState.PENDING, **more: object) -> Delivery:
    urgency = Urgency.BROADCAST if "broadcast_id" in more else Urgency.ANSWER
    return Delivery(
        chat_id=chat.id,
        channel="telegram",
        urgency=urgency,
        state=state,
        latest_at=LATER + timedelta(days=1),
        created_at=when,
        changed_at=when,
        **more,
    )


async def waiting(db: AsyncSession) -> tuple[Chat, Delivery]:
    """A chat with one answer that waits."""
    chat = Chat(channel="telegram", address="telegram:-1", kind=ChatKind.GROUP, state=ChatState.ACTIVE)
    chat.state_since = chat.created_at = NOW
    db.add(chat)
    await db.flush()
    answer = delivery(chat, NOW)
    db.add(answer)
    await db.flush()
    return chat, answer


async def test_a_copy_is_confirmed_from_the_command_line(trian: Trian, database_url: str, tmp_path: Path) -> None:
    assert trian("migrate")[0] == 0
    folder = tmp_path / "var"
    async with opened(database_url) as database:
        await arrive(database, folder, NOW, alone=True)
        (folder / installation.FILE).unlink()
        assert (await arrive(database, folder, LATER, alone=True)).sealed_reason == "new_here"
        wrong = trian("confirm-installation", "--words", "vâng")
        assert (wrong[0], "đây là bản chính" in wrong[2]) == (2, True)
        code, out, _ = trian("confirm-installation", "--words", "đây là bản chính")
        assert code == 0
        assert "chưa từng chạy trên máy này" in out
        assert (await arrive(database, folder, datetime.now(UTC), alone=True)).sealed_at is None


# One owner, one switch


async def test_the_newer_of_two_processes_shuts_the_older_out(fresh: Database, tmp_path: Path) -> None:
    older = (await arrive(fresh, tmp_path, NOW, alone=True)).epoch
    newer = (await arrive(fresh, tmp_path, NOW, alone=True)).epoch
    assert not await is_open(fresh, older)
    assert await is_open(fresh, newer)
    async with fresh.read() as db:
        assert not await installation.still_ours(db, older)
        assert await installation.still_ours(db, newer)


async def test_everything_stops_and_goes_on_and_staff_are_told(fresh: Database, tmp_path: Path) -> None:
    epoch = (await arrive(fresh, tmp_path, NOW, alone=True)).epoch
    async with fresh.write() as db:
        await installation.stop_all(db, None, NOW)
        await installation.stop_all(db, None, LATER)
    assert not await is_open(fresh, epoch)
    async with fresh.read() as db:
        assert (await installation.the_one(db)).stopped_at == NOW
        told = (await db.scalars(select(Notice))).one()
        assert told.settled_at is None
        assert told.sentence.startswith("Người quản trị đã bấm DỪNG TẤT CẢ")
    async with fresh.write() as db:
        await installation.resume_all(db, LATER)
    assert await is_open(fresh, epoch)
    async with fresh.read() as db:
        assert (await db.scalars(select(Notice))).one().settled_at == LATER


async def test_everything_can_be_stopped_before_the_service_has_ever_run(fresh: Database, tmp_path: Path) -> None:
    async with fresh.write() as db:
        await installation.stop_all(db, None, NOW)
    row = await arrive(fresh, tmp_path, LATER, alone=True)
    assert (row.sealed_at, row.stopped_at) == (None, NOW)


async def test_a_unit_stops_with_all_below_it_and_nothing_beside(database: Database) -> None:
    async with database.write() as db:
        units = {name: Unit(kind=UnitKind.WARD, code=name, name=name) for name in ("city", "a", "b", "a1", "a11")}
        for name, above in (("city", ""), ("a", "city"), ("b", "city"), ("a1", "a"), ("a11", "a1")):
            units[name].parent_id = units[above].id if above else None
            db.add(units[name])
            await db.flush()
        person = Staff(unit=units["a"], login="x", name="Cô Ba", role="head", password_hash="x", created_at=NOW)
        db.add(person)
        await db.flush()
        assert await installation.stopped_units(db) == frozenset()
        await installation.stop_unit(db, units["a"], person, NOW)
        await installation.stop_unit(db, units["a1"], person, NOW)
        assert await installation.stopped_units(db) == {units[name].id for name in ("a", "a1", "a11")}
        assert "Cô Ba đã dừng" in (await db.scalars(select(Notice.sentence))).first()  # type: ignore[operator]
        await installation.resume_unit(db, units["a"], LATER)
        assert await installation.stopped_units(db) == {units[name].id for name in ("a1", "a11")}
        assert (await db.get_one(Installation, 1)).stopped_at is None
