"""content/ watched: a change is checked; a good one is used at once, a bad one is shown and the old one kept."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from bot.config import Config
from bot.keys import Shelf
from bot.library import Library, Problem, read_library
from bot.posts.checks import check_posts
from scheduler.calendar import check_anniversary, check_entry


def checked(folder: Path, config: Config, today: date) -> Library:
    """The library with every problem found in it, those of reading first."""
    library = read_library(folder)
    return replace(library, problems=(*library.problems, *problems(library, config, today)))


def problems(library: Library, config: Config, today: date) -> Iterator[Problem]:
    """What is wrong beyond what reading finds: templates, facts, times."""
    yield from check_posts(library, config, today)
    for entry in library.schedule.entries:
        if words := check_entry(entry):
            yield Problem(entry.file, entry.line, library.texts("problems.bad_when", id=entry.id, words=words))
    for anniversary in library.anniversaries.values():
        if words := check_anniversary(anniversary):
            file, line = library.places.get(anniversary.id, ("anniversaries.toml", 1))
            yield Problem(file, line, library.texts("problems.bad_when", id=anniversary.id, words=words))


def stamp(folder: Path) -> tuple[int, int]:
    """Changes whenever a file of the folder does: (newest modification in ns, number of files)."""
    times = [file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()]
    return max(times, default=0), len(times)


class Watch:
    """`look` is called every few seconds."""

    def __init__(self, shelf: Shelf, config: Config) -> None:
        self._shelf = shelf
        self._config = config
        self._stamp = stamp(config.content)

    async def look(self) -> None:
        seen = await asyncio.to_thread(stamp, self._config.content)
        if seen == self._stamp:
            return
        self._stamp = seen
        today = datetime.now(self._config.service.zone).date()
        new = await asyncio.to_thread(checked, self._config.content, self._config, today)
        old = self._shelf.library
        self._shelf.library = replace(old, problems=new.problems) if new.problems else new
