"""The HTTP connections that the accounts of one process share, and what it means when a request gets no answer.

A bot's URLs have its token in them, so nothing of aiohttp's own errors but the name of their class leaves this module.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from bot.errors import ChannelError, NotSent, Unknown

CONNECT_SECONDS: Final = 10.0
UPLOAD_SECONDS: Final = 120.0
"""for a picture of 10 MB on a poor line"""
KEEPALIVE_SECONDS: Final = 15.0
"""shorter than the servers': a request on a connection that is just being closed would have an unknown outcome"""
CHORES: Final = 20
JSON: Final = {"Content-Type": "application/json"}


def patient(seconds: float) -> aiohttp.ClientTimeout:
    """Waits `seconds` for an answer; make it once, not for every request."""
    return aiohttp.ClientTimeout(
        # aiohttp has no limit of its own for writing a request: the total covers a line that swallows nothing.
        total=CONNECT_SECONDS + UPLOAD_SECONDS + seconds,
        connect=CONNECT_SECONDS,
        sock_connect=CONNECT_SECONDS,
        sock_read=seconds,
    )


class Connections:
    """One pool for any number of accounts: opened by the first request, closed when the last account has left.

    How many requests are under way is for the outbox to say; a thousand accounts that poll hold a thousand.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._sharing = set[object]()
        self.chores = asyncio.Semaphore(CHORES)
        """for what every account does when it starts, lest a thousand do it in the same second"""

    @property
    def open(self) -> bool:
        return self._session is not None

    async def leave(self, account: object) -> None:
        """`account` asks for nothing more."""
        self._sharing.discard(account)
        if not self._sharing and self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def exchange(
        self,
        account: object,
        method: str,
        url: str,
        body: aiohttp.FormData | bytes | None,
        patience: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """The status and the body of the answer; NotSent when it certainly was not heard, else Unknown."""
        self._sharing.add(account)
        # For bytes are JSON here, and a form says itself what it is.
        said = {**JSON, **(headers or {})} if isinstance(body, bytes) else headers
        more: dict[str, Any] = {"headers": said} if said else {}
        try:
            async with self._opened().request(
                method, url, data=body, timeout=patience, allow_redirects=False, **more
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            problem: ChannelError = NotSent("unreachable", type(error).__name__)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            problem = Unknown("no_answer", type(error).__name__)
        # Outside of the except: the error that is left behind has the URL in its words.
        raise problem

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
