"""What the schedule says is due becomes a broadcast, once. Pure time is calendar.py; deliveries are publish.py."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import Misuse
from bot.keys import Coming
from bot.library import Library, Post
from bot.models import Broadcast, BroadcastState, Planned
from bot.notices import notice
from bot.posts.broadcasts import announce
from bot.posts.campaign import campaign_of
from bot.posts.rendering import BadPost
from bot.posts.series import MARK, followers, turn
from scheduler.calendar import Occurrence, occurrences

LONGEST_SLEEP = timedelta(days=60)
"""a service that slept longer than this tells of the last 60 days only"""


async def plan(db: AsyncSession, library: Library, config: Config, now: datetime) -> list[Broadcast]:
    """Plan all that became due since the last call; the moment it is planned until moves in the same transaction.

    The first call of an installation plans nothing: what was due before it was born is not late.
    """
    mark = await db.get(Planned, "schedule")
    if mark is None:
        db.add(Planned(name="schedule", until=now, used=""))
        return []
    after = max(mark.until or now, now - LONGEST_SLEEP)
    due = _due(library, config, after, now)
    mark.until = max(now, after)
    return [broadcast for one in due if (broadcast := await _planned(db, library, config, one, now))]


def upcoming(library: Library, config: Config, start: datetime, end: datetime) -> list[Coming]:
    """What the schedule will send between two moments, for staff to see."""
    return [_coming(library, one) for one in _due(library, config, start, end)]


def _coming(library: Library, one: Occurrence) -> Coming:
    post = library.posts.get(one.post_id or "")
    held = post is not None and post.held
    return Coming(one.at, one.entry.id, one.entry.name, post=post, target=one.entry.to, held=held)


def _due(library: Library, config: Config, after: datetime, until: datetime) -> Sequence[Occurrence]:
    campaign = campaign_of(config)
    return occurrences(
        library.schedule,
        library.anniversaries,
        after,
        until,
        zone=config.service.zone,
        campaign=(campaign.start, campaign.end),
    )


async def _planned(
    db: AsyncSession, library: Library, config: Config, one: Occurrence, now: datetime
) -> Broadcast | None:
    """The broadcast of one occurrence; None, with a notice, when there is nothing that may be sent."""
    post = library.posts.get(one.post_id or "") or await _turn(db, library, one.entry.series, one, config)
    if post is None:
        await _nothing(db, library, one, "schedule.no_post", now)
        return None
    try:
        broadcast = await announce(
            db,
            library,
            config,
            post,
            target=followers(one.entry.to, post),
            due_at=one.at,
            now=now,
            occurrence=one.key,
            lateness=one.entry.max_lateness,
        )
    except (Misuse, BadPost) as error:
        await _nothing(db, library, one, "schedule.not_sent", now, words=str(error))
        return None
    if broadcast.latest_at < now:
        broadcast.state = BroadcastState.MISSED
        await notice(db, f"missed:{one.key}", library.texts("schedule.missed", name=one.entry.name, at=one.at), now)
    return broadcast


async def _nothing(db: AsyncSession, library: Library, one: Occurrence, key: str, now: datetime, **values: str) -> None:
    await notice(db, f"{key}:{one.key}", library.texts(key, name=one.entry.name, at=one.at, **values), now)


async def _turn(db: AsyncSession, library: Library, series_id: str, one: Occurrence, config: Config) -> Post | None:
    """The series' next post that has not been used in this round and may go out that day."""
    series = library.schedule.series.get(series_id)
    if series is None:
        return None
    mark = await db.get(Planned, f"{MARK}{series_id}")
    if mark is None:
        mark = Planned(name=f"{MARK}{series_id}", used="")
        db.add(mark)
    found = turn(library, series, mark.used.split(), one.at.astimezone(config.service.zone).date())
    if found is None:
        return None
    post, used = found
    mark.used = "\n".join(used)
    return post
