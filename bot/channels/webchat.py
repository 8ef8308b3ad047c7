"""The web channel: a conversation in the browser, no account needed, and the notice rooms of the neighbourhoods.

A conversation is «web:p-<id>», where id is a hash of a key that only the visitor's browser holds; a room is
«web:r-<unit code>» and shows what we post, nothing else. Frames are read in
webchat_frames.py, files taken in webchat_uploads.py.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels import Abilities, Pictures, Raw, Receive, Sent
from bot.channels.webchat_frames import Bad, Hello, Said, hello_of, said_of
from bot.channels.webchat_uploads import PRIVATE, Allowance, Uploads, visitor_of
from bot.errors import NotSent, Refused
from bot.messages import Address, Attachment, AttachmentKind, Incoming, Outgoing, cleaned

log = logging.getLogger(__name__)

LARGEST_FRAME: Final = 64 * 1024
SHOWN_AT_FIRST: Final = 200
"""lines of an old conversation that a newly opened page is given"""
BATCH: Final = 100
ROOM: Final = "r-"


class Transcript(Protocol):
    """Where the lines and the uploads are kept; bot/webroom.py over the database."""

    async def write(self, address: str, key: str, ours: bool, line: dict[str, Any], at: datetime) -> tuple[int, bool]:
        """The line's id, and whether it is new: a key that is there already keeps its line."""
        ...

    async def since(self, address: str, id: int, limit: int = BATCH) -> list[dict[str, Any]]:
        """What was written or changed after `id`, oldest first: lines with id, at and ours beside what was written.

        A line that was changed since comes again, as it is now and marked `changed`. `seen` is what to ask after next.
        """
        ...

    async def before_last(self, address: str, count: int) -> int:
        """The id after which the last `count` lines stand."""
        ...

    async def change(self, address: str, id: int, line: dict[str, Any], at: datetime) -> bool:
        """Lay `line` over a line of ours; nothing happens when it is so already. False: there is no such line."""
        ...

    async def keep_upload(self, data: bytes, name: str, mime: str) -> str:
        """The key under which it is found again. Raises NotSent when there is no room."""
        ...

    async def load_upload(self, key: str) -> bytes:
        """Raises KeyError."""
        ...


@dataclass(eq=False, slots=True)
class _Open:
    """One open page: its socket, and for each address it shows, how far it has been told."""

    socket: web.WebSocketResponse
    allowance: Allowance
    shown: dict[str, int] = field(default_factory=dict)
    rung: set[str] = field(default_factory=set)
    """addresses that have something new"""
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    left: bool = False

    def ring(self, address: str) -> None:
        self.rung.add(address)
        self.bell.set()

    def leave(self) -> None:
        self.left = True
        self.bell.set()


