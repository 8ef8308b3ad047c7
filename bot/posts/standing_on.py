"""What stands on a figure: the posts whose text or picture shows it, and what went out with another value of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.config import Config
from bot.library import Fact, Library, Post
from bot.models import Broadcast, BroadcastState
from bot.posts.freezing import used
from bot.posts.rendering import BadPost, render

REMEMBERED = timedelta(days=90)
"""how long after it went out a post with an old figure is worth a correction"""
WENT = (BroadcastState.PUBLISHED, BroadcastState.PAUSED, BroadcastState.STOPPED)


def posts_with(library: Library, facts: Mapping[str, Fact], id: str, today: date, config: Config) -> list[Post]:
    """The posts that name this figure in text or picture, or whose goal it is the result of."""
    return [post for post in library.posts.values() if id in _used_by(library, facts, post, today, config)]


def _used_by(library: Library, facts: Mapping[str, Fact], post: Post, today: date, config: Config) -> Collection[str]:
    """Nothing for a post without a template and for one that cannot be read: that is told on the Problems page."""
    if "{" not in post.body and not post.picture_fact:
        return ()
    try:
        return used(facts, render(library, facts, post, today, config))
    except (BadPost, KeyError):
        return ()


@dataclass(frozen=True, slots=True)
class Outdated:
    """A broadcast that went out with `value`, which is not what the register says now."""

    id: int
    title: str
    target: str
    at: datetime
    value: float


async def outdated(db: AsyncSession, fact: Fact, now: datetime) -> list[Outdated]:
    """What went out of late with another value of `fact` and has not been corrected, the newest first."""
    value, correction = Broadcast.facts[fact.id].as_float(), aliased(Broadcast)
    rows = await db.execute(
        select(Broadcast.id, Broadcast.title, Broadcast.target, Broadcast.due_at, value)
        .where(
            Broadcast.state.in_(WENT),
            Broadcast.due_at > now - REMEMBERED,
            value != fact.value,
            ~exists().where(correction.corrects_id == Broadcast.id),
        )
        .order_by(Broadcast.due_at.desc(), Broadcast.id.desc())
    )
    return [Outdated(*row) for row in rows]
