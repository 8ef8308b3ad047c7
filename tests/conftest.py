"""The nouns of the tests: a real database, the shipped library, a veteran who talks, and no way out of this machine."""

import os
import socket
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot import HOME
from bot.config import Config
from bot.db import Database
from bot.library import Library, read_library
from bot.models import Installation, Table
from bot.vault import Vault
from tests.talk import Talk

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""08:00 in Hải Phòng, day 254 of the Campaign"""
VAULT = Vault("a key for the tests")
POSTGRESQL = os.environ.get("TRIAN_TEST_DATABASE", "")
"""«postgresql+psycopg://…»: the same suite runs there, each test in a schema of its own"""


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses any connection that is not to this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise PermissionError(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
async def database_url(tmp_path: Path) -> AsyncIterator[str]:
    if not POSTGRESQL:
        yield f"sqlite+aiosqlite:///{tmp_path / 'trian.db'}"
        return
    schema = f"t_{uuid.uuid4().hex}"
    outside = Database(POSTGRESQL)
    async with outside.engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {schema}"))
    joint = "&" if "?" in POSTGRESQL else "?"
    yield f"{POSTGRESQL}{joint}options=-csearch_path%3D{schema}"
    async with outside.engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    await outside.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, VAULT)
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    async with database.write() as db:
        db.add(Installation(id=1, name="test", place="here", epoch=1, seen_at=NOW))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(folder=tmp_path)


@pytest.fixture
def talk(database: Database, library: Library, config: Config) -> Talk:
    """Somebody in front of a bot, with the real inbox, router, handlers and tables between them."""
    return Talk(database, library, config, NOW)
