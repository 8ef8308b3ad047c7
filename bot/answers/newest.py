"""The index over the library that is on the shelf now: made aside when the library changes, then kept."""

import asyncio

from bot.answers.search import Index, entries_of
from bot.library import Library

_made: list[tuple[Library, Index]] = []
"""at most one"""


async def index_of(library: Library) -> Index:
    """In a thread, for thousands of answers take seconds; the worker asks first (scheduler/answers.py)."""
    if not _made or _made[0][0] is not library:
        _made[:] = [(library, await asyncio.to_thread(Index, entries_of(library), library.wordbook))]
    return _made[0][1]
