"""Emergencies: phones ring in the same moment, and again until somebody has taken it; what staff see of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import HOME
from bot.cases import emergencies
from bot.config import Config
from bot.db import Database
from bot.language import ear
from bot.library import Emergencies, read_library, unapproved
from bot.media import Media
from bot.models import AuditEntry, Chat, Delivery, Emergency, Notice, Role, Staff, Unit
from bot.staff import RIGHTS, Act
from bot.webroom import WebRoom
from scheduler.worker import Worker
from tests.browser import flaws, window
from tests.dashboard_site import PASSWORD, Site
from tests.dashboard_site import open_site as open_site
from tests.talk import Talk
from tests.test_alarms import somebody

BOMB = "thấy quả bom ở ruộng"


async def rung(database: Database, phone: str = "1") -> list[str]:
    async with database.read() as db:
        to = select(Delivery).join(Chat, Chat.id == Delivery.chat_id).where(Chat.address == f"telegram:{phone}")
        rows = await db.scalars(to.order_by(Delivery.id))
        return [str((row.message or {})["text"]) for row in rows]


async def kept(database: Database) -> list[Emergency]:
    async with database.read() as db:
        return list(await db.scalars(select(Emergency).order_by(Emergency.id)))


def worker(talk: Talk, config: Config) -> Worker:
    media, room = Media(config.data / "media", talk.database, b"k" * 32, ""), WebRoom(talk.database, config.data)
    return Worker(talk.database, {}, media, room, talk.shelf, config, lambda: talk.now)


async def told(
    site: Site, kind: str = "bomb", *, words: str = BOMB, chat: str = "chat_one", unit: str = "unit_1"
) -> int:
    """One that waits. `unit` «»: of a chat that belongs to no unit yet."""
    async with site.database.write() as db:
        one = Emergency(kind=kind, chat_id=site.ids[chat], unit_id=site.ids[unit] if unit else None)
        one.words, one.at, one.rung_at, one.phones = words, site.now - timedelta(minutes=2), site.now, 0
        db.add(one)
        await db.flush()
        return one.id


# The phones


async def test_a_bomb_rings_the_officers_phones_while_the_message_is_handled_and_says_none_of_its_words(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    assert "đừng chạm vào" in await talk.say(BOMB)
    (alarm,) = await rung(talk.database)
    assert "bom, mìn, đạn" in alarm
    assert "/can-bo/khan-cap" in alarm
    (one,) = await kept(talk.database)
    assert (one.kind, one.words, one.phones, one.taken_at) == ("bomb", BOMB, 1, None)
    for word in ("ruộng", "quả bom"):
        assert word not in alarm
        assert word not in caplog.text


async def test_when_the_answer_fails_there_is_neither_an_emergency_nor_an_alarm_but_an_update_set_aside(
    talk: Talk,
) -> None:
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    talk.shelf.library = replace(talk.shelf.library, emergencies=Emergencies({}))
    await talk.say(BOMB)
    assert await kept(talk.database) == []
    assert await rung(talk.database) == []


async def test_more_words_of_the_same_join_it_and_do_not_ring_again(talk: Talk) -> None:
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    await talk.say(BOMB)
    await talk.say("quả bom còn nguyên ngòi nổ, thấy ở ruộng nhà tôi")
    (one,) = await kept(talk.database)
    assert one.words.startswith(f"{BOMB}\n")
    assert len(await rung(talk.database)) == 1


async def test_the_next_words_tell_where_it_is_and_go_to_the_officers_in_the_middle_of_a_tip_too(talk: Talk) -> None:
    await talk.say(BOMB)
    assert "đã chuyển thêm lời bác" in await talk.say("ở thôn Đông, gần nhà ông Ví Dụ")
    for words in ("báo tin", "đồng ý", "Năm 1970 có chôn ba người ở chân đồi"):
        await talk.say(words, chat="78")
    await talk.say("khoan đã cháu ơi, thằng cu nhà tôi nhặt được quả lựu đạn", chat="78")
    assert "đã chuyển thêm lời bác" in await talk.say("ở thôn Đoài, xã Hòa Bình", chat="78")
    assert "tên liệt sĩ" in await talk.say(press="repeat", chat="78")
    first, second = await kept(talk.database)
    assert first.words == f"{BOMB}\nở thôn Đông, gần nhà ông Ví Dụ"
    assert second.words.endswith("\nở thôn Đoài, xã Hòa Bình")


async def test_what_may_be_one_is_answered_with_a_caution_before_it_and_rings_only_when_the_person_says_so(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "ALARM", 1.1)
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    assert "Nếu bác đang thấy bom, mìn, đạn" in (await talk.say(BOMB)).partition("\n\n")[0]
    assert talk.heard[-1].choices[-1].value == "now:bomb"
    assert await rung(talk.database) == []
    assert "Nếu bác đang thấy" not in await talk.say("quả bom còn nguyên ngòi nổ, thấy ở ruộng nhà tôi")
    (one,) = await kept(talk.database)
    assert (one.sure, one.words.count("\n")) == (False, 1)
    assert "tránh xa ngay" in await talk.say(press="now:bomb")
    (one,) = await kept(talk.database)
    assert (one.sure, one.phones) == (True, 1)
    assert len(await rung(talk.database)) == 1


async def test_what_was_said_to_an_emergency_is_in_the_tip_too_and_to_go_on_ends_it(talk: Talk) -> None:
    for words in ("báo tin", "đồng ý", "Năm 1970 có chôn ba người ở chân đồi"):
        await talk.say(words)
    await talk.say("khoan đã cháu ơi, thằng cu nhà tôi nhặt được quả lựu đạn")
    await talk.say("ở thôn Đoài, xã Hòa Bình")
    assert "ở thôn Đoài, xã Hòa Bình" in [one.said for one in (await talk.tip()).answers]
    await talk.say(press="repeat")
    assert "đã chuyển thêm" not in await talk.say("Nguyễn Văn Tám")
    assert ("ho-ten", "Nguyễn Văn Tám") in [(one.field, one.said) for one in (await talk.tip()).answers]


async def test_who_says_that_it_was_none_is_believed_and_no_phone_rings(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "ALARM", 1.1)
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    await talk.say(BOMB)
    monkeypatch.undo()
    assert "hiểu nhầm" in await talk.say("ai bảo có quả bom ở ruộng, chuyện ngày xưa mà")
    assert await rung(talk.database) == []


async def test_the_phones_ring_again_every_five_minutes_until_somebody_has_taken_it(talk: Talk, config: Config) -> None:
    async with talk.database.write() as db:
        await somebody(db, "bao", role=Role.MILITARY, phone="1")
    await talk.say(BOMB)
    again = worker(talk, config).works["emergencies"]
    await again.do()
    assert len(await rung(talk.database)) == 1
    for number in (2, 3):
        talk.now += emergencies.AGAIN_AFTER
        await again.do()
        await again.do()
        assert len(await rung(talk.database)) == number
    async with talk.database.write() as db:
        one, officer = (await db.scalars(select(Emergency))).one(), (await db.scalars(select(Staff))).one()
        assert await emergencies.take(db, one, officer, talk.now)
        assert not await emergencies.take(db, one, officer, talk.now)
    talk.now += timedelta(hours=1)
    await again.do()
    assert len(await rung(talk.database)) == 3


async def test_those_ring_who_may_see_it_and_answer_for_the_unit(talk: Talk, config: Config) -> None:
    async with talk.database.write() as db:
        for number, role in enumerate(Role):
            await somebody(db, role.value, role=role, phone=str(number))
        await somebody(db, "below", role=Role.MILITARY, unit="to-1", phone="90")
        below = (await db.scalars(select(Unit).where(Unit.code == "to-1"))).one()
        for unit_id in (None, below.id):
            one = Emergency(kind="bones", chat_id=1, unit_id=unit_id, words="", at=talk.now)
            await emergencies.ring(db, talk.shelf.library, config, one, talk.now)
    for number, role in enumerate(Role):
        assert len(await rung(talk.database, str(number))) == 2 * (Act.SEE_EMERGENCIES in RIGHTS[role]), role
    assert len(await rung(talk.database, "90")) == 1


async def test_one_that_rang_no_phone_is_told_on_the_problems_page_until_somebody_has_taken_it(
    talk: Talk, config: Config
) -> None:
    async with talk.database.write() as db:
        await somebody(db, "hoa", role=Role.WRITER, phone="1")
        officer = await somebody(db, "bao", role=Role.MILITARY)
    await talk.say(BOMB)
    assert await rung(talk.database) == []
    look = worker(talk, config).works["watch"]
    await look.do()
    async with talk.database.write() as db:
        (notice,) = [one for one in await db.scalars(select(Notice)) if one.key.startswith("emergency:")]
        assert "không tới được điện thoại nào" in notice.sentence
        assert "ruộng" not in notice.sentence
        await emergencies.take(db, (await db.scalars(select(Emergency))).one(), officer, talk.now)
    await look.do()
    async with talk.database.read() as db:
        assert (await db.get_one(Notice, notice.id)).settled_at is not None


# The pages


async def test_the_first_page_says_it_in_red_until_somebody_has_taken_it_to_those_who_may_see_it(site: Site) -> None:
    id = await told(site, unit="")
    for role in Role:
        async with site.signed_in(role.value) as browser:
            page = await browser.get("/can-bo")
            seen = Act.SEE_EMERGENCIES in RIGHTS[role]
            assert ("KHẨN CẤP: Bom, mìn, đạn" in page.words) == seen, role
            assert ('href="/can-bo/khan-cap"' in page.text) == seen, role
            assert BOMB not in page.text
    async with site.signed_in("military") as browser:
        listed = await browser.get("/can-bo/khan-cap")
        assert BOMB in listed.words
        assert "Tổ 1 Hoàng Tiến" in listed.words
        assert "Chưa điện thoại nào nhận được" in listed.words
        assert (await browser.post(f"/can-bo/khan-cap/{id}/nhan")).status == 303
        assert "KHẨN CẤP:" not in (await browser.get("/can-bo")).words
        assert "Phạm Quốc Bảo đã nhận" in (await browser.get("/can-bo/khan-cap")).words
    async with site.signed_in("admin") as browser:
        late = await browser.post(f"/can-bo/khan-cap/{id}/nhan")
        assert (late.status, "Phạm Quốc Bảo đã nhận việc này rồi" in late.words) == (422, True)
    entries = await site.all(select(AuditEntry).where(AuditEntry.subject.startswith("emergenc")))
    assert [(one.action, one.subject) for one in entries][:2] == [
        ("list", "emergencies"),
        ("emergency_taken", f"emergency:{id}"),
    ]
    assert BOMB not in str([one.detail for one in entries])


async def test_what_is_only_possible_is_listed_and_never_in_red(site: Site) -> None:
    id = await told(site)
    async with site.database.write() as db:
        (await db.get_one(Emergency, id)).sure = False
    async with site.signed_in("military") as browser:
        assert "KHẨN CẤP:" not in (await browser.get("/can-bo")).words
        page = await browser.get("/can-bo/khan-cap")
        assert "máy chưa chắc" in page.words
        assert BOMB in page.words


async def test_an_officer_writes_to_who_told_of_it_in_private_and_to_no_group(site: Site) -> None:
    group, person = await told(site), await told(site, chat="chat_veteran")
    async with site.signed_in("military") as browser:
        page = await browser.get("/can-bo/khan-cap")
        assert page.text.count("/nhan-tin") == 1
        refused = await browser.post(f"/can-bo/khan-cap/{group}/nhan-tin", text="Chúng tôi đang tới")
        assert (refused.status, "Không nhắn được" in refused.words) == (422, True)
        assert (await browser.post(f"/can-bo/khan-cap/{person}/nhan-tin", text="Chúng tôi đang tới")).status == 303
    (sent,) = await site.all(select(Delivery).where(Delivery.chat_id == site.ids["chat_veteran"]))
    assert "Chúng tôi đang tới" in str(sent.message)
    assert "Cán bộ trực của" in str(sent.message)


async def test_a_neighbourhood_sees_its_own_alone(site: Site) -> None:
    other = await told(site, words="xương ở tổ hai", kind="bones", unit="unit_2")
    await told(site)
    async with site.signed_in("army-1") as browser:
        page = await browser.get("/can-bo/khan-cap")
        assert BOMB in page.words
        assert "xương ở tổ hai" not in page.words
        assert (await browser.post(f"/can-bo/khan-cap/{other}/nhan")).status == 404


async def test_the_tip_it_belongs_to_is_linked_where_staff_may_open_it(site: Site) -> None:
    id = await told(site, chat="chat_veteran", unit="")
    async with site.database.write() as db:
        (await db.get_one(Emergency, id)).tip_id = site.ids["tip"]
    link = f'href="/can-bo/tin-bao/{site.ids["tip"]}"'
    for login, may in (("military", True), ("admin", False)):
        async with site.signed_in(login) as browser:
            assert (link in (await browser.get("/can-bo/khan-cap")).text) == may


def test_words_that_somebody_has_approved_are_warned_of_no_more() -> None:
    library = read_library(HOME / "content")
    assert "chưa được duyệt" in unapproved(library)
    approved = replace(library, emergencies=replace(library.emergencies, approved_by="Phạm Quốc Bảo"))
    assert unapproved(approved) == ""


async def test_the_problems_page_warns_of_words_that_nobody_has_approved(site: Site) -> None:
    async with site.signed_in("approver") as browser:
        assert "emergencies.toml chưa được duyệt" in (await browser.get("/can-bo/van-de")).words
    library = site.shelf.library
    site.shelf.library = replace(library, emergencies=replace(library.emergencies, approved_by="Phạm Quốc Bảo"))
    async with site.signed_in("approver") as browser:
        assert "chưa được duyệt" not in (await browser.get("/can-bo/van-de")).words


@pytest.mark.parametrize("width", [390, 1280])
async def test_in_a_browser_an_officer_takes_it_with_one_press(site: Site, width: int) -> None:
    await told(site, unit="")
    await told(site, "despair", words="tôi không muốn sống nữa\ncon cháu bỏ đi hết", chat="chat_veteran", unit="")
    async with window(width, 900) as opened:
        page = opened.page
        await page.goto(f"{site.base}/can-bo/dang-nhap")
        await page.fill("#login", "military")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_selector(".alarm")
        assert await page.locator(".alarm").count() == 2
        assert await flaws(page) == []
        await page.click("text=Xem lời báo >> nth=0")
        await page.wait_for_selector(".urgent-card")
        assert await flaws(page) == []
        await page.click("text=Tôi nhận việc này >> nth=0")
        await page.wait_for_selector("[role=status]")
        assert await page.locator(".urgent-card").count() == 1
        assert await flaws(page) == []
        assert opened.mistakes == []
