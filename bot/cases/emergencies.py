"""Emergencies that people told of: kept, told to the officers' phones at once, open until somebody takes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alarms
from bot.config import Config
from bot.language import Act
from bot.library import Library
from bot.models import Chat, Emergency, Staff, Tip
from bot.staff import Act as Right
from bot.staff import audit

SAME_WITHIN = timedelta(minutes=15)
"""what the same person says of the same kind so soon is more of it"""
POSSIBLE_FOR = timedelta(days=3)
"""so long staff are shown what is perhaps none"""
AGAIN_AFTER = timedelta(minutes=5)
"""the phones ring again while nobody has taken it"""


_OPEN = Emergency.taken_at.is_(None)


async def note(
    db: AsyncSession,
    library: Library,
    config: Config,
    chat: Chat,
    tip: Tip | None,
    kind: Act,
    words: str,
    now: datetime,
) -> Emergency:
    """Keep what was said and ring the phones; more words of the same emergency join it and do not ring again."""
    found = await of_kind(db, chat, kind, now)
    if found is None:
        found = await _kept(db, chat, tip, kind, words, now)
    elif words:
        found.words = f"{found.words}\n{words}"
    if not found.sure or found.rung_at is None:
        found.sure = True
        await ring(db, library, config, found, now)
    return found


async def note_possible(
    db: AsyncSession, chat: Chat, tip: Tip | None, kind: Act, words: str, now: datetime
) -> Emergency | None:
    """Keep what may be one, and ring nobody. None when it was noted a moment ago, and the words have joined it."""
    found = await of_kind(db, chat, kind, now)
    if found is not None:
        found.words = f"{found.words}\n{words}"
        return None
    found = await _kept(db, chat, tip, kind, words, now)
    found.sure = False
    return found


async def of_kind(db: AsyncSession, chat: Chat, kind: Act, now: datetime) -> Emergency | None:
    """The one of this kind that was told here a moment ago, sure or not, as long as nobody has taken it."""
    same = select(Emergency).where(_OPEN, Emergency.chat_id == chat.id, Emergency.kind == kind)
    return await db.scalar(same.where(Emergency.at > now - SAME_WITHIN).order_by(Emergency.id.desc()).limit(1))


async def _kept(db: AsyncSession, chat: Chat, tip: Tip | None, kind: Act, words: str, now: datetime) -> Emergency:
    unit_id = tip.unit_id if tip else chat.unit_id
    new = Emergency(kind=kind.value, chat_id=chat.id, tip_id=tip.id if tip else None, unit_id=unit_id, sure=True)
    new.words, new.at, new.phones = words, now, 0
    db.add(new)
    await db.flush()
    return new


async def ring(db: AsyncSession, library: Library, config: Config, emergency: Emergency, now: datetime) -> None:
    """What it is and where to look; never the words."""
    what = library.texts(f"emergencies.kind.{emergency.kind}")
    link = f"{config.public_url}/can-bo/khan-cap"
    text = library.texts("emergencies.alarm", what=what, number=emergency.id, link=link)
    phones = await alarms.officers(db, Right.SEE_EMERGENCIES, emergency.unit_id)
    emergency.phones, emergency.rung_at = await alarms.ring(db, phones, text, now), now


_ALL = true()


async def open_in(db: AsyncSession, chat: Chat, now: datetime) -> Emergency | None:
    """The one that was told here a moment ago, as long as nobody has taken it."""
    lately = select(Emergency).where(_URGENT, Emergency.chat_id == chat.id, Emergency.at > now - SAME_WITHIN)
    return await db.scalar(lately.where(Emergency.left_at.is_(None)).order_by(Emergency.id.desc()).limit(1))


async def noted_in(db: AsyncSession, chat: Chat, now: datetime) -> Emergency | None:
    """The last one of this chat, sure or not, taken or not, that was told a moment ago."""
    lately = select(Emergency).where(Emergency.chat_id == chat.id, Emergency.at > now - SAME_WITHIN)
    return await db.scalar(lately.order_by(Emergency.id.desc()).limit(1))


_URGENT = _OPEN & Emergency.sure


async def open_ones(db: AsyncSession, within: ColumnElement[bool] = _ALL) -> Sequence[Emergency]:
    """Those that nobody has taken, the oldest first."""
    return (await db.scalars(select(Emergency).where(_URGENT, within).order_by(Emergency.id))).all()


async def possible_ones(db: AsyncSession, within: ColumnElement[bool], now: datetime) -> Sequence[Emergency]:
    """Those of the last days that are perhaps none, the newest first."""
    unsure = _OPEN & ~Emergency.sure & (Emergency.at > now - POSSIBLE_FOR)
    return (await db.scalars(select(Emergency).where(unsure, within).order_by(Emergency.id.desc()))).all()


async def how_many(db: AsyncSession, within: ColumnElement[bool] = _ALL) -> int:
    """That nobody has taken."""
    return await db.scalar(select(func.count(Emergency.id)).where(_URGENT, within)) or 0


async def taken_lately(db: AsyncSession, within: ColumnElement[bool], most: int) -> Sequence[tuple[Emergency, str]]:
    """With the name of who has taken it, the newest first."""
    rows = select(Emergency, Staff.name).outerjoin(Staff, Staff.id == Emergency.staff_id)
    rows = rows.where(Emergency.taken_at.is_not(None), within).order_by(Emergency.id.desc()).limit(most)
    return [(one, name or "") for one, name in await db.execute(rows)]


async def locked(db: AsyncSession, id: int) -> Emergency | None:
    """For one who would take it: two at the same moment come one after the other."""
    return await db.scalar(select(Emergency).where(Emergency.id == id).with_for_update(of=Emergency))


async def take(db: AsyncSession, emergency: Emergency, by: Staff, now: datetime) -> bool:
    """False when somebody has taken it before."""
    if emergency.taken_at is not None:
        return False
    emergency.taken_at, emergency.staff_id = now, by.id
    await audit(db, by, "emergency_taken", f"emergency:{emergency.id}", now)
    return True


def due(now: datetime) -> ColumnElement[bool]:
    """Open, and the phones have been still for a while."""
    return _URGENT & (Emergency.rung_at.is_(None) | (Emergency.rung_at <= now - AGAIN_AFTER))


async def ring_again(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """Those that nobody has taken for a while. Returns how many."""
    late = await open_ones(db, due(now))
    for one in late:
        await ring(db, library, config, one, now)
    return len(late)
