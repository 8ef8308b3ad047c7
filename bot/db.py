"""The database: `db.write()` and `db.read()` open one transaction each; the rim opens it, rooms below never commit."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol

import aiosqlite
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.models.sealed import Keys

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

    def __init__(self, url: str, vault: Keys | None = None) -> None:
        """`vault`: opens the sealed columns; without it they cannot be read nor written."""
        self.engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgresql(url)
        self.engine.dialect.vault = vault  # type: ignore[attr-defined]
        sqlite = self.engine.dialect.name == "sqlite"
        self.ringer: Ringer | None = None
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if sqlite else nullcontext()

    @asynccontextmanager
    async def write(self, *, brief: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end of the block, or rolls back on an exception.

        `brief`: only statements on single rows, which may run where the event loop runs (see Brief).
        """
        async with self._turn, self.engine.connect() as connection:
            await connection.execution_options(writes=True)
            if brief and self.engine.dialect.name == "sqlite":
                _brief_of(await connection.get_raw_connection()).brief = True
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

    @asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[None]:
        """No other process does `what` at the same time. On SQLite a write is alone in any case."""
        if self.engine.dialect.name == "sqlite":
            yield
            return
        async with self.engine.connect() as connection:
            lock = {"name": f"trian: {what}"}
            await connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), lock)
            try:
                yield
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(hashtext(:name))"), lock)

    async def close(self) -> None:
        await self.engine.dispose()


class Brief(aiosqlite.Connection):
    """A connection whose statements may run at once instead of in its thread.

    A statement on a row takes SQLite less time than the way to the thread and back. Not so what may have to wait: to
    begin (another process may be writing) and to commit (the disk).
    """

    brief = False
    _waits = frozenset({"commit", "rollback", "close", "close_and_stop"})

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name = getattr(fn, "__name__", "")
        begins = bool(args) and isinstance(args[0], str) and args[0].startswith("BEGIN")
        if self.brief and not begins and name not in self._waits and self._connection is not None:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


def _brief_of(connection: Any) -> Brief:
    brief = connection.driver_connection
    assert isinstance(brief, Brief)  # noqa: S101 - made below
    return brief


# hide_parameters: an error's message must not carry the words of a tip into a log.


def _postgresql(url: str) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"), pool_size=10, pool_pre_ping=True, hide_parameters=True
    )


def _sqlite(url: str) -> AsyncEngine:
    file = make_url(url).database or ":memory:"

    async def connect() -> Brief:
        connection = Brief(lambda: sqlite3.connect(file, timeout=20, check_same_thread=False), iter_chunk_size=64)
        await connection
        return connection

    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+aiosqlite"), async_creator=connect, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "checkin")
    def rest(connection: Any, _: Any) -> None:
        if connection is not None:
            connection.driver_connection.brief = False

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
