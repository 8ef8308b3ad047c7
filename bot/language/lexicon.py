"""The words people use for every act, read from content/lexicon/*.toml, which staff may edit.

Words are compared without what is said out of politeness, so «gọi lại cho bác với cháu nhé» is «gọi lại cho».
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from bot import reading
from bot.language.acts import Act
from bot.language.finder import Finder, Words
from bot.language.model import Model
from bot.language.typed import split_words, without_repeats, word_of

Named = Mapping[str, Sequence[str]]
ASKING, NOW, PAST = range(3)
"""the groups that are no sign's: what is asked with, told of now, told of long ago"""
MOST = 14
"""words of a message in which a phrase said in passing still decides, where the act says nothing else"""
_untyped = reading.untyped


@dataclass(frozen=True, slots=True)
class Way:
    """How an act is done in words. `alone`: with nothing unexplained beside them; otherwise in up to `most` words."""

    act: str
    alone: bool
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Sign:
    """An act that shows in several things said at once: something of all its `groups`, nothing of `unless`.

    Groups are known by number, those of all signs and `asking`, `now`, `past` together.
    """

    act: str
    groups: tuple[int, ...]
    unless: int
    most: int = 60


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """`same`: how a word is also typed -> the words meant. `fillers` say nothing anywhere, `ends` at either end."""

    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    """small words of foreign languages"""
    together: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """act -> those that may share words with it, for the place or the model decides"""
    phrases: Finder[Way] = field(default_factory=Finder)
    signs: tuple[Sign, ...] = ()
    groups: Finder[int] = field(default_factory=Finder)
    model: Model = field(default_factory=lambda: Model(Path()))

    def standard(self, text: str) -> list[str]:
        """The words, those typed short, by region or as keys written out."""
        return [long for word in split_words(_untyped(text)) for long in self.same.get(word, (word,))]

    def bone(self, words: Sequence[str]) -> list[str]:
        """What is left without politeness."""
        return without_repeats(word for word in words if word not in self.fillers)


def read_lexicon(folder: Path, short: Mapping[str, str] | None = None) -> Lexicon:
    """Raises OSError; ValueError with the file and the key that is wrong.

    `short`: further ways of typing, as content/answers.toml has them.
    """
    table = _Table("words.toml", _read(folder / "words.toml"))
    same = {word: tuple(split_words(meant)) for word, meant in (short or {}).items()}
    same |= {typed: tuple(split_words(meant)) for meant, ways in table.lists("same").items() for typed in ways}
    bare = Lexicon(same, frozenset(table.words("fillers")), frozenset(table.words("ends")))
    named = table.lists("named")
    groups = [_meant(bare, table.words(key), named, f"words.toml: {key}") for key in ("asking", "now", "past")]
    signs = tuple(_signs(bare, _read(folder / "signs.toml"), named, groups))
    return Lexicon(
        bare.same,
        bare.fillers,
        bare.ends,
        frozenset(table.words("foreign")),
        {act: frozenset(others) for act, others in table.lists("together").items()},
        Finder(_phrases(bare, _read(folder / "acts.toml"), named)),
        signs,
        Finder((words, number) for number, group in enumerate(groups) for words in group),
        Model(folder / "ear.npz"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a file, and how it is called where something of it is wrong."""

    name: str
    rows: Mapping[str, Any]

    def words(self, key: str) -> list[str]:
        """A list of words; none where the key is not there."""
        row = self.rows.get(key, [])
        if not isinstance(row, list) or not all(isinstance(word, str) and split_words(word) for word in row):
            raise ValueError(f"{self.name}: {key}")
        return row

    def lists(self, key: str) -> dict[str, list[str]]:
        """A table of lists of words."""
        rows = self.rows.get(key, {})
        if not isinstance(rows, dict):
            raise ValueError(f"{self.name}: {key}")
        below = _Table(f"{self.name}: {key}", rows)
        return {name: below.words(name) for name in rows}

    def number(self, key: str, default: int) -> int:
        row = self.rows.get(key, default)
        if not isinstance(row, int):
            raise ValueError(f"{self.name}: {key}")
        return row

    def act(self, act: object) -> str:
        if act not in list(Act) or act == Act.UNCLEAR:
            raise ValueError(f"{self.name}: {act}")
        return str(act)

    def only(self, *keys: str) -> None:
        """Nothing else may be in it: a key with a slip would not be heard, and nobody would know."""
        for key in self.rows:
            if key not in keys:
                raise ValueError(f"{self.name}: {key}")


def _phrases(bare: Lexicon, acts: Mapping[str, Any], named: Named) -> Iterator[tuple[Words, Way]]:
    for act, row in acts.items():
        _Table("acts.toml", acts).act(act)
        table = _Table(f"acts.toml: {act}", row if isinstance(row, dict) else {"": row})
        table.only("alone", "within", "most")
        most = table.number("most", MOST)
        for key, alone in (("alone", True), ("within", False)):
            for words in _meant(bare, table.words(key), named, f"acts.toml: {act}: {key}"):
                typed = [word.typed for word in words]
                yield tuple(map(word_of, bare.bone(typed) or typed)), Way(act, alone, most)


def _signs(bare: Lexicon, file: Mapping[str, Any], named: Named, groups: list[tuple[Words, ...]]) -> Iterator[Sign]:
    """Puts the groups of all signs behind those in `groups`."""
    for number, row in enumerate(file.get("sign", ()), start=1):
        name = f"signs.toml: {number}"
        table = _Table(name, row)
        table.only("act", "all_of", "unless", "most")
        each = _Table(name, {f"all_of {at}": group for at, group in enumerate(row.get("all_of", ()), start=1)})
        if not each.rows:
            raise ValueError(f"{name}: all_of")
        first = len(groups)
        groups += [_meant(bare, each.words(key), named, f"{name}: {key}") for key in each.rows]
        last = len(groups)
        groups.append(_meant(bare, table.words("unless"), named, f"{name}: unless"))
        yield Sign(table.act(row.get("act")), tuple(range(first, last)), last, table.number("most", 60))


def _meant(bare: Lexicon, ways: Iterable[str], named: Named, name: str) -> tuple[Words, ...]:
    written = [long for way in ways for long in _written_out(way, named, name)]
    return tuple(tuple(map(word_of, bare.standard(way))) for way in written)


def _written_out(way: str, named: Named, name: str) -> list[str]:
    """«<xem> lại» stands for as many phrases as `named` has of «xem»."""
    found = re.search(r"<(\w+)>", way)
    if found is None:
        return [way]
    if found[1] not in named:
        raise ValueError(f"{name}: {way}")
    before, after = way[: found.start()], way[found.end() :]
    return [long for one in named[found[1]] for long in _written_out(f"{before}{one}{after}", named, name)]


def clashes(lexicon: Lexicon) -> Iterator[tuple[str, str, str]]:
    """(words, act, other act): the same words where accents are left out, of acts that may not share words."""
    for words, ways in lexicon.phrases.alike():
        for one, other in combinations(sorted({way.act for way in ways}), 2):
            if other not in lexicon.together.get(one, ()) and one not in lexicon.together.get(other, ()):
                yield words, one, other
