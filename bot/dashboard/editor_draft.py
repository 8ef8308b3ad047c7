"""One version: its fields, preview on each channel, checklist, and who did what with it; saved and submitted."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import approvers
from bot.dashboard import clashes, editor
from bot.dashboard.desk import Desk
from bot.dashboard.editor_views import as_sent, drawn, views
from bot.dashboard.proposing import say_not_whose
from bot.dashboard.targets import named, offers, within
from bot.errors import Misuse
from bot.keys import PICTURES
from bot.media import Media
from bot.messages import Outgoing, Picture
from bot.models import Chat, PostStep, PostVersion, Staff
from bot.outbox import put
from bot.posts import approval, drafts, permissions
from bot.posts.approval import frozen_now
from bot.posts.differences import Piece, differences
from bot.posts.drafts import IN_MORE, OPEN, Written, written_in
from bot.posts.drawing import KINDS as PICTURE_KINDS
from bot.posts.rendering import BadPost
from bot.posts.versions import broadcast_of, current, versions
from bot.press import Infographic
from bot.staff import Act

NOBODY = "khong-ai"
"""chosen for a model person's post that shows nobody who really is"""


async def show(desk: Desk) -> web.Response:
    """The editor for its writer while it is a draft; to others as it will be sent."""
    async with desk.read() as db:
        version = await editor.found(db, desk)
        writes = version.writer_id == desk.staff.id and version.state in OPEN and version.corrects_id is None
        written = _written(desk) if "tieu-de" in desk.form and writes else written_in(version)
        if writes:
            _put(db, version, written)
        shown = await views(db, desk, version, draws=writes)
        return desk.page(
            "editor-version",
            version=version,
            writes=writes,
            written=written,
            shown=shown,
            near=await _near(db, desk, version),
            text=await as_sent(db, desk, version),
            sha256=await _sha256(db, desk, version),
            where=await named(db, desk.library, version.target) if version.target else "",
            writer=await db.get(Staff, version.writer_id) if version.writer_id else None,
            judges=desk.may(Act.APPROVE) and version.writer_id != desk.staff.id,
            broadcast=await broadcast_of(db, version),
            differs=await _differs(db, desk, version),
            others=await versions(db, version.post_id),
            steps=(await db.execute(_steps(version))).all(),
            offers=await offers(db, desk.library, await desk.scope(db)) if writes else [],
            kinds=dict.fromkeys([*drafts.KINDS, version.kind]),
            pictures=PICTURE_KINDS,
            facts=desk.library.facts.values(),
            permissions=await permissions.holding(db, desk.today, (await desk.scope(db)).units) if writes else [],
        )


def _steps(version: PostVersion) -> Any:
    rows = select(PostStep, Staff.name).outerjoin(Staff, PostStep.staff_id == Staff.id)
    return rows.where(PostStep.version_id == version.id).order_by(PostStep.id)


async def _near(db: AsyncSession, desk: Desk, version: PostVersion) -> list[clashes.Clash]:
    """What else the same groups get within the hour."""
    if version.standing or version.due_at is None or not version.target:
        return []
    own = await broadcast_of(db, version) if version.id else None
    found = await clashes.near(db, desk, version.target, version.due_at)
    return [one for one in found if own is None or one.id != own.id]


async def _sha256(db: AsyncSession, desk: Desk, version: PostVersion) -> str:
    """What an approval of the page as it is now would be bound to; «» when it cannot be approved so."""
    try:
        return await approval.sha256_now(db, desk.library, desk.config, version, desk.now)
    except (Misuse, BadPost):
        return ""


async def _differs(db: AsyncSession, desk: Desk, version: PostVersion) -> dict[str, list[Piece]]:
    """Against what is said now, field by field; empty where nothing is, or nothing differs."""
    said = current(await versions(db, version.post_id), desk.today)
    if said is None or said.id == version.id or version.corrects_id is not None:
        return {}
    both = ((name, getattr(said, name), getattr(version, name)) for name in ("title", "body", "source"))
    return {name: differences(old, new) for name, old, new in both if old != new}


# What is written


