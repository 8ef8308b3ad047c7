"""Alarms and the evening's summary on an officer's phone: who gets them, how a phone is linked, what is sent.

Nothing personal is in them. The trouble itself is found by scheduler/watchdogs.py, the numbers by balance.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot import staff as rights
from bot.config import Config
from bot.library import Library
from bot.messages import Outgoing, fold
from bot.models import AuditEntry, Chat, ChatState, CodeKind, EnrolmentCode, Staff, Unit
from bot.outbox import put
from bot.staff import RIGHTS, Act

CODE_LIFE = timedelta(hours=1)
TRIES = 5
"""wrong codes that a chat may try in `CODE_LIFE`"""
MOST = 8
"""sentences in one alarm; the others are on the Problems page"""
WRONG = "wrong_code"


async def sound(
    db: AsyncSession,
    library: Library,
    config: Config,
    sentences: Sequence[str],
    now: datetime,
    phone: Chat | None = None,
) -> int:
    """Queue one message with all of `sentences` for every responsible officer, or for the `phone` of one.

    Returns for how many.
    """
    if not sentences:
        return 0
    say = library.texts
    lines = [say("watch.alarm.one", sentence=sentence) for sentence in sentences[:MOST]]
    if len(sentences) > MOST:
        lines.append(say("watch.alarm.more", number=len(sentences) - MOST))
    head, foot = say("watch.alarm.head", service=config.service.name), say("watch.alarm.foot")
    return await send(db, "\n\n".join([head, "\n".join(lines), foot]), now, phone)


async def send(db: AsyncSession, text: str, now: datetime, phone: Chat | None = None) -> int:
    """Queue `text` for every responsible officer, or for the `phone` of one. Returns for how many."""
    return await ring(db, [phone] if phone else await officers(db), text, now)


async def ring(db: AsyncSession, phones: Sequence[Chat], text: str, now: datetime) -> int:
    """Queue `text` for these phones. Returns for how many."""
    for chat in phones:
        menu = chat.menu
        await put(db, chat, Outgoing(text), now)
        chat.menu = menu  # he may be in the middle of a talk, where «2» means something
    return len(phones)


async def officers(db: AsyncSession, act: Act = Act.SEE_PROBLEMS, unit_id: int | None = None) -> list[Chat]:
    """The phones of active staff who may do `act` and answer for `unit_id` (none: for the home unit), each once."""
    if unit_id is None:
        home = await rights.home(db)
        if home is None:
            return []
        unit_id = home.id
    above = select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte("above", recursive=True)
    above = above.union(select(Unit.id, Unit.parent_id).join(above, Unit.id == above.c.parent_id))
    roles = [role for role, acts in RIGHTS.items() if act in acts]
    linked = select(Staff.chat_id).where(
        Staff.active, Staff.role.in_(roles), Staff.unit_id.in_(select(above.c.id)), Staff.chat_id.is_not(None)
    )
    rows = select(Chat).where(Chat.id.in_(linked), Chat.state == ChatState.ACTIVE).order_by(Chat.id)
    return list(await db.scalars(rows))


# How a phone is linked


async def make_code(db: AsyncSession, staff: Staff, now: datetime) -> EnrolmentCode:
    """A one-time code for the phone of `staff`, good for an hour; earlier ones are good no more."""
    await _expire(db, staff, now)
    code = await chats.make_code(db, staff.unit_id, "", staff, now)
    code.kind, code.expires_at = CodeKind.STAFF, now + CODE_LIFE
    await db.flush()
    return code


async def open_code(db: AsyncSession, staff: Staff, now: datetime) -> EnrolmentCode | None:
    """The code of `staff` that waits to be typed."""
    return await db.scalar(
        select(EnrolmentCode).where(
            EnrolmentCode.kind == CodeKind.STAFF,
            EnrolmentCode.staff_id == staff.id,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )


async def _expire(db: AsyncSession, staff: Staff, now: datetime) -> None:
    await db.execute(
        update(EnrolmentCode)
        .where(EnrolmentCode.kind == CodeKind.STAFF, EnrolmentCode.staff_id == staff.id)
        .where(EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now)
        .values(expires_at=now)
    )


async def may_try(db: AsyncSession, chat: Chat, now: datetime) -> bool:
    """False when too many wrong codes came from this chat lately: then none is looked up."""
    wrong = select(func.count(AuditEntry.id)).where(
        AuditEntry.subject == f"chat:{chat.id}", AuditEntry.action == WRONG, AuditEntry.at > now - CODE_LIFE
    )
    return (await db.scalar(wrong) or 0) < TRIES


async def link(db: AsyncSession, chat: Chat, words: str, now: datetime) -> Staff | None:
    """Make `chat` the phone of whom the code in `words` was made for. A wrong code is written down."""
    written = {word.upper() for word in fold(words).split() if len(word) == 8}
    code = await db.scalar(
        select(EnrolmentCode).where(
            EnrolmentCode.code.in_(written),
            EnrolmentCode.kind == CodeKind.STAFF,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )
    staff = await db.get(Staff, code.staff_id) if code else None
    if code is None or staff is None or not staff.active:
        await rights.audit(db, None, WRONG, f"chat:{chat.id}", now)
        return None
    code.used_at, code.chat_id = now, chat.id
    await unlink(db, chat)
    staff.chat_id = chat.id
    chats.set_state(chat, ChatState.ACTIVE, "", now)  # whoever asked for silence here asks for alarms now
    await rights.audit(db, staff, "link_phone", f"staff:{staff.id}", now)
    return staff


async def unlink(db: AsyncSession, chat: Chat) -> bool:
    """This chat is nobody's phone any more. False when it was not."""
    phones = update(Staff).where(Staff.chat_id == chat.id).values(chat_id=None).returning(Staff.id)
    return bool((await db.execute(phones)).all())
