"""The notice rooms of the neighbourhoods: which there are, and what was posted in one. Live lines: static/room.js."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import func, select

from bot.keys import DATABASE, NOW, PICTURES
from bot.models import Chat, ChatKind, ChatState, WebLine
from bot.pages import PAGES
from bot.portal.home import spoken
from bot.webroom import latest

PREFIX = "web:r-"
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Room:
    code: str
    title: str
    latest: datetime | None


async def all_rooms(request: web.Request) -> web.Response:
    newest = select(func.max(WebLine.at)).where(WebLine.address == Chat.address, WebLine.ours).scalar_subquery()
    async with request.app[DATABASE].read() as db:
        found = (await db.execute(_open_rooms().add_columns(newest))).unique().all()
    rooms = [Room(chat.address.removeprefix(PREFIX), title_of(chat), at) for chat, at in found]
    rooms.sort(key=lambda room: _natural(room.title))
    return request.app[PAGES].render(request, "portal/rooms.html", rooms=rooms)


async def one_room(request: web.Request) -> web.Response:
    address = PREFIX + request.match_info["code"]
    async with request.app[DATABASE].read() as db:
        chat = await db.scalar(_open_rooms().where(Chat.address == address))
        if chat is None:
            raise web.HTTPNotFound
        lines = [_shown(request, line) for line in await latest(db, address, SHOWN)]
    values: dict[str, Any] = {
        "address": address,
        "title": title_of(chat),
        "after": lines[-1]["id"] if lines else 0,
        "lines": list(reversed(lines)),
        **spoken(request, "room"),
    }
    return request.app[PAGES].render(request, "portal/room.html", **values)


def title_of(chat: Chat) -> str:
    """What the room is called: its own title, or its unit's name."""
    return chat.title or (chat.unit.name if chat.unit else chat.address.removeprefix(PREFIX))


def _open_rooms() -> Any:
    return select(Chat).where(
        Chat.kind == ChatKind.GROUP, Chat.state == ChatState.ACTIVE, Chat.address.startswith(PREFIX, autoescape=True)
    )


def _natural(title: str) -> list[tuple[int, str]]:
    """«Tổ 2» before «Tổ 10»."""
    parts = re.findall(r"\d+|\D+", title.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _shown(request: web.Request, line: dict[str, Any]) -> dict[str, Any]:
    picture = line.get("picture")
    if picture:
        url = request.app[PICTURES].public_url(picture["sha256"], request.app[NOW]())
        picture = {"url": urlsplit(url).path, "alt": picture["alt"]}
    return {"text": "", "choices": [], **line, "picture": picture}
