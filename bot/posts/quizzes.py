"""Quizzes: a broadcast that asks one; who answers in private counts once, and of polls only the counts are known.

What came of one, and how that is told, is quiz_results.py.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.media import secret
from bot.messages import Address, Choice, Votes, asked_by, from_json
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Poll, Quiz, QuizAnswer, Unit

STANDS = (DeliveryState.SENT, DeliveryState.SENDING)
"""`sending` as well: a person who posts by hand has it"""


def begin(db: AsyncSession, broadcast: Broadcast) -> None:
    """`broadcast`, which has its id, asks a quiz."""
    db.add(Quiz(broadcast_id=broadcast.id))


@dataclass(frozen=True, slots=True)
class Wording:
    """A quiz as it was asked."""

    question: str
    choices: tuple[Choice, ...]
    right: int
    explanation: str

    @property
    def answer(self) -> str:
        return self.choices[self.right].label


def wording(quiz: Quiz) -> Wording:
    message = asked_by(from_json(quiz.broadcast.message), quiz.broadcast_id)
    if message.quiz is None:
        raise ValueError(f"broadcast {quiz.broadcast_id} asks no quiz")
    return Wording(message.quiz.question, message.choices, message.quiz.right, message.quiz.explanation)


async def by_id(db: AsyncSession, broadcast_id: int) -> Quiz | None:
    return await db.get(Quiz, broadcast_id)


async def current(db: AsyncSession, channel: str) -> Quiz | None:
    """The newest quiz that is open and out; one that stands in groups of this account goes before others."""
    stands = exists().where(Delivery.broadcast_id == Quiz.broadcast_id, Delivery.state.in_(STANDS))
    here = case((stands.where(Delivery.channel == channel), 0), else_=1)
    newest = (
        select(Quiz)
        .join(Broadcast, Broadcast.id == Quiz.broadcast_id)
        .where(Quiz.closed_at.is_(None), Broadcast.state == BroadcastState.PUBLISHED, stands)
        .order_by(here, Quiz.broadcast_id.desc())
        .limit(1)
    )
    return await db.scalar(newest)


def takes_answers(quiz: Quiz, now: datetime) -> bool:
    return quiz.closed_at is None and now < quiz.closes_at


@dataclass(frozen=True, slots=True)
class Groups:
    """Where a quiz stands as words, not as a poll, seen from one account: its own groups, or all if it has none."""

    any: bool
    """False: in all of them it is a poll, and is answered there"""
    units: Sequence[Unit]


async def groups_of(db: AsyncSession, quiz: Quiz, channel: str) -> Groups:
    is_poll = Poll.key.is_not(None)
    rows = (
        await db.execute(
            select(Delivery.channel, Chat.unit_id, is_poll)
            .join(Chat, Chat.id == Delivery.chat_id)
            .outerjoin(Poll, (Poll.broadcast_id == Delivery.broadcast_id) & (Poll.chat_id == Delivery.chat_id))
            .where(Delivery.broadcast_id == quiz.broadcast_id, Delivery.state.in_(STANDS))
            .distinct()
        )
    ).all()
    mine = [row for row in rows if row[0] == channel] or rows
    as_words = [unit_id for _, unit_id, poll in mine if not poll]
    units = await db.scalars(select(Unit).where(Unit.id.in_(as_words)).order_by(Unit.id))
    return Groups(bool(as_words), units.all())


async def answer(
    db: AsyncSession, quiz: Quiz, sender: Address, unit_id: int | None, option: int, now: datetime
) -> tuple[QuizAnswer, bool]:
    """His answer, and whether it is new: the first one counts."""
    before = await answer_of(db, quiz, sender)
    if before is not None:
        return before, False
    given = QuizAnswer(broadcast_id=quiz.broadcast_id, unit_id=unit_id, option=option, at=now)
    given.voter = await _voter(db, quiz, sender)
    given.right = wording(quiz).right == option
    db.add(given)
    await db.flush()
    return given, True


async def answer_of(db: AsyncSession, quiz: Quiz, sender: Address) -> QuizAnswer | None:
    voter = await _voter(db, quiz, sender)
    mine = select(QuizAnswer).where(QuizAnswer.broadcast_id == quiz.broadcast_id, QuizAnswer.voter == voter)
    return await db.scalar(mine)


async def _voter(db: AsyncSession, quiz: Quiz, sender: Address) -> str:
    """The same person is another one in every quiz, so that his answers cannot be laid side by side."""
    who = f"{quiz.broadcast_id}:{sender}"
    return hmac.new(await secret(db, "quiz"), who.encode(), hashlib.sha256).hexdigest()


async def count(db: AsyncSession, votes: Votes) -> None:
    """How a poll stands now. One that is not known here (its send has no certain outcome) is nobody's."""
    poll = await db.get(Poll, votes.poll)
    if poll is not None and poll.ended_at is None:
        poll.votes = list(votes.counts)
