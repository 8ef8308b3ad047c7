"""How right the answers are on the held-out questions, and how long one takes among 5,000: `make bench`.

`--calibrate` prints the numbers of bot/answers/search.py as they come out of calibrate.txt.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from bench import town
from bench.answers import CHOSEN_ON, HELD_OUT, Asked, asked_in, told, wrong_ones
from bot import HOME
from bot.answers.search import Entry, Index, entries_of
from bot.library import read_library
from bot.wordbook import Wordbook

WRONG = 0.01
"""of the sure answers of calibrate.txt; below the promised 0.03, for the library grows"""
FOUND = 0.97
"""of the right answers of calibrate.txt that are offered at least"""
Numbers = NDArray[numpy.float64]


def many(entries: Sequence[Entry], number: int) -> list[Entry]:
    """So many answers of the same length and words, put together from the library's own sentences."""
    dice = random.Random(500)
    sentences = [sentence for entry in entries for sentence in entry.text.split(". ")]
    ways = [way for entry in entries for way in (entry.title, *entry.asks)]
    made = (
        Entry(f"{at}", dice.choice(ways), ". ".join(dice.sample(sentences, 8)), tuple(dice.sample(ways, 4)))
        for at in range(number - len(entries))
    )
    return [*entries, *made]


def timed(entries: Sequence[Entry], book: Wordbook, asked: Sequence[Asked]) -> dict[str, Any]:
    begun = time.perf_counter()
    index = Index(entries, book)
    built = time.perf_counter() - begun
    times = []
    for one in [*asked, *asked, *asked]:
        begun = time.perf_counter()
        if not book.reason(one.words):
            index.find(one.words)
        times.append((time.perf_counter() - begun) * 1000)
    hundredths = statistics.quantiles(times, n=100)
    return {
        "size": len(entries),
        "index_seconds": round(built, 2),
        "answer_median_ms": round(hundredths[49], 2),
        "answer_p99_ms": round(hundredths[98], 2),
    }


def calibrated(index: Index, book: Wordbook, asked: Sequence[Asked]) -> dict[str, float]:
    """The weights by logistic regression, then the lowest thresholds that keep WRONG and FOUND."""
    signs = [(found, one) for one in asked if not book.reason(one.words) and (found := index.signs(one.words))]
    rows = numpy.array([[*values, 1.0] for (_, values), _ in signs])
    right = numpy.array([float(id in one.right) for (id, _), one in signs])
    weights = _fitted(rows, right)
    sureness = 1 / (1 + numpy.exp(-rows @ weights))
    best_first = numpy.argsort(-sureness)
    wrong = numpy.cumsum(1 - right[best_first]) / numpy.arange(1, len(signs) + 1)
    kept = [at for at, share in enumerate(wrong) if share <= WRONG and right[best_first[at]]]
    answerable = sureness[right > 0]
    names = ("ALIKE", "LEAD", "STRENGTH", "BIAS")
    return {
        **{name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)},
        "SURE": round(float(sureness[best_first[kept[-1]]]), 3) if kept else 1.0,
        "LIKELY": round(float(numpy.quantile(answerable, 1 - FOUND)), 3),
    }


def _fitted(rows: Numbers, right: Numbers, ridge: float = 0.1) -> Numbers:
    """Logistic regression by Newton's steps."""
    weights = numpy.zeros(rows.shape[1])
    hold = ridge * numpy.diag([1.0] * (rows.shape[1] - 1) + [0.0])
    for _ in range(50):
        sureness = 1 / (1 + numpy.exp(-rows @ weights))
        slope = rows.T @ (sureness - right) + hold @ weights
        bend = (rows.T * (sureness * (1 - sureness))) @ rows + hold
        weights -= numpy.linalg.solve(bend, slope)
    return numpy.asarray(weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true", help="print the weights and thresholds, and nothing else")
    parser.add_argument("--answers", type=int, default=5000, help="so many for the time an answer takes")
    parser.add_argument("--wrong", action="store_true", help="also list the questions that were answered wrongly")
    options = parser.parse_args()
    library = read_library(HOME / "content")
    entries, book = entries_of(library), library.wordbook
    index, chosen_on = Index(entries, book), list(asked_in(CHOSEN_ON))
    if options.calibrate:
        print(*(f"{name} = {value}" for name, value in calibrated(index, book, chosen_on).items()), sep="\n")
        return
    held_out = list(asked_in(HELD_OUT))
    if options.wrong:
        print(*wrong_ones(index, book, [*chosen_on, *held_out]), sep="\n")
    times = timed(many(entries, options.answers), book, held_out)
    result = {
        "library": len(entries),
        "calibrate": told(index, book, chosen_on),
        "held_out": told(index, book, held_out),
    }
    town.written("answers", {**times, **result})


if __name__ == "__main__":
    main()
