"""Where a case may go from where it stands: one table. The sentence each informant reads is texts/cases.toml [told]."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases, telling
from bot.cases.claims import Fields
from bot.cases.receipts import spoken
from bot.library import Library
from bot.messages import Outgoing
from bot.models import Case, CaseState, Conclusion, Handover, HandoverState, Staff, Tip, TipState
from bot.staff import Act, audit, may


class Needs(StrEnum):
    """What a step wants besides the press of a button."""

    NOTHING = ""
    HANDOVER = "handover"
    """it is made by a hand-over (handovers.py)"""
    RETURN = "return"
    """… or by a hand-over that comes back with a reason"""
    REASON = "reason"
    ANSWERED = "answered"
    """a hand-over that was answered, and what was concluded"""


@dataclass(frozen=True, slots=True)
class Step:
    came: CaseState
    to: CaseState
    needs: Needs = Needs.NOTHING
    who: Act = Act.CHANGE_TIPS


N, C, E = CaseState.NEW, CaseState.CLEARING, CaseState.ENOUGH
M, S, R = CaseState.WITH_MILITARY, CaseState.WITH_515, CaseState.RETURNED
P, DONE = CaseState.PAUSED, CaseState.CONCLUDED
STEPS: Sequence[Step] = (
    Step(N, C),
    Step(N, E),
    Step(N, P, Needs.REASON),
    Step(C, E),
    Step(C, P, Needs.REASON),
    Step(E, C),
    Step(E, M, Needs.HANDOVER),
    Step(E, P, Needs.REASON),
    Step(M, R, Needs.RETURN),
    Step(M, S, Needs.HANDOVER),
    Step(M, DONE, Needs.ANSWERED),
    Step(S, R, Needs.RETURN),
    Step(S, DONE, Needs.ANSWERED),
    Step(R, C),
    Step(R, M, Needs.HANDOVER),
    Step(P, C),
    Step(DONE, C, Needs.REASON, Act.RELEASE),
)
_TIP = {state: TipState(state) for state in CaseState if state is not R} | {R: TipState.CLEARING}
_SILENT = (TipState.WITHDRAWN, TipState.DECLINED, TipState.TELLING)
OPEN = tuple(state for state in CaseState if state is not DONE)


def steps_from(case: Case, staff: Staff) -> Sequence[Step]:
    """Those that `staff` may make."""
    return [step for step in STEPS if step.came == case.state and may(staff, step.who)]


def step_to(case: Case, to: CaseState) -> Step | None:
    return next((step for step in STEPS if step.came == case.state and step.to == to), None)


async def move(
    db: AsyncSession, library: Library, known: Fields, case: Case, to: CaseState, staff: Staff, now: datetime
) -> None:
    """Audited, and every informant of the case is told once. Raises ValueError for a step that is not in the table,
    or not for `staff`."""
    step = step_to(case, to)
    if step is None or not may(staff, step.who):
        raise ValueError(f"{case.state} -> {to}")
    if case.state == DONE:
        _reopen(case)
    came, case.before, case.state, case.state_since = case.state, case.state, to, now
    case.due_at, case.escalated_at = known.due(to, now), None
    case.changed_at, case.version = now, case.version + 1
    await audit(db, staff, "case_moved", f"case:{case.id}", now, before=came, after=str(to))
    await _tell(db, library, to, await cases.tips_of(db, case), now)
    await db.flush()


def _reopen(case: Case) -> None:
    """What was concluded and released counts no more; that it was is in the audit."""
    case.conclusion = ""
    case.released_by_id = case.released_also_id = case.released_at = None


async def follow(db: AsyncSession, library: Library, case: Case, tips: Iterable[Tip], now: datetime) -> None:
    """Tips that came to a case which is further on stand where it stands, and their informants are told."""
    behind = [tip for tip in tips if tip.state != _TIP[CaseState(case.state)]]
    await _tell(db, library, CaseState(case.state), behind, now)
    await db.flush()


async def let_go(db: AsyncSession, tip: Tip, now: datetime) -> None:
    """A tip that is in no case any more is new again."""
    if tip.state not in _SILENT and not await cases.cases_of(db, tip):
        tip.state, tip.changed_at = TipState.NEW, now


async def _tell(db: AsyncSession, library: Library, to: CaseState, tips: Iterable[Tip], now: datetime) -> None:
    """Who told of it twice reads it once, with both codes."""
    chats: dict[int, list[Tip]] = {}
    for tip in tips:
        if tip.state not in _SILENT:
            tip.state, tip.changed_at = _TIP[to], now
            chats.setdefault(tip.chat_id, []).append(tip)
    told = library.texts(f"cases.told.{to}")
    for own in chats.values():
        codes = ", ".join(spoken(tip.code) for tip in own if tip.code)
        words = library.texts("tips.status_changed", code=codes, status=told)
        await telling.tell(db, own[0], Outgoing(words), now)


async def conclude(
    db: AsyncSession,
    library: Library,
    known: Fields,
    case: Case,
    conclusion: Conclusion,
    staff: Staff,
    now: datetime,
) -> None:
    """What the authority answered that has the case now. Raises ValueError where it has not."""
    ids = await cases.together(db, case)
    given = select(Handover.state).where(Handover.case_id.in_(ids), Handover.to == case.state)
    if await db.scalar(given.order_by(Handover.id.desc()).limit(1)) != HandoverState.ANSWERED:
        raise ValueError("not answered")
    await move(db, library, known, case, CaseState.CONCLUDED, staff, now)
    case.conclusion = conclusion
    await db.flush()


async def release(db: AsyncSession, case: Case, staff: Staff, now: datetime) -> bool:
    """One of the two who let the identity be said. Returns whether it now may. Raises ValueError before a conclusion,
    for who may not, and when it is the same person twice."""
    again = staff.id == case.released_by_id or case.released_at is not None
    if case.state != CaseState.CONCLUDED or again or not may(staff, Act.RELEASE):
        raise ValueError("release")
    if case.released_by_id is None:
        case.released_by_id = staff.id
    else:
        case.released_also_id, case.released_at = staff.id, now
    case.changed_at, case.version = now, case.version + 1
    await audit(db, staff, "released", f"case:{case.id}", now, second=case.released_at is not None)
    await db.flush()
    return cases.identity_released(case)
