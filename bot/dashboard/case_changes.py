"""What staff do with a case's claims: decide, undo, add, withdraw; its tips taken in and let go; cases merged."""

from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import forms
from bot.cases import cases, steps
from bot.dashboard.cases import by_code, found, known_fields, misuse
from bot.dashboard.desk import Desk
from bot.messages import Address, Incoming
from bot.models import AuditEntry, Case, Claim, Source, Staff, Sureness, Tip
from bot.staff import audit

LONGEST = 2000
LOOKS = ("look", "look_sealed", "late")
"""what is written down of a case without changing it"""


async def opened_for_change(db: AsyncSession, desk: Desk) -> Case:
    """The case, when nobody has changed it since the form was made. Raises Misuse; the page shows what was written."""
    case = await found(db, desk, await desk.scope(db))
    if case.merged_into_id is not None:
        raise misuse(desk, "merged")
    if desk.field("version") != str(case.version):
        raise misuse(desk, "version", **await _last_change(db, desk, case))
    return case


async def _last_change(db: AsyncSession, desk: Desk, case: Case) -> dict[str, str]:
    """By whom, when and what, as far as it was written down."""
    rows = select(AuditEntry, Staff.name).outerjoin(Staff, Staff.id == AuditEntry.staff_id)
    of_it = rows.where(AuditEntry.subject == f"case:{case.id}", AuditEntry.action.not_in(LOOKS))
    last = (await db.execute(of_it.order_by(AuditEntry.id.desc()).limit(1))).first()
    if last is None:
        return {"who": "", "what": "", "at": ""}
    entry, name = last
    what, at = desk.say(f"audit.{entry.action}"), entry.at.astimezone(desk.config.service.zone)
    return {"who": name or "", "what": what[:1].lower() + what[1:], "at": f"{at:%H:%M %d/%m/%Y}"}


def worded(desk: Desk, name: str = "words", *, least: int = 1) -> str:
    words = desk.field(name).replace("\r\n", "\n")
    if not least <= len(words) <= LONGEST:
        raise misuse(desk, "words", most=LONGEST)
    return words


async def decide(desk: Desk) -> web.Response:
    reason = worded(desk, "reason")
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        field, chosen = desk.field("field"), None
        if desk.field("claim"):
            chosen = await _claim(db, desk, case)
            field = chosen.field
        words = "" if chosen else worded(desk)
        await cases.decide(db, case, known_fields(desk), field, chosen, words, reason, desk.staff, desk.now)
        await audit(db, desk.staff, "decided", f"case:{case.id}", desk.now, field=field)
    return desk.go("ho-so", case.id, done="decided")


async def undo(desk: Desk) -> web.Response:
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        decision = next((d for d in await cases.decisions_of(db, case) if str(d.id) == desk.field("decision")), None)
        if decision is None:
            raise web.HTTPNotFound
        await cases.undo(db, case, known_fields(desk), decision, desk.staff, desk.now)
        await audit(db, desk.staff, "undone", f"case:{case.id}", desk.now, field=decision.field)
    return desk.go("ho-so", case.id, done="undone")


async def add_claim(desk: Desk) -> web.Response:
    source, sureness = desk.field("source"), desk.field("sureness")
    if source not in set(Source) or sureness not in set(Sureness) or desk.field("field") not in known_fields(desk).all:
        raise web.HTTPBadRequest
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        await cases.claim(
            db,
            case,
            known_fields(desk),
            desk.field("field"),
            worded(desk),
            desk.staff,
            desk.now,
            said_by=desk.field("said_by")[:200],
            source=Source(source),
            sureness=Sureness(sureness),
            value=understood(desk, desk.field("field"), worded(desk)),
            told_at=_told_at(desk),
        )
        await audit(db, desk.staff, "claimed", f"case:{case.id}", desk.now, field=desk.field("field"))
    return desk.go("ho-so", case.id, done="claimed")


def understood(desk: Desk, field: str, words: str) -> dict[str, Any]:
    """As the question of that name understands it, where a form has one; the witness's before the family's."""
    forms_ = sorted(desk.library.forms.values(), key=lambda form: form.id != "tip")
    ask = next((ask for form in forms_ if (ask := form.ask(field))), None)
    here = Address("desk", "0")
    said = Incoming(id="", chat=here, sender=here, sender_name="", text=words, sent_at=desk.now, in_group=False)
    return forms.understood(ask, said) if ask else {"kind": "words"}


