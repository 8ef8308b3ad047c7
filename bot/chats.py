"""Groups and private chats: known, enrolled by a one-time code, confirmed by staff, moved, muted, gone, back again."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Address, fold
from bot.models import Chat, ChatKind, ChatState, CodeKind, EnrolmentCode, Staff, Unit

CODE_LIFE = timedelta(days=7)
DESK = "desk"
"""the channel of those for whom staff write: it carries nothing"""
_LETTERS = "ABCDEGHKLMNPQRTUVXY2346789"
"""no letters or digits that look alike"""


async def at(db: AsyncSession, address: Address) -> Chat | None:
    return await db.scalar(select(Chat).where(Chat.address == str(address)))


async def known(db: AsyncSession, address: Address, kind: ChatKind, title: str, now: datetime) -> Chat:
    """The chat at `address`, made when new: a private chat is active, a group waits for a code or for staff."""
    chat = (await known_all(db, {address: kind}, now))[address]
    if title:
        chat.title = title[:255]
    return chat


async def known_all(db: AsyncSession, kinds: Mapping[Address, ChatKind], now: datetime) -> dict[Address, Chat]:
    """The same of several."""
    found = await db.scalars(select(Chat).where(Chat.address.in_([str(address) for address in kinds])))
    chats = {chat.where: chat for chat in found}
    new = {address: _new(address, kind, now) for address, kind in kinds.items() if address not in chats}
    if new:
        db.add_all(new.values())
        await db.flush()
    return chats | new


def _new(address: Address, kind: ChatKind, now: datetime) -> Chat:
    state = ChatState.ACTIVE if kind is ChatKind.PRIVATE else ChatState.WAITING
    chat = Chat(channel=address.channel, address=str(address), kind=kind, state=state, state_since=now)
    chat.created_at = now
    chat.title = chat.topics = chat.thread = chat.reason = chat.adding = ""
    chat.menu = []
    chat.unit = None
    return chat


async def desk(db: AsyncSession, now: datetime) -> Chat:
    """A chat for somebody who has none with us. Nothing may be queued for it: bot/cases/telling.py knows what to do."""
    chat = _new(Address(DESK, secrets.token_hex(12)), ChatKind.PRIVATE, now)
    db.add(chat)
    await db.flush()
    return chat


async def make_code(db: AsyncSession, unit_id: int, topics: str, staff: Staff | None, now: datetime) -> EnrolmentCode:
    """A new one-time code, good for a week."""
    code = EnrolmentCode(
        code="".join(secrets.choice(_LETTERS) for _ in range(8)),
        unit_id=unit_id,
        topics=topics,
        staff_id=staff.id if staff else None,
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    db.add(code)
    await db.flush()
    return code


async def enrol_by_code(db: AsyncSession, chat: Chat, words: str, now: datetime) -> Unit | None:
    """Enrol `chat` when `words` hold a code that is unused and not expired. Returns its unit."""
    candidates = {word.upper() for word in fold(words).split() if len(word) == 8}
    code = await db.scalar(
        select(EnrolmentCode).where(
            EnrolmentCode.code.in_(candidates),
            EnrolmentCode.kind == CodeKind.GROUP,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )
    if code is None:
        return None
    code.used_at, code.chat_id = now, chat.id
    unit = await db.get_one(Unit, code.unit_id)
    await confirm(db, chat, unit, now)
    chat.topics = code.topics
    return unit


async def enrol(db: AsyncSession, address: Address, *, unit: Unit, title: str, topics: str, now: datetime) -> Chat:
    """Make the group at `address` belong to `unit`, known before or not."""
    chat = await known(db, address, ChatKind.GROUP, title, now)
    chat.topics = topics
    await confirm(db, chat, unit, now)
    return chat


async def confirm(db: AsyncSession, chat: Chat, unit: Unit, now: datetime) -> None:
    """Staff say: this group is ours, of this unit."""
    chat.unit_id, chat.unit = unit.id, unit
    set_state(chat, ChatState.ACTIVE, "", now)
    await db.flush()


def set_state(chat: Chat, state: ChatState, reason: str, now: datetime) -> None:
    """Note since when and why; the same state again keeps its beginning."""
    if chat.state != state:
        chat.state_since = now
    chat.state, chat.reason = state, reason


async def may_have_moved(db: AsyncSession, chat: Chat) -> bool:
    """A new group that is called like an enrolled one of its account: perhaps the same, and what tells so is coming."""
    namesakes = select(Chat.id).where(
        Chat.channel == chat.channel,
        Chat.title == chat.title,
        Chat.kind == ChatKind.GROUP,
        Chat.unit_id.is_not(None),
    )
    return bool(chat.title) and await db.scalar(namesakes.limit(1)) is not None


async def move(db: AsyncSession, chat: Chat, new_id: str, now: datetime) -> None:
    """The platform gave the chat another id. A row that already stands there takes the old address, as gone."""
    new, old = str(Address(chat.channel, new_id)), chat.address
    if new == old:
        return
    squatter = await db.scalar(select(Chat).where(Chat.address == new))
    if squatter is not None and squatter.unit_id is not None and chat.unit_id is None:
        set_state(chat, ChatState.GONE, "moved", now)  # told once more: the enrolled group is there already
        return
    if squatter is not None:
        await db.execute(update(Chat).where(Chat.id == squatter.id).values(address=f"{old}#moving"))
        await db.execute(update(Chat).where(Chat.id == chat.id).values(address=new))
        await db.execute(update(Chat).where(Chat.id == squatter.id).values(address=old))
        await db.refresh(squatter)
        await db.refresh(chat)
        set_state(squatter, ChatState.GONE, "moved", now)
    else:
        chat.address = new
    if chat.state == ChatState.GONE:
        set_state(chat, ChatState.ACTIVE if chat.unit_id else ChatState.WAITING, "", now)
    await db.flush()
