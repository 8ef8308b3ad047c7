"""The database: `db.write()` and `db.read()` open one transaction each; the rim opens it, rooms below never commit."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

# At DEBUG it logs every statement with its values, and so the words of a tip.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


class Ringer(Protocol):
    """Tells the owners of accounts that something is queued: an asyncio bell, or a job of the distributed engine."""

    async def within(self, db: AsyncSession, accounts: Set[str]) -> None:
        """Before the commit, in the same transaction."""
        ...

    def after(self, accounts: Set[str]) -> None:
        """After the commit."""
        ...


def wake(db: AsyncSession, accounts: Iterable[str]) -> None:
    """Deliveries were queued for these accounts in this transaction; who sends them learns of it at the commit."""
    db.info.setdefault("wake", set()).update(accounts)


class Database:
    """One engine. On SQLite every write begins IMMEDIATE and waits its turn in this process, so no write fails busy."""

    def __init__(self, url: str) -> None:
        self.engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgresql(url)
        sqlite = self.engine.dialect.name == "sqlite"
        self.ringer: Ringer | None = None
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if sqlite else nullcontext()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end of the block, or rolls back on an exception."""
        async with self._turn, self.engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with AsyncSession(connection, expire_on_commit=False) as session, session.begin():
                yield session
                woken: set[str] = session.info.get("wake", set())
                if woken and self.ringer:
                    await self.ringer.within(session, woken)
        if woken and self.ringer:
            self.ringer.after(woken)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession]:
        """A consistent view; what is changed in it is lost."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


# hide_parameters: an error's message must not carry the words of a tip into a log.


def _postgresql(url: str) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"), pool_size=10, pool_pre_ping=True, hide_parameters=True
    )


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+aiosqlite"), connect_args={"timeout": 20}, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # The read in «if not seen: add» must be inside the write's own transaction.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine
