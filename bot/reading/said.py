"""Words as they were said, looked through with accents or, where they were written without, bare of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

LONGEST = 4000
"""characters of a story that are read"""
LINE = "¶"
"""stands for the end of a line: nothing that is found goes on past it"""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """Words, and the same without capitals (and without accents where they have none) position by position."""

    words: str
    plain: str
    accented: bool

    def found(self, pattern: str) -> Iterator[re.Match[str]]:
        return compiled(pattern, self.accented).finditer(self.plain)

    def has(self, pattern: str, start: int = 0, end: int = LONGEST) -> bool:
        return compiled(pattern, self.accented).search(self.plain[start:end]) is not None

    def quote(self, span: Span) -> str:
        return self.words[span[0] : span[1]].strip(" ,.;:-–")

    def knows(self, word: str, among: frozenset[str]) -> bool:
        return word in (among if self.accented else _bare_set(among))


def listen(words: str) -> Said:
    kept = unicodedata.normalize("NFC", words)[:LONGEST].replace("\n", LINE)
    lower = "".join(c.lower()[:1] for c in kept)
    bare = _bare(lower)
    return Said(kept, lower, lower != bare) if lower != bare else Said(kept, bare, accented=False)


def _bare(lower: str) -> str:
    return "".join("d" if c == "đ" else unicodedata.normalize("NFD", c)[0] for c in lower)


@cache
def compiled(pattern: str, accented: bool) -> re.Pattern[str]:
    return re.compile(pattern if accented else _bare(pattern))


@cache
def _bare_set(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_bare, words))


def words(several: str) -> frozenset[str]:
    return frozenset(several.split())


def side_by_side(said: Said, spans: Iterable[Span], joint: str) -> list[Span]:
    """Those that stand side by side made one."""
    joined = list[Span]()
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif joined and compiled(rf"^{joint}$", said.accented).match(said.plain[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def each_once(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, found)))
