"""Many cases: how long the list, a search without accents and one case take, and an export of all of them, counted."""

import argparse
import asyncio
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import insert, select

from bench import postgresql, town
from bot import HOME, migrations, staff
from bot.cases import worklist
from bot.cases.exports import NAME, Wanted, scope
from bot.cases.gathering import Order, gather
from bot.cases.papers import Papers
from bot.config import Config, DatabaseSettings, Service
from bot.db import Database
from bot.library import read_library
from bot.messages import fold
from bot.models import (
    Case,
    CaseTip,
    Chat,
    Claim,
    Consent,
    Export,
    FileState,
    Role,
    Staff,
    Tip,
    TipAnswer,
    TipFile,
)
from bot.vault import Vault
from scheduler.exporting import export_waiting

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Lý")
MIDDLE = ("Văn", "Thị", "Đức", "Hữu", "Quang", "Xuân", "Đình", "Công", "Minh", "Ngọc")
GIVEN = ("An", "Bình", "Cường", "Dũng", "Đạt", "Giang", "Hải", "Khánh", "Lâm", "Nam", "Quân", "Thắng", "Út", "Ý")
PLACES = ("Đồi 42", "suối Đá Bàn", "bến phà Long Đại", "động Tri", "dốc Miếu", "rừng cao su Lộc Ninh")
AT_A_TIME = 1000


def cases(number: int, claims: int, files: int, unit: int, officer: int) -> Iterator[dict[type, list[dict[str, Any]]]]:
    """Rows by their table, some cases at a time: a tip a case, the claims and files spread evenly."""
    dice, now = random.Random(42), town.utcnow()
    fields = ["ho-ten", "noi-chon", "don-vi", "thoi-gian", "dau-hieu"]
    for first in range(1, number + 1, AT_A_TIME):
        some: dict[type, list[dict[str, Any]]] = {
            kind: [] for kind in (Tip, Consent, TipAnswer, TipFile, Case, CaseTip, Claim)
        }
        for id in range(first, min(first + AT_A_TIME, number + 1)):
            name = " ".join(map(dice.choice, (FAMILY, MIDDLE, GIVEN)))
            place, at = dice.choice(PLACES), now - timedelta(minutes=id)
            code = f"{10_000_000 + id}"
            tip = {"id": id, "code": code, "chat_id": 1, "unit_id": unit, "state": "new"}
            some[Tip].append({**tip, "started_at": at, "changed_at": at, "told_at": at})
            consent = {"tip_id": id, "notice_version": "1", "notice": "", "said": "x", "given": True, "at": at}
            some[Consent].append(consent)
            said = {"tip_id": id, "field": "chuyen", "question": "?", "said": f"Tôi nhớ anh {name} ở {place}", "at": at}
            some[TipAnswer].append({"id": id, **said, "understood": {"kind": "words"}})
            some[TipFile] += [_file(id, at) for _ in range(_share(files, number, id))]
            case = {"id": id, "code": f"HS-2026-{id:05d}", "unit_id": unit, "state": dice.choice(("new", "clearing"))}
            case |= {"state_since": at, "created_at": at, "changed_at": at, "area": "tỉnh Quảng Trị"}
            some[Case].append({**case, "search": fold(f"{name} {place}"), "assigned_id": officer})
            some[CaseTip].append({"case_id": id, "tip_id": id, "staff_id": officer, "at": at})
            words = [name, place, f"d{id % 9} e{id % 99}", "mùa mưa 1972", "cạnh tảng đá to"]
            for number_, field in zip(range(_share(claims, number, id)), fields * 9, strict=False):
                claim = {"case_id": id, "tip_id": id, "field": field, "words": words[number_ % 5], "at": at}
                some[Claim].append({**claim, "value": {"kind": "words"}, "said_by": "ông Tư"})
        yield some


def _share(all_: int, number: int, id: int) -> int:
    """How many of them the case `id` gets."""
    return all_ * id // number - all_ * (id - 1) // number


