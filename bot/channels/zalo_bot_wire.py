"""Zalo's Bot Platform over HTTP: what every answer means.

Its neighbours: zalo_bot.py says what is asked, connections.py holds the connections. URLs here have the token in them.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from bot.channels import Raw
from bot.channels.connections import Connections, patient
from bot.errors import AccountDown, ChannelError, ChatGone, NotSent, Refused, Throttled, Unknown

ANSWER_SECONDS: Final = 15.0
POLL_SECONDS: Final = 30
ANSWER: Final = patient(ANSWER_SECONDS)
POLL: Final = patient(POLL_SECONDS + ANSWER_SECONDS)
PHOTO: Final = patient(20.0)
"""Zalo fetches the picture before it answers"""
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
    """The calls of one bot account."""

    def __init__(self, api: str, token: str, connections: Connections) -> None:
        self._url = f"{api}/bot{token}/"
        self._connections = connections

    async def close(self) -> None:
        await self._connections.leave(self)

    async def ask(self, method: str, body: Raw, patience: aiohttp.ClientTimeout = ANSWER) -> Any:
        """The result of one call. Raises ChannelError."""
        return understood(*await self.exchange(method, body, patience))

    async def exchange(self, method: str, body: Raw, patience: aiohttp.ClientTimeout) -> tuple[int, object]:
        """Status and JSON (None: it was none). NotSent when it certainly was not heard, else Unknown."""
        said = json.dumps(body).encode()
        status, payload = await self._connections.exchange(self, "POST", self._url + method, said, patience)
        return status, parsed(payload)


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
