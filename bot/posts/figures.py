"""The register of figures: what facts.toml says, overlaid with what staff entered; written the Vietnamese way.

Which posts stand on a figure is standing_on.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.library import Fact, Library
from bot.models import Figure, Staff
from bot.texts import Texts


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as a post shows it: str() is «khoảng 300.000 hài cốt liệt sĩ», `.number` only «300.000»."""

    fact: Fact
    texts: Texts

    @property
    def number(self) -> str:
        return number(self.fact.value) if self.fact.value is not None else self.texts("posts.no_figure")

    def __str__(self) -> str:
        if self.fact.value is None:
            return self.texts("posts.no_figure")
        how = "about" if self.fact.about else "more_than" if self.fact.more_than else "exactly"
        return self.texts(f"posts.{how}", number=self.number, unit=self.fact.unit)


def number(value: float) -> str:
    """2730 -> «2.730», 2.5 -> «2,5»."""
    written = f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return written.translate(str.maketrans(",.", ".,"))


def day_text(day: date) -> str:
    """28/8/2026, as the ward writes dates."""
    return f"{day.day}/{day.month}/{day.year}"


def as_of_text(as_of: str) -> str:
    """«2026-05» -> «5/2026», «2026» -> «2026»."""
    return "/".join(str(int(part)) for part in reversed(as_of.split("-"))) if as_of else ""


async def newest(db: AsyncSession) -> dict[str, Figure]:
    """The newest entered figure of every fact that has one."""
    rows = await db.scalars(select(Figure).order_by(Figure.as_of, Figure.id))
    return {row.fact_id: row for row in rows}


async def history(db: AsyncSession, fact_id: str) -> list[Figure]:
    """All that was entered for it, the newest first."""
    rows = select(Figure).where(Figure.fact_id == fact_id).order_by(Figure.as_of.desc(), Figure.id.desc())
    return list(await db.scalars(rows))


async def course(db: AsyncSession, fact_id: str) -> dict[str, list[tuple[date, float]]]:
    """Of one fact what was entered, in the order of time; what was entered last for a day counts. For its line."""
    entered = reversed(await history(db, fact_id)) if fact_id else ()
    return {fact_id: list({row.as_of: row.value for row in entered}.items())} if fact_id else {}


async def enter(
    db: AsyncSession,
    fact: Fact,
    *,
    value: float,
    as_of: date,
    source: str,
    staff: Staff,
    now: datetime,
    valid_until: date | None = None,
) -> Figure:
    """A new value of `fact`, kept beside the old ones. From the day after `valid_until` it is stale."""
    figure = Figure(fact_id=fact.id, value=value, as_of=as_of, source=source, staff_id=staff.id, entered_at=now)
    figure.valid_until = valid_until
    db.add(figure)
    await db.flush()
    return figure


def register(library: Library, entered: Mapping[str, Figure]) -> dict[str, Fact]:
    """The facts as they stand: an entered figure replaces value, dates and source."""
    return {id: _overlaid(fact, entered.get(id)) for id, fact in library.facts.items()}


def _overlaid(fact: Fact, figure: Figure | None) -> Fact:
    if figure is None:
        return fact
    return replace(
        fact,
        value=figure.value,
        as_of=figure.as_of.isoformat(),
        source=figure.source,
        valid_until=figure.valid_until,
        about=False,
        more_than=False,
    )


def stale(facts: Iterable[Fact], today: date) -> list[Fact]:
    """Those past the last day on which they were good."""
    return [fact for fact in facts if fact.valid_until and fact.valid_until < today]


def target_text(facts: Mapping[str, Fact], id: str, on: date, texts: Texts) -> str:
    """A clause that is right on that day: days left, or the deadline passed and the entered result, or none yet."""
    target = facts[id].target
    if target is None:
        raise KeyError(f"{id}.target")
    if on <= target.by:
        return texts("posts.target_ahead", by=target.by_text, left=(target.by - on).days)
    done = facts.get(target.done)
    if done is None or done.value is None:
        return texts("posts.target_no_result", by=target.by_text)
    return texts(
        "posts.target_result",
        by=target.by_text,
        done=number(done.value),
        goal=number(facts[id].value or 0),
        unit=facts[id].unit,
        as_of=as_of_text(done.as_of),
        reached=done.value >= (facts[id].value or 0),
    )
