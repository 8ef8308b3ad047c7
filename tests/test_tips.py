"""A veteran's tip-off, from the first word to the receipt."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import chats
from bot.cases import tips
from bot.cases.receipts import code_in, new_code
from bot.forms import Ask
from bot.messages import Address, AttachmentKind
from bot.models import FileState, TipAnswer, TipFile, TipState, Unit, Update, UpdateState
from tests.talk import Talk

SHORTEST = (
    *("Năm ấy đơn vị tôi chôn một người lính", "không nhớ", "không nhớ", "không nhớ", "không nhớ", "3"),
    *("Trần Thị Ví Dụ", "1950", "0912 000 111"),
)


async def tell_all(talk: Talk) -> str:
    """From «báo tin» to the receipt; returns the receipt's message."""
    await talk.say("báo tin")
    await talk.say("Tôi đồng ý")
    for words in (
        "Năm 72 tôi chôn anh Tám ở gần suối",
        "Nguyễn Văn Tám",
        "d3 e9 f304",
        "khoảng 1972, tháng Chạp",
        "thôn Hoàng Tiến, huyện Chí Linh, tỉnh Hải Hưng",
        "1",
        "Trần Thị Ví Dụ, sinh năm 1950, 0912 000 111",
    ):
        last = await talk.say(words)
    assert "Bác xem lại giúp" in last
    return await talk.say("1")


async def test_a_tip_is_told_from_the_first_word_to_a_code_one_can_speak(talk: Talk) -> None:
    receipt = await tell_all(talk)
    code = code_in(re.search(r"\d{4} \d{4}", receipt)[0])  # type: ignore[index]
    assert code is not None
    assert "không tự đào bới" in receipt
    tip = await talk.tip()
    assert (tip.state, tip.code) == (TipState.NEW, code)
    said = [one.said for one in tips.live(tip)]
    assert said[:3] == ["Năm 72 tôi chôn anh Tám ở gần suối", "Nguyễn Văn Tám", "d3 e9 f304"]
    assert "cán bộ sẽ xem" in await talk.say("tin của tôi")


async def test_what_was_understood_stands_beside_the_words_and_never_in_their_place(talk: Talk) -> None:
    await tell_all(talk)
    time = next(one for one in tips.live(await talk.tip()) if one.field == "thoi-gian")
    assert time.said == "khoảng 1972, tháng Chạp"
    assert time.understood == {"kind": "date", "year": 1972, "month": 12, "about": True, "lunar": True}


async def test_consent_is_kept_with_the_notice_that_was_read_and_the_words_that_were_said(talk: Talk) -> None:
    shown = await talk.say("/baotin")
    await talk.say("Tôi đồng ý")
    consent = (await talk.tip()).consents[0]
    assert (consent.given, consent.said, consent.notice_version) == (True, "Tôi đồng ý", "2026-12")
    assert consent.notice in shown


async def test_silence_or_other_words_are_not_consent(talk: Talk) -> None:
    await talk.say("báo tin")
    assert "chờ bác đồng ý" in await talk.say("ừ thì năm 72 tôi ở đó")
    tip = await talk.tip()
    assert tip.consents == []
    assert tip.asking == "~consent"


