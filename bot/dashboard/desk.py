"""What every page of the staff has: who is signed in, what they may, the CSRF token, and the units.

A page is a function of a Desk; `guarded` makes it a handler. Which page is where, and for whom, is in __init__.py.
"""

import hmac
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict, MultiDictProxy
from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot import staff as rights
from bot.config import Config
from bot.dashboard import uploads
from bot.dashboard.standing import AT_REST, Standing, standing
from bot.db import Database
from bot.errors import Misuse
from bot.keys import CONFIG, DATABASE, NOW, SHELF, WAKE
from bot.library import Library
from bot.models import SignIn, Staff
from bot.pages import PAGES
from bot.staff import Act

ROOT = "/can-bo"
COOKIE = "trian_can_bo"
TELEGRAM_NAME = web.AppKey[Callable[[], str]]("telegram_name", Callable)  # type: ignore[arg-type]
"""the bot's user name on Telegram, «» while it is not known; app.py may leave the key out"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Scope:
    """The units a member of staff answers for; the top also for what belongs to no unit yet."""

    units: frozenset[int]
    top: bool

    def covers(self, unit_id: int | None) -> bool:
        return self.top if unit_id is None else unit_id in self.units

    def rows(self, unit_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
        """The condition that a row's unit is covered."""
        return or_(unit_id.in_(self.units), unit_id.is_(None)) if self.top else unit_id.in_(self.units)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of a signed-in member of staff. `form` is empty for a GET; `problem` is told at the top."""

    request: web.Request
    signed: SignIn
    now: datetime
    form: MultiDictProxy[Any]
    problem: str = ""
    standing: Standing = AT_REST

    @property
    def staff(self) -> Staff:
        return self.signed.staff

    @property
    def library(self) -> Library:
        return self.request.app[SHELF].library

    @property
    def config(self) -> Config:
        return self.request.app[CONFIG]

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        """The day it is then in the service's own time zone."""
        return moment.astimezone(self.config.service.zone).date()

    @property
    def database(self) -> Database:
        return self.request.app[DATABASE]

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self.request.app[DATABASE].read()

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self.request.app[DATABASE].write()

    def wake(self) -> None:
        """Something new is queued or due."""
        self.request.app[WAKE]()

    def may(self, act: Act) -> bool:
        return rights.may(self.staff, act)

    async def scope(self, db: AsyncSession) -> Scope:
        return Scope(frozenset(await rights.units_of(db, self.staff)), await rights.at_the_top(db, self.staff))

    async def audit(self, db: AsyncSession, action: str, subject: str, **detail: Any) -> None:
        await rights.audit(db, self.staff, action, subject, self.now, **detail)

    def say(self, key: str, **values: Any) -> str:
        """A sentence of texts/dashboard.toml."""
        return self.library.texts(f"dashboard.{key}", **values)

    def field(self, name: str) -> str:
        """What was written in the form, trimmed."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def asked(self, name: str) -> str:
        """A parameter of the address."""
        return self.request.query.get(name, "").strip()

    def number(self, name: str) -> int:
        """A number in the path. What is too long for a row's id is nowhere."""
        written = self.request.match_info[name]
        if not (written.isascii() and written.isdecimal() and len(written) < 16):
            raise web.HTTPNotFound
        return int(written)

    def moment(self, written: str) -> datetime:
        """The value of a datetime-local field, in the service's time zone. Raises Misuse."""
        try:
            local = datetime.strptime(written, "%Y-%m-%dT%H:%M").replace(tzinfo=self.config.service.zone)
        except ValueError:
            raise Misuse(self.say("misuse.moment")) from None
        return local.astimezone(UTC)

    def page(self, name: str, status: int = 200, **values: Any) -> web.Response:
        """The template dashboard/`name`.html filled in; 422 when there is a problem to tell."""
        done = f"dashboard.done.{self.asked('xong')}"
        every = {
            "desk": self,
            "me": self.staff,
            "csrf": self.signed.csrf,
            "problem": self.problem,
            "done": self.library.texts(done) if done in self.library.texts else "",
        }
        status = 422 if self.problem and status == 200 else status
        return self.request.app[PAGES].render(self.request, f"dashboard/{name}.html", status, **every, **values)

    def part(self, name: str, **values: Any) -> web.Response:
        """A piece of a page, for its script."""
        page = f"dashboard/{name}.html"
        return self.request.app[PAGES].render(self.request, page, desk=self, csrf=self.signed.csrf, **values)

    def go(self, *path: str | int, done: str = "") -> web.Response:
        """See another of our pages, where the sentence `done.…` stands at the top."""
        where = "/".join([ROOT, *(quote(str(part), safe="") for part in path)])
        return web.Response(status=303, headers={"Location": f"{where}?xong={done}" if done else where})


