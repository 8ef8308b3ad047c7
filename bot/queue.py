"""The queue as the owner of an account reads it: the next page, the posts it holds, what an earlier owner left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.carrying import Earlier, Load
from bot.channels import Channel
from bot.messages import Address, Outgoing, asked_by, from_json
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    Correction,
    Delivery,
    DeliveryState,
    Urgency,
)
from bot.models.mail import history_line

PAGE = 200

# Written out, not bound: only then do the indexes over pending rows serve the queries.
_PENDING: ColumnElement[bool] = Delivery.state == literal_column(f"'{DeliveryState.PENDING}'")
_SENDING: ColumnElement[bool] = Delivery.state == literal_column(f"'{DeliveryState.SENDING}'")


@dataclass(frozen=True, slots=True)
class Due:
    """A pending delivery, with what choosing and sending it needs."""

    id: int
    chat_id: int
    urgency: str
    latest_at: datetime
    attempts: int
    ids: str
    message: dict[str, object] | None
    broadcast_id: int | None
    address: str
    kind: str
    thread: str
    chat_state: str
    unit_id: int | None
    heard_at: datetime | None
    about_ids: str | None
    about_at: datetime | None
    about_state: str | None

    @property
    def bulk(self) -> bool:
        return self.urgency != Urgency.ANSWER

    @property
    def urgent(self) -> bool:
        return self.urgency == Urgency.URGENT

    @property
    def waits_for_another(self) -> bool:
        """What it corrects is still on its way."""
        return self.about_state in (DeliveryState.PENDING, DeliveryState.SENDING)

    @property
    def group(self) -> bool:
        return self.kind == ChatKind.GROUP


_ABOUT = aliased(Delivery)
"""the delivery that a correction corrects"""


def page_query(account: str, held: Sequence[int], stopped: Collection[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """`held`: chats, `stopped`: units, whose rows are left out."""
    query = (
        select(
            Delivery.id,
            Delivery.chat_id,
            Delivery.urgency,
            Delivery.latest_at,
            Delivery.attempts,
            Delivery.platform_id,
            Delivery.message,
            Delivery.broadcast_id,
            Chat.address,
            Chat.kind,
            Chat.thread,
            Chat.state,
            Chat.unit_id,
            Chat.heard_at,
            _ABOUT.platform_id,
            _ABOUT.changed_at,
            _ABOUT.state,
        )
        .join(Chat, Chat.id == Delivery.chat_id)
        .outerjoin(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .outerjoin(_ABOUT, _ABOUT.id == Delivery.about_id)
        .where(
            _PENDING,
            Delivery.channel == account,
            _due(now),
            or_(Delivery.broadcast_id.is_(None), Broadcast.state == BroadcastState.PUBLISHED),
        )
        .order_by(Delivery.urgency, Delivery.id)
        .limit(PAGE)
    )
    if stopped:
        query = query.where(or_(Chat.unit_id.is_(None), Chat.unit_id.not_in(stopped)))
    return query.where(Delivery.chat_id.not_in(held)) if held else query


async def page(
    db: AsyncSession, account: str, held: Sequence[int], stopped: Collection[int], now: datetime
) -> list[Due]:
    """The next deliveries due on `account`, answers first."""
    return [Due(*row) for row in await db.execute(page_query(account, held, stopped, now))]


class Posts:
    """The broadcasts that the rows of a page belong to, each read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Outgoing, Outgoing | None, str, bool]] = {}

    async def learn(self, db: AsyncSession, rows: Sequence[Due]) -> None:
        new = {row.broadcast_id for row in rows if row.broadcast_id} - self._known.keys()
        if new:
            if len(self._known) > 1000:
                self._known.clear()
                new = {row.broadcast_id for row in rows if row.broadcast_id}
            for post in await db.scalars(select(Broadcast).where(Broadcast.id.in_(new))):
                erratum = from_json(post.erratum) if post.erratum else None
                message = asked_by(from_json(post.message), post.id)
                self._known[post.id] = (message, erratum, post.correction, post.urgent)

    def is_moot(self, row: Due) -> bool:
        """A withdrawal or an erratum of what never came needs not be sent."""
        correction = self._known[row.broadcast_id][2] if row.broadcast_id in self._known else ""
        never_came = row.about_state in (DeliveryState.FAILED, DeliveryState.CANCELLED)
        return never_came and correction in (Correction.DELETE, Correction.ERRATUM)

    def load(self, row: Due) -> Load:
        load = Load(
            id=row.id,
            chat_id=row.chat_id,
            to=Address.parse(row.address),
            group=row.group,
            chat_state=ChatState(row.chat_state),
            message=from_json(dict(row.message)) if row.message is not None else Outgoing(""),
            ids=_ids(row.ids),
            attempt=row.attempts + 1,
            bulk=row.bulk,
            urgent=row.urgent,
        )
        if row.broadcast_id is None or row.broadcast_id not in self._known:
            return load
        return _of_broadcast(load, row, *self._known[row.broadcast_id])


