"""The receipt of a tip, drawn: «Phiếu tiếp nhận thông tin» as a picture or a page. The templates: content/press."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot import HOME
from bot.cases.receipts import spoken
from bot.config import Config
from bot.library import Library
from bot.models import Tip
from bot.press import PressError, receipt
from bot.press.receipt import Paper, Receipt
from bot.press.values import Infographic

SHIPPED = HOME / "content"
T = TypeVar("T")


def slip_of(config: Config, tip: Tip) -> Receipt:
    """What stands on it. Without a public address the code in words is all that a telephone can read from it."""
    public = config.service.public_url.rstrip("/")
    day = (tip.told_at or tip.started_at).astimezone(config.service.zone)
    url = f"{public}/phieu/{tip.code}" if public else ""
    contact = config.contact
    return Receipt(
        config.service.unit,
        tip.serial or "",
        f"{day:%d/%m/%Y}",
        spoken(tip.code or ""),
        url,
        tuple((what, contact.unbroken(number)) for what, number in contact.phones),
        contact.address,
        contact.hours,
    )


async def picture(config: Config, library: Library, tip: Tip) -> Infographic:
    """Raises PressError."""
    slip = slip_of(config, tip)
    return await _drawn(lambda folder: receipt.card(slip, folder), library.folder)


async def page(config: Config, library: Library, tip: Tip, paper: Paper = "a5") -> bytes:
    """The PDF. Raises PressError."""
    slip = slip_of(config, tip)
    return await _drawn(lambda folder: receipt.page(slip, folder, paper), library.folder)


async def _drawn(draw: Callable[[Path], T], folder: Path) -> T:
    """With ours, when the ward's own template is missing or broken: somebody waits for his receipt."""
    try:
        return await asyncio.to_thread(draw, folder)
    except PressError:
        return await asyncio.to_thread(draw, SHIPPED)
