"""The list of cases, ordered by what is lost first: an old or ill witness, the only one, a site to be built on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases.claims import NAME
from bot.cases.exports import Wanted, standing
from bot.cases.steps import OPEN
from bot.models import Case, CaseState, Claim, Decision, Staff

PAGE = 50
OLD = 80
"""years: from then on a witness is heard first"""


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for a place in the list: a key of texts/cases.toml [why], with its number."""

    key: str
    number: int = 0


def query(wanted: Wanted, staff_id: int, scope: ColumnElement[bool], now: datetime) -> Select[Any]:
    """The cases of the filter, the most pressing first."""
    rows = select(Case).where(scope, *wanted.rows(staff_id))
    closed = case((Case.state.in_(OPEN), 0), else_=1)
    return rows.order_by(closed, _pressing(now).desc(), Case.due_at.is_(None), Case.due_at, Case.id.desc())


def _pressing(now: datetime) -> ColumnElement[int]:
    """A sum of what speaks for haste. What cannot come back weighs most."""
    open_ = Case.state.in_(OPEN)
    parts = (
        (Case.witness_ill, 6),
        (Case.to_be_built, 5),
        (and_(Case.witness_age.is_not(None), Case.witness_age >= OLD), 4),
        (Case.only_witness, 3),
        (and_(Case.due_at.is_not(None), Case.due_at < now), 2),
        (Case.state == CaseState.RETURNED, 1),
    )
    weights = [case((and_(open_, condition), weight), else_=0) for condition, weight in parts]
    total: ColumnElement[int] = weights[0]
    for weight in weights[1:]:
        total = total + weight
    return total


async def page(
    db: AsyncSession, wanted: Wanted, staff_id: int, scope: ColumnElement[bool], now: datetime, number: int
) -> tuple[Sequence[tuple[Case, str]], int]:
    """Page `number` (from 1) as (case, the name of whom it is assigned to), and how many there are in all."""
    rows = query(wanted, staff_id, scope, now)
    total = await db.scalar(select(func.count()).select_from(rows.order_by(None).subquery()))
    found = rows.outerjoin(Staff, Staff.id == Case.assigned_id).add_columns(Staff.name)
    result = await db.execute(found.limit(PAGE).offset((number - 1) * PAGE))
    return [(row[0], row[1] or "") for row in result.unique()], total or 0


async def names(db: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    """What staff chose as the martyr's name, else as people said it: all that the list shows of what was told."""
    owner = func.coalesce(Case.merged_into_id, Case.id)
    said = select(owner, Claim.words).join(Case, Case.id == Claim.case_id).where(owner.in_(ids), Claim.field == NAME)
    found: dict[int, list[str]] = {}
    for id, words in await db.execute(said.where(standing()).order_by(Claim.id)):
        if words and words not in found.setdefault(id, []):
            found[id].append(words)
    chosen = select(owner, Decision.words, Claim.words).join(Case, Case.id == Decision.case_id)
    chosen = chosen.outerjoin(Claim, Claim.id == Decision.claim_id).where(owner.in_(ids), Decision.field == NAME)
    for id, own, words in await db.execute(chosen.where(Decision.undone_at.is_(None)).order_by(Decision.id)):
        found[id] = [own or words or ""]
    return {id: " / ".join(words[:3]) for id, words in found.items()}


def reasons(one: Case, now: datetime) -> Iterator[Why]:
    """Why it stands where it stands, the weightiest first."""
    if one.state == CaseState.CONCLUDED:
        return
    if one.witness_ill:
        yield Why("ill")
    if one.to_be_built:
        yield Why("built")
    if one.witness_age is not None and one.witness_age >= OLD:
        yield Why("age", one.witness_age)
    if one.only_witness:
        yield Why("only")
    if one.due_at is not None and one.due_at < now:
        yield Why("overdue", max(1, (now - one.due_at) // timedelta(days=1)))
    if one.state == CaseState.RETURNED:
        yield Why("returned")
