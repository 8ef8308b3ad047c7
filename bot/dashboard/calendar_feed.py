"""The next thirty days as iCalendar: for who is signed in, and under a secret address for the calendar of a phone.

The address ends with a new password, with the account, or by a button; it opens the calendar and nothing else.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.config import Config
from bot.dashboard.desk import ROOT, Desk, Scope
from bot.dashboard.targets import named, visible
from bot.keys import CONFIG, DATABASE, NOW, SHELF, UPCOMING, Upcoming
from bot.library import Library
from bot.media import secret
from bot.models import Secret, Staff
from bot.posts import agenda, icalendar
from bot.posts.agenda import Item
from bot.posts.icalendar import Event

KEY = "calendar"
"""the row of Secret that signs the addresses"""
NAME = "tri-an.ics"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the calendar, and what there is to read."""

    library: Library
    config: Config
    upcoming: Upcoming
    scope: Scope
    now: datetime


async def show(desk: Desk) -> web.Response:
    """To save, or to open in the computer's own calendar."""
    async with desk.read() as db:
        scope = await desk.scope(db)
        reader = Reader(desk.library, desk.config, desk.request.app[UPCOMING], scope, desk.now)
        return await _answer(db, reader)


async def subscribed(request: web.Request) -> web.Response:
    """For whoever has the address; what is wrong with it is not told."""
    app = request.app
    async with app[DATABASE].read() as db:
        staff = await _owner(db, request.match_info["token"])
        if staff is None:
            raise web.HTTPNotFound
        scope = Scope(frozenset(await rights.units_of(db, staff)), await rights.at_the_top(db, staff))
        reader = Reader(app[SHELF].library, app[CONFIG], app[UPCOMING], scope, app[NOW]())
        return await _answer(db, reader)


async def _answer(db: AsyncSession, reader: Reader) -> web.Response:
    end = reader.now + agenda.AHEAD
    items = await agenda.coming(db, reader.library, reader.config, reader.upcoming, reader.now, end)
    seen = [item for item in items if await visible(db, reader.scope, item.target)]
    service = reader.config.service
    name = reader.library.texts("calendar.name", service=service.name, unit=service.unit)
    body = icalendar.written(name, [await _event(db, reader, item) for item in seen], reader.now)
    headers = {"Content-Disposition": f'inline; filename="{NAME}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


async def _event(db: AsyncSession, reader: Reader, item: Item) -> Event:
    texts = reader.library.texts
    return Event(
        uid=f"{_uid(item)}@{urlsplit(reader.config.public_url).hostname or KEY}",
        at=item.at,
        summary=texts("calendar.held", title=item.title) if item.held else item.title,
        description="\n".join(_lines(reader.library, item, await named(db, reader.library, item.target))),
        url=f"{reader.config.public_url}{_page(item)}",
        certain=not item.held,
    )


def _uid(item: Item) -> str:
    """Of the schedule the line and the moment; of all anniversaries of one moment, the post too."""
    if item.broadcast:
        return f"dot-gui-{item.broadcast.id}"
    post = f"-{item.post.id}" if item.post and not item.series else ""
    return f"{item.entry_id}-{item.at:%Y%m%dT%H%M}{post}"


def _lines(library: Library, item: Item, where: str) -> Sequence[str]:
    texts = library.texts
    entry = next((one.name for one in library.schedule.entries if one.id == item.entry_id), item.title)
    lines = [texts("calendar.where", where=where)]
    lines.append(texts("calendar.by_hand") if item.broadcast else texts("calendar.by_schedule", name=entry))
    lines += [texts("calendar.turn")] if item.series else []
    return [*lines, texts("calendar.waits")] if item.held else lines


def _page(item: Item) -> str:
    if item.broadcast:
        return f"{ROOT}/dot-gui/{item.broadcast.id}"
    return f"{ROOT}/bai/{item.post.id}" if item.post else f"{ROOT}/lich"


# The secret address


async def link_of(db: AsyncSession, desk: Desk) -> str:
    """The address for this person's phone; «» while there is none."""
    staff, key = await db.get_one(Staff, desk.staff.id), await db.get(Secret, KEY)
    if key is None or not staff.calendar_seal:
        return ""
    return f"{desk.config.public_url}{ROOT}/lich/{_token(staff, key.key)}.ics"


async def open_link(desk: Desk) -> web.Response:
    """A new address; an earlier one ends."""
    async with desk.write() as db:
        await secret(db, KEY)
        staff = await db.get_one(Staff, desk.staff.id)
        staff.calendar_seal = secrets.token_hex(8)
        await desk.audit(db, "calendar_link", f"staff:{staff.id}")
    return desk.go("lich", done="calendar_link")


async def close_link(desk: Desk) -> web.Response:
    async with desk.write() as db:
        staff = await db.get_one(Staff, desk.staff.id)
        staff.calendar_seal = ""
        await desk.audit(db, "calendar_link_closed", f"staff:{staff.id}")
    return desk.go("lich", done="calendar_link_closed")


def _token(staff: Staff, key: bytes) -> str:
    """Of who it is, the seal of the moment, and the password, which is nobody's but hashed."""
    signed = f"{staff.id}.{staff.calendar_seal}.{staff.password_hash}".encode()
    return f"{staff.id}-{hmac.new(key, signed, hashlib.sha256).hexdigest()[:40]}"


async def _owner(db: AsyncSession, token: str) -> Staff | None:
    id, _, _ = token.partition("-")
    key = await db.get(Secret, KEY)
    staff = await db.get(Staff, int(id)) if id.isascii() and id.isdecimal() and len(id) < 16 else None
    if key is None or staff is None or not staff.active or not staff.calendar_seal:
        return None
    return staff if hmac.compare_digest(_token(staff, key.key).encode(), token.encode()) else None
