"""What is wrong and waits for a person: the library's mistakes, updates set aside, files and messages that failed."""

import json
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot import alarms
from bot.cases import tips
from bot.config import unsaid
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.library import unapproved
from bot.models import (
    Chat,
    Delivery,
    DeliveryState,
    FileState,
    Notice,
    Planned,
    Role,
    Tip,
    TipAnswer,
    TipFile,
    Update,
    UpdateState,
)
from bot.notices import open_notices
from bot.staff import Act

PAGE = 50
ASLEEP = timedelta(minutes=5)
"""the watchdogs look once a minute"""


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        aside, number, notices = list[Update](), 0, list[Notice]()
        if scope.top:
            notices = list(await open_notices(db))
            set_aside = Update.state == UpdateState.SET_ASIDE
            aside = list(await db.scalars(select(Update).where(set_aside).order_by(Update.id.desc()).limit(PAGE)))
            number = await db.scalar(select(func.count(Update.id)).where(set_aside)) or 0
        files = await db.execute(
            select(TipFile, Tip.id, Tip.code, TipAnswer.at)
            .join(TipAnswer, TipFile.answer_id == TipAnswer.id)
            .join(Tip, TipAnswer.tip_id == Tip.id)
            .where(TipFile.state == FileState.FAILED, TipFile.reason != tips.ERASED, scope.rows(Tip.unit_id))
            .order_by(TipFile.id.desc())
            .limit(PAGE)
        )
        unknown = await db.scalars(
            select(Delivery)
            .options(selectinload(Delivery.broadcast))
            .join(Chat, Delivery.chat_id == Chat.id)
            .where(Delivery.state == DeliveryState.UNKNOWN, scope.rows(Chat.unit_id))
            .order_by(Delivery.changed_at.desc())  # by id SQLite would look through all that was ever sent
            .limit(PAGE)
        )
        rows = unknown.all()
        return desk.page(
            "problems",
            problems=desk.library.problems,
            notices=notices,
            aside=aside,
            aside_number=number,
            files=files.all(),
            unknown=rows,
            asleep=await _asleep(db, desk),
            unsaid=unsaid(desk.config, desk.library.texts) if scope.top else "",
            unapproved=unapproved(desk.library) if scope.top else "",
            deaf=scope.top and not await alarms.officers(db),
            unheard=scope.top and not await alarms.officers(db, Act.SEE_EMERGENCIES),
            opens=_may_open(desk) and scope.top,
        )


async def _asleep(db: AsyncSession, desk: Desk) -> datetime | None:
    """Since when the watchdogs have not looked, when that is too long: then no news is no good news."""
    mark = await db.get(Planned, "watch")
    return mark.until if mark and mark.until and mark.until < desk.now - ASLEEP else None


def _may_open(desk: Desk) -> bool:
    return desk.staff.role == Role.ADMIN


async def raw(desk: Desk) -> web.Response:
    """The update as it came, for the administrator alone; that it was opened is written down first."""
    if not _may_open(desk):
        raise web.HTTPForbidden
    async with desk.write() as db:
        update = await db.get(Update, desk.number("id"))
        if update is None or update.state != UpdateState.SET_ASIDE or not (await desk.scope(db)).top:
            raise web.HTTPNotFound
        await desk.audit(db, "raw", f"inbox:{update.id}")
    try:
        body = json.dumps(json.loads(update.body), ensure_ascii=False, indent=2)
    except ValueError:
        body = update.body
    return desk.page("raw", update=update, body=body)


async def settle(desk: Desk) -> web.Response:
    """Somebody has seen to it."""
    async with desk.write() as db:
        notice = await db.get(Notice, desk.number("id"))
        if notice is None or not (await desk.scope(db)).top:
            raise web.HTTPNotFound
        if notice.settled_at is not None:
            raise Misuse(desk.say("misuse.no_notice"))
        notice.settled_at = desk.now
        await desk.audit(db, "settle", f"notice:{notice.id}")
    return desk.go("van-de", done="settled")
