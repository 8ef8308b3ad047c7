"""What waits for staff: personal questions one by one, the others by what they ask for; and the week in three lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.models import Chat, PostVersion, Question, QuestionState

SHOWN = 50
LISTED = 10
A_WEEK = timedelta(days=7)
_SAME = func.coalesce(func.nullif(Question.likeness, ""), cast(Question.id, String))
"""a question without a likeness stands by itself"""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask for the same: the first of them, and how many people ask."""

    first: Question
    questions: int
    chats: int
    newest_at: datetime
    version: PostVersion | None = None
    """the answer that staff have written"""


@dataclass(frozen=True, slots=True)
class Week:
    """`counts` by state; the others are (id of a post, how often), and groups."""

    counts: dict[str, int]
    right: int
    wrong: int
    asked: Sequence[tuple[str, int]]
    unanswered: Sequence[Group]
    misunderstood: Sequence[tuple[str, int]]


async def personal(db: AsyncSession, mine: ColumnElement[bool]) -> Sequence[Question]:
    """Those that only a person may answer, oldest first. `mine`: the condition on the chat's unit."""
    rows = select(Question).join(Chat, Question.chat_id == Chat.id).where(mine, Question.sensitive != "")
    waiting = rows.where(Question.state == QuestionState.WAITING)
    return (await db.scalars(waiting.order_by(Question.id).limit(SHOWN))).all()


async def groups(
    db: AsyncSession, mine: ColumnElement[bool], since: datetime | None = None, most: int = SHOWN
) -> Sequence[Group]:
    """What most people ask comes first."""
    counted = select(
        func.min(Question.id), func.count(), func.count(Question.chat_id.distinct()), func.max(Question.asked_at)
    ).join(Chat, Question.chat_id == Chat.id)
    waiting = counted.where(mine, Question.state == QuestionState.WAITING, Question.sensitive == "")
    if since:
        waiting = waiting.where(Question.asked_at > since)
    ordered = waiting.group_by(_SAME).order_by(func.count(Question.chat_id.distinct()).desc(), func.min(Question.id))
    rows = (await db.execute(ordered.limit(most))).all()
    first = select(Question).where(Question.id.in_([row[0] for row in rows]))
    by_id = {question.id: question for question in await db.scalars(first)}
    written = select(PostVersion).where(PostVersion.id.in_([one.version_id for one in by_id.values()]))
    versions = {version.id: version for version in await db.scalars(written)}
    return [
        Group(by_id[id], questions, chats, newest, versions.get(by_id[id].version_id or 0))
        for id, questions, chats, newest in rows
    ]


async def week(db: AsyncSession, mine: ColumnElement[bool], now: datetime) -> Week:
    """Of the seven days before `now`."""
    since = now - A_WEEK
    asked = (mine, Question.asked_at > since)
    given = (*asked, Question.state == QuestionState.ANSWERED, Question.post_id != "")
    said = {right: number for right, number in await _counted(db, Question.right, *asked)}  # noqa: C416 - rows, not pairs
    return Week(
        {state: number for state, number in await _counted(db, Question.state, *asked)},  # noqa: C416
        said.get(True, 0),
        said.get(False, 0),
        (await _counted(db, Question.post_id, *given))[:LISTED],
        await groups(db, mine, since, LISTED),
        (await _counted(db, Question.post_id, *given, Question.right.is_(False)))[:LISTED],
    )


async def _counted(
    db: AsyncSession, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]
) -> list[tuple[Any, int]]:
    """The values of `column` and how many questions have each, the most frequent first."""
    rows = select(column, func.count()).join(Chat, Question.chat_id == Chat.id).where(*where).group_by(column)
    return [(value, number) for value, number in await db.execute(rows.order_by(func.count().desc(), column))]
