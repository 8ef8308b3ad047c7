"""What is his: seen, corrected, withdrawn at once; deleted by staff in fifteen days, everywhere it was copied to."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.cases import guessing, rights, tips
from bot.cases.receipts import new_code, spoken
from bot.config import Config
from bot.db import Database
from bot.media import Media
from bot.models import (
    AuditEntry,
    Case,
    Chat,
    Claim,
    Decision,
    Delivery,
    Notice,
    Planned,
    RightsKind,
    RightsRequest,
    Role,
    Staff,
    Task,
    TaskKind,
    Tip,
    TipFile,
    TipState,
    Unit,
    UnitKind,
    Update,
)
from scheduler.rights_watch import finish_erasing, look_at_rights
from tests.receipted import NAME, PHONE, STORY, told_tip
from tests.talk import Talk


async def requests(talk: Talk) -> list[RightsRequest]:
    async with talk.database.read() as db:
        return list(await db.scalars(select(RightsRequest).order_by(RightsRequest.id)))


async def officer(talk: Talk) -> Staff:
    async with talk.database.write() as db:
        unit = Unit(kind=UnitKind.WARD, code="phuong", name="Phường")
        staff = Staff(login="bch", name="Cán bộ", role=Role.MILITARY, unit=unit, password_hash="", created_at=talk.now)
        db.add_all([unit, staff])
    return staff


async def test_he_sees_word_for_word_what_is_kept_of_him_and_it_is_written_down(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    assert "1 tin" in await talk.say("dữ liệu của tôi")
    seen = await talk.say("xem")
    for words in (STORY, "Nguyễn Văn Tám", "Tôi trực tiếp chôn cất", NAME, PHONE, "1947", "bản thông báo 2026-11"):
        assert words in seen
    (request,) = await requests(talk)
    assert (request.kind, request.answered_at, request.carried_out_at) == (RightsKind.SEE, talk.now, talk.now)


async def test_who_told_nothing_has_nothing_and_nobody_sees_anothers(talk: Talk) -> None:
    tip = await told_tip(talk.database, talk.now)
    assert "không lưu tin nào" in await talk.say("xem dữ liệu của tôi", chat="88")
    for press in (
        f"rt1:delete:{tip.id}",
        f"rtyes:delete:{tip.id}",
        f"rtyes:withdraw:{tip.id}",
        f"fix:{tip.answers[0].id}",
    ):
        assert STORY not in await talk.say(chat="88", press=press)
    assert (await talk.tip()).state == TipState.NEW


async def test_a_correction_stands_beside_the_old_words(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("sửa tin của tôi")
    asked = await talk.say("Họ và tên liệt sĩ")
    assert "«Nguyễn Văn Tám»" in asked
    assert "lời cũ vẫn được giữ" in await talk.say("Nguyễn Văn Tâm, không phải Tám")
    tip = await talk.tip()
    names = [one for one in tip.answers if one.field == "ho-ten"]
    assert [(one.said, one.replaced_at is None) for one in names] == [
        ("Nguyễn Văn Tám", False),
        ("Nguyễn Văn Tâm, không phải Tám", True),
    ]
    assert "corrected" in tip.flagged
    assert "lời cũ, đã sửa" in await talk.say("xem dữ liệu của tôi")


async def test_a_choice_is_corrected_by_another_choice(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("sửa tin của tôi")
    await talk.say("Vì sao biết")
    await talk.say("Tôi nghe người khác kể")
    (answer,) = [one for one in tips.live(await talk.tip()) if one.field == "nguon"]
    assert answer.understood["value"] == "nghe-ke"
    assert (await talk.chat()).adding == ""


async def test_consent_is_taken_back_at_once_after_one_question(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    assert "chắc chắn" in await talk.say("rút đồng ý")
    assert (await talk.tip()).state == TipState.NEW
    assert "từ lúc này" in await talk.say("1")
    tip = await talk.tip()
    assert tip.state == TipState.WITHDRAWN
    assert all(one.withdrawn_at for one in tip.consents)
    (request,) = await requests(talk)
    assert request.carried_out_at


async def test_who_changes_his_mind_at_the_question_keeps_everything(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("xóa dữ liệu của tôi")
    assert "giữ nguyên" in await talk.say("2")
    assert (await talk.tip()).state == TipState.NEW
    assert await requests(talk) == []


async def test_deleting_is_asked_of_staff_with_both_deadlines_and_once(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    for _ in range(2):
        await talk.say("xóa dữ liệu của tôi")
        assert "15 ngày" in await talk.say("1")
    (request,) = await requests(talk)
    assert request.carry_out_by - request.asked_at == timedelta(days=15)
    assert (await talk.tip()).state == TipState.WITHDRAWN
    async with talk.database.read() as db:
        assert [task.kind for task in await db.scalars(select(Task))] == [TaskKind.RIGHTS]


@pytest.mark.parametrize(("asked", "due"), [(23, 25), (26, 30), (27, 1), (28, 1), (29, 1)])
def test_two_working_days_step_over_the_weekend(asked: int, due: int) -> None:
    at = datetime(2026, 11, asked, 3, tzinfo=UTC)
    assert rights.answer_by(at).astimezone(UTC).day == due


async def deleted(talk: Talk, media: Media) -> tuple[Tip, Staff]:
    """A tip with a photo, two claims of a case from it, one of them decided on; deleted by staff."""
    await talk.say("xin chào")
    sha256 = await media.keep(b"a sketch")
    tip = await told_tip(talk.database, talk.now, sha256=sha256)
    await talk.say(press=f"add:{tip.code}")
    await talk.say(STORY)
    await talk.say("xóa dữ liệu của tôi")
    await talk.say("1")
    staff = await officer(talk)
    async with talk.database.write() as db:
        case = Case(code="HS-2026-0001", state="clearing", state_since=talk.now, created_at=talk.now)
        case.changed_at = talk.now
        db.add(case)
        await db.flush()
        claims = [
            Claim(case_id=case.id, tip_id=tip.id, field=field, words=words, said_by=NAME, at=talk.now)
            for field, words in (("name", "Nguyễn Văn Tám"), ("place", "gần suối Đá Bàn"))
        ]
        db.add_all(claims)
        await db.flush()
        db.add(Decision(case_id=case.id, field="name", claim_id=claims[0].id, staff_id=staff.id, at=talk.now))
        request = (await db.scalars(select(RightsRequest))).one()
        await rights.carry_out(db, talk.shelf.library, request, talk.now, staff)
    return tip, staff


async def test_what_is_deleted_is_nowhere_any_more_and_the_case_stays(
    talk: Talk, database: Database, config: Config
) -> None:
    media = Media(config.data / "media", database, b"k" * 32, "")
    tip, _ = await deleted(talk, media)
    await finish_erasing(database, media)
    async with database.read() as db:
        kept = await db.get_one(Tip, tip.id)
        assert [one.said for one in kept.answers] == [""] * len(kept.answers)
        assert (kept.state, kept.code, kept.people[0].name, kept.people[0].phone) == ("withdrawn", tip.code, "", "")
        assert kept.consents[0].said == "Tôi đồng ý"
        (file,) = await db.scalars(select(TipFile))
        assert (file.sha256, file.attachment["name"]) == ("", "")
        claims = list(await db.scalars(select(Claim).order_by(Claim.id)))
        assert [(one.words, one.said_by) for one in claims] == [
            ("Nguyễn Văn Tám", "người cung cấp đã rút"),
            ("", "người cung cấp đã rút"),
        ]
        told = [row.message for row in await db.scalars(select(Delivery))]
        raw = [row.body for row in await db.scalars(select(Update))]
        (task,) = await db.scalars(select(Task))
        assert await db.scalar(select(Planned).where(Planned.name.startswith("erase:"))) is None
    assert not any(path.is_file() for path in (config.data / "media").rglob("*"))
    assert STORY not in str(raw)
    assert STORY not in str(told)
    assert task.done_at
    assert "đã xóa dữ liệu" in (await talk.answers())[-1].text


async def test_the_bytes_that_somebody_else_sent_too_stay(talk: Talk, database: Database, config: Config) -> None:
    media = Media(config.data / "media", database, b"k" * 32, "")
    await told_tip(database, talk.now, "telegram:88", sha256=await media.keep(b"a sketch"))
    await deleted(talk, media)
    await finish_erasing(database, media)
    assert any(path.is_file() for path in (config.data / "media").rglob("*"))


async def test_a_refusal_tells_him_the_reason_of_the_law(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("xóa dữ liệu của tôi")
    await talk.say("1")
    staff = await officer(talk)
    async with talk.database.write() as db:
        request = (await db.scalars(select(RightsRequest))).one()
        await rights.refuse(
            db, talk.shelf.library, request, "hồ sơ đang được cơ quan có thẩm quyền giữ", talk.now, staff
        )
    assert "vì: hồ sơ đang được" in (await talk.answers())[-1].text
    async with talk.database.read() as db:
        assert (await db.scalars(select(Tip))).one().answers[0].said == STORY
        assert STORY not in str([row.detail for row in await db.scalars(select(AuditEntry))])


async def test_an_officer_is_alarmed_when_an_answer_or_the_work_is_late(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("xóa dữ liệu của tôi")
    await talk.say("1")
    staff = await officer(talk)
    async with talk.database.write() as db:
        phone = (await db.scalars(select(Chat))).one()
        (await db.get_one(Staff, staff.id)).chat_id = phone.id
    watch = (talk.database, talk.shelf.library, talk.inbox._config)
    assert await look_at_rights(*watch, talk.now + timedelta(days=1)) == []
    for days, words in ((3, "2 ngày làm việc"), (10, "10 ngày chưa làm xong"), (16, "QUÁ HẠN")):
        (sentence,) = await look_at_rights(*watch, talk.now + timedelta(days=days))
        assert words in sentence
        assert await look_at_rights(*watch, talk.now + timedelta(days=days)) == []
    async with talk.database.read() as db:
        assert len(list(await db.scalars(select(Notice).where(Notice.settled_at.is_(None))))) == 2


async def test_an_answer_to_staff_lands_with_the_tip_without_any_command(talk: Talk) -> None:
    tip = await told_tip(talk.database, talk.now)
    staff = await officer(talk)
    async with talk.database.write() as db:
        mine = await db.get_one(Tip, tip.id)
        await tips.reply(db, talk.shelf.library, "Phường", mine, "Bác nhớ tên làng không ạ?", talk.now, staff)
    assert spoken(tip.code or "") in (await talk.answers())[-1].text
    assert "Đã ghi thêm" in await talk.say("làng Ổi, bên kia suối")
    told = await talk.tip()
    assert (told.answers[-1].field, told.answers[-1].said) == (tips.ADDED, "làng Ổi, bên kia suối")
    assert "added" in told.flagged


async def test_from_his_tips_it_is_one_press_to_his_rights(talk: Talk) -> None:
    await told_tip(talk.database, talk.now)
    await talk.say("tin của tôi")
    assert "Bác muốn làm gì" in await talk.say("Xem, sửa, xóa tin")


async def test_a_reply_to_an_old_message_about_the_tip_lands_there_too(talk: Talk) -> None:
    tip = await told_tip(talk.database, talk.now)
    await talk.say("tin của tôi")
    async with talk.database.write() as db:
        (await db.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))).one().platform_id = "501"
    assert "Đã ghi thêm" in await talk.say("còn một cây gạo", replies_to="501")
    assert (await talk.tip()).answers[-1].said == "còn một cây gạo"
    assert (await talk.tip()).id == tip.id


async def test_beginning_something_else_is_no_addition(talk: Talk) -> None:
    tip = await told_tip(talk.database, talk.now)
    await talk.say(press=f"add:{tip.code}")
    await talk.say("dữ liệu của tôi")
    async with talk.database.read() as db:
        assert len((await db.get_one(Tip, tip.id)).answers) == 3
    assert (await talk.chat()).adding == ""


async def test_trying_codes_that_are_nobodys_is_stopped_for_an_hour(talk: Talk) -> None:
    tip = await told_tip(talk.database, talk.now)
    for _ in range(6):
        slip = str((int((tip.code or "")[-1]) + 1) % 10)
        assert "Chưa tìm thấy" in await talk.say(f"tin của tôi {(tip.code or '')[:-1]}{slip}", chat="88")
    for _ in range(guessing.TRIES):
        assert "Chưa tìm thấy" in await talk.say(f"tin của tôi {new_code()}", chat="88")
    assert "chưa đúng vài lần" in await talk.say(f"tin của tôi {tip.code}", chat="88")
    talk.now += guessing.WITHIN
    assert "cán bộ sẽ xem" in await talk.say(f"tin của tôi {tip.code}", chat="88")
