"""The service's side of the channel port, in memory: pictures, a desk that receives, and an application to mount in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.channels import Channel


@dataclass
class Shelf:
    """Pictures and their file ids, as channels.Pictures."""

    kept: dict[str, bytes] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)

    async def load(self, sha256: str) -> bytes:
        return self.kept[sha256]

    def public_url(self, sha256: str, now: datetime) -> str:
        return f"https://example.org/p/{sha256}.png"

    async def uploaded(self, account: str, sha256: str) -> str | None:
        return self.ids.get((account, sha256))

    async def remember(self, account: str, sha256: str, file_id: str) -> None:
        self.ids[account, sha256] = file_id

    async def forget(self, account: str, sha256: str) -> None:
        self.ids.pop((account, sha256), None)


@dataclass
class Desk:
    """Where received updates end up; stumbles as often as it is told to."""

    stumbles: int = 0
    batches: list[list[tuple[str, str]]] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [key for batch in self.batches for key, _ in batch]

    async def receive(self, channel: str, updates: Sequence[tuple[str, str]]) -> None:
        self.batches.append(list(updates))
        self.channels.append(channel)
        if self.stumbles:
            self.stumbles -= 1
            raise RuntimeError("the disk is full")


@asynccontextmanager
async def serving(channel: Channel, desk: Desk) -> AsyncIterator[str]:
    """The adapter mounted in a running application; yields its address."""
    app = web.Application()
    channel.mount(app, desk.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
