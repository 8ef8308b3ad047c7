"""The schedule of content/ as values: entries, series, days of rest. When an entry is due: scheduler/calendar.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

WEEK = "1234567"
"""weekdays as in Unit.days, Monday is 1"""


@dataclass(frozen=True, slots=True)
class Series:
    id: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the schedule: `when` as written (for scheduler/calendar.py) and one of post, series, anniversary."""

    id: str
    name: str
    when: Mapping[str, Any]
    post: str = ""
    series: str = ""
    anniversary: str = ""
    anniversaries: bool = False
    ordinary: bool = False
    """silent on a day for which another entry has a word: an anniversary, a milestone"""
    to: str = "all"
    starts: date | None = None
    ends: date | None = None
    max_lateness: timedelta = timedelta(hours=4)
    file: str = "schedule.toml"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """Days on which the schedule means to say nothing, or little: weekdays (Monday is 1), from `starts` to `ends`."""

    name: str
    days: str = WEEK
    starts: date = date.min
    ends: date = date.max

    def holds_on(self, day: date) -> bool:
        return self.starts <= day <= self.ends and str(day.isoweekday()) in self.days


@dataclass(frozen=True, slots=True)
class Schedule:
    quiet: tuple[time, time] = (time(21), time(6, 30))
    entries: tuple[Entry, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    rests: tuple[Rest, ...] = ()


def parse_length(written: str) -> timedelta:
    """«4h», «30m», «2d» as a length of time. Raises ValueError."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return (
        timedelta(**{units[written[-1:]]: int(written[:-1])}) if written[-1:] in units else timedelta(seconds=int("x"))
    )


def of_unit(row: dict[str, Any], unit: str) -> dict[str, Any]:
    """As the unit's own file means it. Raises ValueError for groups that are not the unit's."""
    if not unit:
        return row
    if row.get("to", f"unit:{unit}") != f"unit:{unit}":
        raise ValueError(f"to = {row['to']}")
    to = {} if {"posts", "topics", "kind"} & row.keys() else {"to": f"unit:{unit}"}
    return {**row, **to} | {key: f"{unit}/{row[key]}" for key in ("id", "series") if key in row}


def entry_of(row: dict[str, Any], default: str) -> Entry:
    lateness = parse_length(row.pop("max_lateness", default))
    starts, ends = row.pop("from", None), row.pop("until", None)
    entry = Entry(**row, starts=starts, ends=ends, max_lateness=lateness)
    if sum(map(bool, (entry.post, entry.series, entry.anniversary, entry.anniversaries))) != 1:
        raise ValueError("post | series | anniversary | anniversaries")
    return entry


def rest_of(row: dict[str, Any]) -> Rest:
    starts, ends = row.pop("from", date.min), row.pop("until", date.max)
    rest = Rest(**row, starts=starts, ends=ends)
    if not rest.days or set(rest.days) - set(WEEK) or rest.ends < rest.starts:
        raise ValueError(f"days = {rest.days}, from = {rest.starts}, until = {rest.ends}")
    return rest