class WebChat:
    """The web as a channel. `key` signs the uploads, so that nobody can refer to another's."""

    name = "web"
    abilities = Abilities(
        buttons=True,
        text_limit=100_000,
        caption_limit=100_000,
        hears_groups=False,
        repeatable=True,
        edits=True,
        deletes_within=timedelta.max,
    )

    def __init__(
        self,
        transcript: Transcript,
        pictures: Pictures,
        key: bytes,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._transcript = transcript
        self._pictures = pictures
        self._zone = zone
        self._now = now
        self._open: dict[str, set[_Open]] = {}
        self._uploads = Uploads(transcript.keep_upload, key)

    # The port

    def mount(self, app: web.Application, receive: Receive) -> None:
        app.router.add_get("/ws", partial(self._talk, receive))
        app.router.add_post("/chat/upload", self._uploads.take)
        app.on_shutdown.append(self._shut)

    def read(self, update: Raw) -> Incoming:
        chat = Address(self.name, update["visitor"])
        return Incoming(
            id=update["id"],
            chat=chat,
            in_group=False,
            sender=chat,
            sender_name="",
            sent_at=datetime.fromisoformat(update["at"]),
            text=cleaned(update.get("text", "")),
            attachments=tuple(_attachment(kept) for kept in update.get("attachments", ())),
            choice=update.get("choice"),
            start=update.get("start", ""),
            album=update.get("album", ""),
        )

    def parts(self, message: Outgoing) -> list[Outgoing]:
        return [message]

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """Into the transcript, and to every page that is open there."""
        if not to.id.startswith((PRIVATE, ROOM)):
            raise Refused("bad_address")
        line = {
            "text": part.text,
            "picture": asdict(part.picture) if part.picture else None,
            "choices": _choices(part),
        }
        try:
            id, _ = await self._transcript.write(str(to), f"out:{key}", True, line, self._now())
        except OSError as error:
            raise NotSent("disk", str(error)) from error
        self._ring(str(to))
        return Sent(str(id))

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        """The line says by itself that it was changed; its picture stays."""
        line = {"text": part.text, "choices": _choices(part), "edited": True}
        if not await self._change(to, id, line):
            raise Refused("cannot_edit")

    async def delete(self, to: Address, id: str) -> None:
        """Nothing of the words is kept. That there was a line remains: what is official does not vanish unseen."""
        if not await self._change(to, id, {"text": "", "picture": None, "choices": [], "withdrawn": True}):
            raise Refused("cannot_delete")

    async def _change(self, to: Address, id: str, line: dict[str, Any]) -> bool:
        if not id.isdecimal():
            return False
        try:
            changed = await self._transcript.change(str(to), int(id), line, self._now())
        except OSError as error:
            raise NotSent("disk", str(error)) from error
        self._ring(str(to))
        return changed

    async def fetch(self, attachment: Attachment) -> bytes:
        try:
            return await self._transcript.load_upload(attachment.ref.rpartition(".")[0])
        except KeyError:
            raise Refused("file_gone") from None

    # The socket

    async def _talk(self, receive: Receive, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=30, timeout=3, max_msg_size=LARGEST_FRAME)
        await socket.prepare(request)
        page = _Open(socket, Allowance(burst=20, seconds=2))
        try:
            hello = await self._hello(page)
            if hello is not None:
                await self._conversation(receive, page, hello)
        finally:
            self._forget(page)
        return socket

    async def _hello(self, page: _Open) -> Hello | None:
        """The first frame, which says who it is and what he has seen; the lines since then follow."""
        frame = await page.socket.receive()
        try:
            hello = hello_of(frame.data if frame.type is WSMsgType.TEXT else "")
        except Bad as bad:
            await page.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(bad).encode())
            return None
        if hello.key:
            address = str(Address(self.name, visitor_of(hello.key)))
            page.shown[address] = hello.after or await self._transcript.before_last(address, SHOWN_AT_FIRST)
        if hello.room:
            page.shown[hello.room] = hello.room_after
        for address in page.shown:
            self._open.setdefault(address, set()).add(page)
            page.ring(address)
        return hello

    async def _conversation(self, receive: Receive, page: _Open, hello: Hello) -> None:
        """Lines go out beside what comes in, until the browser leaves."""
        delivering = asyncio.create_task(self._deliver(page))
        try:
            async for frame in page.socket:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(receive, page, hello, frame.data)
        finally:
            page.leave()  # not cancelled: a query broken off in the middle would take its connection with it
            await delivering

    async def _hear(self, receive: Receive, page: _Open, hello: Hello, frame: str) -> None:
        if frame == '{"ping":1}':
            await _give(page.socket, {"pong": 1})
            return
        try:
            said = said_of(frame)
        except Bad as bad:
            await _give(page.socket, {"no": {"id": bad.id, "why": bad.why}})
            return
        if not hello.key or not all(self._uploads.is_his(file.ref, hello.key) for file in said.files):
            await _give(page.socket, {"no": {"id": said.id, "why": "bad"}})
        elif not page.allowance.take():
            await _give(page.socket, {"no": {"id": said.id, "why": "slow"}})
        elif await self._keep(receive, visitor_of(hello.key), said):
            await _give(page.socket, {"got": said.id})
        else:
            await _give(page.socket, {"no": {"id": said.id, "why": "later"}})

    async def _keep(self, receive: Receive, visitor: str, said: Said) -> bool:
        """In the transcript and in the inbox, each once; False when that failed and the browser must say it again."""
        now, address = self._now(), str(Address(self.name, visitor))
        update = {"visitor": visitor, "at": now.isoformat(), **said.update()}
        try:
            await self._transcript.write(address, f"in:{visitor}:{said.id}", False, said.line(), now)
            await receive(self.name, [(f"{visitor}:{said.id}", json.dumps(update, ensure_ascii=False))])
        except Exception as error:
            log.error("A message of the web could not be stored (%s); the browser keeps it.", type(error).__name__)
            return False
        finally:
            self._ring(address)
        return True

    async def _deliver(self, page: _Open) -> None:
        """Give the page what is new, in the order it was written; what is in the transcript is the truth."""
        try:
            await self._give_all(page)
            await _give(page.socket, {"ready": 1})
            while not page.left:
                await page.bell.wait()
                page.bell.clear()
                await self._give_all(page)
        except ConnectionError:
            pass  # the browser left; it will ask again from its last line
        except Exception as error:
            log.error("A page of the web could not be given its lines (%s).", type(error).__name__)
            await page.socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _give_all(self, page: _Open) -> None:
        while page.rung and not page.left:
            await self._give_lines(page, page.rung.pop())

    async def _give_lines(self, page: _Open, address: str) -> None:
        where = "room" if address.startswith(f"{self.name}:{ROOM}") else "private"
        while lines := await self._transcript.since(address, page.shown[address], BATCH):
            await _give(page.socket, {"lines": [self._shown(line) for line in lines], "where": where})
            page.shown[address] = lines[-1]["seen"]

    def _shown(self, line: dict[str, Any]) -> dict[str, Any]:
        """A line as the browser gets it: the hour in our zone, and where to find the picture."""
        shown = {**line, "at": line["at"].astimezone(self._zone).isoformat(timespec="minutes")}
        if picture := line.get("picture"):
            shown["picture"] = {"url": self.picture_path(picture["sha256"]), "alt": picture["alt"]}
        return shown

    def picture_path(self, sha256: str) -> str:
        """The picture's public URL without the host: the page may be open under another name of ours."""
        return urlsplit(self._pictures.public_url(sha256, self._now())).path

    def _ring(self, address: str) -> None:
        for page in self._open.get(address, ()):
            page.ring(address)

    def _forget(self, page: _Open) -> None:
        for address in page.shown:
            pages = self._open.get(address, set())
            pages.discard(page)
            if not pages:
                self._open.pop(address, None)

    async def _shut(self, _app: web.Application) -> None:
        """Say goodbye when the service stops, so that browsers come back to its successor."""
        pages = {page for pages in self._open.values() for page in pages}
        goodbyes = (page.socket.close(code=WSCloseCode.GOING_AWAY) for page in pages)
        await asyncio.gather(*goodbyes, return_exceptions=True)


def _choices(part: Outgoing) -> list[dict[str, Any]]:
    return [asdict(choice) for choice in part.choices]


def _attachment(kept: Raw) -> Attachment:
    return Attachment(**{**kept, "kind": AttachmentKind(kept["kind"])})


async def _give(socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
    await socket.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
