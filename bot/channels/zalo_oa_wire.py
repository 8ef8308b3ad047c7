"""Zalo's Official Account API over HTTP: what every answer means, and the OAuth that gives its tokens.

Its neighbours: zalo_oa.py says what is asked, connections.py holds the connections, bot/tokens.py keeps the tokens.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import aiohttp

from bot.channels import Raw
from bot.channels.connections import CONNECT_SECONDS, Connections, patient
from bot.config import ZaloOaSettings
from bot.errors import AccountDown, ChannelError, ChatGone, NotSent, Refused, Throttled, Unknown

ANSWER: Final = patient(15.0)
UPLOAD: Final = patient(60.0)
RENEWAL: Final = aiohttp.ClientTimeout(total=40, connect=CONNECT_SECONDS, sock_read=25)
"""shorter than the lease of who renews the tokens"""
RATE_PAUSE: Final = timedelta(seconds=30)
QUOTA_PAUSE: Final = timedelta(hours=1)
"""quotas come back after a day or a month; a post is tried for some hours"""
USUAL_LIFE: Final = 90_000
"""seconds, of an access token"""
SHORTEST_LIFE: Final = 900
"""whatever is said: one that ends sooner is found out when it is refused"""


class StaleToken(AccountDown):
    """Refused for its access token: the same may be asked with a newer one."""


class BadParameter(Refused):
    """-201: also what is said about an attachment of the wrong type, or one that has expired."""


def _slower(reason: str, words: str) -> Throttled:
    return Throttled(reason, words, retry_after=RATE_PAUSE)


def _used_up(reason: str, words: str) -> Throttled:
    """Of this person, or of messages to persons: what goes to groups is not counted and need not wait."""
    return Throttled(reason, words, retry_after=QUOTA_PAUSE, chat_only=True)


MEANINGS: Final[Mapping[int, tuple[Callable[[str, str], ChannelError], str]]] = {
    # The access token is not good: nothing was done.
    **dict.fromkeys((-216, 216, -401, 401), (StaleToken, "reauthorise")),
    # The refresh token is used up: only a person can connect the account again.
    **dict.fromkeys((-14020, -14014, -118), (AccountDown, "reauthorise")),
    **dict.fromkeys((-32, 429), (_slower, "throttled")),
    **dict.fromkeys((-211, -218, -311), (_used_up, "quota")),
    -201: (BadParameter, "refused"),
    **dict.fromkeys((-202, -209, -210, -233), (Refused, "refused")),
    # The person has not written for seven days, or the 48 hours of free replies are over.
    **dict.fromkeys((-230, -305), (Refused, "window_closed")),
    -213: (ChatGone, "not_follower"),
    **dict.fromkeys((-217, -227), (ChatGone, "blocked")),
    -222: (ChatGone, "inactive"),
    **dict.fromkeys((-224, -321), (AccountDown, "package")),
    **dict.fromkeys((-204, -205, -207, -208, -212, -215, -221, -320, -14003, -14004), (AccountDown, "bad_config")),
}
"""Zalo's table of errors: what to do next, and the reason. The tables of its other APIs use the numbers otherwise."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What OAuth issues. The refresh token is good for one use only."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


class Tokens(Protocol):
    """Who keeps the account's tokens."""

    async def access(self, stale: str = "") -> str:
        """A good access token; a newer one when `stale` is the current one.

        Raises AccountDown(«reauthorise») when a person has to connect the account, and NotSent, never Unknown.
        """
        ...

    async def close(self) -> None:
        """It asks for nothing more."""
        ...


def problem(status: int, answer: object) -> ChannelError:
    """What to do about an answer that accepts nothing. `answer` is its JSON, None when it was none."""
    told: Raw = answer if isinstance(answer, dict) else {}
    words = str(told.get("message") or told.get("error_description") or told.get("error_name") or "")
    code = code_of(told)
    return _by_code(code, words) if code else _by_status(status, words)


def code_of(told: Raw) -> int:
    """The number in an answer, which may be text; 0 when there is none."""
    try:
        return int(told.get("error") or 0)
    except (TypeError, ValueError):
        return 0


def _by_code(code: int, words: str) -> ChannelError:
    # What Zalo says with a number of its own it has refused, whether or not the table has the number.
    remedy, reason = MEANINGS.get(code, (Refused, "refused"))
    return remedy(reason, f"{code}: {words}")


def _by_status(status: int, words: str) -> ChannelError:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return StaleToken("reauthorise", words or str(status))
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled("throttled", words, retry_after=RATE_PAUSE)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Refused("too_big", words)
        case HTTPStatus.BAD_REQUEST:
            return Refused("refused", words)
        case HTTPStatus.REQUEST_TIMEOUT:
            return Unknown("no_answer", words)
        case refused if HTTPStatus.BAD_REQUEST <= refused < HTTPStatus.INTERNAL_SERVER_ERROR:
            # Not in Zalo's words: something in between, which says nothing about the account or the chat.
            return NotSent("unreachable", str(status))
    return Unknown("server_error", words or str(status))


