"""Who asked is told later: an answer that is in force at last, and a wording that has changed since he got it.

Nothing here depends on who approved it: what waits is compared with the library (scheduler/answers.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.answers import asked
from bot.config import Config
from bot.library import Library, Post
from bot.messages import Outgoing
from bot.models import Chat, ChatState, Question, QuestionState
from bot.posts.broadcasts import confirmed
from bot.posts.rendering import rendered

CORRECTED_WITHIN = timedelta(days=60)
"""who got an answer longer ago is not written to again"""
AT_A_TIME = 200


async def late(db: AsyncSession, library: Library) -> Sequence[Question]:
    """Those who wait for an answer that is in force now."""
    rows = select(Question).where(Question.state == QuestionState.WAITING, Question.post_id.in_(await _pointed(db)))
    found = await db.scalars(rows.order_by(Question.id))
    return [question for question in found if question.post_id in library.posts][:AT_A_TIME]


async def _pointed(db: AsyncSession) -> Sequence[str]:
    """The answers that somebody waits for."""
    waiting = select(Question.post_id).where(Question.state == QuestionState.WAITING, Question.post_id != "")
    return (await db.scalars(waiting.distinct())).all()


async def answered_late(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """Send each the answer, one message a chat, however often he asked. Returns how many questions."""
    questions, told = await late(db, library), set[tuple[int, str]]()
    for question in questions:
        post = library.posts[question.post_id]
        if not await sayable(db, post, config, now):
            continue
        if (question.chat_id, post.id) not in told:
            sentence = library.texts("questions.late", question=question.text.replace("**", ""))
            await tell(db, question.chat, await with_post(db, library, config, sentence, post, now), now)
        told.add((question.chat_id, post.id))
        asked.given(question, post, now)
    return len(told)


async def outdated(db: AsyncSession, library: Library, now: datetime) -> Sequence[Question]:
    """Answers given in a wording that is not that of today, to people who did not say that they meant another."""
    given = (
        Question.state == QuestionState.ANSWERED,
        Question.answer_sha256 != "",
        Question.answered_at > now - CORRECTED_WITHIN,
        Question.right.is_(None) | Question.right.is_(True),
    )
    wordings = await db.execute(select(Question.post_id, Question.answer_sha256).where(*given).distinct())
    old = [(id, sha256) for id, sha256 in wordings if (post := library.posts.get(id)) and post.text_sha256 != sha256]
    if not old:
        return []
    rows = select(Question).where(*given, Question.answer_sha256.in_([sha256 for _, sha256 in old]))
    found = await db.scalars(rows.order_by(Question.id).limit(AT_A_TIME))
    return [question for question in found if (question.post_id, question.answer_sha256) in old]


async def corrected(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """Send each the new wording, marked as a correction, once. Returns how many questions."""
    questions, told = await outdated(db, library, now), set[tuple[int, str]]()
    for question in questions:
        post = library.posts[question.post_id]
        if not await sayable(db, post, config, now):
            continue
        if (question.chat_id, post.id) not in told:
            sentence = library.texts("questions.corrected")
            await tell(db, question.chat, await with_post(db, library, config, sentence, post, now), now)
        told.add((question.chat_id, post.id))
        question.answer_sha256 = post.text_sha256
    return len(told)


async def sayable(db: AsyncSession, post: Post, config: Config, now: datetime) -> bool:
    """In its time, and released by name where it is held."""
    day = now.astimezone(config.service.zone).date()
    return post.valid_on(day) and (not post.held or await confirmed(db, post, day))


async def with_post(
    db: AsyncSession, library: Library, config: Config, sentence: str, post: Post, now: datetime
) -> Outgoing:
    day = now.astimezone(config.service.zone).date()
    return Outgoing(f"{sentence}\n\n{(await rendered(db, library, post, day, config)).text}")


async def tell(db: AsyncSession, chat: Chat, message: Outgoing, now: datetime) -> None:
    """What comes unasked leaves the choices that were last offered there; where nobody may speak, nothing is sent."""
    if chat.state == ChatState.ACTIVE:
        menu = chat.menu
        await outbox.put(db, chat, message, now)
        chat.menu = menu
