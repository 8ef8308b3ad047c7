"""The register of figures: what each says, since when and from where; and new values from those who answer for them."""

import math
import re
from dataclasses import dataclass
from datetime import date

from aiohttp import web
from sqlalchemy import select

from bot.dashboard.desk import Desk
from bot.dashboard.posts import stale
from bot.errors import Misuse
from bot.library import Fact
from bot.models import Figure
from bot.posts import figures
from bot.staff import Act


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as it stands, all that was entered for it (newest first), and whether it is out of date."""

    fact: Fact
    history: list[Figure]
    stale: bool


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        facts = figures.register(desk.library, await figures.newest(db))
        entered = (await db.scalars(select(Figure).order_by(Figure.as_of.desc(), Figure.id.desc()))).all()
    old = stale(facts.values(), desk)
    rows = [Row(fact, [row for row in entered if row.fact_id == fact.id], fact.id in old) for fact in facts.values()]
    return desk.page(
        "figures",
        entered=[row for row in rows if row.fact.entered],
        fixed=[row for row in rows if not row.fact.entered],
        may_enter=desk.may(Act.ENTER_FIGURES),
    )


async def show(desk: Desk) -> web.Response:
    """One figure that staff enter: the form and everything entered so far."""
    id = _entered(desk).id
    async with desk.read() as db:
        fact = figures.register(desk.library, await figures.newest(db))[id]
        rows = await db.scalars(
            select(Figure).where(Figure.fact_id == id).order_by(Figure.as_of.desc(), Figure.id.desc())
        )
        goal = next((one for one in desk.library.facts.values() if one.target and one.target.done == id), None)
        return desk.page("figure", fact=fact, history=rows.all(), goal=goal, may_enter=desk.may(Act.ENTER_FIGURES))


def _entered(desk: Desk) -> Fact:
    fact = desk.library.facts.get(desk.request.match_info["id"])
    if fact is None or not fact.entered:
        raise web.HTTPNotFound
    return fact


async def enter(desk: Desk) -> web.Response:
    """A new value beside the old ones. One that is lower than before must be meant."""
    fact = _entered(desk)
    value, as_of, source = _number(desk), _day(desk), desk.field("source")
    if not 0 < len(source) <= 300:
        raise Misuse(desk.say("misuse.source"))
    async with desk.write() as db:
        last = (await figures.newest(db)).get(fact.id)
        if last and value < last.value and as_of >= last.as_of and not desk.field("lower"):
            raise Misuse(desk.say("misuse.lower", last=figures.number(last.value)))
        await figures.enter(db, fact, value=value, as_of=as_of, source=source, staff=desk.staff, now=desk.now)
        await desk.audit(db, "enter_figure", f"fact:{fact.id}", value=value, as_of=as_of.isoformat())
    return desk.go("so-lieu", fact.id, done="figure")


def _number(desk: Desk) -> float:
    """«1.234», «1.234,5» or «1234», as it is written in Vietnam."""
    written = desk.field("value").replace(" ", "")
    if not re.fullmatch(r"([0-9]{1,3}(\.[0-9]{3}){0,3}|[0-9]{1,12})(,[0-9]{1,2})?", written):
        raise Misuse(desk.say("misuse.number"))
    value = float(written.replace(".", "").replace(",", "."))
    if not math.isfinite(value):
        raise Misuse(desk.say("misuse.number"))
    return value


def _day(desk: Desk) -> date:
    try:
        day = date.fromisoformat(desk.field("as_of"))
    except ValueError:
        raise Misuse(desk.say("misuse.day")) from None
    if not desk.config.service.campaign_start.replace(year=2020) <= day <= desk.today:
        raise Misuse(desk.say("misuse.future_day"))
    return day
