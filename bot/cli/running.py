"""trian run · demo · check · migrate."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from bot import __version__
from bot.cli import Where, do, library_of, opened, option_json, out, print_json, say
from bot.config import Config, unsaid
from bot.library import unapproved
from scheduler.watch import problems

if TYPE_CHECKING:
    from bot.app import Base, Parts


def start_log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for loud in ("apscheduler", "alembic", "httpx", "aiohttp.access"):
        logging.getLogger(loud).setLevel(logging.WARNING)


# The service itself is imported where it is run: the other commands need not wait for the platforms' libraries.


def run() -> None:
    from bot.app import serve

    config = Where.config()
    start_log()
    asyncio.run(serve(config, _ready))


def worker() -> None:
    """One of any number of processes that send, for a city."""
    from bot.app import serve_as_worker

    config = Where.config()
    start_log()
    asyncio.run(serve_as_worker(config, _working))


async def _working(base: "Base") -> None:
    out.print(say("cli.working", accounts=len(base.platforms)))


async def _ready(parts: "Parts") -> None:
    from bot.keys import CONFIG

    config = parts.app[CONFIG]
    out.print(say("cli.ready", address=config.public_url, channels=", ".join(parts.channels)))


def demo(port: int = typer.Option(8515, help=say("cli.help.port"))) -> None:
    """Everything with no token: an example ward, web rooms, sign-ins that are printed."""
    from bot.app import serve
    from bot.demo import contact, prepare

    config = Where.config()
    web = replace(config.web, port=port)
    service = replace(config.service, data=f"{config.service.data}/demo")
    config = replace(
        config,
        service=service,
        web=web,
        database=replace(config.database, url=""),
        telegram=replace(config.telegram, token=""),
        zalo_bot=replace(config.zalo_bot, token=""),
        contact=contact(config),
    )
    start_log()

    async def ready(parts: "Parts") -> None:
        sign_ins = await prepare(parts)
        out.print(say("cli.demo", address=config.public_url, sign_ins=sign_ins))

    asyncio.run(serve(config, ready))


def check(as_json: bool = option_json()) -> None:
    """Validates config.toml and all of content/; exit 1 when something is wrong."""
    config = Where.config()
    library = library_of(config)
    today = datetime.now(config.service.zone).date()
    found = [*library.problems, *problems(library, config, today)]
    if as_json:
        print_json([{"file": p.file, "line": p.line, "sentence": p.sentence} for p in found])
    else:
        for problem in found:
            out.print(str(problem), markup=False)
        kinds = [p.kind for p in library.posts.values()]
        out.print(
            say(
                "cli.checked",
                posts=len(kinds),
                questions=kinds.count("hoi-dap"),
                anniversaries=len(library.anniversaries),
                slogans=kinds.count("slogan"),
                facts=len(library.facts),
                problems=len(found),
            )
        )
    if words := unsaid(config, library.texts):
        typer.echo(words, err=True)  # told, but no mistake: each ward fills it in for itself
    if words := unapproved(library):
        typer.echo(words, err=True)  # told, but no mistake: only the Military Command can approve it
    if found:
        raise typer.Exit(1)


def migrate() -> None:
    async def work(config: Config) -> None:
        begun = time.perf_counter()
        async with opened(config):
            out.print(say("cli.migrated", seconds=f"{time.perf_counter() - begun:.1f}"))

    do(work)


def version() -> None:
    out.print(__version__)
