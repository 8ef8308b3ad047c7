"""The groups: which unit they belong to, whether they can be reached and why not, and the codes that enrol new ones."""

import re

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot import chats
from bot.dashboard.desk import TELEGRAM_NAME, Desk, Scope
from bot.errors import Misuse
from bot.forwarders import ASSISTED
from bot.models import Chat, ChatKind, ChatState, CodeKind, Delivery, EnrolmentCode, Unit

LAST = 10
"""deliveries shown with a group"""


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        query = select(Chat).where(Chat.kind == ChatKind.GROUP, scope.rows(Chat.unit_id)).order_by(Chat.title, Chat.id)
        # Groups that a person posts to are on a page of their own.
        groups = (await db.scalars(query.where(Chat.channel != ASSISTED))).all()
        codes = await db.execute(
            select(EnrolmentCode, Unit.name)
            .join(Unit, EnrolmentCode.unit_id == Unit.id)
            .where(
                EnrolmentCode.kind == CodeKind.GROUP,
                EnrolmentCode.used_at.is_(None),
                EnrolmentCode.expires_at > desk.now,
                EnrolmentCode.unit_id.in_(scope.units),
            )
            .order_by(EnrolmentCode.expires_at)
        )
        state = desk.asked("trang-thai")
        return desk.page(
            "groups",
            waiting=[group for group in groups if group.state == ChatState.WAITING],
            groups=[group for group in groups if group.state != ChatState.WAITING and state in ("", group.state)],
            numbers={str(one): sum(1 for group in groups if group.state == one) for one in ChatState},
            state=state,
            units=await units_of(db, scope),
            topics=desk.library.topics,
            codes=codes.all(),
        )


async def units_of(db: AsyncSession, scope: Scope) -> list[Unit]:
    """The units one may put a group in, the widest first."""
    rows = await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.kind.desc(), Unit.name))
    return list(rows)


async def chosen_unit(db: AsyncSession, desk: Desk) -> Unit:
    written = desk.field("unit")
    unit = await db.get(Unit, int(written)) if re.fullmatch(r"[0-9]{1,15}", written) else None
    if unit is None or not (await desk.scope(db)).covers(unit.id):
        raise Misuse(desk.say("misuse.unit"))
    return unit


def chosen_topics(desk: Desk) -> str:
    """The ticked topics as a group keeps them; all of them ticked, or none, means all."""
    ticked = [id for id in desk.library.topics if id in desk.form.getall("topic", [])]
    return ",".join(ticked) if len(ticked) < len(desk.library.topics) else ""


async def _group(db: AsyncSession, desk: Desk) -> Chat:
    chat = await db.get(Chat, desk.number("id"))
    if chat is None or chat.kind != ChatKind.GROUP or not (await desk.scope(db)).covers(chat.unit_id):
        raise web.HTTPNotFound
    return chat


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        group = await _group(db, desk)
        deliveries = await db.scalars(
            select(Delivery)
            .options(selectinload(Delivery.broadcast))
            .where(Delivery.chat_id == group.id)
            .order_by(Delivery.id.desc())
            .limit(LAST)
        )
        rows = deliveries.all()
        return desk.page(
            "group",
            group=group,
            followed=group.topics.split(",") if group.topics else list(desk.library.topics),
            units=await units_of(db, await desk.scope(db)),
            topics=desk.library.topics,
            deliveries=rows,
        )


async def confirm(desk: Desk) -> web.Response:
    """A group that waits belongs to this unit."""
    async with desk.write() as db:
        group, unit = await _group(db, desk), await chosen_unit(db, desk)
        await chats.confirm(db, group, unit, desk.now)
        await desk.audit(db, "confirm_group", f"chat:{group.id}", unit=unit.code)
    return desk.go("nhom", done="group_confirmed")


async def change(desk: Desk) -> web.Response:
    """Another unit, or other topics."""
    async with desk.write() as db:
        group, unit = await _group(db, desk), await chosen_unit(db, desk)
        group.unit_id, group.unit, group.topics = unit.id, unit, chosen_topics(desk)
        await desk.audit(db, "change_group", f"chat:{group.id}", unit=unit.code, topics=group.topics)
    return desk.go("nhom", group.id, done="saved")


async def stop(desk: Desk) -> web.Response:
    async with desk.write() as db:
        group = await _group(db, desk)
        chats.set_state(group, ChatState.STOPPED, "stopped_by_staff", desk.now)
        await desk.audit(db, "stop_group", f"chat:{group.id}")
    return desk.go("nhom", group.id, done="group_stopped")


async def resume(desk: Desk) -> web.Response:
    async with desk.write() as db:
        group = await _group(db, desk)
        if group.state != ChatState.STOPPED:
            raise Misuse(desk.say("misuse.not_stopped"))
        chats.set_state(group, ChatState.ACTIVE if group.unit_id else ChatState.WAITING, "", desk.now)
        await desk.audit(db, "resume_group", f"chat:{group.id}")
    return desk.go("nhom", group.id, done="group_resumed")


async def make_code(desk: Desk) -> web.Response:
    async with desk.write() as db:
        unit = await chosen_unit(db, desk)
        code = await chats.make_code(db, unit.id, chosen_topics(desk), desk.staff, desk.now)
        await desk.audit(db, "make_code", f"unit:{unit.id}", unit=unit.code)
    return desk.go("nhom", "ma", code.code)


async def show_code(desk: Desk) -> web.Response:
    """The code, with what to do with it on each platform."""
    async with desk.read() as db:
        code = await db.get(EnrolmentCode, desk.request.match_info["code"])
        if code is None or not (await desk.scope(db)).covers(code.unit_id):
            raise web.HTTPNotFound
        unit = await db.get_one(Unit, code.unit_id)
        name = desk.request.app.get(TELEGRAM_NAME, lambda: "")()
        return desk.page(
            "code",
            code=code,
            unit=unit,
            topics=[desk.library.topics.get(id, id) for id in code.topics.split(",") if id],
            telegram=name if re.fullmatch(r"[A-Za-z0-9_]{3,64}", name) else "",
            used=code.used_at is not None,
            expired=code.expires_at <= desk.now,
        )
