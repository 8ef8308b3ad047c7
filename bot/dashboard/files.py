"""What informants sent along: a copy of a picture without its metadata, a recording to listen to, the original to keep.

Nothing of it ever leaves as a page of ours: it is in a sandbox. What is sealed opens only with a reason. Every look is
written down. The page of one file, with its words, is transcription.py.
"""

import base64
import re
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.cases import photos, sampling
from bot.cases.originals import SAMPLING
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.models import AuditEntry, FileState, Tip, TipAnswer, TipFile
from bot.staff import Act

NAMES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/webm": "webm",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "application/pdf": "pdf",
}
"""types a browser may be told; anything else is bytes"""
SAME_LOOK = timedelta(minutes=10)
"""the requests a player makes for one file are one look"""
REASONS = ("verify", "handover", "authority", "check_seal")
MISTAKEN = "not_sampling"
BOX = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


def path_of(media: Path, sha256: str) -> Path:
    """Where a file lies under var/media. What is not a SHA-256 lies nowhere."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise web.HTTPNotFound
    return media / sha256[:2] / sha256


async def found(db: AsyncSession, desk: Desk) -> tuple[TipFile, Tip]:
    """The file of the address, with its tip, if both are one's own."""
    rows = await db.execute(
        select(TipFile, Tip)
        .join(TipAnswer, TipFile.answer_id == TipAnswer.id)
        .join(Tip, TipAnswer.tip_id == Tip.id)
        .where(TipFile.id == desk.number("id"))
        .options(selectinload(Tip.answers))
    )
    row = rows.one_or_none()
    if row is None or not (await desk.scope(db)).covers(row[1].unit_id):
        raise web.HTTPNotFound
    return row[0], row[1]


def bytes_of(desk: Desk, file: TipFile) -> Path:
    path = path_of(desk.config.data / "media", file.sha256)
    if file.state != FileState.KEPT or not path.is_file():
        raise web.HTTPNotFound
    return path


async def show(desk: Desk) -> web.StreamResponse:
    """A picture's copy, or the recording itself, which a player may ask for in parts."""
    async with desk.write() as db:
        file, tip = await found(db, desk)
        path = bytes_of(desk, file)
        picture = file.mime.startswith("image/")
        if file.quarantined or not (picture or file.mime.startswith("audio/") or desk.may(Act.SEE_SEALED)):
            raise web.HTTPForbidden
        await _note(db, desk, "file", tip, file)
    return await shown_copy(path) if picture else _original(path, tip, file)


async def original(desk: Desk) -> web.StreamResponse:
    """As it was sent, byte for byte, with all that the camera noted in it."""
    async with desk.write() as db:
        file, tip = await found(db, desk)
        path = bytes_of(desk, file)
        if file.quarantined == SAMPLING:
            raise web.HTTPForbidden
        await _note(db, desk, "original", tip, file)
    return _original(path, tip, file)


async def seal(desk: Desk) -> web.Response:
    async with desk.write() as db:
        file, tip = await found(db, desk)
        if file.quarantined == SAMPLING:
            raise Misuse(desk.say("misuse.sealed_already"))
        await sampling.seal(db, desk.library, tip, file, desk.now, desk.staff)
    desk.wake()
    return desk.go("ghi-chep", file.id, done="file_sealed")


async def open_sealed(desk: Desk) -> web.StreamResponse:
    """One look at a sealed picture, its original, or the end of its seal: each with a reason, each written down."""
    reason, act = desk.field("reason"), desk.field("act")
    lifting = act == "unseal"
    if reason not in ((MISTAKEN,) if lifting else REASONS):
        raise Misuse(desk.say("misuse.seal_reason"))
    async with desk.write() as db:
        file, tip = await found(db, desk)
        if file.quarantined != SAMPLING:
            raise Misuse(desk.say("misuse.not_sealed"))
        if lifting:
            await sampling.unseal(db, tip, file, reason, desk.now, desk.staff)
            return desk.go("ghi-chep", file.id, done="file_unsealed")
        path = bytes_of(desk, file)
        action = "sealed_original" if act == "original" else "sealed_look"
        await desk.audit(db, action, f"tip:{tip.id}", file=file.id, reason=reason)
    if act == "original":
        return _original(path, tip, file)
    try:
        seen = base64.b64encode(await photos.aside(photos.copy, path)).decode()
    except photos.Unreadable:
        seen = ""
    return desk.page("transcription-sealed", file=file, tip=tip, seen=seen, reason=reason)


async def shown_copy(path: Path) -> web.Response:
    try:
        body = await photos.aside(photos.copy, path)
    except photos.Unreadable:
        raise web.HTTPUnsupportedMediaType from None
    return web.Response(body=body, content_type="image/jpeg", headers={**BOX, "Content-Disposition": "inline"})


def _original(path: Path, tip: Tip, file: TipFile) -> web.FileResponse:
    plain = file.mime in NAMES and not file.quarantined
    name = f"{tip.code or f'tin-{tip.id}'}-{file.id}.{NAMES[file.mime] if plain else 'bin'}"
    return web.FileResponse(
        path,
        headers={
            **BOX,
            "Content-Type": file.mime if plain else "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _note(db: AsyncSession, desk: Desk, action: str, tip: Tip, file: TipFile) -> None:
    """Once for the requests that are one look."""
    looks = await db.scalars(
        select(AuditEntry).where(
            AuditEntry.subject == f"tip:{tip.id}",
            AuditEntry.action == action,
            AuditEntry.staff_id == desk.staff.id,
            AuditEntry.at > desk.now - SAME_LOOK,
        )
    )
    if all(look.detail.get("file") != file.id for look in looks):
        await desk.audit(db, action, f"tip:{tip.id}", file=file.id)
