"""Learns the weights of content/lexicon/ear.npz from the sets the ear is built on.

python -m bench.ear.train                  learns from all of them and writes the file
python -m bench.ear.train --try [SET ...]  learns from all but one, hears that one; for each of them
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import numpy
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench.ear import BUILT_ON, Line, lexicon_of, lines
from bench.ear.__main__ import Tally, heard_in
from bot import HOME
from bot.language.acts import EMERGENCIES, Act
from bot.language.features import features, listen
from bot.language.lexicon import Lexicon
from bot.language.model import BUCKETS, Model, buckets
from bot.language.typed import word_of

STRENGTH = 20.0
"""the inverse of the penalty; chosen with --try"""
SEEN = 3
"""lines a feature must be in"""
BARE, ELSEWHERE = 0.5, 0.3
"""how much a line counts once more without its accents, and said at another place where it means the same"""
INTERRUPTED = 0.5
"""how much an emergency counts that is put into the middle of a talk"""
_ASKED = ("name", "unit", "time", "place", "source", "informant", "born", "phone")
_YES_NO = ("consent", "offer", "summary")
_ANYWHERE = (*_ASKED, *_YES_NO, "story", "receipt")
_BEGINNINGS = (Act.YES, Act.NO, Act.LATER, Act.VALUE, Act.UNKNOWN, Act.STOP)
_PLACED = frozenset((Act.VALUE, Act.YES, Act.NO, Act.STORY, Act.ENGLISH, Act.TIP, Act.FAMILY, Act.MINE))
"""acts that the place decides, or that are seldom done where something is asked"""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learned from, a row a line: its set, its act, how much it counts, and what speaks for the act."""

    sets: Any
    acts: Any
    much: Any
    speaks: Any

    def learned(self, leave_out: str = "") -> tuple[Any, Any, Any]:
        """(weights, bias, acts)."""
        chosen = self.sets != leave_out
        rows = self.speaks[chosen]
        often = numpy.flatnonzero(numpy.asarray((rows > 0).sum(axis=0)).ravel() >= SEEN)
        model = LogisticRegression(C=STRENGTH, max_iter=1000, tol=1e-4)
        model.fit(rows[:, often], self.acts[chosen], self.much[chosen])
        weights = numpy.zeros((BUCKETS, len(model.classes_)))
        weights[often] = model.coef_.T
        return weights, model.intercept_, model.classes_


def rows_of(lexicon: Lexicon) -> Rows:
    sets = {name: list(lines(name)) for name in BUILT_ON}
    every = [(name, *weighed) for name, some in sets.items() for line in some for weighed in _weighed(line)]
    every += [(name, *weighed) for name, some in sets.items() for weighed in _interrupted(some)]
    return Rows(
        numpy.array([name for name, _, _ in every]),
        numpy.array([line.act.value for _, line, _ in every]),
        numpy.array([much for _, _, much in every]),
        matrix([line for _, line, _ in every], lexicon),
    )


def _weighed(line: Line) -> Iterator[tuple[Line, float]]:
    """The line, and what is as good as said with it."""
    yield line, 1.0
    bare = "".join(word_of(c).plain.upper() if c.isupper() else word_of(c).plain for c in line.words)
    if bare != line.words:
        yield replace(line, words=bare), BARE
    number = crc32(line.words.encode())
    if line.act in (Act.YES, Act.NO) and len(line.words.split()) <= 4:
        yield replace(line, asked=_ASKED[number % len(_ASKED)]), ELSEWHERE
    for places in (_ASKED, _YES_NO):
        if line.asked in places and (line.act not in _PLACED or (places is _YES_NO and line.act in (Act.YES, Act.NO))):
            others = [place for place in places if place != line.asked]
            yield replace(line, asked=others[number % len(others)]), ELSEWHERE
            yield replace(line, asked=others[(number + 1) % len(others)]), ELSEWHERE


def _interrupted(some: Sequence[Line]) -> Iterator[tuple[Line, float]]:
    """Emergencies cried out in the middle: alone, and after the beginning of an answer."""
    begun = [line for line in some if line.act in _BEGINNINGS and len(line.words.split()) <= 5]
    for line in some:
        if line.act in EMERGENCIES:
            number = crc32(line.words.encode())
            asked = _ANYWHERE[number % len(_ANYWHERE)]
            yield replace(line, asked=asked), INTERRUPTED
            here = [one for one in begun if one.asked == asked] or begun
            if here:
                yield replace(line, asked=asked, words=f"{here[number % len(here)].words}, {line.words}"), INTERRUPTED


def matrix(some: Sequence[Line], lexicon: Lexicon) -> Any:
    """One row a line, each of length one as in bot/language/model.py."""
    found = [buckets(features(listen(line.words, line.where, lexicon), line.where)) for line in some]
    ends = numpy.cumsum([0, *map(len, found)])
    values = [1 / numpy.sqrt(len(row)) for row in found for _ in row]
    columns = [bucket for row in found for bucket in row]
    return csr_matrix((values, columns, ends), shape=(len(found), BUCKETS), dtype=numpy.float32)


def write(weights: Any, bias: Any, acts: Any, path: Path) -> None:
    scale = numpy.abs(weights).max() / 127
    kept = {
        "weights": numpy.rint(weights / scale).astype(numpy.int8),
        "scale": numpy.float32(scale),
        "bias": bias.astype(numpy.float32),
        "acts": numpy.array(acts, dtype="U12"),
    }
    numpy.savez_compressed(path, **kept)


def tried(names: Sequence[str], lexicon: Lexicon, tally: Tally) -> None:
    """Hears each set with weights learned from all others."""
    rows = rows_of(lexicon)
    for name in names:
        with TemporaryDirectory() as folder:
            write(*rows.learned(leave_out=name), Path(folder) / "ear.npz")
            heard_in(name, replace(lexicon, model=Model(Path(folder) / "ear.npz")), tally)


def main() -> None:
    lexicon = lexicon_of()
    if "--try" in sys.argv:
        tally = Tally("--wrong" in sys.argv)
        tried([name for name in BUILT_ON if name in sys.argv] or BUILT_ON, lexicon, tally)
        tally.tell()
    else:
        write(*rows_of(lexicon).learned(), HOME / "content" / "lexicon" / "ear.npz")


if __name__ == "__main__":
    main()
