"""The wordings of each post: those of content/ and those of staff, and which of them is said.

Nothing is ever overwritten: a changed file is one more version that waits. Who approves is in approval.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Misuse
from bot.keys import Shelf
from bot.library import Library, Post
from bot.models import Broadcast, BroadcastState, Origin, PostStep, PostVersion, Staff, Step, VersionState
from bot.posts.freezing import Frozen, standing_sha256

FIELDS = ("kind", "topic", "title", "body", "source", "picture", "picture_fact", "line", "valid_from", "valid_until")
"""what a Post and its version have in common"""


def version_of(post: Post, number: int, now: datetime) -> PostVersion:
    """A file's wording as it is accepted at the installation."""
    return PostVersion(
        post_id=post.id,
        number=number,
        origin=Origin.LIBRARY,
        state=VersionState.APPROVED,
        standing=True,
        more={"asks": [*post.asks], "options": [*post.options], "right": post.right},
        sha256=standing_sha256(post),
        created_at=now,
        changed_at=now,
        **{name: getattr(post, name) for name in FIELDS},
    )


def post_of(version: PostVersion, shipped: Post | None = None) -> Post:
    """The version as a post; `shipped` is the file's, which knows of which anniversary it is."""
    more = version.more
    values = {name: getattr(version, name) for name in FIELDS} | {
        "asks": tuple(more.get("asks", ())),
        "options": tuple(more.get("options", ())),
        "right": more.get("right"),
    }
    return replace(shipped, **values) if shipped else Post(id=version.post_id, **values)


async def take_in(db: AsyncSession, files: Library, now: datetime) -> list[PostVersion]:
    """The files of content/ as versions. Returns those that now wait for approval.

    All count as accepted when there is no version yet; later every change of a file waits, and what was said stays.
    """
    if await db.scalar(select(PostVersion.id).limit(1)) is None:
        db.add_all(version_of(post, 1, now) for post in files.posts.values())
        await db.flush()
        return []
    known = await _known(db)
    changed = [post for post in files.posts.values() if known.get(post.id) != standing_sha256(post)]
    offered = [await _offered(db, post, now) for post in changed]
    return [version for version in offered if version.state == VersionState.SUBMITTED]


async def _known(db: AsyncSession) -> dict[str, str]:
    """What each file said when it was last looked at, as its hash."""
    shipped = select(PostVersion.post_id, PostVersion.sha256).where(PostVersion.origin == Origin.LIBRARY)
    rows = await db.execute(shipped.order_by(PostVersion.number))
    return {id: sha256 for id, sha256 in rows}  # noqa: C416 - rows are not pairs to mypy


async def _offered(db: AsyncSession, post: Post, now: datetime) -> PostVersion:
    """The changed file as one more version; an earlier change that still waits is not asked about any more."""
    rows = await versions(db, post.id)
    for row in rows:
        if row.origin == Origin.LIBRARY and row.state == VersionState.SUBMITTED:
            await move(db, row, VersionState.RETURNED, Step.RETURNED, None, now, via="service")
    made = version_of(post, (rows[0].number if rows else 0) + 1, now)
    said = current(rows, now.date())
    if said is None or said.sha256 != made.sha256:
        made.state = VersionState.SUBMITTED
    db.add(made)
    await db.flush()
    await note(db, made, Step.SUBMITTED, None, now, via="service")
    return made


async def versions(db: AsyncSession, post_id: str) -> Sequence[PostVersion]:
    """Newest first."""
    rows = select(PostVersion).where(PostVersion.post_id == post_id).order_by(PostVersion.number.desc())
    return (await db.scalars(rows)).all()


async def move(
    db: AsyncSession,
    version: PostVersion,
    state: VersionState,
    step: Step,
    staff: Staff | None,
    now: datetime,
    *,
    words: str = "",
    via: str = "page",
) -> None:
    """Into another state, by whom and why."""
    version.state, version.changed_at = state, now
    version.revision = (version.revision or 1) + 1
    await db.flush()
    await note(db, version, step, staff, now, words=words, via=via)


async def note(
    db: AsyncSession,
    version: PostVersion,
    step: Step,
    staff: Staff | None,
    now: datetime,
    *,
    words: str = "",
    via: str = "page",
) -> None:
    """Write down what was done with it, by whom, and what exactly it said then."""
    by = staff.id if staff else None
    made = PostStep(version_id=version.id, step=step, words=words, sha256=version.sha256, via=via, staff_id=by, at=now)
    db.add(made)
    await db.flush()


