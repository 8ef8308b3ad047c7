"""Telegram: the adapter for the Bot API, one object an account.

Its neighbours: telegram_wire.py carries the requests and knows what an answer means, telegram_message.py writes what
goes out, telegram_update.py reads what comes in.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from aiohttp import web
from telegram import Bot

from bot.channels import Abilities, Pictures, Raw, Receive, Sent, telegram_update
from bot.channels.connections import Connections
from bot.channels.health import telegram_health
from bot.channels.receiving import cause, hook_path, pause_after, pauses, unhurried
from bot.channels.telegram_message import CAPTION_LIMIT, TEXT_LIMIT, caption_of, parts, placed, poll_of, poorer, text_of
from bot.channels.telegram_wire import POLL, POLL_SECONDS, Wire
from bot.config import TelegramSettings
from bot.errors import AccountDown, NotSent, Refused, Unknown
from bot.messages import Address, Attachment, ChatEvent, Incoming, Outgoing, Picture, Votes

log = logging.getLogger(__name__)

T = TypeVar("T")

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member", "poll")
LARGEST_FILE: Final = 20_000_000
"""bytes that getFile hands out"""
MENDABLE: Final = ("no_topic", "stale_file", "bad_entities")
"""reasons that stay inside: `send` mends them, or they are a refusal like any other"""


class Telegram:
    """One bot account on Telegram. It opens nothing before it is used; `connections` may be shared with others."""

    abilities = Abilities(
        buttons=True,
        text_limit=TEXT_LIMIT,
        caption_limit=CAPTION_LIMIT,
        hears_groups=False,
        edits=True,
        deletes_within=timedelta(hours=48),
        replies=True,
    )

    def __init__(
        self,
        settings: TelegramSettings,
        pictures: Pictures,
        *,
        name: str = "telegram",
        public_url: str = "",
        commands: Sequence[tuple[str, str]] = (),
        connections: Connections | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._pictures = pictures
        self._public_url = public_url
        self._commands = commands
        self._connections = connections or Connections()
        self._wire = Wire(settings.api, settings.token, self._connections)
        self._id = settings.token.partition(":")[0]
        self._newest_file = ("", "")
        """(SHA-256, file id) of the picture sent last, which most likely goes to the next chat as well"""
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
            app.router.add_post(hook_path(self.name), partial(self._hook, receive))
        app.cleanup_ctx.append(partial(self._running, receive))

    def read(self, update: Raw) -> Incoming | ChatEvent | Votes | None:
        return telegram_update.read(update, self._id, self.username, self.name)

    async def close(self) -> None:
        """Ends what runs beside and leaves the connections. The service does it when the application stops."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wire.close()

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
        me = await self._until_done("getMe", Bot.get_me)
        self.username = (me.username or "") if me else ""
        if self._commands:
            await self._until_done("setMyCommands", lambda bot: bot.set_my_commands(self._commands))

    async def _claim_hook(self) -> None:
        secret = self._settings.webhook_secret
        if not secret or not self._public_url.startswith("https://"):
            log.warning("%s: the webhook was not set: it needs a webhook_secret and an https address.", self.name)
            return
        url = f"{self._public_url}{hook_path(self.name)}"
        await self._until_done(
            "setWebhook", lambda bot: bot.set_webhook(url, allowed_updates=UPDATES, secret_token=secret)
        )

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

    async def health(self, now: datetime) -> str:
        """Why nothing may come in (see channels/health.py). One that polls learns of it by itself."""
        if self._settings.mode != "webhook":
            return ""
        if not self._settings.webhook_secret or not self._public_url.startswith("https://"):
            return "hook_not_set"
        async with self._connections.chores:
            info = await self._wire.ask("getWebhookInfo", {})
        return telegram_health(info, f"{self._public_url}{hook_path(self.name)}", now)

    async def _poll(self, receive: Receive) -> None:
        """Ask for updates until cancelled. The offset, which confirms them, moves only past what is stored."""
        await self._until_done("deleteWebhook", Bot.delete_webhook)
        offset, waits = 0, pauses()
        while True:
            try:
                offset = await self._take(receive, offset)
                waits = pauses()
            except Exception as error:
                pause = pause_after(error, next(waits))
                log.warning("%s: updates did not get through (%s); again in %.0f s.", self.name, cause(error), pause)
                await asyncio.sleep(pause)

    async def _take(self, receive: Receive, offset: int) -> int:
        """Store one batch; returns the next offset. Raw JSON: what the library cannot parse must not block the rest."""
        question = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": UPDATES}
        updates = await self._wire.ask("getUpdates", question, POLL)
        if not updates:
            return offset
        stored = [_keyed(json.dumps(update).encode()) for update in updates]
        await unhurried(receive(self.name, [(key, text) for key, text, _ in stored]))
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
            await self._wire.ask("answerCallbackQuery", {"callback_query_id": id})
        except Exception as error:  # «query is too old» is common and harmless
            log.debug("A pressed button was not answered (%s).", cause(error))

    async def _until_done(self, what: str, call: Callable[[Bot], Awaitable[T]]) -> T | None:
        """The answer, however long it takes; None when it was refused, which asking again will not mend."""
        for usual in pauses():
            try:
                async with self._connections.chores:
                    return await self._wire.through_bot(call)
            except (Refused, AccountDown) as refusal:
                log.error("%s: Telegram refused %s (%s).", self.name, what, refusal)
                return None
            except Exception as error:
                pause = pause_after(error, usual)
                log.warning("%s: no answer to %s (%s); again in %.0f s.", self.name, what, cause(error), pause)
            await asyncio.sleep(pause)
        return None

    async def fetch(self, attachment: Attachment) -> bytes:
        """The original bytes. What did not come may be asked for again, so it is never Unknown."""
        if (attachment.size or 0) > LARGEST_FILE:
            raise Refused("too_big")
        try:
            return await self._wire.through_bot(partial(_download, attachment.ref))
        except Unknown as problem:
            raise NotSent(problem.reason, problem.words) from None

    # Sending

    def parts(self, message: Outgoing) -> list[Outgoing]:
        return parts(message)

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """One request, or one more when the chat will have the part only in a poorer form."""
        try:
            sent = await self._accepted(to, part)
        except Refused as refused:
            form = poorer(part, refused.reason)
            if form is None:
                raise Refused("refused", refused.words) if refused.reason in MENDABLE else refused from None
            return (await self.send(to, form[0], key))._replace(poorer=form[1])
        # Accepted is accepted, even in words that we do not know.
        match sent:
            case {"message_id": id, "poll": {"id": poll}}:
                return Sent(str(id), poll=f"{self.name}:{poll}")
            case {"message_id": id}:
                return Sent(str(id))
        return Sent("")

    async def _accepted(self, to: Address, part: Outgoing) -> Any:
        """The message as Telegram has it, raw."""
        body = placed(to.id, part)
        if part.bulk and self._settings.paid_broadcast:
            body["allow_paid_broadcast"] = True
        if part.quiz is not None:
            return await self._wire.ask("sendPoll", body | poll_of(part.quiz, part.choices))
        if part.picture is not None:
            return await self._with_picture(part.picture, body | caption_of(part))
        return await self._wire.ask("sendMessage", body | text_of(part))

    async def _with_picture(self, picture: Picture, body: Raw) -> Any:
        """Uploaded once; whoever comes meanwhile waits, and then goes out by file id, one after the other."""
        stale = None
        if file_id := await self._file_id(picture):
            try:
                return await self._wire.ask("sendPhoto", {**body, "photo": file_id})
            except Refused as refused:
                if refused.reason != "stale_file":
                    raise
                stale = file_id
        async with self._uploading:
            if (file_id := await self._file_id(picture)) and file_id != stale:
                return await self._wire.ask("sendPhoto", {**body, "photo": file_id})
            content = await self._pictures.load(picture.sha256)
            sent = await self._wire.upload("sendPhoto", body, "photo", "picture.png", content)
            await self._remember(picture, sent)
            return sent

    async def _file_id(self, picture: Picture) -> str | None:
        if self._newest_file[0] != picture.sha256:
            file_id = await self._pictures.uploaded(self.account, picture.sha256)
            self._newest_file = (picture.sha256, file_id) if file_id else ("", "")
        return self._newest_file[1] or None

    async def _remember(self, picture: Picture, sent: Any) -> None:
        """The message has arrived: nothing that goes wrong here may make it look otherwise."""
        try:
            file_id = str(sent["photo"][-1]["file_id"])
            self._newest_file = (picture.sha256, file_id)
            await self._pictures.remember(self.account, picture.sha256, file_id)
        except Exception as error:
            log.warning("Picture %s will be uploaded again (%s).", picture.sha256[:12], type(error).__name__)

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        """Its buttons go with the old words."""
        if not id.isdecimal():
            raise Refused("cannot_edit")
        try:
            await self._change(to, id, part)
        except Refused as refused:
            form = poorer(part, "bad_entities") if refused.reason == "bad_entities" else None
            if form is not None:
                await self.edit(to, id, form[0])
            elif refused.reason != "not_modified":
                raise Refused("cannot_edit", refused.words) from None

    async def _change(self, to: Address, id: str, part: Outgoing) -> None:
        """Words under a picture are another method's than words alone, and a picture may have gone out as words."""
        target = {"chat_id": int(to.id), "message_id": int(id)}
        text = partial(self._wire.ask, "editMessageText", target | text_of(part))
        caption = partial(self._wire.ask, "editMessageCaption", target | caption_of(part))
        likely, other = (caption, text) if part.picture else (text, caption)
        try:
            await likely()
        except Refused as refused:
            if refused.reason not in ("no_text", "no_caption"):
                raise
            await other()

    async def delete(self, to: Address, id: str) -> None:
        if not id.isdecimal():
            raise Refused("cannot_delete")
        try:
            await self._wire.ask("deleteMessage", {"chat_id": int(to.id), "message_id": int(id)})
        except Refused as refused:
            if refused.reason != "already_deleted":
                raise Refused("cannot_delete", refused.words) from None

    async def end_poll(self, to: Address, id: str) -> tuple[int, ...]:
        """Raises Refused where it was ended, or taken away, before."""
        poll = await self._wire.ask("stopPoll", {"chat_id": int(to.id), "message_id": int(id)})
        ended = telegram_update.votes({"poll": poll}, self.name)
        if ended is None:
            raise Refused("refused")
        return ended.counts


async def _download(file_id: str, bot: Bot) -> bytes:
    file = await bot.get_file(file_id)
    return bytes(await file.download_as_bytearray())


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
