"""An answer or a clarification written by staff, handed in to be approved like every post of the ward."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import Misuse
from bot.library import ANSWERING, Library, Post
from bot.models import Origin, PostStep, PostVersion, Staff, Step, VersionState
from bot.posts.rendering import BadPost, rendered

TITLE, BODY, SOURCE = range(5, 201), range(20, 3001), range(3, 501)
"""lengths they may have, in characters"""
ASKS = 30
"""wordings taken over from those who asked"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff wrote; `post_id` is the same when an answer that was sent back is written anew."""

    post_id: str
    kind: str
    topic: str
    title: str
    body: str
    source: str
    asks: tuple[str, ...] = ()


async def propose(
    db: AsyncSession, library: Library, config: Config, draft: Draft, staff: Staff, now: datetime
) -> PostVersion:
    """A version that waits for approval. Raises Misuse for what cannot be a post."""
    await _check(db, library, config, draft, now)
    newest = await db.scalar(select(func.max(PostVersion.number)).where(PostVersion.post_id == draft.post_id))
    version = PostVersion(
        post_id=draft.post_id,
        number=(newest or 0) + 1,
        origin=Origin.STAFF,
        state=VersionState.SUBMITTED,
        kind=draft.kind,
        topic=draft.topic,
        title=draft.title,
        body=draft.body,
        source=draft.source,
        more={"asks": [*dict.fromkeys(draft.asks)][:ASKS]},
        standing=True,
        writer_id=staff.id,
        unit_id=staff.unit_id,
        created_at=now,
        changed_at=now,
    )
    db.add(version)
    await db.flush()
    for step in (Step.WRITTEN, Step.SUBMITTED):
        db.add(PostStep(version_id=version.id, step=step, staff_id=staff.id, at=now))
    await db.flush()
    return version


async def _check(db: AsyncSession, library: Library, config: Config, draft: Draft, now: datetime) -> None:
    for name, value, lengths in (
        ("title", draft.title, TITLE),
        ("body", draft.body, BODY),
        ("source", draft.source, SOURCE),
    ):
        if len(value) not in lengths:
            raise _misuse(library, name, most=lengths[-1])
    if draft.topic not in library.topics:
        raise _misuse(library, "topic")
    post = Post(draft.post_id, draft.kind, draft.title, draft.body, draft.source, draft.topic)
    try:
        await rendered(db, library, post, now.astimezone(config.service.zone).date(), config)
    except BadPost as error:
        raise _misuse(library, "template", words=str(error)) from None


def answering_post(library: Library, id: str) -> Post:
    """One that is in force and answers. Raises Misuse."""
    post = library.posts.get(id)
    if post is None or post.kind not in ANSWERING:
        raise _misuse(library, "post")
    return post


def _misuse(library: Library, reason: str, **values: object) -> Misuse:
    return Misuse(library.texts(f"questions.queue.problem.{reason}", **values))
