"""The first page: what goes out next, what went, what waits for somebody, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import emergencies
from bot.dashboard.broadcasts import with_counts
from bot.dashboard.desk import Desk, Scope
from bot.dashboard.targets import named
from bot.keys import UPCOMING
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    Delivery,
    DeliveryState,
    Emergency,
    PostVersion,
    Question,
    QuestionState,
    Rumour,
    RumourState,
    Tip,
    TipState,
    Update,
    UpdateState,
    VersionState,
)
from bot.notices import open_notices
from bot.posts import agenda
from bot.posts.agenda import Item
from bot.staff import Act

AHEAD = timedelta(days=14)
RECENT = timedelta(days=7)
PATIENCE = timedelta(days=2)
"""a new tip that nobody has taken up for so long is told in a notice"""


@dataclass(frozen=True, slots=True)
class Next:
    """A line of what goes out next."""

    day: date
    item: Item
    where: str


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        coming = await _coming(db, desk)
        last = await db.scalars(
            select(Broadcast)
            .where(Broadcast.state != BroadcastState.PLANNED)
            .order_by(Broadcast.due_at.desc(), Broadcast.id.desc())
            .limit(6)
        )
        return desk.page(
            "overview",
            coming=coming,
            last=await with_counts(db, desk, scope, last.all()),
            emergencies=await _emergencies(db, desk, scope),
            waiting=await _waiting(db, desk, scope),
            notices=await _notices(db, desk, scope, coming),
        )


async def _coming(db: AsyncSession, desk: Desk) -> list[Next]:
    upcoming = desk.request.app[UPCOMING]
    items = await agenda.coming(db, desk.library, desk.config, upcoming, desk.now, desk.now + AHEAD)
    return [Next(desk.day(item.at), item, await named(db, desk.library, item.target)) for item in items]


async def _emergencies(db: AsyncSession, desk: Desk, scope: Scope) -> Sequence[Emergency]:
    """Those that wait for somebody here. What was said is on their own page, whose every look is written down."""
    if not desk.standing.emergencies:
        return ()
    return await emergencies.open_ones(db, scope.rows(Emergency.unit_id))


async def _waiting(db: AsyncSession, desk: Desk, scope: Scope) -> dict[str, int]:
    """How much waits for somebody here, by the page that shows it."""
    found = {
        "nhom": await _number(
            db,
            select(func.count(Chat.id)).where(
                Chat.kind == ChatKind.GROUP, Chat.state == ChatState.WAITING, scope.rows(Chat.unit_id)
            ),
        )
    }
    if desk.may(Act.SEE_TIPS):
        found["tin-bao"] = await _number(
            db, select(func.count(Tip.id)).where(Tip.state == TipState.NEW, scope.rows(Tip.unit_id))
        )
    if desk.may(Act.APPROVE):
        waits = PostVersion.state == VersionState.SUBMITTED
        found["bien-tap"] = await _number(
            db, select(func.count(PostVersion.id)).where(waits, scope.rows(PostVersion.unit_id))
        )
    if desk.may(Act.ANSWER_QUESTIONS):
        found["hoi"] = await _number(
            db,
            select(func.count(Question.id))
            .join(Chat, Question.chat_id == Chat.id)
            .where(Question.state == QuestionState.WAITING, scope.rows(Chat.unit_id)),
        )
        new = (Rumour.state == RumourState.NEW, scope.rows(Rumour.unit_id))
        found["tin-sai"] = await _number(db, select(func.count(Rumour.id)).where(*new))
    if desk.may(Act.SEE_PROBLEMS) and scope.top:
        aside = select(func.count(Update.id)).where(Update.state == UpdateState.SET_ASIDE)
        notices = await open_notices(db)
        found["van-de"] = len(desk.library.problems) + len(notices) + await _number(db, aside)
    return found


async def _notices(db: AsyncSession, desk: Desk, scope: Scope, coming: list[Next]) -> list[str]:
    """What is wrong, in sentences."""
    notices = []
    if held := sum(1 for line in coming if line.item.held):
        notices.append(desk.say("notice.held", number=held))
    since = desk.now - RECENT
    unknown = select(func.count(Delivery.id)).join(Chat, Delivery.chat_id == Chat.id)
    unknown = unknown.where(
        Delivery.state == DeliveryState.UNKNOWN, Delivery.changed_at > since, scope.rows(Chat.unit_id)
    )
    if number := await _number(db, unknown):
        notices.append(desk.say("notice.unknown", number=number))
    gone = select(func.count(Chat.id)).where(
        Chat.kind == ChatKind.GROUP,
        Chat.state.in_((ChatState.GONE, ChatState.MUTED)),
        Chat.state_since > since,
        scope.rows(Chat.unit_id),
    )
    if number := await _number(db, gone):
        notices.append(desk.say("notice.gone", number=number))
    missed = select(func.count(Broadcast.id)).where(Broadcast.state == BroadcastState.MISSED, Broadcast.due_at > since)
    if number := await _number(db, missed):
        notices.append(desk.say("notice.missed", number=number))
    late = select(func.count(Tip.id)).where(
        Tip.state == TipState.NEW, Tip.changed_at < desk.now - PATIENCE, scope.rows(Tip.unit_id)
    )
    if desk.may(Act.SEE_TIPS) and (number := await _number(db, late)):
        notices.append(desk.say("notice.tips", number=number))
    return notices


async def _number(db: AsyncSession, query: Select[int]) -> int:
    return await db.scalar(query) or 0
