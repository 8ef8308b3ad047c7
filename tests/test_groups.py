"""Groups: greeted, enrolled by a code, silent until known, stopped when asked, followed when they move."""

import pytest
from sqlalchemy import select

from bot import chats
from bot.messages import ChatChange
from bot.models import Chat, ChatState, EnrolmentCode, Unit
from tests.talk import Talk


@pytest.fixture
async def code(talk: Talk) -> str:
    async with talk.database.write() as db:
        unit = Unit(code="to-1", name="Tổ dân phố số 1", kind="neighbourhood")
        db.add(unit)
        await db.flush()
        return (await chats.make_code(db, unit.id, "", None, talk.now)).code


async def test_a_code_typed_in_the_group_enrols_it_and_the_bot_says_who_it_is(talk: Talk, code: str) -> None:
    greeting = await talk.say(f"/start {code}", chat="-5", start=code)
    for part in ("Tổ dân phố số 1", "kênh thông tin chính thức", "là máy", "ngừng nhận tin"):
        assert part in greeting
    chat = await talk.chat("-5")
    assert (chat.state, chat.unit.name if chat.unit else "") == (ChatState.ACTIVE, "Tổ dân phố số 1")


async def test_a_code_among_other_words_and_in_small_letters_is_found(talk: Talk, code: str) -> None:
    assert "Tổ dân phố số 1" in await talk.say(f"mã ghi danh {code.lower()} nhé", chat="-5")


async def test_a_code_works_once(talk: Talk, code: str) -> None:
    await talk.say(code, chat="-5")
    assert "chưa được phường ghi nhận" in await talk.say(code, chat="-6")
    async with talk.database.read() as db:
        used = await db.get_one(EnrolmentCode, code)
    assert used.used_at is not None


async def test_added_by_a_stranger_it_explains_itself_once_and_is_silent(talk: Talk) -> None:
    assert "im lặng" in await talk.happen(ChatChange.ADDED)
    assert await talk.say("chiến dịch 500 ngày đêm là gì", chat="-5") == ""
    assert await talk.say("/trogiup", chat="-5") == ""
    assert (await talk.chat("-5")).state == ChatState.WAITING


async def test_in_a_group_it_speaks_only_when_addressed(talk: Talk, code: str) -> None:
    await talk.say(code, chat="-5")
    assert await talk.say("chiến dịch 500 ngày đêm là gì", chat="-5", addressed=False) == ""
    assert "Nguồn:" in await talk.say("chiến dịch 500 ngày đêm là gì", chat="-5")


async def test_a_group_that_asks_for_silence_has_it_until_it_asks_again(talk: Talk, code: str) -> None:
    await talk.say(code, chat="-5")
    assert "không nhận bài nữa" in await talk.say("ngừng nhận tin", chat="-5")
    assert (await talk.chat("-5")).state == ChatState.STOPPED
    assert await talk.say("/trogiup", chat="-5") == ""
    assert "trở lại" in await talk.say("nhận tin", chat="-5")


async def test_the_bot_can_be_asked_whether_it_hears_the_group(talk: Talk, code: str) -> None:
    await talk.say(code, chat="-5")
    assert "nghe được nhóm này" in await talk.say("/kiemtra", chat="-5")


async def test_a_group_that_put_the_bot_out_is_kept_with_the_reason_and_comes_back_by_itself(
    talk: Talk, code: str
) -> None:
    await talk.say(code, chat="-5")
    await talk.happen(ChatChange.REMOVED, reason="kicked")
    gone = await talk.chat("-5")
    assert (gone.state, gone.reason) == (ChatState.GONE, "kicked")
    await talk.happen(ChatChange.ADDED)
    assert (await talk.chat("-5")).state == ChatState.ACTIVE


async def test_a_group_that_moved_keeps_its_unit_whichever_message_tells_it_first(talk: Talk, code: str) -> None:
    await talk.say(code, chat="-5")
    for _ in range(2):
        await talk.happen(ChatChange.MOVED, new_id="-1005")
    async with talk.database.read() as db:
        rows = list(await db.scalars(select(Chat).where(Chat.unit_id.is_not(None))))
    assert [row.address for row in rows] == ["telegram:-1005"]
    assert rows[0].state == ChatState.ACTIVE


async def test_a_group_that_moved_is_not_told_that_it_is_unknown_when_its_new_address_is_heard_of_first(
    talk: Talk, code: str
) -> None:
    await talk.say(code, chat="-5", chat_title="Tổ 2")
    assert await talk.happen(ChatChange.ADDED, chat="-1005", title="Tổ 2") == ""
    assert await talk.happen(ChatChange.REMOVED, title="Tổ 2", reason="kicked") == ""
    assert await talk.happen(ChatChange.MOVED, title="Tổ 2", new_id="-1005") == ""
    there = await talk.chat("-1005")
    assert (there.state, there.unit.name if there.unit else "") == (ChatState.ACTIVE, "Tổ dân phố số 1")
    assert "nghe được nhóm này" in await talk.say("/kiemtra", chat="-1005", chat_title="Tổ 2")


async def test_a_namesake_of_an_enrolled_group_is_told_when_somebody_asks_and_enrolled_by_its_code(
    talk: Talk, code: str
) -> None:
    await talk.say(code, chat="-5", chat_title="Tổ 2")
    assert await talk.happen(ChatChange.ADDED, chat="-6", title="Tổ 2") == ""
    assert "chưa được phường ghi nhận" in await talk.say("bot ơi", chat="-6", chat_title="Tổ 2")
    assert "im lặng" in await talk.happen(ChatChange.ADDED, chat="-7", title="Tổ 3")
