"""Steps and tasks that are late are told once: to whom they are given, or to those who answer for all.

A new step begins a new deadline.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alarms
from bot.cases.steps import OPEN
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.models import Case, Chat, ChatState, Staff, Task
from bot.staff import audit

NAMED = 5
"""cases named in one message"""
AT_A_TIME = 500
LATE = Case.escalated_at.is_(None) & Case.state.in_(OPEN) & Case.merged_into_id.is_(None)
UNDONE = Task.escalated_at.is_(None) & Task.done_at.is_(None)


async def look(database: Database, library: Library, config: Config, now: datetime) -> int:
    """Returns how many became late since the last look."""
    async with database.read() as db:
        if not await _late_cases(db, now, 1) and not await _late_tasks(db, now, 1):
            return 0
    async with database.write() as db:
        cases, tasks = await _late_cases(db, now, AT_A_TIME), await _late_tasks(db, now, AT_A_TIME)
        all_: list[Case | Task] = [*cases, *tasks]
        phones = await _phones(db, {one.assigned_id for one in all_ if one.assigned_id})
        late: dict[Chat | None, list[Case | Task]] = {}
        for one in all_:
            late.setdefault(phones.get(one.assigned_id or 0), []).append(one)
        for phone, own in late.items():
            await _tell(db, library, config, own, phone, now)
        for case in cases:
            case.escalated_at = now
            await audit(db, None, "late", f"case:{case.id}", now)
        for task in tasks:
            task.escalated_at = now
    return len(cases) + len(tasks)


async def _late_cases(db: AsyncSession, now: datetime, most: int) -> Sequence[Case]:
    return (await db.scalars(select(Case).where(Case.due_at < now, LATE).order_by(Case.due_at).limit(most))).all()


async def _late_tasks(db: AsyncSession, now: datetime, most: int) -> Sequence[Task]:
    return (await db.scalars(select(Task).where(Task.due_at < now, UNDONE).order_by(Task.due_at).limit(most))).all()


async def _phones(db: AsyncSession, staff: set[int]) -> dict[int, Chat]:
    """Of those among `staff` who have linked one."""
    rows = select(Staff.id, Chat).join(Chat, Chat.id == Staff.chat_id)
    found = await db.execute(rows.where(Staff.id.in_(staff), Staff.active, Chat.state == ChatState.ACTIVE))
    return {id: chat for id, chat in found}  # noqa: C416 - rows, not pairs


async def _tell(
    db: AsyncSession, library: Library, config: Config, late: Sequence[Case | Task], phone: Chat | None, now: datetime
) -> None:
    codes = [one.code for one in late if isinstance(one, Case)]
    tasks = len(late) - len(codes)
    sentences = [library.texts("cases.late.case", number=len(codes), codes=codes[:NAMED])] if codes else []
    sentences += [library.texts("cases.late.task", number=tasks)] if tasks else []
    await alarms.sound(db, library, config, sentences, now, phone)
