"""Pictures of a sampling site or of remains: sealed, in no shared place; staff are told, the sender thanked.

The plan, IV.5, and circular 80/2022/TT-BQP. What words are a sign of one: content/texts/media.toml.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import tips, transcripts
from bot.cases.originals import SAMPLING, TYPE, tell
from bot.library import Library
from bot.messages import AttachmentKind, Incoming, fold
from bot.models import AuditEntry, Staff, Task, TaskKind, Tip, TipFile

PICTURES = (AttachmentKind.PHOTO, AttachmentKind.VIDEO, AttachmentKind.FILE)
DUE = timedelta(days=2)
AGAIN = timedelta(hours=1)
"""the pictures of one album are one task, and told of once"""


def named(library: Library, words: str) -> bool:
    """Do the words speak of sampling or of remains? Written without accents they are understood as well."""
    accented = any(ord(letter) > 127 for letter in words)
    said = f" {_plain(words) if accented else fold(words)} "
    signs = library.texts("media.sampling_words").splitlines()
    return any(f" {_plain(sign) if accented else fold(sign)} " in said for sign in signs if sign.strip())


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", words).casefold()))


async def noticed(db: AsyncSession, library: Library, tip: Tip, message: Incoming, now: datetime) -> None:
    """For handlers, after a message with files was kept: pictures whose words say what they are get sealed at once.

    The words are those that came with the picture, or with any picture of its album.
    """
    if not any(attachment.kind in PICTURES for attachment in message.attachments):
        return
    of_album = [one for one in tip.answers if message.album and one.album == message.album]
    answer = next((one for one in reversed(of_album or tip.answers) if one.files), None)
    if answer is None or not named(library, f"{message.text}\n{answer.said if of_album else ''}"):
        return
    new = answer.files if of_album else answer.files[-len(message.attachments) :]
    await db.flush()
    await _seal(db, library, tip, [file for file in new if file.attachment["kind"] in PICTURES], now, None)


async def seal(db: AsyncSession, library: Library, tip: Tip, file: TipFile, now: datetime, by: Staff) -> None:
    """Staff have seen what it is."""
    await _seal(db, library, tip, [file], now, by)


async def unseal(db: AsyncSession, tip: Tip, file: TipFile, reason: str, now: datetime, by: Staff) -> None:
    """It was none after all. Other copies of the same bytes stay sealed until somebody has looked at them."""
    file.quarantined = ""
    _note(db, tip, file, "unseal_file", now, by, reason=reason)
    await db.flush()


async def _seal(
    db: AsyncSession, library: Library, tip: Tip, files: Sequence[TipFile], now: datetime, by: Staff | None
) -> None:
    """With every copy of the same bytes. The first of several is a task for staff, and the sender is told then."""
    fresh = [file for file in files if file.quarantined != SAMPLING]
    for file in fresh:
        file.quarantined = SAMPLING
        _note(db, tip, file, "seal_file", now, by)
        await transcripts.not_needed(db, file, now)
        if file.sha256:
            same = update(TipFile).where(TipFile.sha256 == file.sha256, TipFile.quarantined.in_(("", TYPE)))
            await db.execute(same.values(quarantined=SAMPLING))
    if fresh and not await _known(db, tip, now):
        task = Task(kind=TaskKind.CHECK, tip_id=tip.id, file_id=fresh[0].id, unit_id=tip.unit_id)
        task.words = library.texts("media.sampling_task")
        task.due_at, task.created_at, task.created_by_id = now + DUE, now, by.id if by else None
        db.add(task)
        tips.flag(tip, SAMPLING)
        await tell(db, tip, library.texts("media.sampling_rule"), now)
    await db.flush()


async def _known(db: AsyncSession, tip: Tip, now: datetime) -> bool:
    lately = select(Task.id).where(
        Task.tip_id == tip.id, Task.kind == TaskKind.CHECK, Task.file_id.is_not(None), Task.created_at > now - AGAIN
    )
    return await db.scalar(lately.limit(1)) is not None


def _note(db: AsyncSession, tip: Tip, file: TipFile, action: str, now: datetime, by: Staff | None, **more: str) -> None:
    """«By» nobody: the words that came along did it."""
    detail = {"file": file.id, **more}
    db.add(AuditEntry(at=now, staff_id=by.id if by else None, action=action, subject=f"tip:{tip.id}", detail=detail))
