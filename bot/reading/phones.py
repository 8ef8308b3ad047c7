"""Telephone numbers as they are written and spoken: with the country's code, dots, the letter O, «không chín một»."""

import re
from collections.abc import Iterator

from bot.reading.said import Said, Span, bare, listen

_DIGIT = r"[\doO]"
_WRITTEN = re.compile(
    rf"(?<![\w.])(?:(?:\+|00)?\s?84[\s.\-]?\(?0?\)?|\(?[0oO])(?:[\s.\-()]{{0,2}}{_DIGIT}){{8,10}}(?![\w])"
)
_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_ALSO = {"hông": "không", "mốt": "một", "tư": "bốn", "lăm": "năm", "nhăm": "năm", "bẩy": "bảy", "o": "không"}
_ONE = rf"(?:{'|'.join([*_WORDS, *_ALSO])})"
_SPOKEN = rf"(?<!\w)(?:không|hông|o)(?:[\s,.\-]+{_ONE}){{8,10}}(?!\w)"
_PIECES = re.compile(r"[^\W\d_]+")
_MOBILE, _LANDLINE = (4, 7), (4, 8)
"""where a readable number is parted: «0912 000 111», «0225 3 000 111» as «0225 3000 111»"""


def phones(said: Said) -> list[tuple[str, Span]]:
    """Each number in its national form «0912 000 111», and where it was said."""
    return [(national, span) for span, digits in _found(said) if (national := _national(digits))]


def phone(words: str) -> str:
    """The numbers said, in national form, «, » between two; «» when there is none."""
    return ", ".join(dict.fromkeys(national for national, _ in phones(listen(words))))


def _found(said: Said) -> Iterator[tuple[Span, str]]:
    for one in _WRITTEN.finditer(said.words):
        yield one.span(), "".join(c for c in one[0].lower().replace("o", "0") if c.isdecimal())
    plain = {_plain(said, word): str(number) for number, word in enumerate(_WORDS)}
    plain |= {_plain(said, word): plain[_plain(said, meant)] for word, meant in _ALSO.items()}
    for one in said.found(_SPOKEN):
        yield one.span(), "".join(plain.get(word, "") for word in _PIECES.findall(one[0]))


def _plain(said: Said, word: str) -> str:
    return word if said.accented else bare(word)


def _national(digits: str) -> str:
    own = re.sub(r"^(?:00)?84(?=[1-9]|0[1-9])", "", digits)
    own = own if own.startswith("0") else f"0{own}"
    if not 10 <= len(own) <= 11 or own.startswith("00"):
        return ""
    first, second = _LANDLINE if own[1] == "2" else _MOBILE
    return " ".join(filter(None, (own[:first], own[first:second], own[second:])))
