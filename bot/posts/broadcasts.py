"""Broadcasts: a post with a time and a target, frozen as it will read; who receives it; how it fared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import Misuse
from bot.library import Library, Post
from bot.messages import Outgoing, to_json
from bot.models import (
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
)
from bot.posts.drawing import drawing
from bot.posts.figures import newest, register
from bot.posts.rendering import render

LATENESS = timedelta(hours=4)


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
) -> Broadcast:
    """Plan `post` for `target` at `due_at`, its text frozen. Raises Misuse for a bad target or a held post."""
    day = due_at.astimezone(config.service.zone).date()
    if post.held and not await confirmed(db, post, day):
        raise Misuse(library.texts("posts.held", title=post.title))
    if not post.valid_on(day):
        raise Misuse(library.texts("posts.not_valid", title=post.title))
    await check_target(db, library, target)
    facts = register(library, await newest(db))
    shown = render(library, facts, post, day, config)
    broadcast = Broadcast(
        post_id=post.id,
        title=post.title,
        occurrence=occurrence,
        message=to_json(Outgoing(shown.text)),
        drawing=drawing(library, facts, shown, day, config),
        target=target,
        due_at=due_at,
        latest_at=due_at + lateness,
        state=BroadcastState.PLANNED,
        staff_id=staff.id if staff else None,
        created_at=now,
    )
    db.add(broadcast)
    await db.flush()
    return broadcast


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
            if await _unit(db, name) is None:
                raise Misuse(library.texts("posts.no_unit", unit=name))
        case "topic" if name in library.topics:
            return
        case "chat":
            if await db.scalar(select(Chat.id).where(Chat.address == name)) is None:
                raise Misuse(library.texts("posts.no_chat", address=name))
        case _:
            raise Misuse(library.texts("posts.bad_target", target=target))


async def recipients(db: AsyncSession, target: str) -> list[Chat]:
    """The active groups that `target` means: all · unit:CODE (with its subtree) · topic:ID · chat:ADDRESS."""
    kind, _, name = target.partition(":")
    groups = select(Chat).where(Chat.kind == ChatKind.GROUP, Chat.state == ChatState.ACTIVE).order_by(Chat.id)
    if kind == "chat":
        groups = groups.where(Chat.address == name)
    elif kind == "unit":
        unit = await _unit(db, name)
        groups = groups.where(Chat.unit_id.in_(subtree(unit.id if unit else -1)))
    found = (await db.scalars(groups)).all()
    return [chat for chat in found if kind != "topic" or not chat.topics or name in chat.topics.split(",")]


async def _unit(db: AsyncSession, written: str) -> Unit | None:
    """By code, or by id as `unit:ID`."""
    by_code = await db.scalar(select(Unit).where(Unit.code == written))
    return by_code or (await db.get(Unit, int(written)) if written.isdecimal() else None)


def subtree(unit_id: int) -> Select[int]:
    """Ids of a unit and all below it, as a selectable."""
    tree = select(Unit.id).where(Unit.id == unit_id).cte("tree", recursive=True)
    tree = tree.union_all(select(Unit.id).where(Unit.parent_id == tree.c.id))
    return select(tree.c.id)


async def stop(db: AsyncSession, broadcast: Broadcast, now: datetime) -> int:
    """Nothing more of it goes out. Returns the number of deliveries cancelled."""
    broadcast.state = BroadcastState.STOPPED
    cancelled = await db.execute(
        update(Delivery)
        .where(Delivery.broadcast_id == broadcast.id, Delivery.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, reason="stopped", changed_at=now)
        .returning(Delivery.id)
    )
    return len(cancelled.all())


async def counts(db: AsyncSession, broadcast_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Deliveries per state, every state named, for each broadcast."""
    found = {id: {str(state): 0 for state in DeliveryState} for id in broadcast_ids}
    rows = await db.execute(
        select(Delivery.broadcast_id, Delivery.state, func.count())
        .where(Delivery.broadcast_id.in_(broadcast_ids))
        .group_by(Delivery.broadcast_id, Delivery.state)
    )
    for id, state, number in rows:
        found[id or 0][state] = number
    return found
