"""«DỪNG TẤT CẢ» and its end, and the confirmation of a copy. What the banners say is in standing.py."""

from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import installation
from bot import staff as rights
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.messages import fold
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Unit


async def look(desk: Desk) -> web.Response:
    """What will stop; nothing has stopped yet."""
    async with desk.read() as db:
        top = await rights.at_the_top(db, desk.staff)
        units = None if top else await rights.units_of(db, desk.staff)
        stopped = desk.standing.stopped_at if top else (await db.get_one(Unit, desk.staff.unit_id)).stopped_at
        return desk.page("control", top=top, stopped=stopped, waiting=await _waiting(db, units))


async def stop(desk: Desk) -> web.Response:
    """Pressed twice it stays as it was pressed first. Staff of a lower unit stop their own unit and all below it."""
    async with desk.write() as db:
        if await rights.at_the_top(db, desk.staff):
            await installation.stop_all(db, desk.staff, desk.now)
            await desk.audit(db, "stop_all", "installation:1")
        else:
            await stop_unit(db, desk, await db.get_one(Unit, desk.staff.unit_id))
    return desk.go()


async def stop_unit(db: AsyncSession, desk: Desk, unit: Unit) -> None:
    await installation.stop_unit(db, unit, desk.staff, desk.now)
    await desk.audit(db, "stop_all", f"unit:{unit.id}")


async def resume(desk: Desk) -> web.Response:
    """The whole installation; for one unit, units.py."""
    async with desk.write() as db:
        if not await rights.at_the_top(db, desk.staff):
            raise web.HTTPForbidden
        await installation.resume_all(db, desk.now)
        await desk.audit(db, "resume_all", "installation:1")
    desk.wake()
    return desk.go(done="resumed_all")


async def _waiting(db: AsyncSession, units: set[int] | None) -> int:
    """Messages that wait, in these units or in all."""
    query: Select[int] = select(func.count(Delivery.id)).where(Delivery.state == DeliveryState.PENDING)
    if units is not None:
        query = query.join(Chat, Chat.id == Delivery.chat_id).where(Chat.unit_id.in_(units))
    return await db.scalar(query) or 0


async def look_at_copy(desk: Desk) -> web.Response:
    async with desk.read() as db:
        planned = select(func.count(Broadcast.id)).where(
            Broadcast.state == BroadcastState.PLANNED, Broadcast.due_at <= desk.now
        )
        return desk.page(
            "copy",
            top=await rights.at_the_top(db, desk.staff),
            waiting=await _waiting(db, None),
            planned=await db.scalar(planned) or 0,
            words=desk.library.texts("control.confirm_words"),
        )


async def confirm_copy(desk: Desk) -> web.Response:
    """«This database is the one that counts», in typed words. What waits goes out only if that was chosen."""
    if fold(desk.field("words")) != fold(desk.library.texts("control.confirm_words")):
        raise Misuse(desk.library.texts("control.misuse.words", words=desk.library.texts("control.confirm_words")))
    if desk.field("waiting") not in ("set_aside", "send"):
        raise Misuse(desk.library.texts("control.misuse.choose"))
    async with desk.write() as db:
        if not await rights.at_the_top(db, desk.staff):
            raise web.HTTPForbidden
        if (await installation.the_one(db)).sealed_at is None:
            raise Misuse(desk.library.texts("control.misuse.not_sealed"))
        aside = await installation.set_aside(db, desk.now) if desk.field("waiting") == "set_aside" else 0
        row = await installation.confirm(db, desk.now)
        await desk.audit(db, "confirm_copy", "installation:1", set_aside=aside)
    installation.remember(desk.config.data, row)
    desk.wake()
    return desk.go(done="confirmed_copy")
