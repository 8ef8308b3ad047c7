"""Model people are shown only with their own consent, in writing or before staff, and until a day.

A version of a post names its permission; when that ends, `said_without_one` are the versions to be taken out;
scheduler/lapses.py does it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Misuse
from bot.library import Library
from bot.models import Permission, PostVersion, Staff, VersionState
from bot.staff import audit

LONGEST_NAME = 200
LONGEST_WORDS = 2000
YEARS = 2
"""for which a consent may be given at most"""
SOON = 14
"""days before its end at which staff are told"""


class How(StrEnum):
    PAPER = "paper"
    """signed; the scan is kept"""
    SPOKEN = "spoken"
    """before a member of staff"""
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody agreed to, as staff write it down."""

    name: str
    words: str
    how: How
    given_on: date
    ends_on: date
    file_sha256: str = ""


async def record(
    db: AsyncSession, library: Library, given: Given, staff: Staff, today: date, now: datetime
) -> Permission:
    """Keep it with the unit of `staff`. Raises Misuse with a sentence for what is missing or not so."""
    if problem := _problem(given, today):
        raise Misuse(library.texts(f"permissions.misuse.{problem}", most=LONGEST_WORDS, years=YEARS))
    permission = Permission(
        name=given.name,
        words=given.words,
        how=given.how,
        file_sha256=given.file_sha256,
        given_on=given.given_on,
        ends_on=given.ends_on,
        staff_id=staff.id,
        unit_id=staff.unit_id,
        at=now,
    )
    db.add(permission)
    await db.flush()
    await audit(db, staff, "permission_recorded", f"permission:{permission.id}", now, how=given.how)
    return permission


def _problem(given: Given, today: date) -> str:
    """A key of texts/permissions.toml [misuse]; «» when all is well."""
    if not 0 < len(given.name) <= LONGEST_NAME:
        return "name"
    if not 0 < len(given.words) <= LONGEST_WORDS:
        return "words"
    if given.how is How.PAPER and not given.file_sha256:
        return "paper"
    if given.given_on > today:
        return "given_on"
    if not max(today, given.given_on) < given.ends_on <= _years_after(given.given_on):
        return "ends_on"
    return ""


def _years_after(day: date) -> date:
    """The same day YEARS later; of 29/2 the last of February."""
    try:
        return day.replace(year=day.year + YEARS)
    except ValueError:
        return day.replace(year=day.year + YEARS, day=28)


async def withdraw(db: AsyncSession, library: Library, permission: Permission, staff: Staff, now: datetime) -> None:
    """At once and for good: somebody who agrees again is written down again. Raises Misuse when it is withdrawn."""
    if permission.withdrawn_at is not None:
        raise Misuse(library.texts("permissions.misuse.withdrawn"))
    permission.withdrawn_at, permission.withdrawn_by_id = now, staff.id
    await audit(db, staff, "permission_withdrawn", f"permission:{permission.id}", now)


async def permitted(db: AsyncSession, id: int, today: date) -> bool:
    """May this person be shown today?"""
    found = select(Permission.id).where(Permission.id == id, Permission.given_on <= today, ~_over(today))
    return await db.scalar(found) is not None


async def holding(db: AsyncSession, today: date, units: Collection[int]) -> Sequence[Permission]:
    """Those that hold today, of these units; the newest first."""
    rows = select(Permission).where(Permission.given_on <= today, ~_over(today), Permission.unit_id.in_(units))
    return (await db.scalars(rows.order_by(Permission.id.desc()))).all()


async def ended(db: AsyncSession, today: date) -> list[int]:
    """The permissions that hold no more: past their last day, or withdrawn."""
    return list(await db.scalars(select(Permission.id).where(_over(today)).order_by(Permission.id)))


async def ending(db: AsyncSession, first: date, last: date) -> Sequence[Permission]:
    """Those that hold on `first` and whose last day is not after `last`."""
    rows = select(Permission).where(~_over(first), Permission.ends_on <= last)
    return (await db.scalars(rows.order_by(Permission.ends_on, Permission.id))).all()


async def said_without_one(db: AsyncSession, today: date) -> Sequence[PostVersion]:
    """Approved versions that show somebody whose permission has ended: they are to be withdrawn."""
    over = select(Permission.id).where(_over(today))
    rows = select(PostVersion).where(PostVersion.state == VersionState.APPROVED, PostVersion.permission_id.in_(over))
    return (await db.scalars(rows.order_by(PostVersion.id))).all()


def _over(today: date) -> ColumnElement[bool]:
    return or_(Permission.ends_on < today, Permission.withdrawn_at.is_not(None))
