"""What people type, labelled: where the talk stood, what they meant, their words. See `python -m bench.ear --help`."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import HOME
from bot.language import Act, Lexicon, Where, read_lexicon

FOLDER = Path(__file__).parent
BUILT_ON = (
    "north",
    "south",
    "middle",
    "elders",
    "young",
    "emergencies",
    "emergencies2",
    "ordinary",
    "ordinary2",
    "emergencies3",
    "ordinary3",
    "kin",
    "emergencies4",
    "own",
)
HELD_OUT = (
    "held-out",
    "held-out-2",
    "held-out-emergencies",
    "held-out-ordinary",
    "held-out-2-emergencies",
    "held-out-2-ordinary",
    "held-out-3-emergencies",
    "held-out-3-ordinary",
)
"""written by another hand, looked at once"""


@dataclass(frozen=True, slots=True)
class Line:
    """One phrase and its label; `asked` is how the set names where the talk stood."""

    asked: str
    act: Act
    words: str

    @property
    def where(self) -> Where:
        return Where.NAME if self.asked == "informant" else Where(self.asked)


def lines(name: str) -> Iterator[Line]:
    """The phrases of one set."""
    for row in (FOLDER / f"{name}.tsv").read_text("utf-8").splitlines():
        asked, act, words = row.split("\t")
        yield Line(asked, Act(act), words)


def lexicon_of() -> Lexicon:
    """The one that is shipped."""
    short = tomllib.loads((HOME / "content" / "answers.toml").read_text("utf-8"))["short"]
    return read_lexicon(HOME / "content" / "lexicon", short)