Page = Callable[[Desk], Awaitable[web.StreamResponse]]


def guarded(page: Page, act: Act | None, again: Page | None = None, *, files: bool = False) -> Handler:
    """The page for those who are signed in and may do `act`; for a POST, with our token in the form.

    A Misuse is told at the top of the page `again`, with what was written still in its fields. `files` may be sent too.
    """

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await _answered(request, page, act, again, files)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return handler


async def _answered(
    request: web.Request, page: Page, act: Act | None, again: Page | None, files: bool
) -> web.StreamResponse:
    signed = await signed_in(request)
    if signed is None:
        return to_sign_in(request)
    empty: MultiDictProxy[Any] = MultiDictProxy(MultiDict())
    async with request.app[DATABASE].read() as db:
        stands = await standing(db, signed.staff)
    desk = Desk(request, signed, request.app[NOW](), empty, standing=stands)
    try:
        if request.method == "POST":
            desk = replace(desk, form=await _form(request, files))
            if not same(desk.field("csrf"), signed.csrf):
                raise web.HTTPForbidden(reason="csrf")
        if act is not None and not desk.may(act):
            raise web.HTTPForbidden
        return await page(desk)
    except Misuse as error:
        return await _once_more(replace(desk, problem=str(error)), again)
    except web.HTTPClientError as error:
        about = "csrf" if error.reason == "csrf" else str(error.status)
        key = about if f"dashboard.stopped.{about}" in desk.library.texts else "400"
        return desk.page("stopped", error.status, sentence=desk.say(f"stopped.{key}"), code=error.status)


async def _form(request: web.Request, files: bool) -> MultiDictProxy[Any]:
    match request.content_type:
        case "application/x-www-form-urlencoded":
            return await request.post()
        case "multipart/form-data" if files:
            return await uploads.read(request)
    raise web.HTTPBadRequest


async def _once_more(desk: Desk, again: Page | None) -> web.StreamResponse:
    """The page the form stood on; where that cannot be shown, a page with the sentence alone."""
    if again is not None:
        with suppress(Misuse, web.HTTPClientError):
            return await again(desk)
    return desk.page("stopped", sentence="", code=422)


async def signed_in(request: web.Request) -> SignIn | None:
    """Who is at the browser. In a write transaction, because being seen is written down."""
    key = request.cookies.get(COOKIE)
    if not key:
        return None
    async with request.app[DATABASE].write() as db:
        return await rights.who(db, key, request.app[NOW]())


def to_sign_in(request: web.Request) -> web.Response:
    back = request.path if request.method == "GET" and request.path != ROOT else ""
    query = f"?toi={quote(back)}" if back else ""
    return web.Response(status=303, headers={"Location": f"{ROOT}/dang-nhap{query}"})


def ours(path: str) -> str:
    """`path` when it is a page of the dashboard, otherwise its front page: a sign-in leads nowhere else."""
    return path if re.fullmatch(rf"{ROOT}(/[A-Za-z0-9_-]+)*", path) else ROOT


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
