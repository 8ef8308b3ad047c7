"""The people who post by hand in groups that no bot reaches: such a group is added, taken on with a one-time code,
handed to somebody else, given up. What they are given to post is in forwarding.py.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.library import Library
from bot.messages import Outgoing, fold
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    CodeKind,
    Delivery,
    DeliveryState,
    EnrolmentCode,
    Staff,
    Unit,
)
from bot.outbox import put
from bot.posts.broadcasts import change

ASSISTED = "assisted"
"""the channel of these groups; its transport is somebody's hand"""


async def add_group(db: AsyncSession, title: str, unit: Unit, topics: str, now: datetime) -> Chat:
    """It gets posts when somebody has taken it on."""
    group = Chat(channel=ASSISTED, address=f"{ASSISTED}:{secrets.token_hex(8)}", kind=ChatKind.GROUP, title=title[:255])
    group.unit_id, group.topics, group.state = unit.id, topics, ChatState.WAITING
    group.state_since = group.created_at = now
    db.add(group)
    await db.flush()
    return group


async def make_code(db: AsyncSession, group: Chat, name: str, staff: Staff | None, now: datetime) -> EnrolmentCode:
    """A one-time code for the person `name`, in place of earlier ones; until it is used nothing changes hands."""
    await db.execute(update(EnrolmentCode).where(EnrolmentCode.chat_id == group.id, usable(now)).values(expires_at=now))
    code = await chats.make_code(db, group.unit_id or 0, "", staff, now)
    code.kind, code.chat_id, group.forwarder_name = CodeKind.FORWARDER, group.id, name[:200]
    await db.flush()
    return code


def usable(now: datetime) -> ColumnElement[bool]:
    """The condition that a code still makes somebody a forwarder."""
    unused = EnrolmentCode.used_at.is_(None) & (EnrolmentCode.expires_at > now)
    return unused & (EnrolmentCode.kind == CodeKind.FORWARDER)


async def take_on(db: AsyncSession, chat: Chat, words: str, library: Library, now: datetime) -> Chat | None:
    """The person in the private `chat` typed a code that is good: he posts to that group from now on."""
    said = {word.upper() for word in fold(words).split() if len(word) == 8}
    code = await db.scalar(select(EnrolmentCode).where(EnrolmentCode.code.in_(said), usable(now)))
    if code is None or code.chat_id is None:
        return None
    code.used_at = now
    group = await db.get_one(Chat, code.chat_id)
    before = await db.get(Chat, group.forwarder_id) if group.forwarder_id not in (None, chat.id) else None
    group.forwarder_id = chat.id
    chats.set_state(group, ChatState.ACTIVE, "", now)
    await db.flush()
    if before is not None:
        await _hand_on(db, group, before, library, now)
    return group


async def _hand_on(db: AsyncSession, group: Chat, before: Chat, library: Library, now: datetime) -> None:
    """Who posted there until now is told; what he had in hand goes anew to the other, who never saw it."""
    going = select(Broadcast.id).where(Broadcast.state != BroadcastState.STOPPED)
    which = [*_in_hand([group.id]), Delivery.broadcast_id.in_(going)]
    await change(db, which, DeliveryState.PENDING, "other_forwarder", now)
    await put(db, before, Outgoing(library.texts("forwarding.handed_on", group=group.title)), now)


async def step_back(db: AsyncSession, chat: Chat, now: datetime) -> Sequence[Chat]:
    """He posts no more: his groups wait for somebody else, and what he had in hand has failed."""
    groups = (await db.scalars(select(Chat).where(Chat.forwarder_id == chat.id))).all()
    for group in groups:
        group.forwarder_id = None
        chats.set_state(group, ChatState.WAITING, "no_forwarder", now)
    await db.flush()
    which = _in_hand([group.id for group in groups])
    await change(db, which, DeliveryState.FAILED, "no_forwarder", now)
    return groups


def _in_hand(group_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    return [
        Delivery.channel == ASSISTED,
        Delivery.state == DeliveryState.SENDING,
        Delivery.chat_id.in_(group_ids),
    ]
