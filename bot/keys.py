"""What the pages find on the aiohttp application, set once by app.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from aiohttp import web

from bot.channels import Pictures
from bot.config import Config
from bot.db import Database
from bot.library import Library, Post


class Shelf:
    """Holds the newest good library: `library` is what may be said, `files` what content/ says (posts/versions.py)."""

    def __init__(self, library: Library) -> None:
        self.library = self.files = library


@dataclass(frozen=True, slots=True)
class Coming:
    """What the schedule will send: the entry's name and the post, or None where a series' turn is not yet known."""

    at: datetime
    entry_id: str
    name: str
    post: Post | None
    target: str
    held: bool
    """waits for a confirmation and will not go out without one"""


class Official(Protocol):
    """An Official Account of Zalo, as the page sees it on which staff connect it."""

    name: str
    oa_id: str

    async def good_until(self) -> datetime | None:
        """When its token will be renewed at the latest; None while it is not connected."""
        ...

    def authorise_url(self, redirect: str, by: str) -> str:
        """Where the staff member `by` agrees that we use the account; Zalo sends him back to `redirect`."""
        ...

    async def connect(self, code: str, state: str, by: str) -> None:
        """With what Zalo sent him back with. Raises Misuse and ChannelError."""
        ...


Upcoming = Callable[[Library, datetime, datetime], Sequence[Coming]]
"""upcoming(library, from, until)"""

CONFIG = web.AppKey("config", Config)
DATABASE = web.AppKey("database", Database)
SHELF = web.AppKey("shelf", Shelf)
PICTURES = web.AppKey("pictures", Pictures)
NOW = web.AppKey[Callable[[], datetime]]("now", Callable)  # type: ignore[arg-type]
WAKE = web.AppKey[Callable[[], None]]("wake", Callable)  # type: ignore[arg-type]
"""rings the worker: something new is due"""
UPCOMING = web.AppKey[Upcoming]("upcoming", Callable)  # type: ignore[arg-type]
ZALO_OA = web.AppKey[Mapping[str, Official]]("zalo_oa", Mapping)
"""by the account's name; empty, or not there, when none is set up"""


def today(request: web.Request) -> date:
    """Today in the service's own time zone."""
    return request.app[NOW]().astimezone(request.app[CONFIG].service.zone).date()
