"""Groups that no bot reaches: a named person gets the post in his own chat, posts it there, and says so.

Such a group is a Chat of the channel «assisted»; its delivery is `sending` while the person has it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats, installation
from bot.messages import Choice, Outgoing, fold, from_json
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
from bot.models.mail import history_line
from bot.outbox import put
from bot.texts import Texts

ASSISTED = "assisted"
POSTED, NOT_POSTED = "posted:", "notposted:"
AT_A_TIME = 200
SOONEST_REMINDER = timedelta(minutes=30)
QUIET = time(6, 30), time(21, 0)
"""a person is reminded only between these hours"""
LINK_WITHIN = timedelta(minutes=30)


async def add_group(db: AsyncSession, title: str, unit: Unit, topics: str, now: datetime) -> Chat:
    """It gets posts when somebody has taken it on."""
    group = Chat(channel=ASSISTED, address=f"{ASSISTED}:{secrets.token_hex(8)}", kind=ChatKind.GROUP, title=title[:255])
    group.unit_id, group.topics, group.state = unit.id, topics, ChatState.WAITING
    group.state_since = group.created_at = now
    db.add(group)
    await db.flush()
    return group


async def make_code(db: AsyncSession, group: Chat, name: str, staff: Staff | None, now: datetime) -> EnrolmentCode:
    """A one-time code for the person `name`; whoever posts there now goes on until it is used."""
    code = await chats.make_code(db, group.unit_id or 0, "", staff, now)
    code.kind, code.chat_id, group.forwarder_name = CodeKind.FORWARDER, group.id, name[:200]
    await db.flush()
    return code


async def take_on(db: AsyncSession, chat: Chat, words: str, now: datetime) -> Chat | None:
    """The person in the private `chat` typed a code that is good: he posts to that group from now on."""
    said = {word.upper() for word in fold(words).split() if len(word) == 8}
    code = await db.scalar(
        select(EnrolmentCode).where(
            EnrolmentCode.code.in_(said),
            EnrolmentCode.kind == CodeKind.FORWARDER,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )
    if code is None or code.chat_id is None:
        return None
    code.used_at = now
    group = await db.get_one(Chat, code.chat_id)
    group.forwarder_id = chat.id
    chats.set_state(group, ChatState.ACTIVE, "", now)
    await db.flush()
    return group


async def step_back(db: AsyncSession, chat: Chat, now: datetime) -> Sequence[Chat]:
    """He posts no more; his groups wait for somebody else."""
    groups = (await db.scalars(select(Chat).where(Chat.forwarder_id == chat.id))).all()
    for group in groups:
        group.forwarder_id = None
        chats.set_state(group, ChatState.WAITING, "no_forwarder", now)
    return groups


async def anything(db: AsyncSession) -> bool:
    """Is there something to hand over, or in somebody's hands?"""
    under_way = or_(Delivery.state == DeliveryState.PENDING, Delivery.state == DeliveryState.SENDING)
    return await db.scalar(select(Delivery.id).where(Delivery.channel == ASSISTED, under_way).limit(1)) is not None


async def hand_over(db: AsyncSession, texts: Texts, public_url: str, zone: ZoneInfo, now: datetime) -> int:
    """Give what is due to the people who will post it. Returns how many deliveries."""
    gate = await installation.the_one(db)
    if gate.stopped_at or gate.sealed_at:
        return 0
    due = (
        select(Delivery)
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .join(Chat, Chat.id == Delivery.chat_id)
        .where(
            Delivery.channel == ASSISTED,
            Delivery.state == DeliveryState.PENDING,
            or_(Delivery.not_before.is_(None), Delivery.not_before <= now),
            Broadcast.state == BroadcastState.PUBLISHED,
        )
        .order_by(Delivery.id)
        .limit(AT_A_TIME)
    )
    if stopped := await installation.stopped_units(db):
        due = due.where(or_(Chat.unit_id.is_(None), Chat.unit_id.not_in(stopped)))
    rows = (await db.scalars(due)).all()
    for (broadcast_id, forwarder_id), some in _bundled(rows).items():
        await _hand(db, (broadcast_id, forwarder_id), some, texts, public_url, zone, now)
    return len(rows)


def _bundled(rows: Sequence[Delivery]) -> dict[tuple[int, int | None], list[Delivery]]:
    """By post and person: who posts to several groups gets the post once."""
    bundles: dict[tuple[int, int | None], list[Delivery]] = {}
    for row in rows:
        bundles.setdefault((row.broadcast_id or 0, row.chat.forwarder_id), []).append(row)
    return bundles


