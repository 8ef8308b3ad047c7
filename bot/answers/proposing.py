"""An answer or a clarification written by staff, handed in to be approved like every post of the ward."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import Misuse
from bot.library import ANSWERING, Library, Post
from bot.models import Origin, PostVersion, Staff, Step, VersionState
from bot.posts.checklist import checklist
from bot.posts.drafts import check_right, submit
from bot.posts.rendering import BadPost, rendered
from bot.posts.versions import note, number_of_next, version_of
from bot.staff import Act

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
    ends: date
    """the last day on which it is said"""
    asks: tuple[str, ...] = ()


async def propose(
    db: AsyncSession, library: Library, config: Config, draft: Draft, staff: Staff, now: datetime
) -> PostVersion:
    """A version that waits for approval; still a draft where the editor's checklist has something to say of it.

    Raises Misuse for what cannot be a post, and for who may not write one.
    """
    check_right(library, staff, Act.WRITE)
    post = await _post_of(db, library, config, draft, now)
    version = version_of(post, await number_of_next(db, post.id), now)
    version.origin, version.state, version.sha256 = Origin.STAFF, VersionState.DRAFT, ""
    version.writer_id, version.unit_id = staff.id, staff.unit_id
    db.add(version)
    await db.flush()
    await note(db, version, Step.WRITTEN, staff, now)
    if not await checklist(db, library, config, version, now):
        await submit(db, library, config, version, staff, now)
    return version


async def _post_of(db: AsyncSession, library: Library, config: Config, draft: Draft, now: datetime) -> Post:
    """Raises Misuse."""
    for name, value, lengths in (
        ("title", draft.title, TITLE),
        ("body", draft.body, BODY),
        ("source", draft.source, SOURCE),
    ):
        if len(value) not in lengths:
            raise _misuse(library, name, most=lengths[-1])
    if draft.topic not in library.topics:
        raise _misuse(library, "topic")
    asks = tuple(dict.fromkeys(draft.asks))[:ASKS]
    post = Post(
        draft.post_id, draft.kind, draft.title, draft.body, draft.source, draft.topic, asks, valid_until=draft.ends
    )
    try:
        await rendered(db, library, post, now.astimezone(config.service.zone).date(), config)
    except BadPost as error:
        raise _misuse(library, "template", words=str(error)) from None
    return post


def answering_post(library: Library, id: str) -> Post:
    """One that is in force and answers. Raises Misuse."""
    post = library.posts.get(id)
    if post is None or post.kind not in ANSWERING:
        raise _misuse(library, "post")
    return post


def _misuse(library: Library, reason: str, **values: object) -> Misuse:
    return Misuse(library.texts(f"questions.queue.problem.{reason}", **values))
