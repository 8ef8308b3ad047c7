"""A stand-in for Zalo's Official Account API and its OAuth: real HTTP on 127.0.0.1, its limits and known failures.

async with ZaloOaStandin() as server:
    settings = server.settings()                 # keys and addresses
    pair = server.connect()                      # what a person's consent would have brought
    server.hook = f"{address of our service}/webhooks/zalo_oa"
    await server.say("551", "Chào")
    await server.until(lambda: server.messages)
"""

import asyncio
import base64
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.config import ZaloOaSettings

Fault = Literal["drop", "silent", "error500", "garbage"]
"""`drop`: taken, then the connection closes. `silent`: taken, never answered. `garbage`: taken, answered nonsense."""

WORDS = {
    -216: "Access token has expired",
    -32: "Rate limited",
    -201: "Invalid parameter",
    -210: "Parameter outside permitted range",
    -211: "Out of quota",
    -213: "User has not followed this Official Account",
    -224: "OA tier package does not include this feature",
    -230: "User has not interacted with the OA in the past 7 days",
}
PICTURE_LIMIT = 1024 * 1024
PER_MINUTE = 100
"""of the Growth package"""
BUTTONS = {"oa.query.show": str, "oa.query.hide": str, "oa.open.url": dict}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the account sent and the server took. `to`: «u:…» or «g:…»."""

    id: str
    to: str
    text: str
    buttons: tuple[tuple[str, Any], ...]
    """(title, payload)"""
    image: str
    """SHA-256 of the bytes that were uploaded"""
    kind: str
    """the attachment's type"""


class Refusal(Exception):
    """An answer that accepts nothing, mostly under status 200."""

    def __init__(self, code: int, status: int = 200) -> None:
        self.status = status
        self.answer = {"error": code, "message": WORDS.get(code, "Refused")}


