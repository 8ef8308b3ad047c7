"""A stand-in for Zalo's Bot Platform: real HTTP on 127.0.0.1, its documented limits and its known failures.

Beside it: what a request may hold is in zalo_bot_api.py.

    async with ZaloBotStandin() as server:
        settings = ZaloBotSettings(token=server.token, api=server.url, webhook_secret=server.secret)
        server.hook = f"{address of our service}/webhooks/zalo_bot"   # without it, updates wait for getUpdates
        await server.say("a1b2", "Chào")
        await server.until(lambda: server.messages)
"""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web

from tests.standins import zalo_bot_api as api

Fault = Literal["not_found", "error403", "error429", "drop", "silent", "error500", "garbage"]
"""`drop`: taken, then the connection closes. `silent`: taken, never answered. `garbage`: taken, answered nonsense."""

MONTHLY_QUOTA = 3000
"""of the Basic plan"""
REFUSALS: dict[str, tuple[int, str]] = {
    "not_found": (404, "Not found"),
    "error403": (403, "Internal server error"),
    "error429": (429, "Quota exceeded"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the bot sent and the server took."""

    id: str
    chat: str
    text: str
    """or the caption"""
    bold: tuple[str, ...]
    photo_url: str
    photo: str
    """SHA-256 of the bytes that the server fetched"""
    at: float
    """seconds on the monotonic clock"""


class Refusal(Exception):
    """An answer with ok=false."""

    def __init__(self, code: int, description: str) -> None:
        self.code = code
        self.answer = {"ok": False, "description": description, "error_code": code}


@dataclass
class ZaloBotStandin:
    """One server with one bot. What it is to do wrong is set on its fields, what it has seen is read from them."""

    token: str = "12345689:TEST-not-a-real-token-of-zalo"
    secret: str = "a-secret-of-the-webhook"
    display_name: str = "Tri Ân"
    hook: str = ""
    """where updates are really posted, for webhook_url has to be https and public"""
    webhook_url: str = ""
    """as setWebhook was told; getUpdates is refused meanwhile"""
    reachable: bool = True
    """what setWebhook's verification finds"""
    idle: float = 1.0
    """seconds until getUpdates says that nobody has written, however long it was asked to wait"""
    hot_replay: bool = False
    """getUpdates brings the last update again and again, at once"""
    quota: int | None = None
    """messages that may still be sent this month"""
    latency: tuple[float, float] = (0.0, 0.0)
    """the shortest and longest wait for an answer, in seconds"""
    messages: list[Sent] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """what a request held that is not documented"""
    calls: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Fault] = field(default_factory=dict)
    """by chat"""
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)
    """method → the code and description it is refused with until removed"""
    files: dict[str, bytes] = field(default_factory=dict)
    """what media URLs serve, by the last part of the path; forgetting one makes the URL expire"""
    pending: list[dict[str, Any]] = field(default_factory=list)
    """updates that wait for getUpdates"""
    hook_answers: list[int] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._random = random.Random(7)
        self._last: dict[str, Any] | None = None
        self._methods: dict[str, Callable[[api.Body], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "getUpdates": self._updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._send_action,
        }

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        app.router.add_get("/media/{name}", self._media)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def until(self, happened: Callable[[], object], seconds: float = 10.0) -> None:
        """Return when `happened()` is true; it is looked at after every call and every update."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(happened()))

    def host(self, data: bytes, name: str) -> str:
        """A URL that serves `data`."""
        self.files[name] = data
        return f"{self.url}/media/{name}"

    # What people do. In a group it has to mention the bot, or Zalo tells nothing of it: write the mention.

    async def say(self, chat: str, text: str, group: bool = False, **fields: Any) -> dict[str, Any]:
        """A person writes. `fields` are laid over the message."""
        return await self._happen("text", chat, group, {"text": text, **fields})

    async def send_photo(
        self, chat: str, data: bytes, caption: str = "", group: bool = False, **fields: Any
    ) -> dict[str, Any]:
        url = self.host(data, f"{self._id()}.jpg")
        shape = {"message_type": "CHAT_PHOTO", "photo_url": url, "caption": caption}
        return await self._happen("image", chat, group, {**shape, **fields})

    async def voice(self, chat: str, data: bytes, group: bool = False, **fields: Any) -> dict[str, Any]:
        shape = {"message_type": "CHAT_VOICE", "voice_url": self.host(data, f"{self._id()}.aac")}
        return await self._happen("voice", chat, group, {**shape, **fields})

    async def unsupported(self, chat: str, group: bool = False, **fields: Any) -> dict[str, Any]:
        """A place, a file, a video, now and then a link: Zalo only says that there was something."""
        return await self._happen("unsupported", chat, group, fields)

    async def _happen(self, kind: str, chat: str, group: bool, fields: dict[str, Any]) -> dict[str, Any]:
        id = f"zgr-{chat.removeprefix('zgr-')}" if group else chat
        person = {"id": "0a1b2c3d4e5f60718293" if group else chat, "is_bot": False, "display_name": "Nguyễn An"}
        head = {
            "date": int(time.time() * 1000),
            "chat": {"chat_type": "GROUP" if group else "PRIVATE", "id": id},
            "message_id": self._id(),
            "from": person,
        }
        return await self.push({"event_name": f"message.{kind}.received", "message": {**head, **fields}})

    async def push(self, update: dict[str, Any]) -> dict[str, Any]:
        """Any update: posted flat, as live webhooks are, once; or kept for getUpdates."""
        if self.hook:
            headers = {"X-Bot-Api-Secret-Token": self.secret}
            async with self._session.post(self.hook, json=update, headers=headers) as answer:
                self.hook_answers.append(answer.status)
        else:
            self.pending.append(update)
        await self._tell()
        return update

    # What the server does

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        self.calls[name] += 1
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            if name in self.broken:
                raise Refusal(*self.broken[name])
            given = self._checked(name, await request.json())
            result = await self._methods[name](given)
        except Refusal as refusal:
            await self._tell()
            return web.json_response(refusal.answer, status=refusal.code)
        await asyncio.sleep(self._random.uniform(*self.latency))
        await self._tell()
        envelope = {"ok": True} if result is None else {"ok": True, "result": result}
        return await self._misbehave(request, given) or web.json_response(envelope)

    async def _misbehave(self, request: web.Request, given: api.Body) -> web.Response | None:
        match self.faults.get(given.get("chat_id", "")):
            case "drop" if request.transport:
                request.transport.abort()
                return web.Response()
            case "silent":
                await asyncio.Event().wait()
            case "error500":
                return web.json_response(Refusal(500, "Internal server error").answer, status=500)
            case "garbage":
                return web.Response(text="<html>it works!</html>", content_type="text/html")
        return None

    def _checked(self, name: str, given: Any) -> api.Body:
        if name not in api.METHODS:
            raise Refusal(400, "Bad request")
        if wrong := list(api.faults(name, given)):
            self.violations += wrong
            raise Refusal(400, f"Bad request: {wrong[0]}")
        return dict(given)

    async def _get_me(self, _: api.Body) -> api.Body:
        id = self.token.partition(":")[0]
        return {"id": id, "account_name": "bot.Standin", "account_type": "BASIC", "can_join_groups": True}

    async def _updates(self, given: api.Body) -> api.Body:
        if self.webhook_url:
            raise Refusal(400, "You cannot use this API while a webhook is set. Please remove the webhook first")
        await self._tell()
        if self.hot_replay and not self.pending and self._last:
            return self._last
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self.idle, float(given.get("timeout", 30)))), self._changed:
                await self._changed.wait_for(lambda: self.pending)
        if not self.pending:
            raise Refusal(408, "Request timeout")
        self._last = self.pending.pop(0)
        return self._last

    async def _set_webhook(self, given: api.Body) -> api.Body:
        self.webhook_url, self.secret = given["url"], given["secret_token"]
        status = 200 if self.reachable else 403
        outcome, hint = ("webhook.ok", "") if self.reachable else ("webhook.http.403", "Webhook trả về 403")
        verification = {"ok": self.reachable, "outcome": outcome, "status_code": status, "hint": hint}
        return {**await self._webhook_info(given), "verification": verification}

    async def _delete_webhook(self, given: api.Body) -> api.Body:
        self.webhook_url = ""
        return await self._webhook_info(given)

    async def _webhook_info(self, _: api.Body) -> api.Body:
        return {"url": self.webhook_url, "updated_at": int(time.time() * 1000)}

    async def _send_message(self, given: api.Body) -> api.Body:
        self._admit(given["chat_id"])
        return self._sent(given, given["text"])

    async def _send_photo(self, given: api.Body) -> api.Body:
        self._admit(given["chat_id"])
        try:
            async with self._session.get(given["photo"]) as answer:
                answer.raise_for_status()
                data = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            raise Refusal(400, "Bad request: photo cannot be fetched") from None
        return self._sent(given, given.get("caption", ""), data)

    async def _send_action(self, given: api.Body) -> None:
        self._admit(given["chat_id"])

    def _admit(self, chat: str) -> None:
        """Raise what Zalo would refuse this send with."""
        if self.quota is not None and self.quota <= 0:
            raise Refusal(*REFUSALS["error429"])
        if (fault := self.faults.get(chat, "")) in REFUSALS:
            raise Refusal(*REFUSALS[fault])

    def _sent(self, given: api.Body, text: str, data: bytes | None = None) -> api.Body:
        if self.quota is not None:
            self.quota -= 1
        photo = "" if data is None else hashlib.sha256(data).hexdigest()
        bold = tuple(api.styled(text, given.get("text_styles", ()), "b"))
        sent = Sent(self._id(), given["chat_id"], text, bold, given.get("photo", ""), photo, time.monotonic())
        self.messages.append(sent)
        return {"message_id": sent.id, "date": int(time.time() * 1000)}

    async def _media(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data)

    def _id(self) -> str:
        return f"{self._random.getrandbits(80):020x}"

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
