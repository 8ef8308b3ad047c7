"""kill -9 at random moments of a broadcast while people write: what came twice, what was lost, what nobody knows."""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bench import postgresql, town
from bench.city import accounts
from bench.server import asked, stats
from bot.db import Database
from bot.models import Delivery, DeliveryState

A_LIFE = 45
"""posts that one life sends at most, so that every kill meets a broadcast under way"""
RATE = 60.0
PEOPLE = 1_000_000_000
"""the first person's number"""
PATIENCE = 60.0
"""seconds in which a new life must send something; else there is nothing left to kill"""


def truth(outcomes: Iterable[tuple[str, str]], arrived: Mapping[str, int]) -> dict[str, int]:
    """What the table of deliveries says, (where, state), held against what the server has had from us.

    `lost`: said to be sent and did not arrive, or given up. What is unknown may have arrived or not.
    """
    places: dict[str, Counter[str]] = {}
    for where, state in outcomes:
        places.setdefault(where, Counter())[state] += 1
    found = Counter[str]()
    for where in places.keys() | arrived.keys():
        states, times = places.get(where, Counter()), arrived.get(where, 0)
        sent, unknown = states["sent"], states["unknown"]
        found["doubled"] += max(0, times - sent - unknown)
        found["lost"] += max(0, sent - times) + states.total() - sent - unknown
        found["unknown"] += unknown
        found["unknown_that_arrived"] += min(unknown, max(0, times - sent))
    return {key: found[key] for key in ("doubled", "lost", "unknown", "unknown_that_arrived")}


@asynccontextmanager
async def people(control: str) -> AsyncIterator[list[int]]:
    """Every half second somebody new writes /start, until the block ends; their numbers."""
    said = list[int]()

    async def talk() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                said.append(PEOPLE + len(said))
                async with session.post(f"{control}/say", json={"person": said[-1], "text": "/start"}):
                    await asyncio.sleep(0.5)

    talking = asyncio.ensure_future(talk())
    try:
        yield said
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


async def lives(
    options: argparse.Namespace, database: Database, control: str, command: tuple[str, ...], log: Path
) -> dict[str, Any]:
    """Start, wait for the first posts, kill at a random moment; again and again."""
    chance, seen, waits, claimed = random.Random(500), 0, list[float](), list[int]()
    for _ in range(options.kills):
        async with town.process(*command, log=log) as service:
            begun = time.monotonic()
            while (await stats(control))["messages"] == seen and time.monotonic() - begun < PATIENCE:
                await asyncio.sleep(0.02)
            if service.returncode is not None:
                raise RuntimeError(f"the service ended by itself: {town.last_words(log)}")
            if time.monotonic() - begun >= PATIENCE:
                break
            waits.append(time.monotonic() - begun)
            await asyncio.sleep(chance.uniform(0.0, 0.6))
            service.kill()
            await service.wait()
        await asyncio.sleep(0.2)  # what the database was told last may still be on its way to the disk
        claimed.append(await _claimed(database))
        seen = (await stats(control))["messages"]
    return {
        "kills": len(claimed),
        "seconds_to_go_on": round(sum(waits) / len(waits), 2) if waits else None,
        "in_flight_at_kills": sum(claimed),
        "most_in_flight": max(claimed, default=0),
    }


async def _claimed(database: Database) -> int:
    """Posts and answers that were being sent when the process died."""
    async with database.read() as db:
        sending = select(func.count()).where(Delivery.state == DeliveryState.SENDING)
        return await db.scalar(sending) or 0


async def measured(options: argparse.Namespace, engine: str, url: str, folder: Path) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        api, control = await stack.enter_async_context(town.server("--mode", "open", "--latency", "0.05"))
        place = town.Place(folder, api, url, {"rate": RATE}, engine)
        place.write()
        database = await place.opened()
        stack.push_async_callback(database.close)
        names, a_life, command = ["telegram"], A_LIFE, ("bot", "run", "--config", place.config)
        if engine == "procrastinate":
            names, a_life = await accounts(database, place, 10, {"rate": RATE / 10}), 2 * A_LIFE
            web = await stack.enter_async_context(town.process(*command, log=folder / "log"))
            await town.up(place, web)
            command = ("bot", "worker", "--config", place.config)
        groups = options.kills * a_life
        await town.groups(database, names, groups // len(names))
        number = await town.post(database)
        async with people(control) as said:
            told = await lives(options, database, control, command, folder / "log")
        async with town.process(*command, log=folder / "log") as service:
            states = await town.over(database, number, service)
            await town.quiet(database)
        outcomes, arrived = await town.outcomes(database), await asked(f"{control}/arrivals")
    return {**told, **_unheard(said, outcomes), **truth(outcomes, arrived), "groups": groups, "states": states}


def _unheard(said: Iterable[int], outcomes: Iterable[tuple[str, str]]) -> dict[str, int]:
    """People who wrote, and those of them for whom no answer was ever queued."""
    answered = {int(where.partition(":")[2]) for where, _ in outcomes}
    wrote = set(said)
    return {"people": len(wrote), "unheard": len(wrote - answered)}


async def run(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {"size": options.kills}
    if "sqlite" in options.engines:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/bench.db"
            result["sqlite"] = await measured(options, "embedded", url, Path(folder))
    for name, engine in (("postgresql", "embedded"), ("city", "procrastinate")):
        if name in options.engines:
            async with postgresql.a_database(options.postgresql) as url:
                with tempfile.TemporaryDirectory() as folder:
                    missing = {"not_measured": postgresql.MISSING}
                    result[name] = await measured(options, engine, url, Path(folder)) if url else missing
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
