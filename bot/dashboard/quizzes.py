"""The quizzes: what was asked and what came of it by neighbourhood, never by person; what is asked next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Desk, Scope
from bot.dashboard.targets import named, visible
from bot.keys import UPCOMING, Coming
from bot.library import Post
from bot.models import Broadcast, BroadcastState, Planned, Quiz
from bot.posts import quiz_results
from bot.posts.quiz_results import Tally
from bot.posts.quizzes import Wording, takes_answers, wording

SHOWN = 12
AHEAD = timedelta(days=45)
MOST_NEXT = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One quiz that went out. `told`: the neighbourhoods with answers enough to be shown."""

    quiz: Quiz
    wording: Wording
    where: str
    open: bool
    total: Tally | None
    told: Sequence[Tally]

    @property
    def few(self) -> int:
        """Answers that are only in the total."""
        return (self.total.total if self.total else 0) - sum(tally.total for tally in self.told)


@dataclass(frozen=True, slots=True)
class Next:
    """A quiz to come; `title` is «» where the turn is not yet known."""

    at: datetime
    title: str
    where: str
    post_id: str = ""


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        newest = select(Quiz).join(Broadcast, Broadcast.id == Quiz.broadcast_id).order_by(Quiz.broadcast_id.desc())
        out = await db.scalars(newest.where(Broadcast.state != BroadcastState.PLANNED).limit(SHOWN))
        asked = [await _asked(db, desk, quiz) for quiz in out if await visible(db, scope, quiz.broadcast.target)]
        coming = [*await _planned(db, desk, scope), *await _scheduled(db, desk)]
    return desk.page(
        "quizzes",
        asked=asked,
        coming=sorted(coming, key=lambda one: one.at)[:MOST_NEXT],
        fewest=quiz_results.FEWEST,
    )


async def _asked(db: AsyncSession, desk: Desk, quiz: Quiz) -> Asked:
    found = await quiz_results.tallies(db, quiz)
    return Asked(
        quiz=quiz,
        wording=wording(quiz),
        where=await named(db, desk.library, quiz.broadcast.target),
        open=takes_answers(quiz, desk.now),
        total=quiz_results.whole(found),
        told=quiz_results.tellable(found),
    )


async def _planned(db: AsyncSession, desk: Desk, scope: Scope) -> list[Next]:
    """Made by hand, with an hour on them."""
    waiting = select(Broadcast).join(Quiz, Quiz.broadcast_id == Broadcast.id)
    rows = await db.scalars(waiting.where(Broadcast.state == BroadcastState.PLANNED).order_by(Broadcast.due_at))
    return [
        Next(row.due_at, row.title, await named(db, desk.library, row.target), row.post_id)
        for row in rows
        if await visible(db, scope, row.target)
    ]


async def _scheduled(db: AsyncSession, desk: Desk) -> list[Next]:
    """What the schedule says, with the titles whose turn it is."""
    series_of = {entry.id: entry.series for entry in desk.library.schedule.entries}
    found, turns = list[Next](), dict[str, list[Post]]()
    for one in desk.request.app[UPCOMING](desk.library, desk.now, desk.now + AHEAD):
        series = series_of.get(one.entry_id, "")
        if one.post is None and series not in turns:
            turns[series] = await _turns(db, desk, series)
        post = one.post or next(iter(turns.get(series, ())), None)
        if post is not None and post.options:
            turns[series] = turns.get(series, [])[1:]
            found.append(await _coming(db, desk, one, post))
    return found


async def _coming(db: AsyncSession, desk: Desk, one: Coming, post: Post) -> Next:
    return Next(one.at, post.title, await named(db, desk.library, one.target), post.id)


async def _turns(db: AsyncSession, desk: Desk, series_id: str) -> list[Post]:
    """The posts of a series that were not used in this round, in their order."""
    series = desk.library.schedule.series.get(series_id)
    mark = await db.get(Planned, f"series:{series_id}")
    used = mark.used.split() if mark else []
    posts = [desk.library.posts[id] for id in series.posts if id in desk.library.posts] if series else []
    return [post for post in posts if post.id not in used and not post.held and post.valid_on(desk.today)]