async def test_who_refuses_is_asked_nothing_and_nothing_said_is_kept(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("tôi biết một ngôi mộ ở gần suối")
    assert "không ghi lại gì" in await talk.say("2")
    tip = await talk.tip()
    assert tip.state == TipState.DECLINED
    assert all(one.said == "" for one in tip.answers)


async def test_every_answer_is_on_disk_before_the_next_question(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("Anh em tôi nằm lại bên suối")
    async with talk.database.read() as db:
        assert (await db.scalars(select(TipAnswer.said))).all() == ["Anh em tôi nằm lại bên suối"]


async def test_the_same_update_twice_is_one_answer(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("Năm ấy đơn vị tôi chôn một người lính")  # Talk hands every update over twice
    assert len((await talk.tip()).answers) == 1


async def test_tired_today_and_tomorrow_the_same_question_is_asked_again(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    question = await talk.say("năm ấy đơn vị tôi đóng quân ở bìa rừng")
    assert "vẫn được giữ lại" in await talk.say("mệt rồi, mai nói tiếp")
    again = await talk.say("báo tin")
    assert "kể dở" in again
    assert question.split("**")[1] in again
    await talk.say("Nguyễn Văn Ví Dụ")
    assert tips.answered(await talk.tip())["ho-ten"] == {"kind": "words"}


async def test_words_after_a_pause_are_kept_although_no_question_was_open(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("nghỉ")
    assert "tên gì" in await talk.say("à còn cây đa đầu làng")
    assert [one.said for one in (await talk.tip()).answers] == ["à còn cây đa đầu làng"]


async def test_a_question_taken_out_of_the_form_meanwhile_loses_nothing(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("Năm ấy đơn vị tôi đóng quân ở bìa rừng")
    form = talk.shelf.library.forms["tip"]
    fewer = replace(form, asks=tuple(a for a in form.asks if a.id != "ho-ten"))
    more = replace(fewer, asks=(Ask("moi", "Câu hỏi mới?", "Mới"), *fewer.asks))
    talk.shelf.library = replace(talk.shelf.library, forms={"tip": more})
    assert "Câu hỏi mới?" in await talk.say("Nguyễn Văn Ví Dụ")
    assert [one.said for one in (await talk.tip()).answers] == [
        "Năm ấy đơn vị tôi đóng quân ở bìa rừng",
        "Nguyễn Văn Ví Dụ",
    ]


async def test_going_back_answers_the_last_question_anew_and_keeps_the_old_words(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.say("Năm ấy đơn vị tôi đóng quân ở bìa rừng")
    assert "điều bác biết" in await talk.say("quay lại")
    assert "tên gì" in await talk.say("Năm ấy đơn vị tôi đóng quân ở ven suối")
    tip = await talk.tip()
    assert [one.said for one in tip.answers] == [
        "Năm ấy đơn vị tôi đóng quân ở bìa rừng",
        "Năm ấy đơn vị tôi đóng quân ở ven suối",
    ]
    assert [one.said for one in tips.live(tip)] == ["Năm ấy đơn vị tôi đóng quân ở ven suối"]


async def test_an_answer_can_be_corrected_from_the_summary(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    for words in (
        "Năm ấy đơn vị tôi đóng quân ở bìa rừng",
        "Nguyễn Văn A (ví dụ)",
        *["bỏ qua"] * 3,
        "3",
        *["bỏ qua"] * 3,
    ):
        await talk.say(words)
    assert "mục nào" in await talk.say("sửa lại")
    await talk.say("Họ và tên liệt sĩ")
    summary = await talk.say("Nguyễn Văn B (ví dụ)")
    assert "Nguyễn Văn B" in summary
    assert "Nguyễn Văn A" not in summary


async def test_a_button_of_an_earlier_message_is_no_answer(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say(press="agree")
    await talk.say("Năm ấy đơn vị tôi đóng quân ở bìa rừng")
    assert "tên liệt sĩ" in await talk.say(press="agree")
    assert "Tên liệt sĩ" in await talk.say(press="=chon-cat")
    assert [one.said for one in (await talk.tip()).answers] == ["Năm ấy đơn vị tôi đóng quân ở bìa rừng"]


async def test_a_choice_by_number_is_kept_as_said_and_read_back_in_words(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    for words in (*SHORTEST[:5], "1", "bỏ qua", "bỏ qua"):
        await talk.say(words)
    assert "Vì sao biết: Tôi trực tiếp chôn cất" in await talk.say("bỏ qua")
    assert next(one.said for one in (await talk.tip()).answers if one.field == "nguon") == "1"


async def test_a_sticker_is_kept_and_flagged_and_the_question_asked_again(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    assert "chưa mở được" in await talk.send(AttachmentKind.STICKER)
    tip = await talk.tip()
    assert tip.flagged == "odd_input"
    assert tip.asking == "chuyen"


@pytest.mark.parametrize("kind", [AttachmentKind.VOICE, AttachmentKind.PHOTO])
async def test_a_voice_note_or_a_photo_answers_any_question(talk: Talk, kind: AttachmentKind) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    assert "tên gì" in await talk.send(kind)
    async with talk.database.read() as db:
        assert (await db.scalars(select(TipFile.state))).all() == [FileState.WAITING]


async def test_a_location_is_kept_with_its_accuracy(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    await talk.send(AttachmentKind.LOCATION, latitude=21.1313, longitude=106.469, accuracy=12.0)
    answer = tips.live(await talk.tip())[0]
    assert answer.understood == {"kind": "location", "latitude": 21.1313, "longitude": 106.469, "accuracy": 12.0}


async def test_an_album_is_one_answer_with_all_its_pictures_and_one_reply(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    first = await talk.send(AttachmentKind.PHOTO, album="g1")
    rest = [await talk.send(AttachmentKind.PHOTO, album="g1") for _ in range(2)]
    assert first
    assert rest == ["", ""]
    assert [len(one.files) for one in (await talk.tip()).answers] == [3]


async def test_several_pictures_are_sent_one_by_one_until_done(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("1")
    for words in (*SHORTEST, "Tôi kể thêm chi tiết", "bỏ qua", "bỏ qua"):
        last = await talk.say(words)
    assert "sơ đồ vẽ tay" in last
    assert "gửi tiếp" in await talk.send(AttachmentKind.PHOTO)
    assert "gửi tiếp" in await talk.send(AttachmentKind.PHOTO)
    assert "gửi tiếp" in await talk.say("ảnh chụp năm 1973")
    assert "Quê liệt sĩ" in await talk.say("Xong")
    assert [len(one.files) for one in tips.live(await talk.tip()) if one.field == "anh"] == [2]


async def test_in_a_group_nobody_is_asked_about_the_dead(talk: Talk) -> None:
    async with talk.database.write() as db:
        unit = Unit(code="to-1", name="Tổ 1", kind="neighbourhood")
        db.add(unit)
        await db.flush()
        await chats.enrol(db, Address("telegram", "-5"), unit=unit, title="", topics="", now=talk.now)
    assert "nhắn riêng" in await talk.say("/baotin", chat="-5")
    assert (await talk.answers()) == []


async def test_the_status_by_code_tells_nothing_of_what_was_told(talk: Talk) -> None:
    await tell_all(talk)
    code = (await talk.tip()).code
    said = await talk.say(f"tin của tôi {code}", chat="88")
    assert "cán bộ sẽ xem" in said
    assert "Tám" not in said


async def test_more_can_be_added_later_by_code_from_another_phone(talk: Talk) -> None:
    await tell_all(talk)
    code = (await talk.tip()).code
    await talk.say(f"tin của tôi {code}", chat="88")
    await talk.say("bổ sung tin", chat="88")
    assert "Đã ghi thêm" in await talk.say("còn một cây gạo", chat="88")
    tip = await talk.tip()
    assert tip.answers[-1].said == "còn một cây gạo"
    assert "added_by_code" in tip.flagged


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_next_one_answered(talk: Talk) -> None:
    await talk.inbox.receive("telegram", [("bad", '{"chat": 5'), ("worse", '{"chat": "77"}')])
    assert "Kính chào bác" in await talk.say("/start")
    async with talk.database.read() as db:
        states = (await db.execute(select(Update.key, Update.state).order_by(Update.id))).all()
    assert [tuple(row) for row in states[:2]] == [("bad", UpdateState.SET_ASIDE), ("worse", UpdateState.SET_ASIDE)]


def test_a_code_with_one_wrong_or_two_swapped_digits_is_not_taken() -> None:
    for _ in range(50):
        code = new_code()
        assert code_in(f"{code[:4]}-{code[4:]}") == code
        for at in range(8):
            wrong = str((int(code[at]) + 1) % 10)
            assert code_in(code[:at] + wrong + code[at + 1 :]) is None
        for at in range(7):
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
            assert swapped == code or code_in(swapped) is None