def parsed(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def understood(status: int, answer: object) -> Any:
    """The data in an answer; raises what is wrong with it. Status 200 alone does not mean success."""
    accepted = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    told = answer if isinstance(answer, dict) and "error" in answer else None
    if accepted and told is None:
        raise Unknown("no_answer", "garbage")
    if accepted and told is not None and str(told["error"]) == "0":
        return told.get("data")
    raise problem(status, answer)


def quota_left(data: Any, known: int | None) -> int | None:
    """What the package still grants, by the answer to a message to a person; `known` where it does not tell."""
    quota = data.get("quota") if isinstance(data, dict) else None
    if not isinstance(quota, dict) or quota.get("quota_type") == "reply":
        return known  # a free reply counts what this one person may still get
    left = str(quota.get("remain", ""))
    return int(left) if left.isdecimal() else known


class Wire:
    """The calls of one account; with a stale token each is asked once more."""

    def __init__(self, api: str, tokens: Tokens, connections: Connections) -> None:
        self._api = api
        self._tokens = tokens
        self._connections = connections

    async def close(self) -> None:
        await self._connections.leave(self)

    async def ask(self, path: str, body: Raw) -> Any:
        """The data of the answer to a POST. Raises ChannelError."""
        return await self._authorised("POST", path, json.dumps(body).encode())

    async def look(self, path: str, **query: Any) -> Any:
        """The data of the answer to a GET. Raises ChannelError."""
        return await self._authorised("GET", f"{path}?{urlencode(query)}", None)

    async def upload(self, path: str, content: bytes, filename: str) -> Any:
        """The same for a file. Raises ChannelError."""
        return await self._authorised("POST", path, (content, filename), UPLOAD)

    async def _authorised(
        self, method: str, path: str, body: bytes | tuple[bytes, str] | None, patience: aiohttp.ClientTimeout = ANSWER
    ) -> Any:
        token = await self._tokens.access()
        try:
            return await self._once(method, path, body, patience, token)
        except StaleToken:
            newer = await self._tokens.access(stale=token)
        return await self._once(method, path, body, patience, newer)

    async def _once(
        self,
        method: str,
        path: str,
        body: bytes | tuple[bytes, str] | None,
        patience: aiohttp.ClientTimeout,
        token: str,
    ) -> Any:
        headers = {"access_token": token}
        said = _form(*body) if isinstance(body, tuple) else body
        status, payload = await self._connections.exchange(self, method, self._api + path, said, patience, headers)
        return understood(status, parsed(payload))


def _form(content: bytes, filename: str) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=filename)
    return form


class OAuth:
    """Where the tokens of one account come from."""

    def __init__(self, settings: ZaloOaSettings, connections: Connections) -> None:
        self._settings = settings
        self._connections = connections

    async def close(self) -> None:
        await self._connections.leave(self)

    def authorise_url(self, redirect: str, challenge: str, state: str) -> str:
        """Where a person with rights over the account agrees that we use it."""
        query = {"app_id": self._settings.app_id, "redirect_uri": redirect, "code_challenge": challenge, "state": state}
        return f"{self._settings.oauth}/v4/oa/permission?{urlencode(query)}"

    async def redeem(self, code: str, verifier: str, now: datetime) -> Pair:
        """The first pair. Raises ChannelError."""
        return await self._issued({"grant_type": "authorization_code", "code": code, "code_verifier": verifier}, now)

    async def renew(self, refresh: str, now: datetime) -> Pair:
        """The next pair; `refresh` is used up by it, even when no answer came. Raises ChannelError."""
        return await self._issued({"grant_type": "refresh_token", "refresh_token": refresh}, now)

    async def _issued(self, question: Mapping[str, str], now: datetime) -> Pair:
        form = aiohttp.FormData({"app_id": self._settings.app_id, **question})
        url, headers = f"{self._settings.oauth}/v4/oa/access_token", {"secret_key": self._settings.app_secret}
        status, payload = await self._connections.exchange(self, "POST", url, form, RENEWAL, headers)
        return _pair(status, parsed(payload), now)


def _pair(status: int, answer: object, now: datetime) -> Pair:
    """Raises what is wrong with the answer. Errors come with status 200, and the life in seconds as text."""
    told: Raw = answer if isinstance(answer, dict) else {}
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
        return Pair(access, refresh, now + timedelta(seconds=_life(told.get("expires_in"))))
    if not code_of(told):
        raise _slower("throttled", "") if status == HTTPStatus.TOO_MANY_REQUESTS else Unknown("no_answer", str(status))
    error = problem(status, told)
    # Here there is no message that could be refused: only a person can mend what is left.
    raise error if isinstance(error, AccountDown | Throttled) else AccountDown("reauthorise", error.words)


def _life(said: object) -> int:
    """Never longer than is usual: to renew too early does no harm."""
    try:
        return min(max(int(str(said)), SHORTEST_LIFE), USUAL_LIFE)
    except ValueError:
        return SHORTEST_LIFE
