"""The engine of a city: a job rings for an account in the same transaction; a dead owner's account is taken over."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from math import inf
from pathlib import Path

import pytest
from sqlalchemy import and_, select, text

from bot import chats, city
from bot.app import founded
from bot.city import City
from bot.config import Config, DatabaseSettings, EngineSettings
from bot.db import Database
from bot.installation import open_for
from bot.messages import Address, Outgoing
from bot.models import Chat, ChatKind, ChatState, Delivery, DeliveryState, Unit
from bot.outbox import Outbox, Terms, put
from bot.pacer import Pacer
from tests.conftest import NOW, POSTGRESQL, VAULT
from tests.talk import Line

pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="the engine of a city is PostgreSQL's")

ACCOUNTS = [f"telegram@{number}" for number in range(4)]


@pytest.fixture
async def town(database: Database, database_url: str) -> AsyncIterator[City]:
    """A process that rings but sends nothing itself."""
    await city.prepare(database, database_url)
    rings = City(database_url, 1)
    database.ringer = rings
    async with rings.opened():
        yield rings


@asynccontextmanager
async def a_worker(database_url: str, lines: dict[str, Line]) -> AsyncIterator[City]:
    database, engine = Database(database_url, VAULT), City(database_url, 20)
    database.ringer = engine
    box = Outbox(
        database,
        lines,
        lambda _: Terms(Pacer(rate=inf, chat_gap=0.0)),
        lambda: NOW,
        and_(open_for(1), engine.fence()),
        poll=0.1,
    )
    async with engine.opened():
        tasks = [asyncio.create_task(box.attend()), asyncio.create_task(engine.run(database, box.own, {}, lambda: NOW))]
        yield engine
        box.leave()
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


async def queued(database: Database, account: str, number: int) -> None:
    async with database.write() as db:
        chat = await chats.known(db, Address(account, "-1"), ChatKind.GROUP, "", NOW)
        chats.set_state(chat, ChatState.ACTIVE, "", NOW)
        for one in range(number):
            await put(db, await db.get_one(Chat, chat.id), Outgoing(f"tin {one}"), NOW)


async def until(happened: Callable[[], object], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.02)


async def test_what_is_queued_is_sent_once_by_whichever_worker_owns_the_account(
    database: Database, database_url: str, town: City
) -> None:
    lines = [{name: Line(name=name) for name in ACCOUNTS} for _ in range(2)]
    async with a_worker(database_url, lines[0]), a_worker(database_url, lines[1]):
        for name in ACCOUNTS:
            await queued(database, name, 5)

        def arrived() -> Counter[tuple[str, str]]:
            return Counter((where, m.text) for one in lines for line in one.values() for where, m in line.sent)

        await until(lambda: len(arrived()) == 20)
        await asyncio.sleep(0.3)
    assert set(arrived().values()) == {1}
    async with database.read() as db:
        assert set(await db.scalars(select(Delivery.state))) == {DeliveryState.SENT}


async def test_ringing_twice_leaves_one_job_and_a_transaction_that_fails_rings_for_nobody(
    database: Database, town: City
) -> None:
    await queued(database, ACCOUNTS[0], 3)
    await queued(database, ACCOUNTS[0], 3)
    with suppress(RuntimeError):
        async with database.write() as db:
            chat = await chats.known(db, Address(ACCOUNTS[1], "-1"), ChatKind.GROUP, "", NOW)
            await put(db, chat, Outgoing("không"), NOW)
            raise RuntimeError
    async with database.read() as db:
        jobs = (await db.execute(text("SELECT lock FROM procrastinate_jobs"))).scalars().all()
    assert jobs == [ACCOUNTS[0]]


async def test_rows_whose_job_was_lost_are_swept_up(database: Database, database_url: str, town: City) -> None:
    await queued(database, ACCOUNTS[0], 2)
    async with database.write() as db:
        await db.execute(text("DELETE FROM procrastinate_jobs"))
    line = Line(name=ACCOUNTS[0])
    async with a_worker(database_url, {ACCOUNTS[0]: line}):
        await until(lambda: len(line.sent) == 2)


async def test_a_revived_owner_that_was_replaced_can_claim_nothing(
    database: Database, database_url: str, town: City
) -> None:
    await queued(database, ACCOUNTS[0], 1)
    async with database.write() as db:
        await db.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    old = City(database_url, 1)
    old._worker_id = 4711
    line = Line(name=ACCOUNTS[0])
    box = Outbox(
        database, {line.name: line}, lambda _: Terms(Pacer(rate=inf)), lambda: NOW, and_(open_for(1), old.fence())
    )
    task = asyncio.create_task(box.attend())
    with suppress(TimeoutError):
        await asyncio.wait_for(box.own(line.name), 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert line.sent == []


async def test_machines_that_start_at_the_same_moment_do_not_hinder_each_other(
    database_url: str, tmp_path: Path
) -> None:
    """On an empty database: the tables, the keys and the first rows are made once."""

    async def a_machine(name: str) -> list[str]:
        (tmp_path / name).mkdir()
        settings = DatabaseSettings(database_url), EngineSettings("procrastinate")
        base = await founded(Config(database=settings[0], engine=settings[1], folder=tmp_path / name), worker=True)
        async with base.database.read() as db:
            units = list(await db.scalars(select(Unit.code)))
        await base.database.close()
        return units

    assert await asyncio.gather(*map(a_machine, "abcd")) == [["phuong"]] * 4
