"""What a message tells beyond its words: it was here before, we talk too much, an uncertain send has arrived."""

import hashlib
import json
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Incoming, emphasis
from bot.models import Chat, ChatKind, Delivery, DeliveryState, Outcome, Update
from bot.models.mail import history_line

AGAIN_WITHIN = timedelta(minutes=10)
HALF = 32
"""hexadecimal digits of a digest that say which message it is"""
MOST_ANSWERS = {ChatKind.PRIVATE: 60, ChatKind.GROUP: 20}
"""a minute: what the platforms carry to one chat; whoever draws more out of us is a loop"""


def digest_of(message: Incoming) -> str:
    """Which message it is (who said it, where, when; its id too where the platform counts time in whole seconds), and
    then what it says. An edit is the message that it edits."""
    which = [
        str(message.chat),
        str(message.sender),
        message.sent_at.isoformat(),
        "" if message.sent_at.microsecond else message.edits or message.id,
    ]
    says = [message.text, message.choice, [one.ref for one in message.attachments]]
    return _half(which) + _half(says)


def _half(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:HALF]


async def here_before(db: AsyncSession, messages: Iterable[Incoming], now: datetime) -> set[str]:
    """The digests of what tells nothing new: handled lately under another id of the platform, or an empty edit."""
    edits, others = list[str](), list[str]()
    for message in messages:
        (edits if message.edits else others).append(digest_of(message))
    found = select(Update.digest).where(
        Update.digest.in_(others),
        Update.received_at > now - AGAIN_WITHIN,
        Update.outcome != Outcome.REFUSED,
    )
    before = set(await db.scalars(found)) if others else set[str]()
    return before | {digest for digest in edits if digest == await _last(db, digest[:HALF])}


async def _last(db: AsyncSession, which: str) -> str | None:
    """What the message said when it was last heard; a correction taken back is a correction."""
    versions = select(Update.digest).where(
        Update.digest.between(which, f"{which}g"),  # after every hexadecimal digit
        Update.outcome != Outcome.REFUSED,
    )
    return await db.scalar(versions.order_by(Update.id.desc()).limit(1))


class Talk:
    """How many answers each chat has got in the last minute. In memory: a loop does not outlive a restart."""

    def __init__(self) -> None:
        self._given: dict[int, deque[datetime]] = {}

    def left(self, chat_id: int, kind: str, wanted: int, now: datetime) -> int:
        """How many of the `wanted` answers the chat may have; they count as given."""
        given = self._given.setdefault(chat_id, deque())
        while given and given[0] <= now - timedelta(minutes=1):
            given.popleft()
        granted = max(0, min(wanted, MOST_ANSWERS[ChatKind(kind)] - len(given)))
        given.extend([now] * granted)
        if len(self._given) > 10_000:
            self._given = {id: times for id, times in self._given.items() if times}
        return granted


async def settle_by_reply(db: AsyncSession, chat: Chat, message: Incoming, now: datetime) -> Delivery | None:
    """Who replies to a message, or presses its button, has it: an unknown send that it must have been has arrived."""
    if not message.replies_to:
        return None
    unknown = select(Delivery).where(Delivery.chat_id == chat.id, Delivery.state == DeliveryState.UNKNOWN)
    rows = (await db.scalars(unknown.order_by(Delivery.id.desc()).limit(20))).all()
    if not rows or await _is_known(db, chat, message.replies_to):
        return None
    fitting = [row for row in rows if await _reads(db, row, message.quoted)]
    arrived = fitting[0] if fitting else rows[0] if len(rows) == 1 else None
    if arrived is not None:
        arrived.state, arrived.reason, arrived.changed_at = DeliveryState.SENT, "settled_by_reply", now
        arrived.platform_id = message.replies_to
        arrived.history += history_line(DeliveryState.SENT, "settled_by_reply", now)
    return arrived


async def _is_known(db: AsyncSession, chat: Chat, id: str) -> bool:
    """Another delivery has this id of the platform already."""
    ids = await db.scalars(
        select(Delivery.platform_id).where(
            Delivery.chat_id == chat.id, Delivery.platform_id.contains(id, autoescape=True)
        )
    )
    return any(id in one.split(",") for one in ids)


async def _reads(db: AsyncSession, row: Delivery, quoted: str) -> bool:
    if row.message is None:
        await db.refresh(row, ["broadcast"])
    kept = row.message or (row.broadcast.message if row.broadcast else {})
    text = emphasis(str(kept.get("text", "")))[0].strip()
    return bool(quoted.strip()) and text.startswith(quoted.strip()[:200])
