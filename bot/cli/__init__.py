"""The command line: one module a subject. What all share is here; the entry is bot/__main__.py."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from bot import migrations
from bot.config import Config, read_config
from bot.db import Database
from bot.errors import Misuse
from bot.library import Library, read_library
from bot.resealing import reseal
from bot.texts import shipped
from bot.vault import vault_of

say = shipped()
out = Console(highlight=False, soft_wrap=True)


def option_json() -> Any:
    return typer.Option(False, "--json", help=say("cli.help.json"))


class Where:
    """The configuration file of this run, set by the entry before a command is called."""

    path: Path = Path("config.toml")
    folder: Path | None = None
    """for the configuration that came along, the folder one stands in"""

    @classmethod
    def config(cls) -> Config:
        """Raises ConfigError."""
        return read_config(cls.path, folder=cls.folder)


def group(name: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=say(f"cli.help.{name}"), rich_markup_mode=None)


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Database]:
    """The database of this configuration, tables up to date."""
    config.data.mkdir(parents=True, exist_ok=True)
    vault = vault_of(config)
    database = Database(config.database_url, vault)
    try:
        if await migrations.upgrade(database):
            await reseal(database, vault)
        yield database
    finally:
        await database.close()


def library_of(config: Config) -> Library:
    return read_library(config.content)


def do(work: Callable[[Config], Coroutine[Any, Any, None]]) -> None:
    """Run a command's coroutine with the configuration of this run."""
    asyncio.run(work(Where.config()))


def show(rows: list[dict[str, Any]], heads: str, as_json: bool) -> None:
    """Rows as a table with the Vietnamese heads of texts `cli.heads.<heads>`, or as JSON."""
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for head in say.under(f"cli.heads.{heads}").values():
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(str("" if value is None else value) for value in row.values()))
    out.print(table if rows else say("cli.nothing"))


def print_json(value: Any) -> None:
    out.print(json.dumps(value, ensure_ascii=False, default=str, indent=1), markup=False)


def refuse(key: str, /, **values: Any) -> Misuse:
    return Misuse(say(f"cli.{key}", **values))
