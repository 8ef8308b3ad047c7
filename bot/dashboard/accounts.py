"""The bot accounts: how each fares, pausing and resuming one, its settings, and its secrets, which are only written."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.messages import platform_of
from bot.models import Account, AccountState, Delivery, DeliveryState, Quota, Unit
from bot.staff import Act
from bot.vault import vault_of

PAGE = 50
NOT_HERE = {"api", "oauth"}
"""addresses of the platforms, set in config.toml alone"""


@dataclass(frozen=True, slots=True)
class Line:
    """An account as the list shows it; `monthly` 0: no limit."""

    account: Account
    platform: str
    rate: float | None
    monthly: int
    reserve: int
    used: int
    waiting: int

    @property
    def left(self) -> int:
        return max(0, self.monthly - self.used)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting in the form: words, a number, a box to tick, or one of `choices`."""

    name: str
    kind: str
    value: Any
    choices: tuple[str, ...] = ()


async def listed(desk: Desk) -> web.Response:
    after, state = desk.asked("sau"), desk.asked("trang-thai")
    async with desk.read() as db:
        scope = await desk.scope(db)
        query = select(Account).where(scope.rows(Account.unit_id), Account.name > after).order_by(Account.name)
        if state in set(AccountState):
            query = query.where(Account.state == state)
        rows = (await db.scalars(query.limit(PAGE + 1))).all()
        numbers = await db.execute(
            select(Account.state, func.count()).where(scope.rows(Account.unit_id)).group_by(Account.state)
        )
        units = await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.kind.desc(), Unit.name))
        return desk.page(
            "accounts",
            lines=await _lines(db, desk, rows[:PAGE]),
            further=rows[PAGE - 1].name if len(rows) > PAGE else "",
            state=state,
            numbers=dict(numbers.all()),
            units=units.all() if desk.may(Act.MANAGE_STAFF) else [],
        )


async def _lines(db: AsyncSession, desk: Desk, rows: Sequence[Account]) -> list[Line]:
    names = [row.name for row in rows]
    waiting = await db.execute(
        select(Delivery.channel, func.count())
        .where(Delivery.state == DeliveryState.PENDING, Delivery.channel.in_(names))
        .group_by(Delivery.channel)
    )
    used = await db.execute(
        select(Quota.account, Quota.used).where(Quota.account.in_(names), Quota.month == accounts.month(desk.now))
    )
    waits, spent = dict(waiting.all()), dict(used.all())
    return [_line(desk, row, spent.get(row.name, 0), waits.get(row.name, 0)) for row in rows]


def _line(desk: Desk, row: Account, used: int, waiting: int) -> Line:
    platform = platform_of(row.name)
    if platform not in accounts.PLATFORMS:
        return Line(row, platform, None, 0, 0, used, waiting)
    said = accounts.shown(row, desk.config)
    return Line(row, platform, said.rate, getattr(said, "monthly", 0), getattr(said, "reserve", 0), used, waiting)


async def found(db: AsyncSession, desk: Desk, scope: Scope) -> Account:
    account = await db.get(Account, desk.request.match_info["name"])
    if account is None or not scope.covers(account.unit_id):
        raise web.HTTPNotFound
    return account


async def show(desk: Desk) -> web.Response:
    async with desk.read() as db:
        account = await found(db, desk, await desk.scope(db))
        kind = accounts.PLATFORMS.get(platform_of(account.name))
        return desk.page(
            "account",
            line=(await _lines(db, desk, [account]))[0],
            month=accounts.month(desk.now),
            ours=kind is not None and "@" in account.name,
            settings=_form(accounts.shown(account, desk.config)) if kind else [],
            secrets=accounts.secret_names(kind) if kind else (),
        )


def _form(said: accounts.Settings) -> list[Field]:
    hidden = {*accounts.secret_names(type(said)), *NOT_HERE}
    hints = get_type_hints(type(said))
    return [_field(f.name, hints[f.name], getattr(said, f.name)) for f in fields(said) if f.name not in hidden]


def _field(name: str, hint: Any, value: Any) -> Field:
    if get_origin(hint) is Literal:
        return Field(name, "choice", value, get_args(hint))
    kinds = {bool: "tick", int: "whole", float: "number", str: "words"}
    return Field(name, kinds[hint], value)


async def pause(desk: Desk) -> web.Response:
    return await _move(desk, "pause_account", accounts.pause, "paused_by_staff")


async def resume(desk: Desk) -> web.Response:
    response = await _move(desk, "resume_account", accounts.resume, "")
    desk.wake()
    return response


async def _move(desk: Desk, action: str, work: Any, reason: str) -> web.Response:
    async with desk.write() as db:
        account = await found(db, desk, await desk.scope(db))
        await work(db, account.name, reason, desk.now)
        await desk.audit(db, action, f"account:{account.name}")
    return desk.go("tai-khoan", account.name, done=action)


async def change(desk: Desk) -> web.Response:
    """Settings, and those secrets for which something was written."""
    async with desk.write() as db:
        account = await found(db, desk, await desk.scope(db))
        kind = accounts.PLATFORMS.get(platform_of(account.name))
        settings = {one.name: _said(desk, one) for one in _form(accounts.shown(account, desk.config))} if kind else {}
        secrets = {name: desk.field(f"secret-{name}") for name in accounts.secret_names(kind)} if kind else {}
        await _refuse_known_token(db, desk, account.name, secrets)
        accounts.change(account, vault_of(desk.config), settings, secrets)
        replaced = sorted(name for name, value in secrets.items() if value)
        await desk.audit(db, "change_account", f"account:{account.name}", replaced=replaced)
    return desk.go("tai-khoan", account.name, done="account_saved")


def _said(desk: Desk, one: Field) -> Any:
    """The field as a value of its kind. Raises Misuse."""
    written = desk.field(one.name)
    try:
        match one.kind:
            case "tick":
                return bool(written)
            case "whole":
                return int(written)
            case "number":
                return float(written.replace(",", "."))
    except ValueError:
        label = desk.library.texts(f"control.setting.{one.name}")
        raise Misuse(desk.library.texts("control.misuse.value", key=label)) from None
    return written


async def add(desk: Desk) -> web.Response:
    """A further account of a unit, active at once; the platform's defaults hold until they are changed."""
    unit_id = desk.field("unit")
    async with desk.write() as db:
        unit = await db.get(Unit, int(unit_id)) if unit_id.isdecimal() and len(unit_id) < 16 else None
        if unit is None or not (await desk.scope(db)).covers(unit.id):
            raise Misuse(desk.say("misuse.unit"))
        kind = accounts.PLATFORMS.get(desk.field("platform"))
        if kind is None:
            raise Misuse(desk.library.texts("control.misuse.platform"))
        name = f"{desk.field('platform')}@{desk.field('name') or unit.code}"
        secrets = {accounts.required_secret(kind): desk.field("secret")}
        await _refuse_known_token(db, desk, name, secrets)
        await accounts.add(db, vault_of(desk.config), name, unit, {}, secrets, desk.now)
        await desk.audit(db, "add_account", f"account:{name}", unit=unit.code)
    return desk.go("tai-khoan", name, done="account_added")


async def _refuse_known_token(db: AsyncSession, desk: Desk, name: str, secrets: dict[str, str]) -> None:
    if token := secrets.get("token"):
        other = (await accounts.tokens_in_use(db, vault_of(desk.config))).get(accounts.digest(token))
        if other not in (None, name):
            raise Misuse(desk.library.texts("control.misuse.same_token", other=other))
