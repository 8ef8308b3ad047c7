"""Do the words said after a question answer it, and which part of them is the answer?

Somebody who is asked for a name may say anything: yes, a question of his own, that he is tired. `fits` keeps that out
of the fields; `value` takes what is left of an answer without the words around it, as said.
"""

import re
from collections.abc import Callable, Mapping

from bot.reading.around import Fit, Found, asks, inner, never
from bot.reading.courtesies import without_courtesies
from bot.reading.evidence import source, sources
from bot.reading.lexicon import COMMON, FACTS
from bot.reading.name_words import name
from bot.reading.phones import phones
from bot.reading.place_words import address, kin, place
from bot.reading.said import Said, Span, listen
from bot.reading.syllables import untyped
from bot.reading.time_words import born, number, time
from bot.reading.unit_words import unit


def fits(kind: str, words: str) -> Fit:
    """Whether `words` are an answer to a question for `kind`: «name», «unit», «time», «place», «born», «phone»,
    «address», «kin», «number», «words»."""
    return _found(kind, listen(untyped(without_courtesies(words))))[0]


def value(kind: str, words: str) -> str:
    """The part of `words` that is the value, as said: «dạ tên là Nguyễn Văn Ví Dụ ạ» → «Nguyễn Văn Ví Dụ»."""
    said = listen(without_courtesies(words))
    return said.quote(_found(kind, said)[1])


def names_first(words: str) -> bool:
    """«Tên nó là Hoàng Văn Thịnh, quê …», «chồng tôi, Nguyễn Đình Tề, đi năm 66»: a full name before all else that is
    told; not of somebody who tells or does something himself: «ông Nguyễn Văn Tám kể là …»."""
    said = listen(untyped(without_courtesies(words)))
    fit, (start, end) = _found("name", said)
    full = " " in said.words[start:end].strip()
    return fit is Fit.YES and full and start <= _FIRST and not said.has(_TELLS, end)


_FIRST = 30
"""letters before a name that comes first"""
_TELLS = (
    r"^[\s,]*(?:(?:có|cũng|đã|là người|thì|hay|vẫn) )*(?:kể|nói|bảo|biết|báo|nhắn|khai|chôn|thấy|dặn|cùng|với|và)(?!\w)"
)


def _found(kind: str, said: Said) -> Found:
    core = inner(said)
    if kind == "phone":
        return _phone(said, core)
    if kind == "source" and sources(said) and not asks(said):  # «người ta nói lại» bids nobody to say it again
        return Fit.YES, core
    if not any(c.isalnum() for c in said.words[slice(*core)]) or never(said):
        return Fit.NO, core
    fit, span = _BY_KIND.get(kind, _statement)(said, core)
    if fit is Fit.MAYBE and any(_BY_KIND[other](said, core)[0] is Fit.YES for other in _RIVALS.get(kind, ())):
        return Fit.NO, core
    return fit, span


def _phone(said: Said, core: Span) -> Found:
    found = phones(said)
    digits = sum(c.isdecimal() for c in said.words)
    if not found:
        return (Fit.MAYBE if digits >= 6 else Fit.NO), core
    return Fit.YES, (found[0][1][0], found[-1][1][1])


def _statement(said: Said, core: Span) -> Found:
    """Anything that says something: more than words that only steer a talk."""
    words = re.findall(r"[^\W_]+", said.plain[slice(*core)])
    return (Fit.YES if any(not said.knows(word, COMMON) or said.knows(word, FACTS) for word in words) else Fit.NO), core


_BY_KIND: Mapping[str, Callable[[Said, Span], Found]] = {
    "name": name,
    "unit": unit,
    "time": time,
    "place": place,
    "source": source,
    "born": born,
    "address": address,
    "kin": kin,
    "number": number,
}
_RIVALS = {"name": ("unit", "time", "place"), "place": ("name", "unit", "time")}
"""what could be a name but is a year is no name"""
