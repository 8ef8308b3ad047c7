"""The bot accounts of this installation: who they belong to, their settings and secrets, their state, their quota.

An account is config.toml's («telegram») or the table's («telegram@hong-bang»). Its channel is made in platforms.py.
"""

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, TelegramSettings, ZaloBotSettings, ZaloOaSettings
from bot.db import wake
from bot.errors import Misuse
from bot.messages import platform_of
from bot.models import Account, AccountState, Quota, Unit
from bot.texts import shipped
from bot.vault import Vault

Settings = TelegramSettings | ZaloBotSettings | ZaloOaSettings
PLATFORMS: dict[str, type[Settings]] = {
    "telegram": TelegramSettings,
    "zalo_bot": ZaloBotSettings,
    "zalo_oa": ZaloOaSettings,
}
"""those that have settings; «web» and «assisted» have none"""
NAME = re.compile(r"[a-z_]+@[a-z0-9][a-z0-9_.-]{0,44}")
MONTHS = ZoneInfo("Asia/Ho_Chi_Minh")
"""the platforms with a monthly quota are Vietnamese: their month begins at midnight there"""
LONGEST = 500


async def known(db: AsyncSession, name: str, unit: Unit | None, now: datetime) -> Account:
    """The account's row, made when new; several processes may ask at the same moment."""
    values: dict[str, Any] = {"name": name, "unit_id": unit.id if unit else None, "settings": {}, "reason": ""}
    values |= {"state": AccountState.ACTIVE, "state_since": now, "created_at": now}
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    await db.execute(insert(Account).values(values).on_conflict_do_nothing())
    return await db.get_one(Account, name)


async def add(
    db: AsyncSession,
    vault: Vault,
    name: str,
    unit: Unit | None,
    settings: dict[str, Any],
    secrets: dict[str, str],
    now: datetime,
) -> Account:
    """A further account. Raises Misuse with a sentence that holds no secret."""
    if not NAME.fullmatch(name) or platform_of(name) not in PLATFORMS:
        raise _misuse("name", name=name[:60], platforms=", ".join(PLATFORMS))
    if await db.get(Account, name):
        raise _misuse("taken", name=name)
    account = await known(db, name, unit, now)
    change(account, vault, settings, secrets)
    await db.flush()
    return account


def change(account: Account, vault: Vault, settings: dict[str, Any], secrets: dict[str, str]) -> None:
    """Set these settings; of the secrets those that are not empty replace the old ones. Raises Misuse.

    What config.toml says of its own accounts is changed there alone.
    """
    kind = PLATFORMS.get(platform_of(account.name))
    if kind is None or "@" not in account.name:
        raise _misuse("in_config", name=account.name)
    known_secrets = secret_names(kind)
    hints = get_type_hints(kind)
    for key, value in settings.items():
        if key not in hints or key in known_secrets:
            raise _misuse("unknown", key=key)
        _check(key, hints[key], value)
    for key, value in secrets.items():
        if key not in known_secrets:
            raise _misuse("unknown", key=key)
        if not re.fullmatch(rf"[!-~]{{0,{LONGEST}}}", value):
            raise _misuse("secret", key=_label(key))
    kept = vault.open(account.sealed) if account.sealed else {}
    kept |= {key: value for key, value in secrets.items() if value}
    if not kept.get(required_secret(kind)):
        raise _misuse("no_secret", key=_label(required_secret(kind)))
    account.settings = {**account.settings, **settings}
    account.sealed = vault.seal(kept)


def _check(key: str, hint: Any, value: Any) -> None:
    if get_origin(hint) is Literal:
        good = value in get_args(hint)
    elif hint is float:
        good = type(value) in (int, float) and 0 < value < 65536 and math.isfinite(value)
    elif hint is int:
        good = type(value) is int and 0 <= value < 10**9
    else:
        good = type(value) is hint and (hint is bool or len(value) <= LONGEST)
    if not good:
        raise _misuse("value", key=_label(key))


