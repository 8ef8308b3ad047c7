"""Tip-offs: found, read as they were said, put into cases, answered. Every look is written down."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.cases import cases, tips, transcripts
from bot.cases.claims import NAME, graves
from bot.cases.identity import may_be_said
from bot.dashboard.cases import candidates as candidates_for
from bot.dashboard.cases import known_fields, misuse
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.messages import fold
from bot.models import AuditEntry, Consent, PersonRole, Staff, Tip, TipAnswer, TipState
from bot.staff import Act

LIMIT = 500
"""tips looked through for a word"""
PAGE = 50
HISTORY = 100
LONGEST = 2000
"""of a reply, in characters"""
_OPENED = or_(
    Tip.state != TipState.TELLING, exists().where(Consent.tip_id == Tip.id, Consent.role == PersonRole.WITNESS)
)
"""what is told before the consent was answered waits for it, unopened"""


async def listed(desk: Desk) -> web.Response:
    wanted, state, form = fold(desk.asked("tim")).split(), desk.asked("trang-thai"), desk.asked("loai")
    query = select(Tip).order_by(Tip.id.desc()).limit(LIMIT).options(selectinload(Tip.answers))
    async with desk.write() as db:
        scope = await desk.scope(db)
        query = query.where(scope.rows(Tip.unit_id), Tip.state != TipState.DECLINED, _OPENED)
        query = query.where(Tip.form == form) if form in desk.library.forms else query
        rows = (await db.scalars(query.where(Tip.state == state) if state in set(TipState) else query)).all()
        found = [tip for tip in rows if all(word in _words(tip) for word in wanted)]
        codes = await cases.codes_of(db, [tip.id for tip in found[:PAGE]])
        # The words looked for may be a name: only that somebody searched is written down, and how much was shown.
        await desk.audit(db, "search" if wanted else "list", "tips", shown=min(len(found), PAGE))
    return desk.page(
        "tips",
        tips=[(tip, _name(tip), sum(len(one.files) for one in tips.live(tip))) for tip in found[:PAGE]],
        codes=codes,
        number=len(found),
        state=state,
        form=form,
        forms=list(desk.library.forms),
        states=[state for state in TipState if state is not TipState.DECLINED],
        wanted=desk.asked("tim"),
        limit=LIMIT if len(rows) == LIMIT else 0,
    )


def _words(tip: Tip) -> str:
    return fold(" ".join([tip.code or "", *(answer.said for answer in tip.answers)]))


def _name(tip: Tip) -> str:
    """All that the list shows of what was told: the place and the story are on the page whose every look is noted."""
    return next((answer.said for answer in tips.live(tip) if answer.field == NAME), "")


async def found(db: AsyncSession, desk: Desk, scope: Scope) -> Tip:
    tip = await db.scalar(
        select(Tip).where(Tip.id == desk.number("id")).options(selectinload(Tip.answers), selectinload(Tip.consents))
    )
    if tip is None or not scope.covers(tip.unit_id) or not tips.shown_to_staff(tip):
        raise web.HTTPNotFound
    return tip


async def show(desk: Desk) -> web.Response:
    async with desk.write() as db:
        tip = await found(db, desk, await desk.scope(db))
        await desk.audit(db, "look", f"tip:{tip.id}")
        known, (looked_for, candidates) = known_fields(desk), await candidates_for(db, desk, tip)
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
            labels=tips.labels_of(desk.library, tip),
            live={answer.id for answer in tips.live(tip)},
            history=history.all(),
            transcripts=await transcripts.newest(db, [file for answer in tip.answers for file in answer.files]),
            changeable=desk.may(Act.CHANGE_TIPS),
            longest=LONGEST,
            cases=[(one, len(await cases.untaken(db, one, tip, known))) for one in await cases.cases_of(db, tip)],
            graves=graves(tip),
            looked_for=looked_for,
            candidates=candidates,
        )


def _fields(tip: Tip) -> Sequence[Sequence[TipAnswer]]:
    """The answers by the question they belong to, in the order the questions were first put."""
    fields: dict[str, list[TipAnswer]] = {}
    for answer in tip.answers:
        fields.setdefault(answer.field, []).append(answer)
    return list(fields.values())


async def reply(desk: Desk) -> web.Response:
    """A message of our own words to the informant."""
    text = desk.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST:
        raise Misuse(desk.say("misuse.reply", most=LONGEST))
    async with desk.write() as db:
        tip = await found(db, desk, await desk.scope(db))
        if not await may_be_said(db, tip, text):
            raise misuse(desk, "whose")
        await tips.reply(db, desk.library, desk.config.service.unit, tip, text, desk.now, desk.staff)
    desk.wake()
    return desk.go("tin-bao", tip.id, done="replied")
