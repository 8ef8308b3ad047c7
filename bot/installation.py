"""Which installation this is, and the gate before every send: stopped, sealed as a copy, or another has taken over.

The row lies in the database; a small file in the data folder remembers what the database should know. A copy that was
started elsewhere, or a backup put back in its place, is sealed: it answers pages, but sends nothing until confirmed.
"""

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Select, exists, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database, wake
from bot.models import (
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Installation,
    Notice,
    Planned,
    Staff,
    Unit,
)
from bot.models.mail import history_line
from bot.notices import notice
from bot.texts import shipped

log = logging.getLogger(__name__)

FILE = "installation.json"
ONE = 1
ALIVE = timedelta(minutes=10)
"""an installation seen within this time runs somewhere: a machine that is new here joins it"""
MACHINE = Path("/etc/machine-id")


# Which installation this is


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file in the data folder remembers of the database, on this machine."""

    name: str
    seen_at: str
    epoch: int
    machine: str


async def arrive(database: Database, folder: Path, now: datetime, *, alone: bool) -> Installation:
    """Called at every start. `alone`: this process owns all accounts, so an older one beside it is shut out.

    Seals the installation when the database is a copy that lies elsewhere, or is older than it should be.
    """
    mark = _read(folder)
    async with database.write() as db:
        row, new = await _made(db, now)
        here = await _place(db)
        if new and mark and await db.scalar(select(Delivery.id).limit(1)):
            _seal(row, "older", now)
        elif not new and row.place:
            doubt = _doubt(row, mark, here)
            joins = doubt == "new_here" and not alone and now - row.seen_at < ALIVE
            _seal(row, "" if joins else doubt, now)
        row.place = row.place or here
        if alone:
            row.epoch = max(row.epoch, mark.epoch if mark else 0) + 1
        if row.sealed_at is None:
            row.seen_at = max(row.seen_at, now)
    if row.sealed_at is None:
        remember(folder, row)
    else:
        log.warning("nothing is sent until somebody confirms this database: %s", row.sealed_reason)
    return row


async def live_on(database: Database, folder: Path, now: datetime) -> Installation:
    """Once a minute, or oftener: note that this installation lived until now, here and in the file.

    Seals it when the database has been replaced under our feet. What was sent since the last note is not missed in a
    backup that was put back.
    """
    mark = _read(folder)
    async with database.write() as db:
        row = await the_one(db)
        if mark and row.sealed_at is None:
            _seal(row, _doubt(row, mark, await _place(db)), now)
        if row.sealed_at is None:
            row.seen_at = max(row.seen_at, now)
    if row.sealed_at is None:
        remember(folder, row)
    return row


async def the_one(db: AsyncSession) -> Installation:
    return await db.get_one(Installation, ONE, populate_existing=True)


async def still_ours(db: AsyncSession, epoch: int) -> bool:
    """False when a newer owner has shut us out: then we send nothing, and should say so and end."""
    return await db.scalar(select(Installation.epoch).where(Installation.id == ONE)) == epoch


def remember(folder: Path, row: Installation) -> None:
    """Write the file; after the commit, so that it never knows more than the database."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{FILE}.half"
    with half.open("w") as file:
        json.dump(asdict(Mark(row.name, row.seen_at.isoformat(), row.epoch, _machine())), file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / FILE)


def _doubt(row: Installation, mark: Mark | None, here: str) -> str:
    """Why this database may not be the one that counts; «» when nothing speaks against it."""
    if row.place != here:
        return "copied"
    if mark is None:
        return "new_here"
    if mark.name != row.name:
        return "foreign"
    return "older" if datetime.fromisoformat(mark.seen_at) > row.seen_at or mark.epoch > row.epoch else ""


def _seal(row: Installation, reason: str, now: datetime) -> None:
    if reason and row.sealed_at is None:
        row.sealed_at, row.sealed_reason = now, reason


async def _made(db: AsyncSession, now: datetime) -> tuple[Installation, bool]:
    """The row, locked, and whether it is new; two that start at the same moment make one."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"id": ONE, "name": secrets.token_hex(16), "place": "", "epoch": 0, "seen_at": now, "sealed_reason": ""}
    made = await db.execute(insert(Installation).values(values).on_conflict_do_nothing().returning(Installation.id))
    new = made.scalar() is not None
    return await db.get_one(Installation, ONE, with_for_update=True, populate_existing=True), new


async def _place(db: AsyncSession) -> str:
    """A copy has another: the file's inode on SQLite; the cluster's and the database's number on PostgreSQL."""
    bind = db.get_bind()
    if bind.dialect.name == "sqlite":
        where = f"sqlite:{_inode(bind.engine.url.database or '')}"
    else:
        cluster = await db.scalar(text("SELECT system_identifier::text FROM pg_control_system()"))
        number = await db.scalar(text("SELECT oid::text FROM pg_database WHERE datname = current_database()"))
        where = f"postgresql:{cluster}:{number}"
    return hashlib.sha256(where.encode()).hexdigest()


