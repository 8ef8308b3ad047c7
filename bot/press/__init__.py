"""Data -> infographics, with the text for who cannot see them. Pure. Papers are in papers.py, scripts in scripts.py."""

from pathlib import Path

from bot.press.told import template, told
from bot.press.typesetting import png, qr
from bot.press.values import (
    Anniversary,
    Bulletin,
    Call,
    Card,
    Clarification,
    Countdown,
    Deed,
    Infographic,
    Numbers,
    PressError,
    Question,
    Quiz,
    Ranking,
    Rules,
    Slogan,
    Steps,
    Target,
    Timeline,
    TooLong,
    Trend,
    Values,
)
from bot.press.words import Words

__all__ = [
    "LYING",
    "PORTRAIT",
    "STORY",
    "Anniversary",
    "Bulletin",
    "Call",
    "Card",
    "Clarification",
    "Countdown",
    "Deed",
    "Infographic",
    "Numbers",
    "PressError",
    "Question",
    "Quiz",
    "Ranking",
    "Rules",
    "Slogan",
    "Steps",
    "Target",
    "Timeline",
    "TooLong",
    "Trend",
    "Values",
    "infographic",
]

PORTRAIT, STORY, LYING = (1080, 1350), (1080, 1920), (1200, 630)
"""pixels of a picture in a post, of one that fills a telephone, and of one that goes with a link"""


def infographic(values: Values, *, folder: Path, size: tuple[int, int] = PORTRAIT, dark: bool = False) -> Infographic:
    """The picture of `values`, `size` pixels, from folder/press/*.typ and folder/texts/press.toml.

    Blocks for some tens of milliseconds: call it in a thread; threads take turns at one compiler per folder.
    Raises PressError: the text does not fit even at its smallest size, the address is too long for a QR code,
    a template or a sentence is broken or missing.
    """
    words = Words(folder / "texts" / "press.toml")
    fields, alt = told(values, words)
    try:
        drawn = png(folder, template(values), {**fields, "dark": dark}, qr(values.qr), words("together"), size)
    except TooLong as error:
        raise TooLong(words("too_long")) from error
    return Infographic(drawn, alt, *size)
