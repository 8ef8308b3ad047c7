"""Decisions on a version: approved, returned, withdrawn, reviewed, or taken back by its writer."""

from aiohttp import web

from bot import approvers
from bot.dashboard import editor
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.keys import SHELF
from bot.models import Staff
from bot.posts import approval, drafts
from bot.posts.rendering import BadPost
from bot.posts.versions import refresh


async def approve(desk: Desk) -> web.Response:
    """Exactly what was on the page, known by its hash."""
    if not desk.field("da-doc"):
        raise Misuse(desk.say("misuse.tick_read"))
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        try:
            made = await approval.approve(
                db,
                desk.library,
                desk.config,
                version,
                desk.field("sha"),
                staff,
                desk.now,
                words=desk.field("loi"),
            )
        except BadPost as error:
            raise Misuse(desk.say("misuse.bad_post", words=str(error))) from None
        await approvers.tell_writer(db, desk.library, version, "approved", "", desk.now)
    await _said_anew(desk)
    return (
        desk.go("dot-gui", made.id, done="approved_planned")
        if made
        else desk.go("bien-tap", version.id, done="approved")
    )


async def give_back(desk: Desk) -> web.Response:
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        await approval.give_back(db, desk.library, version, desk.field("loi"), staff, desk.now)
        await approvers.tell_writer(db, desk.library, version, "returned", desk.field("loi"), desk.now)
    return desk.go("bien-tap", version.id, done="returned")


async def withdraw(desk: Desk) -> web.Response:
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        await approval.withdraw(db, desk.library, version, desk.field("loi"), staff, desk.now)
    await _said_anew(desk)
    return desk.go("bien-tap", version.id, done="withdrawn")


async def review(desk: Desk) -> web.Response:
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        await approval.review(db, desk.library, version, desk.field("loi"), staff, desk.now)
    return desk.go("bien-tap", version.id, done="reviewed")


async def take_back(desk: Desk) -> web.Response:
    async with desk.write() as db:
        version, staff = await editor.found(db, desk), await db.get_one(Staff, desk.staff.id)
        await drafts.take_back(db, desk.library, version, staff, desk.now)
    return desk.go("bien-tap", version.id, done="taken_back")


async def _said_anew(desk: Desk) -> None:
    """What is said changes at once, not at the next look; and what is due goes."""
    async with desk.read() as db:
        await refresh(db, desk.request.app[SHELF], desk.today)
    desk.wake()
