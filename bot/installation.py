"""Which installation this is, and the gate before every send: stopped, sealed as a copy, or another has taken over.

The row lies in the database; a small file in the data folder remembers what the database should know. A copy that was
started elsewhere, or a backup put back in its place, is sealed: it answers pages, but sends nothing until confirmed.
"""

import hashlib
import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.models import Installation, Staff

FILE = "installation.json"
ONE = 1


async def arrive(database: Database, folder: Path, now: datetime, *, alone: bool) -> Installation:
    """Called at every start. `alone`: this process owns all accounts, so an older one beside it is shut out.

    Seals the installation when the database is a copy that lies elsewhere, or is older than it should be.
    """
    kept = _read(folder)
    async with database.write() as db:
        here = await _place(db, database.engine.url.database)
        row = await db.get(Installation, ONE)
        if row is None:
            row = Installation(id=ONE, name=secrets.token_hex(16), place=here, epoch=0, seen_at=now)
            row.sealed_at = row.stopped_at = row.stopped_by = None
            row.sealed_reason = ""
            db.add(row)
        elif row.place != here:
            _seal(row, "copied", now)
        elif kept and (kept["name"] != row.name or datetime.fromisoformat(kept["seen_at"]) > row.seen_at):
            _seal(row, "older", now)
        if alone:
            row.epoch += 1
        await db.flush()
    if row.sealed_at is None:
        _write(folder, row)
    return row


async def live_on(database: Database, folder: Path, now: datetime) -> Installation:
    """Once a minute: note that this installation lived until now, here and in the file."""
    async with database.write() as db:
        row = await the_one(db)
        row.seen_at = max(row.seen_at, now)
    if row.sealed_at is None:
        _write(folder, row)
    return row


async def the_one(db: AsyncSession) -> Installation:
    return await db.get_one(Installation, ONE, populate_existing=True)


async def stop_all(db: AsyncSession, staff: Staff | None, now: datetime) -> None:
    """«DỪNG TẤT CẢ»: from the commit on, no claim succeeds on any machine."""
    row = await the_one(db)
    row.stopped_at, row.stopped_by = row.stopped_at or now, staff.id if staff else None


async def resume_all(db: AsyncSession) -> None:
    row = await the_one(db)
    row.stopped_at = row.stopped_by = None


async def confirm(db: AsyncSession, now: datetime) -> None:
    """A person says: this database is the one that counts. Whoever else runs under the old epoch is shut out."""
    row = await the_one(db)
    row.place = await _place(db, db.get_bind().engine.url.database)
    row.sealed_at, row.sealed_reason, row.seen_at = None, "", now
    row.epoch += 1


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


def _seal(row: Installation, reason: str, now: datetime) -> None:
    if row.sealed_at is None:
        row.sealed_at, row.sealed_reason = now, reason


async def _place(db: AsyncSession, name: str | None) -> str:
    """A copy has another: the file's inode on SQLite; the cluster's and the database's number on PostgreSQL."""
    if db.get_bind().dialect.name == "sqlite":
        where = f"sqlite:{_inode(name or '')}"
    else:
        cluster = await db.scalar(text("SELECT system_identifier::text FROM pg_control_system()"))
        number = await db.scalar(text("SELECT oid::text FROM pg_database WHERE datname = current_database()"))
        where = f"postgresql:{cluster}:{number}"
    return hashlib.sha256(where.encode()).hexdigest()


def _inode(file: str) -> int:
    return Path(file).stat().st_ino


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) and {"name", "seen_at"} <= kept.keys() else None


def _write(folder: Path, row: Installation) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{FILE}.half"
    with half.open("w") as file:
        json.dump({"name": row.name, "seen_at": row.seen_at.isoformat()}, file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / FILE)
