"""What adapters that receive have in common: the webhook's path, pauses between tries, and words for the log."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Final

from bot.errors import ChannelError, Throttled

LONGEST_PAUSE: Final = 60.0


def hook_path(account: str) -> str:
    """«/webhooks/telegram», and «/webhooks/telegram/hong-bang» for the account «telegram@hong-bang»."""
    return f"/webhooks/{account.replace('@', '/')}"


def pauses() -> Iterator[float]:
    """Seconds: 1, 2, 4 … 60, 60 …"""
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


def pause_after(error: Exception, usual: float) -> float:
    return max(usual, error.retry_after.total_seconds()) if isinstance(error, Throttled) else usual


def cause(error: Exception) -> str:
    """For the log. Of a mistake of ours only the kind: its words may be a person's."""
    return str(error) if isinstance(error, ChannelError) else type(error).__name__


async def unhurried(work: Awaitable[None]) -> None:
    """Let `work` end even when we are told to stop: a query cancelled half-way logs a traceback."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
