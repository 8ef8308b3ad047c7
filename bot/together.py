"""What many ask for at the same time is done in one go, and what comes during one go in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Together(Generic[Item]):
    """`do` gets the items of all who wait. When it fails for several, each is tried alone and hears of its own."""

    def __init__(self, do: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        self._do = do
        self._items: list[tuple[Item, asyncio.Future[None]]] = []
        self._going: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> None:
        """Returns when it is done. Raises what `do` raised for it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._items.append((item, done))
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go())
        await done

    async def _go(self) -> None:
        while self._items:
            some, self._items = self._items, []
            if len(some) > 1:
                with suppress(Exception):
                    await self._do([item for item, _ in some])
                    for _, done in some:
                        _end(done)
                    continue
            for item, done in some:
                try:
                    await self._do([item])
                    _end(done)
                except Exception as error:
                    _end(done, error)


def _end(done: "asyncio.Future[None]", error: Exception | None = None) -> None:
    """Unless who waited has left."""
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
