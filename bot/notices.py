"""Trouble told to staff in a sentence, once, on the Problems page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Notice, Planned

MISSED = "missed:"
"""begins the keys of moments that will not come back: they are settled by people only"""
LATELY = timedelta(hours=1)


async def notice(db: AsyncSession, key: str, sentence: str, now: datetime) -> None:
    """The same `key` is told once until somebody has settled it; then it is told anew."""
    told = await db.scalar(select(Notice).where(Notice.key == key[:200]))
    if told is None:
        db.add(Notice(key=key[:200], sentence=sentence, at=now))
    elif told.settled_at is not None:
        told.sentence, told.at, told.settled_at = sentence, now, None
    await db.flush()


async def open_notices(db: AsyncSession) -> Sequence[Notice]:
    """Newest first."""
    return (await db.scalars(select(Notice).where(Notice.settled_at.is_(None)).order_by(Notice.id.desc()))).all()


async def settle(db: AsyncSession, keys: Iterable[str], now: datetime) -> None:
    """These troubles are over: who has not seen to them need not any more."""
    of = [key[:200] for key in keys]
    if of:
        await db.execute(update(Notice).where(Notice.key.in_(of), Notice.settled_at.is_(None)).values(settled_at=now))


@dataclass(frozen=True, slots=True)
class _Trouble:
    """`began` None: over. `told`: when the phones were last told of it."""

    began: datetime | None = None
    told: datetime | None = None

    def rings(self, now: datetime) -> bool:
        return self.told is None or (self.began is not None and self.told < self.began and self.told < now - LATELY)


async def compare(db: AsyncSession, mark: str, found: Mapping[str, str], now: datetime) -> list[str]:
    """Tell what was not `found` at the last look of this `mark`, settle what is over. Returns the sentences for phones.

    What a person has settled while it lasts is not told again. What comes and goes is on the page each time, but for
    phones once an hour, and then if it lasts: a phone that rings every other minute is not heeded.
    """
    row = await db.get(Planned, mark)
    if row is None:
        row = Planned(name=mark, used="")
        db.add(row)
    known, aloud, kept = _read(row.used), list[str](), dict[str, _Trouble]()
    for key, sentence in found.items():
        trouble = known.get(key, _Trouble())
        if trouble.began is None:
            await notice(db, key, sentence, now)
            trouble = replace(trouble, began=now)
        if trouble.rings(now):
            aloud.append(sentence)
            trouble = replace(trouble, told=now)
        kept[key] = trouble
    over = {key: replace(trouble, began=None) for key, trouble in known.items() if key not in found}
    await settle(db, (key for key in over if not key.startswith(MISSED)), now)
    kept |= {key: trouble for key, trouble in over.items() if trouble.told and trouble.told > now - LATELY}
    row.until, row.used = now, _written(kept)
    await db.flush()
    return aloud


async def lasting(db: AsyncSession, mark: str) -> set[str]:
    """The keys that were found at the last look of this mark."""
    row = await db.get(Planned, mark)
    return {key for key, trouble in _read(row.used if row else "").items() if trouble.began}


def _read(used: str) -> dict[str, _Trouble]:
    """One line a trouble: key, began, told; with tabs in between."""
    lines = [line.split("\t") for line in used.split("\n") if line]
    return {key: _Trouble(*(datetime.fromisoformat(at) if at else None for at in ats)) for key, *ats in lines}


def _written(troubles: Mapping[str, _Trouble]) -> str:
    moments = {key: (trouble.began, trouble.told) for key, trouble in troubles.items()}
    return "\n".join("\t".join([key, *(at.isoformat() if at else "" for at in ats)]) for key, ats in moments.items())
