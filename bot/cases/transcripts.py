"""Voice notes and papers put into words by a person: what waits, drafts, versions. The original is never touched.

A Transcriber may offer words to begin with; the shipped one, «hand», offers none. The desk: dashboard/transcription.py.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import (
    AuditEntry,
    FileState,
    PersonRole,
    Staff,
    Task,
    TaskKind,
    Tip,
    TipAnswer,
    TipFile,
    TipState,
    Transcript,
)

LONGEST = 20_000
"""characters: a voice note of 20 minutes has about 15,000"""
LOOKED_THROUGH = 500
"""of the files that have waited longest, put in order of who may not be there to be asked"""
OLD = 70
HAND = "hand"
_CLOSED = (TipState.WITHDRAWN, TipState.DECLINED)


class Transcriber(Protocol):
    """Turns a recording into words for a person to check. Raises OSError or ValueError when it cannot."""

    name: str
    """at most 40 characters; stands beside its words"""

    async def transcribe(self, path: Path) -> str: ...


class ByHand:
    """Nothing leaves the house, nothing is guessed: a person listens and writes."""

    name = HAND

    async def transcribe(self, path: Path) -> str:
        return ""


TRANSCRIBERS: Mapping[str, Transcriber] = {HAND: ByHand()}
"""by what config.toml calls them: [cases] transcriber"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file without words yet, and why it stands where it does."""

    file: TipFile
    answer: TipAnswer
    tip: Tip
    age: int | None
    """of the witness, where he said when he was born"""
    drafted: bool


def needs_words() -> ColumnElement[bool]:
    """Recordings and pictures that can be opened and that nobody has put into words."""
    kind = or_(TipFile.mime.startswith("audio/"), TipFile.mime.startswith("image/"))
    done = select(Transcript.id).where(Transcript.file_id == TipFile.id, Transcript.draft.is_(False)).exists()
    return and_(TipFile.state == FileState.KEPT, TipFile.quarantined == "", TipFile.sha256 != "", kind, ~done)


async def waiting(db: AsyncSession, within: ColumnElement[bool], today: date) -> tuple[Sequence[Waiting], int]:
    """Witnesses of most years first, by tens, then who has waited longest; and how many there are in all.

    `within`: the condition that a tip is one's own.
    """
    condition = and_(needs_words(), Tip.state.not_in(_CLOSED), TipAnswer.replaced_at.is_(None), within)
    number = await db.scalar(
        select(func.count(TipFile.id))
        .join(TipAnswer, TipFile.answer_id == TipAnswer.id)
        .join(Tip, TipAnswer.tip_id == Tip.id)
        .where(condition)
    )
    found = await db.execute(
        select(TipFile, TipAnswer, Tip)
        .join(TipAnswer, TipFile.answer_id == TipAnswer.id)
        .join(Tip, TipAnswer.tip_id == Tip.id)
        .where(condition)
        .order_by(TipAnswer.at, TipFile.id)
        .limit(LOOKED_THROUGH)
    )
    rows = found.all()
    drafts = set(
        await db.scalars(
            select(Transcript.file_id).where(Transcript.file_id.in_([row[0].id for row in rows]), Transcript.draft)
        )
    )
    ages = {row[2].id: _age(row[2], today) for row in rows}
    entries = [Waiting(file, answer, tip, ages[tip.id], file.id in drafts) for file, answer, tip in rows]
    return sorted(entries, key=lambda one: -_decade(one.age)), number or 0


def _age(tip: Tip, today: date) -> int | None:
    """From the year of birth that the witness said, where there is one."""
    witness = next((person for person in tip.people if person.role == PersonRole.WITNESS), None)
    year = re.search(r"\b(19\d\d)\b", witness.born) if witness else None
    return today.year - int(year[1]) if year else None


def _decade(age: int | None) -> int:
    return (age if age and age > OLD else OLD) // 10


async def versions(db: AsyncSession, file: TipFile) -> Sequence[tuple[Transcript, str | None]]:
    """Finished ones with who wrote them, newest first."""
    rows = await db.execute(
        select(Transcript, Staff.name)
        .outerjoin(Staff, Transcript.staff_id == Staff.id)
        .where(Transcript.file_id == file.id, Transcript.draft.is_(False))
        .order_by(Transcript.id.desc())
    )
    return [(transcript, name) for transcript, name in rows]


