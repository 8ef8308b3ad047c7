"""A case moved on, handed over, answered, concluded, released; and the informants asked."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import handovers, steps
from bot.cases.cases import identity_released
from bot.cases.identity import says_whose
from bot.dashboard.case_changes import LONGEST, opened_for_change, worded
from bot.dashboard.cases import known_fields, misuse
from bot.dashboard.desk import Desk
from bot.models import Case, CaseNote, CaseState, Conclusion, HandoverState, NoteKind


async def move(desk: Desk) -> web.Response:
    """A step that is no hand-over; one that wants a reason leaves it as a note of the team."""
    to = _state(desk)
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        step = steps.step_to(case, to)
        if step is None or step.needs not in (steps.Needs.NOTHING, steps.Needs.REASON) or not desk.may(step.who):
            raise misuse(desk, "state")
        if step.needs is steps.Needs.REASON:
            if not desk.field("reason"):
                raise misuse(desk, "reason")
            _note(db, desk, case, worded(desk, "reason"))
        await steps.move(db, desk.library, known_fields(desk), case, to, desk.staff, desk.now)
    desk.wake()
    return desk.go("ho-so", case.id, done="case_moved")


def _state(desk: Desk) -> CaseState:
    if desk.field("to") not in set(CaseState):
        raise web.HTTPBadRequest
    return CaseState(desk.field("to"))


def _note(db: AsyncSession, desk: Desk, case: Case, words: str) -> None:
    db.add(CaseNote(case_id=case.id, kind=NoteKind.TEAM, words=words, staff_id=desk.staff.id, at=desk.now))


async def _send(db: AsyncSession, desk: Desk, case: Case, to: CaseState) -> None:
    ground = desk.field("ground")[:LONGEST]
    await handovers.send(db, desk.library, known_fields(desk), case, to, ground, desk.staff, desk.now)


async def hand_over(desk: Desk) -> web.Response:
    """With the consent of all who told, or on a legal ground that is written down."""
    to = _state(desk)
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        try:
            await _send(db, desk, case, to)
        except PermissionError:
            raise misuse(desk, "consent") from None
        except ValueError:
            raise misuse(desk, "state") from None
    desk.wake()
    return desk.go("ho-so", case.id, done="handed_over")


async def answer(desk: Desk) -> web.Response:
    """What the receiver did: received, accepted, returned (with a question to those who told, if there is one),
    answered."""
    if desk.field("state") not in set(HandoverState):
        raise web.HTTPBadRequest
    state = HandoverState(desk.field("state"))
    words = worded(desk) if state in handovers.WORDED else ""
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        handover = next((h for h in await handovers.of_case(db, case) if str(h.id) == desk.field("handover")), None)
        if handover is None:
            raise web.HTTPNotFound
        known = known_fields(desk)
        try:
            await handovers.answer(db, desk.library, known, case, handover, state, words, desk.staff, desk.now)
        except ValueError:
            raise misuse(desk, "state") from None
        if state is HandoverState.RETURNED and desk.field("question"):
            await _ask(db, desk, case, worded(desk, "question"))
    desk.wake()
    return desk.go("ho-so", case.id, done="handover_noted")


async def _ask(db: AsyncSession, desk: Desk, case: Case, words: str, only: int | None = None) -> int:
    """Raises Misuse for words that say whose remains they are."""
    if says_whose(words) and not identity_released(case):
        raise misuse(desk, "whose")
    ward = desk.config.service.unit
    return await handovers.ask_informants(db, desk.library, case, ward, words, desk.staff, desk.now, only)


async def conclude(desk: Desk) -> web.Response:
    if desk.field("conclusion") not in set(Conclusion):
        raise web.HTTPBadRequest
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        try:
            conclusion = Conclusion(desk.field("conclusion"))
            await steps.conclude(db, desk.library, known_fields(desk), case, conclusion, desk.staff, desk.now)
        except ValueError:
            raise misuse(desk, "conclusion") from None
    desk.wake()
    return desk.go("ho-so", case.id, done="concluded")


async def release(desk: Desk) -> web.Response:
    """One of two people who let the identity be said."""
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        try:
            both = await steps.release(db, case, desk.staff, desk.now)
        except ValueError:
            raise misuse(desk, "release") from None
    return desk.go("ho-so", case.id, done="released" if both else "half_released")


async def ask(desk: Desk) -> web.Response:
    """A question of staff's own words to all who told, or to one of them; their answers come to their tips."""
    words, only = worded(desk), desk.field("tip")
    if only and not (only.isascii() and only.isdecimal() and len(only) < 16):
        raise web.HTTPBadRequest
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        if not await _ask(db, desk, case, words, int(only) if only else None):
            raise misuse(desk, "nobody")
    desk.wake()
    return desk.go("ho-so", case.id, done="asked")
