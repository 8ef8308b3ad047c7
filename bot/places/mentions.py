"""The known names among the words somebody said, whichever way he wrote them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.messages import fold
from bot.places.table import KINDS, Former, Places

_LONGEST = 5
_NOT_UNITS = {"thon", "lang", "xom", "ap", "ban", "buon", "doi", "nui", "suoi", "song", "cau", "cho", "pho", "deo"}
_NOT_UNITS |= {"kenh", "ho", "ben", "ga", "dong", "rung", "hang", "chua", "dinh", "den"}
"""what stands before the name of a hill, a stream or a hamlet"""
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Mention:
    """A known name among the words. `kind` «»: nothing before it says what it is."""

    level: str
    name: str
    start: int
    end: int
    kind: str = ""
    means: frozenset[str] = frozenset()
    former: Former | None = None

    def touches(self, other: "Mention") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Said:
    """The words one by one: folded, and with their accents. `starts`: where something begins after a comma."""

    tokens: Sequence[str]
    accented: Sequence[str]
    starts: frozenset[int]

    @classmethod
    def of(cls, words: str) -> "Said":
        accented: list[str] = []
        starts = {0}
        for part in re.split(r"[,;\n]", unicodedata.normalize("NFC", words).casefold()):
            accented += [word for word in re.findall(r"[^\W_]+", part) if fold(word)]
            starts.add(len(accented))
        return cls([fold(word) for word in accented], accented, frozenset(starts))

    def fills(self, mention: Mention) -> bool:
        """Nothing else stands with it between two commas, but what says its kind."""
        return mention.end in self.starts and (mention.start in self.starts or bool(mention.kind))

    def alike(self, mention: Mention, name: str) -> bool:
        """Every word that was written with accents has those of `name`."""
        own = name.casefold().split()[-(mention.end - mention.start) :]
        pairs = zip(self.accented[mention.start : mention.end], own, strict=False)
        return all(not _marks(one) or _letters(one) == _letters(other) for one, other in pairs)


def _marks(word: str) -> bool:
    return any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", word))


def _letters(word: str) -> str:
    """A word with its tone at the end, whichever letter of «oa», «uy» it was put on."""
    apart = unicodedata.normalize("NFD", word)
    return "".join(c for c in apart if c not in _TONES) + "".join(c for c in apart if c in _TONES)


def mentions(said: Said, places: Places) -> Iterator[Mention]:
    """Known names; one that lies within a longer one is none, nor is that of a hill or a hamlet."""
    count = len(said.tokens)
    found = [
        mention
        for start in range(count)
        for size in range(min(_LONGEST, count - start), 0, -1)
        for mention in _at(said, start, start + size, places)
    ]
    longest = [
        one
        for one in found
        if not any(other.end - other.start > one.end - one.start and one.touches(other) for other in found)
    ]
    named = {at for one in longest for at in range(one.start, one.end)}
    for one in longest:
        before = one.start - 1
        of_a_hill = one.start not in said.starts and before not in named and said.tokens[before] in _NOT_UNITS
        if not of_a_hill:
            yield one


def _at(said: Said, start: int, end: int, places: Places) -> Iterator[Mention]:
    name, kind = " ".join(said.tokens[start:end]), _kind(said, start)
    if any(at in said.starts for at in range(start + 1, end)) or (name.isdecimal() and not kind):
        return
    if kind in ("", "commune") and name in places.communes:
        yield Mention("commune", name, start, end, kind)
    if kind in ("", "district", "city"):
        yield from _district(name, start, end, kind, places)
    if kind in ("", "province", "city"):
        former = places.formers.get(("province", name))
        if former:
            yield Mention("province", name, start, end, kind, former.parts, former)
        elif name in places.provinces:
            yield Mention("province", name, start, end, kind, frozenset({name}))


def _district(name: str, start: int, end: int, kind: str, places: Places) -> Iterator[Mention]:
    former = places.formers.get(("district", name))
    means = frozenset({name} if name in places.districts else ()) | (former.parts if former else frozenset())
    if means:
        yield Mention("district", name, start, end, kind, means, former)


def _kind(said: Said, start: int) -> str:
    """What the one or two words before say the name is."""
    if start in said.starts:
        return ""
    two = " ".join(said.tokens[max(0, start - 2) : start])
    return KINDS.get(two) or KINDS.get(said.tokens[start - 1], "")
