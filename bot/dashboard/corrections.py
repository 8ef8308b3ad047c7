"""Putting a broadcast right: what was wrong is written down, looked at as the chats will see it, then sent."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.broadcasts import halt, own
from bot.dashboard.desk import Desk
from bot.dashboard.targets import named
from bot.messages import platform_of
from bot.models import Broadcast, Correction
from bot.posts import corrections
from bot.posts.corrections import Wording


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
    """First a look at what will be sent, then the correction; «sửa lại» leads back to the form."""
    match desk.field("buoc"):
        case "gui":
            return await _sent(desk)
        case "sua":
            return await show(desk)
    async with desk.read() as db:
        return await _page(db, desk, await _checked(db, desk), look=True)


async def _checked(db: AsyncSession, desk: Desk) -> Broadcast:
    broadcast, form = await own(db, desk), _written(desk)
    await corrections.check(db, desk.library, broadcast, form.how, form.wording, form.unsent)
    return broadcast


async def _sent(desk: Desk) -> web.Response:
    written = _written(desk)
    async with desk.read() as db:
        await _checked(db, desk)
    await halt(desk)
    async with desk.write() as db:
        broadcast = await own(db, desk)
        made = await corrections.correct(
            db,
            desk.library,
            desk.config,
            broadcast,
            written.how,
            written.wording,
            desk.staff,
            desk.now,
            unsent=written.unsent,
            urgent=written.urgent,
        )
    desk.wake()
    return desk.go("dot-gui", made.id, done="corrected")


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
            wrong=desk.field("cho-sai"),
            right=desk.field("cho-dung"),
            text=desk.field("noi-dung").replace("\r\n", "\n"),
        ),
        unsent=bool(desk.field("chua-nhan")) or not desk.form,
        urgent=bool(desk.field("khan")),
    )
