"""What a person means by a time: partial, about, a range, a season, lunar, or a year by its animal. Pure functions.

The words themselves are kept elsewhere; this is only what was understood, for staff to confirm.
"""

import re
from typing import Any

from bot.messages import fold

STEMS = ("canh", "tan", "nham", "quy", "giap", "at", "binh", "dinh", "mau", "ky")
BRANCHES = ("than", "dau", "tuat", "hoi", "ty", "suu", "dan", "mao", "thin", "ti", "ngo", "mui")
"""by the last digit of the year, and by the year modulo 12; «tý» and «tỵ» fold alike, so both years are offered"""
FIRST, LAST = 1940, 1999
"""the wars this service asks about"""

_ABOUT = re.compile(r"\b(khoang|chung|tam|do|gan|hinh nhu|co le|ang chung|dau|cuoi|giua)\b")
_BETWEEN = re.compile(r"\b(?:tu|giua)\b.+\b(?:den|toi|va)\b")
_SEASONS = ("mua mua", "mua kho", "mua xuan", "mua he", "mua thu", "mua dong", "truoc tet", "sau tet", "dip tet", "tet")
_LUNAR = re.compile(r"\b(am lich|ram|mong|mung|gieng|chap|ngay am|ngay ta)\b")
_SOLAR = re.compile(r"\b(duong lich|ngay duong|ngay tay)\b")
_RELATION = re.compile(r"\b(truoc|sau)(?= (?:nam|thang|ngay|tet|mua|giai phong|hiep dinh|khi|hoi|\d))")
_MONTH_NAMES = {
    "gieng": 1,
    "hai": 2,
    "ba": 3,
    "tu": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
    "muoi mot": 11,
    "muoi hai": 12,
    "mot": 11,
    "chap": 12,
}
"""«tháng Một» is the eleventh of the lunar calendar, as «tháng Giêng» is the first"""
_FULL = re.compile(r"\b(\d{1,2})(?: thang |[/ ])(\d{1,2})(?: nam |[/ ])(\d{4}|\d{2})\b")
_MONTH_YEAR = re.compile(r"\b(\d{1,2})(?: nam |/)(\d{4}|\d{2})\b")
_YEAR = re.compile(r"\b(19\d\d|20[0-4]\d)\b")
_SHORT_YEAR = re.compile(r"\b(?:nam|hoi|khoang|den|toi|tu|dau|giua|cuoi) ([3-9]\d)\b(?! (?:tuoi|nguoi|buoc|met))")
_DIGITS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_ONES = "|".join(_DIGITS)
_SPOKEN = re.compile(
    r"(?:^|\b(?:nam|hoi|khoang|dau|cuoi|giua|den|tu) )(?:(?:mot )?(?:(?:nghin|ngan) )?chin (?:tram )?)?"
    rf"(bon|nam|sau|bay|tam|chin) (?:muoi )?({_ONES})"
    rf"(?=$| (?!(?:nguoi|anh|tuoi|ngoi|ngay|thang|buoc|met|nghin|ngan|tram|muoi|{_ONES})\b))"
)
"""«năm sáu chín», «bảy hai»; «năm sáu người» counts people"""
_DAY_MONTH = re.compile(r"\b(\d{1,2}) thang (\d{1,2})\b")
_NEW_MOON = re.compile(r"\b(?:mong|mung) (\d{1,2}|mot|hai|ba|tu|bon|nam|sau|bay|tam|chin|muoi)\b")
_FIRST_DAYS = ("mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi")


def understood_time(words: str) -> dict[str, Any] | None:
    """{"kind": "date", "year", "month", "day", "year_to", "years", "about", "lunar", "season", "relation"}, what is
    known of it; None when no time is found. `lunar` False: said to be solar; absent: not said."""
    text = fold(words.replace("-", " ").replace(".", " "))
    found: dict[str, Any] = {**_day(text), **_season(text)}
    if "year" not in found:
        found |= _years(text) or _animal_year(text)
    month = re.search(r"\bthang (\d{1,2}|muoi mot|muoi hai|" + "|".join(_MONTH_NAMES) + r")\b", text)
    if month and "month" not in found:
        number = _MONTH_NAMES.get(month[1]) or int(month[1])
        found |= {"month": number} if 1 <= number <= 12 else {}
    relation = _RELATION.search(text)
    if not found and not relation:
        return None
    if _ABOUT.search(_BETWEEN.sub("", text) if "year_to" in found else text):
        found["about"] = True
    if _LUNAR.search(text) or _SOLAR.search(text) or found.get("animal"):
        found["lunar"] = not _SOLAR.search(text)
    if relation:
        found["relation"] = "before" if relation[1] == "truoc" else "after"
    return {"kind": "date", **found}


def _day(text: str) -> dict[str, Any]:
    if full := _FULL.search(text):
        day, month, year = int(full[1]), int(full[2]), _full_year(full[3])
        if 1 <= day <= 31 and 1 <= month <= 12:
            return {"day": day, "month": month, "year": year}
    if part := _MONTH_YEAR.search(text):
        month, year = int(part[1]), _full_year(part[2])
        if 1 <= month <= 12:
            return {**_lunar_day(text), "month": month, "year": year}
    if (part := _DAY_MONTH.search(text)) and 1 <= int(part[1]) <= 31 and 1 <= int(part[2]) <= 12:
        return {"day": int(part[1]), "month": int(part[2])}
    return _lunar_day(text)


def _lunar_day(text: str) -> dict[str, Any]:
    """«Rằm» is the fifteenth, «mồng Năm» the fifth."""
    if re.search(r"\bram\b", text):
        return {"day": 15}
    said = _NEW_MOON.search(text)
    if said is None:
        return {}
    day = int(said[1]) if said[1].isdecimal() else _FIRST_DAYS.index(said[1].replace("bon", "tu")) + 1
    return {"day": day} if 1 <= day <= 10 else {}


def _years(text: str) -> dict[str, Any]:
    years = [int(year) for year in _YEAR.findall(text)] + [_full_year(year) for year in _SHORT_YEAR.findall(text)]
    if re.fullmatch(r"\d{2}(?: \d{2})?", text):
        years = [_full_year(year) for year in text.split()]
    if not years:
        years = [1900 + 10 * _DIGITS[tens] + _DIGITS[ones] for tens, ones in _SPOKEN.findall(text)]
    if not years:
        return {}
    first, last = min(years), max(years)
    return {"year": first} if first == last else {"year": first, "year_to": last}


def _animal_year(text: str) -> dict[str, Any]:
    """«Mậu Thân» is one year between 1940 and 1999; «năm Tuất» is several, all offered."""
    words = text.split()
    for before, word in zip(["", *words], words, strict=False):
        if word not in BRANCHES or before not in (*STEMS, "nam"):
            continue
        branches = {BRANCHES.index(word)} | ({4, 9} if word in ("ty", "ti") else set())
        years = [y for y in range(FIRST, LAST + 1) if y % 12 in branches]
        if before in STEMS:
            years = [year for year in years if year % 10 == STEMS.index(before)]
        if years:
            return {"years": years, "animal": f"{before} {word}", **({"year": years[0]} if len(years) == 1 else {})}
    return {}


def _season(text: str) -> dict[str, Any]:
    found = next((season for season in _SEASONS if season in text), None)
    return {"season": found} if found else {}


def _full_year(written: str) -> int:
    year = int(written)
    return year if year > 99 else 1900 + year if year >= 30 else 2000 + year
