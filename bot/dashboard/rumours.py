"""Reports of false claims and fraud: listed by claim, looked at one by one, made clear by a post of the ward."""

from collections.abc import Iterator, Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.answers import rumours
from bot.dashboard import proposing
from bot.dashboard.desk import Desk
from bot.dashboard.files import path_of, shown_copy
from bot.errors import Misuse
from bot.models import Rumour, RumourState

SHOWN = 200
KIND = "dinh-chinh"


async def listed(desk: Desk) -> web.Response:
    """Only the category and the number of reports: what is said is read one by one, and that is written down."""
    async with desk.read() as db:
        scope = await desk.scope(db)
        open_ = select(Rumour).where(Rumour.state.in_(rumours.OPEN), scope.rows(Rumour.unit_id))
        rows = (await db.scalars(open_.order_by(Rumour.id.desc()).limit(SHOWN))).all()
        over = select(Rumour).where(
            Rumour.state.in_((RumourState.ANSWERED, RumourState.CLOSED)), scope.rows(Rumour.unit_id)
        )
        settled = (await db.scalars(over.order_by(Rumour.answered_at.desc()).limit(SHOWN // 4))).all()
    return desk.page("rumours", groups=sorted(_groups(rows), key=lambda group: -len(group)), settled=settled)


def _groups(rows: Sequence[Rumour]) -> Iterator[list[Rumour]]:
    """Those that say the same, newest first."""
    same = dict[str, list[Rumour]]()
    for rumour in rows:
        same.setdefault(rumour.likeness or str(rumour.id), []).append(rumour)
    yield from same.values()


async def show(desk: Desk) -> web.Response:
    async with desk.write() as db:
        rumour = await _found(db, desk)
        same = await _together(db, desk, rumour)
        version = await proposing.version_of(db, rumour)
        await desk.audit(db, "look_rumour", f"rumour:{rumour.id}")
    return desk.page(
        "rumour",
        rumour=rumour,
        others=[one for one in same if one.id != rumour.id],
        version=version,
        **proposing.form_values(desk),
    )


async def picture(desk: Desk) -> web.StreamResponse:
    """A copy of the screenshot, without what the phone noted in it."""
    async with desk.read() as db:
        rumour = await _found(db, desk)
    path = path_of(desk.config.data / "media", rumour.sha256)
    if not path.is_file():
        raise web.HTTPNotFound
    return await shown_copy(path)


async def check(desk: Desk) -> web.Response:
    async with desk.write() as db:
        for one in await _together(db, desk, await _open(db, desk)):
            one.state, one.staff_id = RumourState.CHECKING, desk.staff.id
            await desk.audit(db, "check_rumour", f"rumour:{one.id}")
    return desk.go("tin-sai", done="rumour_checking")


async def write(desk: Desk) -> web.Response:
    """A clarification for everybody; approved, it reaches those who reported."""
    async with desk.write() as db:
        rumour = await _open(db, desk)
        same = await _together(db, desk, rumour)
        version = await proposing.written(db, desk, same, rumour, KIND)
        await desk.audit(db, "propose_clarification", f"rumour:{rumour.id}", version=version.id, rumours=len(same))
    desk.wake()
    return proposing.onward(desk, version, "tin-sai", "rumour_proposed")


async def choose(desk: Desk) -> web.Response:
    """There is such a post already."""
    async with desk.write() as db:
        rumour = await _open(db, desk)
        same = await _together(db, desk, rumour)
        post_id = proposing.chosen(desk, same)
        await desk.audit(db, "choose_clarification", f"rumour:{rumour.id}", post=post_id, rumours=len(same))
    desk.wake()
    return desk.go("tin-sai", done="rumour_chosen")


async def close(desk: Desk) -> web.Response:
    """Without a clarification; those who reported are told that it was looked at, and forgotten."""
    async with desk.write() as db:
        for one in await _together(db, desk, await _open(db, desk)):
            await rumours.set_aside(db, desk.library, desk.config, one, desk.now)
            one.staff_id = desk.staff.id
            await desk.audit(db, "close_rumour", f"rumour:{one.id}")
    desk.wake()
    return desk.go("tin-sai", done="rumour_closed")


async def _found(db: AsyncSession, desk: Desk) -> Rumour:
    rumour, scope = await db.get(Rumour, desk.number("id")), await desk.scope(db)
    if rumour is None or rumour.state == RumourState.TELLING or not scope.covers(rumour.unit_id):
        raise web.HTTPNotFound
    return rumour


async def _open(db: AsyncSession, desk: Desk) -> Rumour:
    rumour = await _found(db, desk)
    if rumour.state not in rumours.OPEN:
        raise Misuse(desk.library.texts("rumours.settled"))
    return rumour


async def _together(db: AsyncSession, desk: Desk, rumour: Rumour) -> Sequence[Rumour]:
    scope = await desk.scope(db)
    return [one for one in await rumours.together(db, rumour) if scope.covers(one.unit_id)]
