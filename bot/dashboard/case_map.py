"""The map of cases: one circle an area, for all who may know that there are cases; exact places only on request, noted.

Nothing is asked of anybody outside unless [map] tiles says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import places
from bot.dashboard.desk import Desk, Scope
from bot.errors import Misuse
from bot.models import Case, CaseState, Claim
from bot.pages import policy
from bot.places import Area, locate
from bot.staff import Act

NAMED = 12
"""cases of one area named in the list"""
PINS = 200
"""exact places shown at one look"""


@dataclass(frozen=True, slots=True)
class Row:
    """What everybody with SEE_CASES may know of a case."""

    id: int
    code: str
    state: str
    area: str


@dataclass(slots=True)
class Place:
    """An area and its cases."""

    area: Area
    cases: list[Row] = field(default_factory=list)

    @property
    def states(self) -> list[tuple[str, int]]:
        counted = Counter(case.state for case in self.cases)
        return [(str(state), counted[state]) for state in CaseState if counted[state]]


@dataclass(frozen=True, slots=True)
class Pin:
    """One exact place as somebody gave it; `radius`: its accuracy, or the area's when none was given."""

    code: str
    state: str
    latitude: float
    longitude: float
    radius: float
    measured: bool
    hint: str
    """landmark, distance and direction, where they were said"""


async def show(desk: Desk) -> web.Response:
    async with desk.write() as db:
        rows = await _rows(db, desk, await desk.scope(db))
        await desk.audit(db, "map", "cases", shown=len(rows))
    return _page(desk, rows, None, [])


async def exact(desk: Desk) -> web.Response:
    """The exact places of one area. Every case whose place is looked at is written down."""
    async with desk.write() as db:
        rows = await _rows(db, desk, await desk.scope(db))
        found = next((one for one in _places(desk, rows)[0] if one.area.title == desk.field("area")), None)
        if found is None:
            raise Misuse(desk.library.texts("places.misuse.area"))
        cases = found.cases[:PINS]
        pins = await _pins(db, cases, found.area)
        for case in cases:
            await desk.audit(db, "look_place", f"case:{case.id}")
    return _page(desk, rows, found.area, pins)


async def _rows(db: AsyncSession, desk: Desk, scope: Scope) -> Sequence[Row]:
    """The cases in scope that are not merged into another, newest first."""
    state = desk.asked("trang-thai") or desk.field("trang-thai")
    query = select(Case.id, Case.code, Case.state, Case.area).where(
        scope.rows(Case.unit_id), Case.merged_into_id.is_(None)
    )
    if state in set(CaseState):
        query = query.where(Case.state == state)
    return [Row(*row) for row in await db.execute(query.order_by(Case.id.desc()))]


def _places(desk: Desk, rows: Iterable[Row]) -> tuple[list[Place], list[Row]]:
    """The cases by area, the fullest first; and those whose area nobody has confirmed."""
    table, _ = places.table(desk.config.content)
    areas: dict[str, Area | None] = {}
    found: dict[str, Place] = {}
    nowhere = []
    for row in rows:
        if row.area not in areas:
            areas[row.area] = locate(row.area, table) if row.area else None
        area = areas[row.area]
        if area is None:
            nowhere.append(row)
        else:
            found.setdefault(area.title, Place(area)).cases.append(row)
    return sorted(found.values(), key=lambda place: (-len(place.cases), place.area.title)), nowhere


async def _pins(db: AsyncSession, cases: Sequence[Row], area: Area) -> list[Pin]:
    by_id = {case.id: case for case in cases}
    query = select(Claim.case_id, Claim.value).where(Claim.case_id.in_(by_id), Claim.withdrawn_at.is_(None))
    claimed = [(by_id[case_id], value) for case_id, value in await db.execute(query.order_by(Claim.id))]
    hints = {case.code: _hint(value) for case, value in claimed if _hint(value)}
    return [_pin(case, value, area, hints.get(case.code, "")) for case, value in claimed if _located(value)]


def _located(value: Any) -> bool:
    at = (value.get("latitude"), value.get("longitude")) if isinstance(value, dict) else (None, None)
    return all(isinstance(one, int | float) for one in at) and value.get("kind") != "place"


def _hint(value: Any) -> str:
    """«suối, 50 bước, về phía núi», from what bot/reading.py found."""
    said = value if isinstance(value, dict) else {}
    return ", ".join(str(said[key]) for key in ("landmark", "distance", "unit", "direction") if said.get(key))


def _pin(case: Row, value: dict[str, Any], area: Area, hint: str) -> Pin:
    accuracy = value.get("accuracy")
    measured = isinstance(accuracy, int | float) and accuracy > 0
    radius = float(accuracy) if measured and accuracy else float(area.radius)
    return Pin(case.code, case.state, value["latitude"], value["longitude"], radius, measured, hint)


def _page(desk: Desk, rows: Sequence[Row], looked: Area | None, pins: Sequence[Pin]) -> web.Response:
    found, nowhere = _places(desk, rows)
    settings = desk.config.map
    page = desk.page(
        "map",
        places=found,
        nowhere=nowhere,
        total=len(rows),
        named=NAMED,
        most=PINS,
        looked=looked,
        pins=pins,
        state=desk.asked("trang-thai") or desk.field("trang-thai"),
        states=list(CaseState),
        sealed=desk.may(Act.SEE_SEALED),
        drawn=_drawn(desk, found, looked, pins),
    )
    outside = urlsplit(settings.tiles)
    if outside.netloc:
        page.headers["Content-Security-Policy"] = policy(desk.request, f"{outside.scheme}://{outside.netloc}")
    return page


def _drawn(desk: Desk, found: Sequence[Place], looked: Area | None, pins: Sequence[Pin]) -> dict[str, Any]:
    """What bot/static/map.js reads."""
    areas = [
        {"title": one.area.title, "lat": one.area.latitude, "lon": one.area.longitude, "radius": one.area.radius}
        | {"states": one.states, "total": len(one.cases), "id": f"khu-{number}"}
        for number, one in enumerate(found)
    ]
    exact = [
        {"lat": pin.latitude, "lon": pin.longitude, "radius": pin.radius, "measured": pin.measured}
        | {"code": pin.code, "state": pin.state, "hint": pin.hint}
        for pin in pins
    ]
    words = desk.library.texts.under("places.map")
    tiles = {"url": desk.config.map.tiles, "attribution": desk.config.map.attribution}
    return {"areas": areas, "pins": exact, "looked": looked.title if looked else "", "words": words, "tiles": tiles}
