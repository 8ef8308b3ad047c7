"""Zalo's Bot Platform over HTTP: one aiohttp session, and what every answer means.

Its neighbour zalo_bot.py says what is asked. Every URL here has the token in it, so nothing of aiohttp's own errors
but the name of their class leaves this module.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from bot.channels import Raw
from bot.errors import AccountDown, ChannelError, ChatGone, NotSent, Refused, Throttled, Unknown

CONNECT_SECONDS: Final = 10.0
"""also the wait for a free connection"""
ANSWER_SECONDS: Final = 15.0
KEEPALIVE_SECONDS: Final = 15.0
"""shorter than the server's: a request on a connection that it is just closing would have an unknown outcome"""
QUOTA_PAUSE: Final = timedelta(seconds=60)
"""a 429 never says how long, nor whether the month's messages are used up or only this second's"""


def problem(status: int, answer: object) -> ChannelError:
    """What to do about an answer that accepts nothing. `answer` is its JSON, None when it was none."""
    told: Raw = answer if isinstance(answer, dict) and "ok" in answer else {}
    code, words = told.get("error_code"), str(told.get("description") or "")
    match code if type(code) is int else status:
        case HTTPStatus.UNAUTHORIZED if told:
            return AccountDown("bad_token", words)
        case HTTPStatus.NOT_FOUND if told:
            return ChatGone("not_found", words)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            # Not in Zalo's words: something in between, which says nothing about the token or the chat.
            return NotSent("unreachable", str(status))
        case HTTPStatus.FORBIDDEN:
            # Documented as «Internal server error», yet numbered as a refusal; it passes by itself. It speaks neither
            # of our token nor of the chat, so neither may be given up for it. A few tries, then it counts as failed.
            return NotSent("cannot_send_now", words, few=True)
        case HTTPStatus.REQUEST_TIMEOUT:
            return Unknown("no_answer", words)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Refused("too_big", words)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled("quota", words, retry_after=QUOTA_PAUSE)
        case refused if HTTPStatus.BAD_REQUEST <= refused < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Refused("refused", words)
    return Unknown("server_error", words or str(status))


class Wire:
    """The session to one bot account. It is made on first use, in the loop that uses it."""

    def __init__(self, api: str, token: str) -> None:
        self._url = f"{api}/bot{token}"
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, method: str, body: Raw, seconds: float = ANSWER_SECONDS) -> Any:
        """The result of one call. Raises ChannelError."""
        return understood(*await self.exchange(method, body, seconds))

    async def exchange(self, method: str, body: Raw, seconds: float) -> tuple[int, object]:
        """Status and JSON (None: it was none). NotSent when it certainly was not heard, else Unknown."""
        url = f"{self._url}/{method}"
        timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS + seconds, connect=CONNECT_SECONDS, sock_read=seconds)
        try:
            async with self._opened().post(url, json=body, timeout=timeout, allow_redirects=False) as answer:
                return answer.status, parsed(await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            failure: ChannelError = NotSent("unreachable", type(error).__name__)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            failure = Unknown("no_answer", type(error).__name__)
        # Outside of the except: the error that is left behind has the URL in its words.
        raise failure

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def parsed(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def understood(status: int, answer: object) -> Any:
    """The result in an answer; raises what is wrong with it. Status 200 alone does not mean success."""
    accepted = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    ok = answer.get("ok") if isinstance(answer, dict) else None
    if accepted and isinstance(answer, dict) and ok is True:
        return answer.get("result")
    if accepted and ok is None:
        raise Unknown("no_answer", "garbage")
    raise problem(status, answer)
