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
    half: bool = False
    """few of the words have accents: what was typed without may stand for what has them"""

    def found(self, pattern: str) -> Iterator[re.Match[str]]:
        return compiled(pattern, self.accented, self.half).finditer(self.plain)

    def has(self, pattern: str, start: int = 0, end: int = LONGEST) -> bool:
        return compiled(pattern, self.accented, self.half).search(self.plain[start:end]) is not None

    def pattern(self, written: str) -> str:
        return compiled(written, self.accented, self.half).pattern

    def part(self, span: Span) -> "Said":
        return Said(self.words[slice(*span)], self.plain[slice(*span)], self.accented, self.half)

    def quote(self, span: Span) -> str:
        return self.words[span[0] : span[1]].strip(" ,.;:-–")

    def knows(self, word: str, among: frozenset[str]) -> bool:
        return word in among if self.accented and not (self.half and word.isascii()) else word in _bare_set(among)


def listen(words: str) -> Said:
    kept = unicodedata.normalize("NFC", words)[:LONGEST].replace("\n", LINE)
    lower = _OPEN.sub(lambda end: _OLDER[end[0]], "".join(c.lower()[:1] for c in kept))
    if lower.isascii() or lower == bare(lower):
        return Said(kept, lower, accented=False)
    each = [not word.isascii() for word in re.findall(r"[^\W\d_]+", lower)]
    return Said(kept, lower, accented=True, half=sum(each) < _FEW * len(each))


_NEWER = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"]
_OLDER = dict(
    zip(_NEWER, ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"], strict=True)
)
_OPEN = re.compile(rf"(?<!q)(?:{'|'.join(_OLDER)})(?!\w)")
"""«hoà» and «hòa», «thuỷ» and «thủy»: both are written; it is listened for the second"""
_FEW = 0.45
"""the share of words with accents below which some were left out: of a text that has all of them some three in four"""


def bare(lower: str) -> str:
    return "".join(_bare_letter(c) for c in lower)


@cache
def _bare_letter(c: str) -> str:
    return "d" if c == "đ" else c if c.isascii() else unicodedata.normalize("NFD", c)[0]


@cache
def compiled(pattern: str, accented: bool, half: bool = False) -> re.Pattern[str]:
    if half:
        return re.compile("".join(_lenient(c) for c in pattern))
    return re.compile(pattern if accented else bare(pattern))


@cache
def _lenient(c: str) -> str:
    """A letter with any of its marks left out. No pattern has such a letter within brackets."""
    apart = unicodedata.normalize("NFD", c)
    if _bare_letter(c) == c or not c.isalpha():
        return c
    return f"[{''.join(dict.fromkeys((c, _bare_letter(c), unicodedata.normalize('NFC', apart[:2]))))}]"


@cache
def _bare_set(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(bare, words))


def words(several: str) -> frozenset[str]:
    return frozenset(several.split())


def side_by_side(said: Said, spans: Iterable[Span], joint: str) -> list[Span]:
    """Those that stand side by side made one."""
    joined = list[Span]()
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif joined and compiled(rf"^{joint}$", said.accented, said.half).match(said.plain[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def each_once(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, found)))
