"""Every template of the press, drawn again and again after the first: milliseconds by day and night, in both sizes."""

import argparse
import itertools
import statistics
import time
from dataclasses import replace
from datetime import date

from bench.town import written
from bot import HOME
from bot.config import Config
from bot.library import read_library
from bot.posts.examples import Example, examples
from bot.press import PORTRAIT, STORY, infographic

DAY = date(2026, 11, 23)


def measured(example: Example, size: tuple[int, int], times: int) -> list[float]:
    """Milliseconds of each drawing after the first; the words change each time, so that nothing is remembered."""
    shades = itertools.cycle((False, True))
    took = []
    for turn in range(times + 1):
        values = replace(example.copy.values, ward=f"{example.copy.values.ward} {turn}")
        begun = time.perf_counter()
        infographic(values, folder=example.copy.folder, size=size, dark=next(shades))
        took.append((time.perf_counter() - begun) * 1000)
    return took[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    library = read_library(HOME / "content")
    templates: dict[str, dict[str, float]] = {}
    for example in examples(library, Config(), DAY):
        sizes = {"1080x1350": PORTRAIT, "1080x1920": STORY}
        took = {name: measured(example, size, options.times) for name, size in sizes.items()}
        templates[example.picture] = {name: round(statistics.median(each), 1) for name, each in took.items()}
        templates[example.picture] |= {f"{name} slowest": round(max(each), 1) for name, each in took.items()}
    written("press", {"size": options.times, "templates": templates})


if __name__ == "__main__":
    main()
