"""How people write on a phone, and what of it only a person may answer; read from content/answers.toml.

`syllables` is what questions and answers are compared by; `reason` and `masked` keep personal matters from the machine.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.messages import fold

_LONE_Y = re.compile(r"\b([bcdhklmnrstv])y\b")
"""«kỷ», «kỉ»: both are written"""
_DIGITS = re.compile(r"(?<![\d/.,])(?:\+?\d(?:[ .\-]?\d){8,})(?![\d/])|(?<!\w)[A-Z]\d{7,8}(?!\w)")
"""phones, papers, accounts: nine digits or more, a space, dot or dash between them; a passport's letter and digits"""
_MONEY = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_YEARS = re.compile(r"(?:19|20)\d\d(?:[ \-](?:19|20)\d\d)+")
NUMBERS = "numbers"
Group = tuple["Phrase", ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other. Who writes accents means them; who writes none may mean any."""

    folded: tuple[str, ...]
    exact: tuple[str, ...]

    def within(self, said: Sequence[tuple[str, str]]) -> bool:
        return any(self._at(said[start:]) for start in range(len(said) - len(self.folded) + 1))

    def _at(self, said: Sequence[tuple[str, str]]) -> bool:
        return all(
            plain == folded and typed in (plain, exact)
            for (plain, typed), folded, exact in zip(said, self.folded, self.exact, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """`why` a person must answer, when of each group of `all_of` something is said and nothing of `unless`."""

    why: str
    all_of: tuple[Group, ...]
    unless: Group = ()

    def fits(self, said: Sequence[tuple[str, str]]) -> bool:
        known = {plain for plain, _ in said}
        return all(_any(group, said, known) for group in self.all_of) and not _any(self.unless, said, known)


def _any(group: Group, said: Sequence[tuple[str, str]], known: set[str]) -> bool:
    """`known`: the folded words of what is said, for most phrases are ruled out by them."""
    return any(phrase.within(said) for phrase in group if known.issuperset(phrase.folded))


@dataclass(frozen=True, slots=True)
class Wordbook:
    """`empty` syllables count only beside another one; `short`: what a folded word stands for; `mask` hides a number.

    `decisive`: what is asked about just this is not answered by what does not mention it.
    """

    empty: frozenset[str] = frozenset()
    short: Mapping[str, str] = field(default_factory=dict)
    polite: re.Pattern[str] = re.compile(r"(?!)")
    """what is said around a question, folded"""
    decisive: Group = ()
    rules: tuple[Rule, ...] = ()
    mask: str = "[…]"

    def syllables(self, text: str) -> list[str]:
        """All syllables, folded, what is cut short written out."""
        words = [fold(self.short.get(word, word)) for word in fold(text).replace("/", " ").split()]
        return _LONE_Y.sub(r"\1i", " ".join(words)).split()

    def asked(self, text: str) -> list[str]:
        """The syllables of a question, without what is said out of politeness; all when nothing else is there."""
        whole = " ".join(self.syllables(text))
        return self.polite.sub(" ", whole).split() or whole.split()

    def masked(self, text: str) -> str:
        """Without the numbers of phones, papers and accounts."""
        return _DIGITS.sub(lambda found: found[0] if _harmless(found[0]) else self.mask, text)

    def reason(self, text: str) -> str:
        """Why only a person may answer; «» when the machine may."""
        if self.masked(text) != text:
            return NUMBERS
        said = self._said(text)
        return next((rule.why for rule in self.rules if rule.fits(said)), "")

    def named(self, text: str) -> list[Phrase]:
        """What decides about an answer."""
        said = self._said(text)
        return [phrase for phrase in self.decisive if phrase.within(said)]

    def mentions(self, text: str, phrase: Phrase) -> bool:
        return phrase.within(self._said(text))

    def _said(self, text: str) -> list[tuple[str, str]]:
        """(folded, as typed) of each word."""
        words = re.findall(r"\w+", unicodedata.normalize("NFC", text.casefold()))
        long = (one for word in words for one in self.short.get(fold(word), word).split())
        return [(fold(word), _exact(word)) for word in long]


def _harmless(number: str) -> bool:
    return bool(_MONEY.fullmatch(number) or _YEARS.fullmatch(number))


def _exact(word: str) -> str:
    """The letters and accents wherever the tone's mark is put («hòa», «hoà»); as it is when there are none."""
    letters = unicodedata.normalize("NFD", word.casefold())
    return word.casefold() if letters.isascii() else "".join(sorted(letters))


def _phrase(words: str) -> Phrase:
    split = re.findall(r"\w+", words.casefold())
    return Phrase(tuple(map(fold, split)), tuple(map(_exact, split)))


def read_wordbook(table: Mapping[str, Any]) -> Wordbook:
    """Raises KeyError, TypeError, ValueError, AttributeError for a table that is none."""
    short = {fold(word): str(meant) for word, meant in table.get("short", {}).items()}
    empty = Wordbook().syllables(" ".join(table.get("empty", ())))
    named = {name: list(words) for name, words in table.get("named", {}).items()}
    rules = tuple(
        Rule(
            row["why"],
            tuple(sorted((_group(words, named) for words in row["all_of"]), key=len)),
            _group(row.get("unless", ()), named),
        )
        for row in table.get("sensitive", ())
    )
    decisive = _group(table.get("decisive", ()), named)
    polite = [long for words in table.get("polite", ()) for long in _written_out(words, named)]
    around = _around(polite, table.get("endings", ()))
    return Wordbook(frozenset(empty), short, around, decisive, rules, table.get("mask", Wordbook().mask))


def _around(phrases: Iterable[str], endings: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases, and any endings at the end; all folded."""
    return re.compile(rf"\b(?:{_one_of(phrases)})\b|(?:\s+(?:{_one_of(endings)}))+\s*$")


def _one_of(phrases: Iterable[str]) -> str:
    """The longest first; a pattern that fits nothing when there are none."""
    folded = {" ".join(Wordbook().syllables(phrase)) for phrase in phrases}
    return "|".join(map(re.escape, sorted(folded, key=len, reverse=True))) or "(?!)"


def _group(words: Iterable[str], named: Mapping[str, Sequence[str]]) -> Group:
    """«<kin> tôi» stands for as many phrases as `named` has kin."""
    return tuple(_phrase(written) for one in words for written in _written_out(one, named))


def _written_out(words: str, named: Mapping[str, Sequence[str]]) -> list[str]:
    found = re.search(r"<(\w+)>", words)
    if found is None:
        return [words]
    before, after = words[: found.start()], words[found.end() :]
    return [long for one in named[found[1]] for long in _written_out(f"{before}{one}{after}", named)]
