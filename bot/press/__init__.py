"""Data -> picture: five infographics 1080×1350 with the text for who cannot see them. Pure; knows no other room."""

from pathlib import Path

from bot.press.typesetting import png, qr
from bot.press.values import Anniversary, Call, Countdown, Infographic, PressError, Question, Target, TooLong, Values
from bot.press.words import Words, told

__all__ = [
    "Anniversary",
    "Call",
    "Countdown",
    "Infographic",
    "PressError",
    "Question",
    "Target",
    "TooLong",
    "infographic",
]


def infographic(values: Values, *, folder: Path, size: tuple[int, int] = (1080, 1350)) -> Infographic:
    """The picture of `values`, `size` pixels, from folder/press/*.typ and folder/texts/press.toml.

    Blocks for some tens of milliseconds: call it in a thread; threads take turns at one compiler per folder.
    Raises PressError: the text does not fit even at its smallest size, the address is too long for a QR code,
    a template or a sentence is broken or missing.
    """
    words = Words(folder / "texts" / "press.toml")
    fields, alt = told(values, words)
    try:
        drawn = png(folder, type(values).__name__.lower(), fields, qr(values.qr), words("together"), size)
    except TooLong as error:
        raise TooLong(words("too_long")) from error
    return Infographic(drawn, alt, *size)
