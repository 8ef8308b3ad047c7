"""What a file that somebody sent turns out to be once its bytes are here: its type, and whether we have it already.

Nothing is ever refused or changed for it: a file that is not what its name says is set apart, and staff are told.
"""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import filetype
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.cases import photos, telling, tips, transcripts
from bot.library import Library
from bot.messages import AttachmentKind, Incoming, Outgoing
from bot.models import FileState, Tip, TipAnswer, TipFile, TipState

TYPE = "type"
"""TipFile.quarantined: not what its name says, or a program"""
SAMPLING = "sampling"
"""… a picture of a sampling site or of remains"""
COMPARED = 2000
"""photos of late that a new one is compared with"""
LARGEST = 20
"""megabytes: what a sender is told to stay below, the least of what our channels carry"""
BYTES = "application/octet-stream"
UNSEEN = "unseen"
"""TipFile.reason of a picture that is kept but cannot be shown here"""
TOLD = ("too_big", "expired", "file_gone", "unsupported")
"""reasons that the sender is told, for he can do something about them"""

_SOUND_KINDS = (AttachmentKind.VOICE, AttachmentKind.AUDIO)
_FAMILIES = {
    "program": ("msdownload", "executable", "x-sh", "wasm", "java-archive", "android", "msdos", "x-msi", "chrome-ext"),
    "office": ("msword", "ms-excel", "ms-powerpoint", "officedocument", "opendocument", "zip", "x-ole-storage", "epub"),
    "pdf": ("application/pdf",),
    "film": ("audio/", "video/", "application/ogg"),  # a recording in a film's container is still a recording
    "image": ("image/",),
    "text": ("text/", "application/rtf", "application/json", "application/xml"),
}
_PROGRAM_NAMES = (".exe", ".apk", ".bat", ".cmd", ".com", ".scr", ".js", ".jar", ".msi", ".ps1", ".vbs", ".lnk", ".sh")


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes are. `looks`: of a photo that could be read; `unseen`: of one that could not."""

    mime: str
    mistyped: bool
    looks: str = ""
    unseen: bool = False


def examine(path: Path, kind: AttachmentKind, name: str, claimed: str) -> Found:
    """Blocks while it reads; call it through photos.aside."""
    with path.open("rb") as file:
        start = file.read(8192)
    mime = filetype.guess_mime(start) or _unnamed(start)
    if kind in _SOUND_KINDS and mime in ("video/webm", "video/mp4", "video/quicktime"):
        mime = "audio/webm" if mime == "video/webm" else "audio/mp4"
    found = Found(mime, _is_another(mime, kind, name, claimed))
    if not mime.startswith("image/"):
        return found
    try:
        return replace(found, looks=photos.looks(path))
    except photos.Unreadable:
        return replace(found, unseen=True)


def _unnamed(start: bytes) -> str:
    """What has no mark of its own."""
    if start.startswith(b"#!"):
        return "application/x-sh"
    if start.startswith((b"\xd0\xcf\x11\xe0",)):
        return "application/x-ole-storage"
    if b"\0" in start:
        return BYTES
    try:
        start[: len(start) - 3 if len(start) > 8000 else None].decode()
    except UnicodeDecodeError:
        return BYTES
    return "text/plain"


def _is_another(mime: str, kind: AttachmentKind, name: str, claimed: str) -> bool:
    """Is it a program, or of another family than its kind, its name or its claimed type says?"""
    found = _family(mime)
    if found == "program" or name.casefold().endswith(_PROGRAM_NAMES):
        return True
    claims = {_family(claimed), _family(mimetypes.guess_type(name)[0] or "")}
    claims |= {"image"} if kind is AttachmentKind.PHOTO else set()
    claims |= {"film"} if kind in (*_SOUND_KINDS, AttachmentKind.VIDEO) else set()
    return bool(claims - {found, ""})


def _family(mime: str) -> str:
    return next((family for family, marks in _FAMILIES.items() if any(mark in mime for mark in marks)), "")


def how_to_send(library: Library, message: Incoming) -> str:
    """How a photo comes without loss on the channel it came by; «» when it did, or where there is no such way."""
    key = f"media.original.{message.chat.platform}"
    squeezed = any(attachment.kind is AttachmentKind.PHOTO for attachment in message.attachments)
    return library.texts(key) if squeezed and key in library.texts else ""


async def tip_of(db: AsyncSession, file: TipFile) -> Tip:
    return (
        await db.scalars(
            select(Tip)
            .join(TipAnswer, TipAnswer.tip_id == Tip.id)
            .where(TipAnswer.id == file.answer_id)
            .options(selectinload(Tip.answers))
        )
    ).one()


async def keep(db: AsyncSession, file: TipFile, sha256: str, size: int, found: Found, now: datetime) -> None:
    """The bytes are on disk under `sha256`. The same bytes as a sealed picture are sealed at once."""
    file.state, file.sha256, file.size, file.kept_at = FileState.KEPT, sha256, size, now
    file.reason = UNSEEN if found.unseen else ""
    file.mime, file.looks = found.mime, found.looks
    same = await db.scalar(
        select(TipFile).where(TipFile.sha256 == sha256, TipFile.id != file.id).order_by(TipFile.id).limit(1)
    )
    if same is not None:
        file.same_as_id = same.same_as_id if same.same_as_id and same.same_as_id != file.id else same.id
        if same.quarantined == SAMPLING:
            file.quarantined = SAMPLING
    elif found.looks:
        file.same_as_id = photos.alike(found.looks, await _seen(db, file))
    if found.mistyped and not file.quarantined:
        file.quarantined = TYPE
        tips.flag(await tip_of(db, file), "file_type")
    if file.quarantined:
        await transcripts.not_needed(db, file, now)
    await db.flush()


async def _seen(db: AsyncSession, file: TipFile) -> Sequence[tuple[int, str]]:
    """Without those that look like an earlier one themselves, so that likeness does not drift."""
    seen = select(TipFile.id, TipFile.looks).where(
        TipFile.looks != "", TipFile.id != file.id, TipFile.same_as_id.is_(None)
    )
    return [(id, looks) for id, looks in await db.execute(seen.order_by(TipFile.id.desc()).limit(COMPARED))]


async def fail(db: AsyncSession, library: Library, file: TipFile, reason: str, now: datetime) -> None:
    """It will not come. The sender is told once for an answer, when he can do something about it."""
    file.state, file.reason = FileState.FAILED, reason
    others = select(TipFile.id).where(
        TipFile.answer_id == file.answer_id,
        TipFile.id != file.id,
        TipFile.state == FileState.FAILED,
        TipFile.reason == reason,
    )
    if reason in TOLD and await db.scalar(others.limit(1)) is None:
        key = "media.too_big" if reason == "too_big" else "media.lost"
        await tell(db, await tip_of(db, file), library.texts(key, most=LARGEST), now)
    await transcripts.not_needed(db, file, now)


async def tell(db: AsyncSession, tip: Tip, words: str, now: datetime) -> None:
    """To who sent it; not after he took his word back."""
    if tip.state not in (TipState.WITHDRAWN, TipState.DECLINED):
        await telling.tell(db, tip, Outgoing(words), now)
