"""Broadcasts: a post with a time and a target, frozen as it will read; who receives it; paused, gone on, stopped.

How it fared in each chat, and what is done about it, is in outcomes.py; putting it right in corrections.py.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, false, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.db import wake
from bot.errors import Misuse
from bot.library import Library, Post
from bot.messages import Outgoing, to_json
from bot.models import (
    ArchivedDelivery,
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    Confirmation,
    Delivery,
    DeliveryState,
    Staff,
    Unit,
    Urgency,
)
from bot.models.columns import Id, Moment
from bot.models.mail import history_line
from bot.posts import quizzes
from bot.posts.freezing import Frozen, frozen_on
from bot.posts.versions import permitted

LATENESS = timedelta(hours=4)
ABOUT_NOTHING = literal(None, Id).label("about_id")
"""the third column of `queue` for what corrects nothing"""


async def announce(
    db: AsyncSession,
    library: Library,
    config: Config,
    post: Post,
    *,
    target: str,
    due_at: datetime,
    now: datetime,
    staff: Staff | None = None,
    occurrence: str | None = None,
    lateness: timedelta = LATENESS,
    urgent: bool = False,
) -> Broadcast:
    """Plan `post` for `target` at `due_at`, frozen as an approved version allows it: for any time, or for exactly this.

    Raises Misuse when there is no such version, for a held post and for a bad target; BadPost.
    """
    day = due_at.astimezone(config.service.zone).date()
    await check_sendable(db, library, post, target, day)
    frozen = await frozen_on(db, library, post, day, config)
    version = await permitted(db, library, frozen, target, due_at, day)
    broadcast = Broadcast(
        post_id=post.id,
        title=post.title,
        occurrence=occurrence,
        version_id=version.id,
        **as_frozen(frozen),
        target=target,
        due_at=due_at,
        latest_at=due_at + lateness,
        state=BroadcastState.PLANNED,
        staff_id=staff.id if staff else None,
        created_at=now,
        urgent=urgent,
    )
    db.add(broadcast)
    await db.flush()
    if frozen.shown.asks:
        quizzes.begin(db, broadcast)
    return broadcast


async def check_sendable(db: AsyncSession, library: Library, post: Post, target: str, day: date) -> None:
    """Raises Misuse for a held post, for one out of its time, and for a bad target."""
    if post.held and not await confirmed(db, post, day):
        raise Misuse(library.texts("posts.held", title=post.title))
    if not post.valid_on(day):
        raise Misuse(library.texts("posts.not_valid", title=post.title))
    await check_target(db, library, target)


def as_frozen(frozen: Frozen) -> dict[str, Any]:
    """What a broadcast keeps of it. No picture goes with a quiz, for it could tell the answer."""
    asks = frozen.shown.asks
    message = to_json(asks or Outgoing(frozen.shown.text, bulk=True))
    return {"message": message, "drawing": None if asks else frozen.picture, "facts": frozen.facts}


async def confirmed(db: AsyncSession, post: Post, day: date) -> bool:
    """Has a named person released exactly this text, for this year or for every year?"""
    years = [day.year] if post.confirm_each_year else [0, day.year]
    found = await db.scalar(
        select(Confirmation.id).where(
            Confirmation.item_id == post.id,
            Confirmation.text_sha256 == post.text_sha256,
            Confirmation.year.in_(years),
        )
    )
    return found is not None


async def check_target(db: AsyncSession, library: Library, target: str) -> None:
    """Raises Misuse with a sentence when `target` names nothing that is."""
    kind, _, name = target.partition(":")
    match kind:
        case "all" if not name:
            return
        case "unit":
            if await db.scalar(subtree(_unit_id(name)).limit(1)) is None:
                raise Misuse(library.texts("posts.no_unit", unit=name))
        case "topic" if name in library.topics:
            return
        case "chat":
            if await db.scalar(select(Chat.id).where(Chat.address == name)) is None:
                raise Misuse(library.texts("posts.no_chat", address=name))
        case _:
            raise Misuse(library.texts("posts.bad_target", target=target))


def recipients_of(target: str) -> Select[int, str]:
    """(id, channel) of the chats that `target` means, as a selectable."""
    return select(Chat.id, Chat.channel).where(_meant(target))


async def number_of_recipients(db: AsyncSession, target: str) -> int:
    return await db.scalar(select(func.count()).select_from(recipients_of(target).subquery())) or 0


async def recipients(db: AsyncSession, target: str) -> list[Chat]:
    """The chats themselves; not for a city's target."""
    return list(await db.scalars(select(Chat).where(_meant(target)).order_by(Chat.id)))


def _meant(target: str) -> ColumnElement[bool]:
    """The active groups of all · unit:CODE (with its subtree) · topic:ID (no topics: all) · chat:ADDRESS."""
    kind, _, name = target.partition(":")
    active = (Chat.kind == ChatKind.GROUP) & (Chat.state == ChatState.ACTIVE)
    match kind:
        case "all":
            return active
        case "unit":
            return active & Chat.unit_id.in_(subtree(_unit_id(name)))
        case "topic":
            listed = literal(",") + Chat.topics + literal(",")
            return active & ((Chat.topics == "") | listed.contains(f",{name},", autoescape=True))
        case "chat":
            return active & (Chat.address == name)
    return false()