async def _hand(
    db: AsyncSession,
    bundle: tuple[int, int | None],
    rows: Sequence[Delivery],
    texts: Texts,
    public_url: str,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    broadcast_id, forwarder_id = bundle
    person = await db.get(Chat, forwarder_id) if forwarder_id else None
    late = [row for row in rows if row.latest_at < now]
    for row in late:
        _change(row, DeliveryState.FAILED, "too_late", now)
    rows = [row for row in rows if row not in late]
    if person is None or person.state != ChatState.ACTIVE:
        for row in rows:
            _change(row, DeliveryState.FAILED, "no_forwarder", now)
        return
    if not rows:
        return
    broadcast = await db.get_one(Broadcast, broadcast_id)
    await put(db, person, from_json({**broadcast.message, "bulk": False, "thread": "", "reply_to": ""}), now)
    key = f"forwarding.ask_{broadcast.correction or 'post'}"
    groups = [row.chat.title for row in rows]
    link = f"{public_url}/hoi-dap/{broadcast.post_id}"
    text = texts(key, title=broadcast.title, groups=groups, link=link, until=rows[0].latest_at.astimezone(zone))
    await put(db, person, Outgoing(text, choices=tuple(_choices(rows, texts))), now)
    for row in rows:
        _change(row, DeliveryState.SENDING, "with_forwarder", now)


def _choices(rows: Sequence[Delivery], texts: Texts) -> list[Choice]:
    """One pair for a group; its name beside it when there are several."""
    several = len(rows) > 1
    return [
        Choice(texts(f"forwarding.{key}", group=row.chat.title[:40] if several else ""), f"{value}{row.id}")
        for row in rows
        for key, value in (("posted", POSTED), ("not_posted", NOT_POSTED))
    ]


async def held_by(db: AsyncSession, chat: Chat) -> Sequence[Delivery]:
    """What this person has in hand, oldest first."""
    held = select(Delivery).join(Chat, Chat.id == Delivery.chat_id).where(Chat.forwarder_id == chat.id)
    held = held.where(Delivery.channel == ASSISTED, Delivery.state == DeliveryState.SENDING)
    return (await db.scalars(held.order_by(Delivery.id))).all()


async def close(db: AsyncSession, chat: Chat, delivery_id: int, done: bool, now: datetime) -> Delivery | None:
    """The person says that he has, or could not, post it. None when it is not his; what was closed before stays so."""
    row = await db.get(Delivery, delivery_id)
    if row is None or row.channel != ASSISTED or row.chat.forwarder_id != chat.id:
        return None
    if row.state == DeliveryState.SENDING:
        state, reason = (DeliveryState.SENT, "posted_by_hand") if done else (DeliveryState.FAILED, "not_posted_said")
        _change(row, state, reason, now)
    return row


async def keep_link(db: AsyncSession, chat: Chat, link: str, now: datetime) -> Delivery | None:
    """A link sent soon after «đã đăng» is where the post can be seen."""
    posted = select(Delivery).join(Chat, Chat.id == Delivery.chat_id).where(Chat.forwarder_id == chat.id)
    row = await db.scalar(
        posted.where(
            Delivery.channel == ASSISTED,
            Delivery.state == DeliveryState.SENT,
            Delivery.platform_id == "",
            Delivery.changed_at > now - LINK_WITHIN,
        )
        .order_by(Delivery.changed_at.desc())
        .limit(1)
    )
    if row is not None:
        row.platform_id = link[:300]
    return row


async def remind_and_close(db: AsyncSession, texts: Texts, zone: ZoneInfo, now: datetime) -> int:
    """One reminder when half of the time has passed; at the deadline it has failed. Returns how many changed."""
    rows = await db.scalars(
        select(Delivery).where(Delivery.channel == ASSISTED, Delivery.state == DeliveryState.SENDING)
    )
    changed, awake = 0, QUIET[0] <= now.astimezone(zone).time() < QUIET[1]
    for row in rows.all():
        if row.latest_at <= now:
            _change(row, DeliveryState.FAILED, "not_posted", now)
        elif awake and row.reason == "with_forwarder" and now >= _reminder_at(row):
            await _remind(db, row, texts, zone, now)
        else:
            continue
        changed += 1
    return changed


def _reminder_at(row: Delivery) -> datetime:
    return row.changed_at + max(SOONEST_REMINDER, (row.latest_at - row.changed_at) / 2)


async def _remind(db: AsyncSession, row: Delivery, texts: Texts, zone: ZoneInfo, now: datetime) -> None:
    row.reason, row.history = "reminded", row.history + history_line(row.state, "reminded", now)
    person = await db.get(Chat, row.chat.forwarder_id) if row.chat.forwarder_id else None
    broadcast = await db.get_one(Broadcast, row.broadcast_id)
    if person is not None and person.state == ChatState.ACTIVE:
        until = row.latest_at.astimezone(zone)
        text = texts("forwarding.reminder", title=broadcast.title, group=row.chat.title, until=until)
        await put(db, person, Outgoing(text, choices=tuple(_choices([row], texts))), now)


async def called_off(db: AsyncSession, broadcast: Broadcast, texts: Texts, now: datetime) -> int:
    """The broadcast was stopped: what people have in hand is cancelled, and they are told. Returns how many."""
    rows = (
        await db.scalars(
            select(Delivery).where(
                Delivery.broadcast_id == broadcast.id,
                Delivery.channel == ASSISTED,
                Delivery.state == DeliveryState.SENDING,
            )
        )
    ).all()
    for row in rows:
        _change(row, DeliveryState.CANCELLED, "stopped", now)
        person = await db.get(Chat, row.chat.forwarder_id) if row.chat.forwarder_id else None
        if person is not None:
            text = texts("forwarding.called_off", title=broadcast.title, group=row.chat.title)
            await put(db, person, Outgoing(text), now)
    return len(rows)


async def counts_by_hand(db: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """Deliveries per state that a person was to post."""
    rows = await db.execute(
        select(Delivery.state, func.count())
        .where(Delivery.broadcast_id == broadcast_id, Delivery.channel == ASSISTED)
        .group_by(Delivery.state)
    )
    return {str(state): 0 for state in DeliveryState} | {row[0]: row[1] for row in rows}


def _change(row: Delivery, state: DeliveryState, reason: str, now: datetime) -> None:
    row.state, row.reason, row.changed_at = state, reason, now
    row.history += history_line(state, reason, now)
