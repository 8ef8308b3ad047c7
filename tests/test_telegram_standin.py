"""The Telegram stand-in itself: it keeps the published speeds and does not take what the Bot API does not know."""

from tests.standins import bot_api
from tests.standins.telegram_limits import Limits


def test_no_more_than_the_burst_passes_at_once_and_thirty_a_second_after_it() -> None:
    limits = Limits(burst=5)
    assert [limits.admit(chat, 100.0) for chat in range(1, 8)] == [0, 0, 0, 0, 0, 1, 1]
    assert [limits.admit(chat, 100.125) for chat in range(11, 16)] == [0, 0, 0, 1, 1]


def test_a_group_takes_twenty_a_minute() -> None:
    limits = Limits()
    assert [limits.admit(-1, 100.0 + second) for second in range(20)] == [0] * 20
    assert limits.admit(-1, 120.0) == 40
    assert limits.admit(-2, 120.0) == 0
    assert limits.admit(-1, 160.0) == 0


def test_a_chat_takes_one_a_second() -> None:
    limits = Limits()
    assert [limits.admit(1, at) for at in (100.0, 100.5, 101.0)] == [0, 1, 0]


def test_after_an_overall_refusal_a_frozen_bot_is_refused_until_the_deadline() -> None:
    limits = Limits(burst=1, freeze=True)
    assert [limits.admit(chat, at) for chat, at in ((1, 100.0), (2, 100.0), (3, 100.9), (3, 101.0))] == [0, 1, 1, 0]


def test_a_request_outside_of_the_bot_api_is_a_violation() -> None:
    given = bot_api.decoded({"chat_id": "5", "txt": "x", "text": "chữ", "entities": '[{"offset":2,"length":2}]'})
    assert [fault.partition(":")[0] for fault in bot_api.faults("sendMessage", given)] == [
        "sendMessage does not know txt",
        "can't parse entities",
    ]
    button = {"inline_keyboard": [[{"text": "x", "callback_data": "ữ" * 22}]]}
    given = {"chat_id": 5, "text": "", "reply_markup": button}
    assert list(bot_api.faults("sendMessage", given)) == ["message text is empty", "BUTTON_DATA_INVALID"]


def test_a_flag_is_true_or_false_and_an_edit_says_which_message() -> None:
    given = {"chat_id": 5, "text": "x", "allow_paid_broadcast": 1}
    assert list(bot_api.faults("sendMessage", given)) == ["allow_paid_broadcast is not true or false"]
    assert list(bot_api.faults("editMessageText", {"text": "x"})) == ["message identifier is not specified"]