def _unit_id(written: str) -> ColumnElement[int | None]:
    """By code, or by id as `unit:ID`."""
    by_code = select(Unit.id).where(Unit.code == written).scalar_subquery()
    return func.coalesce(by_code, int(written)) if written.isdecimal() and len(written) < 16 else by_code


def subtree(unit_id: int | ColumnElement[int | None]) -> Select[int]:
    """Ids of a unit and all below it, as a selectable."""
    tree = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    tree = tree.union_all(select(Unit.id).where(Unit.parent_id == tree.c.id))
    return select(tree.c.id)


async def deliver(db: AsyncSession, broadcast: Broadcast, now: datetime) -> int:
    """A pending delivery for every chat of the target that has none of it yet. Returns how many wait."""
    return await queue(db, broadcast, recipients_of(broadcast.target).add_columns(ABOUT_NOTHING), now)


async def queue(
    db: AsyncSession,
    broadcast: Broadcast,
    chats: Select[int, str, Any],
    now: datetime,
    state: DeliveryState = DeliveryState.PENDING,
    reason: str = "",
) -> int:
    """Deliveries of `broadcast` for `chats` (id, channel, about which delivery), each once. Returns how many wait.

    The database does it alone, in one statement: the rows of a city are never in this process.
    """
    chat_id, channel, about_id = chats.subquery("chosen").columns
    values = {
        "broadcast_id": literal(broadcast.id),
        "chat_id": chat_id,
        "channel": channel,
        "about_id": about_id,
        "urgency": literal(Urgency.URGENT if broadcast.urgent else Urgency.BROADCAST),
        "state": literal(state),
        "reason": literal(reason),
        "latest_at": literal(broadcast.latest_at, Moment()),
        "created_at": literal(now, Moment()),
        "changed_at": literal(now, Moment()),
        "history": literal(history_line(state, reason, now)),
    }
    # A WHERE must stand before ON CONFLICT: without it SQLite takes ON for that of a join.
    rows = select(*values.values()).where(true()).order_by(chat_id)
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Delivery).from_select(list(values), rows)
    await db.execute(statement.on_conflict_do_nothing(index_elements=["broadcast_id", "chat_id"]))
    return await wake_for(db, broadcast)


async def wake_for(db: AsyncSession, broadcast: Broadcast) -> int:
    """The owners of all accounts on which something of it waits learn of it at the commit. Returns how much waits."""
    waiting = await db.execute(
        select(Delivery.channel, func.count()).where(_waiting(broadcast)).group_by(Delivery.channel)
    )
    numbers = {channel: number for channel, number in waiting}  # noqa: C416 - rows are not pairs to mypy
    wake(db, numbers)
    return sum(numbers.values())


def _waiting(broadcast: Broadcast) -> ColumnElement[bool]:
    return (Delivery.broadcast_id == broadcast.id) & (Delivery.state == DeliveryState.PENDING)


def pause(broadcast: Broadcast, reason: str) -> None:
    """What was not begun waits. `reason` is a key of content/texts/reasons.toml."""
    broadcast.state, broadcast.reason = BroadcastState.PAUSED, reason


async def go_on(db: AsyncSession, broadcast: Broadcast, now: datetime, lateness: timedelta = LATENESS) -> None:
    """A paused broadcast goes out again; the time it rested does not make its deliveries too late."""
    broadcast.state, broadcast.reason = BroadcastState.PUBLISHED, ""
    latest = now + lateness
    await db.execute(
        update(Delivery)
        .where(_waiting(broadcast), Delivery.latest_at < latest)
        .values(latest_at=latest)
        .execution_options(synchronize_session=False)
    )
    await wake_for(db, broadcast)


async def stop(db: AsyncSession, broadcast: Broadcast, now: datetime, reason: str = "stopped") -> int:
    """Nothing more of it goes out, for good. Returns the number of deliveries cancelled."""
    broadcast.state, broadcast.reason = BroadcastState.STOPPED, ""
    return await change(db, [_waiting(broadcast)], DeliveryState.CANCELLED, reason, now)


async def change(
    db: AsyncSession,
    which: Sequence[ColumnElement[bool]],
    state: DeliveryState,
    reason: str,
    now: datetime,
    **more: Any,
) -> int:
    """All deliveries that fulfil `which` get this state and a line in their history. Returns how many."""
    values = {"state": state, "reason": reason, "changed_at": now, **more}
    changed = await db.execute(
        update(Delivery)
        .where(*which)
        .values(**values, history=Delivery.history + history_line(state, reason, now))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount


async def counts(db: AsyncSession, broadcast_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Deliveries per state, every state named, for each broadcast; those of long ago as well."""
    found = {id: {str(state): 0 for state in DeliveryState} for id in broadcast_ids}
    for table in (Delivery, ArchivedDelivery):
        rows = await db.execute(
            select(table.broadcast_id, table.state, func.count())
            .where(table.broadcast_id.in_(broadcast_ids))
            .group_by(table.broadcast_id, table.state)
        )
        for id, state, number in rows:
            found[id or 0][state] += number
    return found
