"""What every bench needs: processes that are ended again, a service with a configuration of its own, groups, a post."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bot import HOME, migrations
from bot.config import read_config
from bot.db import Database
from bot.messages import Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Chat, Delivery, DeliveryState, Unit, Update, UpdateState
from bot.posts.broadcasts import deliver
from bot.vault import Vault, vault_of

TEXT = "Một bài hỏi – đáp của Chiến dịch, dài bằng một bài thật. " * 6
TOKEN = "4200000001:TEST-not-a-real-token-of-telegram"
OUTPUT = Path(os.environ.get("TRIAN_BENCH_OUTPUT") or Path(__file__).parent / "output")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def utcnow() -> datetime:
    return datetime.now(UTC)


def pinned(cpu: int | None) -> list[str]:
    """What a command begins with to stay on one processor, where that can be had."""
    return ["taskset", "-c", str(cpu)] if cpu is not None and shutil.which("taskset") else []


def account_token(number: int) -> str:
    """Of the ward's bot telegram@pNNNN."""
    return f"{4_300_000_000 + number}:AAH-not-a-real-token-of-telegram"


def bot_id(account: str) -> str:
    """The number its token begins with, by which the server knows it."""
    token = TOKEN if account == "telegram" else account_token(int(account.removeprefix("telegram@p")))
    return token.partition(":")[0]


@asynccontextmanager
async def process(*command: str, cpu: int | None = None, log: Path | None = None) -> AsyncIterator[Any]:
    """A process of ours on one processor, ended when the block ends; without `log` its output can be read."""
    out = log.open("ab") if log else asyncio.subprocess.PIPE
    one = await asyncio.create_subprocess_exec(
        *pinned(cpu), sys.executable, "-m", *command, cwd=HOME, stdout=out, stderr=out if log else None,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        yield one
    finally:
        if one.returncode is None:
            one.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(15):
                    await one.wait()
            except TimeoutError:
                one.kill()
                await one.wait()


@asynccontextmanager
async def server(*options: str, cpu: int | None = None) -> AsyncIterator[tuple[str, str]]:
    """(the API's address, the address it is asked on)"""
    async with process("bench.server", *options, cpu=cpu) as one:
        told = json.loads(await one.stdout.readline())
        yield told["api"], told["control"]


def vault(folder: Path) -> Vault:
    """Of the configuration in `folder`."""
    return vault_of(read_config(folder / "config.toml"))


@dataclass
class Place:
    """A folder with a configuration and a database."""

    folder: Path
    api: str
    database_url: str
    telegram: dict[str, Any] = field(default_factory=dict)
    engine: str = "embedded"
    port: int = field(default_factory=lambda: free_port())

    @property
    def config(self) -> str:
        return str(self.folder / "config.toml")

    def write(self) -> None:
        own = {"token": TOKEN, "api": self.api, **self.telegram}
        lines = [f"{key} = {json.dumps(value)}" for key, value in own.items()]
        (self.folder / "config.toml").write_text(
            f'[web]\nport = {self.port}\n[database]\nurl = "{self.database_url}"\n'
            f'[engine]\nkind = "{self.engine}"\n[telegram]\n' + "\n".join(lines) + "\n"
        )

    async def opened(self) -> Database:
        database = Database(self.database_url, vault(self.folder))
        await migrations.upgrade(database)
        return database


def last_words(log: Path) -> str:
    return log.read_text()[-500:]


async def up(place: Place, service: Any) -> None:
    """Wait until the service answers on its port. Raises RuntimeError with its last words when it ends before."""
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", place.port)
                writer.close()
                break
            if service.returncode is not None:
                raise RuntimeError(f"the service ended: {last_words(place.folder / 'log')}")
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)


async def groups(database: Database, accounts: Sequence[str], each: int) -> None:
    """Groups -1, -2, … on every account, all of one ward."""
    now = utcnow()
    async with database.write() as db:
        unit = await db.scalar(select(Unit).where(Unit.code == "phuong")) or Unit(code="phuong", name="P", kind="ward")
        db.add(unit)
        await db.flush()
        for start in range(0, len(accounts), 100):
            some = accounts[start : start + 100]
            await db.execute(insert(Chat), [_group(name, -1 - n, unit.id, now) for name in some for n in range(each)])


def _group(account: str, id: int, unit_id: int, now: datetime) -> dict[str, Any]:
    times = {"state_since": now, "created_at": now}
    named = {"channel": account, "address": f"{account}:{id}", "kind": "group", "state": "active", "unit_id": unit_id}
    return {**named, **times, "menu": []}


async def post(database: Database) -> int:
    """A published broadcast to all groups, without a picture; its number."""
    now = utcnow()
    async with database.write() as db:
        broadcast = Broadcast(
            post_id="bench",
            title="bench",
            message={**to_json(Outgoing(TEXT)), "bulk": True},
            target="all",
            due_at=now,
            latest_at=now + timedelta(hours=8),
            created_at=now,
            state=BroadcastState.PUBLISHED,
        )
        db.add(broadcast)
        await db.flush()
        await deliver(db, broadcast, now)
        return broadcast.id


async def states(database: Database, broadcast_id: int) -> dict[str, int]:
    async with database.read() as db:
        rows = await db.execute(
            select(Delivery.state, func.count()).where(Delivery.broadcast_id == broadcast_id).group_by(Delivery.state)
        )
        return {state: number for state, number in rows.all()}  # noqa: C416 - typed rows are no pairs


async def over(database: Database, broadcast_id: int, alive: Any = None, seconds: float = 3600) -> dict[str, int]:
    """Wait until nothing of it is under way. Raises RuntimeError when the process `alive` ends before."""
    async with asyncio.timeout(seconds):
        while True:
            if alive is not None and alive.returncode is not None:
                raise RuntimeError("the service ended before its work was done")
            found = await states(database, broadcast_id)
            if found and not found.get("pending") and not found.get("sending"):
                return found
            await asyncio.sleep(0.5)


async def outcomes(database: Database) -> list[tuple[str, str]]:
    """(«bot's id:chat», state) of every delivery, as the server's arrivals are named."""
    async with database.read() as db:
        rows = await db.execute(select(Chat.channel, Chat.address, Delivery.state).join(Chat))
        return [(f"{bot_id(account)}:{address.rpartition(':')[2]}", state) for account, address, state in rows]


async def quiet(database: Database, seconds: float = 120) -> None:
    """Wait until everything said was read and nothing waits to be sent. Raises TimeoutError."""
    unread = select(func.count()).where(Update.state == UpdateState.WAITING)
    unsent = select(func.count()).where(Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)))
    async with asyncio.timeout(seconds):
        while True:
            async with database.read() as db:
                if not await db.scalar(unread) and not await db.scalar(unsent):
                    return
            await asyncio.sleep(0.5)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024


def written(name: str, result: dict[str, Any]) -> dict[str, Any]:
    """Into bench/output (or TRIAN_BENCH_OUTPUT), with the command that made it."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    result = {"command": "python -m " + " ".join(["bench." + name.partition("-")[0], *sys.argv[1:]]), **result}
    (OUTPUT / f"{name}.json").write_text(json.dumps(result, indent=1))
    for key, value in result.items():
        print(f"{key:26} {value}")
    return result
