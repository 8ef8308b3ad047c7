"""Sending a post now or later: a page to look at it once more, then the broadcast."""

from datetime import date, datetime, time

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Desk
from bot.dashboard.posts import on_shelf
from bot.dashboard.targets import named, within
from bot.errors import Misuse
from bot.library import Post
from bot.models import Broadcast, BroadcastState
from bot.posts import broadcasts
from bot.posts.rendering import BadPost, rendered


async def look(desk: Desk) -> web.Response:
    """What will go where, when, to how many groups; nothing has been created yet."""
    return await _page(desk, desk.asked("dich"), desk.asked("luc"))


async def again(desk: Desk) -> web.Response:
    return await _page(desk, desk.field("dich"), desk.field("luc"))


async def _page(desk: Desk, target: str, written: str) -> web.Response:
    post = on_shelf(desk)
    due = desk.moment(written) if written else desk.now
    async with desk.read() as db:
        await _check(db, desk, target)
        groups = await broadcasts.recipients(db, target)
        try:
            shown = await rendered(db, desk.library, post, desk.day(due), desk.config)
        except BadPost as error:
            raise Misuse(desk.say("misuse.bad_post", words=str(error))) from None
        return desk.page(
            "sending",
            post=post,
            shown=shown,
            target=target,
            where=await named(db, desk.library, target),
            written=written,
            due=due,
            past=bool(written) and due < desk.now,
            its_day=_another_day(post, desk.day(due)),
            groups=groups,
            quiet=quiet(due, desk),
            hours=desk.library.schedule.quiet,
            looked=desk.now.isoformat(),
        )


def _another_day(post: Post, day: date) -> str:
    """«17/2» when a post written for that very day would go out on another; a reminder before it may."""
    kind, number, month = post.anniversary.rule if post.anniversary else ("", 0, 0)
    own = post.anniversary is not None and post.id == post.anniversary.id and kind == "solar"
    return f"{number}/{month}" if own and (day.day, day.month) != (number, month) else ""


def quiet(moment: datetime, desk: Desk) -> bool:
    """In the hours when people rest; they may span midnight."""
    start, end = desk.library.schedule.quiet
    at: time = moment.astimezone(desk.config.service.zone).time()
    return start <= at < end if start <= end else at >= start or at < end


async def _check(db: AsyncSession, desk: Desk, target: str) -> None:
    await broadcasts.check_target(db, desk.library, target)
    if not await within(db, await desk.scope(db), target):
        raise web.HTTPForbidden


async def send(desk: Desk) -> web.Response:
    """Create the broadcast. The same page sent twice, by a double click, gives one."""
    post, target, written = on_shelf(desk), desk.field("dich"), desk.field("luc")
    due = desk.moment(written) if written else desk.now
    if quiet(due, desk) and not desk.field("gio-nghi"):
        raise Misuse(desk.say("misuse.quiet"))
    if due < desk.now - broadcasts.LATENESS:
        raise Misuse(desk.say("misuse.past"))
    async with desk.write() as db:
        await _check(db, desk, target)
        if not await broadcasts.recipients(db, target):
            raise Misuse(desk.say("misuse.nobody"))
        broadcast = await _created(db, desk, target)
        if broadcast is None:
            try:
                broadcast = await broadcasts.announce(
                    db, desk.library, desk.config, post, target=target, due_at=due, now=desk.now, staff=desk.staff
                )
            except BadPost as error:
                raise Misuse(desk.say("misuse.bad_post", words=str(error))) from None
            detail = {"post": post.id, "target": target, "due_at": due.isoformat()}
            await desk.audit(db, "broadcast", f"broadcast:{broadcast.id}", **detail)
    desk.wake()
    return desk.go("dot-gui", broadcast.id, done="planned" if written else "sending")


async def _created(db: AsyncSession, desk: Desk, target: str) -> Broadcast | None:
    """The broadcast that this very page has created already."""
    try:
        looked = datetime.fromisoformat(desk.field("looked"))
    except ValueError:
        raise Misuse(desk.say("misuse.moment")) from None
    if looked.tzinfo is None:
        raise Misuse(desk.say("misuse.moment"))
    return await db.scalar(
        select(Broadcast).where(
            Broadcast.post_id == desk.request.match_info["id"],
            Broadcast.target == target,
            Broadcast.staff_id == desk.staff.id,
            Broadcast.created_at >= looked,
            Broadcast.state != BroadcastState.STOPPED,
        )
    )
