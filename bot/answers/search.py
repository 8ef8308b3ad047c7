"""Which answer of a collection fits a question, with or without accents, and how sure that is.

Ranking: BM25 over folded syllables and pairs of neighbours (measured choice: facts/libraries.md §4, bench/answers).
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, pairwise
from math import exp, log

import bm25s
import numpy

from bot.answers.spelling import spelling
from bot.library import ANSWERING, Library
from bot.wordbook import Wordbook

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG

MOST = 10
CHOICES = 3

# Chosen on bench/answers/calibrate.txt by `python -m bench.answers --calibrate`, which prints them.
ALIKE, LEAD, STRENGTH, BIAS = 5.97, 6.03, 2.4, -4.05
SURE, LIKELY = 0.956, 0.458
NEAR = 0.5
"""a choice offered beside the best has at least this share of its score"""

Signs = tuple[float, float, float]
_HOLES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer: its title, other wordings of the question, and what it says."""

    id: str
    title: str
    text: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    id: str
    score: float


class Decision(StrEnum):
    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """`ranked`: up to MOST, best first; `confidence` that the first is right, 0 to 1."""

    decision: Decision
    ranked: tuple[Ranked, ...] = ()
    confidence: float = 0.0

    @property
    def choices(self) -> tuple[str, ...]:
        """Ids to offer when it is not sure: the best and what comes near it."""
        near = [one for one in self.ranked[:CHOICES] if one.score >= NEAR * self.ranked[0].score]
        return tuple(one.id for one in near)


def entries_of(library: Library) -> list[Entry]:
    """What the library answers with."""
    posts = (post for post in library.posts.values() if post.kind in ANSWERING)
    return [Entry(post.id, post.title, _HOLES.sub(" ", post.body), post.asks) for post in posts]


class Index:
    """Over `entries`, which do not change; making it takes seconds for thousands of them."""

    def __init__(self, entries: Sequence[Entry], book: Wordbook) -> None:
        self.entries = entries
        self._book = book
        ways = [[book.syllables(way) for way in (entry.title, *entry.asks)] for entry in entries]
        # The title counts twice: it is the question itself.
        whole = [[*chain(own[0], *own), *book.syllables(entry.text)] for own, entry in zip(ways, entries, strict=True)]
        self._spelling = spelling(whole)
        tokens = [self._tokens(syllables) or ["_"] for syllables in whole]
        self._spread = Counter(token for one in tokens for token in set(one))
        self._ways = [[frozenset(self._tokens(way)) for way in own] for own in ways]
        self._bm25 = bm25s.BM25()
        if tokens:
            self._bm25.index(tokens, show_progress=False)

    def find(self, question: str) -> Found:
        asked = self._asked(question)
        ranked = self._ranked(asked)
        if not ranked:
            return Found(Decision.NONE)
        found = tuple(Ranked(self.entries[at].id, round(score, 4)) for at, score in ranked)
        confidence = self._confidence(asked, ranked)
        if confidence >= SURE and not self._beside_the_point(question, self.entries[ranked[0][0]]):
            return Found(Decision.SURE, found, confidence)
        likely = self._confidence(asked, ranked, CHOICES) >= LIKELY or self._is_in(asked, ranked[0][0])
        return Found(Decision.UNSURE if likely else Decision.NONE, found, confidence)

    def signs(self, question: str, before: int = 1) -> Signs | None:
        """What the confidence is made of that one of the first `before` is right; for choosing the numbers above."""
        asked = self._asked(question)
        ranked = self._ranked(asked)
        return self._signs(asked, ranked, before) if ranked else None

    def _asked(self, question: str) -> list[str]:
        return self._tokens(self._spelling.mended(self._book.asked(question)))

    def _tokens(self, syllables: Sequence[str]) -> list[str]:
        """Syllables that tell something, and all pairs of neighbours."""
        pairs = [f"{one}_{two}" for one, two in pairwise(syllables)]
        return [one for one in syllables if one not in self._book.empty] + pairs

    def _ranked(self, asked: Sequence[str]) -> list[tuple[int, float]]:
        known = [token for token in asked if token in self._spread]
        if not known:
            return []
        scores = self._bm25.get_scores(known)
        best = numpy.argsort(-scores, kind="stable")[:MOST]
        return [(int(at), float(scores[at])) for at in best if scores[at] > 0]

    def _confidence(self, asked: Sequence[str], ranked: Sequence[tuple[int, float]], before: int = 1) -> float:
        """That the best is right; or one of several, where it matters only how far it leads on what comes after."""
        alike, lead, strength = self._signs(asked, ranked, before)
        return 1 / (1 + exp(-(ALIKE * alike + LEAD * lead + STRENGTH * strength + BIAS)))

    def _signs(self, asked: Sequence[str], ranked: Sequence[tuple[int, float]], before: int) -> Signs:
        """How alike the question and a wording of the best answer are; how far it leads; how much speaks for it."""
        (best, score), after = ranked[0], ranked[before][1] if len(ranked) > before else 0.0
        alike = max(self._alike(frozenset(asked), way) for way in self._ways[best])
        return alike, (score - after) / score, log(score / log(1 + len(self.entries)))

    def _is_in(self, asked: Sequence[str], best: int) -> bool:
        """All that was said, be it two words, stands in a wording of the answer."""
        return any(way.issuperset(asked) for way in self._ways[best])

    def _alike(self, one: frozenset[str], two: frozenset[str]) -> float:
        """The harmonic mean of what each has of the other, rare tokens weighing more."""
        return 2 * self._weight(one & two) / ((self._weight(one) + self._weight(two)) or 1)

    def _weight(self, tokens: Iterable[str]) -> float:
        """A rare token tells more; one that is nowhere tells that it is about something else."""
        many = len(self.entries)
        return sum(log(1 + many / (self._spread[one] or 0.5)) * (0.5 if "_" in one else 1.0) for one in tokens)

    def _beside_the_point(self, question: str, entry: Entry) -> bool:
        """The question is about a place or a thing of which the answer says nothing."""
        named = self._book.named(question)
        whole = "\n".join((entry.title, *entry.asks, entry.text)) if named else ""
        return not all(self._book.mentions(whole, phrase) for phrase in named)
