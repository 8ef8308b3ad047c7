"""Files to take away: lists of cases as Excel or CSV, hand-over packages. Made in the background, kept for 7 days."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases.exports import Wanted, described, scope
from bot.cases.papers import Papers
from bot.dashboard.desk import ROOT, Desk
from bot.errors import Misuse
from bot.models import Case, CaseState, Export, Ground, Handover, Unit
from bot.staff import Act

SHOWN = 50
KEPT_DAYS = 7
WAITING = 5
"""files one person may have waiting"""
LEAST = 8
"""letters of a package's password"""
TOS = (CaseState.WITH_MILITARY, CaseState.WITH_515)
KINDS = {"excel": ("excel", ""), "csv": ("csv", ""), "csv-phay": ("csv", "1")}
"""what may be chosen -> (Export.kind, parted by commas)"""
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
}


def _papers(desk: Desk) -> Papers:
    return Papers(desk.library.texts, desk.config.service.zone, desk.config.service.unit)


def _misuse(desk: Desk, key: str, **values: Any) -> Misuse:
    return Misuse(desk.library.texts(f"exports.misuse.{key}", **values))


async def listed(desk: Desk) -> web.Response:
    """What I asked for, newest first; and a form for the filter that the address has."""
    wanted = Wanted.read(desk.form if desk.form else desk.request.query)
    async with desk.read() as db:
        mine = select(Export).where(Export.staff_id == desk.staff.id).order_by(Export.id.desc()).limit(SHOWN)
        exports = (await db.scalars(mine)).all()
        number = await db.scalar(
            select(func.count(Case.id)).where(*wanted.rows(desk.staff.id), await scope(db, desk.staff))
        )
        names = await _names(db, exports)
        unit = await db.get(Unit, wanted.unit) if wanted.unit else None
        about = {one.id: await _about(db, desk, one, names) for one in exports}
    return desk.page(
        "exports",
        exports=[(one, about[one.id], _gone_at(one)) for one in exports],
        under_way=any(one.state in ("waiting", "working") for one in exports),
        number=number,
        filter=described(_papers(desk), wanted, unit.name if unit else ""),
        wanted=wanted,
        sealed=desk.may(Act.SEE_SEALED),
        days=KEPT_DAYS,
        here=f"{ROOT}/xuat?{urlencode(wanted.parameters())}",
    )


async def _names(db: AsyncSession, exports: Sequence[Export]) -> Mapping[int, str]:
    """The codes of the cases that packages are of."""
    ids = {int(one.wanted["case"]) for one in exports if one.kind == "package"}
    return {id: code for id, code in await db.execute(select(Case.id, Case.code).where(Case.id.in_(ids)))}  # noqa: C416


async def _about(db: AsyncSession, desk: Desk, export: Export, names: Mapping[int, str]) -> str:
    if export.kind == "package":
        return names.get(int(export.wanted["case"]), "")
    wanted = Wanted.read(export.wanted)
    unit = await db.get(Unit, wanted.unit) if wanted.unit else None
    return described(_papers(desk), wanted, unit.name if unit else "")


def _gone_at(export: Export) -> Any:
    return export.finished_at + timedelta(days=KEPT_DAYS) if export.finished_at else None


async def ask(desk: Desk) -> web.Response:
    """A list of exactly the cases that the filter shows."""
    if desk.field("loai") not in KINDS:
        raise _misuse(desk, "kind")
    kind, comma = KINDS[desk.field("loai")]
    wanted = Wanted.read({**desk.form, "phay": comma})
    if wanted.sealed and not desk.may(Act.SEE_SEALED):
        raise _misuse(desk, "sealed")
    async with desk.write() as db:
        export = await _put(db, desk, kind, wanted.parameters())
        # The words looked for may be a name: they are kept with the file, not in the journal.
        await desk.audit(db, "export", f"export:{export.id}", kind=kind, sealed=wanted.sealed)
    desk.wake()
    return desk.go("xuat", done="export")


