"""Staff: passwords, lock-out, how long a sign-in lasts, rights by role and by subtree, the audit."""

import time
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.db import Database
from bot.errors import Misuse
from bot.models import AuditEntry, Role, SignIn, Staff, Unit, UnitKind
from bot.staff import RIGHTS, Act

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
PASSWORD = "mật khẩu dài của tôi"


@pytest.fixture
async def db(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.write() as session:
        yield session


@pytest.fixture
async def ward(db: AsyncSession) -> Unit:
    city = Unit(kind=UnitKind.CITY, code="hp", name="Thành phố Hải Phòng")
    db.add(city)
    await db.flush()
    ward = Unit(kind=UnitKind.WARD, code="tnt", name="Phường Trần Nhân Tông", parent_id=city.id)
    other = Unit(kind=UnitKind.WARD, code="cva", name="Phường Chu Văn An", parent_id=city.id)
    db.add_all([ward, other])
    await db.flush()
    db.add_all(
        [Unit(kind=UnitKind.NEIGHBOURHOOD, code=f"to-{n}", name=f"Tổ {n}", parent_id=ward.id) for n in range(1, 4)]
    )
    await db.flush()
    return ward


@pytest.fixture
async def hoa(db: AsyncSession, ward: Unit) -> Staff:
    return await rights.add(
        db, login="Hoa.TT", name="Trần Thị Hoa", role=Role.WRITER, unit=ward, password=PASSWORD, now=NOON
    )


async def test_a_password_is_kept_only_as_an_argon2_hash(hoa: Staff) -> None:
    assert hoa.password_hash.startswith("$argon2id$")
    assert PASSWORD not in hoa.password_hash


async def test_the_right_password_signs_in_whatever_the_case_of_the_login(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, " HOA.tt ", PASSWORD, NOON)
    assert found is not None
    assert found[1].staff.id == hoa.id


async def test_the_key_in_the_cookie_is_not_in_the_database(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    assert found is not None
    kept = (await db.scalars(select(SignIn.key_hash))).all()
    assert found[0] not in kept
    assert len(kept) == 1


async def test_accents_typed_apart_are_the_same_password(db: AsyncSession, hoa: Staff) -> None:
    assert await rights.sign_in(db, "hoa.tt", unicodedata.normalize("NFD", PASSWORD), NOON)


async def test_the_fifth_wrong_password_locks_the_account_for_five_minutes(db: AsyncSession, hoa: Staff) -> None:
    for _ in range(rights.TRIES):
        assert await rights.sign_in(db, "hoa.tt", "sai rồi sai rồi", NOON) is None
    assert await rights.sign_in(db, "hoa.tt", PASSWORD, NOON + timedelta(minutes=4)) is None
    assert await rights.sign_in(db, "hoa.tt", PASSWORD, NOON + timedelta(minutes=5)) is not None


async def test_a_right_password_starts_the_count_anew(db: AsyncSession, hoa: Staff) -> None:
    for _ in range(rights.TRIES - 1):
        await rights.sign_in(db, "hoa.tt", "sai rồi sai rồi", NOON)
    assert await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    await rights.sign_in(db, "hoa.tt", "sai rồi sai rồi", NOON)
    assert await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)


async def test_an_unknown_login_costs_as_much_as_a_wrong_password(db: AsyncSession, hoa: Staff) -> None:
    async def cost(login: str) -> float:
        started = time.perf_counter()
        assert await rights.sign_in(db, login, "sai rồi sai rồi", NOON) is None
        return time.perf_counter() - started

    await cost("khong-co")
    known, unknown = min([await cost("hoa.tt") for _ in range(3)]), min([await cost("khong-co") for _ in range(3)])
    assert unknown > known / 3


async def test_a_closed_account_cannot_sign_in_nor_go_on(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    assert found is not None
    hoa.active = False
    await db.flush()
    assert await rights.who(db, found[0], NOON) is None
    assert await rights.sign_in(db, "hoa.tt", PASSWORD, NOON) is None
    assert not rights.may(hoa, Act.BROADCAST)


async def test_a_sign_in_ends_after_two_idle_hours(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    assert found is not None
    assert await rights.who(db, found[0], NOON + timedelta(minutes=119))
    assert await rights.who(db, found[0], NOON + timedelta(minutes=119 + 119))
    assert await rights.who(db, found[0], NOON + timedelta(minutes=119 + 119 + 120)) is None


async def test_a_sign_in_ends_after_twelve_hours_however_busy(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    assert found is not None
    for hour in range(1, 12):
        assert await rights.who(db, found[0], NOON + timedelta(hours=hour)), hour
    assert await rights.who(db, found[0], NOON + timedelta(hours=12)) is None


async def test_signing_out_ends_one_browser_and_everywhere_ends_all(db: AsyncSession, hoa: Staff) -> None:
    found = [await rights.sign_in(db, "hoa.tt", PASSWORD, NOON) for _ in range(3)]
    keys = [one[0] for one in found if one]
    await rights.sign_out(db, keys[0])
    db.expire_all()
    assert await rights.who(db, keys[0], NOON) is None
    assert await rights.who(db, keys[1], NOON)
    await rights.sign_out_everywhere(db, hoa)
    db.expire_all()
    assert [await rights.who(db, key, NOON) for key in keys] == [None, None, None]


async def test_a_new_password_ends_every_sign_in_and_the_lock(db: AsyncSession, hoa: Staff) -> None:
    found = await rights.sign_in(db, "hoa.tt", PASSWORD, NOON)
    assert found is not None
    for _ in range(rights.TRIES):
        await rights.sign_in(db, "hoa.tt", "sai rồi sai rồi", NOON)
    await rights.set_password(db, hoa, "mật khẩu mới hơn")
    db.expire_all()
    assert await rights.who(db, found[0], NOON) is None
    assert await rights.sign_in(db, "hoa.tt", "mật khẩu mới hơn", NOON)


@pytest.mark.parametrize(
    ("login", "name", "password"),
    [
        ("ab", "Tên", PASSWORD),
        ("có dấu", "Tên", PASSWORD),
        ("../../etc", "Tên", PASSWORD),
        ("hoa.tt", "Tên", PASSWORD),
        ("moi", "  ", PASSWORD),
        ("moi", "Tên", "ngắn"),
        ("moi", "Tên", "x" * 201),
    ],
)
async def test_a_bad_login_name_or_password_is_refused_in_vietnamese(
    db: AsyncSession, ward: Unit, hoa: Staff, login: str, name: str, password: str
) -> None:
    with pytest.raises(Misuse) as refused:
        await rights.add(db, login=login, name=name, role=Role.HEAD, unit=ward, password=password, now=NOON)
    assert str(refused.value).endswith(".")


async def test_rights_reach_the_own_unit_and_all_below_it_only(db: AsyncSession, ward: Unit, hoa: Staff) -> None:
    names = {unit.id: unit.code for unit in await db.scalars(select(Unit))}
    assert {names[id] for id in await rights.units_of(db, hoa)} == {"tnt", "to-1", "to-2", "to-3"}


async def test_the_only_ward_answers_for_what_belongs_to_no_unit_yet(database: Database) -> None:
    async with database.write() as db:
        city = Unit(code="hp", name="City", kind="city")
        db.add(city)
        await db.flush()
        wards = [Unit(code=code, name=code, kind="ward", parent_id=city.id) for code in ("w-1", "w-2")]
        db.add(wards[0])
        await db.flush()
        assert await rights.at_the_top(db, Staff(unit_id=wards[0].id))
        db.add(wards[1])
        await db.flush()
        assert not await rights.at_the_top(db, Staff(unit_id=wards[0].id))
        assert await rights.at_the_top(db, Staff(unit_id=city.id))


@pytest.mark.parametrize(
    ("act", "roles"),
    [
        (Act.SEE_TIPS, {Role.MILITARY}),
        (Act.CHANGE_TIPS, {Role.MILITARY}),
        (Act.ENTER_FIGURES, {Role.MILITARY}),
        (Act.CONFIRM_ITEMS, {Role.APPROVER}),
        (Act.MANAGE_STAFF, {Role.ADMIN}),
        (Act.BROADCAST, {Role.WRITER, Role.APPROVER, Role.COMMITTEE, Role.FRONT, Role.HEAD}),
        (Act.STOP, set(Role)),
        (Act.SEE_EMERGENCIES, {Role.MILITARY, Role.APPROVER, Role.COMMITTEE, Role.ADMIN}),
    ],
)
async def test_an_act_belongs_to_these_roles(act: Act, roles: set[Role]) -> None:
    assert {role for role in Role if act in RIGHTS[role]} == roles


async def test_the_audit_keeps_who_did_what_to_what(db: AsyncSession, hoa: Staff) -> None:
    await rights.audit(db, hoa, "stop", "broadcast:7", NOON, cancelled=3)
    await rights.audit(db, None, "look", "tip:1", NOON)
    rows = (await db.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(row.staff_id, row.action, row.subject, row.detail) for row in rows] == [
        (hoa.id, "stop", "broadcast:7", {"cancelled": 3}),
        (None, "look", "tip:1", {}),
    ]
