"""Whose turn it is in a series: every post once before any comes again. How far it is, is a row of Planned."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.library import Library, Post, Series
from bot.models import Planned

MARK = "series:"
"""begins the names of the rows of Planned that hold the turns"""


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


async def turns(db: AsyncSession) -> Mapping[str, list[str]]:
    """{series: the ids used in this round}, for all that have begun."""
    rows = await db.scalars(select(Planned).where(Planned.name.startswith(MARK)))
    return {row.name.removeprefix(MARK): row.used.split() for row in rows}
