"""content/ watched: a change is checked; a good one waits for approval, a bad one is shown; the approved is said."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from bot.config import Config
from bot.db import Database
from bot.keys import Shelf
from bot.library import Library, Problem, read_library
from bot.notices import notice
from bot.posts import versions
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
    """`look` is called every few seconds, in every process."""

    def __init__(self, database: Database, shelf: Shelf, config: Config, now: Callable[[], datetime]) -> None:
        self._database = database
        self._shelf = shelf
        self._config = config
        self._now = now
        self._stamp = stamp(config.content)
        self._said: tuple[object, ...] = ()

    async def look(self) -> None:
        """Files that changed wait for approval; what another process approved, or what ran out, counts here too."""
        seen = await asyncio.to_thread(stamp, self._config.content)
        if seen != self._stamp:
            self._stamp = seen
            await self._read_anew()
        async with self._database.read() as db:
            said = (await versions.mark(db), self._today())
            if said != self._said:
                await versions.refresh(db, self._shelf, self._today())
                self._said = said

    async def _read_anew(self) -> None:
        new = await asyncio.to_thread(checked, self._config.content, self._config, self._today())
        if new.problems:
            self._shelf.files = replace(self._shelf.files, problems=new.problems)
            self._shelf.library = replace(self._shelf.library, problems=new.problems)
            return
        await take_in(self._database, new, self._now())
        self._shelf.files, self._said = new, ()

    def _today(self) -> date:
        return self._now().astimezone(self._config.service.zone).date()


async def take_in(database: Database, files: Library, now: datetime) -> None:
    """What changed in the files waits for approval, and staff are told of it."""
    async with database.alone("versions"), database.write() as db:
        for version in await versions.take_in(db, files, now):
            sentence = files.texts("editor.notice.library", title=version.title)
            await notice(db, f"version:{version.id}", sentence, now)
