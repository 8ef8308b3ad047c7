"""Cases: opened from a tip, joined by others, their claims side by side, decided, merged. Nothing is overwritten.

Steps are in steps.py, hand-overs in handovers.py, which fields there are in claims.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.cases import transcripts
from bot.cases.claims import Fields, age, claims_of_tip, words_to_find
from bot.cases.numbering import HERE, next_number
from bot.cases.places import area_of
from bot.messages import fold
from bot.models import Case, CaseState, CaseTip, Claim, Decision, Source, Staff, Sureness, Tip, TipState


async def open_case(db: AsyncSession, tip: Tip, known: Fields, staff: Staff, now: datetime, grave: int = 0) -> Case:
    """A new case about what `tip` tells, or about one of several graves it tells of."""
    case = Case(
        code=await _new_code(db, now),
        unit_id=tip.unit_id,
        state=CaseState.NEW,
        state_since=now,
        due_at=known.due(CaseState.NEW, now),
        assigned_id=staff.id,
        created_at=now,
        changed_at=now,
    )
    db.add(case)
    await db.flush()
    await attach(db, case, tip, known, staff, now, grave)
    return case


async def _new_code(db: AsyncSession, now: datetime) -> str:
    """«HS-2026-0012», counted in each year."""
    year = now.astimezone(HERE).year
    return f"HS-{year}-{await next_number(db, f'case:{year}'):04}"


# Tips


async def attach(
    db: AsyncSession, case: Case, tip: Tip, known: Fields, staff: Staff, now: datetime, grave: int = 0
) -> None:
    """`tip` is about this case too: what it says stands beside what the others say. Once attached, nothing happens.

    One that was let go and comes back has its claims again.
    """
    links = await links_of(db, case, tip)
    if not any(link.removed_at is None for link in links):
        db.add(CaseTip(case_id=case.id, tip_id=tip.id, grave=grave, staff_id=staff.id, at=now))
        await db.flush()
        for claim in await _claims_from(db, case, tip):
            if links and claim.withdrawn_at == links[-1].removed_at:
                claim.withdrawn_at = claim.withdrawn_by_id = None
    if (years := age(tip, now.astimezone(HERE).date())) and years > (case.witness_age or 0):
        case.witness_age = years
    await take_in(db, case, tip, known, staff, now)


async def links_of(db: AsyncSession, case: Case, tip: Tip) -> Sequence[CaseTip]:
    """How they came together, and apart; oldest first. Of cases merged into this one too."""
    ids = await together(db, case)
    rows = select(CaseTip).where(CaseTip.case_id.in_(ids), CaseTip.tip_id == tip.id)
    return (await db.scalars(rows.order_by(CaseTip.id))).all()


async def _claims_from(db: AsyncSession, case: Case, tip: Tip) -> Sequence[Claim]:
    return [one for one in await claims_of(db, case) if one.tip_id == tip.id]


async def untaken(db: AsyncSession, case: Case, tip: Tip, known: Fields) -> Sequence[Claim]:
    """What the tip says by now and the case does not hold yet: new answers, and files that were put into words."""
    open_ = [link for link in await links_of(db, case, tip) if link.removed_at is None]
    heard = await transcripts.newest(db, [file for answer in tip.answers for file in answer.files])
    taken = {(one.answer_id, one.words) for one in await _claims_from(db, case, tip)}
    said = claims_of_tip(tip, known, heard, open_[0].grave if open_ else 0)
    return [one for one in said if (one.answer_id, one.words) not in taken]


async def take_in(db: AsyncSession, case: Case, tip: Tip, known: Fields, staff: Staff, now: datetime) -> int:
    """It becomes claims; what it stands for by now is withdrawn, not removed. Returns how many are new."""
    new, earlier = await untaken(db, case, tip, known), await _claims_from(db, case, tip)
    anew = {one.answer_id for one in new} | {one.id for one in tip.answers if one.replaced_at is not None}
    for claim in earlier:
        if claim.answer_id in anew and claim.withdrawn_at is None:
            claim.withdrawn_at, claim.withdrawn_by_id = now, staff.id
    for claim in new:
        claim.case_id, claim.at = case.id, now
    db.add_all(new)
    await _changed(db, case, known, now)
    return len(new)


async def detach(db: AsyncSession, case: Case, tip: Tip, known: Fields, staff: Staff, now: datetime) -> None:
    """It is about something else after all. Its claims are withdrawn, not removed."""
    for link in await links_of(db, case, tip):
        if link.removed_at is None:
            link.removed_at, link.removed_by_id = now, staff.id
    for claim in await _claims_from(db, case, tip):
        if claim.withdrawn_at is None:
            claim.withdrawn_at, claim.withdrawn_by_id = now, staff.id
    await _changed(db, case, known, now)


async def tips_of(db: AsyncSession, case: Case) -> Sequence[Tip]:
    """The tips that are about it, oldest first."""
    ids = await together(db, case)
    linked = select(CaseTip.tip_id).where(CaseTip.case_id.in_(ids), CaseTip.removed_at.is_(None))
    return (await db.scalars(select(Tip).where(Tip.id.in_(linked)).order_by(Tip.id))).all()


async def cases_of(db: AsyncSession, tip: Tip) -> Sequence[Case]:
    """The cases that a tip is about; of a merged one, the one it was merged into."""
    linked = select(CaseTip.case_id).where(CaseTip.tip_id == tip.id, CaseTip.removed_at.is_(None))
    merged = select(Case.merged_into_id).where(Case.id.in_(linked))
    found = select(Case).where(or_(Case.id.in_(linked), Case.id.in_(merged)), Case.merged_into_id.is_(None))
    return (await db.scalars(found.order_by(Case.id))).all()


async def codes_of(db: AsyncSession, tips: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """tip -> the codes of its cases; of a merged one, of that it was merged into."""
    into = aliased(Case)
    rows = select(CaseTip.tip_id, func.coalesce(into.code, Case.code)).join(Case, Case.id == CaseTip.case_id)
    rows = rows.outerjoin(into, into.id == Case.merged_into_id)
    codes: dict[int, list[str]] = {}
    for tip, code in await db.execute(rows.where(CaseTip.tip_id.in_(tips), CaseTip.removed_at.is_(None))):
        if code not in codes.setdefault(tip, []):
            codes[tip].append(code)
    return codes


# Merging


async def merge(db: AsyncSession, case: Case, into: Case, known: Fields, now: datetime) -> None:
    """Both are about the same. The claims stay where they are and show together. Raises ValueError for a circle."""
    if case.id == into.id or into.merged_into_id is not None or case.merged_into_id is not None:
        raise ValueError("circle")
    case.merged_into_id = into.id
    case.changed_at, case.version = now, case.version + 1
    for one in await db.scalars(select(Case).where(Case.merged_into_id == case.id)):
        one.merged_into_id = into.id
    await _changed(db, into, known, now)


async def unmerge(db: AsyncSession, case: Case, known: Fields, now: datetime) -> None:
    """It stands alone again."""
    into = await db.get(Case, case.merged_into_id) if case.merged_into_id else None
    case.merged_into_id = None
    for one in filter(None, (case, into)):
        await _changed(db, one, known, now)


async def together(db: AsyncSession, case: Case) -> Sequence[int]:
    """The ids of this case and of those that were merged into it."""
    merged = await db.scalars(select(Case.id).where(Case.merged_into_id == case.id).order_by(Case.id))
    return [case.id, *merged]


# Claims and decisions


async def claims_of(db: AsyncSession, case: Case) -> Sequence[Claim]:
    """All that was said, the withdrawn too, in the order it was written down."""
    ids = await together(db, case)
    return (await db.scalars(select(Claim).where(Claim.case_id.in_(ids)).order_by(Claim.id))).all()


async def decisions_of(db: AsyncSession, case: Case) -> Sequence[Decision]:
    """All of them, the undone too: those of merged cases, then its own, each oldest first. The last counts."""
    found = await db.scalars(select(Decision).where(Decision.case_id.in_(await together(db, case))))
    return sorted(found, key=lambda one: (one.case_id == case.id, one.id))


async def best(db: AsyncSession, case: Case) -> Mapping[str, Decision]:
    """field -> the decision that counts."""
    return {one.field: one for one in await decisions_of(db, case) if one.undone_at is None}


async def claim(
    db: AsyncSession,
    case: Case,
    known: Fields,
    field: str,
    words: str,
    staff: Staff,
    now: datetime,
    *,
    said_by: str = "",
    source: Source = Source.UNSAID,
    sureness: Sureness = Sureness.UNSAID,
    value: dict[str, Any] | None = None,
    told_at: datetime | None = None,
) -> Claim:
    """Something staff write down beside what informants said."""
    made = Claim(case_id=case.id, field=field, words=words, value=value or {"kind": "words"}, said_by=said_by, at=now)
    made.source, made.sureness, made.staff_id, made.told_at = source, sureness, staff.id, told_at or now
    db.add(made)
    await _changed(db, case, known, now)
    return made


async def withdraw(db: AsyncSession, case: Case, known: Fields, claim: Claim, staff: Staff, now: datetime) -> None:
    """It stays to be read, struck through; a decision that rests on it is undone with it."""
    claim.withdrawn_at, claim.withdrawn_by_id = now, staff.id
    for one in await decisions_of(db, case):
        if one.claim_id == claim.id and one.undone_at is None:
            one.undone_at, one.undone_by_id = now, staff.id
    await _changed(db, case, known, now)


async def restore(db: AsyncSession, case: Case, known: Fields, claim: Claim, now: datetime) -> None:
    """It was withdrawn by mistake."""
    claim.withdrawn_at = claim.withdrawn_by_id = None
    await _changed(db, case, known, now)


async def decide(
    db: AsyncSession,
    case: Case,
    known: Fields,
    field: str,
    chosen: Claim | None,
    words: str,
    reason: str,
    staff: Staff,
    now: datetime,
) -> Decision:
    """From now on this is held to be right for `field`: a claim as it stands, or `words` of staff's own."""
    value = chosen.value if chosen else {"kind": "words"}
    made = Decision(case_id=case.id, field=field, words=words, value=value, reason=reason, staff_id=staff.id, at=now)
    made.claim_id = chosen.id if chosen else None
    db.add(made)
    await _changed(db, case, known, now)
    return made