async def drafts(db: AsyncSession, file: TipFile) -> Sequence[tuple[Transcript, str | None]]:
    """Unfinished ones, the latest first: of a colleague, of oneself, of a Transcriber (no name)."""
    rows = await db.execute(
        select(Transcript, Staff.name)
        .outerjoin(Staff, Transcript.staff_id == Staff.id)
        .where(Transcript.file_id == file.id, Transcript.draft)
        .order_by(Transcript.at.desc())
    )
    return [(transcript, name) for transcript, name in rows]


async def newest(db: AsyncSession, files: Sequence[TipFile]) -> Mapping[int, Transcript]:
    """{file's id: its words}, for staff to read beside «có ghi âm»; what was said stays as it is."""
    ids = [file.id for file in files]
    rows = await db.scalars(
        select(Transcript).where(Transcript.file_id.in_(ids), Transcript.draft.is_(False)).order_by(Transcript.id)
    )
    return {row.file_id: row for row in rows}


def words_of(answer: TipAnswer, transcripts: Mapping[int, Transcript]) -> str:
    """What an answer says in words, ready to be a claim's: what was written and what was heard, in their order."""
    heard = [transcripts[file.id].words for file in answer.files if file.id in transcripts]
    return "\n".join(filter(None, (answer.said, *heard)))


async def draft(db: AsyncSession, file: TipFile, words: str, now: datetime, by: Staff) -> None:
    """Written over the draft that `by` has of it. Those who write at the same time have one each."""
    row = await _draft_of(db, file, by)
    if row is None:
        db.add(Transcript(file_id=file.id, words=words, by=HAND, draft=True, staff_id=by.id, at=now))
    else:
        row.words, row.at = words, now
    await db.flush()


async def finish(db: AsyncSession, tip: Tip, file: TipFile, words: str, now: datetime, by: Staff) -> Transcript:
    """A new version; `words` are empty where there is nothing to read. Tasks that waited for it are done."""
    row = await _draft_of(db, file, by)
    if row is not None:
        await db.delete(row)
    done = Transcript(file_id=file.id, words=words, by=HAND, draft=False, staff_id=by.id, at=now)
    db.add(done)
    detail = {"file": file.id, "characters": len(words)}
    db.add(AuditEntry(at=now, staff_id=by.id, action="transcribed", subject=f"tip:{tip.id}", detail=detail))
    await db.flush()
    await _tasks_done(db, tip, file, now, by)
    return done


async def _draft_of(db: AsyncSession, file: TipFile, by: Staff) -> Transcript | None:
    mine = select(Transcript).where(Transcript.file_id == file.id, Transcript.draft, Transcript.staff_id == by.id)
    return await db.scalar(mine.order_by(Transcript.id).limit(1))


async def _tasks_done(db: AsyncSession, tip: Tip, file: TipFile, now: datetime, by: Staff) -> None:
    """The file's own; the tip's when nothing of it that was spoken waits any more."""
    left = select(TipFile.id).join(TipAnswer, TipFile.answer_id == TipAnswer.id).where(TipAnswer.tip_id == tip.id)
    unheard = await db.scalar(left.where(needs_words(), TipFile.mime.startswith("audio/")).limit(1))
    its = Task.file_id == file.id if unheard else or_(Task.file_id == file.id, Task.file_id.is_(None))
    open_ones = update(Task).where(Task.kind == TaskKind.TRANSCRIBE, Task.tip_id == tip.id, Task.done_at.is_(None), its)
    await db.execute(open_ones.values(done_at=now, done_by_id=by.id))


async def not_needed(db: AsyncSession, file: TipFile, now: datetime) -> None:
    """There is nothing to put into words: it never came, or it is set apart."""
    open_ones = update(Task).where(Task.kind == TaskKind.TRANSCRIBE, Task.file_id == file.id, Task.done_at.is_(None))
    await db.flush()
    await db.execute(open_ones.values(done_at=now))


async def offer(db: AsyncSession, file: TipFile, words: str, by: str, now: datetime) -> None:
    """What a Transcriber made of it: a draft to be checked, never a version."""
    db.add(Transcript(file_id=file.id, words=words[:LONGEST], by=by, draft=True, staff_id=None, at=now))
    await db.flush()


async def not_offered(db: AsyncSession, by: str) -> TipFile | None:
    """The oldest recording that the Transcriber `by` has not tried."""
    tried = select(Transcript.id).where(Transcript.file_id == TipFile.id, Transcript.by == by).exists()
    waits = select(TipFile).where(needs_words(), TipFile.mime.startswith("audio/"), ~tried)
    return await db.scalar(waits.order_by(TipFile.id).limit(1))