async def _put(db: AsyncSession, desk: Desk, kind: str, wanted: dict[str, Any], secret: str = "") -> Export:
    waiting = select(func.count(Export.id)).where(
        Export.staff_id == desk.staff.id, Export.state.in_(("waiting", "working"))
    )
    if (await db.scalar(waiting) or 0) >= WAITING:
        raise _misuse(desk, "many", most=WAITING)
    export = Export(kind=kind, wanted=wanted, secret=secret, staff_id=desk.staff.id, created_at=desk.now)
    export.state = "waiting"
    db.add(export)
    await db.flush()
    return export


async def look_at_package(desk: Desk) -> web.Response:
    async with desk.write() as db:
        case = await _case(db, desk)
        handovers = (await db.scalars(_handovers(case))).all()
        await desk.audit(db, "look", f"case:{case.id}")
    return desk.page("package", case=case, handovers=handovers, least=LEAST, days=KEPT_DAYS, tos=TOS)


async def ask_for_package(desk: Desk) -> web.Response:
    password = desk.field("password")
    if password and len(password) < LEAST:
        raise _misuse(desk, "password", least=LEAST)
    if password != desk.field("again"):
        raise _misuse(desk, "password_again")
    if desk.field("ground") not in set(Ground):
        raise _misuse(desk, "ground")
    async with desk.write() as db:
        case = await _case(db, desk)
        wanted = {"case": case.id, "ground": desk.field("ground"), "sampling": bool(desk.field("sampling"))}
        wanted |= await _towards(db, desk, case)
        export = await _put(db, desk, "package", wanted, password)
        await desk.audit(
            db, "package", f"case:{case.id}", export=export.id, encrypted=bool(password), sampling=wanted["sampling"]
        )
    desk.wake()
    return desk.go("xuat", done="export")


def _handovers(case: Case) -> Any:
    return select(Handover).where(Handover.case_id == case.id).order_by(Handover.id.desc())


async def _case(db: AsyncSession, desk: Desk) -> Case:
    case = await db.get(Case, desk.number("id"))
    if case is None or not (await desk.scope(db)).covers(case.unit_id) or not desk.may(Act.SEE_SEALED):
        raise web.HTTPNotFound
    return case


async def _towards(db: AsyncSession, desk: Desk, case: Case) -> dict[str, Any]:
    """For whom: a hand-over that is under way gets the package's SHA-256, and says itself where it goes."""
    chosen = desk.field("to")
    for one in await db.scalars(_handovers(case)):
        if chosen == f"handover:{one.id}":
            return {"to": one.to, "handover": one.id}
    return {"to": chosen if chosen == CaseState.WITH_515 else str(CaseState.WITH_MILITARY)}


async def download(desk: Desk) -> web.StreamResponse:
    """One's own only, while it is there, and while one may still have it. Every time is written down."""
    async with desk.write() as db:
        export = await db.get(Export, desk.number("id"))
        if export is None or export.staff_id != desk.staff.id or export.state != "done":
            raise web.HTTPNotFound
        sealed = export.kind == "package" or Wanted.read(export.wanted).sealed
        if sealed and not desk.may(Act.SEE_SEALED):
            raise web.HTTPForbidden
        path = desk.config.data / "exports" / export.file
        if not export.file or not path.is_file():
            raise _misuse(desk, "gone")
        names = await _names(db, [export])
        await desk.audit(db, "download", f"export:{export.id}", sha256=export.sha256)
    ending = path.suffix.removeprefix(".")
    key, code = ("package", next(iter(names.values()), "")) if export.kind == "package" else ("list", "")
    name = desk.library.texts(f"exports.name.{key}", day=desk.day(export.created_at), ending=ending, code=code)
    headers = {"Content-Type": TYPES[ending], "Content-Disposition": f'attachment; filename="{name}"'}
    return web.FileResponse(path, headers=headers)
