"""One post in all its forms, to look at and to take away: pictures, papers, scripts, sound, film."""

import asyncio
from dataclasses import replace
from datetime import date

from aiohttp import web

from bot.dashboard.desk import Desk
from bot.dashboard.posts import sendable
from bot.errors import Misuse
from bot.library import Post
from bot.posts.digest import digest, sent_in
from bot.posts.forms import FORMS, TYPES, Copy, Form, alt_of, copy_of, file_name
from bot.posts.rendering import BadPost
from bot.posts.versions import approved_post
from bot.press import PressError
from bot.press.recording import installed

SLOW = web.AppKey("slow_forms", asyncio.Lock)
"""held while another program works: one at a time is all that a small machine carries"""
GROUPS = {
    "message": ("tin-nhan",),
    "pictures": ("hinh", "hinh-toi", "hinh-cao", "hinh-cao-toi"),
    "papers": ("to-roi", "to-gap", "bang-tin", "bang-ron"),
    "voice": ("phat-thanh", "phat-thanh-chu", "hai-giong", "hai-giong-chu", "podcast", "podcast-chu", "doc-thu"),
    "film": ("video",),
}
"""the page's sections, and what stands in each"""
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def listed(desk: Desk) -> web.Response:
    """Every form with a preview; what cannot be made on this machine says so."""
    post = await _post(desk)
    copy = await _copy(desk, post)
    try:
        alt = await asyncio.to_thread(alt_of, copy)
    except PressError as error:
        alt, desk = "", _with(desk, error)
    async with desk.read() as db:
        free = await sendable(db, desk, post)
    return desk.page(
        "forms",
        post=post,
        alt=alt,
        free=free,
        message=copy.message,
        groups={name: [FORMS[id] for id in ids] for name, ids in GROUPS.items()},
        missing={form.program for form in FORMS.values() if form.program and not installed(form.program)},
    )


async def look(desk: Desk) -> web.Response:
    """The form's first page, small."""
    post, form = await _post(desk), _form(desk)
    if form.look is None:
        raise web.HTTPNotFound
    try:
        drawn = await asyncio.to_thread(form.look, await _copy(desk, post))
    except PressError:
        raise web.HTTPNotFound from None
    return web.Response(body=drawn, content_type="image/png", headers={"Cache-Control": "private, max-age=60"})


async def take(desk: Desk) -> web.Response:
    """The file. A post that waits to be confirmed is only looked at, never given out."""
    post, form = await _post(desk), _form(desk)
    async with desk.read() as db:
        if not await sendable(db, desk, post):
            raise _misuse(desk, "held")
    if form.program and not installed(form.program):
        raise _misuse(desk, "program", program=form.program)
    try:
        made = await _made(desk, form, await _copy(desk, post))
    except PressError as error:
        raise _misuse(desk, "press", words=str(error)) from error
    return _file(made, TYPES[form.ending], file_name(post, form))


async def _made(desk: Desk, form: Form, copy: Copy) -> bytes:
    if not form.program:
        return await asyncio.to_thread(form.make, copy)
    async with desk.request.app[SLOW]:
        return await asyncio.to_thread(form.make, copy)


async def monthly(desk: Desk) -> web.Response:
    """What went out in a month, and its papers for the party cells."""
    month = _month(desk)
    async with desk.read() as db:
        posts = await sent_in(db, month, desk.config.service.zone)
    return desk.page("digest", month=month, posts=posts)


async def take_monthly(desk: Desk) -> web.Response:
    month = _month(desk)
    async with desk.read() as db:
        posts = await sent_in(db, month, desk.config.service.zone)
    if not posts:
        raise _misuse(desk, "nothing_sent", month=month.month, year=month.year)
    try:
        made = await asyncio.to_thread(digest, desk.library, desk.config, month, posts)
    except PressError as error:
        raise _misuse(desk, "press", words=str(error)) from error
    return _file(made, WORD, f"tri-an-tai-lieu-sinh-hoat-{month:%Y-%m}.docx")


def _month(desk: Desk) -> date:
    """`thang` of the address, «2026-12»; this month when it is left out. Raises Misuse."""
    written = desk.asked("thang")
    try:
        return date.fromisoformat(f"{written}-01") if written else desk.today.replace(day=1)
    except ValueError:
        raise _misuse(desk, "month") from None


async def _post(desk: Desk) -> Post:
    """A post written for one time has its forms too, once it is approved."""
    async with desk.read() as db:
        post = await approved_post(db, desk.library, desk.request.match_info["id"])
    if post is None:
        raise web.HTTPNotFound
    return post


async def _copy(desk: Desk, post: Post) -> Copy:
    try:
        async with desk.read() as db:
            return await copy_of(db, desk.library, post, desk.today, desk.config)
    except BadPost as error:
        raise _misuse(desk, "bad_post", words=str(error)) from error


def _form(desk: Desk) -> Form:
    """`dang` of the address; the picture when it is left out."""
    form = FORMS.get(desk.asked("dang") or "hinh")
    if form is None:
        raise web.HTTPNotFound
    return form


def _file(made: bytes, kind: str, name: str) -> web.Response:
    charset = "utf-8" if kind.startswith("text/") else None
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=made, content_type=kind, charset=charset, headers=headers)


def _with(desk: Desk, error: PressError) -> Desk:
    return replace(desk, problem=str(_misuse(desk, "press", words=str(error))))


def _misuse(desk: Desk, key: str, **values: object) -> Misuse:
    return Misuse(desk.library.texts(f"forms.misuse.{key}", **values))
