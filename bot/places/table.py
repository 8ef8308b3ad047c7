"""The table of places: content/places/*.csv for our own city, the package vietnam-address-converter for the others.

Every file can be replaced: codes and borders follow the resolutions of the National Assembly, not this program.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.messages import fold

KINDS: Mapping[str, str] = {
    "thi tran": "commune",
    "dac khu": "commune",
    "phuong": "commune",
    "xa": "commune",
    "tt": "commune",
    "p": "commune",
    "x": "commune",
    "thi xa": "district",
    "huyen": "district",
    "quan": "district",
    "tx": "district",
    "h": "district",
    "q": "district",
    "thanh pho": "city",
    "tp": "city",
    "lien tinh": "province",
    "tinh": "province",
    "khu": "province",
}
"""what stands before a name -> the level it says; a city is a district or a province"""
WHOLE_PROVINCE = 60_000
"""metres: a circle that only says «somewhere in the province»"""
SOURCE = "vietnam-address-converter"


@dataclass(frozen=True, slots=True)
class Area:
    """A unit of today, or what remains of a former one. `code` «»: not in our table; `radius` in metres."""

    level: str
    name: str
    province: str
    code: str
    latitude: float
    longitude: float
    radius: int

    @property
    def title(self) -> str:
        return f"{self.name}, {self.province}" if self.level != "province" else self.name


@dataclass(frozen=True, slots=True)
class Row:
    """A commune under one of its names, with the unit it is in today. `now`: the name is today's own."""

    commune: str
    district: str
    province: str
    area: Area
    source: str
    now: bool = False
    key: str = ""
    """the commune's name without its kind, folded; the two below likewise"""
    districts: frozenset[str] = frozenset()
    provinces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Former:
    """A province or district that is no more: what it was made of, and from when to when."""

    name: str
    level: str
    years: tuple[int, int]
    parts: frozenset[str]
    source: str


@dataclass(frozen=True, eq=False)
class Places:
    """Everything that is known, by folded name."""

    areas: Mapping[str, Area]
    """folded title -> today's unit or province"""
    communes: Mapping[str, Sequence[Row]]
    districts: Mapping[str, frozenset[tuple[str, str]]]
    """district -> (district, province) it may mean"""
    provinces: Mapping[str, Area]
    """every province of today, and of before 7/2025, -> the province of today"""
    formers: Mapping[tuple[str, str], Former]
    """(level, name) -> what it was"""
    rows: Sequence[Row] = field(repr=False, default=())
    written: Mapping[str, str] = field(repr=False, default_factory=dict)
    """folded name of a province of before 7/2025 -> as it is written"""

    def area(self, title: str) -> Area | None:
        return self.areas.get(fold(title))

    def of_district(self, district: str, province: str) -> list[Row]:
        return [row for row in self.rows if not row.now and district in row.districts and province in row.provinces]


def bare(name: str) -> str:
    """The folded name without its kind: «Thành phố Chí Linh» -> «chi linh»."""
    words = fold(name).split()
    for size in (2, 1):
        if " ".join(words[:size]) in KINDS and len(words) > size:
            return " ".join(words[size:])
    return " ".join(words)


def read_places(folder: Path) -> Places:
    """Raises OSError, KeyError or ValueError for a file that is missing or badly written."""
    provinces = [_province(row) for row in _csv(folder / "provinces.csv")]
    ours = next(area for area, _ in provinces if bare(area.name) == "hai phong")
    today = {row["code"]: _area(row, ours) for row in _csv(folder / "today.csv")}
    old = [_old(row, today) for row in _csv(folder / "old.csv")]
    rows = [*old, *_now(today.values(), old)]
    formers = [_former(row) for row in _csv(folder / "names.csv")]
    return _indexed(rows, provinces, formers, today.values())


def whole_country(own: Places) -> Places:
    """Our own table and the other provinces from the package. Takes a second: call it in a thread, and once."""
    from vietnam_address_converter.data import DEFAULT_DATA  # 10 MB, only when a place is not ours

    mapping = DEFAULT_DATA["mapping"]["rows"]
    theirs = [row for row in _theirs(mapping, own) if bare(row.area.province) != "hai phong"]
    wider: dict[tuple[str, str], Area] = {(row.area.name, row.area.province): row.area for row in theirs}
    rows = [*own.rows, *theirs, *_now(wider.values(), theirs)]
    provinces = [
        (area, tuple(own.written[old] for old in own.written if own.provinces[old] is area)) for area in _unique(own)
    ]
    today = [area for area in own.areas.values() if area.level == "commune"]
    return _indexed(rows, provinces, own.formers.values(), [*today, *wider.values()])


