"""Tasks: mine and my units', given to somebody, done; a colleague's work handed on when he leaves."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import tasks
from bot.dashboard.case_work import colleague_in, colleagues, named_in
from bot.dashboard.cases import misuse
from bot.dashboard.desk import Desk
from bot.models import Case, Task
from bot.staff import audit

MOST = 200
"""of each list"""


async def listed(desk: Desk) -> web.Response:
    async with desk.write() as db:
        scope = await desk.scope(db)
        mine, number = await tasks.open_tasks(db, Task.assigned_id == desk.staff.id, MOST)
        others, more = await tasks.open_tasks(db, scope.rows(Task.unit_id), MOST, leave_out=desk.staff.id)
        await desk.audit(db, "list", "tasks", shown=len(mine) + len(others))
        people = await colleagues(db, desk)
    return desk.page("tasks", mine=mine, others=others, number=number, more=more, colleagues=people)


async def done(desk: Desk) -> web.Response:
    async with desk.write() as db:
        task = await _task(db, desk)
        task.done_at, task.done_by_id = task.done_at or desk.now, task.done_by_id or desk.staff.id
        await audit(db, desk.staff, "task_done", f"task:{task.id}", desk.now)
    return desk.go("viec", done="task_done")


async def give(desk: Desk) -> web.Response:
    async with desk.write() as db:
        task, colleague = await _task(db, desk), await colleague_in(db, desk)
        task.assigned_id = colleague.id
        await audit(db, desk.staff, "task_given", f"task:{task.id}", desk.now, to=colleague.id)
    return desk.go("viec", done="task_given")


async def _task(db: AsyncSession, desk: Desk) -> Task:
    task = await db.get(Task, desk.number("id"))
    scope = await desk.scope(db)
    if task is None or not (scope.covers(task.unit_id) or task.assigned_id == desk.staff.id):
        raise web.HTTPNotFound
    return task


async def hand_on(desk: Desk) -> web.Response:
    """A colleague leaves: all his cases and open tasks go to another."""
    async with desk.write() as db:
        scope = await desk.scope(db)
        leaving, to = await named_in(db, desk, "from"), await colleague_in(db, desk, "to")
        if leaving.id == to.id:
            raise misuse(desk, "colleague")
        cases, open_ = scope.rows(Case.unit_id), scope.rows(Task.unit_id)
        await tasks.hand_on(db, leaving, to, cases, open_, desk.staff, desk.now)
    return desk.go("viec", done="handed_on")
