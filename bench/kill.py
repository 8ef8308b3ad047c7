"""kill -9 at random moments in the middle of a broadcast: doubled, lost, and how many are of unknown outcome."""

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import postgresql, town
from bench.city import accounts
from bench.server import stats

A_LIFE = 45
"""posts that one life sends at most, so that every kill meets a broadcast under way"""


async def measured(options: argparse.Namespace, engine: str, url: str, folder: Path) -> dict[str, Any]:
    chance = random.Random(500)
    command = "run" if engine == "embedded" else "worker"
    async with town.server("--mode", "open", "--latency", "0.05") as (api, control):
        place = town.Place(folder, api, url, {"rate": 60.0}, engine)
        place.write()
        database = await place.opened()
        names = ["telegram"] if engine == "embedded" else await accounts(database, place, 10)
        number_of_groups = options.kills * A_LIFE
        await town.groups(database, names, number_of_groups // len(names))
        number, killed, waits, seen = await town.post(database), 0, list[float](), 0
        while killed < options.kills:
            async with town.process("bot", command, "--config", place.config, log=folder / "log") as service:
                begun = time.monotonic()
                while (now := (await stats(control))["messages"]) == seen and time.monotonic() - begun < 60:
                    await asyncio.sleep(0.02)
                waits.append(time.monotonic() - begun)
                seen = now
                await asyncio.sleep(chance.uniform(0.0, 0.6))
                service.kill()
                await service.wait()
                killed += 1
                seen = (await stats(control))["messages"]
        async with town.process("bot", command, "--config", place.config, log=folder / "log") as service:
            states = await town.over(database, number, service)
        await asyncio.sleep(0.5)
        told = await stats(control)
        await database.close()
    return {
        "kills": killed,
        "groups": number_of_groups,
        "doubled": told["doubled"],
        "lost": number_of_groups - told["chats"] - max(0, states.get("unknown", 0) - _arrived_unknown(told, states)),
        "unknown": states.get("unknown", 0),
        "unknown_that_arrived": _arrived_unknown(told, states),
        "most_in_flight": told["most_in_flight"],
        "seconds_to_go_on": round(sum(waits) / len(waits), 2),
        "states": states,
    }


def _arrived_unknown(told: dict[str, Any], states: dict[str, int]) -> int:
    """Groups that have the post beyond those that are known to."""
    return int(told["chats"]) - states.get("sent", 0)


async def run(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if "sqlite" in options.engines:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/bench.db"
            result["sqlite"] = await measured(options, "embedded", url, Path(folder))
    for name, engine in (("postgresql", "embedded"), ("city", "procrastinate")):
        if name in options.engines:
            async with postgresql.a_database(options.postgresql) as url:
                with tempfile.TemporaryDirectory() as folder:
                    result[name] = await measured(options, engine, url, Path(folder)) if url else {}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql", "city"])
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    options = parser.parse_args()
    town.written("kill", asyncio.run(run(options)))


if __name__ == "__main__":
    main()
