"""What many ask for at the same time is done in one go."""

import asyncio
from collections.abc import Sequence

from bot.together import Together


class Book:
    """Notes what is done in which go; refuses `bad`."""

    def __init__(self, bad: str = "") -> None:
        self.goes = list[list[str]]()
        self.begun = asyncio.Event()
        self._bad = bad

    async def __call__(self, items: Sequence[str]) -> None:
        self.begun.set()
        await asyncio.sleep(0)
        self.goes.append(list(items))
        if self._bad in items:
            raise ValueError(self._bad)


async def test_what_comes_during_one_go_is_done_in_the_next() -> None:
    book = Book()
    together = Together(book)
    first = asyncio.create_task(together("a"))
    await book.begun.wait()
    await asyncio.gather(first, *(together(item) for item in "bcd"))
    assert book.goes == [["a"], ["b", "c", "d"]]


async def test_each_hears_what_became_of_his_own_and_one_bad_item_hurts_no_other() -> None:
    book = Book(bad="b")
    together = Together(book)
    ends = await asyncio.gather(*(together(item) for item in "abc"), return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), ValueError, type(None)]
    assert book.goes == [["a", "b", "c"], ["a"], ["b"], ["c"]]


async def test_who_leaves_does_not_stop_the_others() -> None:
    book = Book()
    together = Together(book)
    leaving, staying = asyncio.create_task(together("a")), asyncio.create_task(together("b"))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert leaving.cancelled() or leaving.cancelling()
    assert book.goes == [["a", "b"]]