def _unique(own: Places) -> list[Area]:
    return list(dict.fromkeys(own.provinces.values()))


def _csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _province(row: Mapping[str, str]) -> tuple[Area, tuple[str, ...]]:
    """A province of today and those it was made of."""
    at = float(row["latitude"]), float(row["longitude"])
    return Area("province", row["name"], row["name"], "", *at, WHOLE_PROVINCE), tuple(row["was"].split(";"))


def _area(row: Mapping[str, str], province: Area) -> Area:
    """The circle is as large as the unit."""
    radius = round(math.sqrt(float(row["km2"]) / math.pi) * 1000)
    at = float(row["latitude"]), float(row["longitude"])
    return Area("commune", row["name"], province.name, row["code"], *at, radius)


def _old(row: Mapping[str, str], today: Mapping[str, Area]) -> Row:
    return _row(row["commune"], row["district"], row["province"], today[row["code"]], row["source"])


def _row(commune: str, district: str, province: str, area: Area, source: str) -> Row:
    # People mix: the old commune and the province of today.
    both = frozenset({bare(province), bare(area.province)})
    return Row(commune, district, province, area, source, False, bare(commune), frozenset({bare(district)}), both)


def _now(today: Iterable[Area], old: Iterable[Row]) -> Iterator[Row]:
    """Today's units under their own names, reachable by the districts they lie in too."""
    made_of: dict[Area, list[Row]] = {}
    for row in old:
        made_of.setdefault(row.area, []).append(row)
    for area in today:
        parts = made_of.get(area, [])
        source = SOURCE if not area.code else "today.csv"
        districts = frozenset(district for row in parts for district in row.districts)
        provinces = frozenset({bare(area.province)}.union(*(row.provinces for row in parts)))
        yield Row(area.name, "", area.province, area, source, True, bare(area.name), districts, provinces)


def _former(row: Mapping[str, str]) -> Former:
    years = int(row["from"] or 1900), int(row["to"] or 2025)
    return Former(row["name"], row["level"], years, frozenset(map(fold, row["parts"].split(";"))), row["source"])


def _theirs(mapping: Sequence[Mapping[str, Any]], own: Places) -> Iterator[Row]:
    areas: dict[tuple[str, str], Area] = {}
    for one in mapping:
        old, new = one["old"], one["new"]
        province = own.provinces[bare(new["province_name"])]
        name = spelled(new["ward_name"])
        area = areas.setdefault((name, province.name), replace(province, level="commune", name=name))
        if old["ward_name"]:
            yield _row(
                spelled(old["ward_name"]), spelled(old["district_name"]), spelled(old["province_name"]), area, SOURCE
            )


def spelled(name: str) -> str:
    """Of a kind in two words only the first is written large: «Thị xã Kinh Môn»."""
    words = name.split(" ")
    if fold(" ".join(words[:2])) in KINDS:
        words[1] = words[1].lower()
    return " ".join(words)


def _indexed(
    rows: Sequence[Row],
    provinces: Iterable[tuple[Area, tuple[str, ...]]],
    formers: Iterable[Former],
    today: Iterable[Area],
) -> Places:
    communes: dict[str, list[Row]] = {}
    districts: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        communes.setdefault(row.key, []).append(row)
        if not row.now:
            districts.setdefault(bare(row.district), set()).add((bare(row.district), bare(row.province)))
    by_name: dict[str, Area] = {}
    written: dict[str, str] = {}
    for area, was in provinces:
        by_name[bare(area.name)] = area
        for old in was:
            by_name[bare(old)], written[bare(old)] = area, old
    areas = {fold(area.title): area for area in [*by_name.values(), *today]}
    former = {(one.level, fold(one.name)): one for one in formers}
    means = {name: frozenset(meant) for name, meant in districts.items()}
    return Places(areas, communes, means, by_name, former, tuple(rows), written)
