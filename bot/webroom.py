"""What the web channel keeps: its lines in the database, its uploads as files in var/uploads."""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.errors import NotSent
from bot.models import WebLine

SPARE = 500_000_000
"""bytes of the disk that uploads leave free"""
_KEY = re.compile(r"[A-Za-z0-9_-]{16,80}")
_LINES = WebLine.changes_id.is_(None)
"""what is a line and not the news of a change"""


class WebRoom:
    """The channels.webchat.Transcript of this installation. `data` is the var folder."""

    def __init__(self, database: Database, data: Path) -> None:
        self._database = database
        self._uploads = data / "uploads"

    async def write(self, address: str, key: str, ours: bool, line: dict[str, Any], at: datetime) -> tuple[int, bool]:
        async with self._database.write() as db:
            return await _write(db, {"address": address, "key": key, "ours": ours, "line": line, "at": at})

    async def since(self, address: str, id: int, limit: int = 100) -> list[dict[str, Any]]:
        async with self._database.read() as db:
            lines = select(WebLine).where(WebLine.address == address, WebLine.id > id).order_by(WebLine.id)
            return await _shown(db, (await db.scalars(lines.limit(limit))).all())

    async def before_last(self, address: str, count: int) -> int:
        async with self._database.read() as db:
            ids = select(WebLine.id).where(WebLine.address == address, _LINES).order_by(WebLine.id.desc())
            return await db.scalar(ids.offset(count).limit(1)) or 0

    async def change(self, address: str, id: int, line: dict[str, Any], at: datetime) -> bool:
        async with self._database.write() as db:
            return await _change(db, address, id, line, at)

    async def keep_upload(self, data: bytes, name: str, mime: str) -> str:
        key = secrets.token_urlsafe(24)
        await asyncio.to_thread(_keep, self._uploads, key, data)
        return key

    async def load_upload(self, key: str) -> bytes:
        if not _KEY.fullmatch(key):
            raise KeyError(key)
        try:
            return await asyncio.to_thread((self._uploads / key).read_bytes)
        except FileNotFoundError:
            raise KeyError(key) from None

    async def drop_uploads(self, before: datetime) -> int:
        """Remove uploads older than that; those of a tip lie in var/media by then. Returns how many."""
        return await asyncio.to_thread(_drop, self._uploads, before.timestamp())


async def latest(db: AsyncSession, address: str, count: int) -> list[dict[str, Any]]:
    """The last `count` lines of ours at `address`, oldest first."""
    ours = select(WebLine).where(WebLine.address == address, WebLine.ours, _LINES).order_by(WebLine.id.desc())
    return [shown(line) for line in reversed((await db.scalars(ours.limit(count))).all())]


def shown(line: WebLine) -> dict[str, Any]:
    return {**line.line, "id": line.id, "at": line.at, "ours": line.ours, "seen": line.id}


async def _shown(db: AsyncSession, lines: Sequence[WebLine]) -> list[dict[str, Any]]:
    """News of a change is shown as the changed line, as it is now, to stand in its old place."""
    ids = {line.changes_id for line in lines if line.changes_id}
    old = {line.id: line for line in await db.scalars(select(WebLine).where(WebLine.id.in_(ids)))} if ids else {}
    return [
        {**shown(old[line.changes_id]), "seen": line.id, "changed": True} if line.changes_id else shown(line)
        for line in lines
    ]


async def _change(db: AsyncSession, address: str, id: int, line: dict[str, Any], at: datetime) -> bool:
    await _in_order(db, address)
    kept = await db.scalar(select(WebLine).where(WebLine.id == id, WebLine.address == address, WebLine.ours, _LINES))
    if kept is None:
        return False
    changed = {**kept.line, **line}
    if changed != kept.line:
        kept.line = changed
        news = f"change:{id}:{secrets.token_hex(8)}"
        db.add(WebLine(address=address, key=news, ours=True, line={}, at=at, changes_id=id))
    return True


async def _write(db: AsyncSession, row: dict[str, Any]) -> tuple[int, bool]:
    await _in_order(db, row["address"])
    insert = (sqlite_insert if _is_sqlite(db) else postgresql_insert)(WebLine).values(**row)
    new = await db.scalar(insert.on_conflict_do_nothing(index_elements=["key"]).returning(WebLine.id))
    if new is not None:
        return new, True
    return (await db.scalars(select(WebLine.id).where(WebLine.key == row["key"]))).one(), False


async def _in_order(db: AsyncSession, address: str) -> None:
    """Ids of one address must appear in their order, or a page that has seen 12 never asks for 11."""
    if not _is_sqlite(db):
        await db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(address, 0))))


def _is_sqlite(db: AsyncSession) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def _keep(folder: Path, key: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < SPARE + len(data):
        raise NotSent("disk_full")
    half = folder / f"{key}.half"
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / key)


def _drop(folder: Path, before: float) -> int:
    old = [file for file in folder.glob("*") if file.is_file() and file.stat().st_mtime < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
