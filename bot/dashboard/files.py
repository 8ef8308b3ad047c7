"""What informants sent along, byte for byte. It never leaves as a page of ours: an attachment, in a sandbox."""

import re
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from sqlalchemy import select

from bot.dashboard.desk import Desk
from bot.models import AuditEntry, FileState, Tip, TipAnswer, TipFile

SHOWN = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
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


def path_of(media: Path, sha256: str) -> Path:
    """Where a file lies under var/media. What is not a SHA-256 lies nowhere."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise web.HTTPNotFound
    return media / sha256[:2] / sha256


async def show(desk: Desk) -> web.StreamResponse:
    async with desk.write() as db:
        found = await db.execute(
            select(TipFile, Tip)
            .join(TipAnswer, TipFile.answer_id == TipAnswer.id)
            .join(Tip, TipAnswer.tip_id == Tip.id)
            .where(TipFile.id == desk.number("id"))
        )
        row = found.one_or_none()
        if row is None or not (await desk.scope(db)).covers(row[1].unit_id) or row[0].state != FileState.KEPT:
            raise web.HTTPNotFound
        file, tip = row
        path = path_of(desk.config.data / "media", file.sha256)
        if not path.is_file():
            raise web.HTTPNotFound
        subject = f"tip:{tip.id}"
        looks = await db.scalars(
            select(AuditEntry).where(
                AuditEntry.subject == subject,
                AuditEntry.action == "file",
                AuditEntry.staff_id == desk.staff.id,
                AuditEntry.at > desk.now - SAME_LOOK,
            )
        )
        if all(look.detail.get("file") != file.id for look in looks):
            await desk.audit(db, "file", subject, file=file.id)
    type = file.mime if file.mime in SHOWN else "application/octet-stream"
    name = f"{tip.code or f'tin-{tip.id}'}-{file.id}.{SHOWN.get(file.mime, 'bin')}"
    return web.FileResponse(
        path,
        headers={
            "Content-Type": type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
