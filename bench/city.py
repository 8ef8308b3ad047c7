"""A city: many groups over many accounts on PostgreSQL, two workers; nothing but the processor limits them."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench import postgresql, town
from bench.server import stats
from bot.config import read_config
from bot.db import Database
from bot.models import Account
from bot.vault import vault_of


async def accounts(
    database: Database, place: town.Place, number: int, settings: Mapping[str, Any] | None = None
) -> list[str]:
    """Bots of wards, each with a token of its own; their names."""
    now, vault = town.utcnow(), vault_of(read_config(Path(place.config)))
    names = [f"telegram@p{one:04}" for one in range(number)]
    rows = [
        {
            "name": name,
            "settings": dict(settings or {}),
            "sealed": vault.seal({"token": town.account_token(one)}),
            "state": "active",
            "reason": "",
            "state_since": now,
            "created_at": now,
        }
        for one, name in enumerate(names)
    ]
    async with database.write() as db:
        await db.execute(insert(Account), rows)
    return names


async def measured(options: argparse.Namespace, url: str, folder: Path) -> dict[str, Any]:
    async with town.server("--mode", "open", "--latency", "0.02") as (api, control):
        place = town.Place(folder, api, url, engine="procrastinate")
        place.write()
        database = await place.opened()
        names = await accounts(database, place, options.accounts)
        await town.groups(database, names, options.groups // options.accounts)
        async with (
            town.process("bot", "worker", "--config", place.config, log=folder / "log1") as one,
            town.process("bot", "worker", "--config", place.config, log=folder / "log2") as two,
        ):
            await asyncio.sleep(10)
            begun = time.monotonic()
            number = await town.post(database)
            queued = time.monotonic() - begun
            before = [town.cpu_seconds(worker.pid) for worker in (one, two)]
            states = await town.over(database, number, one)
            used = [town.cpu_seconds(w.pid) - b for w, b in zip((one, two), before, strict=True)]
            memory = [town.memory_mb(worker.pid) for worker in (one, two)]
        told = await stats(control)
        async with database.read() as db:
            left = await db.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'drain'"))
        await database.close()
    return {
        "size": options.groups,
        "groups": options.groups,
        "accounts": options.accounts,
        "queued_in_seconds": round(queued, 1),
        "seconds": round(told["seconds"], 1),
        "sends_a_second": round(told["messages"] / told["seconds"]),
        "lost": options.groups - told["chats"],
        "doubled": told["doubled"],
        "states": states,
        "processor_ms_a_send": round(1000 * sum(used) / options.groups, 2),
        "share_of_a_processor": [round(u / told["seconds"], 2) for u in used],
        "memory_mb": memory,
        "jobs_left": left,
    }


async def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with postgresql.a_database(options.postgresql) as url:
            if not url:
                return {"not_measured": postgresql.MISSING}
            return await measured(options, url, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    town.written("city", asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
