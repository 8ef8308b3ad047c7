"""Telegram over HTTP: raw JSON for what is frequent, python-telegram-bot's Bot for the rest, and what an answer means.

Its neighbours: telegram.py says what is asked, connections.py holds the connections. URLs here have the token in them.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from http.client import responses
from typing import Any, Final, TypeVar

import aiohttp
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels import Raw
from bot.channels.connections import UPLOAD_SECONDS, Connections, patient
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, Unknown

# At DEBUG, python-telegram-bot logs the base URL, hence the token, and every message's words.
logging.getLogger("telegram").setLevel(logging.INFO)

T = TypeVar("T")
BotCall = Callable[[Bot], Awaitable[T]]

ANSWER_SECONDS: Final = 25.0
POLL_SECONDS: Final = 30
ANSWER: Final = patient(ANSWER_SECONDS)
POLL: Final = patient(POLL_SECONDS + ANSWER_SECONDS)
UPLOAD: Final = patient(UPLOAD_SECONDS)

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
    ("rights to send polls", Refused, "no_poll_right"),
    ("chat_send_polls_forbidden", Refused, "no_poll_right"),
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
    ("message is not modified", Refused, "not_modified"),
    ("no text in the message to edit", Refused, "no_text"),
    ("no caption in the message to edit", Refused, "no_caption"),
    ("message to delete not found", Refused, "already_deleted"),
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


class Wire:
    """The calls of one bot account."""

    def __init__(self, api: str, token: str, connections: Connections) -> None:
        self._url = f"{api}/bot{token}/"
        self._api = api
        self._token = token
        self._connections = connections

    async def close(self) -> None:
        await self._connections.leave(self)

    async def ask(self, method: str, body: Mapping[str, Any], patience: aiohttp.ClientTimeout = ANSWER) -> Any:
        """The raw result of one call. Raises ChannelError."""
        return understood(*await self.exchange("POST", self._url + method, json.dumps(body).encode(), patience))

    async def upload(self, method: str, body: Mapping[str, Any], name: str, filename: str, content: bytes) -> Any:
        """The same with the file `content` as the parameter `name`."""
        form = aiohttp.FormData()
        for key, value in body.items():
            form.add_field(key, value if isinstance(value, str) else json.dumps(value))
        form.add_field(name, content, filename=filename)
        return understood(*await self.exchange("POST", self._url + method, form, UPLOAD))

    async def through_bot(self, call: BotCall[T]) -> T:
        """What telegram.Bot answers: for calls too rare for its cost to count. Raises ChannelError."""
        request = _Request(self)
        bot = Bot(
            self._token,
            base_url=f"{self._api}/bot",
            base_file_url=f"{self._api}/file/bot",
            request=request,
            get_updates_request=request,
        )
        try:
            return await call(bot)
        except _Failed as failed:
            problem = failed.problem
        raise problem

    async def exchange(
        self, method: str, url: str, body: aiohttp.FormData | bytes | None, patience: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        return await self._connections.exchange(self, method, url, body, patience)


class _Failed(TelegramError):
    """Carries a ChannelError through python-telegram-bot, which lets its own errors pass untouched.

    Its own classes keep too little: ChatMigrated loses the words, 5xx and a lost connection are both NetworkError.
    """

    def __init__(self, problem: ChannelError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Request(BaseRequest):
    """The request class of telegram.Bot, over our own connections. It carries no files and keeps no timeouts."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def read_timeout(self) -> float | None:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """Nothing to do ahead of the first request."""

    async def shutdown(self) -> None:
        """The connections are not its own."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: object, **__: object
    ) -> tuple[int, bytes]:
        body = json.dumps(request_data.parameters).encode() if request_data else None
        try:
            status, payload = await self._wire.exchange(method, url, body, ANSWER)
            if method == "POST":
                understood(status, payload)
            else:
                _check_download(status)
        except ChannelError as problem:
            raise _Failed(problem) from None
        return status, payload


def understood(status: int, payload: bytes) -> Any:
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
