"""How a broadcast fared, chat by chat and in numbers; resent to the failed; what is unknown settled by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.errors import Misuse
from bot.library import Library
from bot.models import (
    ArchivedDelivery,
    Broadcast,
    BroadcastState,
    Chat,
    ChatState,
    Delivery,
    DeliveryState,
    Staff,
)
from bot.posts.broadcasts import LATENESS, change, wake_for
from bot.posts.versions import still_approved

ARRIVED, NOT_ARRIVED = "settled_arrived", "settled_not_arrived"
EVERYWHERE: ColumnElement[bool] = literal(True)
"""a condition on Chat that all fulfil"""


@dataclass(frozen=True, slots=True)
class Tally:
    """So many chats with this outcome. `reason` is a key of content/texts/reasons.toml, or empty."""

    state: str
    reason: str
    number: int


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a delivery's history."""

    at: datetime
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the post in one chat. `id` is the delivery's; `history` is empty for one of long ago."""

    id: int
    chat_id: int
    title: str
    address: str
    channel: str
    state: str
    reason: str
    words: str
    platform_id: str
    changed_at: datetime
    history: str

    @property
    def changes(self) -> list[Change]:
        return changes(self.history)


def changes(history: str) -> list[Change]:
    """What `history_line` wrote, oldest first."""
    lines = [(*line.split(" "), "", "")[:3] for line in history.splitlines()]
    return [Change(datetime.fromisoformat(at), state, reason) for at, state, reason in lines]


@dataclass(frozen=True, slots=True)
class Failed:
    """Failed deliveries: how many may be sent again, and how many not, by what is the matter with the chat."""

    can: int
    cannot: tuple[Tally, ...]
    """`state` is the chat's"""


async def tallies(db: AsyncSession, broadcast: Broadcast, where: ColumnElement[bool] = EVERYWHERE) -> list[Tally]:
    """Outcomes by state and reason in the chats that fulfil `where` (a condition on Chat), most frequent first."""
    rows = _outcomes(broadcast)
    number = func.count()
    found = await db.execute(
        select(rows.c.state, rows.c.reason, number)
        .join(Chat, Chat.id == rows.c.chat_id)
        .where(where)
        .group_by(rows.c.state, rows.c.reason)
        .order_by(number.desc(), rows.c.state, rows.c.reason)
    )
    return [Tally(*row) for row in found]


async def outcomes(
    db: AsyncSession,
    broadcast: Broadcast,
    where: ColumnElement[bool] = EVERYWHERE,
    *,
    state: str = "",
    reason: str | None = None,
    skip: int = 0,
    limit: int | None = 200,
) -> list[Outcome]:
    """By the chats' titles; all states when `state` is empty, all reasons when `reason` is None."""
    rows = _outcomes(broadcast)
    query = select(rows.c.id, rows.c.chat_id, _title(), Chat.address, *(rows.c[name] for name in _SHOWN))
    query = query.join(Chat, Chat.id == rows.c.chat_id).where(where)
    if state:
        query = query.where(rows.c.state == state)
    if reason is not None:
        query = query.where(rows.c.reason == reason)
    found = await db.execute(query.order_by(Chat.title, Chat.id).offset(skip).limit(limit))
    return [Outcome(*row) for row in found]


_SHOWN = ("channel", "state", "reason", "words", "platform_id", "changed_at", "history")


def _title() -> ColumnElement[str]:
    return func.coalesce(func.nullif(Chat.title, ""), Chat.address)


def _outcomes(broadcast: Broadcast) -> Subquery:
    """Deliveries of now and of long ago as one table."""

    def of(table: type[Delivery] | type[ArchivedDelivery]) -> Select[Any]:
        columns = [getattr(table, name, literal("")).label(name) for name in ("id", "chat_id", *_SHOWN)]
        return select(*columns).where(table.broadcast_id == broadcast.id)

    return union_all(of(Delivery), of(ArchivedDelivery)).subquery("outcomes")


async def failed(db: AsyncSession, broadcast: Broadcast) -> Failed:
    """What `resend_failed` would do."""
    rows = await db.execute(
        select(Chat.state, Chat.reason, func.count())
        .join(Delivery, Delivery.chat_id == Chat.id)
        .where(Delivery.broadcast_id == broadcast.id, Delivery.state == DeliveryState.FAILED)
        .group_by(Chat.state, Chat.reason)
        .order_by(func.count().desc(), Chat.state, Chat.reason)
    )
    found = [Tally(*row) for row in rows]
    cannot = tuple(tally for tally in found if tally.state != ChatState.ACTIVE)
    return Failed(sum(tally.number for tally in found if tally.state == ChatState.ACTIVE), cannot)


async def resend_failed(
    db: AsyncSession, library: Library, broadcast: Broadcast, now: datetime, lateness: timedelta = LATENESS
) -> int:
    """What failed in chats that can be reached waits once more. Returns how many.

    Raises Misuse unless the broadcast is going out: a stopped, corrected or withdrawn text is not sent again.
    """
    if broadcast.state != BroadcastState.PUBLISHED or not await still_approved(db, broadcast):
        raise Misuse(library.texts("posts.resend_not_going"))
    reached = select(Chat.id).where(Chat.state == ChatState.ACTIVE)
    again = await change(
        db,
        [
            Delivery.broadcast_id == broadcast.id,
            Delivery.state == DeliveryState.FAILED,
            Delivery.chat_id.in_(reached),
        ],
        DeliveryState.PENDING,
        "resent",
        now,
        words="",
        not_before=None,
        latest_at=now + lateness,
    )
    await wake_for(db, broadcast)
    return again


async def settle(
    db: AsyncSession, library: Library, delivery: Delivery, arrived: bool, staff: Staff, now: datetime
) -> None:
    """Somebody looked: the message is in the chat, or it is not. Raises Misuse when it is no longer unknown."""
    if not await _settle(db, [Delivery.id == delivery.id], arrived, now):
        raise Misuse(library.texts("posts.not_unknown"))
    await db.refresh(delivery)
    subject = f"broadcast:{delivery.broadcast_id}" if delivery.broadcast_id else f"chat:{delivery.chat_id}"
    await rights.audit(db, staff, "settle_delivery", subject, now, delivery=delivery.id, arrived=arrived)


async def settle_all(db: AsyncSession, broadcast: Broadcast, arrived: bool, staff: Staff, now: datetime) -> int:
    """The same of all that is unknown of a broadcast. Returns how many."""
    number = await _settle(db, [Delivery.broadcast_id == broadcast.id], arrived, now)
    detail = {"number": number, "arrived": arrived}
    await rights.audit(db, staff, "settle_delivery", f"broadcast:{broadcast.id}", now, **detail)
    return number


async def _settle(db: AsyncSession, which: Sequence[ColumnElement[bool]], arrived: bool, now: datetime) -> int:
    state, reason = (DeliveryState.SENT, ARRIVED) if arrived else (DeliveryState.FAILED, NOT_ARRIVED)
    return await change(db, [*which, Delivery.state == DeliveryState.UNKNOWN], state, reason, now)
