"""The page of one case: what was said field by field, claim beside claim, what staff decided, and who did what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases, handovers, places, steps, tasks, transcripts
from bot.cases.claims import OF_THE_TELLER, PLACE, Field
from bot.dashboard.case_changes import LONGEST
from bot.dashboard.case_work import colleagues
from bot.dashboard.cases import found, known_fields, misuse
from bot.dashboard.desk import Desk
from bot.messages import fold
from bot.models import (
    AuditEntry,
    Case,
    CaseNote,
    Claim,
    Conclusion,
    Decision,
    NoteKind,
    Source,
    Staff,
    Sureness,
    Task,
    Tip,
)
from bot.places import Found
from bot.staff import Act, audit

HISTORY = 100
WRITTEN = ("words", "reason", "ground", "question", "said_by")
"""fields of our forms that hold somebody's own words"""


@dataclass(frozen=True, slots=True)
class Section:
    """One field of the case. `contradicting`: of the martyr or the grave they do not all say the same."""

    field: Field
    claims: Sequence[Claim]
    decision: Decision | None
    chosen: Claim | None
    earlier: Sequence[Decision]
    contradicting: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """A tip of the case; `waiting`: what it has said since that is no claim yet."""

    tip: Tip
    waiting: int
    grave: int


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A form that was not taken: where it goes, and what was written in it, to be sent again."""

    action: str
    written: Sequence[tuple[str, str]]
    hidden: Sequence[tuple[str, str]]


async def show(desk: Desk) -> web.Response:
    return await _page(desk, frozenset())


async def unseal(desk: Desk) -> web.Response:
    """The page once with what is sealed. The look and its reason are written down."""
    if not desk.may(Act.SEE_SEALED):
        raise web.HTTPForbidden
    if not 0 < len(desk.field("reason")) <= 300:
        raise misuse(desk, "reason")
    async with desk.write() as db:
        case = await found(db, desk, await desk.scope(db))
        await audit(db, desk.staff, "look_sealed", f"case:{case.id}", desk.now, reason=desk.field("reason"))
    return await _page(desk, frozenset({"*"}))


async def _page(desk: Desk, opened: frozenset[str]) -> web.Response:
    async with desk.write() as db:
        case = await found(db, desk, await desk.scope(db))
        if case.merged_into_id is not None:
            return desk.go("ho-so", case.merged_into_id)
        if not opened:
            await desk.audit(db, "look", f"case:{case.id}")
        values = await _of_case(db, desk, case) | await _work(db, desk, case)
    stated = [one for one in values["sections"] if one.claims or one.decision]
    return desk.page(
        "case",
        **values | {"sections": stated},
        case=case,
        best=[one for one in stated if one.decision],
        places=await _places(desk, stated, opened),
        opened=bool(opened),
        released=cases.identity_released(case),
        changeable=desk.may(Act.CHANGE_TIPS),
        sources=list(Source)[::-1],
        surenesses=list(Sureness)[::-1],
        conclusions=list(Conclusion),
        choices=places.CHOICES,
        unsaved=_unsaved(desk),
        longest=LONGEST,
    )


async def _of_case(db: AsyncSession, desk: Desk, case: Case) -> dict[str, Any]:
    """What it states, and what that rests on."""
    tips, known = await cases.tips_of(db, case), known_fields(desk)
    files = [file for tip in tips for answer in tip.answers for file in answer.files]
    return {
        "sections": await _sections(db, desk, case),
        "fields": list(known.all.values()),
        "groups": known.groups,
        "linked": [await _linked(db, desk, case, tip) for tip in tips],
        "files": {id: [one for one in files if one.answer_id == id] for id in {one.answer_id for one in files}},
        "heard": await transcripts.newest(db, files),
        "merged": (await db.scalars(select(Case).where(Case.merged_into_id == case.id))).all(),
        "unagreed": await handovers.without_consent(db, case),
    }


async def _work(db: AsyncSession, desk: Desk, case: Case) -> dict[str, Any]:
    """What was done with it, and what is to be done."""
    ids = await cases.together(db, case)
    return {
        "handovers": [
            (one, handovers.nexts(one), handovers.history_of(one)) for one in await handovers.of_case(db, case)
        ],
        "notes": await _notes(db, desk, ids),
        "tasks": await _tasks(db, case, ids),
        "points": await tasks.checklist(db, case, known_fields(desk)),
        "history": await _history(db, desk, ids),
        "colleagues": [one for one in await colleagues(db, desk) if one.active],
        "steps": steps.steps_from(case, desk.staff),
        "names": {id: name for id, name in await db.execute(select(Staff.id, Staff.name))},  # noqa: C416 - rows
    }


def _unsaved(desk: Desk) -> Unsaved | None:
    """What was written in the form that was refused. Nothing of it is lost."""
    if not desk.problem or desk.request.path.endswith("/xem"):
        return None
    sent = [(name, str(value)) for name, value in desk.form.items() if name not in ("csrf", "version")]
    written = [(name, value) for name, value in sent if name in WRITTEN and value]
    return Unsaved(desk.request.path, written, [one for one in sent if one not in written])


async def _sections(db: AsyncSession, desk: Desk, case: Case) -> Sequence[Section]:
    known = known_fields(desk)
    claims: dict[str, list[Claim]] = {}
    for claim in await cases.claims_of(db, case):
        claims.setdefault(claim.field, []).append(claim)
    decisions: dict[str, list[Decision]] = {}
    for decision in await cases.decisions_of(db, case):
        decisions.setdefault(decision.field, []).append(decision)
    ids = [*known.all, *(id for id in {**claims, **decisions} if id not in known.all)]
    found = [_section(known.of(id), claims.get(id, []), decisions.get(id, [])) for id in ids]
    return sorted(found, key=lambda one: list(known.groups).index(one.field.group))


def _section(field: Field, claims: Sequence[Claim], decisions: Sequence[Decision]) -> Section:
    counting = [one for one in decisions if one.undone_at is None]
    decision = counting[-1] if counting else None
    chosen = next((one for one in claims if decision and one.id == decision.claim_id), None)
    open_ = [one for one in claims if one.withdrawn_at is None and one.value.get("kind") != "unknown"]
    said = {fold(one.words) for one in open_ if one.words}
    contradicting = len(said) > 1 and field.group not in OF_THE_TELLER
    return Section(field, claims, decision, chosen, [one for one in decisions if one is not decision], contradicting)


async def _places(desk: Desk, sections: Sequence[Section], opened: frozenset[str]) -> dict[int, Found]:
    """What the words of each place may mean today; only where they are shown."""
    if not opened or not desk.may(Act.CHANGE_TIPS):
        return {}
    told = [claim for one in sections if one.field.id.startswith(PLACE) for claim in one.claims if claim.words]
    return {claim.id: await places.proposals(desk.config.content, claim.words) for claim in told[:5]}


async def _linked(db: AsyncSession, desk: Desk, case: Case, tip: Tip) -> Linked:
    """Without writing anything: how much would become claims."""
    links = await cases.links_of(db, case, tip)
    grave = next((link.grave for link in links if link.removed_at is None), 0)
    return Linked(tip, len(await cases.untaken(db, case, tip, known_fields(desk))), grave)


async def _notes(db: AsyncSession, desk: Desk, ids: Sequence[int]) -> Sequence[CaseNote]:
    """The team's and one's own."""
    rows = select(CaseNote).where(CaseNote.case_id.in_(ids)).order_by(CaseNote.id.desc())
    return [one for one in await db.scalars(rows) if one.kind != NoteKind.MINE or one.staff_id == desk.staff.id]


async def _tasks(db: AsyncSession, case: Case, ids: Sequence[int]) -> Sequence[Task]:
    tips = [tip.id for tip in await cases.tips_of(db, case)]
    of_it = Task.case_id.in_(ids) | Task.tip_id.in_(tips)
    return (await db.scalars(select(Task).where(of_it).order_by(Task.done_at.is_not(None), Task.due_at))).all()


async def _history(db: AsyncSession, desk: Desk, ids: Sequence[int]) -> Sequence[tuple[AuditEntry, str]]:
    """Newest first; of one person's looks on one day the last, so that they do not hide what was done."""
    rows = await db.execute(
        select(AuditEntry, Staff.name)
        .outerjoin(Staff, AuditEntry.staff_id == Staff.id)
        .where(AuditEntry.subject.in_([f"case:{id}" for id in ids]))
        .order_by(AuditEntry.id.desc())
        .limit(5 * HISTORY)
    )
    seen, shown = set[tuple[int | None, date]](), list[tuple[AuditEntry, str]]()
    for entry, name in rows:
        look = (entry.staff_id, entry.at.astimezone(desk.config.service.zone).date())
        if entry.action == "look" and look in seen:
            continue
        if entry.action == "look":
            seen.add(look)
        shown.append((entry, name or ""))
    return shown[:HISTORY]
