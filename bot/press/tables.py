"""Rows -> Excel in which nothing is a formula, CSV as Excel in Vietnamese opens it, and the Vietnamese order of words.

Rows are written as they come and never held, so a table may be of any length. Blocks: call it in a thread.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

Cell = str | int | float | date | None
"""a datetime is a date to the minute, without a zone"""

ROWS = 1_000_000
"""in one sheet of Excel, which knows 1,048,576; what is over goes on in a next sheet"""
CELL = 32_000
"""characters Excel keeps in one cell are 32,767"""
SEPARATOR = ";"
"""Excel parts a CSV by the list separator of Windows. Where the comma parts decimals, as in Vietnamese, that is «;»;
for Windows in English take «,». The line «sep=;» is not used: with it Excel does not see the BOM and breaks accents."""
_RISKY = ("=", "+", "-", "@", "\t", "\r")
"""what a cell of a CSV begins with that Excel would take for a formula"""
_ALPHABET = {letter: rank for rank, letter in enumerate("0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", 1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""huyền, hỏi, ngã, sắc, nặng; none is before them"""

SortKey = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Column:
    head: str
    width: int = 20
    """in characters"""


class Table(Protocol):
    """Somewhere rows go. `close` is told what stands in the note on the file: (label, value) pairs."""

    def add(self, rows: Iterable[Sequence[Cell]]) -> None: ...
    def close(self, note: Iterable[tuple[str, Cell]]) -> None: ...


def sort_key(words: str) -> SortKey:
    """The order of a Vietnamese dictionary: syllable by syllable its letters (a ă â … d đ e ê …), then its tones."""
    return tuple(_syllable(one) for one in re.findall(r"\w+", unicodedata.normalize("NFC", words).lower()))


def _syllable(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters, tones = [], []
    for char in word:
        parts = unicodedata.normalize("NFD", char)
        tone = next((part for part in parts if part in _TONES), "")
        letter = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else char
        letters.append(_ALPHABET.get(letter, 100 + ord(letter[0])))
        tones.append(_TONES.get(tone, 0))
    return tuple(letters), tuple(tones)


def clean(words: str) -> str:
    """Without what neither Excel nor Word can hold: control characters and lone surrogates."""
    kept = (c for c in words.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept))


class Excel:
    """A workbook with one table and the sheet `about` on the file itself. Written row by row, by XlsxWriter."""

    def __init__(self, path: Path, title: str, columns: Sequence[Column], about: str, rows: int = ROWS) -> None:
        plainly = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), {**plainly, "strings_to_numbers": False})
        # XlsxWriter stamps the moment otherwise: the same rows are the same bytes.
        self._book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
        self._title, self._columns, self._most = title, columns, rows
        cell = {"text_wrap": True, "valign": "top"}
        self._head = self._book.add_format({**cell, "bold": True, "bg_color": "#F3E6D8", "border": 1})
        self._plain = self._book.add_format(cell)
        self._day = self._book.add_format({**cell, "num_format": "dd/mm/yyyy"})
        self._moment = self._book.add_format({**cell, "num_format": "dd/mm/yyyy hh:mm"})
        self._sheets = 0
        self._sheet, self._at = self._new_sheet(), 1
        self._about = self._book.add_worksheet(about)

    def _new_sheet(self) -> Any:
        self._sheets += 1
        sheet = self._book.add_worksheet(self._title + (f" ({self._sheets})" if self._sheets > 1 else ""))
        for number, column in enumerate(self._columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.head, self._head)
        sheet.freeze_panes(1, 1)
        return sheet

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            if self._at > self._most:
                self._sheet, self._at = self._new_sheet(), 1
            for number, value in enumerate(row):
                self._write(self._sheet, self._at, number, value)
            self._at += 1

    def close(self, note: Iterable[tuple[str, Cell]]) -> None:
        self._about.set_column(0, 0, 34)
        self._about.set_column(1, 1, 80)
        for at, (label, value) in enumerate(note):
            self._about.write_string(at, 0, clean(label), self._head)
            self._write(self._about, at, 1, value)
        self._book.close()

    def _write(self, sheet: Any, row: int, column: int, value: Cell) -> None:
        match value:
            case None | "":
                pass
            case str():
                sheet.write_string(row, column, _cut(clean(value)), self._plain)
            case datetime():
                sheet.write_datetime(row, column, value.replace(tzinfo=None), self._moment)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case _:
                sheet.write_number(row, column, value, self._plain)


class Csv:
    """Text with a BOM, by which Excel knows UTF-8. The note stands last: a file that was cut short has none."""

    def __init__(self, path: Path, columns: Sequence[Column], separator: str = SEPARATOR) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file, delimiter=separator, lineterminator="\r\n")
        self._rows.writerow([column.head for column in columns])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._rows.writerows([written(value) for value in row] for row in rows)

    def close(self, note: Iterable[tuple[str, Cell]]) -> None:
        self._rows.writerow([])
        self._rows.writerows([written(label), written(value)] for label, value in note)
        self._file.close()


def written(value: Cell) -> str:
    """As it stands in a CSV: dates the Vietnamese way, the decimal comma, and an apostrophe before a formula."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%d/%m/%Y %H:%M}"
        case date():
            return f"{value:%d/%m/%Y}"
        case str():
            words = clean(value)
            return f"'{words}" if words.startswith(_RISKY) else words
        case _:
            return str(value).replace(".", ",")


def _cut(words: str) -> str:
    return words if len(words) <= CELL else words[:CELL] + "…"
