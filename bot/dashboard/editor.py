"""The editorial room: what is being written, what waits, what is said; and the beginning of a new version."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Desk, Scope
from bot.models import Broadcast, Origin, PostVersion, Staff, VersionState
from bot.posts import drafts
from bot.posts.versions import broadcast_of

MOST = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A version in the list, with the broadcast that was made of it."""

    version: PostVersion
    writer: str
    broadcast: Broadcast | None
    mine: bool


async def listed(desk: Desk) -> web.Response:
    mine = desk.asked("cua") == "toi"
    waits = PostVersion.state == VersionState.SUBMITTED
    shelves = {
        "review": PostVersion.emergency & PostVersion.reviewed_at.is_(None),
        "submitted": waits & (PostVersion.origin == Origin.STAFF),
        "library": waits & (PostVersion.origin == Origin.LIBRARY),
        "drafts": PostVersion.state.in_(drafts.OPEN) & (PostVersion.origin == Origin.STAFF),
        "approved": (PostVersion.state == VersionState.APPROVED) & (PostVersion.origin == Origin.STAFF),
        "withdrawn": PostVersion.state == VersionState.WITHDRAWN,
    }
    async with desk.read() as db:
        scope = await desk.scope(db)
        found = {name: await _lines(db, desk, scope, which, mine) for name, which in shelves.items()}
    return desk.page("editor", shelves=found, mine=mine, most=MOST)


async def _lines(db: AsyncSession, desk: Desk, scope: Scope, which: ColumnElement[bool], mine: bool) -> Sequence[Line]:
    rows = select(PostVersion, Staff.name).outerjoin(Staff, PostVersion.writer_id == Staff.id).where(which)
    rows = rows.where(PostVersion.writer_id == desk.staff.id if mine else _seen(desk, scope))
    newest = await db.execute(rows.order_by(PostVersion.changed_at.desc(), PostVersion.id.desc()).limit(MOST))
    return [
        Line(version, writer or "", await broadcast_of(db, version), version.writer_id == desk.staff.id)
        for version, writer in newest.all()
    ]


def _seen(desk: Desk, scope: Scope) -> ColumnElement[bool]:
    return or_(
        PostVersion.origin == Origin.LIBRARY, PostVersion.writer_id == desk.staff.id, scope.rows(PostVersion.unit_id)
    )


async def found(db: AsyncSession, desk: Desk) -> PostVersion:
    """The version of the address, when it may be looked at: of one's own units, of the library, or by oneself."""
    version = await db.get(PostVersion, desk.number("id"))
    if version is None:
        raise web.HTTPNotFound
    scope = await desk.scope(db)
    if version.origin == Origin.LIBRARY or version.writer_id == desk.staff.id or scope.covers(version.unit_id):
        return version
    raise web.HTTPNotFound


async def choose(desk: Desk) -> web.Response:
    return desk.page("editor-new", kinds=drafts.KINDS, posts=desk.library.posts.values(), chosen=desk.asked("bai"))


async def begin(desk: Desk) -> web.Response:
    """An empty draft of a kind, or one that holds what a post says now."""
    post = desk.library.posts.get(desk.field("bai"))
    async with desk.write() as db:
        staff = await db.get_one(Staff, desk.staff.id)
        version = await drafts.begin(db, desk.library, staff, desk.now, kind=desk.field("loai"), post=post)
        await desk.audit(db, "begin_post", f"version:{version.id}")
    return desk.go("bien-tap", version.id)
