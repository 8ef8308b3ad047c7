"""Tip-offs: found, read as they were said, moved on, answered. Every look is written down."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.cases import tips
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.forms import Form
from bot.messages import fold
from bot.models import AuditEntry, Staff, Tip, TipAnswer, TipState
from bot.staff import Act

NAME = "ho-ten"
"""the form's question for the martyr's name"""
LIMIT = 500
"""tips looked through for a word"""
PAGE = 50
HISTORY = 100
LONGEST = 2000
"""of a reply, in characters"""


async def listed(desk: Desk) -> web.Response:
    wanted, state = fold(desk.asked("tim")).split(), desk.asked("trang-thai")
    query = select(Tip).order_by(Tip.id.desc()).limit(LIMIT).options(selectinload(Tip.answers))
    async with desk.write() as db:
        scope = await desk.scope(db)
        query = query.where(scope.rows(Tip.unit_id), Tip.state != TipState.DECLINED)
        rows = (await db.scalars(query.where(Tip.state == state) if state in set(TipState) else query)).all()
        found = [tip for tip in rows if all(word in _words(tip) for word in wanted)]
        # The words looked for may be a name: only that somebody searched is written down, and how much was shown.
        await desk.audit(db, "search" if wanted else "list", "tips", shown=min(len(found), PAGE))
    return desk.page(
        "tips",
        tips=[(tip, _name(tip), sum(len(one.files) for one in tips.live(tip))) for tip in found[:PAGE]],
        number=len(found),
        state=state,
        states=[state for state in TipState if state is not TipState.DECLINED],
        wanted=desk.asked("tim"),
        limit=LIMIT if len(rows) == LIMIT else 0,
    )


def _words(tip: Tip) -> str:
    return fold(" ".join([tip.code or "", *(answer.said for answer in tip.answers)]))


def _name(tip: Tip) -> str:
    """All that the list shows of what was told: the place and the story are on the page whose every look is noted."""
    return next((answer.said for answer in tips.live(tip) if answer.field == NAME), "")


def _labels(desk: Desk) -> dict[str, str]:
    """What each question of the form is called."""
    form = desk.library.forms.get("tip", Form("tip"))
    return {ask.id: ask.label for ask in form.asks} | {tips.ADDED: desk.library.texts("tips.add_label")}


async def found(db: AsyncSession, desk: Desk, scope: Scope) -> Tip:
    tip = await db.scalar(
        select(Tip).where(Tip.id == desk.number("id")).options(selectinload(Tip.answers), selectinload(Tip.consents))
    )
    if tip is None or not scope.covers(tip.unit_id):
        raise web.HTTPNotFound
    return tip


async def show(desk: Desk) -> web.Response:
    async with desk.write() as db:
        tip = await found(db, desk, await desk.scope(db))
        await desk.audit(db, "look", f"tip:{tip.id}")
        history = await db.execute(
            select(AuditEntry, Staff.name)
            .outerjoin(Staff, AuditEntry.staff_id == Staff.id)
            .where(AuditEntry.subject == f"tip:{tip.id}")
            .order_by(AuditEntry.id.desc())
            .limit(HISTORY)
        )
        return desk.page(
            "tip",
            tip=tip,
            fields=_fields(tip),
            labels=_labels(desk),
            live={answer.id for answer in tips.live(tip)},
            history=history.all(),
            nexts=[(str(state), _sentence(desk, state)) for state in tips.next_states(tip.state)],
            changeable=desk.may(Act.CHANGE_TIPS),
            longest=LONGEST,
        )


def _fields(tip: Tip) -> Sequence[Sequence[TipAnswer]]:
    """The answers by the question they belong to, in the order the questions were first put."""
    fields: dict[str, list[TipAnswer]] = {}
    for answer in tip.answers:
        fields.setdefault(answer.field, []).append(answer)
    return list(fields.values())


def _sentence(desk: Desk, state: TipState) -> str:
    """What the informant will read when the tip gets there."""
    return desk.library.texts(f"tips.status.{state}")


async def move(desk: Desk) -> web.Response:
    """Another status; the informant gets its sentence."""
    written = desk.field("state")
    async with desk.write() as db:
        tip = await found(db, desk, await desk.scope(db))
        if desk.field("from") != tip.state:
            raise Misuse(desk.say("misuse.tip_moved"))
        if written not in tips.next_states(tip.state):
            raise Misuse(desk.say("misuse.tip_state"))
        await tips.move(db, desk.library, tip, TipState(written), desk.now, desk.staff)
    desk.wake()
    return desk.go("tin-bao", tip.id, done="tip_moved")


async def reply(desk: Desk) -> web.Response:
    """A message of our own words to the informant."""
    text = desk.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST:
        raise Misuse(desk.say("misuse.reply", most=LONGEST))
    async with desk.write() as db:
        tip = await found(db, desk, await desk.scope(db))
        await tips.reply(db, desk.library, desk.config.service.unit, tip, text, desk.now, desk.staff)
    desk.wake()
    return desk.go("tin-bao", tip.id, done="replied")