def _file(id: int, at: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(f"{id}".encode()).hexdigest()
    about = {"channel": "telegram", "attachment": {"kind": "photo"}, "state": FileState.KEPT, "mime": "image/jpeg"}
    return {"answer_id": id, **about, "sha256": sha256, "size": 100_000, "kept_at": at}


async def filled(database: Database, options: argparse.Namespace) -> Staff:
    now = town.utcnow()
    async with database.write() as db:
        ward = await staff.home_or_new(db, "Phường")
        officer = Staff(login="lan", name="Lan", role=Role.MILITARY, unit=ward, password_hash="x", created_at=now)
        chat = Chat(id=1, channel="telegram", address="telegram:1", kind="private", state="active")
        chat.created_at = chat.state_since = now
        db.add_all([officer, chat])
        await db.flush()
        unit, who = ward.id, officer.id
    for some in cases(options.cases, options.claims, options.files, unit, who):
        async with database.write() as db:
            for kind, rows in some.items():
                if rows:
                    await db.execute(insert(kind), rows)
    async with database.read() as db:
        return await db.get_one(Staff, who)


async def timed(what: Callable[[], Awaitable[Any]], times: int = 20) -> dict[str, float]:
    """Milliseconds; the first, unmeasured, opens what is opened once."""
    await what()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await what()
        took.append((time.perf_counter() - began) * 1000)
    return {"median_ms": round(statistics.median(took), 1), "slowest_ms": round(max(took), 1)}


async def measured(url: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    library, vault = read_library(HOME / "content"), Vault("a key for the bench")
    config = Config(service=Service(data="var"), database=DatabaseSettings(url), folder=folder)
    database = Database(url, vault)
    await migrations.upgrade(database)
    officer = await filled(database, options)
    papers = Papers(library.texts, config.service.zone, config.service.unit)
    dice = random.Random(7)

    async def page(wanted: Wanted, number: int = 1) -> None:
        """A page of the work list with the names that are stated, and how many cases there are."""
        async with database.read() as db:
            inside = await scope(db, officer)
            rows, _ = await worklist.page(db, wanted, officer.id, inside, town.utcnow(), number)
            names = select(Claim).where(Claim.case_id.in_([case.id for case, _ in rows]), Claim.field == NAME)
            (await db.scalars(names.order_by(Claim.id))).all()

    async def search() -> None:
        await page(Wanted(words=f"{fold(dice.choice(GIVEN))} {fold(dice.choice(PLACES))}"))

    async def detail() -> None:
        async with database.read() as db:
            case = await db.get_one(Case, dice.randint(1, options.cases))
            order = Order(config.content, library, officer, town.utcnow())
            await gather(db, case, papers, order)

    result: dict[str, Any] = {
        "list": await timed(lambda: page(Wanted())),
        "list_last_page": await timed(lambda: page(Wanted(), options.cases // worklist.PAGE)),
        "search": await timed(search),
        "detail": await timed(detail),
    }
    for kind in ("excel", "csv"):
        result[f"export_{kind}"] = await exported(database, kind, library, config, officer, options)
    await database.close()
    return result


async def exported(
    database: Database, kind: str, library: Any, config: Config, officer: Staff, options: argparse.Namespace
) -> dict[str, Any]:
    """All cases with what is sealed, and whether the file holds as many as there are."""
    async with database.write() as db:
        now = town.utcnow()
        export = Export(kind=kind, wanted={"kin": "1"}, state="waiting", staff_id=officer.id, created_at=now)
        db.add(export)
    began = time.perf_counter()
    await export_waiting(database, library, config, town.utcnow())
    took = time.perf_counter() - began
    async with database.read() as db:
        made = await db.get_one(Export, export.id)
    path = config.data / "exports" / made.file
    rows = await asyncio.to_thread(_counted, path)
    counted = made.state == "done" and made.rows == rows == options.cases
    return {"seconds": round(took, 1), "rows": rows, "megabytes": round(path.stat().st_size / 1e6, 2), "whole": counted}


def _counted(path: Path) -> int:
    """Rows that begin with a case's code."""
    if path.suffix == ".csv":
        lines = path.read_text("utf-8-sig").splitlines()
        return sum(line.startswith("HS-") for line in lines)
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    return sum(str(row[0]).startswith("HS-") for row in sheet.iter_rows(max_col=1, values_only=True))


async def run(options: argparse.Namespace) -> dict[str, Any]:
    size = {"size": options.cases, "claims": options.claims, "files": options.files}
    with tempfile.TemporaryDirectory() as folder:
        result = size | {"sqlite": await measured(f"sqlite+aiosqlite:///{folder}/bench.db", options, Path(folder))}
    with tempfile.TemporaryDirectory() as folder:
        async with postgresql.a_database(options.postgresql) as url:
            if url:
                result["postgresql"] = await measured(url, options, Path(folder))
    return town.written("cases", result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--claims", type=int, default=30_000)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
