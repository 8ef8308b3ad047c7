"""Many phrases looked for in a message at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from bot.language.typed import Word, mean_the_same

Words = tuple[Word, ...]
T = TypeVar("T")


class Finder(Generic[T]):
    """Phrases, and what each stands for; looked up by their words bare of accents."""

    def __init__(self, phrases: Iterable[tuple[Words, T]] = ()) -> None:
        self._meant = defaultdict[tuple[str, ...], dict[tuple[Words, T], None]](dict)
        lengths = defaultdict[str, set[int]](set)
        for words, stands_for in phrases:
            self._meant[tuple(word.plain for word in words)][words, stands_for] = None
            lengths[words[0].plain].add(len(words))
        self._lengths = {first: sorted(some, reverse=True) for first, some in lengths.items()}

    def at(self, start: int, words: Sequence[Word], plain: Sequence[str]) -> Iterator[tuple[int, T]]:
        """Where phrases end that begin at `start`, and what they stand for; the longest first.

        «dừng» is what it says, and «đừng» only where nothing else is.
        """
        for length in self._lengths.get(plain[start], ()):
            there = words[start : start + length]
            if len(there) < length:
                continue
            possible = [
                (phrase, stands_for)
                for phrase, stands_for in self._meant.get(tuple(plain[start : start + length]), ())
                if mean_the_same(there, phrase)
            ]
            meant = [one for one in possible if all(map(Word.is_meant, there, one[0]))]
            yield from ((start + length, stands_for) for _, stands_for in meant or possible)

    def anywhere(self, words: Sequence[Word]) -> set[T]:
        plain = [word.plain for word in words]
        return {found for start in range(len(words)) for _, found in self.at(start, words, plain)}

    def alike(self) -> Iterator[tuple[str, set[T]]]:
        """Words that are the same where accents are left out, and all they stand for."""
        for plain, some in self._meant.items():
            yield " ".join(plain), {stands_for for _, stands_for in some}
