"""HTML from content/pages: Pages renders, `guard` adds security headers and error pages, /static/ serves our files.

The layout's blocks are told in content/pages/layout.html, its classes at the top of bot/static/trian.css.
"""

import gzip
import hashlib
import logging
import mimetypes
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import fontpkg_be_vietnam_pro
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from xstatic.pkg import leaflet

from bot import HOME
from bot.keys import CONFIG, NOW, SHELF

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
FONTS = ("Regular", "SemiBold", "Bold")
LEAFLET = ("leaflet.js", "leaflet.css")
_SMALLER = ("text/", "font/ttf", "image/svg", "application/json")
_VERSION = re.compile(r"[0-9a-f]{10}")
_TOLD = {403: "forbidden", 404: "missing", 405: "missing", 410: "missing"}
"""status -> key under web.errors"""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file served as it is, read once; `small` is its gzip, where that pays."""

    kind: str
    body: bytes
    small: bytes | None


class Pages:
    """The templates of `folder` (those that came with the program stand behind them), and the files of bot/static."""

    def __init__(self, folder: Path) -> None:
        self.assets = dict(_assets())
        self.version = _version(self.assets)
        self._templates = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(HOME / "content" / "pages")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(moment=moment, day=day, hour=hour, number=number, rich=rich)
        self._templates.globals.update(static=self.url, icon=self.icon)

    def url(self, name: str) -> str:
        """Where the browser finds a file of bot/static; a new version has a new address.

        Of a script the version stands in the path, so that what it imports beside itself is of the same version.
        """
        return f"/static/{self.version}/{name}" if name.endswith(".js") else f"/static/{name}?v={self.version}"

    def icon(self, name: str) -> Markup:
        """A drawing of bot/static/icons.svg; it says nothing to a screen reader."""
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            self.url("icons.svg"), name
        )

    def html(self, request: web.Request, name: str, **values: Any) -> str:
        """Template `name`; every page also has config, texts, now, path and query."""
        every = {
            "config": request.app[CONFIG],
            "texts": request.app[SHELF].library.texts,
            "now": request.app[NOW](),
            "path": request.path,
            "query": request.query,
        }
        return self._templates.get_template(name).render({**every, **values})

    def render(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        """A whole page. What is not of the public portal is never kept by a cache."""
        page = web.Response(text=self.html(request, name, **values), status=status, content_type="text/html")
        page.headers["Cache-Control"] = "no-cache" if name.startswith("portal/") else "no-store"
        return page


PAGES = web.AppKey("pages", Pages)


def setup(app: web.Application, pages: Pages) -> None:
    """Put the pages, their middleware (outermost) and /static/ on `app`."""
    app[PAGES] = pages
    app.middlewares.insert(0, guard)
    app.router.add_get("/static/{name:.+}", _static)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Security headers on everything, a Vietnamese page for an error, nothing of the inside told."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if error.status not in _TOLD:
            error.headers.update(_headers(request))
            raise
        response = _told(request, error.status, _TOLD[error.status])
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}:{place.lineno}"
        log.error("page %s failed: %s (%s)", request.match_info.handler.__name__, type(error).__name__, where)
        response = _told(request, 500, "broken")
    if not response.prepared:
        for name, value in _headers(request).items():
            response.headers.setdefault(name, value)
    return response


def _told(request: web.Request, status: int, sentence: str) -> web.Response:
    try:
        return request.app[PAGES].render(request, "portal/error.html", status, sentence=sentence)
    except Exception as error:
        log.error("the error page itself failed: %s", type(error).__name__)
        return web.Response(text=str(status), status=status)


def policy(request: web.Request, images: str = "") -> str:
    """What a page may load: only from us, and pictures from `images` too."""
    # Older Safari does not count ws: of the same host as 'self'.
    host = request.host if re.fullmatch(r"[\w.\-\[\]:]+", request.host) else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    allowed = f"'self' data: {images}".strip()
    return (
        f"default-src 'self'; img-src {allowed}; media-src 'self' blob:; "
        f"connect-src 'self'{sockets}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


def _headers(request: web.Request) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": policy(request),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), microphone=(self), camera=(), payment=(), usb=()",
    }
    if request.app[CONFIG].public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


async def _static(request: web.Request) -> web.Response:
    pages = request.app[PAGES]
    version, _, name = request.match_info["name"].partition("/")
    if not _VERSION.fullmatch(version):
        version, name = "", request.match_info["name"]
    asset = pages.assets.get(name)
    if asset is None:
        raise web.HTTPNotFound
    current = pages.version in (version, request.query.get("v")) or asset.kind == "font/ttf"
    headers = {
        "Content-Type": asset.kind + ("; charset=utf-8" if asset.kind.startswith("text/") else ""),
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
        "ETag": f'"{pages.version}"',
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    if asset.small and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=asset.small, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=asset.body, headers=headers)


def _assets() -> Iterator[tuple[str, Asset]]:
    """Our own files by their name below /static/, the three weights of the font, and Leaflet for the map."""
    for file in sorted(STATIC.iterdir()):
        if file.is_file():
            yield file.name, _asset(file)
    for weight in FONTS:
        file = fontpkg_be_vietnam_pro.ROOT / "files" / f"BeVietnamPro-{weight}.ttf"
        yield f"fonts/{file.name}", _asset(file)
    for name in LEAFLET:
        yield f"leaflet/{name}", _asset(Path(leaflet.BASE_DIR) / name)


def _asset(file: Path) -> Asset:
    kinds = {".js": "text/javascript", ".ttf": "font/ttf"}
    kind = kinds.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    body = file.read_bytes()
    return Asset(kind, body, gzip.compress(body) if kind.startswith(_SMALLER) else None)


def _version(assets: dict[str, Asset]) -> str:
    whole = hashlib.sha256()
    for asset in assets.values():
        whole.update(asset.body)
    return whole.hexdigest()[:10]


@pass_context
def moment(context: Context, at: datetime) -> str:
    """«23/11/2026 07:30» in the service's own zone."""
    return f"{_local(context, at):%d/%m/%Y %H:%M}"


@pass_context
def hour(context: Context, at: datetime) -> str:
    """«07:30» in the service's own zone."""
    return f"{_local(context, at):%H:%M}"


@pass_context
def day(context: Context, at: date) -> str:
    """«23/11/2026»; of a moment, the day it has in the service's own zone."""
    return f"{_local(context, at) if isinstance(at, datetime) else at:%d/%m/%Y}"


def _local(context: Context, at: datetime) -> datetime:
    return at.astimezone(context["config"].service.zone)


def number(value: float) -> str:
    """«2.730», «12,5»: the point parts thousands, the comma parts decimals."""
    written = f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return written.translate(str.maketrans(",.", ".,"))


_MARK = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]»”]")


class _HasHtml(Protocol):
    def __html__(self) -> str: ...


def rich(text: str | _HasHtml) -> Markup:
    """A message's text as paragraphs: `**…**` is strong, a URL is a link, everything else is escaped."""
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", str(text)))
    return Markup("\n").join(Markup("<p>{}</p>").format(_inline(part)) for part in paragraphs if part)


def _inline(text: str) -> Markup:
    html, end = "", 0
    for url in _URL.finditer(text):
        link = Markup('<a href="{0}" rel="noopener nofollow">{0}</a>').format(url[0])
        html += str(escape(text[end : url.start()])) + link
        end = url.end()
    html += str(escape(text[end:]))
    return Markup(_MARK.sub(r"<strong>\1</strong>", html).replace("\n", "<br>\n"))  # noqa: S704 - escaped above
