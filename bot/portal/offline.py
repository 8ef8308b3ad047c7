"""The chat as an application of the phone: its manifest, and the worker that opens the page without a network.

Kept are the page as everybody gets it and its files, never a word of a conversation.
"""

import hashlib
import json
from typing import Any

from aiohttp import web

from bot.keys import CONFIG, SHELF
from bot.pages import FONTS, PAGES
from bot.portal.home import spoken

CHAT = "/chat"
DRAWN = ("trian.css", "chat.css", "icons.svg", "lotus.svg")
SCRIPTS = tuple(
    f"{name}.js"
    for name in (
        "aloud",
        "chat",
        "dock",
        "draft",
        "grid",
        "keep",
        "larger",
        "lines",
        "pinning",
        "post",
        "spot",
        "store",
        "tools",
        "unsent",
        "wire",
    )
)
"""each once: a browser keeps none of a list that names a file twice"""
ICONS = (192, 512)
_NO_CACHE = {"Cache-Control": "no-cache"}


async def manifest(request: web.Request) -> web.Response:
    """What the phone needs to put the chat on its screen."""
    say, url = request.app[SHELF].library.texts, request.app[PAGES].url
    icons = [{"src": url(f"lotus-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in ICONS]
    values: dict[str, Any] = {
        "id": CHAT,
        "name": say("web.app.name", name=request.app[CONFIG].service.name),
        "short_name": request.app[CONFIG].service.name,
        "description": say("web.app.description", unit=request.app[CONFIG].service.unit),
        "lang": "vi",
        "start_url": CHAT,
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbf7ee",
        "theme_color": "#7d1616",
        "icons": [*icons, {**icons[-1], "purpose": "maskable"}],
    }
    body = json.dumps(values, ensure_ascii=False)
    return web.Response(text=body, content_type="application/manifest+json", headers=_NO_CACHE)


async def worker(request: web.Request) -> web.Response:
    """bot/static/worker.js, told what the shell is; it changes whenever the page or a file of it does."""
    pages = request.app[PAGES]
    files = [pages.url(name) for name in (*DRAWN, *SCRIPTS)]
    files += [f"/static/fonts/BeVietnamPro-{weight}.ttf" for weight in FONTS]
    page = pages.html(request, "portal/chat.html", **spoken(request, "chat"))
    version = hashlib.sha256(page.encode()).hexdigest()[:12]
    shell = json.dumps({"page": CHAT, "files": files, "version": version})
    body = f"const SHELL = {shell};\n" + pages.assets["worker.js"].body.decode()
    return web.Response(text=body, content_type="text/javascript", headers=_NO_CACHE)
