"""Where a place somebody named may be, for staff to confirm; what a person confirmed is a decision of the case.

The table is read again when a file of content/places has changed; that of the whole country only when it is needed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import HOME, staff
from bot.models import Case, Claim, Decision, Staff
from bot.places import NOW, PERIODS, Found, Places, Proposal, look, read_places, whole_country

SHIPPED = HOME / "content" / "places"
CHOICES = (*PERIODS, NOW)
"""when a place had its name, as staff confirm it"""
_one_at_a_time = Lock()


def table(content: Path) -> tuple[Places, str]:
    """The places of `content`/places, and what is wrong there; then those that came with the program stand in."""
    folder = content / "places"
    if not folder.is_dir():
        return _read(SHIPPED, _stamp(SHIPPED)), ""
    try:
        return _read(folder, _stamp(folder)), ""
    except (OSError, KeyError, ValueError, StopIteration) as error:
        return _read(SHIPPED, _stamp(SHIPPED)), f"{type(error).__name__}: {error}"


async def proposals(content: Path, words: str) -> Found:
    """What `words` may mean. Our own table first; the rest of the country, in a thread, where that is not sure."""
    own, _ = table(content)
    found = look(words, own)
    if found.sure:
        return found
    wider = look(words, await asyncio.to_thread(_country, own))
    if wider.unsure == "too_many" and not wider.proposals and found.proposals:
        return replace(found, unsure="elsewhere_too")
    return wider


def chosen(found: Found, key: str) -> Proposal | None:
    """The proposal a form names: always one of those we made ourselves."""
    return next((one for one in found.proposals if one.key == key), None)


def value(proposal: Proposal, period: str) -> dict[str, Any]:
    """What a decision holds of a confirmed place."""
    area = proposal.area
    return {
        "kind": "place",
        "level": area.level,
        "code": area.code,
        "name": area.name,
        "province": area.province,
        "old": proposal.old,
        "period": period,
        "how": proposal.how,
        "source": proposal.source,
        "latitude": area.latitude,
        "longitude": area.longitude,
        "radius": area.radius,
    }


def area_of(value: Mapping[str, Any]) -> str:
    """The words of Case.area for a confirmed place: all of it that everybody sees, and where the map draws it."""
    if value.get("kind") != "place":
        return ""
    match value.get("level"):
        case "province":
            return str(value["name"])
        case "district":
            return str(value["old"])
        case _:
            return f"{value['name']}, {value['province']}"


async def confirm(
    db: AsyncSession, case: Case, claim: Claim, proposal: Proposal, period: str, now: datetime, by: Staff
) -> Decision:
    """«Đúng là nơi này»: the raw words stay in the claim, the unit is decided by a named person."""
    kept = {"case_id": case.id, "field": claim.field, "claim_id": claim.id, "words": claim.words}
    decision = Decision(**kept, value=value(proposal, period), staff_id=by.id, at=now)
    db.add(decision)
    case.area, case.changed_at, case.version = area_of(decision.value), now, case.version + 1
    detail = {"code": proposal.area.code, "how": proposal.how}
    await staff.audit(db, by, "place_confirmed", f"case:{case.id}", now, **detail)
    return decision


def _country(own: Places) -> Places:
    with _one_at_a_time:
        return _whole(own)


@lru_cache(maxsize=1)
def _whole(own: Places) -> Places:
    return whole_country(own)


@lru_cache(maxsize=2)
def _read(folder: Path, stamp: tuple[int, ...]) -> Places:  # noqa: ARG001 - a changed file is another key
    return read_places(folder)


def _stamp(folder: Path) -> tuple[int, ...]:
    return tuple(file.stat().st_mtime_ns for file in sorted(folder.glob("*.csv")))
