"""A PostgreSQL of its own for a bench: Debian's, in a temporary folder, with the disk's guarantees as they are."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from bench.town import free_port

MISSING = "PostgreSQL is not installed here, and none was given with --postgresql"


@asynccontextmanager
async def a_database(server: str = "") -> AsyncIterator[str]:
    """The address of a new, empty database; «» where no server is given and PostgreSQL is not installed."""
    if server:
        async with _new(server) as url:
            yield url
        return
    found = _installed()
    if not found:
        yield ""
        return
    folder, port = Path(tempfile.mkdtemp()), free_port()
    shutil.chown(folder, "postgres")
    await _as_postgres(f"{found[-1]}/initdb -D {folder}/db -A trust -E UTF8 --no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    await _as_postgres(f"{found[-1]}/pg_ctl -D {folder}/db -w -o '{options}' -l {folder}/log start")
    try:
        async with _new(f"postgresql://postgres@127.0.0.1:{port}/postgres") as url:
            yield url
    finally:
        await _as_postgres(f"{found[-1]}/pg_ctl -D {folder}/db -m immediate stop")
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _new(server: str) -> AsyncIterator[str]:
    server, name = server.replace("+psycopg", ""), f"bench_{uuid.uuid4().hex[:12]}"
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://")
    finally:
        async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _installed() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))


async def _as_postgres(command: str) -> None:
    one = await asyncio.create_subprocess_exec("su", "postgres", "-c", command, stdout=asyncio.subprocess.DEVNULL)
    if await one.wait():
        raise RuntimeError(command)
