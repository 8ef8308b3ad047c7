"""trian stop-all · resume-all · confirm-installation · accounts: for when the site is down, or for many at once."""

import csv
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts as rooms
from bot import installation
from bot import staff as people
from bot.cli import do, group, opened, option_json, out, refuse, say, show
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.messages import fold, platform_of
from bot.models import Account, Installation, Quota, Unit
from bot.vault import vault_of

accounts = group("accounts")
COLUMNS = ("name", "unit", "token", "webhook_secret", "rate")


def stop_all() -> None:
    """Felt by every running process at its next claim; works while the site is down."""

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            await installation.stop_all(db, None, _now())
            await people.audit(db, None, "stop_all", "installation:1", _now())
        out.print(say("cli.stopped_all"))

    do(work)


def resume_all() -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            await installation.resume_all(db, _now())
            await people.audit(db, None, "resume_all", "installation:1", _now())
        out.print(say("cli.resumed_all"))

    do(work)


def confirm_installation(
    send_waiting: bool = typer.Option(False, "--send-waiting", help=say("cli.help.send_waiting")),
    words: str = typer.Option("", "--words", help=say("cli.help.words", words=say("control.confirm_words"))),
) -> None:
    """To be run on the machine on which the service will run: the mark is left in its data folder."""

    async def work(config: Config) -> None:
        async with opened(config) as database:
            await _confirm(database, config, send_waiting, words)

    do(work)


async def _confirm(database: Database, config: Config, send_waiting: bool, words: str) -> None:
    async with database.read() as db:
        row = await db.get(Installation, installation.ONE)
    if row is None or row.sealed_at is None:
        raise Misuse(say("control.misuse.not_sealed"))
    wanted = say("control.confirm_words")
    out.print(say(f"control.sealed.{row.sealed_reason}"))
    out.print(say("cli.before_confirming"))
    if fold(words or typer.prompt(say("cli.type_words", words=wanted))) != fold(wanted):
        raise Misuse(say("control.misuse.words", words=wanted))
    async with database.write() as db:
        aside = 0 if send_waiting else await installation.set_aside(db, _now())
        row = await installation.confirm(db, _now())
        await people.audit(db, None, "confirm_copy", "installation:1", _now(), set_aside=aside)
    installation.remember(config.data, row)
    out.print(say("cli.confirmed", aside=aside))


@accounts.command("list", help=say("cli.help.accounts_list"))
def accounts_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = await db.scalars(select(Account).order_by(Account.name))
            this_month = select(Quota.account, Quota.used).where(Quota.month == rooms.month(_now()))
            used = dict((await db.execute(this_month)).all())
            rows = [
                {
                    "name": one.name,
                    "unit": one.unit.code if one.unit else None,
                    "state": one.state,
                    "since": one.state_since.astimezone(config.service.zone).isoformat(timespec="minutes"),
                    "reason": one.reason,
                    "used": used.get(one.name, 0),
                }
                for one in found
            ]
        show(rows, "accounts", as_json)

    do(work)


@accounts.command("add", help=say("cli.help.accounts_add"))
def accounts_add(name: str, unit: str = typer.Option("", help=say("cli.help.unit"))) -> None:
    """The secret is asked for, or read from the first line of the input: on a command line others could see it."""
    kind = rooms.PLATFORMS.get(platform_of(name))
    key = rooms.required_secret(kind) if kind else "token"
    secret = (
        typer.prompt(say(f"control.setting.{key}"), hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    )
    row = {"name": name, "unit": unit, key: secret.strip()}

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            await _add(db, config, [("", row)])
        out.print(say("cli.accounts_imported", number=1))

    do(work)


@accounts.command("import", help=say("cli.help.accounts_import"))
def accounts_import(file: Path) -> None:
    """CSV with the header name,unit,token,webhook_secret,rate; all or nothing."""
    rows = _rows(file)

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            await _add(db, config, rows)
        out.print(say("cli.accounts_imported", number=len(rows)))

    do(work)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        out.print(say("cli.others_may_read", file=file))


def _rows(file: Path) -> list[tuple[str, dict[str, str]]]:
    """(«file:line: », row) for every line that is not blank. Raises Misuse."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            header = [name.strip() for name in next(reader, [])]
            if sorted(header) != sorted(COLUMNS):
                raise refuse("bad_header", file=file, header=",".join(COLUMNS))
            found = [(f"{file}:{reader.line_num}: ", [value.strip() for value in row]) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise refuse("no_file", file=file) from None
    for place, row in found:
        if len(row) != len(header):
            raise refuse("bad_account", place=place, words=say("cli.columns", number=len(header)))
    return [(place, dict(zip(header, row, strict=True))) for place, row in found]


async def _add(db: AsyncSession, config: Config, rows: list[tuple[str, dict[str, str]]]) -> None:
    """Raises Misuse beginning with the row's place; no sentence holds a secret."""
    vault, units = vault_of(config), {unit.code: unit for unit in await db.scalars(select(Unit))}
    tokens = await rooms.tokens_in_use(db, vault)
    for place, row in rows:
        unit = units.get(row["unit"]) if row["unit"] else await people.home_or_new(db, config.service.unit)
        if unit is None:
            raise refuse("bad_account", place=place, words=say("cli.no_unit", unit=row["unit"]))
        if (token := row.get("token")) and (other := tokens.setdefault(rooms.digest(token), row["name"])) != row[
            "name"
        ]:
            raise refuse("bad_account", place=place, words=say("control.misuse.same_token", other=other))
        secrets = {key: row[key] for key in row if key not in ("name", "unit", "rate") and row[key]}
        try:
            await rooms.add(db, vault, row["name"], unit, _settings(row.get("rate", "")), secrets, _now())
        except Misuse as error:
            raise refuse("bad_account", place=place, words=str(error)) from None


def _settings(rate: str) -> dict[str, Any]:
    if not rate:
        return {}
    if not re.fullmatch(r"[0-9]{1,5}([.][0-9]{1,3})?", rate):
        raise Misuse(say("control.misuse.value", key=say("control.setting.rate")))
    return {"rate": float(rate)}


@accounts.command("pause", help=say("cli.help.accounts_pause"))
def accounts_pause(name: str) -> None:
    do(lambda config: _move(config, name, "pause_account"))


@accounts.command("resume", help=say("cli.help.accounts_resume"))
def accounts_resume(name: str) -> None:
    do(lambda config: _move(config, name, "resume_account"))


async def _move(config: Config, name: str, action: str) -> None:
    async with opened(config) as database, database.write() as db:
        if await db.get(Account, name) is None:
            raise refuse("no_account", name=name)
        if action == "pause_account":
            await rooms.pause(db, name, "paused_by_staff", _now())
        else:
            await rooms.resume(db, name, "", _now())
        await people.audit(db, None, action, f"account:{name}", _now())
    out.print(say(f"dashboard.done.{action}"))


def _now() -> datetime:
    return datetime.now(UTC)
