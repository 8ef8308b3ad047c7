"""What a platform says of our webhook: pure functions on its answer, with a reason of content/texts/reasons.toml.

A channel that receives by webhook has `health`; the watchdogs ask it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

LATELY = timedelta(minutes=15)
MANY_WAITING = 100


@runtime_checkable
class Healthy(Protocol):
    """An account that can be asked whether what people write still reaches us."""

    async def health(self, now: datetime) -> str:
        """Why nothing may come in; «» when all is well. Raises ChannelError when the platform cannot be asked."""
        ...


def telegram_health(info: object, wants_hook: str, now: datetime) -> str:
    """Of getWebhookInfo's result; `wants_hook` is the address we have claimed."""
    if not isinstance(info, Mapping) or info.get("url") != wants_hook:
        return "hook_gone"
    waiting, failed_at = info.get("pending_update_count"), info.get("last_error_date")
    waits = type(waiting) is int and waiting > 0
    if waits and isinstance(failed_at, int | float) and now.timestamp() - failed_at < LATELY.total_seconds():
        return "hook_failing"
    return "hook_behind" if type(waiting) is int and waiting > MANY_WAITING else ""


def zalo_health(info: object, wants_hook: str) -> str:
    """Of getWebhookInfo's result; None where the platform answered 404, as it does when none was ever set."""
    return "" if isinstance(info, Mapping) and info.get("url") == wants_hook else "hook_gone"