def _of_broadcast(
    load: Load, row: Due, message: Outgoing, erratum: Outgoing | None, correction: str, urgent: bool
) -> Load:
    arrived = row.about_state in (DeliveryState.SENT, DeliveryState.UNKNOWN)
    earlier = Earlier(_ids(row.about_ids or ""), row.about_at) if row.about_at and arrived else None
    message = replace(message, thread=row.thread) if row.thread else message
    erratum = replace(erratum, thread=row.thread) if erratum and row.thread else erratum
    return replace(
        load,
        message=message,
        erratum=erratum,
        correction=correction,
        earlier=earlier,
        urgent=urgent,
        broadcast_id=row.broadcast_id,
    )


def _ids(written: str) -> tuple[str, ...]:
    return tuple(part for part in written.split(",") if part)


async def next_due(db: AsyncSession, account: str) -> datetime | None:
    """When the first pending delivery of `account` that must wait may go out."""
    return await db.scalar(select(func.min(Delivery.not_before)).where(_PENDING, Delivery.channel == account))


async def accounts_due(db: AsyncSession, now: datetime, urgencies: Sequence[Urgency] = ()) -> list[str]:
    """The accounts on which something (of these urgencies) is due now."""
    return list(await db.scalars(accounts_query(now, urgencies)))


def accounts_query(now: datetime, urgencies: Sequence[Urgency] = ()) -> Select[str]:
    """Jumps from account to account in the index."""
    walk = select(func.min(Delivery.channel).label("name")).where(_PENDING).cte("walk", recursive=True)
    further = select(func.min(Delivery.channel)).where(_PENDING, Delivery.channel > walk.c.name).scalar_subquery()
    walk = walk.union_all(select(further).where(walk.c.name.is_not(None)))
    waiting = select(Delivery.id).where(_PENDING, _due(now), Delivery.channel == walk.c.name)
    if urgencies:
        waiting = waiting.where(Delivery.urgency.in_(urgencies))
    return select(walk.c.name).where(walk.c.name.is_not(None), waiting.exists())


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(Delivery.not_before.is_(None), Delivery.not_before <= now)


async def take_over(db: AsyncSession, channel: Channel, in_hand: Collection[int], now: datetime) -> int:
    """What an owner that is gone was sending is `unknown`: repeated where that is harmless, once where it is urgent.

    `in_hand`: what this very process is sending. Returns how many are unknown now.
    """
    left = update(Delivery).where(_SENDING, Delivery.channel == channel.name, Delivery.id.not_in(list(in_hand)))
    quietly = {"synchronize_session": False}
    first_urgent = left.where(Delivery.urgency == Urgency.URGENT, Delivery.attempts == 1)
    again = left if channel.abilities.repeatable else first_urgent
    await db.execute(again.values(_change(DeliveryState.PENDING, "repeated_once", now)).execution_options(**quietly))
    lost = left.values(_change(DeliveryState.UNKNOWN, "interrupted", now)).returning(Delivery.id)
    return len((await db.execute(lost.execution_options(**quietly))).all())


def _change(state: DeliveryState, reason: str, now: datetime) -> dict[str, object]:
    line = Delivery.history + history_line(state, reason, now)
    return {"state": state, "reason": reason, "changed_at": now, "history": line}


async def recent_sends(db: AsyncSession, account: str, since: datetime) -> list[tuple[str, datetime]]:
    """(chat's address, moment) of what was sent since then, oldest first: a new owner keeps the pace of the old one."""
    return [(address, at) for address, at in await db.execute(recent_query(account, since))]


def recent_query(account: str, since: datetime) -> Select[str, datetime]:
    return (
        select(Chat.address, Delivery.changed_at)
        .join(Chat, Chat.id == Delivery.chat_id)
        .where(
            Delivery.channel == account,
            Delivery.changed_at > since,
            Delivery.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)),
        )
        .order_by(Delivery.changed_at)
    )


def hot_queries(account: str, now: datetime) -> list[tuple[str, Select[*tuple[Any, ...]]]]:
    """What is asked again and again while a broadcast runs; bench/plans.py shows how it is found."""
    left = select(Delivery.id).where(_SENDING, Delivery.channel == account)
    return [
        ("the next page of an account", page_query(account, [1, 2, 3], [], now)),
        ("the accounts on which something is due", accounts_query(now)),
        ("the accounts with an answer due", accounts_query(now, (Urgency.ANSWER, Urgency.URGENT))),
        ("what an owner that is gone was sending", left),
        ("what was sent in the last minute", recent_query(account, now - timedelta(minutes=1))),
    ]
