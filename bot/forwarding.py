"""Posts for groups that no bot reaches: handed to the person who posts there, who says when he has; reminded, closed.

Such a group is a Chat of the channel «assisted»; its delivery is `sending` while the person has it. Who posts where
is in forwarders.py.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import installation, quiet
from bot.config import Config
from bot.forwarders import ASSISTED
from bot.library import Library
from bot.messages import Choice, Outgoing, as_menu, from_json
from bot.models import (
    ArchivedDelivery,
    Broadcast,
    BroadcastState,
    Chat,
    ChatState,
    Correction,
    Delivery,
    DeliveryState,
    Urgency,
)
from bot.models.mail import history_line
from bot.outbox import put

POSTED, NOT_POSTED = "posted:", "notposted:"
"""beginnings of the choices' values; the delivery's id follows"""
AT_A_TIME = 200
SOONEST_REMINDER = timedelta(minutes=30)
AWAKE = time(6, 30), time(21, 0)
"""a person is reminded only between these hours"""
AT_ONCE = 6
"""posts to choose from; more would not be read"""
LINK_WITHIN = timedelta(minutes=30)
POST = "post"
"""what may be asked of the person, besides the Corrections"""


async def waiting(db: AsyncSession, now: datetime) -> bool:
    """Has `hand_over` something to do?"""
    return any([await db.scalar(query.limit(1)) is not None for query in (_due(now), _called_off())])


def _due(now: datetime) -> Select[Any]:
    return (
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
    )


def _held() -> Select[Any]:
    return select(Delivery).where(Delivery.channel == ASSISTED, Delivery.state == DeliveryState.SENDING)


def _called_off() -> Select[Any]:
    stopped = select(Broadcast.id).where(Broadcast.state == BroadcastState.STOPPED)
    return _held().where(Delivery.broadcast_id.in_(stopped))


async def hand_over(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """Give what is due to the people who will post it, and take back what was stopped. Returns how many changed."""
    gate = await installation.the_one(db)
    if gate.stopped_at or gate.sealed_at:
        return 0
    taken_back = await _take_back(db, (await db.scalars(_called_off())).all(), library, now)
    due = _due(now).limit(AT_A_TIME)
    if stopped := await installation.stopped_units(db):
        due = due.where(or_(Chat.unit_id.is_(None), Chat.unit_id.not_in(stopped)))
    rows: Sequence[Delivery] = (await db.scalars(due)).all()
    bundles: dict[tuple[int, int, str], list[Delivery]] = {}
    for row in await _awake(db, rows, config, now):
        asked = await asked_of(db, row)
        if ended := await _over(db, row, asked, now):
            _change(row, *ended, now)
        else:
            bundles.setdefault((row.broadcast_id or 0, row.chat.forwarder_id or 0, asked), []).append(row)
    for (_, _, asked), some in bundles.items():
        await _hand(db, some, asked, library, config, now)
    return len(rows) + taken_back


async def _awake(db: AsyncSession, rows: Sequence[Delivery], config: Config, now: datetime) -> list[Delivery]:
    """Those whose unit does not rest now; the others wait for the end of its quiet hours."""
    resting = await quiet.resting_units(db, now, config.service.zone) if rows else {}
    awake = list[Delivery]()
    for row in rows:
        until = None if row.urgency == Urgency.URGENT else resting.get(row.chat.unit_id or 0)
        if until:
            row.not_before, row.reason, row.changed_at = until, "quiet_hours", now
        else:
            awake.append(row)
    return awake


async def asked_of(db: AsyncSession, row: Delivery) -> str:
    """POST, or the Correction: only who has posted it can put it right. «» when there is nothing to correct."""
    correction = (await db.get_one(Broadcast, row.broadcast_id)).correction
    about = await db.get(Delivery, row.about_id) if row.about_id else None
    if not correction or about is None:
        return POST
    if about.state in (DeliveryState.SENT, DeliveryState.UNKNOWN):
        return correction
    return POST if correction == Correction.EDIT else ""


async def title_of(db: AsyncSession, row: Delivery) -> str:
    return (await db.get_one(Broadcast, row.broadcast_id)).title


async def _over(db: AsyncSession, row: Delivery, asked: str, now: datetime) -> tuple[DeliveryState, str] | None:
    """How it ends without being handed to anybody, if it does."""
    if not asked:
        return DeliveryState.CANCELLED, "nothing_to_correct"
    if row.latest_at <= now:
        return DeliveryState.FAILED, "too_late"
    return (DeliveryState.FAILED, "no_forwarder") if await _person(db, row) is None else None


async def _person(db: AsyncSession, row: Delivery) -> Chat | None:
    """The chat of whoever posts there, when he can be written to."""
    person = await db.get(Chat, row.chat.forwarder_id) if row.chat.forwarder_id else None
    return person if person is not None and person.state == ChatState.ACTIVE else None


async def _hand(
    db: AsyncSession, rows: Sequence[Delivery], asked: str, library: Library, config: Config, now: datetime
) -> None:
    """All of one post and one person: first the post, clean to be forwarded, then what is asked of him."""
    person, broadcast = await _person(db, rows[0]), await db.get_one(Broadcast, rows[0].broadcast_id)
    if person is None:
        return
    post = from_json({**broadcast.message, "bulk": False, "thread": "", "reply_to": ""})
    await put(db, person, as_menu(post, ""), now)
    text = library.texts(
        f"forwarding.ask_{asked}",
        title=broadcast.title,
        groups=[row.chat.title for row in rows],
        link=_link(broadcast, config),
        until=min(row.latest_at for row in rows).astimezone(config.service.zone),
    )
    several = len(rows) > 1
    choices = [choice for row in rows for choice in _choices(row, library, asked, row.chat.title if several else "")]
    await put(db, person, Outgoing(text, choices=tuple(choices)), now)
    for row in rows:
        _change(row, DeliveryState.SENDING, "with_forwarder", now)


def _link(broadcast: Broadcast, config: Config) -> str:
    """Where everybody can read the post; «» for what one chat only gets, or a portal that only this machine reaches."""
    public = config.service.public_url and not broadcast.target.startswith("chat:")
    return f"{config.public_url}/tin/{broadcast.post_id}" if public else ""


def _choices(row: Delivery, library: Library, asked: str, name: str) -> list[Choice]:
    """«Đã đăng» and «Không đăng được»; `name` beside it where there are several."""
    return [
        Choice(library.texts(f"forwarding.{key}", asked=asked, name=name[:40]), f"{value}{row.id}")
        for key, value in (("posted", POSTED), ("not_posted", NOT_POSTED))
    ]


async def held_by(db: AsyncSession, chat: Chat) -> Sequence[Delivery]:
    """What this person has in hand, oldest first."""
    held = _held().join(Chat, Chat.id == Delivery.chat_id).where(Chat.forwarder_id == chat.id)
    return (await db.scalars(held.order_by(Delivery.id))).all()


async def which(db: AsyncSession, rows: Sequence[Delivery], library: Library) -> Outgoing:
    """He has several in hand and did not say which one he means: a choice of them."""
    choices = list[Choice]()
    for row in rows[:AT_ONCE]:
        name = f"{row.chat.title[:20]}, {(await title_of(db, row))[:18]}"
        choices += _choices(row, library, await asked_of(db, row), name)
    return Outgoing(library.texts("forwarding.which", number=len(rows)), choices=tuple(choices))


async def close(db: AsyncSession, chat: Chat, delivery_id: int, done: bool, now: datetime) -> Delivery | None:
    """The person says that he has, or could not, post it. None when it is not his; what was closed before stays so."""
    row = await db.get(Delivery, delivery_id, with_for_update={"of": Delivery})
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


async def remind_and_close(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """One reminder when half of the time has passed; at the deadline it has failed. Returns how many changed."""
    gate = await installation.the_one(db)
    awake = AWAKE[0] <= now.astimezone(config.service.zone).time() < AWAKE[1]
    silent = gate.stopped_at or gate.sealed_at or not awake
    rows: Sequence[Delivery] = (await db.scalars(_held().with_for_update(of=Delivery, skip_locked=True))).all()
    late = [row for row in rows if row.latest_at <= now]
    for row in late:
        _change(row, DeliveryState.FAILED, "not_posted", now)
    unreminded = [row for row in rows if row.latest_at > now and row.reason == "with_forwarder"]
    due = [] if silent else [row for row in unreminded if _reminder_at(row) <= now]
    return len(late) + sum([await _reminded(db, row, library, config, now) for row in due])


def _reminder_at(row: Delivery) -> datetime:
    return row.changed_at + max(SOONEST_REMINDER, (row.latest_at - row.changed_at) / 2)


async def _reminded(db: AsyncSession, row: Delivery, library: Library, config: Config, now: datetime) -> bool:
    """Not of a post that staff look at again, nor when nobody would hear it."""
    person, broadcast = await _person(db, row), await db.get_one(Broadcast, row.broadcast_id)
    if person is None or broadcast.state != BroadcastState.PUBLISHED:
        return False
    row.reason, row.history = "reminded", row.history + history_line(row.state, "reminded", now)
    asked, until = await asked_of(db, row), row.latest_at.astimezone(config.service.zone)
    text = library.texts("forwarding.reminder", asked=asked, title=broadcast.title, group=row.chat.title, until=until)
    await put(db, person, Outgoing(text, choices=tuple(_choices(row, library, asked, ""))), now)
    return True


async def called_off(db: AsyncSession, broadcast: Broadcast, library: Library, now: datetime) -> int:
    """The broadcast was stopped: what people have in hand is cancelled, and they are told. Returns how many."""
    held = _held().where(Delivery.broadcast_id == broadcast.id)
    return await _take_back(db, (await db.scalars(held)).all(), library, now)


async def _take_back(db: AsyncSession, rows: Sequence[Delivery], library: Library, now: datetime) -> int:
    """Of each post every person is told once, with all his groups."""
    told: dict[tuple[int, int], list[str]] = {}
    for row in rows:
        broadcast_id = row.broadcast_id or 0
        corrected = await db.scalar(select(exists().where(Broadcast.corrects_id == broadcast_id)))
        _change(row, DeliveryState.CANCELLED, "corrected" if corrected else "stopped", now)
        if (person := await _person(db, row)) is not None:
            told.setdefault((person.id, broadcast_id), []).append(row.chat.title)
    for (person_id, broadcast_id), groups in told.items():
        title = (await db.get_one(Broadcast, broadcast_id)).title
        text = library.texts("forwarding.called_off", title=title, groups=groups)
        await put(db, await db.get_one(Chat, person_id), Outgoing(text), now)
    return len(rows)


async def counts_by_hand(db: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """Deliveries per state that a person was to post, every state named; those of long ago as well."""
    found = {str(state): 0 for state in DeliveryState}
    for table in (Delivery, ArchivedDelivery):
        mine = (table.broadcast_id == broadcast_id) & (table.channel == ASSISTED)
        for state, number in await db.execute(select(table.state, func.count()).where(mine).group_by(table.state)):
            found[state] += number
    return found


def _change(row: Delivery, state: DeliveryState, reason: str, now: datetime) -> None:
    row.state, row.reason, row.changed_at = state, reason, now
    row.history += history_line(state, reason, now)
