"""A quiz on Telegram: a native, anonymous poll; its counts; what refuses a poll gets words."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.telegram import Telegram
from bot.channels.telegram_message import EXPLANATION_LIMIT, poll_of
from bot.config import TelegramSettings
from bot.errors import ChannelError, ChatGone, Refused, Throttled, Unknown
from bot.messages import Address, Choice, Outgoing, Quiz, Votes, from_json, to_json, utf16
from tests.standins.port import Desk, Shelf, serving
from tests.standins.telegram import TelegramStandin
from tests.standins.telegram_shapes import Fault

GROUP = -1001234567890
TO_GROUP = Address("telegram", str(GROUP))
ASKS = Outgoing(
    "**Câu đố**\n\nNgày nào là Ngày Thương binh, Liệt sĩ?\n\nMời bác chọn.",
    choices=(Choice("22/12", "q:9:0"), Choice("27/7", "q:9:1"), Choice("30/4", "q:9:2")),
    quiz=Quiz("Ngày nào là Ngày Thương binh, Liệt sĩ?", 1, "Ngày **27/7** hằng năm.\n\nNguồn: Pháp lệnh."),
    bulk=True,
)


@pytest.fixture
async def server() -> AsyncIterator[TelegramStandin]:
    async with TelegramStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def telegram(server: TelegramStandin) -> AsyncIterator[Telegram]:
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Shelf())
    yield telegram
    await telegram.close()


async def test_a_quiz_is_one_anonymous_poll_with_its_answer_and_explanation(
    server: TelegramStandin, telegram: Telegram
) -> None:
    (part,) = telegram.parts(replace(ASKS, thread="7"))
    sent = await telegram.send(TO_GROUP, part, "1.0")
    (poll,) = server.polls
    assert sent == (str(poll.message), "", f"telegram:{poll.id}")
    assert poll.given["question"] == "Ngày nào là Ngày Thương binh, Liệt sĩ?"
    assert [option["text"] for option in poll.given["options"]] == ["22/12", "27/7", "30/4"]
    assert (poll.given["type"], poll.given["is_anonymous"]) == ("quiz", True)
    assert poll.given["correct_option_ids"] == [1]
    assert poll.given["explanation"] == "Ngày 27/7 hằng năm.\nNguồn: Pháp lệnh."
    assert (server.messages[0].thread, server.messages[0].buttons) == (7, [])


async def test_an_answer_tells_the_counts_and_nobodys_name(server: TelegramStandin, telegram: Telegram) -> None:
    sent = await telegram.send(TO_GROUP, ASKS, "1.0")
    assert telegram.read(await server.vote(GROUP, 1, person=11)) == Votes(sent.poll, (0, 1, 0))
    update = await server.vote(GROUP, 2, person=778812)
    assert telegram.read(update) == Votes(sent.poll, (0, 1, 1))
    assert "778812" not in str(update)


async def test_votes_arrive_by_polling_like_any_update(server: TelegramStandin, telegram: Telegram) -> None:
    desk = Desk()
    async with serving(telegram, desk):
        await telegram.send(TO_GROUP, ASKS, "1.0")
        await server.vote(GROUP, 1)
        await server.until(lambda: desk.keys)
    assert len(desk.keys) == 1


async def test_an_ended_poll_tells_its_last_counts_and_takes_no_more(
    server: TelegramStandin, telegram: Telegram
) -> None:
    sent = await telegram.send(TO_GROUP, ASKS, "1.0")
    await server.vote(GROUP, 0, person=11)
    assert await telegram.end_poll(TO_GROUP, sent.id) == (1, 0, 0)
    with pytest.raises(LookupError):
        await server.vote(GROUP, 0, person=12)
    with pytest.raises(Refused):
        await telegram.end_poll(TO_GROUP, sent.id)


async def test_a_group_without_the_right_to_polls_gets_words_with_numbers(
    server: TelegramStandin, telegram: Telegram
) -> None:
    server.faults[GROUP] = "no_polls"
    sent = await telegram.send(TO_GROUP, ASKS, "1.0")
    assert (sent.poorer, sent.poll, server.polls) == ("no_poll_right", "", [])
    assert server.messages[0].text.endswith("1. 22/12\n2. 27/7\n3. 30/4")
    assert server.messages[0].buttons == []


@pytest.mark.parametrize(
    "asks",
    [
        replace(ASKS, quiz=Quiz("Hỏi " * 100, 1, "")),
        replace(ASKS, choices=(Choice("x" * 101, "q:9:0"), Choice("27/7", "q:9:1"))),
        replace(ASKS, choices=tuple(Choice(str(n), f"q:9:{n}") for n in range(13))),
    ],
)
def test_what_no_poll_can_hold_goes_as_words(telegram: Telegram, asks: Outgoing) -> None:
    parts = telegram.parts(asks)
    assert all(part.quiz is None and not part.choices for part in parts)
    assert f"2. {asks.choices[1].label}" in "\n".join(part.text for part in parts)


def test_a_long_explanation_is_cut_between_paragraphs_or_else_words() -> None:
    def shown(explanation: str) -> str:
        return str(poll_of(Quiz("?", 0, explanation), ASKS.choices).get("explanation", ""))

    assert shown("Một.\n\nHai.\n\nBa.\n\nBốn.") == "Một.\nHai.\nBa."
    assert shown(f"{'Một câu. ' * 15}\n\n{'Hai câu. ' * 15}") == ("Một câu. " * 15).strip()
    cut = shown("chữ 😀 " * 60)
    assert cut.endswith(" …")
    assert utf16(cut) <= EXPLANATION_LIMIT
    assert shown("") == ""


@pytest.mark.parametrize(
    ("fault", "error"), [("kicked", ChatGone), ("muted", ChatGone), ("error500", Unknown), ("drop", Unknown)]
)
async def test_a_poll_that_fails_is_named_by_its_remedy_like_any_part(
    server: TelegramStandin, telegram: Telegram, fault: Fault, error: type[ChannelError]
) -> None:
    server.faults[GROUP] = fault
    with pytest.raises(error):
        await telegram.send(TO_GROUP, ASKS, "1.0")


async def test_a_poll_too_soon_is_throttled(server: TelegramStandin, telegram: Telegram) -> None:
    server.throttled[GROUP] = 7
    with pytest.raises(Throttled):
        await telegram.send(TO_GROUP, ASKS, "1.0")


async def test_a_closed_topic_gets_its_poll_in_the_general_one(server: TelegramStandin, telegram: Telegram) -> None:
    server.faults[GROUP] = "topic_closed"
    sent = await telegram.send(TO_GROUP, replace(ASKS, thread="7"), "1.0")
    assert (sent.poorer, sent.poll) == ("no_topic", f"telegram:{server.polls[0].id}")


async def test_a_poll_cannot_be_edited(server: TelegramStandin, telegram: Telegram) -> None:
    sent = await telegram.send(TO_GROUP, ASKS, "1.0")
    with pytest.raises(Refused) as refusal:
        await telegram.edit(TO_GROUP, sent.id, Outgoing("khác"))
    assert refusal.value.reason == "cannot_edit"


def test_a_quiz_survives_being_kept() -> None:
    assert from_json(to_json(ASKS)) == ASKS


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": "x" * 301},
        {"options": [{"text": "một"}, {"text": "x" * 101}]},
        {"options": [{"text": str(n)} for n in range(13)]},
        {"correct_option_ids": [3]},
        {"correct_option_id": 1},
        {"explanation": "a\nb\nc\nd"},
        {"explanation": "x" * 201},
        {"is_anonymous": "yes"},
    ],
)
async def test_the_stand_in_refuses_the_polls_that_telegram_refuses(wrong: dict[str, object]) -> None:
    async with TelegramStandin() as server:
        telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Shelf())
        assert ASKS.quiz is not None
        body = {"chat_id": GROUP, **poll_of(ASKS.quiz, ASKS.choices), **wrong}
        with pytest.raises(Refused):
            await telegram._wire.ask("sendPoll", body)
        await telegram.close()
        assert (server.polls, len(server.violations)) == ([], 1)
