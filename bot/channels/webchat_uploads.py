"""Files that a visitor sends along on the web: taken within limits, and signed so that nobody can name another's."""

import asyncio
import hashlib
import hmac
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from aiohttp import BodyPartReader, web

from bot.channels.webchat_frames import sniffed
from bot.errors import NotSent

log = logging.getLogger(__name__)

LARGEST_FILE: Final = 25_000_000
BURST: Final = 30
PACE: Final = 30
"""a visitor's files: so many at once, then one every so many seconds"""
PRIVATE: Final = "p-"
Keep = Callable[[bytes, str, str], Awaitable[str]]
"""keep(data, name, mime) -> the key under which it is found again; raises NotSent when there is no room"""


class Allowance:
    """At most `burst` at once, one more every `seconds`."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._burst, self._seconds = burst, seconds
        self._left, self._at = float(burst), asyncio.get_running_loop().time()

    def take(self) -> bool:
        clock = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (clock - self._at) / self._seconds)
        self._at = clock
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def full(self) -> bool:
        return self._left + (asyncio.get_running_loop().time() - self._at) / self._seconds >= self._burst

    @property
    def wait(self) -> int:
        """Whole seconds until the next is allowed."""
        return math.ceil(max(0.0, 1 - self._left) * self._seconds)


class Allowances:
    """One for everybody who asks; who has not asked for long is forgotten."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._burst, self._seconds = burst, seconds
        self._of: dict[str, Allowance] = {}

    def take(self, who: str) -> int | None:
        """None: it is allowed; otherwise the seconds to wait."""
        self._of = {other: allowance for other, allowance in self._of.items() if not allowance.full}
        allowance = self._of.setdefault(who, Allowance(self._burst, self._seconds))
        return None if allowance.take() else allowance.wait


class Uploads:
    """Takes files; `key` signs what it gave out."""

    def __init__(self, keep: Keep, key: bytes) -> None:
        self._keep = keep
        self._key = key
        self._allowances = Allowances(BURST, PACE)

    async def take(self, request: web.Request) -> web.Response:
        """A photo, a recording or a paper; {"key", "name", "mime"} to be named in the next «say»."""
        key = request.headers.get("X-Chat-Key", "")
        if not 40 <= len(key) <= 64:
            return _refused(403, "bad")
        wait = self._allowances.take(visitor_of(key))
        if wait is not None:
            return _refused(429, "slow", {"Retry-After": str(wait)})
        if (request.content_length or 0) > LARGEST_FILE + 10_000:
            return _refused(413, "too_big")
        try:
            part = await (await request.multipart()).next()
        except (ValueError, AssertionError):
            return _refused(400, "bad")
        if not isinstance(part, BodyPartReader) or not part.filename:
            return _refused(400, "bad")
        data = await _at_most(part, LARGEST_FILE)
        if data is None:
            return _refused(413, "too_big")
        if not data:
            return _refused(400, "empty")
        mime = sniffed(data, part.headers.get("Content-Type", ""))
        try:
            kept = await self._keep(data, part.filename, mime)
        except (NotSent, OSError) as error:
            log.error("An upload could not be kept (%s).", type(error).__name__)
            return _refused(503, "later")
        return web.json_response({"key": f"{kept}.{self._signature(kept, key)}", "name": part.filename, "mime": mime})

    def is_his(self, ref: str, key: str) -> bool:
        """Was this file uploaded by the one who holds `key`? A location has no file."""
        kept, _, signature = ref.rpartition(".")
        return not ref or hmac.compare_digest(signature.encode(), self._signature(kept, key).encode())

    def _signature(self, kept: str, key: str) -> str:
        return hmac.new(self._key, f"{visitor_of(key)} {kept}".encode(), hashlib.sha256).hexdigest()[:32]


def visitor_of(key: str) -> str:
    """«p-…»: who holds this key. The key itself is never kept."""
    return PRIVATE + hashlib.sha256(key.encode()).hexdigest()[:32]


async def _at_most(part: BodyPartReader, limit: int) -> bytes | None:
    data = bytearray()
    async for chunk in _chunks(part.read_chunk):
        data += chunk
        if len(data) > limit:
            return None
    return bytes(data)


async def _chunks(read: Callable[[int], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    while chunk := await read(256 * 1024):
        yield chunk


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    """`why` is a key of content/texts/web.toml [no]; the page has the sentence."""
    return web.json_response({"why": why}, status=status, headers=headers)
