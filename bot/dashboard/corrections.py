"""Putting a broadcast right: what was wrong is written down, looked at as the chats will see it, then approved.

An approver may send at once, in an emergency; another one reviews it afterwards (bot/posts/approval.py).
"""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alarms, approvers
from bot.dashboard.broadcasts import halt, own
from bot.dashboard.desk import Desk
from bot.dashboard.targets import named
from bot.messages import platform_of
from bot.models import Broadcast, Correction
from bot.posts import approval, corrections
from bot.posts.corrections import Wording
from bot.posts.drafts import check_right
from bot.staff import Act


@dataclass(frozen=True, slots=True)
class Form:
    """What is written in the fields."""

    how: Correction
    wording: Wording
    unsent: bool
    urgent: bool


async def show(desk: Desk) -> web.Response:
    """The form, with what was written in it before."""
    async with desk.read() as db:
        broadcast = await own(db, desk)
        await corrections.check_correctable(db, desk.library, broadcast)
        return await _page(db, desk, broadcast, look=False)


async def send(desk: Desk) -> web.Response:
    """First a look at what will be sent, then it is submitted, or sent at once; «sửa lại» leads back to the form."""
    match desk.field("buoc"):
        case "gui":
            return await _submitted(desk)
        case "khan-cap":
            return await _sent(desk)
        case "sua":
            return await show(desk)
    async with desk.read() as db:
        return await _page(db, desk, await _checked(db, desk), look=True)


async def _checked(db: AsyncSession, desk: Desk) -> Broadcast:
    broadcast, form = await own(db, desk), _written(desk)
    await corrections.check(db, desk.library, broadcast, form.how, form.wording, form.unsent)
    return broadcast


async def _submitted(desk: Desk) -> web.Response:
    """The wrong post rests meanwhile."""
    form = await _halted(desk)
    async with desk.write() as db:
        broadcast = await own(db, desk)
        version = await corrections.propose(
            db,
            desk.library,
            broadcast,
            form.how,
            form.wording,
            desk.staff,
            desk.now,
            unsent=form.unsent,
            urgent=form.urgent,
        )
        await approvers.ask(db, desk.library, desk.config, version, desk.now)
    return desk.go("bien-tap", version.id, done="submitted")


async def _sent(desk: Desk) -> web.Response:
    """By an approver alone: told loudly."""
    check_right(desk.library, desk.staff, Act.APPROVE)
    form = await _halted(desk)
    async with desk.write() as db:
        broadcast = await own(db, desk)
        made = await approval.correct_at_once(
            db,
            desk.library,
            desk.config,
            broadcast,
            form.how,
            form.wording,
            desk.staff,
            desk.now,
            unsent=form.unsent,
            urgent=form.urgent,
        )
        sentence = approval.emergency_sentence(desk.library, made.title, desk.staff)
        await alarms.sound(db, desk.library, desk.config, [sentence], desk.now)
    desk.wake()
    return desk.go("dot-gui", made.id, done="corrected")


async def _halted(desk: Desk) -> Form:
    async with desk.read() as db:
        await _checked(db, desk)
    await halt(desk)
    return _written(desk)


async def _page(db: AsyncSession, desk: Desk, broadcast: Broadcast, look: bool) -> web.Response:
    chain, written = await corrections.chain_of(db, broadcast), _written(desk)
    post, reach = corrections.current(chain), await corrections.reach(db, broadcast)
    by_platform: dict[str, int] = {}
    for channel, number in reach.told.items():
        by_platform[platform_of(channel)] = by_platform.get(platform_of(channel), 0) + number
    day = desk.day(chain[0].due_at)
    erratum = corrections.erratum(desk.library, chain[0].title, day, written.how, written.wording, desk.staff.unit.name)
    return desk.page(
        "correction",
        broadcast=broadcast,
        post=post,
        where=await named(db, desk.library, broadcast.target),
        told=by_platform,
        unsent=reach.unsent,
        form=written,
        text=desk.field("noi-dung").replace("\r\n", "\n") or post.text,
        erratum=erratum.text,
        look=look,
    )


def _written(desk: Desk) -> Form:
    how = desk.field("cach")
    return Form(
        how=Correction(how) if how in set(Correction) else Correction.EDIT,
        wording=Wording(
            wrong=desk.field("cho-sai") if desk.form else desk.asked("sai"),
            right=desk.field("cho-dung") if desk.form else desk.asked("dung"),
            text=desk.field("noi-dung").replace("\r\n", "\n"),
        ),
        unsent=bool(desk.field("chua-nhan")) or not desk.form,
        urgent=bool(desk.field("khan")),
    )
