"""Infographics as residents will get them: kept with a broadcast, or drawn now to be looked at beforehand."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot import press
from bot.dashboard.broadcasts import found
from bot.dashboard.desk import Desk
from bot.dashboard.posts import on_shelf
from bot.keys import PICTURES
from bot.messages import from_json
from bot.posts.drawing import charted, drawing, values_of
from bot.posts.figures import course, newest, register
from bot.posts.rendering import BadPost, render


async def of_post(desk: Desk) -> web.Response:
    """The post's picture on the day it would go out: `luc`, or today."""
    post = on_shelf(desk)
    day = desk.day(desk.moment(desk.asked("luc"))) if desk.asked("luc") else desk.today
    async with desk.read() as db:
        facts = register(desk.library, await newest(db))
        past = await course(db, charted(post, facts))
    try:
        shown = render(desk.library, facts, post, day, desk.config)
        kept = drawing(desk.library, facts, shown, day, desk.config, past)
    except (BadPost, KeyError):
        raise web.HTTPNotFound from None
    return await _drawn(desk, kept)


async def of_broadcast(desk: Desk) -> web.Response:
    """The picture that was sent; before that, the frozen values drawn."""
    async with desk.read() as db:
        broadcast = await found(db, desk, await desk.scope(db))
    sent = from_json(broadcast.message).picture
    if sent is None:
        return await _drawn(desk, broadcast.drawing)
    try:
        return web.Response(body=await desk.request.app[PICTURES].load(sent.sha256), content_type="image/png")
    except (OSError, ValueError):
        raise web.HTTPNotFound from None


async def _drawn(desk: Desk, kept: Mapping[str, Any] | None) -> web.Response:
    if kept is None:
        raise web.HTTPNotFound
    try:
        made = await asyncio.to_thread(press.infographic, values_of(kept), folder=desk.library.folder)
    except (press.PressError, KeyError, TypeError, ValueError):
        raise web.HTTPNotFound from None
    return web.Response(body=made.png, content_type="image/png")
