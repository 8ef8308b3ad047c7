"""The register of figures: what each says, since when and from where; and new values from those who answer for them."""

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.chart import chart
from bot.dashboard.desk import Desk
from bot.dashboard.posts import stale
from bot.dashboard.targets import visible, within
from bot.errors import Misuse
from bot.library import Fact
from bot.models import Figure
from bot.posts import figures, standing_on
from bot.posts.figures import Shown
from bot.posts.standing_on import Outdated
from bot.staff import Act

LONGEST = 10
"""years for which a figure may be said to be good"""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as it stands, all that was entered for it (newest first), and whether it is out of date."""

    fact: Fact
    history: list[Figure]
    stale: bool


@dataclass(frozen=True, slots=True)
class Old:
    """A broadcast with another value; `words` fill in the page of its correction, which `mine` opens."""

    broadcast: Outdated
    said: Shown
    words: str
    mine: bool


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
    """One figure: what was entered so far, what stands on it, what went out with another value, and the form."""
    id = _known(desk).id
    async with desk.read() as db:
        facts = figures.register(desk.library, await figures.newest(db))
        history, old = await figures.history(db, id), await _outdated(db, desk, facts[id])
    goal = next((one for one in desk.library.facts.values() if one.target and one.target.done == id), None)
    return desk.page(
        "figure",
        fact=facts[id],
        stale=bool(stale([facts[id]], desk)),
        history=history,
        chart=chart(history, goal.value if goal else None),
        goal=goal,
        posts=standing_on.posts_with(desk.library, facts, id, desk.today, desk.config),
        outdated=old,
        remembered=standing_on.REMEMBERED.days,
        may_enter=facts[id].entered and desk.may(Act.ENTER_FIGURES),
    )


def _known(desk: Desk) -> Fact:
    fact = desk.library.facts.get(desk.request.match_info["id"])
    if fact is None:
        raise web.HTTPNotFound
    return fact


async def _outdated(db: AsyncSession, desk: Desk, fact: Fact) -> list[Old]:
    scope, found = await desk.scope(db), list[Old]()
    for one in await standing_on.outdated(db, fact, desk.now):
        if await visible(db, scope, one.target):
            mine = desk.may(Act.BROADCAST) and await within(db, scope, one.target)
            found.append(_old(desk, fact, one, mine=mine))
    return found


def _old(desk: Desk, fact: Fact, one: Outdated, *, mine: bool) -> Old:
    texts = desk.library.texts
    said, now = Shown(replace(fact, value=one.value), texts), Shown(fact, texts)
    words = {
        "sai": texts("figures.wrong", label=fact.label, said=said),
        "dung": texts("figures.right", label=fact.label, now=now, as_of=figures.as_of_text(fact.as_of)),
    }
    return Old(one, said, urlencode(words), mine)


async def enter(desk: Desk) -> web.Response:
    """A new value beside the old ones. One that is lower than before must be meant."""
    fact = _known(desk)
    if not fact.entered:
        raise web.HTTPNotFound
    value, as_of, source = _number(desk), _day(desk), desk.field("source")
    valid_until = _valid_until(desk)
    if not 0 < len(source) <= 300:
        raise Misuse(desk.say("misuse.source"))
    async with desk.write() as db:
        last = (await figures.newest(db)).get(fact.id)
        if last and value < last.value and as_of >= last.as_of and not desk.field("lower"):
            raise Misuse(desk.say("misuse.lower", last=figures.number(last.value)))
        await figures.enter(
            db,
            fact,
            value=value,
            as_of=as_of,
            source=source,
            staff=desk.staff,
            now=desk.now,
            valid_until=valid_until,
        )
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


def _valid_until(desk: Desk) -> date | None:
    """The last day on which it will be good; None: nobody can say."""
    if not desk.field("valid_until"):
        return None
    try:
        day = date.fromisoformat(desk.field("valid_until"))
    except ValueError:
        raise Misuse(desk.library.texts("figures.misuse.valid_until")) from None
    if not desk.today <= day <= desk.today.replace(year=desk.today.year + LONGEST, day=1):
        raise Misuse(desk.library.texts("figures.misuse.valid_until"))
    return day
