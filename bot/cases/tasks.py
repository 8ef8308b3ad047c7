"""What is to be done: tasks with a day, the checklist of a step, a colleague's work handed on when he leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases.claims import Fields
from bot.models import Case, CaseCheck, Chat, Staff, Task, Tip
from bot.staff import audit

Row = tuple[Task, str, str, Chat | None, str]
"""a task, the code of its case, of its tip, the chat of who has told no tip, the name of whom it is given to"""


async def open_tasks(
    db: AsyncSession, within: ColumnElement[bool], most: int, leave_out: int | None = None
) -> tuple[Sequence[Row], int]:
    """The soonest first, and how many there are in all; `leave_out`: not those given to this person."""
    conditions = [Task.done_at.is_(None), within]
    if leave_out is not None:
        conditions.append(Task.assigned_id.is_distinct_from(leave_out))
    rows = (
        select(Task, Case.code, Tip.code, Chat, Staff.name)
        .outerjoin(Case, Case.id == Task.case_id)
        .outerjoin(Tip, Tip.id == Task.tip_id)
        .outerjoin(Chat, Chat.id == Task.chat_id)
        .outerjoin(Staff, Staff.id == Task.assigned_id)
    )
    found = await db.execute(rows.where(*conditions).order_by(Task.due_at, Task.id).limit(most))
    number = await db.scalar(select(func.count(Task.id)).where(*conditions))
    return [(task, code or "", tip or "", chat, name or "") for task, code, tip, chat, name in found], number or 0


async def hand_on(
    db: AsyncSession,
    leaving: Staff,
    to: Staff,
    cases: ColumnElement[bool],
    tasks: ColumnElement[bool],
    by: Staff,
    now: datetime,
) -> tuple[int, int]:
    """All cases and open tasks of `leaving` that are `cases` and `tasks`. Returns how many of each."""
    own = (await db.scalars(select(Case).where(Case.assigned_id == leaving.id, cases))).all()
    for case in own:
        case.assigned_id, case.version, case.changed_at = to.id, case.version + 1, now
        await audit(db, by, "assigned", f"case:{case.id}", now, to=to.id)
    open_ = (Task.assigned_id == leaving.id) & Task.done_at.is_(None) & tasks
    number = await db.scalar(select(func.count(Task.id)).where(open_))
    await db.execute(update(Task).where(open_).values(assigned_id=to.id))
    await audit(db, by, "handed_on", f"staff:{leaving.id}", now, to=to.id, cases=len(own), tasks=number)
    return len(own), number or 0


@dataclass(frozen=True, slots=True)
class Point:
    """One of a checklist; `tick`: by whom and when it was ticked."""

    id: str
    words: str
    tick: CaseCheck | None


async def checklist(db: AsyncSession, case: Case, known: Fields) -> Sequence[Point]:
    """Of the step where the case stands; ticks of an earlier stay in the same step do not count."""
    rows = select(CaseCheck).where(CaseCheck.case_id == case.id, CaseCheck.step == case.state)
    ticks = await db.scalars(rows.where(CaseCheck.undone_at.is_(None), CaseCheck.at >= case.state_since))
    ticked = {one.item: one for one in ticks}
    return [Point(id, words, ticked.get(id)) for id, words in known.checks(case.state).items()]


async def tick(
    db: AsyncSession, case: Case, known: Fields, items: frozenset[str], staff: Staff, now: datetime
) -> Sequence[str]:
    """From now on exactly `items` are ticked. Returns which changed."""
    changed = [one for one in await checklist(db, case, known) if (one.id in items) != (one.tick is not None)]
    for one in changed:
        if one.tick is None:
            db.add(CaseCheck(case_id=case.id, step=case.state, item=one.id, staff_id=staff.id, at=now))
        else:
            one.tick.undone_at, one.tick.undone_by_id = now, staff.id
    if changed:
        case.version, case.changed_at = case.version + 1, now
    await db.flush()
    return [one.id for one in changed]
