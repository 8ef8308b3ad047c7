"""The public page of a receipt: where the tip stands, in one sentence, and nothing of what was told."""

import re
from collections import deque
from datetime import datetime, timedelta

from aiohttp import web

from bot.cases import slips, tips
from bot.cases.receipts import code_in, spoken
from bot.keys import CONFIG, DATABASE, NOW, SHELF
from bot.models import Tip
from bot.pages import PAGES
from bot.press import PressError

PATH = "/phieu"
TRIES = 10
WITHIN = timedelta(minutes=15)
KNOWN = 10_000
"""addresses remembered; past it the oldest are forgotten"""


class Guesses:
    """Wrong codes of late, by the address they came from. In memory: whoever waits for a restart waits long enough."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[datetime]] = {}

    def too_many(self, address: str, now: datetime) -> bool:
        wrong = self._wrong.get(address, deque())
        while wrong and wrong[0] <= now - WITHIN:
            wrong.popleft()
        return len(wrong) >= TRIES

    def note(self, address: str, now: datetime) -> None:
        self._wrong.setdefault(address, deque(maxlen=TRIES)).append(now)
        while len(self._wrong) > KNOWN:
            del self._wrong[next(iter(self._wrong))]


GUESSES = web.AppKey("guesses", Guesses)


async def look(request: web.Request) -> web.Response:
    """A field for the code; what was typed leads to its page."""
    written = request.query.get("ma", "")
    if code := re.sub(r"\D", "", written, flags=re.ASCII)[:12]:
        return web.Response(status=303, headers={"Location": f"{PATH}/{code}"})
    return _page(request, wrong="wrong" if written else "")


async def show(request: web.Request) -> web.Response:
    found = await _found(request)
    if isinstance(found, web.Response):
        return found
    status = request.app[SHELF].library.texts(f"tips.status.{found.state}")
    return _page(request, tip=found, sentence=status)


async def paper(request: web.Request) -> web.Response:
    """The receipt to print."""
    found = await _found(request)
    if isinstance(found, web.Response):
        return found
    library = request.app[SHELF].library
    try:
        drawn = await slips.page(
            request.app[CONFIG], library, found, "a4" if request.query.get("kho") == "a4" else "a5"
        )
    except PressError:
        raise web.HTTPNotFound from None
    name = library.texts("receipt.file", code=found.code)
    headers = {"Content-Disposition": f'inline; filename="{name}"', **_PRIVATE}
    return web.Response(body=drawn, content_type="application/pdf", headers=headers)


_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


async def _found(request: web.Request) -> Tip | web.Response:
    """The tip of the code in the address, or the page that says why there is none."""
    guesses, address, now = request.app[GUESSES], address_of(request), request.app[NOW]()
    if guesses.too_many(address, now):
        return _page(request, 429, wrong="too_many")
    code = code_in(request.match_info["code"])
    async with request.app[DATABASE].read() as db:
        tip = await tips.by_code(db, code) if code else None
    if tip is None:
        guesses.note(address, now)
        return _page(request, 404, wrong="wrong")
    return tip


def address_of(request: web.Request) -> str:
    """Who asks; behind a proxy of this machine, whom the proxy says it came from."""
    remote = request.remote or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told[:60] if told and remote in ("127.0.0.1", "::1") else remote


def _page(
    request: web.Request, status: int = 200, *, wrong: str = "", tip: Tip | None = None, sentence: str = ""
) -> web.Response:
    """`wrong`: the key of what is said above the field for the code."""
    values = {
        "wrong": request.app[SHELF].library.texts(f"receipt.web.{wrong}") if wrong else "",
        "tip": tip,
        "code": spoken(tip.code or "") if tip else "",
        "sentence": sentence,
    }
    page = request.app[PAGES].render(request, "portal/status.html", status, **values)
    page.headers.update(_PRIVATE)
    return page
