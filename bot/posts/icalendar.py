"""A calendar as RFC 5545 (iCalendar) writes it, for the calendars of phones and offices. Times are in UTC."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST = 75
"""octets of one line, without its end"""
PRODUCT = "-//Tri An//Lich dang tin//VI"


@dataclass(frozen=True, slots=True)
class Event:
    """`uid` never changes for the same matter. `certain` False: it may not take place."""

    uid: str
    at: datetime
    summary: str
    description: str = ""
    url: str = ""
    certain: bool = True
    lasts: timedelta = timedelta(minutes=15)


def written(name: str, events: Iterable[Event], now: datetime, refresh: timedelta = timedelta(hours=1)) -> bytes:
    """The whole calendar, as of `now`; a subscriber is asked to look again after `refresh`."""
    again = f"PT{int(refresh.total_seconds() // 60)}M"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
        f"NAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{again}",
        f"X-PUBLISHED-TTL:{again}",
    ]
    for event in events:
        lines += _event(event, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(now)}"
    yield f"DTSTART:{_moment(event.at)}"
    yield f"DTEND:{_moment(event.at + event.lasts)}"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{event.url}"
    yield f"STATUS:{'CONFIRMED' if event.certain else 'TENTATIVE'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A TEXT value (section 3.3.11). Control characters are not allowed in one."""
    escaped = re.sub(r"([\\;,])", r"\\\1", words.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "\\n")
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", escaped)


def _folded(line: str) -> bytes:
    """In lines of at most LONGEST octets (section 3.1), never cut within a letter."""
    folded, room = [b""], LONGEST
    for letter in line:
        octets = letter.encode()
        if len(folded[-1]) + len(octets) > room:
            folded.append(b"")
            room = LONGEST - 1  # each further line begins with a space
        folded[-1] += octets
    return b"\r\n ".join(folded) + b"\r\n"
