"""A mistyped syllable as the one that was most likely meant, among those of a collection.

Deletions on both sides find every syllable at most one slip away (a letter too many, missing, wrong, or two swapped).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_TELEX = re.compile(r"(?<=.)[sfrxjw]")
_DOUBLED = re.compile(r"([aeod])\1")
SHORTEST = 3
"""letters of a syllable that is looked at: of two letters too many others are one slip away"""


class Spelling:
    """`syllables`: all of the collection, as often as they are there; `pairs`: the neighbours in it."""

    def __init__(self, syllables: Counter[str], pairs: set[tuple[str, str]]) -> None:
        self._often = syllables
        self._pairs = pairs
        self._by_slip = defaultdict[str, list[str]](list)
        for syllable in syllables:
            if syllable.isalpha():
                for slip in _slips(syllable):
                    self._by_slip[slip].append(syllable)

    def mended(self, written: Sequence[str]) -> list[str]:
        """The syllables, those that are unknown replaced where there is one that fits."""
        meant = list[str]()
        for at, syllable in enumerate(written):
            before = meant[-1] if meant else ""
            after = written[at + 1] if at + 1 < len(written) else ""
            meant += self._mended(syllable, before, after)
        return meant

    def _mended(self, written: str, before: str, after: str) -> Sequence[str]:
        if written in self._often or not written.isalpha() or len(written) < SHORTEST:
            return [written]
        plain = _DOUBLED.sub(r"\1", _TELEX.sub("", written))
        if plain in self._often:  # «lieetj»: the accents are still keys
            return [plain]
        if run := self._run_together(written):
            return run
        near = {one for slip in _slips(written) for one in self._by_slip.get(slip, ())}

        def fits(one: str) -> tuple[int, bool, int]:
            return (
                ((before, one) in self._pairs) + ((one, after) in self._pairs),
                one[0] == written[0],
                self._often[one],
            )

        return [max(near, key=fits)] if near else [written]

    def _run_together(self, written: str) -> Sequence[str]:
        """«lietsi»."""
        halves = ((written[:at], written[at:]) for at in range(2, len(written) - 1))
        known = [half for half in halves if half in self._pairs]
        return max(known, key=lambda half: min(map(self._often.__getitem__, half)), default=())


def _slips(syllable: str) -> Iterator[str]:
    yield syllable
    yield from {syllable[:at] + syllable[at + 1 :] for at in range(len(syllable))}


def spelling(texts: Iterable[Sequence[str]]) -> Spelling:
    syllables, pairs = Counter[str](), set[tuple[str, str]]()
    for text in texts:
        syllables.update(text)
        pairs.update(pairwise(text))
    return Spelling(syllables, pairs)
