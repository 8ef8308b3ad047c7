"""Telling at one's own pace: a story first, a helper, a rest until tomorrow, a call, a visit, several graves."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from bot.cases import tips
from bot.config import Config
from bot.forms import where_of
from bot.messages import AttachmentKind
from bot.models import ChatState, PersonRole, Question, Task, TaskKind, Tip, TipState
from bot.reading import Fit, fits
from handlers.asking import PAUSED
from scheduler.reminders import remind_tellers
from tests.talk import Talk

STORY = "Năm 72 tôi chôn anh Tám ở gần suối Đá, đơn vị d3 e9 f304."


async def begun(talk: Talk, chat: str = "77") -> None:
    await talk.say("báo tin", chat=chat)
    await talk.say("Tôi đồng ý", chat=chat)


async def tasks(talk: Talk) -> list[Task]:
    async with talk.database.read() as db:
        return list(await db.scalars(select(Task).order_by(Task.id)))


def said(tip: Tip) -> dict[str, str]:
    return {one.field: one.said for one in tips.live(tip)}


async def test_a_story_out_of_the_blue_is_kept_word_for_word_and_asks_only_for_the_rest(talk: Talk) -> None:
    questions = 0
    assert "Cảm ơn bác đã kể" in await talk.say(STORY)
    for words in ("Tôi đồng ý", *["đúng rồi"] * 5, "Trần Văn Ví Dụ, sinh năm 1950, 0912 345 678"):
        questions += 1
        last = await talk.say(words)
    questions += 1
    assert "đã đúng chưa" in last
    assert "Mã phiếu" in await talk.say("Đúng rồi, gửi đi")
    assert questions <= 8
    told = said(await talk.tip())
    assert (told["chuyen"], told["ho-ten"], told["don-vi"]) == (STORY, "anh Tám", "d3 e9 f304")
    assert (told["thoi-gian"], told["noi-chon"], told["nguon"]) == ("Năm 72", "ở gần suối Đá", "Tôi trực tiếp chôn cất")
    assert told["dien-thoai"] == "0912 345 678"


async def test_a_year_said_with_impatience_is_the_year_and_a_name_of_ones_own_is_the_tellers(talk: Talk) -> None:
    await begun(talk)
    for words in ("Tôi chôn một người ở chân đồi", "Bác là Lưu Thục Ví Dụ", "Trần Văn Thử", "không nhớ"):
        await talk.say(words)
    await talk.say("tôi nói rồi mà, 1971")
    told = said(await talk.tip())
    assert (told["ho-ten"], told["nguoi-ke"]) == ("Trần Văn Thử", "Bác là Lưu Thục Ví Dụ")
    assert told["thoi-gian"] == "tôi nói rồi mà, 1971"


async def test_the_right_side_of_a_correction_is_taken(talk: Talk) -> None:
    await begun(talk)
    for words in ("Tôi chôn một người ở chân đồi", "Trần Văn Thử", "không nhớ", "mùng 3 tháng 3 năm 1975"):
        await talk.say(words)
    await talk.say("à nhầm, hy sinh mùng 10 tháng 3 chứ không phải mùng 3, mùng 3 là ngày viết thư cuối")
    assert "mùng 10 tháng 3" in tips.read_back(
        next(one for one in tips.live(await talk.tip()) if one.field == "thoi-gian")
    )


async def test_a_yes_with_more_behind_it_is_kept_and_read_back_again(talk: Talk) -> None:
    await begun(talk)
    for words in ("Tôi chôn một người ở chân đồi", "Tôi chỉ biết thế thôi", "Trần Thị Ví Dụ", "1950", "0912 000 111"):
        last = await talk.say(words)
    assert "đã đúng chưa" in last
    assert "Mã phiếu" not in await talk.say("dạ đúng, mà còn anh thứ hai nữa, bà kể anh này không biết tên")
    assert any("anh thứ hai" in one.said for one in (await talk.tip()).answers)
    assert "Mã phiếu" in await talk.say("đúng rồi")


async def test_the_shortest_honest_tip_by_the_button_has_six_questions(talk: Talk) -> None:
    await talk.say("/start")
    await talk.say(press="baotin")
    steps = (
        *("Tôi đồng ý", "Bà tôi kể có ngôi mộ ở chân đồi", "Tôi chỉ biết thế thôi"),
        *("Phạm Thị Ví Dụ, sinh năm 1950", "0912 000 111", "đúng rồi"),
    )
    for words in steps:
        last = await talk.say(words)
    assert "Mã phiếu" in last
    assert len(steps) <= 6


async def test_nothing_read_out_of_a_story_is_filled_in_unasked(talk: Talk) -> None:
    await talk.say(STORY)
    await talk.say("Tôi đồng ý")
    assert set(said(await talk.tip())) == {"chuyen"}
    await talk.say("không phải")
    assert set(said(await talk.tip())) == {"chuyen"}
    await talk.say("Nguyễn Văn Bảy")
    assert said(await talk.tip())["ho-ten"] == "Nguyễn Văn Bảy"


async def test_an_old_yes_does_not_confirm_another_question(talk: Talk) -> None:
    await talk.say(STORY)
    await talk.say("Tôi đồng ý")
    await talk.say("Nguyễn Văn Bảy")
    assert "d3 e9 f304" in await talk.say(press="yes:ho-ten")
    assert "don-vi" not in said(await talk.tip())


async def test_a_story_without_consent_is_not_kept(talk: Talk) -> None:
    await talk.say(STORY)
    await talk.say("Tôi không đồng ý")
    tip = await talk.tip()
    assert (tip.state, [one.said for one in tip.answers]) == (TipState.DECLINED, [""])


async def test_a_question_of_a_resident_begins_no_tip(talk: Talk) -> None:
    await talk.say("Anh Tám chôn ở gần suối năm 72 phải không?")
    async with talk.database.read() as db:
        assert (await db.scalars(select(Tip.id))).all() == []
        assert len((await db.scalars(select(Question.id))).all()) == 1


async def test_a_story_in_a_group_begins_no_tip(talk: Talk) -> None:
    await talk.say(STORY, chat="-5")
    async with talk.database.read() as db:
        assert (await db.scalars(select(Tip.id))).all() == []


async def test_a_helper_and_a_witness_are_two_people_with_two_consents(talk: Talk) -> None:
    await talk.say("báo tin")
    assert "ông/bà có đồng ý" in await talk.say("Cháu nhắn giúp ông/bà")
    assert "Còn cháu" in await talk.say("Ông/bà đồng ý")
    assert "Mời ông/bà kể" in await talk.say("Cháu đồng ý")
    for words in (STORY, *["đúng rồi"] * 5, "Trần Văn Ví Dụ, 84 tuổi", "bỏ qua"):
        last = await talk.say(words)
    assert "cháu" in last.casefold()
    assert "đọc to" in await talk.say("Lê Thị Cháu, cháu nội, 0987 654 321")
    assert "Mã phiếu" in await talk.send(AttachmentKind.VOICE)
    tip = await talk.tip()
    assert [(one.role, one.given, one.said) for one in tip.consents] == [
        (PersonRole.WITNESS, True, "Ông/bà đồng ý"),
        (PersonRole.HELPER, True, "Cháu đồng ý"),
    ]
    people = {one.role: (one.name, one.born, one.phone, one.relation) for one in tip.people}
    assert people == {
        PersonRole.WITNESS: ("Trần Văn Ví Dụ", "84 tuổi", "", ""),
        PersonRole.HELPER: ("Lê Thị Cháu", "", "0987 654 321", "cháu nội"),
    }
    assert [len(one.files) for one in tip.answers if one.field == "xac-nhan"] == [1]


async def test_who_says_in_the_middle_that_he_helps_is_asked_and_nothing_is_lost(talk: Talk) -> None:
    await begun(talk)
    await talk.say(STORY)
    assert "ông/bà có đồng ý" in await talk.say("Cháu nhắn hộ ông cháu ạ")
    await talk.say("1")
    assert "anh Tám" in await talk.say("2")  # about himself nothing is to be kept
    tip = await talk.tip()
    assert tip.by_helper
    assert said(tip)["chuyen"] == STORY
    assert [(one.role, one.given) for one in tip.consents][1:] == [("witness", True), ("helper", False)]
    assert [one.role for one in tip.people] == []


async def test_tomorrow_morning_a_kind_word_twice_at_most_and_then_quiet(talk: Talk) -> None:
    await begun(talk)
    await talk.say("mệt rồi, mai nói tiếp")
    tip = await talk.tip()
    assert tip.remind_at == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    sent = []
    at = talk.now
    for _ in range(24 * 10):
        at += timedelta(hours=1)
        if await remind(talk, at):
            sent.append(at)
    assert len(sent) == 2
    assert [one.text[:8] for one in await talk.answers()] == ["Chào bác"] * 2
    assert all(1 <= one.hour < 13 for one in sent)  # by the clock of UTC
    assert "Mời bác kể" in await talk.say("báo tin")


async def remind(talk: Talk, at: datetime) -> int:
    return await remind_tellers(talk.database, talk.shelf.library, Config(folder=Path()), at)


async def test_who_has_gone_on_or_left_is_not_reminded(talk: Talk) -> None:
    await begun(talk)
    await talk.say("để mai")
    await talk.say("tôi nhớ thêm rồi")
    assert (await talk.tip()).remind_at is None
    await talk.say("để mai")
    async with talk.database.write() as db:
        (await db.get_one(type(await talk.chat()), (await talk.chat()).id)).state = ChatState.GONE
    assert await remind(talk, datetime(2026, 11, 24, 2, 0, tzinfo=UTC)) == 0


async def test_to_be_called_or_visited_is_one_task_within_a_working_day(talk: Talk) -> None:
    await begun(talk)
    assert "theo số nào" in await talk.say("nhờ cán bộ gọi lại")
    assert "Mời bác kể" in await talk.say("0912 345 678")
    await talk.say("nhờ cán bộ gọi lại")
    assert "Bác đang ở" in await talk.say("xin đến nhà")
    await talk.say("tổ 3")
    found = await tasks(talk)
    assert [one.kind for one in found] == [TaskKind.CALL, TaskKind.VISIT]
    assert [(one.due_at - one.created_at).days for one in found] == [1, 1]
    person = (await talk.tip()).people[0]
    assert (person.phone, person.address) == ("0912 345 678", "tổ 3")


async def test_on_friday_the_next_working_day_is_monday(talk: Talk) -> None:
    talk.now = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    await begun(talk)
    await talk.say("xin đến nhà")
    assert (await tasks(talk))[0].due_at.date().isoformat() == "2026-11-30"


async def test_a_voice_note_waits_to_be_put_into_words(talk: Talk) -> None:
    await begun(talk)
    await talk.send(AttachmentKind.VOICE)
    await talk.send(AttachmentKind.PHOTO, album="g")
    await talk.send(AttachmentKind.PHOTO, album="g")
    found = await tasks(talk)
    assert [one.kind for one in found] == [TaskKind.TRANSCRIBE] * 3
    assert len({one.file_id for one in found}) == 3


async def test_a_second_grave_is_told_after_the_first_and_can_be_corrected(talk: Talk) -> None:
    await begun(talk)
    for words in (
        "Năm ấy đơn vị tôi chôn một người lính",
        "anh Ba",
        *["bỏ qua"] * 4,
        "Trần Thị Ví Dụ",
        *["bỏ qua"] * 2,
    ):
        await talk.say(words)
    assert "Phần mộ thứ 2" in await talk.say("Tôi còn biết phần mộ khác")
    for words in ("anh Tư", *["bỏ qua"] * 4):
        last = await talk.say(words)
    assert "Họ và tên liệt sĩ: anh Ba" in last
    assert "Họ và tên liệt sĩ (phần mộ thứ 2): anh Tư" in last
    await talk.say("sửa lại")
    await talk.say("Họ và tên liệt sĩ (phần mộ thứ 2)")
    assert "(phần mộ thứ 2): anh Năm" in await talk.say("anh Năm")
    told = said(await talk.tip())
    assert (told["ho-ten"], told["ho-ten#2"]) == ("anh Ba", "anh Năm")


async def test_a_photo_before_its_question_and_very_long_words_and_emoji_are_kept(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.send(AttachmentKind.PHOTO)
    await talk.say("Tôi đồng ý")
    long = ("Hồi ấy chúng tôi hành quân qua suối 🙏 " * 200)[:4000].strip()
    await talk.say(long)
    await talk.say("🙏")
    tip = await talk.tip()
    assert said(tip)["chuyen"] == long
    assert "🙏" in said(tip).values()
    assert [len(one.files) for one in tip.answers if one.files] == [1]


async def test_of_two_messages_at_the_same_moment_the_second_answers_what_is_asked_next(talk: Talk) -> None:
    await begun(talk)
    at = talk.now.isoformat()
    both = [
        (key, json.dumps({"id": key, "at": at, "sender_name": "", "text": words, "chat": "77", "in_group": False}))
        for key, words in (("m1", "Năm ấy đơn vị tôi chôn một người lính"), ("m2", "anh ấy tên Nguyễn Văn Tám"))
    ]
    await talk.inbox.receive("telegram", [*both, *both])
    await talk.inbox.handle_waiting()
    told = {"chuyen": "Năm ấy đơn vị tôi chôn một người lính", "ho-ten": "anh ấy tên Nguyễn Văn Tám"}
    assert said(await talk.tip()) == told


async def test_a_story_told_after_a_rest_without_any_command_is_the_story(talk: Talk) -> None:
    await begun(talk)
    await talk.say("mai nói tiếp")
    answer = await talk.say(STORY)
    assert "“anh Tám”" in answer
    assert said(await talk.tip())["chuyen"] == STORY


WORDS = [
    *(STORY, "Nguyễn Văn Tám", "không nhớ", "bỏ qua", "quay lại", "nhắc lại", "đúng rồi", "không phải", "1", "2", "3"),
    *("mai nói tiếp", "gọi lại cho tôi", "xin đến nhà", "tôi chỉ biết thế thôi", "xong", "sửa lại", "🙏", "x" * 4000),
    *("Tôi kể thêm chi tiết", "Tôi còn biết phần mộ khác", "tháng 3 năm 1972", "cách suối 50 bước", "Cháu nhắn hộ bà"),
]
SAID = some.one_of(
    some.sampled_from(WORDS),
    some.sampled_from([AttachmentKind.VOICE, AttachmentKind.PHOTO, AttachmentKind.STICKER]),
    some.sampled_from(["agree", "yes:ho-ten", "no:don-vi", "=chon-cat", "done", "edit:chuyen", "more"]).map(list),
)
STEERING = {words.casefold() for words in WORDS if words not in (STORY, "🙏", "x" * 4000)}
_chats = iter(range(10_000, 20_000))


@given(some.lists(SAID, max_size=8))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_whatever_is_said_in_whatever_order_it_ends_and_nothing_is_lost(talk: Talk, talked: list[object]) -> None:
    straight = await told(talk, talked, resumed=False)
    again = await told(talk, talked, resumed=True)
    if TipState.DECLINED in (straight.state, again.state):  # «2» under the consent is a no
        return
    told_words = [one for one in talked if type(one) is str and one.casefold() not in STEERING]
    for tip in (straight, again):
        assert tip.state == TipState.NEW
        words = "\n".join(one.said for one in tip.answers)
        assert all(one in words for one in told_words)
        assert not list(misplaced(talk, tip))


async def told(talk: Talk, talked: list[object], *, resumed: bool) -> Tip:
    """The whole of it in a chat of its own; `resumed`: «báo tin» is said again before every message, not only after a
    rest, as the bot asks for it."""
    chat = str(next(_chats))
    await begun(talk, chat)
    for one in talked:
        talk.now += timedelta(minutes=1)
        if resumed or (await talk.tip()).asking.startswith(PAUSED):
            await talk.say("báo tin", chat=chat)
        if isinstance(one, list):
            await talk.say(press="".join(one), chat=chat)
        elif isinstance(one, AttachmentKind):
            await talk.send(one, chat=chat)
        else:
            await talk.say(str(one), chat=chat)
    for _ in range(40):
        talk.now += timedelta(minutes=1)
        tip = await talk.tip()
        if tip.state != TipState.TELLING:
            break
        if not any(one.choices for one in talk.heard):
            await talk.say("báo tin", chat=chat)
        offered = {choice.value for one in talk.heard for choice in one.choices}
        way = next((way for way in ("agree", "confirm", "none", "skip", "done") if way in offered), "skip")
        await talk.say(press=way, chat=chat)
    return await talk.tip()


def misplaced(talk: Talk, tip: Tip) -> Iterator[tuple[str, str]]:
    """Answers that are not of the kind that was asked for."""
    form = talk.shelf.library.forms["tip"]
    for one in tips.live(tip):
        ask = form.ask(one.field)
        if ask and one.understood["kind"] in ("words", "date") and fits(where_of(ask).value, one.said) is Fit.NO:
            yield one.field, one.said
