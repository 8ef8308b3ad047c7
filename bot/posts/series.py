"""Whose turn it is in a series, who follows it, and what it has left: every post comes once before any comes again.

How far a series is, is a row of Planned.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.keys import Upcoming
from bot.library import Library, Post
from bot.models import Planned
from bot.timetable import Series

MARK = "series:"
"""begins the names of the rows of Planned that hold the turns"""
FAR = timedelta(days=400)
"""how far ahead the turns of a series are counted: past the end of the Campaign"""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a series is in its round: `used` of its posts are out, `left` wait; the last of them goes out on `until`.

    `until` None: the schedule has no day for `without_a_day` of them, or none are left.
    """

    series: Series
    posts: tuple[Post, ...]
    used: frozenset[str]
    next: Post | None
    next_at: datetime | None
    left: int
    until: date | None
    weeks: int
    without_a_day: int


def usable(library: Library, series: Series, day: date) -> list[Post]:
    """Those of its posts that may go out on that day, in their order."""
    return [post for id in series.posts if (post := library.posts.get(id)) and post.valid_on(day) and not post.held]


def turn(library: Library, series: Series, used: Collection[str], day: date) -> tuple[Post, list[str]] | None:
    """The next post, and the ids used in its round with it; None when no post may go out that day."""
    posts = usable(library, series, day)
    fresh = [post for post in posts if post.id not in used]
    if fresh:
        return fresh[0], [*used, fresh[0].id]
    return (posts[0], [posts[0].id]) if posts else None


def followers(target: str, post: Post | None) -> str:
    """What the schedule sends to all goes to those who follow the post's topic, or follow everything."""
    return f"topic:{post.topic}" if target == "all" and post and post.topic else target


async def turns(db: AsyncSession) -> Mapping[str, list[str]]:
    """{series: the ids used in this round}, for all that have begun."""
    rows = await db.scalars(select(Planned).where(Planned.name.startswith(MARK)))
    return {row.name.removeprefix(MARK): row.used.split() for row in rows}


async def series_left(
    db: AsyncSession, library: Library, config: Config, upcoming: Upcoming, now: datetime
) -> list[Left]:
    """All series, in the order of the schedule."""
    used, today = await turns(db), now.astimezone(config.service.zone).date()
    series_of = {entry.id: entry.series for entry in library.schedule.entries if entry.series}
    moments: dict[str, list[datetime]] = {}
    for one in upcoming(library, now, now + FAR):
        if one.entry_id in series_of:
            moments.setdefault(series_of[one.entry_id], []).append(one.at)
    return [
        _left(library, series, used.get(id, []), moments.get(id, []), today, config.service.zone)
        for id, series in library.schedule.series.items()
    ]


def _left(
    library: Library, series: Series, used: Sequence[str], moments: Sequence[datetime], today: date, zone: ZoneInfo
) -> Left:
    posts = usable(library, series, today)
    fresh = [post for post in posts if post.id not in used]
    next_ = fresh[0] if fresh else posts[0] if posts else None
    reached = bool(fresh) and len(moments) >= len(fresh)
    until = moments[len(fresh) - 1].astimezone(zone).date() if reached else None
    return Left(
        series=series,
        posts=tuple(posts),
        used=frozenset(used) & {post.id for post in posts},
        next=next_,
        next_at=moments[0] if moments and next_ else None,
        left=len(fresh),
        until=until,
        weeks=ceil((until - today).days / 7) if until else 0,
        without_a_day=max(0, len(fresh) - len(moments)),
    )
