"""One word as it was typed and as it may be meant: accents that are written decide, missing ones leave it open."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
LEVEL = "-"
"""the tone that is written by writing none, where tones are written elsewhere"""
_WORD = re.compile(r"\w+")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}|([ycghkmnptiu])\2(?!\w)")
"""«vânggg», «đúnggg», «hủyy»"""


@dataclass(frozen=True, slots=True)
class Word:
    """`plain`: bare letters, d for đ. `marks`: (place, mark) of ă â ê ô ơ ư đ. `tone`: «» where none is written."""

    plain: str
    marks: frozenset[tuple[int, str]] = frozenset()
    tone: str = ""
    typed: str = field(default="", compare=False)

    def may_mean(self, other: "Word") -> bool:
        """Nothing that was written speaks against `other`."""
        return self.plain == other.plain and self.marks <= other.marks and self.tone in ("", other.tone or LEVEL)

    def is_meant(self, other: "Word") -> bool:
        """`other` is written so, accent for accent."""
        return self.plain == other.plain and self.marks == other.marks and (self.tone or LEVEL) == (other.tone or LEVEL)


@lru_cache(maxsize=16384)
def word_of(typed: str) -> Word:
    """The tone may stand on either vowel («hòa», «hoà»)."""
    plain, marks, tone = list[str](), set[tuple[int, str]](), ""
    for letter in unicodedata.normalize("NFD", typed.casefold()):
        if letter in _TONES:
            tone = letter
        elif unicodedata.combining(letter):
            marks.add((len(plain) - 1, letter))
        elif letter in "đð":
            marks.add((len(plain), "đ"))
            plain.append("d")
        else:
            plain.append(letter)
    return Word("".join(plain), frozenset(marks), tone, typed)


def words_of(several: Iterable[str]) -> tuple[Word, ...]:
    """Words of one message: who writes tones and gives a marked word none means it so («thôi» is not «thổi»)."""
    words = tuple(map(word_of, several))
    if not any(word.tone for word in words):
        return words
    return tuple(_levelled(word) if word.marks and not word.tone else word for word in words)


@lru_cache(maxsize=4096)
def _levelled(word: Word) -> Word:
    return replace(word, tone=LEVEL)


def split_words(text: str) -> list[str]:
    """The words as typed, in small letters, «vânggg» as «vâng»."""
    return _WORD.findall(_STRETCHED.sub(r"\1\2", unicodedata.normalize("NFC", text).casefold()))


def without_repeats(words: Iterable[str]) -> list[str]:
    """«đúng đúng đúng» is said once."""
    kept = list[str]()
    for word in words:
        if not kept or kept[-1] != word:
            kept.append(word)
    return kept


def mean_the_same(typed: Sequence[Word], meant: Sequence[Word]) -> bool:
    return len(typed) == len(meant) and all(one.may_mean(two) for one, two in zip(typed, meant, strict=True))
