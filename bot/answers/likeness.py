"""Questions, or reports, that mean the same: they share a likeness, so that staff answer them once."""

import hashlib
from collections.abc import Iterable

from bot.wordbook import Wordbook

ALIKE = 0.6
"""what two must have in common: the harmonic mean of each one's share"""


def likeness_of(words: str, others: Iterable[tuple[str, str]], book: Wordbook) -> str:
    """That of the most alike of `others`, (likeness, words), or a new one: the hash of what `words` tell."""
    mine = _telling(words, book)
    shares = ((_common(mine, _telling(theirs, book)), likeness) for likeness, theirs in others if likeness)
    share, likeness = max(shares, default=(0.0, ""))
    return likeness if share >= ALIKE else hashlib.sha256(" ".join(sorted(mine)).encode()).hexdigest()


def _telling(words: str, book: Wordbook) -> frozenset[str]:
    """The syllables that tell something; all of them when none does."""
    syllables = frozenset(book.syllables(words))
    return syllables - book.empty or syllables


def _common(one: frozenset[str], two: frozenset[str]) -> float:
    return 2 * len(one & two) / ((len(one) + len(two)) or 1)
