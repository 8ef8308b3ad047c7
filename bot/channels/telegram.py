"""Telegram: the adapter for the Bot API, on python-telegram-bot's Bot and types.

Its neighbours: telegram_wire.py carries the requests and knows what an answer means, telegram_update.py reads updates.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from aiohttp import web
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)

from bot.channels import Abilities, Pictures, Raw, Receive, Sent, telegram_update
from bot.channels.telegram_wire import ANSWER_SECONDS, Failed, Wire
from bot.config import TelegramSettings
from bot.errors import AccountDown, ChannelError, NotSent, Refused, Throttled, Unknown
from bot.messages import Address, Attachment, ChatEvent, Choice, Incoming, Outgoing, Picture, emphasis, split, utf16

log = logging.getLogger(__name__)

T = TypeVar("T")

HOOK: Final = "/webhooks/telegram"
SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
UPDATES: Final = ("message", "callback_query", "my_chat_member", "poll_answer")
POLL_SECONDS: Final = 30
LONGEST_PAUSE: Final = 60.0
LARGEST_FILE: Final = 20_000_000
"""bytes that getFile hands out"""
MENDABLE: Final = ("no_topic", "stale_file", "bad_entities")
"""reasons that stay inside: `send` mends them, or they are a refusal like any other"""
SHORT_LABEL: Final = 16
"""characters: two such buttons fit on one row of a small phone"""


class Telegram:
    """One bot account on Telegram."""

    name = "telegram"
    abilities = Abilities(buttons=True, text_limit=4096, caption_limit=1024, hears_groups=False)

    def __init__(
        self,
        settings: TelegramSettings,
        pictures: Pictures,
        *,
        public_url: str = "",
        commands: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._settings = settings
        self._pictures = pictures
        self._public_url = public_url
        self._commands = commands
        self._wire = Wire()
        self._bot = Bot(
            settings.token,
            base_url=f"{settings.api}/bot",
            base_file_url=f"{settings.api}/file/bot",
            request=self._wire,
            get_updates_request=self._wire,
        )
        self._id = settings.token.partition(":")[0]
        self._uploading = asyncio.Lock()
        self._tasks = set[asyncio.Task[None]]()
        self.username = ""
        """without «@»; empty until Telegram has told it"""

    @property
    def account(self) -> str:
        return f"telegram:{self._id}"

    # Receiving

    def mount(self, app: web.Application, receive: Receive) -> None:
        if self._settings.mode == "webhook":
            app.router.add_post(HOOK, partial(self._hook, receive))
        app.cleanup_ctx.append(partial(self._running, receive))

    def read(self, update: Raw) -> Incoming | ChatEvent | None:
        return telegram_update.read(update, self._id, self.username)

    async def close(self) -> None:
        """Ends what runs beside and closes the connections. The service does it when the application stops."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wire.shutdown()

    async def _running(self, receive: Receive, _app: web.Application) -> AsyncIterator[None]:
        self._beside(self._introduce())
        self._beside(self._poll(receive) if self._settings.mode == "polling" else self._claim_hook())
        yield
        await self.close()

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _introduce(self) -> None:
        """Learn our name, tell the menu of commands."""
        me = await _until_done("getMe", self._bot.get_me)
        self.username = (me.username or "") if me else ""
        if self._commands:
            await _until_done("setMyCommands", partial(self._bot.set_my_commands, self._commands))

    async def _claim_hook(self) -> None:
        secret = self._settings.webhook_secret
        if not secret or not self._public_url.startswith("https://"):
            log.warning("Telegram's webhook was not set: it needs [telegram] webhook_secret and an https address.")
            return
        url = f"{self._public_url}{HOOK}"
        claim = partial(self._bot.set_webhook, url, allowed_updates=UPDATES, secret_token=secret)
        await _until_done("setWebhook", claim)

    async def _hook(self, receive: Receive, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET, "").encode("utf-8", "surrogateescape")
        due = self._settings.webhook_secret.encode()
        if not due or not hmac.compare_digest(given, due):
            return web.Response(status=403)
        key, text, update = _keyed(await request.read())
        try:
            await receive(self.name, [(key, text)])
        except Exception as error:
            log.error("Update %s could not be stored (%s); Telegram will repeat it.", key, type(error).__name__)
            return web.Response(status=500)
        self._hush([update])
        return web.Response()

    async def _poll(self, receive: Receive) -> None:
        """Ask for updates until cancelled. The offset, which confirms them, moves only past what is stored."""
        await _until_done("deleteWebhook", self._bot.delete_webhook)
        offset, pauses = 0, _pauses()
        while True:
            try:
                offset = await self._take(receive, offset)
                pauses = _pauses()
            except Exception as error:
                pause = _pause(error, next(pauses))
                log.warning("Telegram's updates did not get through (%s); again in %.0f s.", _cause(error), pause)
                await asyncio.sleep(pause)

    async def _take(self, receive: Receive, offset: int) -> int:
        """Store one batch; returns the next offset. Raw JSON: what the library cannot parse must not block the rest."""
        question = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": UPDATES}
        updates = await self._wire.ask(f"{self._bot.base_url}/getUpdates", question, POLL_SECONDS + ANSWER_SECONDS)
        if not updates:
            return offset
        stored = [_keyed(json.dumps(update).encode()) for update in updates]
        await _unhurried(receive(self.name, [(key, text) for key, text, _ in stored]))
        self._hush(updates)
        return max([offset, *(int(key) + 1 for key, _, _ in stored if key.isdecimal())])

    def _hush(self, updates: Sequence[Any]) -> None:
        """Answer pressed buttons, which spin until then. In its own task, for nothing depends on it."""
        for update in updates:
            pressed = update.get("callback_query") if isinstance(update, dict) else None
            if isinstance(pressed, dict) and "id" in pressed:
                self._beside(self._answer_press(str(pressed["id"])))

    async def _answer_press(self, id: str) -> None:
        try:
            await self._bot.answer_callback_query(id)
        except Exception as error:  # «query is too old» is common and harmless
            log.debug("A pressed button was not answered (%s).", _cause(error))

    async def fetch(self, attachment: Attachment) -> bytes:
        """The original bytes. What did not come may be asked for again, so it is never Unknown."""
        if (attachment.size or 0) > LARGEST_FILE:
            raise Refused("too_big")
        try:
            file = await self._bot.get_file(attachment.ref)
            return bytes(await file.download_as_bytearray())
        except Failed as failed:
            problem = failed.problem
        raise NotSent(problem.reason, problem.words) if isinstance(problem, Unknown) else problem

    # Sending

    def parts(self, message: Outgoing) -> list[Outgoing]:
        """A picture carries as many whole paragraphs as fit under it, if any; choices go last, the reply first."""
        text = message.text.strip()
        if message.picture is None:
            texts = split(text, self.abilities.text_limit)
        elif utf16(emphasis(text)[0]) <= self.abilities.caption_limit:
            texts = [text]
        elif utf16(text.split("\n\n")[0]) <= self.abilities.caption_limit:
            texts = split(text, self.abilities.text_limit, first=self.abilities.caption_limit)
        else:
            texts = ["", *split(text, self.abilities.text_limit)]
        parts = [Outgoing(piece, thread=message.thread) for piece in texts]
        parts[0] = replace(parts[0], picture=message.picture, reply_to=message.reply_to)
        parts[-1] = replace(parts[-1], choices=message.choices)
        return parts

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """One request, or one more when the chat will have the part only in a poorer form."""
        try:
            sent = await self._accepted(to, part)
        except Refused as refused:
            poorer = _poorer(part, refused.reason)
            if poorer is None:
                raise Refused("refused", refused.words) if refused.reason in MENDABLE else refused from None
            return await self.send(to, poorer, key)
        return Sent(str(sent.get("message_id", "")))

    async def _accepted(self, to: Address, part: Outgoing) -> Raw:
        """The message as Telegram has it, raw."""
        text, bold = emphasis(part.text)
        entities = [MessageEntity(MessageEntity.BOLD, start, length) for start, length in bold] or None
        # The id of a pressed button («cb…») is no message that could be replied to.
        reply = part.reply_to if part.reply_to.isdecimal() else None
        common: dict[str, Any] = {
            "chat_id": int(to.id),
            "message_thread_id": int(part.thread) if part.thread else None,
            "reply_parameters": ReplyParameters(int(reply), allow_sending_without_reply=True) if reply else None,
            "reply_markup": _keyboard(part.choices),
        }
        if part.picture is not None:
            common |= {"caption": text or None, "caption_entities": entities}
            return await self._picture(part.picture, partial(self._bot.send_photo, **common))
        no_preview = LinkPreviewOptions(is_disabled=True)
        return await self._raw(
            self._bot.send_message(text=text, entities=entities, link_preview_options=no_preview, **common)
        )

    async def _picture(self, picture: Picture, send: Callable[..., Coroutine[Any, Any, Message]]) -> Raw:
        """Uploaded once; whoever comes meanwhile waits, and then goes out by file id, one after the other."""
        if file_id := await self._pictures.uploaded(self.account, picture.sha256):
            try:
                return await self._raw(send(photo=file_id))
            except Refused as refused:
                if refused.reason != "stale_file":
                    raise
                await self._pictures.forget(self.account, picture.sha256)
        async with self._uploading:
            if file_id := await self._pictures.uploaded(self.account, picture.sha256):
                return await self._raw(send(photo=file_id))
            upload = InputFile(await self._pictures.load(picture.sha256), filename="picture.png")
            sent = await self._raw(send(photo=upload))
            await self._remember(picture, sent)
            return sent

    async def _remember(self, picture: Picture, sent: Raw) -> None:
        """The message has arrived: nothing that goes wrong here may make it look otherwise."""
        try:
            await self._pictures.remember(self.account, picture.sha256, str(sent["photo"][-1]["file_id"]))
        except Exception as error:
            log.warning("Picture %s will be uploaded again (%s).", picture.sha256[:12], type(error).__name__)

    async def _raw(self, request: Awaitable[Message]) -> Raw:
        """What the request brought. Accepted is accepted, even when the library cannot parse the answer."""
        self._wire.expect()
        try:
            await request
        except Failed as failed:
            raise failed.problem from None
        except Exception as error:
            if self._wire.result is None:
                raise
            log.warning("Telegram accepted a message in words the library does not know (%s).", type(error).__name__)
        result = self._wire.result
        return result if isinstance(result, dict) else {}


