"""Whom a broadcast is for: told in words, offered in a form, and held within the staff's own units."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Scope
from bot.library import Library
from bot.models import Chat, ChatKind, ChatState, Unit


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the select box."""

    target: str
    label: str
    group: str = ""


async def named(db: AsyncSession, library: Library, target: str) -> str:
    """«Tất cả các nhóm», «Nhóm theo dõi …», the unit's name or the group's title."""
    kind, _, name = target.partition(":")
    texts = library.texts
    match kind:
        case "unit":
            unit = await db.scalar(select(Unit.name).where(Unit.code == name))
            return texts("dashboard.target.unit", name=unit or name)
        case "topic":
            return texts("dashboard.target.topic", name=library.topics.get(name, name))
        case "chat":
            title = await db.scalar(select(Chat.title).where(Chat.address == name))
            return texts("dashboard.target.chat", name=title or name)
    return texts("dashboard.target.all")


async def offers(db: AsyncSession, library: Library, scope: Scope) -> list[Offer]:
    """What this member of staff may choose: everything and topics only at the top."""
    texts = library.texts
    found = [Offer("all", texts("dashboard.target.all"))] if scope.top else []
    units = await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.kind.desc(), Unit.name))
    by_unit = texts("dashboard.target.by_unit")
    found += [Offer(f"unit:{unit.code}", unit.name, by_unit) for unit in units]
    if scope.top:
        by_topic = texts("dashboard.target.by_topic")
        found += [Offer(f"topic:{id}", name, by_topic) for id, name in library.topics.items()]
    groups = await db.scalars(
        select(Chat)
        .where(Chat.kind == ChatKind.GROUP, Chat.state == ChatState.ACTIVE, scope.rows(Chat.unit_id))
        .order_by(Chat.title)
    )
    by_chat = texts("dashboard.target.by_chat")
    return [*found, *(Offer(f"chat:{chat.address}", chat.title or chat.address, by_chat) for chat in groups)]


async def visible(db: AsyncSession, scope: Scope, target: str) -> bool:
    """What goes to all, and what concerns the own units."""
    return target.partition(":")[0] in ("all", "topic") or await within(db, scope, target)


async def within(db: AsyncSession, scope: Scope, target: str) -> bool:
    """Does the target lie wholly in the units of this member of staff?"""
    kind, _, name = target.partition(":")
    if kind == "unit":
        unit_id = await db.scalar(select(Unit.id).where(Unit.code == name))
        return unit_id is not None and unit_id in scope.units
    if kind == "chat":
        chat = await db.scalar(select(Chat).where(Chat.address == name))
        return chat is not None and scope.covers(chat.unit_id)
    return scope.top
