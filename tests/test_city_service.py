"""A city as it runs: one process with the pages, two that send, on PostgreSQL; one of them is killed half-way."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import HOME, accounts, chats
from bot.db import Database
from bot.messages import Address
from bot.models import Delivery, Unit
from tests.conftest import POSTGRESQL
from tests.town import OnTelegram, Town, a_town, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not POSTGRESQL, reason="the engine of a city is PostgreSQL's"),
]
POST = "chien-dich-la-gi"
ACCOUNTS, GROUPS = 6, 40


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with a_town(tmp_path, database_url) as town:
        town.telegram.any_token = True
        with (tmp_path / "config.toml").open("a") as config:
            config.write('[engine]\nkind = "procrastinate"\n')
        await town.settle()
        await a_city(town)
        yield town


async def a_city(town: Town) -> None:
    """Six wards' bots, each with its groups."""
    database, now = Database(town.database_url, town.vault), datetime.now(UTC)
    async with database.write() as db:
        unit = (await db.scalars(select(Unit).where(Unit.code == "to-1"))).one()
        for number in range(ACCOUNTS):
            name, token = f"telegram@p{number}", f"43000000{number:02}:AAH-not-a-real-token-of-telegram-{number:02}"
            await accounts.add(db, town.vault, name, None, {"rate": 4.0}, {"token": token}, now)
            for group in range(GROUPS):
                where = Address(name, str(-1000 * (number + 1) - group))
                await chats.enrol(db, where, unit=unit, title="", topics="", now=now)
    await database.close()


@asynccontextmanager
async def a_worker(town: Town, number: int) -> AsyncIterator[asyncio.subprocess.Process]:
    with (town.folder / f"worker{number}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "worker", "--config", str(town.folder / "config.toml"),
            cwd=HOME, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def test_a_worker_unplugged_in_the_middle_of_a_broadcast_goes_unnoticed(town: Town) -> None:
    """Every group gets the post once, save what was in flight when the worker died; and people are answered."""
    await town.run()
    asker, whole = OnTelegram(town.telegram), ACCOUNTS * GROUPS
    async with a_worker(town, 1) as first:
        number = int((await town.command("broadcast", POST, "--to", "all")).strip().splitlines()[-1])
        await until(lambda: len(posts(town)) > 10, 60, "the first posts, all from the only worker")
        async with a_worker(town, 2):
            await until(lambda: len(posts(town)) > whole // 3, 60, "a third of the posts")
            first.kill()
            await first.wait()
            await asker.say("/start")
            await until(asker.heard, 30, "an answer")
            states = await settled(town, number)
    arrived = Counter(posts(town))
    assert set(arrived.values()) == {1}
    assert states["sent"] + states["unknown"] == whole + 3  # with a group on each of the other channels
    assert len(arrived) >= whole - states["unknown"]
    assert states["unknown"] <= ACCOUNTS * 3
    assert town.telegram.violations == []


def posts(town: Town) -> list[tuple[str, int]]:
    return [(m.token, m.chat) for m in town.telegram.messages if m.chat <= -1000 and m.token != town.telegram.token]


async def settled(town: Town, number: int) -> Counter[str]:
    database = Database(town.database_url, town.vault)
    async with asyncio.timeout(90):
        while True:
            async with database.read() as db:
                states = Counter(await db.scalars(select(Delivery.state).where(Delivery.broadcast_id == number)))
            if states and not states["pending"] and not states["sending"]:
                break
            await asyncio.sleep(0.5)
    await database.close()
    return states