@dataclass
class ZaloOaStandin:
    """One server with one account. What it is to do wrong is set on its fields, what it has seen is read from them."""

    app_id: str = "429156857373131074"
    app_secret: str = "app-secret-not-real"
    oa_id: str = "1646843870823903717"
    oa_secret: str = "oa-secret-not-real"
    hook: str = ""
    group_shape: str = "template"
    """the only type of an image's attachment that groups take"""
    quota: int | None = None
    """messages to persons that may still be sent"""
    limited: bool = False
    """grants 100 requests a minute"""
    renewal_fault: Fault | None = None
    """what goes wrong with renewals, after the new pair was made"""
    renewal_seconds: float = 0.0
    messages: list[Sent] = field(default_factory=list)
    uploads: dict[str, str] = field(default_factory=dict)
    """attachment id → SHA-256; forgetting one makes it expire"""
    groups: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """what a request held that is not documented, and refresh tokens used twice"""
    calls: Counter[str] = field(default_factory=Counter)
    renewals: int = 0
    faults: dict[str, Fault] = field(default_factory=dict)
    """by person or group («u:…»)"""
    refusals: dict[str, int] = field(default_factory=dict)
    """by person or group, or by the last part of a path → the code it is refused with until removed"""
    files: dict[str, bytes] = field(default_factory=dict)
    hook_answers: list[int] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._random = random.Random(7)
        self._access = ""
        self._refresh = ""
        self._codes: dict[str, str] = {}
        self._asked: list[float] = []

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_get("/v4/oa/permission", self._permission)
        app.router.add_post("/v4/oa/access_token", self._issue)
        app.router.add_get("/media/{name}", self._media)
        for method, path, answer in (
            ("POST", "/v3.0/oa/message/cs", self._to_person),
            ("POST", "/v3.0/oa/group/message", self._to_group),
            ("POST", "/v2.0/oa/upload/image", self._upload),
            ("GET", "/v3.0/oa/group/getgroupsofoa", self._groups),
        ):
            app.router.add_route(method, path, self._authorised(answer))
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

    def settings(self, **more: Any) -> ZaloOaSettings:
        keys = {"app_id": self.app_id, "app_secret": self.app_secret, "oa_id": self.oa_id, "oa_secret": self.oa_secret}
        return ZaloOaSettings(**{**keys, "api": self.url, "oauth": self.url, **more})

    async def until(self, happened: Callable[[], object], seconds: float = 10.0) -> None:
        """Return when `happened()` is true; it is looked at after every call and every event."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(happened()))

    # OAuth

    def connect(self) -> tuple[str, str]:
        """A new chain of (access token, refresh token)."""
        self._access, self._refresh = f"access-{self._id()}", f"refresh-{self._id()}"
        return self._access, self._refresh

    def expire(self) -> None:
        """The access token is no longer good; the refresh token is."""
        self._access = f"access-{self._id()}"

    async def _permission(self, request: web.Request) -> web.Response:
        """A person agrees at once."""
        asked = request.query
        if asked.get("app_id") != self.app_id or not asked.get("code_challenge"):
            return web.Response(status=400)
        code = f"code-{self._id()}"
        self._codes[code] = asked["code_challenge"]
        back = urlencode({"code": code, "oa_id": self.oa_id, "state": asked["state"]})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if request.headers.get("secret_key") != self.app_secret or form.get("app_id") != self.app_id:
            return _told(-14004, "Invalid app secret")
        if form.get("grant_type") == "authorization_code":
            due = self._codes.pop(str(form.get("code")), "")
            seen = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
            if not due or base64.urlsafe_b64encode(seen).decode().rstrip("=") != due:
                return _told(-14019, "Invalid authorization code")
            return self._pair()
        self.renewals += 1
        if form.get("refresh_token") != self._refresh:
            self.violations.append("a refresh token was used twice")
            self._refresh = ""  # the chain is dead
            return _told(-14020, "Invalid refresh token")
        await asyncio.sleep(self.renewal_seconds)
        answer = self._pair()
        return await _misbehave(request, self.renewal_fault) or answer

    def _pair(self) -> web.Response:
        self.connect()
        return web.json_response({"access_token": self._access, "refresh_token": self._refresh, "expires_in": "90000"})

    # What people do

    async def say(self, person: str, text: str, group: str = "", **message: Any) -> dict[str, Any]:
        return await self._happen("text", person, group, {"text": text, **message})

    async def show(self, person: str, data: bytes, group: str = "", kind: str = "image") -> dict[str, Any]:
        """A person sends a file."""
        name = f"{self._id()}.{kind}"
        self.files[name] = data
        attachment = {"type": kind, "payload": {"url": f"{self.url}/media/{name}"}}
        return await self._happen(kind, person, group, {"attachments": [attachment]})

    async def tap(self, sent: Sent, title: str) -> dict[str, Any]:
        """A person taps a button of a message."""
        return await self.say(sent.to.removeprefix("u:"), dict(sent.buttons)[title])

    async def _happen(self, kind: str, person: str, group: str, message: dict[str, Any]) -> dict[str, Any]:
        event = {
            "event_name": f"user_send_group_{kind}" if group else f"user_send_{kind}",
            "app_id": self.app_id,
            "oa_id": self.oa_id,
            "sender": {"id": person},
            "recipient": {"id": group or self.oa_id},
            "message": {"msg_id": self._id(), **message},
            "timestamp": str(int(time.time() * 1000)),
            "user_id_by_app": "3611371994410983884",
        }
        return await self.push(event)

    async def push(self, event: dict[str, Any]) -> dict[str, Any]:
        """Any event, signed and posted."""
        if self.hook:
            body = json.dumps(event, ensure_ascii=False).encode()
            async with self._session.post(self.hook, data=body, headers=self.signed(body, event)) as answer:
                self.hook_answers.append(answer.status)
            await self._tell()
        return event

    def signed(self, body: bytes, event: dict[str, Any], secret: str = "") -> dict[str, str]:
        said = self.app_id.encode() + body + str(event["timestamp"]).encode() + (secret or self.oa_secret).encode()
        return {"X-ZEvent-Signature": f"mac={hashlib.sha256(said).hexdigest()}", "Content-Type": "application/json"}

    # What the server does

    def _authorised(self, answer: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.StreamResponse:
            name = request.path.rpartition("/")[2]
            self.calls[name] += 1
            try:
                self._admit(request, name)
                data, to = await answer(request)
            except Refusal as refusal:
                await self._tell()
                return web.json_response(refusal.answer, status=refusal.status)
            await self._tell()
            good = web.json_response({"error": 0, "message": "Success", "data": data})
            return await _misbehave(request, self.faults.get(to)) or good

        return handler

    def _admit(self, request: web.Request, name: str) -> None:
        if "access_token" in request.query:
            raise Refusal(404, 404)
        if not self._access or request.headers.get("access_token") != self._access:
            raise Refusal(-216)
        now = time.monotonic()
        self._asked = [at for at in self._asked if at > now - 60]
        if self.limited and len(self._asked) >= PER_MINUTE:
            raise Refusal(-32)
        self._asked.append(now)
        if name in self.refusals:
            raise Refusal(self.refusals[name])

    async def _to_person(self, request: web.Request) -> tuple[Any, str]:
        given = await request.json()
        id = self._receiver(given, "user_id")
        self._grant(f"u:{id}")
        if self.quota is not None and self.quota <= 0:
            raise Refusal(-211)
        sent = self._take(f"u:{id}", given["message"], buttons=True)
        quota = {"quota_type": "reply", "remain": "7", "total": "8"}
        if self.quota is not None:
            self.quota -= 1
            quota = {"quota_type": "sub_quota", "remain": str(self.quota), "total": "500"}
        return {"message_id": sent.id, "user_id": id, "quota": quota}, sent.to

    async def _to_group(self, request: web.Request) -> tuple[Any, str]:
        given = await request.json()
        id = self._receiver(given, "group_id")
        self._grant(f"g:{id}")
        sent = self._take(f"g:{id}", given["message"], buttons=False)
        return {"message_id": sent.id, "group_id": id}, sent.to

    def _grant(self, to: str) -> None:
        if to in self.refusals:
            raise Refusal(self.refusals[to])

    def _receiver(self, given: Any, key: str) -> str:
        recipient = given.get("recipient", {})
        if given.keys() != {"recipient", "message"} or recipient.keys() != {key} or not isinstance(recipient[key], str):
            raise self._wrong(-201, f"the recipient is no {key}")
        return str(recipient[key])

    def _take(self, to: str, message: dict[str, Any], *, buttons: bool) -> Sent:
        text, attachment = message.get("text", ""), message.get("attachment")
        if message.keys() - {"text", "attachment"} or not (text or attachment):
            raise self._wrong(-201, f"a message of {sorted(message)}")
        if len(text.encode("utf-16-le")) // 2 > 2000:
            raise self._wrong(-210, "a text is longer than 2000")
        keys, image, kind = self._attached(attachment, buttons=buttons) if attachment else ((), "", "")
        sent = Sent(self._id(), to, text, keys, image, kind)
        self.messages.append(sent)
        return sent

    def _attached(self, attachment: Any, *, buttons: bool) -> tuple[tuple[tuple[str, Any], ...], str, str]:
        kind, payload = attachment["type"], attachment["payload"]
        if keys := payload.get("buttons"):
            wrong = [key for key in keys if not isinstance(key["payload"], BUTTONS.get(key["type"], int))]
            if not buttons or wrong or not 1 <= len(keys) <= 5 or kind != "template":
                raise self._wrong(-201, "buttons are not as documented")
            return tuple((key["title"], key["payload"]) for key in keys), "", kind
        if kind != ("template" if buttons else self.group_shape):
            raise Refusal(-201)
        [element] = payload["elements"]
        if payload["template_type"] != "media" or element["media_type"] != "image":
            raise self._wrong(-201, "an attachment is not as documented")
        if element["attachment_id"] not in self.uploads:
            raise Refusal(-201)
        return (), self.uploads[element["attachment_id"]], kind

    def _wrong(self, code: int, what: str) -> Refusal:
        self.violations.append(what)
        return Refusal(code)

    async def _upload(self, request: web.Request) -> tuple[Any, str]:
        file = (await request.post()).get("file")
        if not isinstance(file, web.FileField):
            raise self._wrong(-201, "an upload without a file")
        data = file.file.read()
        if len(data) > PICTURE_LIMIT:
            raise self._wrong(-210, "a picture is over 1 MB")
        if not file.filename.endswith((".png", ".jpg", ".jpeg")):
            self.violations.append("a file name without its extension")
            return {}, ""
        id = f"upload-{self._id()}"
        self.uploads[id] = hashlib.sha256(data).hexdigest()
        return {"attachment_id": id}, ""

    async def _groups(self, request: web.Request) -> tuple[Any, str]:
        offset, count = int(request.query["offset"]), int(request.query["count"])
        page = self.groups[offset : offset + count]
        head = {"offset": offset, "count": count, "total": len(self.groups), "group_count": len(page)}
        return {**head, "groups": page}, ""

    async def _media(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data)

    def _id(self) -> str:
        return f"{self._random.getrandbits(80):020x}"

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _told(code: int, words: str) -> web.Response:
    return web.json_response({"error": code, "error_name": words, "error_description": words.lower()})


async def _misbehave(request: web.Request, fault: Fault | None) -> web.Response | None:
    match fault:
        case "drop" if request.transport:
            request.transport.abort()
            return web.Response()
        case "silent":
            await asyncio.Event().wait()
        case "error500":
            return web.Response(status=500)
        case "garbage":
            return web.Response(text="<html>it works!</html>", content_type="text/html")
    return None
