"""The work on one case: notes, tasks with a day, the checklist, who is in charge, what makes it pressing."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import tasks
from bot.dashboard.case_changes import opened_for_change, worded
from bot.dashboard.cases import known_fields, misuse
from bot.dashboard.desk import Desk
from bot.models import CaseNote, NoteKind, Staff, Task, TaskKind
from bot.staff import RIGHTS, Act, audit, may

DAY_ENDS = time(17, 0)


async def note(desk: Desk) -> web.Response:
    """For the team, or for oneself; what goes to the informant is case_steps.ask."""
    kind = NoteKind.MINE if desk.field("kind") == NoteKind.MINE else NoteKind.TEAM
    words = worded(desk)
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        db.add(CaseNote(case_id=case.id, kind=kind, words=words, staff_id=desk.staff.id, at=desk.now))
    return desk.go("ho-so", case.id, done="noted")


async def pressing(desk: Desk) -> web.Response:
    """What orders the list: the witness's age and health, whether there is no other, a site to be built on."""
    age = desk.field("age")
    if age and not (age.isdecimal() and 0 < int(age) < 130):
        raise misuse(desk, "age")
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        case.witness_age = int(age) if age else None
        case.witness_ill, case.only_witness = bool(desk.field("ill")), bool(desk.field("only"))
        case.to_be_built = bool(desk.field("built"))
        case.version, case.changed_at = case.version + 1, desk.now
        await audit(db, desk.staff, "pressing", f"case:{case.id}", desk.now)
    return desk.go("ho-so", case.id, done="pressing")


async def assign(desk: Desk) -> web.Response:
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        colleague = await colleague_in(db, desk)
        case.assigned_id, case.version, case.changed_at = colleague.id, case.version + 1, desk.now
        await audit(db, desk.staff, "assigned", f"case:{case.id}", desk.now, to=colleague.id)
    return desk.go("ho-so", case.id, done="assigned")


async def colleague_in(db: AsyncSession, desk: Desk, name: str = "staff") -> Staff:
    """Somebody of one's units who may work on cases, named by a field of the form. Raises Misuse."""
    colleague = await named_in(db, desk, name)
    if not may(colleague, Act.CHANGE_TIPS):
        raise misuse(desk, "colleague")
    return colleague


async def named_in(db: AsyncSession, desk: Desk, name: str) -> Staff:
    """Somebody of one's units, gone or not. Raises Misuse."""
    written = desk.field(name)
    found = (
        await db.get(Staff, int(written)) if written.isascii() and written.isdecimal() and len(written) < 16 else None
    )
    if found is None or not (await desk.scope(db)).covers(found.unit_id):
        raise misuse(desk, "colleague")
    return found


async def colleagues(db: AsyncSession, desk: Desk) -> Sequence[Staff]:
    """Those of one's units whose work cases are, who has left too."""
    roles = [role for role, acts in RIGHTS.items() if Act.CHANGE_TIPS in acts]
    scope = await desk.scope(db)
    rows = select(Staff).where(Staff.role.in_(roles), Staff.unit_id.in_(scope.units))
    return (await db.scalars(rows.order_by(Staff.name))).all()


async def add_task(desk: Desk) -> web.Response:
    words, due = worded(desk), _due(desk)
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        task = Task(kind=TaskKind.OTHER, case_id=case.id, unit_id=case.unit_id, words=words, due_at=due)
        task.assigned_id, task.created_by_id = (await colleague_in(db, desk)).id, desk.staff.id
        task.created_at = desk.now
        db.add(task)
        await audit(db, desk.staff, "task_added", f"case:{case.id}", desk.now)
    return desk.go("ho-so", case.id, done="task_added")


def _due(desk: Desk) -> datetime:
    """The end of the working day of the field «due» («2026-12-01»). Raises Misuse."""
    try:
        day = datetime.strptime(desk.field("due"), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise misuse(desk, "due") from None
    return datetime.combine(day, DAY_ENDS, desk.config.service.zone).astimezone(UTC)


async def check(desk: Desk) -> web.Response:
    """The checklist of the step, as it is ticked now."""
    items = frozenset(str(item) for item in desk.form.getall("item", []))
    async with desk.write() as db:
        case = await opened_for_change(db, desk)
        changed = await tasks.tick(db, case, known_fields(desk), items, desk.staff, desk.now)
        if changed:
            await audit(db, desk.staff, "checked", f"case:{case.id}", desk.now, step=case.state, items=list(changed))
    return desk.go("ho-so", case.id, done="checked")