async def undo(db: AsyncSession, case: Case, known: Fields, decision: Decision, staff: Staff, now: datetime) -> None:
    """The decision before it counts again; with a place that was confirmed its area goes too."""
    decision.undone_at, decision.undone_by_id = now, staff.id
    if decision.value.get("kind") == "place":
        left = (await best(db, case)).get(decision.field)
        case.area = area_of(left.value) if left else ""
    await _changed(db, case, known, now)


def identity_released(case: Case) -> bool:
    """Whether it may be said whose remains they are: the authority has concluded and two people have released it."""
    return (
        case.state == CaseState.CONCLUDED
        and case.released_at is not None
        and case.released_by_id is not None
        and case.released_also_id not in (None, case.released_by_id)
    )


async def _changed(db: AsyncSession, case: Case, known: Fields, now: datetime) -> None:
    await db.flush()
    gone = {tip.id for tip in await tips_of(db, case) if tip.state == TipState.WITHDRAWN}
    open_ = [one for one in await claims_of(db, case) if one.withdrawn_at is None and one.tip_id not in gone]
    decided = [one for one in (await best(db, case)).values() if one.words and not known.of(one.field).secret]
    words = [case.code.lower(), words_to_find(open_, known), *(fold(one.words) for one in decided)]
    case.search = " ".join(filter(None, words))
    case.version, case.changed_at = case.version + 1, now
    await db.flush()