async def number_of_next(db: AsyncSession, post_id: str) -> int:
    """Two who begin at the same moment: the second waits for the first one's row."""
    own = select(PostVersion.number).where(PostVersion.post_id == post_id)
    await db.execute(own.order_by(PostVersion.number.desc()).limit(1).with_for_update())
    return (await db.scalar(select(func.max(own.subquery().c.number))) or 0) + 1


def current(rows: Iterable[PostVersion], day: date) -> PostVersion | None:
    """Of the versions of one post, newest first: the approved one that is said on that day, at any time."""
    said = [row for row in rows if row.standing and row.state == VersionState.APPROVED]
    fresh = (row for row in said if row.valid_until is None or row.valid_until >= day)
    return next(fresh, said[0] if said else None)


async def approved_post(db: AsyncSession, library: Library, post_id: str) -> Post | None:
    """What is said under this name: as the library says it, or as it was approved for one time."""
    if known := library.posts.get(post_id):
        return known
    rows = (row for row in await versions(db, post_id) if row.state == VersionState.APPROVED and not row.corrects_id)
    return next((post_of(row) for row in rows), None)


async def in_force(db: AsyncSession, files: Library, day: date) -> Library:
    """The library as it may be said: each post in the wording that is in force, and none that is not."""
    approved = select(PostVersion).where(PostVersion.standing, PostVersion.state == VersionState.APPROVED)
    rows = dict[str, list[PostVersion]]()
    for row in await db.scalars(approved.order_by(PostVersion.number.desc())):
        if row.origin == Origin.STAFF or row.post_id in files.posts:
            rows.setdefault(row.post_id, []).append(row)
    heard = {id: current(of, day) for id, of in rows.items()}
    said = {id: post for id, row in heard.items() if row and (post := _said(row, files.posts.get(id)))}
    shipped = {id: said[id] for id in files.posts if id in said}
    return replace(files, posts=shipped | {id: said[id] for id in sorted(said.keys() - shipped.keys())})


def _said(row: PostVersion, shipped: Post | None) -> Post | None:
    """The file itself where it says the same: what does not reach a reader may change in it.

    None for a row that is not any more what was approved.
    """
    if shipped and standing_sha256(shipped) == row.sha256:
        return shipped
    post = post_of(row, shipped)
    return post if standing_sha256(post) == row.sha256 else None


async def mark(db: AsyncSession) -> tuple[object, ...]:
    """Changes whenever a version does, whichever process changed it."""
    found = await db.execute(select(func.max(PostVersion.id), func.sum(PostVersion.revision)))
    return tuple(found.one())


async def refresh(db: AsyncSession, shelf: Shelf, day: date) -> None:
    """What the service says from now on."""
    shelf.library = await in_force(db, shelf.files, day)


async def permitted(
    db: AsyncSession, library: Library, frozen: Frozen, target: str, due_at: datetime, day: date
) -> PostVersion:
    """The approved version by which exactly this may go out. Raises Misuse when there is none."""
    post = frozen.shown.post
    rows = await versions(db, post.id)
    said = current(rows, day)
    if said is not None and said.sha256 == standing_sha256(post):
        return said
    sha256 = frozen.sha256(target, due_at)
    for row in rows:
        once = row.state == VersionState.APPROVED and not row.standing and row.corrects_id is None
        if once and row.sha256 == sha256 and await broadcast_of(db, row) is None:
            return row
    raise Misuse(library.texts("editor.misuse.not_approved", title=post.title))


async def broadcast_of(db: AsyncSession, version: PostVersion) -> Broadcast | None:
    """The newest one that was made from it and was not stopped."""
    made = select(Broadcast).where(Broadcast.version_id == version.id, Broadcast.state != BroadcastState.STOPPED)
    return await db.scalar(made.order_by(Broadcast.id.desc()).limit(1))


async def still_approved(db: AsyncSession, broadcast: Broadcast) -> bool:
    """False when what it was made from was withdrawn since, or was approved for another time or target."""
    version = await db.get(PostVersion, broadcast.version_id) if broadcast.version_id else None
    if version is None:
        return True
    for_this = version.standing or (version.target, version.due_at) == (broadcast.target, broadcast.due_at)
    return version.state == VersionState.APPROVED and for_this
