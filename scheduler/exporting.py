"""Files that staff asked for, made in the background one after another; one a restart broke off begins again.

What stands in a table: bot/cases/exports.py; in a package: bot/cases/packages.py.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.cases import packages
from bot.cases.exports import Sheet, Wanted, chunks, may, ordered, scope
from bot.cases.gathering import Order, gather
from bot.cases.headings import groups_of, headings
from bot.cases.packing import Changed
from bot.cases.papers import Papers
from bot.config import Config
from bot.db import Database
from bot.errors import place_of
from bot.library import Library
from bot.models import Case, Export, Ground, Handover, Staff, Unit
from bot.press.tables import SEPARATOR, Csv, Excel, Table
from bot.press.values import PressError
from bot.staff import Act

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
ENDINGS = {"excel": "xlsx", "csv": "csv", "package": "zip"}


class Refused(Exception):
    """`key` of texts/exports.toml [problem]."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class Desk:
    """What making a file needs beside the database."""

    library: Library
    config: Config
    now: datetime

    @property
    def folder(self) -> Path:
        return self.config.data / "exports"

    @property
    def papers(self) -> Papers:
        return Papers(self.library.texts, self.config.service.zone, self.config.service.unit)


async def export_waiting(database: Database, library: Library, config: Config, now: datetime) -> int:
    """Make what waits, take away what is older than KEPT. Returns how many were made."""
    due = or_(Export.state.in_(("waiting", "working")), (Export.file != "") & (Export.finished_at < now - KEPT))
    async with database.read() as db:
        if not await db.scalar(select(Export.id).where(due).limit(1)):
            return 0
    desk, made = Desk(library, config, now), 0
    await _expire(database, desk)
    while (export := await _next(database)) is not None:
        await _make(database, desk, export)
        made += 1
    return made


async def _next(database: Database) -> Export | None:
    """The oldest that waits, or that a restart broke off, begun anew: this work is done in one place at a time."""
    async with database.write() as db:
        waiting = select(Export).where(Export.state.in_(("waiting", "working"))).order_by(Export.id).limit(1)
        export = await db.scalar(waiting)
        if export:
            export.state, export.done_rows, export.rows = "working", 0, None
        return export


async def _expire(database: Database, desk: Desk) -> None:
    async with database.write() as db:
        old = await db.scalars(select(Export).where(Export.file != "", Export.finished_at < desk.now - KEPT))
        for export in old:
            (desk.folder / export.file).unlink(missing_ok=True)
            export.file = ""


async def _make(database: Database, desk: Desk, export: Export) -> None:
    """Done, or failed with the reason; the programmers' mistakes too, or they would come again and again."""
    problem, words = "", dict[str, str]()
    path = desk.folder / f"{export.id:06d}.{ENDINGS[export.kind]}"
    try:
        await asyncio.to_thread(_room, desk.folder)
        async with database.read() as db:
            staff = await db.get_one(Staff, export.staff_id)
        if export.kind == "package":
            await _package(database, desk, export, staff, path)
        else:
            await _table(database, desk, export, staff, path)
        sha256 = await asyncio.to_thread(_sum, path)
    except Refused as error:
        problem, words = error.key, error.values
    except PressError as error:
        problem, words = "template", {"words": str(error)}
    except Changed:
        problem = "changed"
    except OSError:
        problem = "disk"
    except Exception as error:
        log.error("export %d could not be made: %s", export.id, place_of(error))
        problem = "broken"
    async with database.write() as db:
        row = await db.get_one(Export, export.id)
        row.finished_at, row.secret = desk.now, ""
        if problem:
            row.state, row.problem = "failed", desk.library.texts(f"exports.problem.{problem}", **words)[:300]
        else:
            row.state, row.file, row.sha256 = "done", path.name, sha256
            await _recorded(db, row)
        await rights.audit(db, staff, "export_made", f"export:{row.id}", desk.now, state=row.state, rows=row.rows)


async def _recorded(db: AsyncSession, export: Export) -> None:
    """The hand-over a package was made for knows it by its SHA-256: the receipt back names the same."""
    id = export.wanted.get("handover")
    handover = await db.get(Handover, int(id)) if id else None
    if handover and handover.case_id == export.wanted.get("case"):
        handover.package_sha256 = export.sha256


def _room(folder: Path) -> None:
    """For the owner's eyes only: what is in there is not sealed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _table(database: Database, desk: Desk, export: Export, staff: Staff, path: Path) -> None:
    wanted = Wanted.read(export.wanted)
    if not may(staff, wanted):
        raise Refused("rights")
    sheet = Sheet(desk.papers, headings(desk.config.content), wanted.sealed)
    async with database.read() as db:
        ids = await ordered(db, wanted, staff)
        unit = await db.get(Unit, wanted.unit) if wanted.unit else None
    half = path.with_suffix(".half")
    table = await asyncio.to_thread(_opened, export.kind, half, sheet, wanted)
    await _progress(database, export, 0, len(ids))
    done = 0
    for some in chunks(ids):
        async with database.read() as db:
            rows = await sheet.rows(db, some)
        await asyncio.to_thread(table.add, rows)
        done += len(some)
        await _progress(database, export, done, len(ids))
    note = sheet.note(wanted, unit.name if unit else "", len(ids), staff.name, desk.now)
    await asyncio.to_thread(table.close, note)
    await asyncio.to_thread(half.replace, path)


def _opened(kind: str, path: Path, sheet: Sheet, wanted: Wanted) -> Table:
    if kind == "csv":
        return Csv(path, sheet.columns(), "," if wanted.comma else SEPARATOR)
    return Excel(path, sheet.say("sheet.title"), sheet.columns(), sheet.say("sheet.about"))


async def _progress(database: Database, export: Export, done: int, rows: int) -> None:
    async with database.write() as db:
        row = await db.get_one(Export, export.id)
        row.done_rows, row.rows = done, rows


async def _package(database: Database, desk: Desk, export: Export, staff: Staff, path: Path) -> None:
    """The package of one case. It holds what is sealed, so only who may see that may have it."""
    if not (rights.may(staff, Act.EXPORT) and rights.may(staff, Act.SEE_SEALED)):
        raise Refused("rights")
    asked, library = export.wanted, desk.library
    order = Order(
        content=desk.config.content,
        library=library,
        by=staff,
        now=desk.now,
        ground=Ground(asked.get("ground", Ground.CONSENT)),
        with_sampling=bool(asked.get("sampling")),
    )
    async with database.read() as db:
        contents = await gather(db, await _case(db, staff, int(asked["case"])), desk.papers, order)
    media = desk.config.data / "media"
    press = packages.Press(desk.papers, desk.config.content, media, groups_of(desk.config.content))
    await _progress(database, export, 0, len(contents.originals))
    to = str(asked.get("to", "with_military"))
    made = await asyncio.to_thread(packages.make, path, contents, press, to=to, password=export.secret)
    await _progress(database, export, made.counts["originals"], made.counts["originals"])


async def _case(db: AsyncSession, staff: Staff, id: int) -> Case:
    case = await db.scalar(select(Case).where(Case.id == id, await scope(db, staff)))
    if case is None:
        raise Refused("case")
    return case


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
