"""The list of cases, by what is lost first; a case opened from a tip, or joined by it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases, steps, tips, worklist
from bot.cases.claims import NAME, Fields, fields, graves
from bot.cases.exports import Wanted
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.models import Case, CaseState, Tip, TipState, Unit
from bot.staff import audit

SHOWN = 8
"""cases offered to a tip"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that a tip may be about too; `name` as people said it."""

    case: Case
    name: str


def known_fields(desk: Desk) -> Fields:
    return fields(desk.config.content)


def misuse(desk: Desk, key: str, **values: object) -> Misuse:
    return Misuse(desk.library.texts(f"cases.misuse.{key}", **values))


async def found(db: AsyncSession, desk: Desk, scope: Scope, id: int | None = None) -> Case:
    """The case of the address, or of that id."""
    case = await db.get(Case, id if id is not None else desk.number("id"))
    if case is None or not scope.covers(case.unit_id):
        raise web.HTTPNotFound
    return case


async def listed(desk: Desk) -> web.Response:
    wanted = Wanted.read(desk.request.query)
    number = max(1, int(desk.asked("trang"))) if re.fullmatch(r"[0-9]{1,5}", desk.asked("trang")) else 1
    async with desk.write() as db:
        scope = await desk.scope(db)
        rows, total = await worklist.page(db, wanted, desk.staff.id, scope.rows(Case.unit_id), desk.now, number)
        names = await worklist.names(db, [case.id for case, _ in rows])
        units = (await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.name))).all()
        await desk.audit(db, "search" if wanted.words else "list", "cases", shown=len(rows))
    return desk.page(
        "cases",
        rows=[(one, who, names.get(one.id, ""), list(worklist.reasons(one, desk.now))) for one, who in rows],
        total=total,
        number=number,
        pages=max(1, -(-total // worklist.PAGE)),
        wanted=wanted,
        states=list(CaseState),
        units=units,
    )


# From a tip


async def candidates(db: AsyncSession, desk: Desk, tip: Tip) -> tuple[str, Sequence[Candidate]]:
    """What is looked for, and the cases found: by «tim-ho-so» of the address, or by the name this tip tells."""
    words = desk.asked("tim-ho-so") or tips.answered_words(tip, NAME).split(",")[0][:60]
    if not words:
        return "", ()
    scope, there = await desk.scope(db), {one.id for one in await cases.cases_of(db, tip)}
    rows, _ = await worklist.page(db, Wanted(words), desk.staff.id, scope.rows(Case.unit_id), desk.now, 1)
    found = [case for case, _ in rows if case.id not in there][:SHOWN]
    names = await worklist.names(db, [case.id for case in found])
    return words, [Candidate(case, names.get(case.id, "")) for case in found]


async def open_from_tip(desk: Desk) -> web.Response:
    """A new case about what this tip tells."""
    async with desk.write() as db:
        tip = await _tip(db, desk)
        case = await cases.open_case(db, tip, known_fields(desk), desk.staff, desk.now, _grave(desk, tip))
        await audit(db, desk.staff, "case_opened", f"case:{case.id}", desk.now, tip=tip.id)
    return desk.go("ho-so", case.id, done="case_opened")


async def join_case(desk: Desk) -> web.Response:
    """This tip is about a case that is there already, named by its code. Further on, it takes the tip along."""
    async with desk.write() as db:
        tip = await _tip(db, desk)
        case = await by_code(db, desk)
        if case.merged_into_id is not None:
            case = await db.get_one(Case, case.merged_into_id)
        await cases.attach(db, case, tip, known_fields(desk), desk.staff, desk.now, _grave(desk, tip))
        await steps.follow(db, desk.library, case, [tip], desk.now)
        await audit(db, desk.staff, "tip_joined", f"case:{case.id}", desk.now, tip=tip.id)
    desk.wake()
    return desk.go("ho-so", case.id, done="tip_joined")


async def by_code(db: AsyncSession, desk: Desk) -> Case:
    """The case whose code is in the form. Raises Misuse."""
    scope, code = await desk.scope(db), desk.field("code").upper()
    case = await db.scalar(select(Case).where(Case.code == code, scope.rows(Case.unit_id)))
    if case is None:
        raise misuse(desk, "case", code=desk.field("code")[:40])
    return case


def _grave(desk: Desk, tip: Tip) -> int:
    """Of a testimony of several graves, the one the case is about."""
    written = desk.field("grave")
    return int(written) if written in {str(n + 1) for n in range(graves(tip))} else 0


async def _tip(db: AsyncSession, desk: Desk) -> Tip:
    tip = await db.get(Tip, desk.number("id"))
    if tip is None or not (await desk.scope(db)).covers(tip.unit_id):
        raise web.HTTPNotFound
    if tip.state in (TipState.TELLING, TipState.DECLINED, TipState.WITHDRAWN):
        raise misuse(desk, "tip")
    return tip