def _poorer(part: Outgoing, reason: str) -> Outgoing | None:
    """The form of `part` that a chat may take which refused it for `reason`."""
    match reason:
        case "no_topic" if part.thread:
            return replace(part, thread="", reply_to="")
        case "no_photo_right" if part.picture and (text := part.text or part.picture.alt):
            return replace(part, text=text, picture=None)
        case "bad_entities" if (plain := emphasis(part.text)[0]) != part.text:
            return replace(part, text=plain)
    return None


def _keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """Two short buttons on a row, else one; asides in rows of their own at the end."""
    rows = list[list[InlineKeyboardButton]]()
    for aside in (False, True):
        waiting: InlineKeyboardButton | None = None
        for choice in choices:
            if choice.aside is not aside:
                continue
            button, short = _button(choice), len(choice.label) <= SHORT_LABEL
            if waiting is not None and short:
                rows[-1].append(button)
                waiting = None
            else:
                rows.append([button])
                waiting = button if short else None
    return InlineKeyboardMarkup(rows) if rows else None


def _button(choice: Choice) -> InlineKeyboardButton:
    if choice.url:
        return InlineKeyboardButton(choice.label, url=choice.url)
    if not 1 <= len(choice.value.encode()) <= 64:
        raise ValueError(f"a choice's value takes 1 to 64 bytes: {choice.value!r}")
    return InlineKeyboardButton(choice.label, callback_data=choice.value)