def _written(desk: Desk) -> Written:
    """The fields of the form. Raises Misuse for a day or a time that is none."""
    right, shown = desk.field("dung"), desk.field("dong-y")
    return Written(
        kind=desk.field("loai"),
        topic=desk.field("chu-de"),
        title=desk.field("tieu-de"),
        body=desk.field("noi-dung").replace("\r\n", "\n"),
        source=desk.field("nguon"),
        picture=desk.field("hinh"),
        picture_fact=desk.field("hinh-so-lieu"),
        line=desk.field("dong"),
        asks=_lines(desk.field("hoi")),
        options=_lines(desk.field("phuong-an")),
        right=int(right) - 1 if right.isascii() and right.isdecimal() and len(right) < 3 else None,
        valid_from=_day(desk, "tu-ngay"),
        valid_until=_day(desk, "den-ngay"),
        standing=bool(desk.field("lau-dai")),
        target=desk.field("dich"),
        due_at=_moment(desk),
        permission_id=int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 16 else None,
        nobody=shown == NOBODY,
    )


def _lines(written: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in written.splitlines() if line.strip())


def _day(desk: Desk, name: str) -> date | None:
    written = desk.field(name)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Misuse(desk.say("misuse.moment")) from None


def _moment(desk: Desk) -> datetime | None:
    return desk.moment(desk.field("luc")) if desk.field("luc") else None


def _put(db: AsyncSession, version: PostVersion, written: Written) -> None:
    """What is written and not saved yet, to be looked at: the row is not the session's any more."""
    db.expunge(version)
    for field in fields(Written):
        if field.name not in IN_MORE:
            setattr(version, field.name, getattr(written, field.name))
    version.more = written.more


async def save(desk: Desk) -> web.Response:
    """Keep what is written; with the button «Trình duyệt» submit it as well."""
    submits = desk.field("buoc") == "trinh"
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        await _keep(db, desk, version, staff)
    if not submits:
        return desk.go("bien-tap", version.id, done="draft_saved")
    say_not_whose(desk, f"{version.title}\n{version.body}")
    picture = await _kept_picture(desk)
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        looked = bool(desk.field("da-xem"))
        await drafts.submit(db, desk.library, desk.config, version, staff, desk.now, looked=looked)
        await approvers.ask(db, desk.library, desk.config, version, desk.now, picture)
    return desk.go("bien-tap", version.id, done="submitted")


async def _keep(db: AsyncSession, desk: Desk, version: PostVersion, staff: Staff) -> None:
    written, revision = _written(desk), desk.field("ban")
    if written.target and not await within(db, await desk.scope(db), written.target):
        raise web.HTTPForbidden
    holding = await permissions.holding(db, desk.today, (await desk.scope(db)).units)
    if written.permission_id not in {None, version.permission_id, *(one.id for one in holding)}:
        raise Misuse(desk.library.texts("editor.check.consent_over"))
    number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else 0
    await drafts.write(db, desk.library, version, written, staff, number, desk.now)


async def preview(desk: Desk) -> web.Response:
    """The preview alone, of what is written and not yet saved; for the script of the page."""
    async with desk.read() as db:
        version = await editor.found(db, desk)
        try:
            _put(db, version, _written(desk))
        except Misuse as error:
            return desk.part("editor-preview", version=version, shown=None, near=[], mistake=str(error))
        shown, near = await views(db, desk, version, draws=True), await _near(db, desk, version)
    return desk.part("editor-preview", version=version, shown=shown, near=near, mistake="")


async def picture(desk: Desk) -> web.Response:
    """As it would be drawn now, for what is saved."""
    made = await _drawn(desk)
    if made is None:
        raise web.HTTPNotFound
    return web.Response(body=made.png, content_type="image/png")


async def _drawn(desk: Desk) -> Infographic | None:
    async with desk.read() as db:
        version = await editor.found(db, desk)
        if version.corrects_id is not None:
            return None
        try:
            frozen = await frozen_now(db, desk.library, desk.config, version, desk.now)
        except BadPost:
            return None
    return await drawn(desk, frozen)


async def _kept_picture(desk: Desk) -> Picture | None:
    """Drawn and kept before anything is written, so that it can be sent to a phone."""
    made, media = await _drawn(desk), desk.request.app[PICTURES]
    return Picture(await media.keep(made.png), made.alt) if made and isinstance(media, Media) else None


async def test(desk: Desk) -> web.Response:
    """To one's own phone, marked as a test."""
    kept = await _kept_picture(desk)
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        chat = await db.get(Chat, staff.chat_id) if staff.chat_id else None
        if chat is None:
            raise Misuse(desk.library.texts("editor.misuse.no_phone"))
        text, menu = await as_sent(db, desk, version), chat.menu
        if not text:
            raise Misuse(desk.library.texts("editor.misuse.not_rendered"))
        await put(db, chat, Outgoing(desk.library.texts("editor.phone.test", text=text), picture=kept), desk.now)
        chat.menu = menu
    return desk.go("bien-tap", version.id, done="test_sent")
