"""Sending a post now or later: a page to look at it once more, then the broadcast."""

from datetime import date, datetime, time, timedelta

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard import clashes
from bot.dashboard.desk import Desk
from bot.dashboard.posts import on_shelf
from bot.dashboard.targets import named, within
from bot.errors import Misuse
from bot.library import Post
from bot.models import Broadcast, BroadcastState, Chat
from bot.posts import broadcasts
from bot.posts.rendering import BadPost, rendered

LATENESS = (1, 4, 12, 24)
"""hours to choose from; after them what has not gone out does not go out any more"""
NAMES = 100


async def look(desk: Desk) -> web.Response:
    """What will go where, when, to how many groups; nothing has been created yet."""
    return await _page(desk, desk.asked("dich"), desk.asked("luc"))


async def again(desk: Desk) -> web.Response:
    return await _page(desk, desk.field("dich"), desk.field("luc"))


async def _page(desk: Desk, target: str, written: str) -> web.Response:
    post = on_shelf(desk)
    due, late = desk.moment(written) if written else desk.now, _lateness(desk)
    async with desk.read() as db:
        await _check(db, desk, target)
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
            number=await _number(db, target),
            names=await _some(db, target),
            quiet=quiet(due, desk),
            hours=desk.library.schedule.quiet,
            looked=desk.now.isoformat(),
            near=await clashes.near(db, desk, target, due),
            lately=await clashes.lately(db, post, shown.text, target, due),
            rests=await clashes.rests(db, desk, target, due, due + late),
            price=await clashes.price(db, desk, target, shown.text, bool(post.picture)),
            lateness=[(hours, timedelta(hours=hours) == late) for hours in LATENESS],
        )


def _lateness(desk: Desk) -> timedelta:
    """As chosen on the page. Raises Misuse."""
    written = desk.field("tre")
    if written and written not in map(str, LATENESS):
        raise Misuse(desk.say("misuse.lateness"))
    return timedelta(hours=int(written)) if written else broadcasts.LATENESS


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
    target, written = desk.field("dich"), desk.field("luc")
    due = desk.moment(written) if written else desk.now
    late, urgent = _lateness(desk), bool(desk.field("khan"))
    if quiet(due, desk) and not (urgent or desk.field("gio-nghi")):
        raise Misuse(desk.say("misuse.quiet"))
    if due < desk.now - late:
        raise Misuse(desk.say("misuse.past"))
    async with desk.write() as db:
        await _check(db, desk, target)
        if not await _number(db, target):
            raise Misuse(desk.say("misuse.nobody"))
        broadcast = await _created(db, desk, target) or await _announced(db, desk, target, due, late, urgent)
    desk.wake()
    return desk.go("dot-gui", broadcast.id, done="planned" if written else "sending")


async def _announced(
    db: AsyncSession, desk: Desk, target: str, due: datetime, late: timedelta, urgent: bool
) -> Broadcast:
    try:
        broadcast = await broadcasts.announce(
            db,
            desk.library,
            desk.config,
            on_shelf(desk),
            target=target,
            due_at=due,
            now=desk.now,
            staff=desk.staff,
            lateness=late,
            urgent=urgent,
        )
    except BadPost as error:
        raise Misuse(desk.say("misuse.bad_post", words=str(error))) from None
    detail = {"post": broadcast.post_id, "target": target, "due_at": due.isoformat(), "urgent": urgent}
    await desk.audit(db, "broadcast", f"broadcast:{broadcast.id}", **detail)
    return broadcast


async def _number(db: AsyncSession, target: str) -> int:
    """How many groups receive it."""
    return await db.scalar(select(func.count()).select_from(broadcasts.recipients_of(target).subquery())) or 0


async def _some(db: AsyncSession, target: str) -> list[str]:
    """The names of the first of them, to look at."""
    chosen = broadcasts.recipients_of(target).subquery()
    names = select(Chat.title, Chat.address).join(chosen, chosen.c.id == Chat.id).order_by(Chat.title).limit(NAMES)
    return [title or address for title, address in await db.execute(names)]


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
