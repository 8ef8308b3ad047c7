"""Quizzes from question to result: polls on Telegram, numbers elsewhere, neighbourhoods counted, nobody known."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import HOME, forwarders, forwarding
from bot.config import Config
from bot.db import Database
from bot.library import Library, read_library
from bot.messages import Choice, Outgoing, Votes, as_menu, from_json, to_json
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    Correction,
    Delivery,
    DeliveryState,
    Installation,
    Poll,
    Quiz,
    QuizAnswer,
    Role,
    Staff,
    Unit,
)
from bot.posts.approval import correct_at_once, look_again
from bot.posts.broadcasts import announce
from bot.posts.checks import check_posts
from bot.posts.corrections import Wording
from bot.posts.published import published
from bot.posts.quiz_results import Tally, tellable
from bot.posts.quizzes import count
from scheduler.quizzes import end_quizzes
from tests.conftest import NOW
from tests.quizzing import FIRST, ROOM, SECOND, ZALO_GROUP, Ward, a_ward
from tests.talk import Line

RIGHT, WRONG = "**Đúng rồi, thưa bác.**", "**Chưa đúng, thưa bác.**"


@pytest.fixture
async def ward(database: Database, tmp_path: Path) -> AsyncIterator[Ward]:
    async with a_ward(database, tmp_path) as ward:
        yield ward


# Asked


async def test_a_quiz_goes_as_a_poll_to_telegram_and_as_a_numbered_question_elsewhere(ward: Ward) -> None:
    await ward.ask()
    assert [poll.chat for poll in ward.server.polls] == [FIRST, SECOND]
    (asked,) = [as_menu(part, "") for to, part in ward.zalo.sent]
    assert "Ngày Thương binh, Liệt sĩ hằng năm là ngày nào?" in asked.text
    assert asked.text.endswith("1. 22 tháng 12\n2. 27 tháng 7\n3. 30 tháng 4")
    assert "nhắn riêng cho Tri Ân" in asked.text
    assert "Pháp lệnh" not in asked.text
    (_, on_the_web) = ward.web.sent[0]
    assert [choice.label for choice in on_the_web.choices] == ["22 tháng 12", "27 tháng 7", "30 tháng 4"]
    for part in (asked, on_the_web):
        assert "hằng năm là Ngày" not in part.text


async def test_each_poll_is_known_by_its_chat(ward: Ward) -> None:
    id = await ward.ask()
    async with ward.database.read() as db:
        polls = list(await db.scalars(select(Poll).order_by(Poll.key)))
        sent = {row.chat_id: row.platform_id for row in await db.scalars(select(Delivery))}
    assert [poll.key for poll in polls] == [f"telegram:{poll.id}" for poll in ward.server.polls]
    assert all((poll.broadcast_id, poll.message_id) == (id, sent[poll.chat_id]) for poll in polls)


async def test_an_unknown_outcome_of_a_poll_stays_unknown_and_is_not_repeated(ward: Ward) -> None:
    ward.server.faults[FIRST] = "drop"
    await ward.ask()
    async with ward.database.read() as db:
        states = {(row[0], row[1]) for row in await db.execute(select(Chat.address, Delivery.state).join(Chat))}
    assert (f"telegram:{FIRST}", DeliveryState.UNKNOWN) in states
    assert (f"telegram:{SECOND}", DeliveryState.SENT) in states
    assert ward.server.calls["sendPoll"] == 2


def library_with_mistakes(folder: Path) -> Library:
    shutil.copytree(HOME / "content", folder)
    shutil.copy(HOME / "tests" / "fixtures" / "quizzes-wrong.toml", folder / "quizzes.toml")
    return read_library(folder)


def test_a_quiz_that_is_written_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    library = library_with_mistakes(tmp_path / "content")
    assert {"thu-cau-hong", "thu-cau-lap"}.isdisjoint(library.posts)
    assert [problem.line for problem in library.problems if problem.file == "quizzes.toml"] == [2, 11]


def test_what_a_poll_cannot_hold_whole_is_told_to_staff(tmp_path: Path, config: Config) -> None:
    library = library_with_mistakes(tmp_path / "content")
    found = [problem for problem in check_posts(library, config, NOW.date()) if "thu-" in problem.sentence]
    assert [problem.sentence for problem in found] == [
        "câu đố «thu-cau-dai»: lời giải (quá 200 ký tự) dài quá mức bình chọn của Telegram nhận."
    ]


# Answered in private


async def test_an_answer_in_private_is_told_right_or_wrong_with_the_explanation_and_its_source(ward: Ward) -> None:
    await ward.ask()
    told = await ward.say("câu đố 2")
    assert told.startswith(RIGHT)
    assert "Ngày **27 tháng 7** hằng năm" in told
    assert "Nguồn: Pháp lệnh Ưu đãi người có công" in told
    assert (await ward.say("Câu đố: 1", chat="78")).startswith(WRONG)


@pytest.mark.parametrize("words", ["2", "số 2", "2.", "câu đố số hai", "CAU DO 2"])
async def test_the_number_may_be_said_in_many_ways(ward: Ward, words: str) -> None:
    await ward.ask()
    assert (await ward.say(words)).startswith(RIGHT)


async def test_one_person_counts_once_and_the_first_answer_counts(ward: Ward) -> None:
    await ward.ask()
    await ward.say("câu đố 1")
    assert "lần đầu được tính" in await ward.say("câu đố 2")
    async with ward.database.read() as db:
        (given,) = list(await db.scalars(select(QuizAnswer)))
    assert (given.option, given.right, given.unit_id) == (0, False, ward.units["3"])


async def test_no_answer_names_the_person_and_two_quizzes_do_not_show_the_same_one(ward: Ward) -> None:
    await ward.ask()
    await ward.say("câu đố 2")
    await ward.ask("thu-ngay-cuoi")
    await ward.say("câu đố 1")
    async with ward.database.read() as db:
        voters = list(await db.scalars(select(QuizAnswer.voter)))
    assert len({*voters}) == 2
    assert all(len(voter) == 64 and "77" not in voter.split(":") for voter in voters)


async def test_a_number_that_is_no_option_gets_the_question_again(ward: Ward) -> None:
    await ward.ask()
    assert "không có câu trả lời mang số ấy" in await ward.say("câu đố 9")
    assert [choice.label for choice in ward.heard[0].choices] == ["22 tháng 12", "27 tháng 7", "30 tháng 4"]
    assert (await ward.say("3")).startswith(WRONG)


async def test_the_words_alone_ask_the_question_once_more(ward: Ward) -> None:
    await ward.ask()
    assert "Ngày Thương binh, Liệt sĩ hằng năm là ngày nào?" in await ward.say("câu đố")


async def test_without_an_open_quiz_it_is_said_and_a_bare_number_means_nothing(ward: Ward) -> None:
    assert "không có câu đố nào đang mở" in await ward.say("câu đố 2")
    assert "câu đố" not in await ward.say("2")


async def test_in_a_zalo_group_the_answer_is_asked_for_in_private(ward: Ward) -> None:
    await ward.ask()
    for words in ("câu đố 2", "2"):
        told = await ward.say(words, chat=ZALO_GROUP, in_group=True, addressed=True)
        assert "nhắn riêng cho Tri Ân" in told
    assert await ward.say("2", chat=ZALO_GROUP, in_group=True, addressed=False) == ""
    assert await ward.first(select(QuizAnswer)) is None


async def test_a_number_in_the_middle_of_a_tip_belongs_to_the_tip(ward: Ward) -> None:
    await ward.ask()
    await ward.say("báo tin")
    await ward.say("2")
    assert await ward.first(select(QuizAnswer)) is None


async def test_on_telegram_the_quiz_is_answered_in_the_group(ward: Ward) -> None:
    await ward.ask()
    line = Line()
    ward.channels["telegram"] = line
    assert "ở trong nhóm của tổ dân phố" in await ward.say("câu đố 2", line=line)
    assert await ward.first(select(QuizAnswer)) is None


async def test_a_button_of_a_room_counts_for_its_neighbourhood(ward: Ward) -> None:
    id = await ward.ask()
    told = await ward.say(line=ward.web, chat="p-1", choice=f"q:{id}:1", start=f"room:{ROOM[2:]}")
    assert told.startswith(RIGHT)
    given = await ward.first(select(QuizAnswer))
    assert given.unit_id == ward.units["10"]
    assert "lần đầu được tính" in await ward.say(line=ward.web, chat="p-1", choice=f"q:{id}:0")


@pytest.mark.parametrize("choice", ["q:9999:1", "q:1:99", "q:x", "qu:1:1", f"q:{10**15}:1"])
async def test_a_button_of_nothing_is_answered_and_counts_nothing(ward: Ward, choice: str) -> None:
    await ward.ask()
    assert await ward.say(line=ward.web, chat="p-1", choice=choice)
    assert await ward.first(select(QuizAnswer)) is None


async def test_who_may_live_in_several_neighbourhoods_is_asked_which_and_need_not_say(ward: Ward) -> None:
    async with ward.database.write() as db:
        second = await db.get_one(Unit, ward.units["2"])
        await ward.group(db, "zalo_bot:g9", second)
    await ward.ask()
    assert "chọn tổ dân phố" in await ward.say("câu đố 2")
    assert [choice.label for choice in ward.heard[0].choices] == ["Tổ dân phố số 2", "Tổ dân phố số 3"]
    assert "kết quả của Tổ dân phố số 3" in await ward.say(choice=ward.heard[0].choices[1].value)
    assert (await ward.first(select(QuizAnswer))).unit_id == ward.units["3"]
    assert "đã được tính rồi" in await ward.say(choice=f"qu:1:{ward.units['2']}")
    assert (await ward.first(select(QuizAnswer))).unit_id == ward.units["3"]


# Counted and told


async def test_the_next_day_the_groups_hear_the_answer_and_the_numbers_by_neighbourhood(ward: Ward) -> None:
    await ward.ask()
    await ward.vote(FIRST, 1, 1, 1, 0, 2, 1)
    await ward.vote(SECOND, 1, 0)
    for person in range(5):
        await ward.say("câu đố 2" if person else "câu đố 3", chat=f"z{person}")
    result = await ward.end()
    assert result is not None
    text = ward.on_zalo()[-1]
    assert text == ward.server.messages[-1].text.replace("Câu trả lời đúng:", "**Câu trả lời đúng:**", 1).replace(
        "Kết quả câu đố", "**Kết quả câu đố**", 1
    ).replace("Ngày 27 tháng 7 hằng", "Ngày **27 tháng 7** hằng")
    assert "**Câu trả lời đúng:** 27 tháng 7" in text
    assert "Có 13 người trả lời, 9 người đúng." in text
    assert "số 1: 6 người trả lời, 4 đúng" in text
    assert "số 2" not in text
    assert [part.text for to, part in ward.web.sent][-1] == text


async def test_numbers_of_few_people_are_not_told_and_cannot_be_reckoned(ward: Ward) -> None:
    def tally(unit: str, total: int) -> Tally:
        return Tally(unit, (0, total), 1)

    assert tellable([tally("1", 5), tally("2", 6)]) == [tally("1", 5), tally("2", 6)]
    assert tellable([tally("1", 9), tally("2", 6), tally("", 2)]) == [tally("1", 9)]
    assert tellable([tally("1", 9), tally("2", 4)]) == []
    assert tellable([tally("1", 9), tally("2", 4), tally("3", 4)]) == [tally("1", 9)]


async def test_of_fewer_than_five_answers_only_their_number_is_told(ward: Ward) -> None:
    await ward.ask()
    await ward.vote(FIRST, 0, 1)
    await ward.end()
    assert "Có 2 người trả lời." in ward.on_zalo()[-1]


async def test_a_quiz_nobody_answered_still_gets_its_explanation(ward: Ward) -> None:
    await ward.ask()
    await ward.end()
    assert "27 tháng 7" in ward.on_zalo()[-1]
    assert "người trả lời" not in ward.on_zalo()[-1]


async def test_the_last_counts_are_those_with_which_the_platform_ends_the_poll(ward: Ward) -> None:
    await ward.ask()
    for person in range(6):
        await ward.server.vote(FIRST, 1, person=person + 1)  # these updates never reach us
    await ward.end()
    assert all(poll.closed for poll in ward.server.polls)
    assert "số 1: 6 người trả lời, 6 đúng" in ward.on_zalo()[-1]


async def test_a_poll_that_is_gone_counts_as_it_was_told_last(ward: Ward) -> None:
    await ward.ask()
    await ward.vote(FIRST, *[1] * 5)
    ward.server.faults[FIRST] = "kicked"
    await ward.end()
    assert "số 1: 5 người trả lời, 5 đúng" in ward.on_zalo()[-1]


async def test_a_platform_that_is_away_is_waited_for_but_not_for_ever(ward: Ward) -> None:
    await ward.ask()
    await ward.vote(FIRST, *[1] * 5)
    ward.server.broken["stopPoll"] = (502, "Bad Gateway")
    assert await ward.end() is None
    assert await ward.end(timedelta(hours=2)) is not None
    assert "số 1: 5 người trả lời, 5 đúng" in ward.on_zalo()[-1]


async def test_the_result_is_planned_once_and_later_answers_do_not_count(ward: Ward) -> None:
    id = await ward.ask()
    await ward.say("câu đố 2")
    await ward.end()
    result = await ward.end(timedelta(minutes=1))
    async with ward.database.read() as db:
        results = list(await db.scalars(select(Broadcast).where(Broadcast.id != id)))
        (given,) = list(await db.scalars(select(QuizAnswer)))
    assert [one.id for one in results] == [result.id if result else 0]
    assert given.voter == str(given.id)
    assert "đã khép lại" in await ward.say(choice=f"q:{id}:0", chat="79")
    assert "không có câu đố nào đang mở" in await ward.say("câu đố 2", chat="79")


async def test_votes_after_the_end_change_nothing(ward: Ward) -> None:
    await ward.ask()
    await ward.vote(FIRST, 1)
    await ward.end()
    async with ward.database.write() as db:
        await count(db, Votes(f"telegram:{ward.server.polls[0].id}", (9, 9, 9)))
        await count(db, Votes("telegram:unknown", (1, 1, 1)))
    assert (await ward.first(select(Poll).order_by(Poll.key))).votes == [0, 1, 0]


async def test_a_corrected_quiz_is_not_asked_again_and_gets_no_result_by_itself(ward: Ward) -> None:
    id = await ward.ask()
    async with ward.database.write() as db:
        person = Staff(login="hoa", name="Hoa", role=Role.APPROVER, password_hash="x", created_at=NOW)
        person.unit = await db.get_one(Unit, ward.units["1"])
        db.add(person)
        wording = Wording(wrong="Đáp án sai", right="Đáp án khác", text="Câu đố này đã rút.")
        broadcast = await db.get_one(Broadcast, id)
        await correct_at_once(db, ward.library, ward.config, broadcast, Correction.EDIT, wording, person, ward.now)
    await ward.deliver()
    assert len(ward.server.polls) == 2
    assert await ward.end() is None
    assert (await ward.first(select(Quiz))).closed_at is not None


@pytest.mark.parametrize("state", [BroadcastState.STOPPED, BroadcastState.MISSED, BroadcastState.PAUSED])
async def test_a_quiz_that_did_not_go_out_well_gets_no_result(ward: Ward, state: BroadcastState) -> None:
    await ward.ask()
    async with ward.database.write() as db:
        await db.execute(update(Broadcast).values(state=state))
    assert await ward.end() is None


async def test_a_result_two_days_late_is_not_told(ward: Ward) -> None:
    await ward.ask()
    assert await ward.end(timedelta(days=4)) is None
    assert (await ward.first(select(Quiz))).closed_at is not None


async def test_a_result_that_comes_at_night_is_told_in_the_morning(ward: Ward) -> None:
    await ward.ask()
    result = await ward.end(timedelta(days=1, hours=15))  # 23:00 in the ward
    assert result is not None
    assert result.due_at.astimezone(ward.config.service.zone).isoformat() == "2026-11-25T06:30:00+07:00"
    assert len(ward.on_zalo()) == 1
    await ward.end(timedelta(hours=8))
    assert len(ward.on_zalo()) == 2


async def test_a_person_who_posts_by_hand_gets_the_quiz_as_words_with_numbers(ward: Ward) -> None:
    async with ward.database.write() as db:
        group = await forwarders.add_group(db, "Tổ 2, Zalo", await db.get_one(Unit, ward.units["2"]), "", ward.now)
        code = (await forwarders.make_code(db, group, "Nguyễn Văn Ví Dụ", None, ward.now)).code
    await ward.say(code, chat="forwarder")
    await ward.ask()
    async with ward.database.write() as db:
        await forwarding.hand_over(db, ward.library, ward.config, ward.now)
    post = await ward.first(
        select(Delivery).where(Delivery.message.is_not(None)).order_by(Delivery.id.desc()).offset(1)
    )
    assert "1. 22 tháng 12\n2. 27 tháng 7" in post.message["text"]
    assert (post.message["quiz"], post.message["choices"]) == (None, [])
    assert (await ward.say("câu đố 2", chat="reader")).startswith(RIGHT)


async def test_while_everything_is_stopped_no_poll_is_ended(ward: Ward) -> None:
    await ward.ask()
    async with ward.database.write() as db:
        (await db.get_one(Installation, 1)).stopped_at = NOW
    assert await ward.end() is None
    assert ward.server.calls["stopPoll"] == 0


def test_a_poll_and_its_words_are_two_forms_of_the_same_message() -> None:
    message = Outgoing("Hỏi?", choices=(Choice("Một", "q:1:0"),))
    assert as_menu(message, "").text == "Hỏi?\n\n1. Một"
    assert to_json(as_menu(message, ""))["quiz"] is None


async def test_the_public_page_shows_the_options_and_after_a_day_the_result(ward: Ward) -> None:
    await ward.ask()
    async with ward.database.read() as db:
        (open_one,) = await published(db)
    assert "2. 27 tháng 7" in open_one.text
    await ward.end()
    async with ward.database.read() as db:
        (over,) = await published(db)
    assert "Câu trả lời đúng" in over.text


async def test_a_planned_quiz_and_its_result_stay_what_they_are_when_approvals_are_looked_at_again(ward: Ward) -> None:
    """Posts that wait are frozen anew with the newest figures: a quiz must still ask, a result must still tell."""
    async with ward.database.write() as db:
        post, later = ward.library.posts["thu-ngay-cuoi"], ward.now + timedelta(days=3)
        planned = await announce(db, ward.library, ward.config, post, target="all", due_at=later, now=ward.now)
    await ward.ask()
    ward.now += timedelta(days=1)
    await end_quizzes(ward.database, ward.channels, ward.library, ward.config, ward.now)
    async with ward.database.write() as db:
        await look_again(db, ward.library, ward.config, ward.now)
    async with ward.database.read() as db:
        again = from_json((await db.get_one(Broadcast, planned.id)).message)
        result = await db.scalar(select(Broadcast).where(Broadcast.occurrence.startswith("quiz:")))
    assert again.quiz is not None
    assert result is not None
    assert "Câu trả lời đúng" in result.message["text"]
    assert result.state == BroadcastState.PLANNED
