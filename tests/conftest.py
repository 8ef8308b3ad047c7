"""The nouns of the tests: a real database, the shipped library, a veteran who talks, and no way out of this machine."""

import os
import shutil
import socket
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, create_mock_engine, insert, make_url, text

from bot import HOME
from bot.config import Config
from bot.db import Database
from bot.library import Library, Post, read_library
from bot.models import Installation, PostVersion, Table
from bot.posts.versions import version_of
from bot.vault import Vault
from tests.talk import Talk

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")  # a busy machine is no mistake of the code: no test is about time

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""08:00 in Hải Phòng, day 254 of the Campaign"""
VAULT = Vault("a key for the tests")
POSTGRESQL = os.environ.get("TRIAN_TEST_DATABASE", "")
"""«postgresql+psycopg://…»: what has a database runs there, each test in a schema of its own"""
COPY = """INSERT INTO post_versions SELECT * FROM {from_}.post_versions;
SELECT setval(pg_get_serial_sequence('post_versions', 'id'), max(id)) FROM post_versions"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL nothing is repeated that has no database."""
    if POSTGRESQL:
        chosen = [one for one in items if "database_url" in getattr(one, "fixturenames", ())]
        config.hook.pytest_deselected(items=[one for one in items if one not in chosen])
        items[:] = chosen


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


@pytest.fixture(scope="session")
def tables() -> str:
    """What makes all tables, written out once: SQLAlchemy takes longer to make them than the database does."""
    made = list[str]()
    url = make_url(POSTGRESQL or "sqlite://")
    dialect = url.get_dialect()()
    engine = create_mock_engine(url, lambda table, *_, **__: made.append(str(table.compile(dialect=dialect))))
    Table.metadata.create_all(engine, checkfirst=False)
    return ";\n".join(made)


@pytest.fixture(scope="session")
def installed(tables: str, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file as after the first start: the shipped library counts as accepted. Each test gets a copy."""
    made = tmp_path_factory.mktemp("installed") / "trian.db"
    with closing(sqlite3.connect(made)) as file:
        file.executescript(f"PRAGMA journal_mode=WAL; BEGIN; {tables}; COMMIT")
    engine = create_engine(f"sqlite:///{made}")
    with engine.begin() as connection:
        connection.execute(insert(PostVersion), accepted(*library.posts.values()))
    engine.dispose()
    return made


@pytest.fixture(scope="session")
def shipped(tables: str, library: Library) -> Iterator[str]:
    """The same on PostgreSQL: a schema whose versions are copied into each test's own. What it is called."""
    schema = f"shipped_{uuid.uuid4().hex}"
    engine = create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        connection.execute(text(f"SET LOCAL search_path TO {schema}"))
        connection.exec_driver_sql(tables)
        connection.execute(insert(PostVersion), accepted(*library.posts.values()))
    yield schema
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def accepted(*posts: Post) -> list[dict[str, Any]]:
    """Rows that let these posts be said, as the first start makes them."""
    columns = PostVersion.__table__.columns.keys()
    rows = [version_of(post, 1, NOW) for post in posts]
    return [{name: value for name in columns if (value := getattr(row, name)) is not None} for row in rows]


@pytest.fixture
async def database(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    if not POSTGRESQL:
        shutil.copyfile(request.getfixturevalue("installed"), make_url(database_url).database or "")
    database = Database(database_url, VAULT)
    if POSTGRESQL:
        shipped = request.getfixturevalue("shipped")
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql(request.getfixturevalue("tables"))
            await connection.exec_driver_sql(COPY.format(from_=shipped))
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
