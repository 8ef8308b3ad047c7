"""Zalo: the adapter for the Bot Platform, a thin client over aiohttp.

Its neighbours: zalo_bot_wire.py carries the requests and knows what an answer means, zalo_bot_update.py reads updates.
The platform knows no buttons, no upload and no edit: choices become a numbered menu, pictures go by public URL.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels import Abilities, Pictures, Raw, Receive, Sent, zalo_bot_update
from bot.channels.connections import Connections
from bot.channels.download import download, is_loopback, is_public
from bot.channels.health import zalo_health
from bot.channels.receiving import cause, hook_path, pause_after, pauses, unhurried
from bot.channels.zalo_bot_wire import PHOTO, POLL, POLL_SECONDS, Wire, parsed, understood
from bot.config import ZaloBotSettings
from bot.errors import AccountDown, ChatGone, Refused
from bot.messages import Address, Attachment, Incoming, Outgoing, as_menu, emphasis, split, utf16

log = logging.getLogger(__name__)

SECRET: Final = "X-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
POLL_FLOOR: Final = 1.0
"""seconds between two questions when the first brought nothing new"""


def utcnow() -> datetime:
    return datetime.now(UTC)


class ZaloBot:
    """One bot account on Zalo's Bot Platform."""

    abilities = Abilities(buttons=False, text_limit=2000, caption_limit=2000, hears_groups=False)

    def __init__(
        self,
        settings: ZaloBotSettings,
        pictures: Pictures,
        *,
        name: str = "zalo_bot",
        public_url: str = "",
        menu_hint: str = "",
        now: Callable[[], datetime] = utcnow,
        connections: Connections | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._pictures = pictures
        self._public_url = public_url
        self._menu_hint = menu_hint
        self._now = now
        self._connections = connections or Connections()
        self._wire = Wire(settings.api, settings.token, self._connections)
        self._stands_in = settings.api.startswith("http://127.0.0.1:")
        """the platform is a stand-in on this machine"""
        self._task: asyncio.Task[None] | None = None

    # Receiving

    def mount(self, app: web.Application, receive: Receive) -> None:
        if self._settings.mode == "webhook":
            app.router.add_post(hook_path(self.name), partial(self._hook, receive))
        app.cleanup_ctx.append(partial(self._running, receive))

    def read(self, update: Raw) -> Incoming | None:
        return zalo_bot_update.read(update, self._settings.display_name, self.name)

    async def close(self) -> None:
        """Ends what runs beside and leaves the connections. The service does it when the application stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._wire.close()

    async def _running(self, receive: Receive, _app: web.Application) -> AsyncIterator[None]:
        work = self._poll(receive) if self._settings.mode == "polling" else self._claim_hook()
        self._task = asyncio.create_task(work)
        yield
        await self.close()

    async def _claim_hook(self) -> None:
        secret = self._settings.webhook_secret
        if not secret or not self._public_url.startswith("https://"):
            log.warning("%s: the webhook was not set: it needs a webhook_secret and an https address.", self.name)
            return
        claim = {"url": f"{self._public_url}{hook_path(self.name)}", "secret_token": secret}
        for usual in pauses():
            try:
                async with self._connections.chores:
                    _look_at_verification(await self._wire.ask("setWebhook", claim))
                return
            except (Refused, ChatGone, AccountDown) as refusal:
                log.error("%s: Zalo refused our webhook (%s).", self.name, refusal)
                return
            except Exception as error:
                pause = pause_after(error, usual)
                log.warning("%s: the webhook was not set (%s); again in %.0f s.", self.name, cause(error), pause)
            await asyncio.sleep(pause)

    async def health(self, now: datetime) -> str:
        """Why nothing may come in (see channels/health.py). One that polls learns of it by itself."""
        if self._settings.mode != "webhook":
            return ""
        if not self._settings.webhook_secret or not self._public_url.startswith("https://"):
            return "hook_not_set"
        info = None
        with suppress(ChatGone):  # 404: none was ever set
            async with self._connections.chores:
                info = await self._wire.ask("getWebhookInfo", {})
        return zalo_health(info, f"{self._public_url}{hook_path(self.name)}")

    async def _hook(self, receive: Receive, request: web.Request) -> web.Response:
        if not request.can_read_body:
            return web.Response()  # Zalo looks whether we are there
        given = request.headers.get(SECRET, "").encode("utf-8", "surrogateescape")
        due = self._settings.webhook_secret.encode()
        if not due or not hmac.compare_digest(given, due):
            return web.Response(status=403)
        body = await request.read()
        if not body.strip():
            return web.Response()
        key, update = _keyed(body)
        try:
            await receive(self.name, [(key, update)])
        except Exception as error:
            log.error("Update %s could not be stored (%s); perhaps Zalo repeats it.", key, type(error).__name__)
            return web.Response(status=500)
        return web.Response()

    async def _poll(self, receive: Receive) -> None:
        """Ask for updates until cancelled. Nothing confirms one, so what has come is held until it is stored."""
        seen, held, unhooked, waits = deque[str](maxlen=100), None, False, pauses()
        while True:
            try:
                if not unhooked:
                    await self._unhook()
                    unhooked = True
                held = held or await self._next(seen)
                if held:
                    await unhurried(receive(self.name, [held]))
                    seen.append(held[0])
                    held = None
                waits = pauses()
            except Exception as error:
                # getUpdates is refused while a webhook is set: somebody may have set one again.
                unhooked = unhooked and not isinstance(error, Refused)
                pause = pause_after(error, next(waits))
                log.warning("%s: updates did not get through (%s); again in %.0f s.", self.name, cause(error), pause)
                await asyncio.sleep(pause)

    async def _unhook(self) -> None:
        # getWebhookInfo answers 404 where none was ever set; this may as well.
        with suppress(Refused, ChatGone):
            await self._wire.ask("deleteWebhook", {})

    async def _next(self, seen: deque[str]) -> tuple[str, str] | None:
        """(key, JSON) of an update that was not `seen`; None when there is none, and then not too soon.

        getUpdates knows no offset: it was seen to bring the same update at once, again and again.
        """
        clock = asyncio.get_running_loop().time
        begun = clock()
        question = {"timeout": POLL_SECONDS}
        status, answer = await self._wire.exchange("getUpdates", question, POLL)
        if not _is_idle(status, answer) and (update := understood(status, answer)):
            key, text = _keyed(json.dumps(update).encode())
            if key not in seen:
                return key, text
        await asyncio.sleep(POLL_FLOOR - (clock() - begun))
        return None

    async def fetch(self, attachment: Attachment) -> bytes:
        """The original bytes, from a public URL that expires."""
        if not attachment.ref:
            raise Refused("unsupported")
        return await download(attachment.ref, may_ask=self._may_ask)

    def _may_ask(self, address: str) -> bool:
        """The files of a stand-in are where it is."""
        return is_public(address) or (self._stands_in and is_loopback(address))

    # Sending

    def parts(self, message: Outgoing) -> list[Outgoing]:
        """Pieces of at most 2,000; the picture has the first under it, for each message counts towards the quota."""
        text = as_menu(message, self._menu_hint).text.strip()
        limit = self.abilities.text_limit
        texts = [text] if utf16(emphasis(text)[0]) <= limit else split(text, limit)
        parts = [Outgoing(piece, bulk=message.bulk) for piece in texts]
        return [replace(parts[0], picture=message.picture), *parts[1:]]

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """A picture that Zalo could not fetch, for want of a public address of ours, goes out as words."""
        if part.picture is None:
            return await self._say(to, part)
        photo = self._pictures.public_url(part.picture.sha256, self._now())
        if not self._can_fetch(photo):
            if not (part.text or part.picture.alt):
                raise Refused("no_public_url")
            said = await self._say(to, replace(part, text=part.text or part.picture.alt))
            return said._replace(poorer="no_public_url")
        body = {"chat_id": to.id, "photo": photo, **caption_of(part)}
        return _accepted(await self._wire.ask("sendPhoto", body, PHOTO))

    async def _say(self, to: Address, part: Outgoing) -> Sent:
        return _accepted(await self._wire.ask("sendMessage", {"chat_id": to.id, **text_of(part)}))

    def _can_fetch(self, url: str) -> bool:
        """A stand-in on this machine sees what is on this machine."""
        place = urlsplit(url)
        return place.scheme == "https" or (self._stands_in and place.hostname == "127.0.0.1")

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        raise Refused("cannot_edit")

    async def delete(self, to: Address, id: str) -> None:
        raise Refused("cannot_delete")


def text_of(part: Outgoing) -> Raw:
    """For sendMessage. Not parse_mode: what a person wrote would have to be escaped, and nobody has said how."""
    text, bold = emphasis(part.text)
    styles = [{"start": start, "len": length, "st": ["b"]} for start, length in bold]
    return {"text": text, "text_styles": styles} if styles else {"text": text}


def caption_of(part: Outgoing) -> Raw:
    """For sendPhoto; a caption has no styles."""
    text = emphasis(part.text)[0]
    return {"caption": text} if text else {}


def _accepted(sent: Any) -> Sent:
    """Accepted is accepted, even without an id."""
    return Sent(str(sent.get("message_id", "")) if isinstance(sent, dict) else "")


def _is_idle(status: int, answer: object) -> bool:
    """getUpdates says «Request timeout» when nobody has written."""
    code = answer.get("error_code") if isinstance(answer, dict) else None
    return HTTPStatus.REQUEST_TIMEOUT in (status, code)


def _look_at_verification(claimed: Any) -> None:
    verification = claimed.get("verification") if isinstance(claimed, dict) else None
    if isinstance(verification, dict) and not verification.get("ok"):
        outcome, hint = verification.get("outcome"), verification.get("hint")
        log.warning("Zalo keeps our webhook but could not reach it (%s: %s).", outcome, hint)


def _keyed(body: bytes) -> tuple[str, str]:
    """(key, text) of a raw update. One without an id is kept under the hash of its bytes, to be seen."""
    # PostgreSQL's text cannot hold a zero byte.
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return zalo_bot_update.message_id(parsed(text.encode())) or hashlib.sha256(body).hexdigest(), text
