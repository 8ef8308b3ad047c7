"""What has gone out to the groups, on pages of its own; and the picture that a link to a post shows elsewhere."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from bot import press
from bot.keys import CONFIG, DATABASE, PICTURES, SHELF
from bot.library import Post
from bot.pages import PAGES
from bot.portal.posts import link, public_questions
from bot.posts.drawing import tip_off_page
from bot.posts.published import Published, published

SHOWN = 60
NEIGHBOURS = 5
KEPT = 200
"""cards"""
_FRESH = "public, max-age=600"


@dataclass
class Cards:
    """Drawn cards by their words, one drawn at a time: they are asked for by strangers."""

    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)
    kept: OrderedDict[tuple[str, str], bytes] = field(default_factory=OrderedDict)


CARDS = web.AppKey("cards", Cards)


async def listed(request: web.Request) -> web.Response:
    """Newest first."""
    async with request.app[DATABASE].read() as db:
        posts = await published(db, most=SHOWN)
    return request.app[PAGES].render(request, "portal/posts.html", posts=posts)


async def show(request: web.Request) -> web.Response:
    post = await _found(request)
    async with request.app[DATABASE].read() as db:
        recent = await published(db, most=NEIGHBOURS + 1)
    return request.app[PAGES].render(
        request,
        "portal/post.html",
        post=post,
        others=[one for one in recent if one.post_id != post.post_id][:NEIGHBOURS],
        changed=post.changed_at - post.at > timedelta(minutes=1),
        shared=link(request, f"/tin/{post.post_id}", post.title, post.body, post.post_id),
    )


async def picture(request: web.Request) -> web.Response:
    """The infographic that went out with it."""
    post = await _found(request)
    if post.picture is None:
        raise web.HTTPNotFound
    try:
        drawn = await request.app[PICTURES].load(post.picture.sha256)
    except (OSError, ValueError, KeyError):
        raise web.HTTPNotFound from None
    return _png(drawn)


async def card(request: web.Request) -> web.Response:
    """1200×630, of a post that has gone out or of a public question."""
    title, topic = await _titled(request, request.match_info["id"])
    cards = request.app[CARDS]
    async with cards.drawing:
        if (title, topic) not in cards.kept:
            cards.kept[title, topic] = await _drawn(request, title, topic)
            while len(cards.kept) > KEPT:
                cards.kept.popitem(last=False)
    return _png(cards.kept[title, topic])


async def _found(request: web.Request) -> Published:
    async with request.app[DATABASE].read() as db:
        found = await published(db, post_id=request.match_info["id"], most=1)
    if not found:
        raise web.HTTPNotFound
    return found[0]


async def _titled(request: web.Request, id: str) -> tuple[str, str]:
    questions: dict[str, Post] = {post.id: post for post in await public_questions(request)}
    library = request.app[SHELF].library
    if id in questions:
        return questions[id].title, library.topics.get(questions[id].topic, "")
    return (await _found(request)).title, ""


async def _drawn(request: web.Request, title: str, topic: str) -> bytes:
    config, folder = request.app[CONFIG], request.app[SHELF].library.folder
    values = press.Card(ward=config.service.unit, qr=tip_off_page(config), title=title, topic=topic)
    try:
        drawn = await asyncio.to_thread(press.infographic, values, folder=folder, size=press.LYING)
    except press.PressError:
        raise web.HTTPNotFound from None
    return drawn.png


def _png(drawn: bytes) -> web.Response:
    return web.Response(body=drawn, content_type="image/png", headers={"Cache-Control": _FRESH})
