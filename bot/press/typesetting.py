"""typst: a template of content/press and the words for it -> a PNG. Words go in as data, never as source."""

import io
import json
import re
import threading
import unicodedata
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import fontpkg_be_vietnam_pro
import segno
import typst

from bot.press.values import PressError, TooLong

WIDTH = 1080
"""points across every template; the resolution follows from the width asked for"""
_TOO_LONG = "too_long"
"""what frame.typ panics with when the text does not fit at its smallest size"""

_LONGEST_BOUND = 24
"""characters; half a line of a title"""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@lru_cache(maxsize=4)
def _compiler(folder: Path) -> tuple[typst.Compiler, threading.Lock]:
    """typst reads changed templates anew at each compile, so only fonts and parsed files are kept here.

    The lock is needed: a Compiler used by two threads at once raises RuntimeError («Already borrowed»).
    """
    fonts = str(fontpkg_be_vietnam_pro.ROOT / "files")
    return typst.Compiler(root=str(folder), font_paths=[fonts], ignore_system_fonts=True), threading.Lock()


def png(folder: Path, template: str, fields: dict[str, object], qr: str, together: str, size: tuple[int, int]) -> bytes:
    """One page, `size` pixels wide and high, from folder/press/`template`.typ. Safe to call from several threads.

    `qr` is an SVG; `together` holds, between commas, words that stay on one line.
    Raises PressError, and TooLong when the text does not fit.
    """
    width, height = size
    if width < 1 or height < 1:
        raise PressError(f"no picture can be {width}×{height}")
    fields = {**fields, "height": height * WIDTH / width}
    drawn = pages(folder, template, fields, qr, together, "png", 72 * width / WIDTH)
    if len(drawn) != 1:
        raise TooLong(f"{len(drawn)} pages")
    return drawn[0]


def pdf(folder: Path, template: str, fields: dict[str, object], qr: str, together: str) -> bytes:
    """The same as a PDF, whose paper the template chooses. Raises PressError."""
    return pages(folder, template, fields, qr, together, "pdf")[0]


def pages(
    folder: Path,
    template: str,
    fields: dict[str, object],
    qr: str,
    together: str,
    kind: Literal["png", "pdf"],
    ppi: float | None = None,
) -> tuple[bytes, ...]:
    """One PDF, or each page as a PNG. Raises PressError."""
    inputs = {"values": json.dumps(printable(fields, _phrases(together))), "qr": qr}
    source = folder / "press" / f"{template}.typ"
    try:
        compiler, lock = _compiler(folder.resolve())
        with lock:
            made = compiler.compile(input=source, format=kind, ppi=ppi, sys_inputs=inputs)
    except typst.TypstError as error:
        raise (TooLong if _TOO_LONG in error.message else PressError)(error.message) from error
    except (RuntimeError, OSError) as error:
        raise PressError(f"{template}.typ: {error}") from error
    return (made,) if isinstance(made, bytes) else tuple(page or b"" for page in made or ())


def qr(address: str) -> str:
    """The address as a QR code, an SVG with its quiet zone. Raises PressError for what no QR code can hold."""
    picture = io.BytesIO()
    _code(address).save(picture, kind="svg", border=4, dark="#1c0f0a", xmldecl=False)
    return picture.getvalue().decode()


def qr_png(address: str) -> bytes:
    """The same in pixels, for Word. Raises PressError."""
    picture = io.BytesIO()
    _code(address).save(picture, kind="png", border=4, scale=8)
    return picture.getvalue()


def _code(address: str) -> segno.QRCode:
    try:
        return segno.make(address, error="m", micro=False)
    except (segno.DataOverflowError, UnicodeError, ValueError) as error:
        raise PressError(f"QR: {error}") from error


def printable(value: object, phrases: re.Pattern[str]) -> object:
    """The same JSON value with every string made fit to be set; what `phrases` match is not parted at a line's end."""
    match value:
        case str():
            return _set(value, phrases)
        case dict():
            return {key: printable(inner, phrases) for key, inner in value.items()}
        case list() | tuple():
            return [printable(inner, phrases) for inner in value]
        case _:
            return value


def _set(text: str, phrases: re.Pattern[str]) -> str:
    text = unicodedata.normalize("NFC", text).replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNPRINTABLE)
    text = phrases.sub(lambda phrase: phrase[0].replace(" ", "\u00a0"), text)
    text = "\n".join(map(_bound, text.split("\n")))
    return re.sub(r"\S+", lambda word: _parted(word[0]), text)


@lru_cache(maxsize=4)
def _phrases(together: str) -> re.Pattern[str]:
    """Longest first; case does not matter. Without any phrase nothing matches."""
    phrases = {" ".join(phrase.split()) for phrase in unicodedata.normalize("NFC", together).split(",")} - {""}
    listed = "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))
    return re.compile(rf"\b(?:{listed})\b" if listed else r"(?!)", re.IGNORECASE)


def _bound(line: str) -> str:
    """The line with spaces made unbreakable inside names, in «ngày 27/7» and in «500 ngày»."""
    bound, length = "", 0
    for before, word in pairwise(["", *line.split(" ")]):
        length += len(word) + 1
        together = bool(before) and length <= _LONGEST_BOUND and _belong(before, word)
        length = length if together else len(word)
        bound += ("\u00a0" if together else " ") + word
    return bound[1:]


def _belong(before: str, word: str) -> bool:
    named = before.isalpha() and before.istitle() and word[:1].isupper() and word.strip(".,;:?!").istitle()
    dated = before.isalpha() and word[:1].isdigit() and "/" in word
    counted = before.isdecimal() and word[:1].islower()
    return named or dated or counted


def _parted(word: str) -> str:
    """«80/2022/TT-BQP» stays whole; longer than any Vietnamese word or number, it may be parted rather than cut off."""
    if len(word) > _LONGEST_BOUND:
        return "\u200b".join(re.findall(r".{1,8}", word))
    return re.sub(r"(?<=\w[/-])(?=\w)", "\u2060", word)
