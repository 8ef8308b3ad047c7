"""Writes old.csv (old commune → today's unit) and fills `was` of provinces.csv, from what is installed and today.csv.

Run it after a new release of that package: PYTHONPATH=. .venv/bin/python docs/places/make.py
Rows written by hand (source other than the package's) are kept.
"""

import csv
from typing import Any

from vietnam_address_converter.data import DEFAULT_DATA

from bot import HOME
from bot.messages import fold

HERE = HOME / "content" / "places"
PACKAGE = "vietnam-address-converter 1.0.5"
OURS = "hai phong"
COLUMNS = ("commune", "district", "province", "code", "source")


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, columns: tuple[str, ...], table: list[dict[str, str]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def spelled(name: str) -> str:
    """«Thành Phố Chí Linh» as it is written: «Thành phố Chí Linh»."""
    for kind in ("Thành Phố", "Thị Xã", "Thị Trấn", "Đặc Khu"):
        name = name.replace(kind, kind.capitalize())
    return name


def old_units(mapping: list[dict[str, Any]]) -> list[dict[str, str]]:
    codes = {fold(row["name"]): row["code"] for row in rows("today.csv")}
    found = [
        {
            "commune": spelled(row["old"]["ward_name"]),
            "district": spelled(row["old"]["district_name"]),
            "province": spelled(row["old"]["province_name"]),
            "code": codes[fold(row["new"]["ward_name"])],
            "source": PACKAGE,
        }
        for row in mapping
        if row["keys"]["new_province_name"] == OURS
    ]
    old = HERE / "old.csv"
    by_hand = (
        [row for row in rows("old.csv") if not row["source"].startswith("vietnam-address")] if old.exists() else []
    )
    return sorted(found + by_hand, key=lambda row: (row["province"], row["district"], row["commune"], row["code"]))


def provinces(mapping: list[dict[str, Any]]) -> list[dict[str, str]]:
    was: dict[str, set[str]] = {}
    for row in mapping:
        was.setdefault(fold(row["new"]["province_name"]), set()).add(spelled(row["old"]["province_name"]))
    return [row | {"was": ";".join(sorted(was[fold(row["name"])]))} for row in rows("provinces.csv")]


if __name__ == "__main__":
    mapping = DEFAULT_DATA["mapping"]["rows"]
    write("old.csv", COLUMNS, old_units(mapping))
    write("provinces.csv", ("name", "latitude", "longitude", "was"), provinces(mapping))
