"""The staff: sign-in with lock-out, who may do what in which units, and the audit of what they did and saw.

The pages are in dashboard/. Passwords are hashed off the event loop; the browser's key is kept only as its SHA-256.
"""

import asyncio
import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Misuse
from bot.models import AuditEntry, Role, SignIn, Staff, Unit, UnitKind
from bot.texts import shipped

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
TRIES = 5
LOCKED = timedelta(minutes=5)
PASSWORD = range(10, 201)
"""lengths a password may have"""

_hasher = PasswordHasher()


class Act(StrEnum):
    """What a page or a button lets one do."""

    SEE_TIPS = "see_tips"
    CHANGE_TIPS = "change_tips"
    """verify, decide, hand over"""
    ENTER_TIPS = "enter_tips"
    """write down what somebody tells by phone, on paper or at the door"""
    SEE_CASES = "see_cases"
    """that there is a case, where it stands and in what area; nothing sealed"""
    SEE_SEALED = "see_sealed"
    """exact places, phones, names of the living"""
    RELEASE = "release"
    """one of the two who let a concluded identity be said"""
    EXPORT = "export"
    WRITE = "write"
    """drafts of posts, and their submission"""
    APPROVE = "approve"
    """release what others wrote; never one's own"""
    BROADCAST = "broadcast"
    """send what is approved"""
    STOP = "stop"
    ENROL = "enrol"
    ENTER_FIGURES = "enter_figures"
    CONFIRM_ITEMS = "confirm_items"
    ANSWER_QUESTIONS = "answer_questions"
    MANAGE_STAFF = "manage_staff"
    SEE_AUDIT = "see_audit"
    SEE_PROBLEMS = "see_problems"
    SEE_EMERGENCIES = "see_emergencies"
    """what somebody told in danger, and take it; whose phones ring for it"""


RIGHTS: dict[Role, frozenset[Act]] = {
    Role.WRITER: frozenset({Act.WRITE, Act.BROADCAST, Act.STOP, Act.SEE_PROBLEMS}),
    Role.APPROVER: frozenset(
        {Act.BROADCAST, Act.STOP, Act.ENROL, Act.CONFIRM_ITEMS, Act.ANSWER_QUESTIONS, Act.SEE_AUDIT, Act.SEE_PROBLEMS}
        | {Act.SEE_CASES, Act.RELEASE, Act.WRITE, Act.APPROVE, Act.SEE_EMERGENCIES}
    ),
    Role.MILITARY: frozenset(
        {Act.SEE_TIPS, Act.CHANGE_TIPS, Act.ENTER_FIGURES, Act.ANSWER_QUESTIONS, Act.STOP, Act.SEE_PROBLEMS}
        | {Act.ENTER_TIPS, Act.SEE_CASES, Act.SEE_SEALED, Act.RELEASE, Act.EXPORT, Act.WRITE, Act.SEE_EMERGENCIES}
    ),
    Role.COMMITTEE: frozenset(
        {Act.BROADCAST, Act.STOP, Act.ENROL, Act.ANSWER_QUESTIONS, Act.SEE_AUDIT, Act.SEE_PROBLEMS}
        | {Act.SEE_CASES, Act.RELEASE, Act.WRITE, Act.SEE_EMERGENCIES}
    ),
    Role.FRONT: frozenset({Act.WRITE, Act.BROADCAST, Act.STOP, Act.ENTER_TIPS}),
    Role.HEAD: frozenset({Act.WRITE, Act.BROADCAST, Act.STOP, Act.ENROL, Act.ENTER_TIPS}),
    Role.ADMIN: frozenset(
        {Act.STOP, Act.ENROL, Act.MANAGE_STAFF, Act.SEE_AUDIT, Act.SEE_PROBLEMS, Act.SEE_EMERGENCIES}
    ),
}
"""The plan's section IV: tips and progress belong to the Military Command, what is held or waits to the approver."""


def may(staff: Staff, act: Act) -> bool:
    return staff.active and act in RIGHTS[Role(staff.role)]


async def home(db: AsyncSession) -> Unit | None:
    """The unit that answers for what belongs to no unit yet: the ward where there is only one, else the root."""
    wards = (await db.scalars(select(Unit).where(Unit.kind == UnitKind.WARD).limit(2))).all()
    if len(wards) == 1:
        return wards[0]
    return await db.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))


async def home_or_new(db: AsyncSession, name: str) -> Unit:
    """The home unit; an installation that has no unit yet gets a ward of that name, code «phuong»."""
    unit = await home(db)
    if unit is None:
        unit = Unit(code="phuong", name=name, kind=UnitKind.WARD, parent_id=None)
        db.add(unit)
        await db.flush()
    return unit


async def at_the_top(db: AsyncSession, staff: Staff) -> bool:
    """Answers also for what belongs to no unit yet: the home unit's own, and those above it."""
    unit = await home(db)
    return unit is not None and unit.id in await units_of(db, staff)


