"""A case is given to the Military Command or to the Steering Committee 515: sent, received, accepted, answered; or
returned with a reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases, steps, telling
from bot.cases.claims import Fields
from bot.cases.receipts import spoken
from bot.library import Library
from bot.messages import Outgoing
from bot.models import (
    Case,
    CaseNote,
    CaseState,
    Ground,
    Handover,
    HandoverState,
    NoteKind,
    PersonRole,
    Staff,
    Tip,
    TipState,
)
from bot.models.mail import history_line
from bot.staff import audit

_NEXT = {
    HandoverState.SENT: (HandoverState.RECEIVED, HandoverState.RETURNED),
    HandoverState.RECEIVED: (HandoverState.ACCEPTED, HandoverState.RETURNED),
    HandoverState.ACCEPTED: (HandoverState.ANSWERED, HandoverState.RETURNED),
    HandoverState.RETURNED: (),
    HandoverState.ANSWERED: (),
}
WORDED = (HandoverState.RETURNED, HandoverState.ANSWERED)
"""what is said with it is kept"""


def nexts(handover: Handover) -> Sequence[HandoverState]:
    return _NEXT[HandoverState(handover.state)]


@dataclass(frozen=True, slots=True)
class Passed:
    """A line of a hand-over's history."""

    at: datetime
    state: str
    staff_id: int


def history_of(handover: Handover) -> Iterator[Passed]:
    for line in handover.history.splitlines():
        at, state, who = (*line.split(" "), "", "")[:3]
        id = who.removeprefix("staff:")
        yield Passed(datetime.fromisoformat(at), state, int(id) if id.isdecimal() else 0)


async def of_case(db: AsyncSession, case: Case) -> Sequence[Handover]:
    """Of the cases merged into it too."""
    ids = await cases.together(db, case)
    return (await db.scalars(select(Handover).where(Handover.case_id.in_(ids)).order_by(Handover.id))).all()


async def without_consent(db: AsyncSession, case: Case) -> Sequence[Tip]:
    """The tips whose witness has not agreed, or not any more: they go only on a legal ground."""
    return [tip for tip in await cases.tips_of(db, case) if not _agreed(tip)]


def _agreed(tip: Tip) -> bool:
    own = [one for one in tip.consents if one.role == PersonRole.WITNESS]
    return tip.state != TipState.WITHDRAWN and any(one.given and one.withdrawn_at is None for one in own)


async def send(
    db: AsyncSession,
    library: Library,
    known: Fields,
    case: Case,
    to: CaseState,
    ground_words: str,
    staff: Staff,
    now: datetime,
) -> Handover:
    """Raises ValueError for a step that is no hand-over, PermissionError without consent and without a legal ground."""
    step = steps.step_to(case, to)
    if step is None or step.needs is not steps.Needs.HANDOVER:
        raise ValueError(f"{case.state} -> {to}")
    by_law = bool(await without_consent(db, case))
    if by_law and not ground_words:
        raise PermissionError("consent")
    made = Handover(case_id=case.id, to=to, state=HandoverState.SENT, staff_id=staff.id, sent_at=now, changed_at=now)
    made.ground, made.ground_words = (Ground.LAW, ground_words) if by_law else (Ground.CONSENT, "")
    made.history = history_line(HandoverState.SENT, f"staff:{staff.id}", now)
    db.add(made)
    await db.flush()
    await audit(db, staff, "handed_over", f"case:{case.id}", now, to=str(to), ground=str(made.ground))
    await steps.move(db, library, known, case, to, staff, now)
    return made


async def answer(
    db: AsyncSession,
    library: Library,
    known: Fields,
    case: Case,
    handover: Handover,
    state: HandoverState,
    words: str,
    staff: Staff,
    now: datetime,
) -> None:
    """The next step of a hand-over. A returned one takes its case back, if it is the one that has it; what to ask the
    informants is put to them by `ask_informants`.

    Raises ValueError for a step that does not follow, or a return or an answer without words.
    """
    if state not in nexts(handover) or (state in WORDED and not words):
        raise ValueError(f"{handover.state} -> {state}")
    handover.state, handover.changed_at = state, now
    handover.words = words if state in WORDED else handover.words
    handover.history += history_line(state, f"staff:{staff.id}", now)
    case.changed_at, case.version = now, case.version + 1
    await audit(db, staff, f"handover_{state}", f"case:{case.id}", now)
    if state is HandoverState.RETURNED and handover.to == case.state:
        await steps.move(db, library, known, case, CaseState.RETURNED, staff, now)
    await db.flush()


async def ask_informants(
    db: AsyncSession,
    library: Library,
    case: Case,
    ward: str,
    question: str,
    staff: Staff,
    now: datetime,
    only: int | None = None,
) -> int:
    """Staff put a question in words of their own to all who told of it, or to the teller of the tip `only`; it is kept
    with the notes. Who told twice is asked once. Returns how many were asked."""
    tips = [tip for tip in await cases.tips_of(db, case) if tip.state != TipState.WITHDRAWN and tip.code]
    asked = {tip.chat_id: tip for tip in reversed(tips) if only in (None, tip.id)}
    for tip in asked.values():
        text = library.texts("cases.question", ward=ward, code=spoken(tip.code or ""), words=question.replace("**", ""))
        await telling.tell(db, tip, Outgoing(text), now, awaits=True)
    if asked:
        kept = {"case_id": case.id, "tip_id": only, "words": question, "staff_id": staff.id, "at": now}
        db.add(CaseNote(kind=NoteKind.INFORMANT, **kept))
        case.changed_at, case.version = now, case.version + 1
        await audit(db, staff, "asked_informants", f"case:{case.id}", now, number=len(asked))
    return len(asked)