def _keyed(body: bytes) -> tuple[str, str, Any]:
    """(key, text, update) of a raw update. One without an id is kept under the hash of its bytes, to be seen."""
    # PostgreSQL's text cannot hold a zero byte.
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    try:
        update = json.loads(text)
    except (ValueError, RecursionError):
        update = None
    id = update.get("update_id") if isinstance(update, dict) else None
    return (str(id) if type(id) is int else hashlib.sha256(body).hexdigest()), text, update


def _pauses() -> Iterator[float]:
    """Seconds: 1, 2, 4 … 60, 60 …"""
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


def _pause(error: Exception, usual: float) -> float:
    problem = error.problem if isinstance(error, Failed) else error
    return max(usual, problem.retry_after.total_seconds()) if isinstance(problem, Throttled) else usual


def _cause(error: Exception) -> str:
    """For the log. Of a mistake of ours only the kind: its words may be a person's."""
    return str(error) if isinstance(error, Failed | ChannelError) else type(error).__name__


async def _until_done(what: str, ask: Callable[[], Awaitable[T]]) -> T | None:
    """The answer, however long it takes; None when it was refused, which asking again will not mend."""
    for usual in _pauses():
        try:
            return await ask()
        except Exception as error:
            if isinstance(error, Failed) and isinstance(error.problem, Refused | AccountDown):
                log.error("Telegram refused %s (%s).", what, _cause(error))
                return None
            pause = _pause(error, usual)
            log.warning("Telegram did not answer %s (%s); again in %.0f s.", what, _cause(error), pause)
        await asyncio.sleep(pause)
    return None


async def _unhurried(work: Awaitable[None]) -> None:
    """Let `work` end even when we are told to stop: a query cancelled half-way logs a traceback."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
