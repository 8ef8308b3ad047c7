"""The whole service as a process of its own, between stand-ins for Telegram and Zalo; and people who talk with it."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from bot import HOME
from bot.config import read_config
from bot.vault import Vault, vault_of
from tests.standins.telegram import TelegramStandin
from tests.standins.zalo_bot import ZaloBotStandin

UNITS = "code,name,kind,parent\nhp,Thành phố,city,\np,Phường,ward,hp\nto-1,Tổ 1,neighbourhood,p\n"
GROUP, ZALO_GROUP, ROOM = -100200300, "zgr-00112233445566778899", "web:r-to-1"


@dataclass
class Town:
    """`python -m bot` with a configuration of its own; `run` starts the service, `kill` ends it with -9."""

    folder: Path
    telegram: TelegramStandin
    zalo: ZaloBotStandin
    database_url: str
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def vault(self) -> Vault:
        """The service's own."""
        return vault_of(read_config(self.folder / "config.toml"))

    def write_config(self) -> None:
        (self.folder / "config.toml").write_text(
            f"""
[service]
content = "content"
public_url = "{self.url}"
[database]
url = "{self.database_url}"
[web]
port = {self.port}
[telegram]
token = "{self.telegram.token}"
api = "{self.telegram.url}"
[zalo_bot]
token = "{self.zalo.token}"
api = "{self.zalo.url}"
webhook_secret = "{self.zalo.secret}"
"""
        )
        self.zalo.hook = f"{self.url}/webhooks/zalo_bot"

    def write_schedule(self, post: str, at: datetime) -> None:
        """The shipped library with a schedule of one entry, due at `at`."""
        shutil.copytree(HOME / "content", self.folder / "content", dirs_exist_ok=True)
        (self.folder / "content" / "schedule.toml").write_text(
            f'quiet = ["00:00", "00:00"]\n[[entry]]\nid = "thu"\nname = "Thử"\npost = "{post}"\n'
            f"when = {{ once = {at.isoformat(timespec='seconds')} }}\n"
        )

    async def command(self, *arguments: str) -> str:
        """One run of the command line; its output. Fails with what it said when it failed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, "--config", str(self.folder / "config.toml"),
            cwd=HOME, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, error = await process.communicate()
        assert process.returncode == 0, error.decode()
        return out.decode()

    async def json(self, *arguments: str) -> Any:
        return json.loads(await self.command(*arguments, "--json"))

    async def settle(self) -> None:
        """Units, and a group on each of the three channels."""
        (self.folder / "units.csv").write_text(UNITS)
        (self.folder / "chats.csv").write_text(
            f"address,name,unit,topics\ntelegram:{GROUP},Nhóm 1,to-1,\nzalo_bot:{ZALO_GROUP},Nhóm 2,to-1,\n"
            f"{ROOM},Tổ 1,to-1,\n"
        )
        await self.command("units", "import", str(self.folder / "units.csv"))
        await self.command("chats", "import", str(self.folder / "chats.csv"))

    async def run(self) -> None:
        """Start the service and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self.folder / "config.toml"),
                cwd=HOME, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while True:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/") as answer:
                        assert answer.status == 200, (self.folder / "log").read_text()
                        return
                assert self.process.returncode is None, (self.folder / "log").read_text()
                await asyncio.sleep(0.05)

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


@asynccontextmanager
async def a_town(folder: Path, database_url: str) -> AsyncIterator[Town]:
    async with TelegramStandin() as telegram, ZaloBotStandin() as zalo:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        town = Town(folder, telegram, zalo, database_url, port)
        shutil.copytree(HOME / "content", folder / "content", dirs_exist_ok=True)
        town.write_config()
        try:
            yield town
        finally:
            await town.kill()


class Person(Protocol):
    """Somebody with a phone on one channel."""

    async def say(self, words: str) -> None: ...

    async def photo(self, data: bytes) -> None: ...

    def heard(self) -> list[str]:
        """All the bot has said to him so far."""
        ...


@dataclass
class OnTelegram:
    server: TelegramStandin | ZaloBotStandin
    id: Any = 555

    async def say(self, words: str) -> None:
        await self.server.say(self.id, words)

    async def photo(self, data: bytes) -> None:
        await self.server.send_photo(self.id, data)

    def heard(self) -> list[str]:
        return [message.text for message in self.server.messages if message.chat == self.id]


@dataclass
class OnZalo(OnTelegram):
    """The two stand-ins are talked with in the same words."""

    id: Any = "0a1b2c3d4e5f60718293"


@dataclass
class OnTheWeb:
    url: str
    session: aiohttp.ClientSession
    key: str = "k" * 43
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    room: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def open(self, room: str = "") -> None:
        self._socket = await self.session.ws_connect(f"{self.url.replace('http', 'ws')}/ws")
        await self._socket.send_json({"hello": {"key": self.key, "after": 0, "room": room or None, "room_after": 0}})
        self._listening = asyncio.create_task(self._listen())
        self._number = 0

    async def close(self) -> None:
        self._listening.cancel()
        await self._socket.close()

    async def _listen(self) -> None:
        async for frame in self._socket:
            told = json.loads(frame.data)
            into = self.room if told.get("where") == "room" else self.lines
            into.update({line["id"]: line for line in told.get("lines", ())})

    async def say(self, words: str) -> None:
        await self._say(text=words)

    async def photo(self, data: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("file", data, filename="anh.png", content_type="image/png")
        async with self.session.post(f"{self.url}/chat/upload", data=form, headers={"X-Chat-Key": self.key}) as answer:
            assert answer.status == 200, await answer.text()
            kept = await answer.json()
        await self._say(attachments=[{"name": "anh.png", "mime": "image/png", "kind": "photo", **kept}])

    async def press(self, value: str, room: str = "") -> None:
        """A button; of a line in `room`."""
        await self._say(choice=value, label=value, room=room or None)

    async def _say(self, **said: Any) -> None:
        self._number += 1
        await self._socket.send_json({"say": {"id": f"client-{self._number:08}", **said}})

    def heard(self) -> list[str]:
        return [line["text"] for _, line in sorted(self.lines.items()) if line["ours"]]


async def until(happened: Callable[[], object], seconds: float = 15.0, what: str = "") -> None:
    """Wait until `happened()` is true."""
    try:
        async with asyncio.timeout(seconds):
            while not happened():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"did not happen in {seconds} s: {what}") from None
