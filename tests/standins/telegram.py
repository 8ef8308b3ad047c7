"""A stand-in for Telegram's Bot API server: real HTTP on 127.0.0.1, its published limits and its known failures.

Beside it: what a request may hold is in bot_api.py, the speeds in telegram_limits.py, the values in telegram_shapes.py,
editing and deleting in telegram_messages.py, polls in telegram_polls.py.

    async with TelegramStandin() as server:
        settings = TelegramSettings(token=server.token, api=server.url)
        await server.say(-100200, "/start@TriAnTestBot", title="…")
        await server.until(lambda: server.messages)
"""

import asyncio
import hashlib
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.standins import bot_api, telegram_polls
from tests.standins import telegram_shapes as shapes
from tests.standins.telegram_limits import Limits
from tests.standins.telegram_messages import change, find, remove
from tests.standins.telegram_shapes import Fault, Files, Refusal, Sent

LARGEST_DOWNLOAD = 20_000_000
TOKEN = re.compile(r"\d+:[\w-]+")
_ASKING: ContextVar[str] = ContextVar("the token of the call that is being answered")


@dataclass
class TelegramStandin:
    """One server. What it is to do wrong is set on its fields, what it has seen is read from them.

    People talk to the bot with `token`; with `any_token` every other bot may send as well, each with its own speed.
    """

    token: str = "4200000001:TEST-not-a-real-token-of-telegram"
    username: str = "TriAnTestBot"
    any_token: bool = False
    limits: bool = False
    """keep the published speeds"""
    freeze: bool = False
    """after a 429 the whole bot is refused until retry_after has passed"""
    burst: int = 30
    latency: tuple[float, float] = (0.0, 0.0)
    """the shortest and longest wait for an answer, in seconds"""
    hooks: dict[str, str] = field(default_factory=dict)
    """token → the webhook that the bot has set"""
    webhook_url: str = ""
    """updates are posted here instead of waiting for getUpdates; setWebhook sets it as well"""
    secret: str = ""
    messages: list[Sent] = field(default_factory=list)
    deleted: list[Sent] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """what a request held that the Bot API does not take"""
    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[int] = field(default_factory=Counter)
    """by error code"""
    faults: dict[int, Fault] = field(default_factory=dict)
    """by chat"""
    moved: dict[int, int] = field(default_factory=dict)
    """old chat id → new one"""
    throttled: dict[int, int] = field(default_factory=dict)
    """chats whose next message is refused with this retry_after"""
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)
    """method → the code and description it is refused with until removed"""
    files: Files = field(default_factory=Files)
    """forgetting one makes its id wrong"""
    pressed: list[str] = field(default_factory=list)
    """callback queries the bot has answered"""
    commands: list[dict[str, str]] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    """updates not confirmed yet"""
    hook_answers: list[int] = field(default_factory=list)
    allowed_updates: list[str] = field(default_factory=list)
    no_marks: bool = False
    """refuse every text that has entities"""
    polls: list[telegram_polls.Poll] = field(default_factory=list)
    strange: bool = False
    """answer accepted messages without their date and chat, as no library can parse them"""
    url: str = ""

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._next = Counter({"update": 700_000_000, "message": 100, "file": 0, "callback": 0, "poll": 5_123})
        self._random = random.Random(7)
        self._speed: dict[str, Limits] = defaultdict(lambda: Limits(burst=self.burst, freeze=self.freeze))
        self._polls = 0
        self._methods: dict[str, Callable[[bot_api.Parameters], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendPhoto": self._take_photo,
            "sendPoll": self._take_poll,
            "stopPoll": self._stop_poll,
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "deleteMessage": self._delete,
            "answerCallbackQuery": self._hush,
            "setMyCommands": self._set_commands,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "getUpdates": self._updates,
            "getFile": self._file_info,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_post("/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def until(self, happened: Callable[[], object], seconds: float = 10.0) -> None:
        """Return when `happened()` is true; it is looked at after every call and every update."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(happened()))

    def age(self, by: timedelta) -> None:
        """What was sent so far was sent so much earlier."""
        self.messages[:] = [replace(sent, at=sent.at - by.total_seconds()) for sent in self.messages]

    # What people do

    async def say(
        self, chat: int, text: str = "", *, user: dict[str, Any] | None = None, title: str = "", **fields: Any
    ) -> dict[str, Any]:
        """A person writes. `fields` are laid over the message (reply_to_message=…, is_topic_message=…)."""
        message = self._from_person(chat, user, title)
        if text:
            message |= shapes.words(text)
        return await self.push(message={**message, **fields})

    async def edit(self, said: dict[str, Any], text: str, **fields: Any) -> dict[str, Any]:
        """The person changes the words of what `said` told (what say, send_photo … returned)."""
        return await self.push(edited_message=shapes.edited(said["message"], text, **fields))

    async def send_photo(self, chat: int, data: bytes, caption: str = "", **fields: Any) -> dict[str, Any]:
        sizes = [self.files.photo(data[:10], 90), self.files.photo(data, 1280)]
        return await self.say(chat, photo=sizes, caption=caption, **fields)

    async def voice(self, chat: int, data: bytes, seconds: int = 5, **fields: Any) -> dict[str, Any]:
        voice = {**self.files.keep(data, "voice"), "duration": seconds, "mime_type": "audio/ogg"}
        return await self.say(chat, voice=voice, **fields)

    async def location(self, chat: int, latitude: float, longitude: float, **fields: Any) -> dict[str, Any]:
        place = {"latitude": latitude, "longitude": longitude, "horizontal_accuracy": 12.0}
        return await self.say(chat, location=place, **fields)

    async def press(self, chat: int, data: str, *, user: dict[str, Any] | None = None) -> dict[str, Any]:
        """Press the newest button of `chat` that has this value; there must be one."""
        shown = [m for m in self.messages if m.chat == chat and any(b.get("callback_data") == data for b in m.buttons)]
        if not shown:
            raise LookupError(f"no button {data!r} in chat {chat}")
        person = self._from_person(chat, user)["from"]
        query = {"id": str(self._number("callback")), "from": person, "chat_instance": "1", "data": data}
        words = "caption" if shown[-1].photo else "text"
        pressed = self._shape(shown[-1].id, chat, shown[-1].token, **{words: shown[-1].text})
        return await self.push(callback_query={**query, "message": pressed})

    async def vote(self, chat: int, option: int, *, person: int = 5001) -> dict[str, Any]:
        """Answer the newest poll of `chat`; the bot learns how the poll stands, not who answered."""
        poll = telegram_polls.of(self.polls, chat)
        poll.answer(person, option)
        return await self.push(poll=poll.shape)

    async def push(self, **update: Any) -> dict[str, Any]:
        """Any update, e.g. push(my_chat_member={…}); it gets an update_id unless it brings one.

        What the bot has not asked for is never handed over.
        """
        whole = {"update_id": self._number("update"), **update}
        if not shapes.wanted(whole, self.allowed_updates):
            return whole
        self.pending.append(whole)
        if self.webhook_url:
            await self.redeliver()
        await self._tell()
        return whole

    async def redeliver(self) -> None:
        """Post what the webhook has not taken yet, as Telegram does after a while."""
        async with aiohttp.ClientSession() as session:
            for update in list(self.pending):
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
                async with session.post(self.webhook_url, json=update, headers=headers) as answer:
                    self.hook_answers.append(answer.status)
                    if answer.ok:
                        self.pending.remove(update)

    def _from_person(self, chat: int, user: dict[str, Any] | None, title: str = "") -> dict[str, Any]:
        """The head of a message: in a private chat from its owner, in a group from one of its members."""
        number, now = self._number("message"), int(time.time())
        person = user or {"id": max(chat, 0) or 5001, "is_bot": False, "first_name": "Nguyễn", "last_name": "An"}
        return {"message_id": number, "date": now, "chat": shapes.chat(chat, title), "from": person}

    # What the server does

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        self.calls[name] += 1
        try:
            _ASKING.set(self._known(request.match_info["token"]))
            if name in self.broken:
                raise Refusal(*self.broken[name])
            given = await _parameters(request)
            self._check(name, given)
            result = await self._methods[name](given)
        except Refusal as refusal:
            self.refusals[refusal.code] += 1
            await self._tell()
            return web.json_response(refusal.answer, status=refusal.code)
        await asyncio.sleep(self._random.uniform(*self.latency))
        await self._tell()
        return await self._misbehave(request, given) or web.json_response({"ok": True, "result": result})

    async def _misbehave(self, request: web.Request, given: bot_api.Parameters) -> web.Response | None:
        match self.faults.get(given.get("chat_id", 0)):
            case "drop" if request.transport:
                request.transport.abort()
                return web.Response()
            case "silent":
                await asyncio.Event().wait()
            case "error500":
                return web.json_response(Refusal(500, "Internal Server Error").answer, status=500)
            case "garbage":
                return web.Response(text="<html>it works!</html>", content_type="text/html")
        return None

    def _check(self, name: str, given: bot_api.Parameters) -> None:
        if name not in bot_api.METHODS:
            raise Refusal(404, "Not Found")
        if wrong := list(bot_api.faults(name, given)):
            self.violations += wrong
            raise Refusal(400, f"Bad Request: {wrong[0]}")
        if self.no_marks and {"entities", "caption_entities"} & given.keys():
            raise Refusal(400, "Bad Request: can't parse entities")

    def _known(self, token: str) -> str:
        if token == self.token or (self.any_token and TOKEN.fullmatch(token)):
            return token
        raise Refusal(401, "Unauthorized")

    def _bot(self, token: str) -> dict[str, Any]:
        id = token.partition(":")[0]
        username = self.username if token == self.token else f"Bot{id}Bot"
        return {"id": int(id), "is_bot": True, "first_name": "Tri Ân", "username": username}

    async def _get_me(self, _: bot_api.Parameters) -> dict[str, Any]:
        return {**self._bot(_ASKING.get()), "can_join_groups": True, "can_read_all_group_messages": False}

    async def _send_message(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "sendMessage")
        return self._sent(given, given["text"], given.get("entities"))

    async def _take_photo(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "sendPhoto")
        photo = given["photo"]
        if isinstance(photo, str):
            if photo not in self.files:
                raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
            size = self.files.shape(photo) | {"width": 1280, "height": 1280}
        else:
            size = self.files.photo(photo, 1280)
        data = self.files[size["file_id"]]
        caption, entities = given.get("caption") or "", given.get("caption_entities")
        sent = self._sent(given, caption, entities, data, uploaded=isinstance(photo, bytes))
        return {**sent, "photo": [self.files.photo(data[:10], 90), size]}

    async def _take_poll(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "sendPoll")
        sent = self._sent(given, given["question"], None)
        poll = telegram_polls.Poll(str(self._number("poll")), given["chat_id"], sent["message_id"], given)
        self.polls.append(poll)
        return {name: value for name, value in sent.items() if name != "text"} | {"poll": poll.shape}

    async def _stop_poll(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "stopPoll")
        poll = telegram_polls.stop(self.polls, given["chat_id"], given["message_id"])
        await self.push(poll=poll.shape)
        return poll.shape

    def _admit(self, given: bot_api.Parameters, method: str) -> None:
        """Raise what Telegram would refuse this send with."""
        chat: int = given["chat_id"]
        retry_after = self.throttled.pop(chat, 0)
        if self.limits:
            retry_after = max(retry_after, self._speed[_ASKING.get()].admit(chat, time.monotonic()))
        if retry_after:
            raise Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
        if new := self.moved.get(chat):
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, words, migrate_to_chat_id=new)
        fault = self.faults.get(chat, "")
        spared = {
            "no_photo": method != "sendPhoto",
            "no_polls": method != "sendPoll",
            "topic_closed": "message_thread_id" not in given,
        }
        if fault in shapes.REFUSALS and not spared.get(fault):
            raise Refusal(*shapes.REFUSALS[fault])

    def _sent(
        self, given: bot_api.Parameters, text: str, entities: Any, photo: bytes | None = None, *, uploaded: bool = False
    ) -> dict[str, Any]:
        sent = Sent(
            id=self._number("message"),
            chat=given["chat_id"],
            text=text,
            bold=shapes.marked(text, entities),
            keyboard=shapes.keyboard(given),
            thread=given.get("message_thread_id"),
            reply_to=(given.get("reply_parameters") or {}).get("message_id"),
            photo=hashlib.sha256(photo).hexdigest() if photo is not None else "",
            uploaded=uploaded,
            at=time.monotonic(),
            token=_ASKING.get(),
            paid=given.get("allow_paid_broadcast", False),
        )
        self.messages.append(sent)
        if self.strange:
            return {"message_id": sent.id}
        return self._shape(sent.id, sent.chat, sent.token, **({"text": text} if photo is None else {"caption": text}))

    def _shape(self, id: int, chat: int, token: str, **body: str) -> dict[str, Any]:
        head = {"message_id": id, "date": int(time.time()), "chat": shapes.chat(chat), "from": self._bot(token)}
        return {**head, **body}

    async def _edit_text(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "editMessageText")
        found = find(self.messages, given, "edit")
        if found.photo or any((poll.chat, poll.message) == (found.chat, found.id) for poll in self.polls):
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        return self._edited(given, given["text"], given.get("entities"))

    async def _edit_caption(self, given: bot_api.Parameters) -> dict[str, Any]:
        self._admit(given, "editMessageCaption")
        if not find(self.messages, given, "edit").photo:
            raise Refusal(400, "Bad Request: there is no caption in the message to edit")
        return self._edited(given, given.get("caption", ""), given.get("caption_entities"))

    def _edited(self, given: bot_api.Parameters, text: str, entities: Any) -> dict[str, Any]:
        new = change(self.messages, given, _ASKING.get(), text=text, bold=shapes.marked(text, entities))
        return self._shape(new.id, new.chat, new.token, **({"caption": text} if new.photo else {"text": text}))

    async def _delete(self, given: bot_api.Parameters) -> bool:
        self.deleted.append(remove(self.messages, given, _ASKING.get(), time.monotonic()))
        return True

    async def _hush(self, given: bot_api.Parameters) -> bool:
        self.pressed.append(given["callback_query_id"])
        return True

    async def _set_commands(self, given: bot_api.Parameters) -> bool:
        self.commands = given["commands"]
        return True

    async def _set_webhook(self, given: bot_api.Parameters) -> bool:
        self.hooks[_ASKING.get()] = given["url"]
        if _ASKING.get() == self.token:
            self.webhook_url, self.secret = given["url"], given.get("secret_token", "")
            self.allowed_updates = given.get("allowed_updates", [])
        return True

    async def _delete_webhook(self, _: bot_api.Parameters) -> bool:
        self.hooks.pop(_ASKING.get(), None)
        if _ASKING.get() == self.token:
            self.webhook_url = ""
        return True

    async def _webhook_info(self, _: bot_api.Parameters) -> dict[str, Any]:
        waiting = len(self.pending)
        return {"url": self.webhook_url, "has_custom_certificate": False, "pending_update_count": waiting}

    async def _updates(self, given: bot_api.Parameters) -> list[dict[str, Any]]:
        if _ASKING.get() != self.token:
            return list(await asyncio.sleep(given.get("timeout", 0), ()))
        if self.webhook_url:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self.allowed_updates = given.get("allowed_updates", self.allowed_updates)
        self.pending = [update for update in self.pending if update["update_id"] >= given.get("offset", 0)]
        await self._tell()
        self._polls += 1
        mine = self._polls
        if not self.pending:
            with suppress(TimeoutError):
                async with asyncio.timeout(given.get("timeout", 0)), self._changed:
                    await self._changed.wait_for(lambda: self.pending or self._polls != mine)
        if self._polls != mine:
            raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return self.pending[: given.get("limit", 100)]

    async def _file_info(self, given: bot_api.Parameters) -> dict[str, Any]:
        id = given["file_id"]
        if id not in self.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        if len(self.files[id]) > LARGEST_DOWNLOAD:
            raise Refusal(400, "Bad Request: file is too big")
        return {**self.files.shape(id), "file_path": f"files/{id}"}

    async def _download(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"].removeprefix("files/"))
        found = data is not None and request.match_info["token"] == self.token
        return web.Response(body=data) if found else web.Response(status=404)

    def _number(self, of: str) -> int:
        self._next[of] += 1
        return self._next[of]

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _parameters(request: web.Request) -> bot_api.Parameters:
    """The parameters of a call; uploaded files as bytes."""
    if request.content_type == "application/json":
        return bot_api.decoded(await request.json())
    fields = await request.post()
    return bot_api.decoded({k: v.file.read() if isinstance(v, web.FileField) else v for k, v in fields.items()})
