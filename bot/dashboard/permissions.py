"""Who lets himself be shown as a model person, in which words and until when; written down, looked at, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import originals, photos
from bot.dashboard.desk import Desk
from bot.dashboard.files import BOX, NAMES, path_of
from bot.dashboard.uploads import LARGEST, Sent
from bot.errors import Misuse
from bot.media import Media
from bot.messages import AttachmentKind
from bot.models import Permission, PostVersion, Staff, VersionState
from bot.posts import permissions
from bot.posts.permissions import LONGEST_NAME, LONGEST_WORDS, SOON, YEARS, Given, How

SCANS = ("image/jpeg", "image/png", "application/pdf")


@dataclass(frozen=True, slots=True)
class Line:
    """`left`: days until its last one, below 0 when it is over; `posts`: approved versions that name it."""

    permission: Permission
    by: str
    left: int
    posts: int


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        lines = await _lines(db, desk)
    holding = [line for line in lines if line.left >= 0 and line.permission.withdrawn_at is None]
    return desk.page(
        "permissions",
        holding=sorted(holding, key=lambda line: line.left),
        over=[line for line in lines if line not in holding],
        ways=list(How),
        soon=SOON,
        years=YEARS,
        longest_name=LONGEST_NAME,
        longest_words=LONGEST_WORDS,
        largest=LARGEST // 1_000_000,
    )


async def _lines(db: AsyncSession, desk: Desk) -> Sequence[Line]:
    """Of the own units, the newest first."""
    scope = await desk.scope(db)
    naming = select(func.count(PostVersion.id)).where(
        PostVersion.permission_id == Permission.id, PostVersion.state == VersionState.APPROVED
    )
    rows = await db.execute(
        select(Permission, Staff.name, naming.scalar_subquery())
        .join(Staff, Staff.id == Permission.staff_id)
        .where(scope.rows(Permission.unit_id))
        .order_by(Permission.id.desc())
    )
    return [Line(one, by, (one.ends_on - desk.today).days, posts) for one, by, posts in rows]


def _misuse(desk: Desk, key: str, **values: object) -> Misuse:
    return Misuse(desk.library.texts(f"permissions.misuse.{key}", **values))


async def record(desk: Desk) -> web.Response:
    given = await _given(desk)
    async with desk.write() as db:
        await permissions.record(db, desk.library, given, desk.staff, desk.today, desk.now)
    return desk.go("dong-y-neu-guong", done="permission_recorded")


async def _given(desk: Desk) -> Given:
    """What stands in the fields; the scan is on disk before it is written down."""
    if desk.field("how") not in set(How):
        raise _misuse(desk, "how")
    return Given(
        name=" ".join(desk.field("name").split()),
        words=desk.field("words").replace("\r\n", "\n"),
        how=How(desk.field("how")),
        given_on=_day(desk, "given_on"),
        ends_on=_day(desk, "ends_on"),
        file_sha256=await _scan(desk),
    )


def _day(desk: Desk, name: str) -> date:
    try:
        return date.fromisoformat(desk.field(name))
    except ValueError:
        raise _misuse(desk, name, years=YEARS) from None


async def _scan(desk: Desk) -> str:
    """The SHA-256 of the signed paper, «» for none; what it is, is told by its bytes. Raises Misuse."""
    sent = desk.form.get("scan")
    if not isinstance(sent, Sent):
        return ""
    if sent.data is None:
        raise _misuse(desk, "file", most=LARGEST // 1_000_000)
    media = _media(desk)
    sha256 = await media.keep(sent.data)
    if await _kind(media, sha256) not in SCANS:
        raise _misuse(desk, "file", most=LARGEST // 1_000_000)
    return sha256


def _media(desk: Desk) -> Media:
    return Media(desk.config.data / "media", desk.database, b"", "")


async def _kind(media: Media, sha256: str) -> str:
    found = await photos.aside(originals.examine, media.path(sha256), AttachmentKind.FILE, "", "")
    return found.mime


async def withdraw(desk: Desk) -> web.Response:
    async with desk.write() as db:
        permission = await _found(db, desk)
        await permissions.withdraw(db, desk.library, permission, desk.staff, desk.now)
    desk.wake()
    return desk.go("dong-y-neu-guong", done="permission_withdrawn")


async def _found(db: AsyncSession, desk: Desk) -> Permission:
    permission = await db.get(Permission, desk.number("id"))
    if permission is None or not (await desk.scope(db)).covers(permission.unit_id):
        raise web.HTTPNotFound
    return permission


async def paper(desk: Desk) -> web.StreamResponse:
    """The scan of the signed paper, as it was sent; the look is written down."""
    async with desk.write() as db:
        permission = await _found(db, desk)
        path = path_of(desk.config.data / "media", permission.file_sha256)
        if not path.is_file():
            raise web.HTTPNotFound
        await desk.audit(db, "permission_paper", f"permission:{permission.id}")
    kind = await _kind(_media(desk), permission.file_sha256)
    name = f'attachment; filename="dong-y-{permission.id}.{NAMES.get(kind, "bin")}"'
    return web.FileResponse(path, headers={**BOX, "Content-Type": kind, "Content-Disposition": name})
