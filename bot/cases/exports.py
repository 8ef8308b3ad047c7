"""The rows of a filter of the cases as a table: which cases, in what order and columns. Writing: scheduler/exporting.

What is sealed (exact places, phones, names of the living) is a column only for who may see it and asked for it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.cases.contents import Heading
from bot.cases.papers import Papers
from bot.messages import fold
from bot.models import Case, CaseState, CaseTip, Claim, Decision, Person, Staff, Tip, TipState, Unit
from bot.press.tables import Cell, Column, sort_key
from bot.staff import Act

KINDS = ("excel", "csv", "package")
NAME = "ho-ten"
"""the field by which a list is ordered"""
AT_A_TIME = 200
_BEFORE = ("code", "state", "area", "unit", "assigned", "created", "due", "tips", "claims")
_LIVING = ("tellers", "phones")

Ending = Literal["xlsx", "csv"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of /can-bo/ho-so, by its address: tim, trang-thai, don-vi, cua-toi; kin: what is sealed, too."""

    words: str = ""
    state: str = ""
    unit: int = 0
    mine: bool = False
    sealed: bool = False
    comma: bool = False
    """a CSV parted by commas, for a Windows set to English"""

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> "Wanted":
        """What makes no sense is not wanted, as on the page."""
        state, unit = str(asked.get("trang-thai", "")), str(asked.get("don-vi", ""))
        return cls(
            words=str(asked.get("tim", "")).strip()[:200],
            state=state if state in set(CaseState) else "",
            unit=int(unit) if unit.isascii() and unit.isdecimal() and len(unit) < 16 else 0,
            mine=bool(asked.get("cua-toi")),
            sealed=bool(asked.get("kin")),
            comma=bool(asked.get("phay")),
        )

    def parameters(self) -> dict[str, str]:
        """For the address, and for Export.wanted."""
        said = {"tim": self.words, "trang-thai": self.state, "don-vi": str(self.unit or "")}
        said |= {"cua-toi": "1" if self.mine else "", "kin": "1" if self.sealed else ""}
        said |= {"phay": "1" if self.comma else ""}
        return {name: value for name, value in said.items() if value}

    def rows(self, staff_id: int) -> list[ColumnElement[bool]]:
        """The conditions on Case; the scope of who asks comes beside them."""
        conditions: list[ColumnElement[bool]] = [Case.merged_into_id.is_(None)]
        conditions += [Case.search.contains(word, autoescape=True) for word in fold(self.words).split()]
        if self.state:
            conditions.append(Case.state == self.state)
        if self.unit:
            conditions.append(Case.unit_id == self.unit)
        if self.mine:
            conditions.append(Case.assigned_id == staff_id)
        return conditions


async def scope(db: AsyncSession, staff: Staff) -> ColumnElement[bool]:
    """The condition that a case is one `staff` answers for."""
    inside = Case.unit_id.in_(await rights.units_of(db, staff))
    return or_(inside, Case.unit_id.is_(None)) if await rights.at_the_top(db, staff) else inside


def standing() -> ColumnElement[bool]:
    """The condition that a claim counts: not withdrawn, nor told by somebody who took his consent back."""
    gone = select(Tip.id).where(Tip.state == TipState.WITHDRAWN)
    return and_(Claim.withdrawn_at.is_(None), or_(Claim.tip_id.is_(None), Claim.tip_id.not_in(gone)))


async def _owners(db: AsyncSession, ids: Sequence[int]) -> Mapping[int, int]:
    """Each of the cases, and each that was merged into one of them -> the one it shows in."""
    merged = select(Case.id, Case.merged_into_id).where(Case.merged_into_id.in_(ids))
    return {id: id for id in ids} | {id: into or id for id, into in await db.execute(merged)}


async def ordered(db: AsyncSession, wanted: Wanted, staff: Staff) -> list[int]:
    """The ids of the wanted cases, by the name that is stated, then by code."""
    asked = select(Case.id, Case.code).where(*wanted.rows(staff.id), await scope(db, staff))
    codes = {id: code for id, code in await db.execute(asked)}  # noqa: C416 - rows, not pairs
    names: dict[int, str] = {}
    for some in chunks(sorted(codes)):
        owners = await _owners(db, some)
        stated = select(Claim.case_id, Claim.words).where(Claim.field == NAME, standing())
        for id, words in await db.execute(stated.where(Claim.case_id.in_(owners)).order_by(Claim.id)):
            names.setdefault(owners[id], words)
        decided = select(Decision.case_id, Decision.words, Claim.words).outerjoin(Claim, Decision.claim_id == Claim.id)
        decided = decided.where(Decision.case_id.in_(some), Decision.field == NAME, Decision.undone_at.is_(None))
        for id, words, claimed in await db.execute(decided.order_by(Decision.id)):
            names[id] = words or claimed or names.get(id, "")
    # Who has no name yet stands last.
    return await asyncio.to_thread(
        sorted, codes, key=lambda one: (one not in names, sort_key(names.get(one, "")), codes[one])
    )


def chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + AT_A_TIME] for at in range(0, len(ids), AT_A_TIME))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the columns are, and the rows of some cases."""

    papers: Papers
    headings: Sequence[Heading]
    sealed: bool

    @property
    def shown(self) -> list[Heading]:
        return [one for one in self.headings if self.sealed or not one.sealed]

    def say(self, key: str, **values: Any) -> str:
        return self.papers.texts(f"exports.{key}", **values)

    def columns(self) -> list[Column]:
        before = [Column(self.say(f"column.{name}"), 18) for name in _BEFORE]
        stated = [Column(self.say("column.field", label=one.label), 34) for one in self.shown]
        return before + stated + [Column(self.say(f"column.{name}"), 30) for name in _LIVING if self.sealed]

    async def rows(self, db: AsyncSession, ids: Sequence[int]) -> list[list[Cell]]:
        """A row a case, in the order of `ids`."""
        found = await db.execute(
            select(Case, Unit.name, Staff.name)
            .outerjoin(Unit, Case.unit_id == Unit.id)
            .outerjoin(Staff, Case.assigned_id == Staff.id)
            .where(Case.id.in_(ids))
        )
        cases = {case.id: (case, unit, who) for case, unit, who in found}
        owners = await _owners(db, ids)
        stated, counts = await self._stated(db, owners)
        linked = select(CaseTip.case_id, CaseTip.tip_id).where(CaseTip.case_id.in_(owners))
        tips: dict[int, set[int]] = {}
        for id, tip in await db.execute(linked.where(CaseTip.removed_at.is_(None))):
            tips.setdefault(owners[id], set()).add(tip)
        living = await self._living(db, owners, ids) if self.sealed else {}
        rows: list[list[Cell]] = []
        for id in ids:
            case, unit, who = cases[id]
            before: list[Cell] = [case.code, self.papers.word("state", case.state), case.area, unit, who]
            before += [self._day(case.created_at), self._day(case.due_at), len(tips.get(id, ())), counts.get(id, 0)]
            rows.append([*before, *(stated.get((id, one.id), "") for one in self.shown), *living.get(id, ())])
        return rows

    async def _stated(
        self, db: AsyncSession, owners: Mapping[int, int]
    ) -> tuple[Mapping[tuple[int, str], str], Mapping[int, int]]:
        """(case, field) -> what staff chose, else all that is stated side by side; and how many claims a case has.

        What is told of a further grave («noi-chon#2») stands in the same column.
        """
        wanted = {one.id for one in self.shown}
        open_ = select(Claim).where(Claim.case_id.in_(owners), standing()).order_by(Claim.id)
        words: dict[tuple[int, str], dict[str, None]] = {}
        said: dict[int, str] = {}
        counts: dict[int, int] = {}
        for one in await db.scalars(open_):
            id, field = owners[one.case_id], one.field.partition("#")[0]
            counts[id] = counts.get(id, 0) + 1
            if field in wanted:
                said[one.id] = self.papers.shown(one.words, one.value)
                words.setdefault((id, field), {})[said[one.id]] = None
        stated = {key: _joined(all_) for key, all_ in words.items()}
        decided = select(Decision).where(Decision.case_id.in_(owners.values()), Decision.undone_at.is_(None))
        for decision in await db.scalars(decided.order_by(Decision.id)):
            if decision.field in wanted and (chosen := decision.words or said.get(decision.claim_id or 0, "")):
                stated[decision.case_id, decision.field] = chosen
        return stated, counts

    async def _living(
        self, db: AsyncSession, owners: Mapping[int, int], ids: Sequence[int]
    ) -> Mapping[int, list[Cell]]:
        """Who told, and how to reach them."""
        people = await db.execute(
            select(CaseTip.case_id, Person)
            .join(Person, Person.tip_id == CaseTip.tip_id)
            .join(Tip, Person.tip_id == Tip.id)
            .where(CaseTip.case_id.in_(owners), CaseTip.removed_at.is_(None), Tip.state != TipState.WITHDRAWN)
            .order_by(Person.id)
        )
        told: dict[int, list[Person]] = {}
        for id, person in people:
            told.setdefault(owners[id], []).append(person)
        return {
            id: [
                _joined(one.name for one in told.get(id, ())),
                _joined(one.phone for one in told.get(id, ())),
            ]
            for id in ids
        }

    def note(self, wanted: Wanted, unit: str, rows: int, by: str, at: datetime) -> list[tuple[str, Cell]]:
        """What the file says of itself."""
        return [
            (self.say("note.what"), self.say("note.file", ward=self.papers.ward)),
            (self.say("note.filter"), described(self.papers, wanted, unit)),
            (self.say("note.rows"), rows),
            (self.say("note.columns"), len(self.columns())),
            (self.say("note.order"), self.say("note.by_name")),
            (self.say("note.made"), self.papers.moment(at)),
            (self.say("note.by"), by),
            (self.say("note.sealed"), self.say("note.with_sealed" if self.sealed else "note.without_sealed")),
            (self.say("note.meaning"), self.papers.say("notice")),
        ]

    def _day(self, at: datetime | None) -> Cell:
        return at.astimezone(self.papers.zone).date() if at else None


def _joined(words: Iterable[str]) -> str:
    """Each once, side by side."""
    return " / ".join(dict.fromkeys(filter(None, words)))


def described(papers: Papers, wanted: Wanted, unit: str) -> str:
    """The filter in words."""
    parts = []
    if wanted.words:
        parts.append(papers.texts("exports.filter.words", words=wanted.words))
    if wanted.state:
        parts.append(papers.texts("exports.filter.state", state=papers.word("state", wanted.state)))
    if wanted.unit:
        parts.append(papers.texts("exports.filter.unit", unit=unit))
    if wanted.mine:
        parts.append(papers.texts("exports.filter.mine"))
    return "; ".join(parts) or papers.texts("exports.filter.all")


def may(staff: Staff, wanted: Wanted) -> bool:
    """Whether `staff` may have such a file, now that it is made."""
    return rights.may(staff, Act.EXPORT) and (not wanted.sealed or rights.may(staff, Act.SEE_SEALED))
