"""Data -> pictures and papers: infographics with the text for who cannot see them, leaflets, posters, scripts. Pure."""

from pathlib import Path

from bot.press.told import told
from bot.press.typesetting import pdf, png, qr
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
    "poster",
]

PORTRAIT, STORY, LYING = (1080, 1350), (1080, 1920), (1200, 630)
"""pixels of a picture in a post, of one that fills a telephone, and of one that goes with a link"""
A3 = (297, 420)
"""mm"""


def infographic(values: Values, *, folder: Path, size: tuple[int, int] = PORTRAIT, dark: bool = False) -> Infographic:
    """The picture of `values`, `size` pixels, from folder/press/*.typ and folder/texts/press.toml.

    Blocks for some tens of milliseconds: call it in a thread; threads take turns at one compiler per folder.
    Raises PressError: the text does not fit even at its smallest size, the address is too long for a QR code,
    a template or a sentence is broken or missing.
    """
    words = Words(folder / "texts" / "press.toml")
    fields, alt = told(values, words)
    try:
        drawn = png(folder, _template(values), {**fields, "dark": dark}, qr(values.qr), words("together"), size)
    except TooLong as error:
        raise TooLong(words("too_long")) from error
    return Infographic(drawn, alt, *size)


def poster(values: Values, *, folder: Path) -> bytes:
    """The same picture as a notice for the board: a PDF of one A3 page. Blocks; raises PressError as above."""
    words = Words(folder / "texts" / "press.toml")
    fields, _ = told(values, words)
    width, height = A3
    fields |= {"sheet": width, "height": 1080 * height / width}
    try:
        return pdf(folder, _template(values), fields, qr(values.qr), words("together"))
    except TooLong as error:
        raise TooLong(words("too_long")) from error


def _template(values: Values) -> str:
    return type(values).__name__.lower()
