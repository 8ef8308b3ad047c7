"""Which approved answer fits a question written with or without accents. Measured choice: facts/libraries.md §4."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import log

import bm25s
import numpy

from bot.library import Library, Post
from bot.messages import fold

_EMPTY = frozenset(
    fold(
        """là thì mà và của cho có không được bác tôi cháu ông bà à ơi nhé với hỏi xin các những này kia đó thế nào gì ở
        đi về mình em anh chị con như ra sao đây ấy hay hoặc khi trong một người biết muốn"""
    ).split()
)
"""syllables that tell nothing of a question; they count only in pairs"""

_SHORT = {"dc": "duoc", "k": "khong", "ko": "khong", "j": "gi", "bn": "bao nhieu", "ls": "liet si", "lm": "lay mau"}
"""how people shorten words on a phone"""
SURE, LIKELY = 0.45, 0.25
"""how much a question and an answer's question must have in common; chosen on those of tests/test_answers.py"""
LEAD = 1.2
"""how far a sure answer must be ahead of the next"""


@dataclass(frozen=True, slots=True)
class Found:
    """`sure`: the one answer, or None; `likely`: up to three to choose from."""

    sure: Post | None = None
    likely: tuple[Post, ...] = ()


def syllables(text: str) -> list[str]:
    """Folded syllables that tell something, and all pairs of neighbours."""
    words = " ".join(_SHORT.get(word, word) for word in fold(text).replace("/", " ").split()).split()
    pairs = [f"{one}_{two}" for one, two in pairwise(words)]
    return [word for word in words if word not in _EMPTY] + pairs


class Answers:
    """An index over the «hoi-dap» posts of one library; made anew when the library changes."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._ways = [(way, p) for p in library.posts.values() if p.kind == "hoi-dap" for way in (p.title, *p.asks)]
        self._index = bm25s.BM25(k1=1.2, b=0.4)
        tokens = [syllables(way) or ["_"] for way, _ in self._ways]
        self._known = Counter(token for way in tokens for token in set(way))
        if tokens:
            self._index.index(tokens, show_progress=False)

    def find(self, question: str) -> Found:
        """The best answer, when it covers enough of the question and is well ahead; else up to three."""
        tokens = syllables(question)
        known = [token for token in tokens if token in self._known]
        if not known:
            return Found()
        scores = self._index.get_scores(known)
        best = dict[str, float]()
        for at in numpy.argsort(scores)[::-1][:40]:
            way, post = self._ways[int(at)]
            best.setdefault(post.id, self._share(way, tokens))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        (first, top), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
        if top >= SURE and top >= second * LEAD:
            return Found(sure=self.library.posts[first])
        return Found(likely=tuple(self.library.posts[id] for id, share in ranked[:3] if share >= LIKELY))

    def _share(self, way: str, asked: list[str]) -> float:
        """How much two questions have in common: the harmonic mean of each one's share, rare words weighing more."""
        one, two = set(syllables(way)), set(asked)
        both = sum(map(self._weight, one & two))
        return 2 * both / ((sum(map(self._weight, one)) + sum(map(self._weight, two))) or 1)

    def _weight(self, token: str) -> float:
        """A rare syllable tells more than a common one; one we never heard tells that it is about something else."""
        return log(1 + len(self._ways) / (self._known[token] or 0.5)) * (0.5 if "_" in token else 1.0)
