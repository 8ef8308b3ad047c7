"""The weights of what speaks for each act: made by `python -m bench.ear.train`, read from content/lexicon/ear.npz."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

from bot.language.acts import Act

BUCKETS = 1 << 17
"""features are told apart by a checksum of their names"""


def buckets(features: Iterable[str]) -> list[int]:
    """Where the weights of the features stand, each once."""
    return sorted(set(map(_bucket, features)))


@lru_cache(maxsize=1 << 15)
def _bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS


class Model:
    """A multinomial logistic regression. Read when it is first asked: numpy is not loaded for a command line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _weights(self) -> tuple[tuple[Act, ...], Any, Any, Any]:
        """The acts; a row of small whole numbers a bucket, and by what they count; the bias."""
        import numpy

        with numpy.load(self._path, allow_pickle=False) as kept:
            return tuple(Act(str(act)) for act in kept["acts"]), kept["weights"], kept["scale"], kept["bias"]

    def likely(self, features: Iterable[str]) -> Iterator[tuple[Act, float]]:
        """Each act with its probability."""
        import numpy

        acts, weights, scale, bias = self._weights
        found = buckets(features)
        total = weights[found].sum(axis=0, dtype=numpy.int32)
        scores = total * (scale / numpy.sqrt(len(found) or 1)) + bias
        odds = numpy.exp(scores - scores.max())
        return zip(acts, (odds / odds.sum()).tolist(), strict=True)
