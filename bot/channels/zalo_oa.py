"""Zalo: the adapter for one Official Account, with the groups that it made (GMF).

Its neighbours: zalo_oa_wire.py carries the requests and knows what an answer means, zalo_oa_message.py writes what
goes out, zalo_oa_update.py reads what comes in; `tokens` are kept by bot/tokens.py.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from aiohttp import web

from bot.channels import Abilities, Pictures, Raw, Receive, Sent, zalo_oa_message, zalo_oa_update
from bot.channels.connections import Connections
from bot.channels.download import download, is_loopback, is_public
from bot.channels.receiving import cause, hook_path, pause_after, pauses, unhurried
from bot.channels.zalo_oa_message import SHAPES, TEXT_LIMIT, filename, pictured, said
from bot.channels.zalo_oa_update import LISTED
from bot.channels.zalo_oa_wire import BadParameter, Tokens, Wire, parsed, quota_left
from bot.config import ZaloOaSettings
from bot.errors import AccountDown, NotSent, Refused, Unknown
from bot.messages import Address, Attachment, ChatEvent, Incoming, Outgoing, Picture

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-ZEvent-Signature"
STAMP: Final = "X-ZEvent-Timestamp"
STORE_SECONDS: Final = 1.5
"""Zalo waits two for an answer, and gives up a webhook that is often late"""
PICTURE_LIMIT: Final = 1_000_000
"""bytes"""
PAGE: Final = 50
LISTING: Final = 3600.0
"""seconds between two looks at the list of groups"""
WHILE_DOWN: Final = 600.0
"""the same while the account is not connected"""


def utcnow() -> datetime:
    return datetime.now(UTC)


class ZaloOa:
    """One Official Account."""

    abilities = Abilities(
        buttons=True, text_limit=TEXT_LIMIT, caption_limit=TEXT_LIMIT, hears_groups=True, window=timedelta(days=7)
    )

    def __init__(
        self,
        settings: ZaloOaSettings,
        pictures: Pictures,
        tokens: Tokens,
        *,
        menu_hint: str = "",
        now: Callable[[], datetime] = utcnow,
        name: str = "zalo_oa",
        connections: Connections | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._pictures = pictures
        self._tokens = tokens
        self._menu_hint = menu_hint
        self._now = now
        self._connections = connections or Connections()
        self._wire = Wire(settings.api, tokens, self._connections)
        self._stands_in = settings.api.startswith("http://127.0.0.1:")
        """the platform is a stand-in on this machine"""
        self.quota_left: int | None = None
        """messages to persons, beyond the free replies, that the package still grants; None until Zalo has said"""
        self._uploading = asyncio.Lock()
        self._group_shape = SHAPES[0]
        """the type of an image's attachment that groups took last"""
        self._listing: asyncio.Task[None] | None = None
        self._storing = set[asyncio.Task[bool]]()

    # Receiving

    def mount(self, app: web.Application, receive: Receive) -> None:
        app.router.add_post(hook_path(self.name), partial(self._hook, receive))
        app.cleanup_ctx.append(partial(self._running, receive))

    def read(self, update: Raw) -> Incoming | ChatEvent | None:
        return zalo_oa_update.read(update, self._settings.oa_id, self._settings.display_name, self.name)

    async def close(self) -> None:
        """Ends what runs beside and leaves the connections. The service does it when the application stops."""
        if self._listing is not None:
            self._listing.cancel()
            await asyncio.gather(self._listing, return_exceptions=True)
        await asyncio.gather(*self._storing)
        await self._wire.close()
        await self._tokens.close()

    async def _running(self, receive: Receive, _app: web.Application) -> AsyncIterator[None]:
        self._listing = asyncio.create_task(self._list_groups(receive))
        yield
        await self.close()

    async def _hook(self, receive: Receive, request: web.Request) -> web.Response:
        body = await request.read()
        event = parsed(body) if body.strip() else {}
        if isinstance(event, dict) and "event_name" not in event:
            return web.Response()  # Zalo looks whether we are there
        if not self._is_signed(request, body, event):
            return web.Response(status=403)
        key, text = _keyed(body, event)
        if not await self._stored(receive, key, text):
            return web.Response(status=500)
        return web.Response()

    def _is_signed(self, request: web.Request, body: bytes, event: object) -> bool:
        """Over the bytes as they came: JSON that is written anew has another signature."""
        given = request.headers.get(SIGNATURE, "").removeprefix("mac=").strip()
        written = str(event.get("timestamp", "")) if isinstance(event, dict) else ""
        app, secret = self._settings.app_id.encode(), self._settings.oa_secret.encode()
        # Documented is the event's own time; others were seen to sign with the header's.
        for at in {written, request.headers.get(STAMP, written)}:
            # A JSON string may hold half a character, which has no UTF-8.
            due = hashlib.sha256(app + body + at.encode("utf-8", "surrogatepass") + secret).hexdigest()
            if secret and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), due.encode()):
                return True
        return False

    async def _stored(self, receive: Receive, key: str, text: str) -> bool:
        """False when it is not on disk in time; storing goes on, and Zalo's repetition finds the key there."""
        storing = asyncio.ensure_future(self._store(receive, key, text))
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)
        done, _ = await asyncio.wait({storing}, timeout=STORE_SECONDS)
        return bool(done) and storing.result()

    async def _store(self, receive: Receive, key: str, text: str) -> bool:
        try:
            await receive(self.name, [(key, text)])
        except Exception as error:
            log.error("Event %s could not be stored (%s); Zalo will repeat it.", key, type(error).__name__)
            return False
        return True

    async def _list_groups(self, receive: Receive) -> None:
        """Hand over every group the account has, until cancelled: staff find the new ones waiting and confirm them."""
        waits, told = pauses(), ""
        while True:
            pause = LISTING
            try:
                async with self._connections.chores:
                    if groups := await self._groups():
                        await unhurried(receive(self.name, groups))
                waits, told = pauses(), ""
            except AccountDown as error:
                pause = WHILE_DOWN
                if error.reason != told:
                    log.warning("%s: no list of groups until a person has seen to it (%s).", self.name, error.reason)
                told = error.reason
            except Exception as error:
                pause = pause_after(error, next(waits))
                log.warning("%s: the groups were not listed (%s); again in %.0f s.", self.name, cause(error), pause)
            await asyncio.sleep(pause)

    async def _groups(self) -> list[tuple[str, str]]:
        """(key, JSON) of an event for each group, as if Zalo had sent it; the same again while its name is the same."""
        events, offset = list[tuple[str, str]](), 0
        while True:
            page = await self._wire.look("/v3.0/oa/group/getgroupsofoa", offset=offset, count=PAGE)
            groups = page.get("groups") if isinstance(page, dict) else None
            if not groups:
                return events
            at = int(self._now().timestamp() * 1000)
            events += [_listed(group, at) for group in groups if group.get("status", "enabled") == "enabled"]
            offset += len(groups)
            if offset >= int(page.get("total") or 0):
                return events

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
        return zalo_oa_message.parts(message, self._menu_hint)

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """One message, before it an upload when the picture is new. A picture that is too big goes out as words."""
        if part.picture is None:
            return await self._say(to, said(part, self._menu_hint, buttons=_is_person(to)))
        if shown := await self._show(to, part, part.picture):
            return shown
        words = replace(part, text=part.text or part.picture.alt, picture=None)
        if not words.text:
            raise Refused("too_big")
        return (await self.send(to, words, key))._replace(poorer="picture_too_big")

    async def _say(self, to: Address, message: Raw) -> Sent:
        kind, _, id = to.id.partition(":")
        if kind == "u":
            data = await self._wire.ask("/v3.0/oa/message/cs", {"recipient": {"user_id": id}, "message": message})
            self.quota_left = quota_left(data, self.quota_left)
        else:
            data = await self._wire.ask("/v3.0/oa/group/message", {"recipient": {"group_id": id}, "message": message})
        # Accepted is accepted, even without an id.
        return Sent(str(data.get("message_id", "")) if isinstance(data, dict) else "")

    async def _show(self, to: Address, part: Outgoing, picture: Picture) -> Sent | None:
        """By the id of an earlier upload, which may have ended before its time; then by a new one. None: too big."""
        if known := await self._pictures.uploaded(self._uploads, picture.sha256):
            with suppress(BadParameter):
                return await self._show_as(to, part, known)
        id = await self._uploaded(picture, stale=known)
        return await self._show_as(to, part, id) if id else None

    async def _show_as(self, to: Address, part: Outgoing, id: str) -> Sent:
        if _is_person(to):
            return await self._say(to, pictured(part, self._menu_hint, id, SHAPES[0]))
        likely = self._group_shape
        try:
            return await self._say(to, pictured(part, self._menu_hint, id, likely))
        except BadParameter:
            other = SHAPES[1 - SHAPES.index(likely)]
            sent = await self._say(to, pictured(part, self._menu_hint, id, other))
            self._group_shape = other
            return sent

    @property
    def _uploads(self) -> str:
        """What uploads are remembered under: an id lives seven days, so never past the end of a week."""
        year, week, _ = self._now().isocalendar()
        return f"{self.name}:{year}-W{week:02}"

    async def _uploaded(self, picture: Picture, stale: str | None) -> str:
        """The attachment id of a new upload, «» when Zalo would not take it; whoever comes meanwhile waits for it."""
        async with self._uploading:
            known = await self._pictures.uploaded(self._uploads, picture.sha256)
            if known and known != stale:
                return known
            content = await self._pictures.load(picture.sha256)
            if len(content) > PICTURE_LIMIT or not filename(content):
                return ""
            try:
                data = await self._wire.upload("/v2.0/oa/upload/image", content, filename(content))
            except Unknown as problem:
                raise NotSent(problem.reason, problem.words) from None
            id = str(data.get("attachment_id") or "") if isinstance(data, dict) else ""
            if id:
                await self._pictures.remember(self._uploads, picture.sha256, id)
            return id

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        raise Refused("cannot_edit")

    async def delete(self, to: Address, id: str) -> None:
        raise Refused("cannot_delete")


def _is_person(to: Address) -> bool:
    return to.id.startswith("u:")


def _listed(group: Raw, at: int) -> tuple[str, str]:
    id, title = str(group["group_id"]), str(group.get("name") or "")
    event = {"event_name": LISTED, "group_id": id, "name": title, "timestamp": str(at)}
    return f"group:{id}:{hashlib.sha256(title.encode()).hexdigest()[:12]}", json.dumps(event)


def _keyed(body: bytes, event: object) -> tuple[str, str]:
    """(key, text) of an event. One without an id is kept under the hash of its bytes."""
    # PostgreSQL's text cannot hold a zero byte.
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return zalo_oa_update.key_of(event) or hashlib.sha256(body).hexdigest(), text
