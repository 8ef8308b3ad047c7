"""What stands on a figure: the posts whose text or picture shows it, and what went out with another value of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.config import Config
from bot.library import Fact, Library, Post
from bot.models import Broadcast, BroadcastState
from bot.posts.drawing import drawing
from bot.posts.rendering import BadPost, render

REMEMBERED = timedelta(days=90)
"""how long after it went out a post with an old figure is worth a correction"""
WENT = (BroadcastState.PUBLISHED, BroadcastState.PAUSED, BroadcastState.STOPPED)


class Noting(dict[str, Fact]):
    """A register that notes which of its facts a text and its picture asked for, the result of a target too."""

    def __init__(self, facts: dict[str, Fact]) -> None:
        super().__init__(facts)
        self.asked = dict[str, Fact]()

    def __getitem__(self, id: str) -> Fact:
        fact = super().__getitem__(id)
        self.asked[id] = fact
        return fact

    def get(self, id: str, default: Any = None) -> Any:
        fact = super().get(id, default)
        if fact is not None:
            self.asked[id] = fact
        return fact

    @property
    def values_asked(self) -> dict[str, float | None]:
        """As Broadcast.facts keeps them."""
        return {id: fact.value for id, fact in self.asked.items()}


def posts_with(library: Library, facts: dict[str, Fact], id: str, today: date, config: Config) -> list[Post]:
    """The posts that show this figure, today or once the day of a target is past."""
    days = _telling_days(facts, today)
    return [post for post in library.posts.values() if id in _asked_by(library, facts, post, days, config)]


def _telling_days(facts: dict[str, Fact], today: date) -> list[date]:
    """Today and the day after each deadline that is still to come: then posts may say something else."""
    after = {fact.target.by + timedelta(days=1) for fact in facts.values() if fact.target and fact.target.by >= today}
    return [today, *sorted(after)]


def _asked_by(library: Library, facts: dict[str, Fact], post: Post, days: list[date], config: Config) -> set[str]:
    """Nothing for a post without a template and for one that cannot be read: that is told on the Problems page."""
    if "{" not in post.body and not post.picture_fact:
        return set()
    return {id for day in days for id in _noted(library, facts, post, day, config)}


def _noted(library: Library, facts: dict[str, Fact], post: Post, day: date, config: Config) -> Iterator[str]:
    noting = Noting(facts)
    try:
        drawing(library, noting, render(library, noting, post, day, config), day, config)
    except (BadPost, KeyError):
        return
    yield from noting.asked


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
