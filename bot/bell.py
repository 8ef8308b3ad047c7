"""A bell that a loop of ours rests beside: rung, or the time is up, it goes on."""

import asyncio
from contextlib import suppress


class Bell:
    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    def hush(self) -> None:
        """What was rung for is about to be done."""
        self._rung.clear()

    async def rest(self, seconds: float | None = None) -> None:
        """Until it is rung, at most `seconds`."""
        # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the ring,
        # and the loop would outlive the service.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
