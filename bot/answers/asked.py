"""The questions people asked, as they are kept: numbers masked, like ones together, each with what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.answers.likeness import likeness_of
from bot.library import Post
from bot.models import Chat, Question, QuestionState
from bot.wordbook import Wordbook

COMPARED = 500
"""the newest waiting questions that a new one is compared with"""
A_DAY = timedelta(days=1)
GROUPED = Question.sensitive == ""


def given(question: Question, post: Post, now: datetime) -> None:
    """`post` is the answer he gets."""
    question.state, question.post_id, question.answer_sha256 = QuestionState.ANSWERED, post.id, post.text_sha256
    question.answered_at = now


async def note(db: AsyncSession, chat: Chat, words: str, state: QuestionState, now: datetime) -> Question:
    """`words` are masked. The row has its id, for the buttons name it."""
    question = Question(chat_id=chat.id, text=words, state=state, asked_at=now)
    question.post_id = question.answer_sha256 = question.sensitive = question.likeness = ""
    db.add(question)
    await db.flush()
    return question


async def wait(db: AsyncSession, question: Question, book: Wordbook) -> None:
    """For staff, beside those who ask the same. What is personal stands by itself."""
    question.state, question.post_id = QuestionState.WAITING, ""
    if not question.sensitive:
        rows = select(Question.likeness, Question.text).where(Question.state == QuestionState.WAITING, GROUPED)
        found = await db.execute(rows.order_by(Question.id.desc()).limit(COMPARED))
        question.likeness = likeness_of(question.text, [(one, words) for one, words in found], book)


async def of_chat(db: AsyncSession, chat: Chat, id: str) -> Question | None:
    """The question a button of this chat is about."""
    question = await db.get(Question, int(id)) if id.isascii() and id.isdecimal() and len(id) < 16 else None
    return question if question and question.chat_id == chat.id else None


async def missed_before(db: AsyncSession, question: Question) -> bool:
    """Did he say of an earlier answer to these words that it was not what he meant?"""
    earlier = select(Question.id).where(
        Question.chat_id == question.chat_id,
        Question.id < question.id,
        Question.text == question.text,
        Question.right.is_(False),
        Question.asked_at > question.asked_at - A_DAY,
    )
    return await db.scalar(earlier.limit(1)) is not None


async def together(db: AsyncSession, question: Question) -> Sequence[Question]:
    """All who wait for the same answer; a personal question is alone."""
    if not question.likeness:
        return [question]
    same = select(Question).where(Question.likeness == question.likeness, Question.state == QuestionState.WAITING)
    return (await db.scalars(same.order_by(Question.id))).all()
