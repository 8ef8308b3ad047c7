"""An officer's phone: linked by a one-time code, told of trouble and of the evening's balance, and let go again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts, alarms, chats
from bot.config import Config
from bot.db import Database
from bot.keys import Shelf
from bot.library import Library
from bot.media import Media
from bot.messages import Address, Choice, Outgoing
from bot.models import (
    AccountState,
    AuditEntry,
    Chat,
    ChatKind,
    ChatState,
    CodeKind,
    Delivery,
    EnrolmentCode,
    Role,
    Staff,
    Unit,
)
from bot.outbox import put
from bot.webroom import WebRoom
from scheduler.worker import Worker
from tests.conftest import NOW
from tests.dashboard_site import Site
from tests.dashboard_site import open_site as open_site
from tests.talk import Talk


async def a_ward(db: AsyncSession) -> Unit:
    """Under a city, above a neighbourhood."""
    ward = await db.scalar(select(Unit).where(Unit.code == "phuong"))
    if ward is None:
        city = Unit(kind="city", code="hp", name="Thành phố")
        db.add(city)
        await db.flush()
        ward = Unit(kind="ward", code="phuong", name="Phường", parent_id=city.id)
        db.add(ward)
        await db.flush()
        db.add(Unit(kind="neighbourhood", code="to-1", name="Tổ 1", parent_id=ward.id))
        await db.flush()
    return ward


async def somebody(
    db: AsyncSession,
    login: str,
    *,
    role: Role = Role.WRITER,
    unit: str = "phuong",
    phone: str = "",
    active: bool = True,
) -> Staff:
    await a_ward(db)
    home = (await db.scalars(select(Unit).where(Unit.code == unit))).one()
    person = Staff(login=login, name=login.title(), role=role, unit=home, password_hash="x", created_at=NOW)
    person.active = active
    if phone:
        person.chat_id = (await chats.known(db, Address("telegram", phone), ChatKind.PRIVATE, "", NOW)).id
    db.add(person)
    await db.flush()
    return person


async def a_code(database: Database, login: str = "hoa", at: datetime = NOW) -> str:
    async with database.write() as db:
        person = await db.scalar(select(Staff).where(Staff.login == login)) or await somebody(db, login)
        return (await alarms.make_code(db, person, at)).code


async def phone_of(database: Database, login: str = "hoa") -> str:
    async with database.read() as db:
        linked = select(Chat.address).join(Staff, Staff.chat_id == Chat.id).where(Staff.login == login)
        return await db.scalar(linked) or ""


# Who is told


async def test_those_at_the_top_who_may_see_problems_are_told_each_once(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await somebody(db, "writer", phone="1")
        await somebody(db, "above", unit="hp", role=Role.ADMIN, phone="2")
        await somebody(db, "same-phone", role=Role.ADMIN, phone="1")
        await somebody(db, "below", unit="to-1", phone="3")
        await somebody(db, "front", role=Role.FRONT, phone="4")
        await somebody(db, "left", phone="5", active=False)
        await somebody(db, "no-phone")
        await somebody(db, "blocked", phone="6")
        blocked = await chats.known(db, Address("telegram", "6"), ChatKind.PRIVATE, "", NOW)
        chats.set_state(blocked, ChatState.GONE, "blocked", NOW)
        assert [chat.address for chat in await alarms.officers(db)] == ["telegram:1", "telegram:2"]
        assert await alarms.sound(db, library, config, ["Một điều."], NOW) == 2
        assert await alarms.sound(db, library, config, [], NOW) == 0
        assert len((await db.scalars(select(Delivery))).all()) == 2


async def test_many_troubles_of_one_minute_are_one_message(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await somebody(db, "hoa", phone="1")
        await alarms.sound(db, library, config, [f"Điều {number}." for number in range(1, 12)], NOW)
        sent = (await db.scalars(select(Delivery))).one()
        assert sent.message is not None
        words = sent.message["text"]
    assert "• Điều 8." in words
    assert "• Điều 9." not in words
    assert "Và 3 việc khác." in words


async def test_an_alarm_does_not_disturb_the_menu_of_a_talk(
    database: Database, library: Library, config: Config
) -> None:
    async with database.write() as db:
        await somebody(db, "hoa", phone="1")
        phone = (await alarms.officers(db))[0]
        await put(db, phone, Outgoing("Chọn?", choices=(Choice("Có", "yes"),)), NOW)
        await alarms.sound(db, library, config, ["Một điều."], NOW)
        assert phone.menu == [["Có", "yes", False]]


# How a phone is linked


@pytest.mark.parametrize("form", ["{}", "/nhiemvu {}", " {} "])
async def test_a_code_typed_in_private_links_the_phone_once(talk: Talk, form: str) -> None:
    code = await a_code(talk.database)
    assert "Kính chào đồng chí Hoa" in await talk.say(form.format(code.lower()))
    assert await phone_of(talk.database) == "telegram:77"
    assert "chưa đúng" in await talk.say(f"/nhiemvu {code}", chat="78")
    assert await phone_of(talk.database) == "telegram:77"


async def test_a_code_comes_by_a_deep_link_as_well(talk: Talk) -> None:
    code = await a_code(talk.database)
    assert "Kính chào đồng chí Hoa" in await talk.say(f"/start {code}", start=code)


async def test_a_code_of_staff_enrols_no_group_and_a_code_of_a_group_links_no_phone(talk: Talk) -> None:
    code = await a_code(talk.database)
    await talk.say(f"/start {code}", chat="-5")
    assert (await talk.chat("-5")).state == ChatState.WAITING
    async with talk.database.write() as db:
        of_group = await chats.make_code(db, (await a_ward(db)).id, "", None, NOW)
        assert of_group.kind == CodeKind.GROUP
    assert "chưa đúng" in await talk.say(f"/nhiemvu {of_group.code}")
    assert await phone_of(talk.database) == ""


async def test_a_code_is_good_for_an_hour_and_a_new_one_ends_the_old(talk: Talk) -> None:
    old = await a_code(talk.database)
    new = await a_code(talk.database)
    assert "chưa đúng" in await talk.say(f"/nhiemvu {old}")
    talk.now += timedelta(hours=1)
    assert "chưa đúng" in await talk.say(f"/nhiemvu {new}")


async def test_who_guesses_is_looked_up_five_times_an_hour(talk: Talk) -> None:
    code = await a_code(talk.database)
    for number in range(4):
        assert "chưa đúng" in await talk.say(f"/nhiemvu ABCDEGH{number + 2}")
    await talk.say("ABCDEGHK")  # by itself it may be anything, and is answered as such
    assert "5 lần" in await talk.say(f"/nhiemvu {code}")
    await talk.say(code)
    assert await phone_of(talk.database) == ""
    assert "Hoa" in await talk.say(code, chat="78")
    async with talk.database.read() as db:
        wrong = (await db.scalars(select(AuditEntry).where(AuditEntry.action == alarms.WRONG))).all()
    assert [(entry.staff_id, entry.detail) for entry in wrong] == [(None, {})] * 5


async def test_one_who_is_no_longer_staff_links_nothing(talk: Talk) -> None:
    code = await a_code(talk.database)
    async with talk.database.write() as db:
        (await db.scalars(select(Staff))).one().active = False
    assert "chưa đúng" in await talk.say(f"/nhiemvu {code}")


async def test_who_had_asked_for_silence_and_links_his_phone_is_told(talk: Talk) -> None:
    await talk.say("xin chào")
    async with talk.database.write() as db:
        phone = await chats.known(db, Address("telegram", "77"), ChatKind.PRIVATE, "", NOW)
        chats.set_state(phone, ChatState.STOPPED, "asked_to_stop", NOW)
    await talk.say(await a_code(talk.database))
    async with talk.database.read() as db:
        assert [chat.address for chat in await alarms.officers(db)] == ["telegram:77"]


async def test_a_phone_is_one_person_s(talk: Talk) -> None:
    await talk.say(await a_code(talk.database, "hoa"))
    await talk.say(await a_code(talk.database, "lan"))
    assert (await phone_of(talk.database, "hoa"), await phone_of(talk.database, "lan")) == ("", "telegram:77")


async def test_who_wants_no_more_alarms_says_so(talk: Talk) -> None:
    await talk.say(await a_code(talk.database))
    assert "không gửi báo động" in await talk.say("thôi nhận báo động")
    assert await phone_of(talk.database) == ""
    assert "không có gì phải dừng" in await talk.say("Thoi nhan bao dong")


async def test_the_command_without_a_code_says_how(talk: Talk) -> None:
    assert "Tạo mã" in await talk.say("/nhiemvu")


async def test_the_worker_sounds_the_alarm_once_and_closes_the_day(
    database: Database, library: Library, config: Config
) -> None:
    evening = NOW + timedelta(hours=14)
    media, room = Media(config.data / "media", database, b"k" * 32, ""), WebRoom(database, config.data)
    worker = Worker(database, {}, media, room, Shelf(library), config, lambda: evening)
    async with database.write() as db:
        await somebody(db, "hoa", phone="1")
        (await accounts.known(db, "telegram", None, evening)).state = AccountState.DOWN
    for _ in range(2):
        await worker.works["watch"].do()
        await worker.works["evening"].do()
        await worker.works["accounts"].do()
    async with database.read() as db:
        told = [str((row.message or {})["text"]) for row in await db.scalars(select(Delivery).order_by(Delivery.id))]
    assert [text.splitlines()[0] for text in told] == [
        "**Báo động của Tri Ân**",
        "**Đối chiếu ngày 23/11/2026: khớp.**",
    ]
    assert "Nền tảng từ chối tài khoản telegram" in told[0]


# The page


async def test_on_the_password_page_a_code_is_made_and_the_phone_let_go(site: Site) -> None:
    async with site.signed_in("writer") as writer:
        assert (await writer.post("/can-bo/mat-khau/dien-thoai")).status == 303
        shown = await writer.get("/can-bo/mat-khau")
        code = (await site.all(select(EnrolmentCode).where(EnrolmentCode.kind == CodeKind.STAFF)))[0]
        assert code.code in shown.words
        assert f"https://t.me/trian_phuong_bot?start={code.code}" in shown.text
        assert code.code not in (await writer.get("/can-bo/nhom")).words
        async with site.database.write() as db:
            phone = await chats.known(db, Address("telegram", "501"), ChatKind.PRIVATE, "Hoa", site.now)
            assert await alarms.link(db, phone, code.code, site.now) is not None
        shown = await writer.get("/can-bo/mat-khau")
        assert "Đã nối" in shown.words
        assert code.code not in shown.words
        assert "không nhận được" not in shown.words
        assert "Chưa có điện thoại nào nhận báo động" not in (await writer.get("/can-bo/van-de")).words
        async with site.database.write() as db:
            phone = await chats.known(db, phone.where, ChatKind.PRIVATE, "Hoa", site.now)
            chats.set_state(phone, ChatState.GONE, "blocked", site.now)
        assert "không nhận được" in (await writer.get("/can-bo/mat-khau")).words
        assert "Chưa có điện thoại nào nhận báo động" in (await writer.get("/can-bo/van-de")).words
        assert (await writer.post("/can-bo/mat-khau/thoi-bao-dong")).headers["Location"].endswith("phone_forgotten")
        assert "Chưa nối" in (await writer.get("/can-bo/mat-khau")).words
    async with site.signed_in("front") as front:
        assert "Điện thoại nhận báo động" not in (await front.get("/can-bo/mat-khau")).words
        assert (await front.post("/can-bo/mat-khau/dien-thoai")).status == 403
