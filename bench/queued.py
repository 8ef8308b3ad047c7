"""100,000 posts are queued: how long a page waits meanwhile, how soon a person is answered, and the memory it takes.

A page of the service is asked for twenty times a second; if the event loop were held, it would wait for as long.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench import town
from bench.server import stats

EVERY = 0.05


async def measured(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    size = str(options.groups)
    async with town.server("--mode", "limits", "--groups", size, "--probes", cpu=1) as (api, control):
        place = town.Place(folder, api, f"sqlite+aiosqlite:///{folder / 'bench.db'}")
        place.write()
        database = await place.opened()
        await town.groups(database, ["telegram"], options.groups)
        async with town.process("bot", "run", "--config", place.config, cpu=0, log=folder / "log") as service:
            await town.up(place, service)
            await town.post(database)
            waits = await _waits(f"http://127.0.0.1:{place.port}/static/trian.css", options.seconds)
            memory = town.memory_mb(service.pid)
        told = await stats(control)
        await database.close()
    waits.sort()
    return {
        "size": options.groups,
        "asked": len(waits),
        "page_p50_ms": round(1000 * waits[len(waits) // 2], 1),
        "page_p99_ms": round(1000 * waits[len(waits) * 99 // 100], 1),
        "page_longest_ms": round(1000 * waits[-1], 1),
        "sent_meanwhile": told["messages"],
        "answers": told["probes"],
        "memory_mb": memory,
    }


async def _waits(url: str, seconds: float) -> list[float]:
    """How long each request took, the first left out."""
    waits, end = list[float](), time.monotonic() + seconds
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < end:
            begun = time.monotonic()
            async with session.get(url) as answer:
                await answer.read()
            waits.append(time.monotonic() - begun)
            await asyncio.sleep(EVERY)
    return waits[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=45.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        town.written("queued", asyncio.run(measured(options, Path(folder))))


if __name__ == "__main__":
    main()