def secret_names(kind: type[Settings]) -> tuple[str, ...]:
    """The settings that are never shown: those that config.py keeps out of its repr."""
    return tuple(field.name for field in fields(kind) if not field.repr)


def required_secret(kind: type[Settings]) -> str:
    """What an account cannot do without."""
    return secret_names(kind)[0]


def settings_of(account: Account, vault: Vault, config: Config | None = None) -> Settings:
    """What is set for this account, over what config.toml says of its platform. Raises Misuse when no key fits.

    An account of the table has nothing of config.toml's secrets.
    """
    return replace(shown(account, config), **(vault.open(account.sealed) if account.sealed else {}))


def shown(account: Account, config: Config | None = None) -> Settings:
    """The same for people to see: of an account of the table the secrets are left out."""
    platform = platform_of(account.name)
    kind = PLATFORMS[platform]
    said = cast("Settings", getattr(config, platform) if config else kind())
    values: dict[str, Any] = dict.fromkeys(secret_names(kind), "") if "@" in account.name else {}
    hints = get_type_hints(kind)
    return replace(said, **values, **{key: value for key, value in account.settings.items() if key in hints})


async def pause(db: AsyncSession, name: str, reason: str, now: datetime) -> None:
    """It receives, but sends nothing until resumed. `reason`: a key of texts/reasons.toml."""
    await _move(db, name, AccountState.PAUSED, reason, now)


async def down(db: AsyncSession, name: str, reason: str, now: datetime) -> None:
    """The platform refuses the account itself."""
    await _move(db, name, AccountState.DOWN, reason, now)


async def resume(db: AsyncSession, name: str, reason: str, now: datetime) -> None:
    await _move(db, name, AccountState.ACTIVE, reason, now)
    wake(db, [name])


async def _move(db: AsyncSession, name: str, state: AccountState, reason: str, now: datetime) -> None:
    """Who was first to pause it, and why, stays."""
    await db.execute(
        update(Account)
        .where(Account.name == name, Account.state != state)
        .values(state=state, reason=reason, state_since=now)
    )


async def all_active(db: AsyncSession) -> Sequence[Account]:
    """By name. Those that are paused or down are not among them, but go on receiving."""
    return (await db.scalars(select(Account).where(Account.state == AccountState.ACTIVE).order_by(Account.name))).all()


async def tokens_in_use(db: AsyncSession, vault: Vault) -> dict[str, str]:
    """{digest of a token: its account}: two accounts with one token would take each other's messages."""
    rows = await db.execute(select(Account.name, Account.sealed).where(Account.sealed.is_not(None)))
    return {digest(token): name for name, sealed in rows if (token := vault.open(sealed or b"").get("token"))}


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# What the platform grants in a month


async def used(db: AsyncSession, name: str, now: datetime) -> int:
    """Messages of this month so far."""
    return await db.scalar(select(Quota.used).where(Quota.account == name, Quota.month == month(now))) or 0


async def spend(db: AsyncSession, name: str, number: int, now: datetime) -> None:
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Quota).values(account=name, month=month(now), used=number)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "month"], set_={"used": Quota.used + statement.excluded.used}
        )
    )


async def quota_left(db: AsyncSession, name: str, monthly: int, reserve: int, bulk: bool, now: datetime) -> int | None:
    """How many more messages may go out this month; posts leave the reserve to answers. None: no limit."""
    if not monthly:
        return None
    return max(0, monthly - (reserve if bulk else 0) - await used(db, name, now))


def month(now: datetime) -> str:
    """«2026-11»"""
    return f"{now.astimezone(MONTHS):%Y-%m}"


def _label(key: str) -> str:
    texts = shipped()
    return texts(f"control.setting.{key}") if f"control.setting.{key}" in texts else key


def _misuse(reason: str, **values: Any) -> Misuse:
    return Misuse(shipped()(f"control.misuse.{reason}", **values))
