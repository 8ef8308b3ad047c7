"""Telegram over HTTP: one aiohttp session under python-telegram-bot, and what every answer of the Bot API means.

Its neighbour telegram.py says what is asked. Every URL here has the token in it, so nothing of aiohttp's own errors
but the name of their class leaves this module.
"""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from http.client import responses
from typing import Any, Final

import aiohttp
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels import Raw
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, Unknown

# At DEBUG, python-telegram-bot logs the base URL, hence the token, and every message's words.
logging.getLogger("telegram").setLevel(logging.INFO)

CONNECT_SECONDS: Final = 10.0
"""also the wait for a free connection"""
ANSWER_SECONDS: Final = 25.0
UPLOAD_SECONDS: Final = 120.0
"""for a picture of 10 MB on a poor line"""
KEEPALIVE_SECONDS: Final = 15.0
"""shorter than the server's: a request on a connection that it is just closing would have an unknown outcome"""

_MEANINGS: Final[tuple[tuple[str, type[ChannelError], str], ...]] = (
    ("bot was kicked", ChatGone, "kicked"),
    ("bot is not a member", ChatGone, "not_member"),
    ("bot was blocked by the user", ChatGone, "blocked"),
    ("user is deactivated", ChatGone, "deactivated"),
    ("bot can't initiate conversation", ChatGone, "never_started"),
    ("bot can't send messages to bots", ChatGone, "not_found"),
    # Can pass by itself: a service that deleted on it «wiped 3 % of its users».
    ("bot can't send messages to the user", NotSent, "cannot_send_now"),
    ("rights to send photos", Refused, "no_photo_right"),
    ("chat_send_photos_forbidden", Refused, "no_photo_right"),
    ("chat_send_media_forbidden", Refused, "no_photo_right"),
    ("rights to send text messages", ChatGone, "muted"),
    ("have no rights to send a message", ChatGone, "muted"),
    ("chat_send_plain_forbidden", ChatGone, "muted"),
    ("chat_write_forbidden", ChatGone, "muted"),
    ("chat_restricted", ChatGone, "muted"),
    ("chat not found", ChatGone, "not_found"),
    ("group chat was deactivated", ChatGone, "not_found"),
    ("group chat was deleted", ChatGone, "not_found"),
    ("peer_id_invalid", ChatGone, "not_found"),
    ("message thread not found", Refused, "no_topic"),
    ("topic_closed", Refused, "no_topic"),
    ("topic_deleted", Refused, "no_topic"),
    ("file is too big", Refused, "too_big"),
    ("request entity too large", Refused, "too_big"),
    ("temporarily unavailable", NotSent, "unreachable"),
    ("wrong file identifier", Refused, "stale_file"),
    ("wrong remote file", Refused, "stale_file"),
    ("can't parse entities", Refused, "bad_entities"),
    ("entity_bounds_invalid", Refused, "bad_entities"),
)
"""(what Telegram's description contains, in lower case; what to do next; the reason). The first that fits counts."""


def problem(answer: Raw) -> ChannelError:
    """What to do about an answer that is not ok: {"error_code", "description", "parameters"}."""
    code, words = int(answer.get("error_code") or 500), str(answer.get("description") or "")
    parameters = answer.get("parameters") or {}
    if new_id := parameters.get("migrate_to_chat_id"):
        return ChatMoved("moved", words, new_id=str(new_id))
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled("throttled", words, retry_after=timedelta(seconds=parameters.get("retry_after") or 30))
    if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        return AccountDown("bad_token", words)
    if code == HTTPStatus.CONFLICT:
        return NotSent("unreachable", words)
    if not HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown("server_error", words)
    said = words.casefold()
    meaning, reason = next(((what, key) for sign, what, key in _MEANINGS if sign in said), (Refused, "refused"))
    return meaning(reason, words)


class Failed(TelegramError):
    """Carries a ChannelError through python-telegram-bot, which lets its own errors pass untouched.

    Its own classes keep too little: ChatMigrated loses the words, 5xx and a lost connection are both NetworkError.
    """

    def __init__(self, problem: ChannelError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Wire(BaseRequest):
    """The request class of telegram.Bot. The session is made on first use, in the loop that uses it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._result: ContextVar[Any] = ContextVar("result", default=None)

    @property
    def read_timeout(self) -> float | None:
        return ANSWER_SECONDS

    @property
    def result(self) -> Any:
        """What the last call of this task through telegram.Bot brought back, before PTB read it; None: it failed."""
        return self._result.get()

    def expect(self) -> None:
        """Forget the result of the call before."""
        self._result.set(None)

    async def initialize(self) -> None:
        """Nothing to do ahead of the first request."""

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, url: str, parameters: Mapping[str, Any], seconds: float = ANSWER_SECONDS) -> Any:
        """The raw result of one call. Raises ChannelError."""
        status, payload = await self._exchange("POST", url, json.dumps(parameters).encode(), seconds)
        return _understood(status, payload)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """What telegram.Bot calls. Raises Failed; of the timeouts only a read timeout given as a number counts."""
        body, seconds = _body(request_data)
        if isinstance(read_timeout, int | float):
            seconds = float(read_timeout)
        try:
            status, payload = await self._exchange(method, url, body, seconds)
            if method == "POST":
                self._result.set(_understood(status, payload))
            else:
                _check_download(status)
        except ChannelError as problem:
            raise Failed(problem) from None
        return status, payload

    async def _exchange(
        self, method: str, url: str, body: aiohttp.FormData | bytes | None, seconds: float
    ) -> tuple[int, bytes]:
        """The status and the body of the answer; NotSent when it certainly was not heard, else Unknown."""
        timeout = aiohttp.ClientTimeout(
            # aiohttp has no limit of its own for writing a request: the total covers a line that swallows nothing.
            total=CONNECT_SECONDS + UPLOAD_SECONDS + seconds,
            connect=CONNECT_SECONDS,
            sock_connect=CONNECT_SECONDS,
            sock_read=seconds,
        )
        headers = {"Content-Type": "application/json"} if isinstance(body, bytes) else None
        try:
            async with self._opened().request(
                method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
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
            connector = aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def _body(request: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, float]:
    """The body of a request, and how many seconds its answer may take."""
    if request is None:
        return None, ANSWER_SECONDS
    if not request.contains_files:
        return json.dumps(request.parameters).encode(), ANSWER_SECONDS
    form = aiohttp.FormData()
    for name, value in request.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, UPLOAD_SECONDS


def _understood(status: int, payload: bytes) -> Any:
    """The result in an answer of the Bot API; raises what is wrong with it."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        answer = None
    accepted = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    if isinstance(answer, dict):
        if accepted and answer.get("ok") is True and "result" in answer:
            return answer["result"]
        raise problem({"error_code": 500 if accepted else status, **answer})
    if accepted:
        raise Unknown("no_answer", "garbage")
    # Something in between, such as a proxy, that does not speak the Bot API.
    raise problem({"error_code": status, "description": responses.get(status, str(status))})


def _check_download(status: int) -> None:
    """A file's address speaks no Bot API: 404 there says nothing of the token."""
    if status == HTTPStatus.NOT_FOUND:
        raise Refused("expired", str(status))
    if status != HTTPStatus.OK:
        raise NotSent("unreachable", str(status))
