"""What came of a quiz: answers by neighbourhood and option, and the broadcast that tells it. Nobody is ever ranked."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.library import Library
from bot.messages import Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Poll, Quiz, QuizAnswer, Unit
from bot.posts.quizzes import wording

FEWEST = 5
"""answers; of fewer only the total is told, or one could guess who was wrong"""
TOO_LATE = timedelta(days=2)
"""after its end a result is no news any more"""
LATENESS = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Tally:
    """So many chose each option in a neighbourhood; `unit` is «» for those of whom it is not known."""

    unit: str
    counts: tuple[int, ...]
    right: int
    """the right option"""

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def correct(self) -> int:
        return self.counts[self.right]


async def tallies(db: AsyncSession, quiz: Quiz) -> list[Tally]:
    """By neighbourhood, «tổ 2» before «tổ 10», those of no neighbourhood last."""
    asked, by_unit = wording(quiz), dict[int | None, Counter[int]]()
    polls = select(Chat.unit_id, Poll.votes).join(Chat, Chat.id == Poll.chat_id)
    for unit_id, votes in await db.execute(polls.where(Poll.broadcast_id == quiz.broadcast_id)):
        by_unit.setdefault(unit_id, Counter()).update(dict(enumerate(votes)))
    keys = (QuizAnswer.unit_id, QuizAnswer.option)
    answers = select(*keys, func.count()).where(QuizAnswer.broadcast_id == quiz.broadcast_id).group_by(*keys)
    for unit_id, option, number in await db.execute(answers):
        by_unit.setdefault(unit_id, Counter())[option] += number
    units = await db.scalars(select(Unit).where(Unit.id.in_(by_unit.keys() - {None})))
    names = {unit.id: unit.name for unit in units}
    found = [
        Tally(names.get(unit_id or 0, ""), tuple(counts[n] for n in range(len(asked.choices))), asked.right)
        for unit_id, counts in by_unit.items()
        if counts.total()
    ]
    return sorted(found, key=lambda tally: (not tally.unit, _natural(tally.unit)))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.findall(r"\d+|\D+", name.casefold())]


def whole(found: Sequence[Tally]) -> Tally | None:
    """All of them together; None when nobody has answered."""
    if not found:
        return None
    return Tally("", tuple(map(sum, zip(*(tally.counts for tally in found), strict=True))), found[0].right)


def tellable(found: Sequence[Tally]) -> list[Tally]:
    """The neighbourhoods whose numbers may be told: FEWEST answers or more, and the rest, which anybody can reckon
    from the total, not fewer either."""
    enough = [tally for tally in found if tally.unit and tally.total >= FEWEST]
    rest = sum(tally.total for tally in found) - sum(tally.total for tally in enough)
    while enough and 0 < rest < FEWEST:
        smallest = min(enough, key=lambda tally: tally.total)
        enough.remove(smallest)
        rest += smallest.total
    return enough


async def close(db: AsyncSession, library: Library, quiz: Quiz, now: datetime, tell_at: datetime) -> Broadcast | None:
    """No answer counts any more, and who gave which cannot be told any more. The result, if one is due, is planned."""
    quiz.closed_at = now
    forget = update(QuizAnswer).where(QuizAnswer.broadcast_id == quiz.broadcast_id)
    await db.execute(forget.values(voter=cast(QuizAnswer.id, String)).execution_options(synchronize_session=False))
    if not await _due(db, quiz, now):
        return None
    result = await _result(db, library, quiz, now, tell_at)
    db.add(result)
    await db.flush()
    quiz.result_id = result.id
    return result


async def _due(db: AsyncSession, quiz: Quiz, now: datetime) -> bool:
    """Somebody has got the quiz, and nothing was wrong with it: a corrected one is in the hands of staff."""
    asked = quiz.broadcast
    if asked.state != BroadcastState.PUBLISHED or now > quiz.closes_at + TOO_LATE:
        return False
    if await db.scalar(select(Broadcast.id).where(Broadcast.corrects_id == asked.id).limit(1)):
        return False
    got = select(Delivery.id).where(Delivery.broadcast_id == asked.id, Delivery.state == DeliveryState.SENT)
    return bool(await db.scalar(got.limit(1)))


async def _result(db: AsyncSession, library: Library, quiz: Quiz, now: datetime, tell_at: datetime) -> Broadcast:
    asked = quiz.broadcast
    return Broadcast(
        post_id=asked.post_id,
        title=library.texts("quiz.result_title", question=asked.title)[:300],
        occurrence=f"quiz:{asked.id}",
        message=to_json(Outgoing(await result_text(db, library, quiz), bulk=True)),
        target=asked.target,
        due_at=tell_at,
        latest_at=tell_at + LATENESS,
        state=BroadcastState.PLANNED,
        unit_id=asked.unit_id,
        created_at=now,
    )


async def result_text(db: AsyncSession, library: Library, quiz: Quiz) -> str:
    """The right answer with its explanation, then the numbers that may be told."""
    asked, found = wording(quiz), await tallies(db, quiz)
    total = whole(found)
    return library.texts(
        "quiz.result",
        question=asked.question,
        option=asked.answer,
        explanation=asked.explanation,
        total=total.total if total else 0,
        correct=total.correct if total and total.total >= FEWEST else None,
        units=tellable(found),
    )
