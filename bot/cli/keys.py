"""trian keys: a new key for what is sealed in the database, and everything sealed anew with the newest."""

from datetime import UTC, datetime, timedelta

from bot.cli import do, group, opened, out, refuse, say
from bot.config import Config
from bot.db import Database
from bot.models import Installation
from bot.resealing import reseal as sealed_anew
from bot.vault import new_key, vault_of

keys = group("keys")
ALIVE = timedelta(minutes=3)
"""a running service writes down every minute that it lives"""


@keys.command("new", help=say("cli.help.keys_new"))
def new() -> None:
    async def work(config: Config) -> None:
        if config.service.key:
            raise refuse("key_is_configured")
        async with opened(config) as database:
            await _at_rest(database)
            new_key(config)
            await _reseal(database, config)

    do(work)


@keys.command("reseal", help=say("cli.help.keys_reseal"))
def reseal() -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database:
            await _reseal(database, config)

    do(work)


async def _at_rest(database: Database) -> None:
    """A running service knows only the keys it was started with."""
    async with database.read() as db:
        row = await db.get(Installation, 1)
    if row is not None and datetime.now(UTC) - row.seen_at < ALIVE:
        raise refuse("still_running")


async def _reseal(database: Database, config: Config) -> None:
    number = await sealed_anew(database, vault_of(config))
    out.print(say("cli.resealed", number=number))
