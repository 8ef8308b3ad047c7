"""A quiz whose day is over: its polls are ended and tell their last counts, then its result is planned."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bot import installation
from bot.channels import Channel, Polls
from bot.config import Config
from bot.db import Database
from bot.errors import AccountDown, ChannelError, ChatGone, Refused, Throttled
from bot.library import Library
from bot.models import Broadcast, Poll, Quiz
from bot.models.asked import OPEN_FOR
from bot.posts.quiz_results import close
from scheduler.calendar import after_quiet

log = logging.getLogger(__name__)

AT_A_TIME = 100
PATIENCE = timedelta(hours=2)
"""polls that cannot be ended by then count as the platform told last"""


async def end_quizzes(
    database: Database, channels: Mapping[str, Channel], library: Library, config: Config, now: datetime
) -> int:
    """Returns how many quizzes were closed. A result that comes in the quiet hours is told after them."""
    tell_at = after_quiet(now.astimezone(config.service.zone), library.schedule.quiet)
    async with database.read() as db:
        gate = await installation.the_one(db)
        over = select(Quiz).join(Broadcast, Broadcast.id == Quiz.broadcast_id).order_by(Broadcast.due_at)
        over = over.where(Quiz.closed_at.is_(None), Broadcast.due_at <= now - OPEN_FOR)
        quizzes = [] if gate.stopped_at or gate.sealed_at else list(await db.scalars(over))
    closed = 0
    for quiz in quizzes:
        if await _all_ended(database, channels, quiz, now):
            async with database.write() as db:
                await close(db, library, await db.get_one(Quiz, quiz.broadcast_id), now, tell_at)
            closed += 1
    return closed


async def _all_ended(database: Database, channels: Mapping[str, Channel], quiz: Quiz, now: datetime) -> bool:
    """End its polls, some at a time. True as well when patience is."""
    standing = await _standing(database, quiz)
    ended = await _end_polls(database, channels, standing, now)
    return (ended and len(standing) < AT_A_TIME) or now >= quiz.closes_at + PATIENCE


async def _standing(database: Database, quiz: Quiz) -> Sequence[Poll]:
    async with database.read() as db:
        polls = select(Poll).where(Poll.broadcast_id == quiz.broadcast_id, Poll.ended_at.is_(None))
        return (await db.scalars(polls.options(joinedload(Poll.chat)).order_by(Poll.key).limit(AT_A_TIME))).all()


async def _end_polls(database: Database, channels: Mapping[str, Channel], polls: Sequence[Poll], now: datetime) -> bool:
    """One after the other, so that posts keep their speed. False when some must be asked for once more."""
    ended = True
    for poll in polls:
        try:
            votes = await _last_votes(channels.get(poll.chat.channel), poll)
        except ChannelError as error:
            log.warning("poll in chat %d could not be ended now (%s)", poll.chat_id, error.reason)
            if isinstance(error, Throttled | AccountDown):
                return False
            ended = False
            continue
        async with database.write() as db:
            row = await db.get_one(Poll, poll.key)
            row.ended_at, row.votes = now, row.votes if votes is None else list(votes)
    return ended


async def _last_votes(channel: Channel | None, poll: Poll) -> Sequence[int] | None:
    """None where the platform has ended it, or lost it, before: what it told last counts. Raises ChannelError."""
    if not isinstance(channel, Polls):
        return None
    try:
        return await channel.end_poll(poll.chat.where, poll.message_id)
    except (Refused, ChatGone):
        return None