async def units_of(db: AsyncSession, staff: Staff) -> set[int]:
    """The staff's own unit and all below it."""
    below = select(Unit.id).where(Unit.id == staff.unit_id).cte("below", recursive=True)
    below = below.union(select(Unit.id).join(below, Unit.parent_id == below.c.id))
    return set(await db.scalars(select(below.c.id)))


async def answers_for(db: AsyncSession, staff: Staff, unit_id: int | None) -> bool:
    """For what belongs to that unit; what belongs to none yet is the top's."""
    return await at_the_top(db, staff) if unit_id is None else unit_id in await units_of(db, staff)


async def add(
    db: AsyncSession, *, login: str, name: str, role: Role, unit: Unit, password: str, now: datetime
) -> Staff:
    """Raises Misuse for a login that is malformed or taken, a missing name, or a password too short."""
    login, name = login.strip().casefold(), " ".join(name.split())
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,59}", login):
        raise _misuse("login")
    if not 0 < len(name) <= 200:
        raise _misuse("name")
    if await db.scalar(select(Staff.id).where(Staff.login == login)):
        raise _misuse("taken", login=login)
    hashed = await _hashed(password)
    staff = Staff(login=login, name=name, role=role, unit=unit, password_hash=hashed, active=True, created_at=now)
    db.add(staff)
    await db.flush()
    return staff


async def set_password(db: AsyncSession, staff: Staff, password: str) -> None:
    """A new password ends the lock and every sign-in made with the old one. Raises Misuse when too short."""
    staff.password_hash = await _hashed(password)
    staff.failures, staff.locked_until = 0, None
    await sign_out_everywhere(db, staff)


async def knows_password(staff: Staff, password: str) -> bool:
    return await asyncio.to_thread(_verify, staff.password_hash, _normal(password))


async def sign_in(db: AsyncSession, login: str, password: str, now: datetime) -> tuple[str, SignIn] | None:
    """The key for the cookie, and its row. None for a wrong login or password, or a locked account: all cost the same.

    In the caller's write transaction, so that guesses made at the same time are counted one by one.
    """
    staff = await db.scalar(select(Staff).where(Staff.login == login.strip().casefold()[:60]))
    hashed = staff.password_hash if staff else await asyncio.to_thread(_nobody)
    password = _normal(password)[: PASSWORD.stop]
    good = await asyncio.to_thread(_verify, hashed, password)
    if staff is None or not staff.active or (staff.locked_until and staff.locked_until > now):
        return None
    if not good:
        staff.failures += 1
        if staff.failures >= TRIES:
            staff.failures, staff.locked_until = 0, now + LOCKED
        return None
    staff.failures, staff.locked_until = 0, None
    if _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = await asyncio.to_thread(_hasher.hash, password)
    await db.execute(delete(SignIn).where(SignIn.expires_at < now))
    key = secrets.token_urlsafe(32)
    signed = SignIn(
        key_hash=_key_hash(key),
        staff=staff,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
    )
    db.add(signed)
    await db.flush()
    return key, signed


async def who(db: AsyncSession, key: str, now: datetime) -> SignIn | None:
    """The sign-in the key belongs to while it lasts: 12 hours in all, 2 hours since it was last seen."""
    signed = await db.get(SignIn, _key_hash(key))
    if signed is None or not signed.staff.active or signed.expires_at <= now or signed.seen_at + IDLE <= now:
        return None
    if now - signed.seen_at > timedelta(minutes=1):
        signed.seen_at = now
    return signed


async def sign_out(db: AsyncSession, key: str) -> None:
    await db.execute(delete(SignIn).where(SignIn.key_hash == _key_hash(key)))


async def sign_out_everywhere(db: AsyncSession, staff: Staff) -> None:
    await db.execute(delete(SignIn).where(SignIn.staff_id == staff.id))


async def audit(db: AsyncSession, staff: Staff | None, action: str, subject: str, now: datetime, **detail: Any) -> None:
    """Write down a change or a look. `detail` holds no words of a tip."""
    staff_id = staff.id if staff else None
    db.add(AuditEntry(at=now, staff_id=staff_id, action=action, subject=subject, detail=detail))
    await db.flush()


async def _hashed(password: str) -> str:
    if len(_normal(password)) not in PASSWORD:
        raise _misuse("password", least=PASSWORD.start, most=PASSWORD.stop - 1)
    return await asyncio.to_thread(_hasher.hash, _normal(password))


def _normal(password: str) -> str:
    """The same letters whichever keyboard wrote them: Vietnamese accents come composed or apart."""
    return unicodedata.normalize("NFC", password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash a wrong login is compared with, so that it answers no sooner than a wrong password."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _misuse(reason: str, **values: Any) -> Misuse:
    return Misuse(shipped()(f"dashboard.misuse.{reason}", **values))
