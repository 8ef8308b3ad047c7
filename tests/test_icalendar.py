"""iCalendar: what is written is read back, strictly by RFC 5545, as it was meant."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.posts.icalendar import LONGEST, Event, written
from tests.conftest import NOW

ESCAPES = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}
ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "STATUS", "TRANSP"}
Lines = list[tuple[str, str]]


def lines_of(body: bytes) -> Lines:
    """(name, value) of every content line, unfolded; fails on whatever the RFC does not allow."""
    assert body.endswith(b"\r\n")
    physical = body[:-2].split(b"\r\n")
    for line in physical:
        assert 0 < len(line) <= LONGEST
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()  # no letter is cut in two
    unfolded = body[:-2].replace(b"\r\n ", b"").decode().split("\r\n")
    parts = [re.fullmatch(r"([A-Z-]+)(?:;[A-Z]+=[A-Z]+)*:(.*)", line, re.DOTALL) for line in unfolded]
    assert all(parts), unfolded
    return [(part[1], part[2]) for part in parts if part]


def events_of(body: bytes) -> list[dict[str, str]]:
    """The events of one calendar, each property once, text as it was before it was escaped."""
    lines = lines_of(body)
    assert lines[0] == ("BEGIN", "VCALENDAR")
    assert lines[-1] == ("END", "VCALENDAR")
    head = dict(lines[: next((n for n, line in enumerate(lines) if line[1] == "VEVENT"), -1)])
    assert head["VERSION"] == "2.0"
    assert head["PRODID"]
    events, inside = list[dict[str, str]](), False
    for name, value in lines[1:-1]:
        if (name, value) == ("BEGIN", "VEVENT"):
            assert not inside
            events.append({})
            inside = True
        elif (name, value) == ("END", "VEVENT"):
            assert {"UID", "DTSTAMP", "DTSTART"} <= events[-1].keys()
            inside = False
        elif inside:
            assert name in ONCE
            assert name not in events[-1]
            events[-1][name] = _text(value) if name in {"UID", "SUMMARY", "DESCRIPTION"} else value
    assert not inside
    assert len({event["UID"] for event in events}) == len(events)
    return events


def _text(value: str) -> str:
    assert re.fullmatch(r"(\\[\\;,nN]|[^\\;,\x00-\x08\x0a-\x1f\x7f])*", value), value
    return re.sub(r"\\.", lambda found: ESCAPES[found[0]], value)


def moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200), min_size=1, max_size=4))
def test_whatever_a_title_holds_is_read_back(titles: list[str]) -> None:
    events = [Event(f"u{n}@tri-an", NOW, title, f"{title}\n{title}") for n, title in enumerate(titles)]
    found = events_of(written("Lịch; của, phường \\ Trần", events, NOW))
    assert [one["SUMMARY"] for one in found] == titles
    assert [one.get("DESCRIPTION") for one in found] == [f"{title}\n{title}" for title in titles]


def test_long_vietnamese_lines_are_folded_between_letters() -> None:
    title = "Mời bà con cung cấp thông tin về liệt sĩ, mộ liệt sĩ; xin gửi về Ban Chỉ huy Quân sự phường " * 5
    body = written("Lịch", [Event("u@tri-an", NOW, title)], NOW)
    assert b"\r\n " in body
    assert events_of(body)[0]["SUMMARY"] == title


def test_moments_are_in_utc_and_what_may_not_take_place_is_tentative() -> None:
    at = datetime(2026, 12, 1, 7, 30, tzinfo=NOW.astimezone().tzinfo)
    held = Event("u@tri-an", at, "Bài", certain=False, url="https://phuong.example/can-bo/bai/x")
    found = events_of(written("Lịch", [held], NOW))[0]
    assert moment(found["DTSTART"]) == at
    assert moment(found["DTEND"]) == at + timedelta(minutes=15)
    assert moment(found["DTSTAMP"]) == NOW
    assert found["STATUS"] == "TENTATIVE"
    assert found["URL"] == "https://phuong.example/can-bo/bai/x"


@pytest.mark.parametrize("strange", ["\x00", "\x07", "\x1b", "\x7f"])
def test_control_characters_do_not_reach_the_calendar(strange: str) -> None:
    found = events_of(written("Lịch", [Event("u@tri-an", NOW, f"Bài{strange} hay")], NOW))
    assert found[0]["SUMMARY"] == "Bài hay"