def _told_at(desk: Desk) -> datetime | None:
    """The day it was said on, when it is written down later. Raises Misuse."""
    if not desk.field("told"):
        return None
    told = desk.moment(f"{desk.field('told')}T12:00")
    if told.date() > desk.now.date():
        raise misuse(desk, "told")
    return min(told, desk.now)


async def withdraw(desk: Desk) -> web.Response:
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        claim = await _claim(db, desk, case)
        await cases.withdraw(db, case, known_fields(desk), claim, desk.staff, desk.now)
        await audit(db, desk.staff, "claim_withdrawn", f"case:{case.id}", desk.now, field=claim.field)
    return desk.go("ho-so", case.id, done="claim_withdrawn")


async def restore(desk: Desk) -> web.Response:
    """A claim was withdrawn by mistake."""
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        claim = await _claim(db, desk, case)
        await cases.restore(db, case, known_fields(desk), claim, desk.now)
        await audit(db, desk.staff, "claim_restored", f"case:{case.id}", desk.now, field=claim.field)
    return desk.go("ho-so", case.id, done="claim_restored")


async def _claim(db: AsyncSession, desk: Desk, case: Case) -> Claim:
    ids = {str(claim.id): claim for claim in await cases.claims_of(db, case)}
    if desk.field("claim") not in ids:
        raise web.HTTPNotFound
    return ids[desk.field("claim")]


# Tips and other cases


async def take_in(desk: Desk) -> web.Response:
    """What a tip has said since becomes claims too."""
    async with desk.write() as db:
        case, tip = await _with_tip(db, desk)
        await cases.take_in(db, case, tip, known_fields(desk), desk.staff, desk.now)
        await audit(db, desk.staff, "taken_in", f"case:{case.id}", desk.now, tip=tip.id)
    return desk.go("ho-so", case.id, done="taken_in")


async def detach(desk: Desk) -> web.Response:
    async with desk.write() as db:
        case, tip = await _with_tip(db, desk)
        await cases.detach(db, case, tip, known_fields(desk), desk.staff, desk.now)
        await steps.let_go(db, tip, desk.now)
        await audit(db, desk.staff, "tip_left", f"case:{case.id}", desk.now, tip=tip.id)
    return desk.go("ho-so", case.id, done="tip_left")


async def _with_tip(db: AsyncSession, desk: Desk) -> tuple[Case, Tip]:
    case = await opened_for_change(db, desk)
    tip = next((tip for tip in await cases.tips_of(db, case) if str(tip.id) == desk.field("tip")), None)
    if tip is None:
        raise web.HTTPNotFound
    return case, tip


async def merge(desk: Desk) -> web.Response:
    """Into another case, named by its code; its tips stand from now on where that one stands."""
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        into, tips = await by_code(db, desk), await cases.tips_of(db, case)
        try:
            await cases.merge(db, case, into, known_fields(desk), desk.now)
        except ValueError:
            raise misuse(desk, "merge") from None
        await steps.follow(db, desk.library, into, tips, desk.now)
        for one in (case, into):
            await audit(db, desk.staff, "merged", f"case:{one.id}", desk.now, case=case.code, into=into.code)
    desk.wake()
    return desk.go("ho-so", into.id, done="merged")


async def unmerge(desk: Desk) -> web.Response:
    """Undo: the case named stands alone again, and its tips where it stands."""
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        apart = await db.scalar(select(Case).where(Case.code == desk.field("code"), Case.merged_into_id == case.id))
        if apart is None:
            raise web.HTTPNotFound
        await cases.unmerge(db, apart, known_fields(desk), desk.now)
        await steps.follow(db, desk.library, apart, await cases.tips_of(db, apart), desk.now)
        for one in (case, apart):
            await audit(db, desk.staff, "unmerged", f"case:{one.id}", desk.now, case=apart.code)
    desk.wake()
    return desk.go("ho-so", apart.id, done="unmerged")
