"""The Official Accounts of Zalo: is each connected, and connecting one by agreeing on Zalo's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.receiving import hook_path
from bot.dashboard.desk import ROOT, Desk
from bot.errors import ChannelError, Misuse
from bot.keys import ZALO_OA, Official
from bot.models import Account

HERE = f"{ROOT}/zalo-oa"


@dataclass(frozen=True, slots=True)
class Line:
    """An account as the page shows it."""

    account: Account
    oa_id: str
    good_until: datetime | None
    hook: str
    agree: str
    """Zalo's page. A link leads there and no form, for our own policy lets no form lead elsewhere."""


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        rows = await _accounts(db, desk)
    lines = [await _line(desk, row) for row in rows]
    return desk.page("zalo-oa", lines=lines, redirect=_redirect(desk))


async def _line(desk: Desk, account: Account) -> Line:
    official = _known(desk)[account.name]
    return Line(
        account,
        official.oa_id,
        await official.good_until(),
        f"{desk.config.public_url}{hook_path(account.name)}",
        official.authorise_url(_redirect(desk), str(desk.staff.id)),
    )


async def back(desk: Desk) -> web.Response:
    """From Zalo's page, with a code that is good once; without one he did not agree."""
    code, state = desk.asked("code"), desk.asked("state")
    if not code:
        return await show(desk)
    official = await _official(desk, state.rpartition(".")[0])
    if desk.asked("oa_id") != official.oa_id:
        raise Misuse(desk.say("misuse.oa_other"))
    try:
        await official.connect(code, state, str(desk.staff.id))
    except ChannelError as error:
        reason = desk.library.texts(f"reasons.{error.reason}")
        raise Misuse(desk.say("misuse.oa_refused", reason=reason)) from None
    async with desk.write() as db:
        await desk.audit(db, "connect_oa", f"account:{official.name}")
    return desk.go("zalo-oa", done="oa_connected")


def _known(desk: Desk) -> Mapping[str, Official]:
    return desk.request.app.get(ZALO_OA) or {}


async def _accounts(db: AsyncSession, desk: Desk) -> list[Account]:
    scope = await desk.scope(db)
    query = select(Account).where(Account.name.in_(list(_known(desk))), scope.rows(Account.unit_id))
    return list(await db.scalars(query.order_by(Account.name)))


async def _official(desk: Desk, name: str) -> Official:
    async with desk.read() as db:
        if name not in {account.name for account in await _accounts(db, desk)}:
            raise web.HTTPNotFound
    return _known(desk)[name]


def _redirect(desk: Desk) -> str:
    return f"{desk.config.public_url}{HERE}/xong"
