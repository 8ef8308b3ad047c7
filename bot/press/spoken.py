"""What is written -> what is said: numbers, dates, documents, abbreviations, by content/press/spoken.toml. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.press.values import PressError

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'»”)]*[^\s<>\"'»”).,;:!?]")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_PHONE = re.compile(r"(?<![\d.,/])(?:\+84|0)\d{1,3}(?:[ .]?\d{2,4}){2,3}(?![\d/])")
_DOTTED_DATE = re.compile(r"(?<![\d.])(\d{1,2})[-.](\d{1,2})[-.](\d{4})(?![\d.])")
_TO = re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d)")
_DAY = re.compile(r"(?:\b([Nn]gày)\s+)?(?<![\d/.,])(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\d/]|[.,]\d)")
_MONTH = re.compile(r"(?:\b([Tt]háng)\s+)?(?<![\d/.,])(\d{1,2})/(\d{4})(?![\d/])")
_MONTH_ALONE = re.compile(r"\b([Tt]háng)\s+0?4(?!\d|[/%]|[.,]\d)")
_TIME = re.compile(r"(?<![\d.,/:])([01]?\d|2[0-3])(?:h|:)([0-5]\d)(?!\d)|(?<![\d.,/:])([01]?\d|2[0-3])h(?!\w)")
_NUMBER = r"\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?"
_SHARE = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})")
_DOCUMENT = (
    r"(?:\b(?P<named>{named})\s+(?:số\s+)?)?(?P<number>\d+)(?:/(?P<year>\d{{4}}))?[/-](?P<kind>{short})-(?P<by>\w+)"
)
_ACT = re.compile(r"(?P<number>\d+)/(?P<year>\d{4})/QH(?P<term>\d+)")
_CAPITALS = re.compile(r"\b[A-ZĐ]{2,6}\b")
_VOWELS = frozenset("AEIOUY")
_MARKS = re.compile(r"[*#_«»“”„\"'‘’•·|<>{}\\^`@]")


class Spoken:
    """spoken("28/8/2026") -> the words. Made once for a folder of content/. Raises PressError for a broken table."""

    def __init__(self, folder: Path) -> None:
        path = folder / "press" / "spoken.toml"
        try:
            table = tomllib.loads(path.read_text("utf-8"))
            self.rate: int = table["rate"]
            """syllables a minute"""
            self._words: Mapping[str, Any] = table
            self._number: Mapping[str, Any] = table["number"]
            kinds = table["document"]["kinds"]
            named = _any([*kinds, *kinds.values()])
            self._document = re.compile(_DOCUMENT.format(named=named, short=_any(kinds)))
            self._unit = re.compile(rf"(?<=\d)\s*({_any(table['units'])})(?![\w²³/])")
            self._short = re.compile(rf"(?<!\w)({_any(table['abbreviations'])})(?!\w)")
            self._sign = re.compile(_any(table["signs"]))
            numerals = table["roman"]["numerals"]
            numerals, after = _any(table["roman"]["numerals"]), _any(table["roman"]["after"])
            self._roman = re.compile(rf"(?:\b((?i:{after}))\s+)?\b({numerals})(?:\.(\d+))?(?!\w)")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, AttributeError, TypeError) as error:
            raise PressError(f"{path.name}: {error!r}") from error

    def __call__(self, text: str) -> str:
        """One paragraph as it is read aloud."""
        text = unicodedata.normalize("NFC", text)
        text = _MAIL.sub(self._words["mail"], _URL.sub(self._words["site"], text))
        text = self._document.sub(self._a_document, text)
        text = _ACT.sub(self._an_act, text)
        text = self._roman.sub(self._a_roman, text)
        text = _PHONE.sub(lambda found: self._one_by_one(found[0]), text)
        text = self._dated(_TO.sub(f" {self._number['to']} ", _DOTTED_DATE.sub(r"\1/\2/\3", text)))
        text = _SHARE.sub(rf"\1 {self._number['of']} \2", text)
        text = self._short.sub(lambda found: self._words["abbreviations"][found[1]], text)
        text = self._unit.sub(lambda found: f" {self._words['units'][found[1]]}", text)
        text = re.sub(_NUMBER, lambda found: f" {self._figure(found[0])} ", text)
        text = _CAPITALS.sub(self._letters, text)
        return _tidy(self._sign.sub(lambda found: self._words["signs"][found[0]], text))

    def number(self, value: int) -> str:
        """A whole number from 0, as it is read in the North: 2730 -> «hai nghìn bảy trăm ba mươi»."""
        words = self._number
        above, rest = divmod(value, 10**9)
        if above:
            return f"{self.number(above)} {words['billion']} {self._groups(rest, inside=True)}".strip()
        return self._groups(rest, inside=False) or words["digits"][0]

    def _groups(self, value: int, *, inside: bool) -> str:
        """Millions, thousands, ones; `inside`: something larger was said before, so noughts are said too."""
        said = list[str]()
        for power in (2, 1, 0):
            group = value // 1000**power % 1000
            if group:
                said.append(f"{self._three(group, inside=inside or bool(said))} {self._number['groups'][power]}")
        return " ".join(" ".join(said).split())

    def _three(self, value: int, *, inside: bool) -> str:
        hundreds, rest = divmod(value, 100)
        tens, ones = divmod(rest, 10)
        words, digits = self._number, self._number["digits"]
        said = [digits[hundreds], words["hundred"]] if hundreds or inside else []
        if tens == 0:
            said += [words["zero_tens"], digits[ones]] if ones and said else [digits[ones]] if ones else []
        else:
            said += [words["ten"]] if tens == 1 else [digits[tens], words["tens"]]
            said += [self._after_tens(tens, ones)] if ones else []
        return " ".join(said)

    def _after_tens(self, tens: int, ones: int) -> str:
        special = {(True, 1): "one", (True, 4): "four", (True, 5): "five", (False, 5): "five"}
        key = special.get((tens > 1, ones))
        return str(self._number[key] if key else self._number["digits"][ones])

    def _figure(self, written: str) -> str:
        """«2.730», «2,5», «0912»: what begins with a nought or is longer than any figure is read digit by digit."""
        whole, _, part = written.replace(".", "").partition(",")
        said = (
            self._one_by_one(whole)
            if len(whole) > 15 or (whole[0] == "0" and whole != "0")
            else self.number(int(whole))
        )
        if not part:
            return said
        exact = part[0] == "0" or len(part) > 2
        return f"{said} {self._number['point']} {self._one_by_one(part) if exact else self.number(int(part))}"

    def _one_by_one(self, digits: str) -> str:
        return " ".join(self._number["digits"][int(digit)] for digit in digits if digit.isdecimal())

    def _dated(self, text: str) -> str:
        text = _DAY.sub(self._a_day, text)
        text = _MONTH.sub(self._a_month, text)
        text = _MONTH_ALONE.sub(lambda found: f"{found[1]} {self._words['time']['april']}", text)
        return _TIME.sub(self._a_time, text)

    def _a_day(self, found: re.Match[str]) -> str:
        said, day, month, year = found[1], int(found[2]), int(found[3]), found[4]
        if not (0 < day < 32 and 0 < month < 13):
            return found[0]
        parts = [self._time("day", day=self.number(day)), self._time("month", month=self._of_month(month))]
        parts += [self._time("year", year=self.number(int(year)))] if year else []
        return _as_begun(" ".join(parts), said)

    def _a_month(self, found: re.Match[str]) -> str:
        said, month, year = found[1], int(found[2]), int(found[3])
        if not 0 < month < 13:
            return found[0]
        month_words = self._time("month", month=self._of_month(month))
        return _as_begun(f"{month_words} {self._time('year', year=self.number(year))}", said)

    def _of_month(self, month: int) -> str:
        return str(self._words["time"]["april"]) if month == 4 else self.number(month)

    def _a_time(self, found: re.Match[str]) -> str:
        hour, minute = int(found[1] or found[3]), int(found[2] or 0)
        values = {"hour": self.number(hour), "minute": self.number(minute)}
        return self._time("minutes" if minute else "hour", **values)

    def _time(self, key: str, **values: str) -> str:
        return str(self._words["time"][key]).format(**values)

    def _a_document(self, found: re.Match[str]) -> str:
        words = self._words["document"]
        named = found["named"] or found["kind"]
        kind = words["kinds"].get(named, named)
        year = words["year"].format(year=self.number(int(found["year"]))) if found["year"] else ""
        by = words["issuers"].get(found["by"], found["by"])
        return f"{words['number'].format(kind=kind, number=self.number(int(found['number'])))} {year} {by}"

    def _an_act(self, found: re.Match[str]) -> str:
        words = self._words["document"]
        number, year, term = (self.number(int(found[name])) for name in ("number", "year", "term"))
        return f"{number} {words['year'].format(year=year)} {words['assembly'].format(term=term)}"

    def _a_roman(self, found: re.Match[str]) -> str:
        """«mục II», «IV.2», «III»; one capital that stands alone may be somebody's initial."""
        before, numeral, part = found.groups()
        if not before and not part and len(numeral) == 1:
            return found[0]
        number = self.number(self._words["roman"]["numerals"].index(numeral) + 1)
        return " ".join(filter(None, (before, number))) + (f", {self.number(int(part))}" if part else "")

    def _letters(self, found: re.Match[str]) -> str:
        """Letters without a vowel cannot be read as a word: they are spelt."""
        if _VOWELS & set(found[0]):
            return found[0]
        return " ".join(self._words["letters"][letter] for letter in found[0])


def syllables(said: str) -> int:
    """Vietnamese writes its syllables apart; a hyphen parts them too."""
    return len(re.findall(r"\w+", said))


def _any(words: Sequence[str] | Mapping[str, Any]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _as_begun(said: str, begun: str | None) -> str:
    """With the first word as it was written: «Ngày» at the beginning of a sentence."""
    return begun + said[len(begun) :] if begun else said


def _tidy(text: str) -> str:
    """Without marks nobody reads, single spaces, and commas only where a reader breathes."""
    text = " ".join(_MARKS.sub(" ", text).split())
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    text = re.sub(r"[,;:]+(?=[,.;:!?])", "", text)
    return text.strip(" ,").strip()
