"""No limits at the other end, 150 in flight, every outcome on disk: sends a second, beside bare aiohttp."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench import postgresql, town
from bench.server import stats

LATENCY = 0.02


async def bare(api: str, sends: int) -> None:
    """The same requests with nothing around them."""
    url, following = f"{api}/bot{town.TOKEN}/sendMessage", iter(range(sends))

    async def one(session: aiohttp.ClientSession) -> None:
        for number in following:
            async with session.post(url, json={"chat_id": -1 - number, "text": town.TEXT}) as answer:
                await answer.json()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(one(session) for _ in range(150)))


async def bare_rate(sends: int) -> float:
    """In a process of its own, pinned as ours is."""
    async with town.server("--mode", "open", "--latency", str(LATENCY), cpu=1) as (api, control):
        async with town.process("bench.throughput", "--bare", api, "--sends", str(sends), cpu=0) as one:
            await one.wait()
        told = await stats(control)
        return float(told["messages"] / told["seconds"])


async def ours(database_url: str, sends: int, folder: Path) -> dict[str, Any]:
    async with town.server("--mode", "open", "--latency", str(LATENCY), cpu=1) as (api, control):
        place = town.Place(folder, api, database_url, {"rate": 60000.0})
        place.write()
        database = await place.opened()
        await town.groups(database, ["telegram"], sends)
        async with town.process("bot", "run", "--config", place.config, cpu=0, log=folder / "log") as service:
            await town.up(place, service)
            number, before = await town.post(database), town.cpu_seconds(service.pid)
            states = await town.over(database, number, service)
            used = town.cpu_seconds(service.pid) - before
        told = await stats(control)
        await database.close()
    return {
        "sends_a_second": round(told["messages"] / told["seconds"]),
        "doubled": told["doubled"],
        "states": states,
        "processor_ms_a_send": round(1000 * used / sends, 2),
        "most_in_flight": told["most_in_flight"],
    }


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {"size": options.sends, "bare_aiohttp": round(await bare_rate(options.sends))}
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = await ours(f"sqlite+aiosqlite:///{folder}/bench.db", options.sends, Path(folder))
    async with postgresql.a_database(options.postgresql) as url:
        with tempfile.TemporaryDirectory() as folder:
            result["postgresql"] = (
                await ours(url, options.sends, Path(folder)) if url else {"not_measured": postgresql.MISSING}
            )
    for name in ("sqlite", "postgresql"):
        if "sends_a_second" in result[name]:
            result[name]["share_of_bare"] = round(result[name]["sends_a_second"] / result["bare_aiohttp"], 2)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=10_000)
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    parser.add_argument("--bare", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        asyncio.run(bare(options.bare, options.sends))
        return
    begun = time.monotonic()
    town.written("throughput", asyncio.run(measured(options)))
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
