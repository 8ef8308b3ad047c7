"""A post on paper: leaflet, folded leaflet, notice for the board, the painter's sheet of a slogan. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bot.press.told import FIXED, template, told
from bot.press.typesetting import pages, qr
from bot.press.values import Framed, Sheet, Slogan, TooLong, Values
from bot.press.words import Fields, Words, number, source_line

A3 = (297, 420)
"""mm"""
LEAFLET: Sequence[Mapping[str, float]] = (
    {"size": 21, "columns": 1, "most": 1},
    {"size": 18, "columns": 1, "most": 1},
    {"size": 15, "columns": 1, "most": 1},
    {"size": 13.5, "columns": 2, "most": 1},
    {"size": 12.5, "columns": 2, "most": 1},
    {"size": 12, "columns": 2, "most": 1},
    {"size": 13, "columns": 2, "most": 2},
    {"size": 12, "columns": 2, "most": 4},
)
"""points of the text, columns and pages, in the order they are tried; old eyes read nothing smaller"""
FOLDED: Sequence[Mapping[str, float]] = (
    *({"size": size, "short": True, "most": 2} for size in (21, 18, 16, 14.5, 13, 12)),
    *({"size": size, "short": False, "most": 2} for size in (13, 12, 11.5, 11, 10.5)),
    {"size": 12, "short": False, "most": 4},
)
BANNER = (6.0, 0.8)
"""metres: the cloth across a street"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A template and what is put into it. The first of `tries` whose text fits is taken.

    What is made of it blocks for some tenths of a second: in a thread. Raises PressError, TooLong when nothing fits.
    """

    folder: Path
    template: str
    fields: Fields
    qr: str
    tries: Sequence[Mapping[str, float]] = ({},)

    def pdf(self) -> bytes:
        return self._fitted("pdf")[0]

    def pictures(self, ppi: float = 72) -> tuple[bytes, ...]:
        """Each page as a PNG."""
        return self._fitted("png", ppi)

    def _fitted(self, kind: Literal["png", "pdf"], ppi: float | None = None) -> tuple[bytes, ...]:
        words = Words(self.folder / "texts" / "press.toml")
        for tried in self.tries:
            try:
                fields = {**self.fields, **tried}
                return pages(self.folder, self.template, fields, self.qr, words("together"), kind, ppi)
            except TooLong:
                continue
        raise TooLong(words("too_long"))


def leaflet(sheet: Sheet, folder: Path) -> Paper:
    """A4, one side where the text fits at a size old eyes read, otherwise more."""
    return _of_sheet(sheet, folder, "leaflet", {}, LEAFLET)


def folded(sheet: Sheet, folder: Path) -> Paper:
    """A4 lying, both sides, folded twice: six panels; a very long text has a sheet more to be laid in."""
    words = Words(folder / "texts" / "press.toml")
    lines = {key: words(f"folded.{key}") for key in ("tell_head", "tell", "keep_head")}
    return _of_sheet(sheet, folder, "folded", {**lines, "keep": words("folded.keep").split("\n")}, FOLDED)


def poster(values: Values, folder: Path) -> Paper:
    """The picture as a notice for the board, A3."""
    fields, _ = told(values, Words(folder / "texts" / "press.toml"))
    width, height = A3
    return Paper(folder, template(values), {**fields, "sheet": width, "height": 1080 * height / width}, qr(values.qr))


def banner(slogan: Slogan, folder: Path, size: tuple[float, float] = BANNER) -> Paper:
    """The cloth at 1:10, `size` in metres, with the scale and the colours beside it."""
    words = Words(folder / "texts" / "press.toml")
    width, height = size
    lines = {
        "scale_line": words("banner.scale", width=number(width), height=number(height)),
        "colours": words("banner.colours"),
    }
    return Paper(folder, "banner", {**framed(slogan, words), **lines, "width": width, "height": height}, qr(slogan.qr))


def framed(values: Framed, words: Words) -> Fields:
    """The values' own fields and the fixed lines of every paper."""
    return {**asdict(values), **{key: words(key) for key in FIXED}}


def _of_sheet(sheet: Sheet, folder: Path, name: str, more: Fields, tries: Sequence[Mapping[str, float]]) -> Paper:
    words = Words(folder / "texts" / "press.toml")
    return Paper(
        folder,
        name,
        {**framed(sheet, words), "source_line": source_line(sheet.source, words), **more},
        qr(sheet.qr),
        tries,
    )