def _inode(file: str) -> int:
    return Path(file).stat().st_ino


def _machine() -> str:
    """Tells this machine from a clone of it; «» where there is no such number, as in most containers."""
    try:
        return hashlib.sha256(MACHINE.read_bytes().strip()).hexdigest()[:16]
    except OSError:
        return ""


def _read(folder: Path) -> Mark | None:
    """None as well for a mark that another machine has made: the folder was copied here."""
    try:
        mark = Mark(**json.loads((folder / FILE).read_text()))
        datetime.fromisoformat(mark.seen_at)
    except (OSError, ValueError, TypeError):
        return None
    return mark if mark.machine == _machine() else None


# The gate


def open_for(epoch: int) -> ColumnElement[bool]:
    """Part of every claim: the installation is neither stopped nor sealed, and this owner is not outdated."""
    return exists(
        select(Installation.id).where(
            Installation.id == ONE,
            Installation.epoch == epoch,
            Installation.stopped_at.is_(None),
            Installation.sealed_at.is_(None),
        )
    )


async def stopped_units(db: AsyncSession) -> frozenset[int]:
    """Ids of the units in which everything is stopped, with all below; usually none."""
    return frozenset(await db.scalars(_below(Unit.stopped_at.is_not(None))))


def _below(chosen: ColumnElement[bool]) -> Select[int]:
    tree = select(Unit.id).where(chosen).cte("stopped", recursive=True)
    tree = tree.union(select(Unit.id).where(Unit.parent_id == tree.c.id))
    return select(tree.c.id)


# What a person decides


async def stop_all(db: AsyncSession, staff: Staff | None, now: datetime) -> None:
    """«DỪNG TẤT CẢ»: from the commit on, no claim succeeds on any machine. `staff` None: from the command line."""
    row, _ = await _made(db, now)
    if row.stopped_at is None:
        row.stopped_at, row.stopped_by = now, staff.id if staff else None
        await notice(db, "stop", shipped()("control.notice.stopped", by=staff.name if staff else ""), now)


async def resume_all(db: AsyncSession, now: datetime) -> None:
    row, _ = await _made(db, now)
    row.stopped_at = row.stopped_by = None
    await _settle(db, "stop", now)
    wake(db, await _accounts_waiting(db))


async def stop_unit(db: AsyncSession, unit: Unit, staff: Staff | None, now: datetime) -> None:
    """The same for the groups of one unit and all below; felt within the second in which owners look around."""
    if unit.stopped_at is None:
        unit.stopped_at = now
        sentence = shipped()("control.notice.unit_stopped", unit=unit.name, by=staff.name if staff else "")
        await notice(db, f"stop:{unit.id}", sentence, now)


async def resume_unit(db: AsyncSession, unit: Unit, now: datetime) -> None:
    unit.stopped_at = None
    await _settle(db, f"stop:{unit.id}", now)
    wake(db, await _accounts_waiting(db))


async def confirm(db: AsyncSession, now: datetime) -> Installation:
    """A person says: this database is the one that counts. `remember` it after the commit."""
    row, _ = await _made(db, now)
    row.place = await _place(db)
    row.sealed_at, row.sealed_reason, row.seen_at = None, "", max(row.seen_at, now)
    wake(db, await _accounts_waiting(db))
    return row


async def set_aside(db: AsyncSession, now: datetime) -> int:
    """Before `confirm`: what the original may have sent meanwhile is not sent again. Returns how many messages.

    That is everything which waited when the copy was sealed, and every post due since; answers to what people have
    written to this very copy go out.
    """
    row = await the_one(db)
    since = row.sealed_at or now
    state, reason = DeliveryState.CANCELLED, "set_aside"
    line = Delivery.history + history_line(state, reason, now)
    connection = await db.connection()
    cancelled = await connection.execute(
        update(Delivery)
        .where(
            Delivery.state == DeliveryState.PENDING,
            or_(Delivery.broadcast_id.is_not(None), Delivery.created_at < since),
        )
        .values(state=state, reason=reason, changed_at=now, history=line)
    )
    missed = update(Broadcast).where(Broadcast.state == BroadcastState.PLANNED, Broadcast.due_at <= now)
    await db.execute(missed.values(state=BroadcastState.MISSED, reason=reason))
    await db.execute(update(Planned).where(Planned.name == "schedule", Planned.until < now).values(until=now))
    return cancelled.rowcount


async def _settle(db: AsyncSession, key: str, now: datetime) -> None:
    await db.execute(update(Notice).where(Notice.key == key, Notice.settled_at.is_(None)).values(settled_at=now))


async def _accounts_waiting(db: AsyncSession) -> Sequence[str]:
    waiting = select(Delivery.channel).where(Delivery.state == DeliveryState.PENDING).distinct()
    return (await db.scalars(waiting)).all()
