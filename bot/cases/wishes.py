"""What somebody wishes of staff, as tasks: to be called, to be visited, to have his voice note put into words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Chat, Task, TaskKind, Tip

CALL_WITHIN, WORDS_WITHIN = 1, 3
"""working days"""
_NO_WORDS = ("location", "sticker")


def working_days(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same hour so many working days later; Saturday and Sunday are none."""
    at = since.astimezone(zone)
    while days:
        at += timedelta(days=1)
        days -= at.isoweekday() < 6
    return at.astimezone(since.tzinfo)


async def wish(db: AsyncSession, tip: Tip, kind: TaskKind, now: datetime, zone: ZoneInfo) -> None:
    """A task of the tip's unit, unless there is one already that is not done."""
    await db.flush()
    waits = select(Task.id).where(Task.tip_id == tip.id, Task.kind == kind, Task.done_at.is_(None)).limit(1)
    if await db.scalar(waits) is None:
        db.add(_task(tip, kind, None, now, working_days(now, CALL_WITHIN, zone)))


def of_chat(chat: Chat, kind: TaskKind, now: datetime, zone: ZoneInfo) -> Task:
    """A task for somebody who has told no tip: he is known by the chat alone."""
    due = working_days(now, CALL_WITHIN, zone)
    return Task(kind=kind, chat_id=chat.id, unit_id=chat.unit_id, words="", due_at=due, created_at=now)


async def to_words(db: AsyncSession, tip: Tip, now: datetime, zone: ZoneInfo) -> None:
    """One task a file that was sent instead of words."""
    await db.flush()
    known = select(Task.file_id).where(Task.tip_id == tip.id, Task.kind == TaskKind.TRANSCRIBE)
    before, due = set(await db.scalars(known)), working_days(now, WORDS_WITHIN, zone)
    files = [file for answer in tip.answers for file in answer.files]
    for file in files:
        if file.id not in before and file.attachment["ref"] and file.attachment["kind"] not in _NO_WORDS:
            db.add(_task(tip, TaskKind.TRANSCRIBE, file.id, now, due))


async def drop(db: AsyncSession, tip: Tip, now: datetime) -> None:
    """He does not agree after all: nothing is left to be done for him."""
    for task in await db.scalars(select(Task).where(Task.tip_id == tip.id, Task.done_at.is_(None))):
        task.done_at = now


def _task(tip: Tip, kind: TaskKind, file_id: int | None, now: datetime, due: datetime) -> Task:
    return Task(kind=kind, tip_id=tip.id, file_id=file_id, unit_id=tip.unit_id, words="", due_at=due, created_at=now)
