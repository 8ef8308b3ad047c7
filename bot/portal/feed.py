"""RSS 2.0 and Atom of what has gone out to the groups, for portals and readers that take it over."""

from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as Xml

from aiohttp import web

from bot.keys import CONFIG, DATABASE, NOW, SHELF
from bot.messages import emphasis
from bot.pages import rich
from bot.posts.published import Published, published
from bot.press.tables import clean

ITEMS = 30
ATOM = "http://www.w3.org/2005/Atom"
Xml.register_namespace("atom", ATOM)


async def rss(request: web.Request) -> web.Response:
    posts, public, texts = await _posts(request), request.app[CONFIG].public_url, request.app[SHELF].library.texts
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    _say(channel, "title", texts("news.feed_title", ward=request.app[CONFIG].service.unit))
    _say(channel, "link", f"{public}/tin")
    _say(channel, "description", texts("news.feed_about"))
    _say(channel, "language", "vi")
    _say(channel, "lastBuildDate", format_datetime(_newest(request, posts), usegmt=True))
    Xml.SubElement(channel, f"{{{ATOM}}}link", href=f"{public}/tin.rss", rel="self", type="application/rss+xml")
    for post in posts:
        item = Xml.SubElement(channel, "item")
        _say(item, "title", post.title)
        _say(item, "link", _page(public, post))
        _say(item, "description", emphasis(post.body)[0])
        _say(item, "pubDate", format_datetime(post.at, usegmt=True))
        _say(item, "guid", _name(public, post)).set("isPermaLink", "false")
    return _answer(root, "application/rss+xml")


async def atom(request: web.Request) -> web.Response:
    posts, config, texts = await _posts(request), request.app[CONFIG], request.app[SHELF].library.texts
    root = Xml.Element(f"{{{ATOM}}}feed")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "vi")
    _say(root, "title", texts("news.feed_title", ward=config.service.unit), ATOM)
    _say(root, "subtitle", texts("news.feed_about"), ATOM)
    _say(root, "id", f"{config.public_url}/tin.atom", ATOM)
    _say(root, "updated", _newest(request, posts).isoformat(), ATOM)
    Xml.SubElement(root, f"{{{ATOM}}}link", href=f"{config.public_url}/tin.atom", rel="self")
    Xml.SubElement(root, f"{{{ATOM}}}link", href=f"{config.public_url}/tin", rel="alternate", type="text/html")
    _say(Xml.SubElement(root, f"{{{ATOM}}}author"), "name", config.service.unit, ATOM)
    for post in posts:
        entry = Xml.SubElement(root, f"{{{ATOM}}}entry")
        _say(entry, "title", post.title, ATOM)
        _say(entry, "id", _name(config.public_url, post), ATOM)
        Xml.SubElement(entry, f"{{{ATOM}}}link", href=_page(config.public_url, post), rel="alternate", type="text/html")
        _say(entry, "published", post.at.isoformat(), ATOM)
        _say(entry, "updated", post.changed_at.isoformat(), ATOM)
        _say(entry, "content", str(rich(post.body)), ATOM).set("type", "html")
    return _answer(root, "application/atom+xml")


async def _posts(request: web.Request) -> list[Published]:
    async with request.app[DATABASE].read() as db:
        return await published(db, most=ITEMS)


def _newest(request: web.Request, posts: list[Published]) -> datetime:
    return max((post.changed_at for post in posts), default=request.app[NOW]())


def _page(public: str, post: Published) -> str:
    return f"{public}/tin/{quote(post.post_id, safe='')}"


def _name(public: str, post: Published) -> str:
    """Of the sending, for ever: a post that goes out again is new to its readers."""
    return f"tag:{urlsplit(public).hostname},{post.at.year}:dot-gui-{post.id}"


def _say(parent: Xml.Element, name: str, words: str, space: str = "") -> Xml.Element:
    element = Xml.SubElement(parent, f"{{{space}}}{name}" if space else name)
    # Neither character may stand in XML, not even written as a number.
    element.text = clean(words).replace("\ufffe", "").replace("\uffff", "")
    return element


def _answer(root: Xml.Element, kind: str) -> web.Response:
    body = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "public, max-age=300"}
    return web.Response(body=body, headers=headers)
