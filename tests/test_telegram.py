"""The Telegram adapter against a stand-in for Telegram's server: sending, files, and what each answer means."""

import asyncio
import hashlib
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels import Sent
from bot.channels.connections import Connections, patient
from bot.channels.telegram import Telegram
from bot.channels.telegram_wire import Wire, problem
from bot.config import TelegramSettings
from bot.errors import AccountDown, ChannelError, ChatGone, ChatMoved, NotSent, Refused, Throttled, Unknown
from bot.messages import (
    Address,
    Attachment,
    AttachmentKind,
    Choice,
    Incoming,
    Outgoing,
    Picture,
    emphasis,
    utf16,
)
from tests.standins.port import Desk, Shelf, serving
from tests.standins.telegram import TelegramStandin
from tests.standins.telegram_shapes import Fault

GROUP = -1001234567890
PERSON = 77001
TO_GROUP = Address("telegram", str(GROUP))
IMAGE = b"\x89PNG a picture"
SHA = hashlib.sha256(IMAGE).hexdigest()


@pytest.fixture
async def server() -> AsyncIterator[TelegramStandin]:
    async with TelegramStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({SHA: IMAGE})


@pytest.fixture
async def telegram(server: TelegramStandin, shelf: Shelf) -> AsyncIterator[Telegram]:
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), shelf)
    yield telegram
    await telegram.close()


# The contract: one answer of the platform, one remedy


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("kicked", ChatGone("kicked", "Forbidden: bot was kicked from the supergroup chat")),
        ("blocked", ChatGone("blocked", "Forbidden: bot was blocked by the user")),
        ("muted", ChatGone("muted", "Bad Request: not enough rights to send text messages to the chat")),
        ("not_found", ChatGone("not_found", "Bad Request: chat not found")),
        ("error500", Unknown("server_error", "Internal Server Error")),
        ("drop", Unknown("no_answer", "ServerDisconnectedError")),
        ("garbage", Unknown("no_answer", "garbage")),
    ],
)
async def test_a_failed_send_is_named_by_its_remedy(
    server: TelegramStandin, telegram: Telegram, fault: Fault, remedy: ChannelError
) -> None:
    server.faults[GROUP] = fault
    with pytest.raises(ChannelError) as failure:
        await telegram.send(TO_GROUP, Outgoing("Chào"), "key")
    assert failure.value == remedy


async def test_a_message_that_arrives_gives_its_id(server: TelegramStandin, telegram: Telegram) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Chào các bác"), "key")
    assert [(m.chat, m.text) for m in server.messages] == [(GROUP, "Chào các bác")]
    assert sent == Sent(str(server.messages[0].id))


async def test_a_refusal_for_speed_says_how_long_to_wait(server: TelegramStandin, telegram: Telegram) -> None:
    server.throttled[GROUP] = 34
    with pytest.raises(Throttled) as failure:
        await telegram.send(TO_GROUP, Outgoing("Chào"), "key")
    assert (failure.value.retry_after, failure.value.chat_only) == (timedelta(seconds=34), False)


async def test_a_group_that_moved_gives_its_new_id(server: TelegramStandin, telegram: Telegram) -> None:
    server.moved[-555] = GROUP
    with pytest.raises(ChatMoved) as failure:
        await telegram.send(Address("telegram", "-555"), Outgoing("Chào"), "key")
    assert failure.value.new_id == str(GROUP)


async def test_a_message_that_is_too_long_is_refused(server: TelegramStandin, telegram: Telegram) -> None:
    with pytest.raises(Refused) as failure:
        await telegram.send(TO_GROUP, Outgoing("x" * 4097), "key")
    assert failure.value.reason == "refused"
    assert server.violations.pop() == "message is too long"


async def test_a_bad_token_stops_the_account(server: TelegramStandin) -> None:
    telegram = Telegram(TelegramSettings(token="4200000001:another-token", api=server.url), Shelf())
    with pytest.raises(AccountDown):
        await telegram.send(TO_GROUP, Outgoing("Chào"), "key")
    await telegram.close()


@pytest.mark.parametrize(
    ("api", "cause"),
    [
        ("http://127.0.0.1:9", "ClientConnectorError"),
        ("https://127.0.0.1:{port}", "ClientConnectorSSLError"),
        ("http://[bad", "InvalidUrlClientError"),
    ],
)
async def test_a_server_that_cannot_be_reached_was_certainly_not_told(
    server: TelegramStandin, api: str, cause: str
) -> None:
    port = server.url.rpartition(":")[2]
    telegram = Telegram(TelegramSettings(token="42:abc", api=api.format(port=port)), Shelf())
    with pytest.raises(NotSent) as failure:
        await telegram.send(TO_GROUP, Outgoing("Chào"), "key")
    assert failure.value == NotSent("unreachable", cause)
    await telegram.close()


async def test_a_server_that_does_not_answer_in_time_may_have_been_told(server: TelegramStandin) -> None:
    server.faults[GROUP] = "silent"
    wire = Wire(server.url, server.token, Connections())
    with pytest.raises(Unknown) as failure:
        await wire.ask("sendMessage", {"chat_id": GROUP, "text": "Chào"}, patient(0.1))
    assert failure.value.reason == "no_answer"
    assert len(server.messages) == 1
    await wire.close()


async def test_what_was_accepted_has_arrived_even_when_the_answer_is_strange(
    server: TelegramStandin, telegram: Telegram
) -> None:
    server.strange = True
    sent = await telegram.send(TO_GROUP, Outgoing("Chào"), "key")
    assert sent.id == str(server.messages[0].id)


@pytest.mark.parametrize("value", ["", "ữ" * 22])
async def test_a_choice_whose_value_no_button_can_carry_is_a_mistake_of_ours(telegram: Telegram, value: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 bytes"):
        await telegram.send(TO_GROUP, Outgoing("Chào", choices=(Choice("Một", value),)), "key")


@pytest.mark.parametrize(
    ("code", "words", "remedy", "reason"),
    [
        (403, "Forbidden: bot is not a member of the supergroup chat", ChatGone, "not_member"),
        (403, "Forbidden: user is deactivated", ChatGone, "deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user", ChatGone, "never_started"),
        (403, "Forbidden: bot can't send messages to the user", NotSent, "cannot_send_now"),
        (403, "Forbidden: something new", Refused, "refused"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChatGone, "muted"),
        (400, "Bad Request: CHAT_RESTRICTED", ChatGone, "muted"),
        (400, "Bad Request: have no rights to send a message", ChatGone, "muted"),
        (400, "Bad Request: not enough rights to send photos to the chat", Refused, "no_photo_right"),
        (400, "Bad Request: group chat was deactivated", ChatGone, "not_found"),
        (400, "Bad Request: PEER_ID_INVALID", ChatGone, "not_found"),
        (400, "Bad Request: message thread not found", Refused, "no_topic"),
        (400, "Bad Request: TOPIC_DELETED", Refused, "no_topic"),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", Refused, "stale_file"),
        (400, "Bad Request: file is too big", Refused, "too_big"),
        (413, "Request Entity Too Large", Refused, "too_big"),
        (400, "Bad Request: BUTTON_DATA_INVALID", Refused, "refused"),
        (400, "Bad Request: message is not modified: specified new message content", Refused, "not_modified"),
        (400, "Bad Request: there is no text in the message to edit", Refused, "no_text"),
        (400, "Bad Request: there is no caption in the message to edit", Refused, "no_caption"),
        (400, "Bad Request: message to delete not found", Refused, "already_deleted"),
        (400, "Bad Request: message can't be deleted for everyone", Refused, "refused"),
        (401, "Unauthorized", AccountDown, "bad_token"),
        (404, "Not Found", AccountDown, "bad_token"),
        (409, "Conflict: terminated by other getUpdates request", NotSent, "unreachable"),
        (429, "Too Many Requests", Throttled, "throttled"),
        (302, "Found", Unknown, "server_error"),
        (502, "Bad Gateway", Unknown, "server_error"),
    ],
)
def test_every_known_answer_has_a_meaning(code: int, words: str, remedy: type[ChannelError], reason: str) -> None:
    error = problem({"ok": False, "error_code": code, "description": words})
    assert (type(error), error.reason, error.words) == (remedy, reason, words)


# What a message looks like


async def test_emphasis_is_sent_as_bold_counted_in_utf16(server: TelegramStandin, telegram: Telegram) -> None:
    await telegram.send(TO_GROUP, Outgoing("🕯 **Nghĩa trang** và **mộ 𝟓**."), "key")
    assert (server.messages[0].text, server.messages[0].bold) == ("🕯 Nghĩa trang và mộ 𝟓.", ("Nghĩa trang", "mộ 𝟓"))


async def test_choices_become_buttons_two_short_ones_a_row_and_asides_last(
    server: TelegramStandin, telegram: Telegram
) -> None:
    choices = (
        Choice("Bỏ qua", "skip", aside=True),
        Choice("Có", "yes"),
        Choice("Không", "no"),
        Choice("Tôi chưa biết rõ ở chỗ nào", "unsure"),
        Choice("Trang của phường", url="https://example.org/"),
    )
    await telegram.send(TO_GROUP, Outgoing("Chào", choices=choices), "key")
    rows = [[button["text"] for button in row] for row in server.messages[0].keyboard]
    assert rows == [["Có", "Không"], ["Tôi chưa biết rõ ở chỗ nào"], ["Trang của phường"], ["Bỏ qua"]]
    assert [b.get("callback_data") or b["url"] for b in server.messages[0].buttons] == [
        "yes",
        "no",
        "unsure",
        "https://example.org/",
        "skip",
    ]


async def test_a_message_goes_to_its_topic_as_a_reply(server: TelegramStandin, telegram: Telegram) -> None:
    await telegram.send(TO_GROUP, Outgoing("Chào", thread="42", reply_to="99"), "key")
    assert (server.messages[0].thread, server.messages[0].reply_to) == (42, 99)


async def test_a_pressed_button_cannot_be_replied_to(server: TelegramStandin, telegram: Telegram) -> None:
    await telegram.send(TO_GROUP, Outgoing("Chào", reply_to="cb4711"), "key")
    assert server.messages[0].reply_to is None


async def test_a_closed_topic_gets_its_message_in_the_general_one(server: TelegramStandin, telegram: Telegram) -> None:
    server.faults[GROUP] = "topic_closed"
    sent = await telegram.send(TO_GROUP, Outgoing("Chào", thread="42"), "key")
    assert [m.thread for m in server.messages] == [None]
    assert sent == Sent(str(server.messages[0].id), "no_topic")


PICTURE = Picture(SHA, alt="Tấm hình")


def test_a_text_that_fits_stays_whole_under_its_picture(telegram: Telegram) -> None:
    text = "**" + "x" * 1020 + "**"
    message = Outgoing(text, PICTURE, (Choice("Có", "yes"),), thread="7", reply_to="9", bulk=True)
    assert telegram.parts(message) == [message]


def test_a_long_text_under_a_picture_is_cut_between_paragraphs(telegram: Telegram) -> None:
    first, second = "a " * 300, "b " * 400
    message = Outgoing(f"{first}\n\n{second}", PICTURE, (Choice("Có", "yes"),), thread="7", reply_to="9")
    assert telegram.parts(message) == [
        Outgoing(first.strip(), PICTURE, thread="7", reply_to="9"),
        Outgoing(second.strip(), choices=(Choice("Có", "yes"),), thread="7"),
    ]


def test_a_picture_goes_alone_when_the_first_paragraph_does_not_fit_under_it(telegram: Telegram) -> None:
    text = "a " * 600 + "\n\nb"
    parts = telegram.parts(Outgoing(text, PICTURE))
    assert [(part.text, part.picture) for part in parts] == [("", PICTURE), (text, None)]


def test_a_very_long_text_is_cut_into_messages_that_fit(telegram: Telegram) -> None:
    paragraphs = [f"{number} " + "chữ 🕯 " * 100 for number in range(30)]
    parts = telegram.parts(Outgoing("\n\n".join(paragraphs), PICTURE))
    assert all(utf16(emphasis(part.text)[0]) <= (1024 if part.picture else 4096) for part in parts)
    assert " ".join(" ".join(part.text for part in parts).split()) == " ".join(" ".join(paragraphs).split())
    assert [part.picture for part in parts[1:]] == [None] * (len(parts) - 1)


# Pictures


async def test_a_picture_is_uploaded_once_and_then_sent_by_its_id(
    server: TelegramStandin, telegram: Telegram, shelf: Shelf
) -> None:
    chats = [Address("telegram", str(GROUP - n)) for n in range(5)]
    await asyncio.gather(*(telegram.send(chat, Outgoing("**Bài**", PICTURE), "key") for chat in chats))
    await telegram.send(TO_GROUP, Outgoing("", PICTURE), "key")
    assert [sent.uploaded for sent in server.messages] == [True] + [False] * 5
    assert {sent.photo for sent in server.messages} == {SHA}
    assert [(sent.text, sent.bold) for sent in server.messages[-2:]] == [("Bài", ("Bài",)), ("", ())]
    assert list(shelf.ids) == [(telegram.account, SHA)] == [("telegram:4200000001", SHA)]


async def test_a_picture_whose_file_id_telegram_no_longer_knows_is_uploaded_again_and_once(
    server: TelegramStandin, telegram: Telegram, shelf: Shelf
) -> None:
    shelf.ids[telegram.account, SHA] = "an id of yesterday"
    chats = [Address("telegram", str(GROUP - n)) for n in range(5)]
    await asyncio.gather(*(telegram.send(chat, Outgoing("Bài", PICTURE), "key") for chat in chats))
    assert [sent.uploaded for sent in server.messages] == [True] + [False] * 4
    assert shelf.ids[telegram.account, SHA] in server.files


async def test_a_picture_that_cannot_be_remembered_has_arrived_all_the_same(server: TelegramStandin) -> None:
    class Forgetful(Shelf):
        async def remember(self, account: str, sha256: str, file_id: str) -> None:
            raise RuntimeError("the disk is full")

    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Forgetful({SHA: IMAGE}))
    assert (await telegram.send(TO_GROUP, Outgoing("Bài", PICTURE), "key")).id == str(server.messages[0].id)
    await telegram.close()


@pytest.mark.parametrize(("caption", "arrives"), [("Bài viết", "Bài viết"), ("", "Tấm hình")])
async def test_a_group_that_takes_no_photos_gets_the_words(
    server: TelegramStandin, telegram: Telegram, caption: str, arrives: str
) -> None:
    server.faults[GROUP] = "no_photo"
    sent = await telegram.send(TO_GROUP, Outgoing(caption, PICTURE, (Choice("Có", "yes"),)), "key")
    assert [(m.text, m.photo, len(m.buttons)) for m in server.messages] == [(arrives, "", 1)]
    assert sent.poorer == "no_photo_right"


async def test_a_photo_without_words_is_refused_where_photos_are(server: TelegramStandin, telegram: Telegram) -> None:
    server.faults[GROUP] = "no_photo"
    with pytest.raises(Refused) as failure:
        await telegram.send(TO_GROUP, Outgoing("", Picture(SHA)), "key")
    assert failure.value.reason == "no_photo_right"


async def test_a_picture_sent_before_needs_no_look_into_the_database(
    server: TelegramStandin, telegram: Telegram, shelf: Shelf
) -> None:
    await telegram.send(TO_GROUP, Outgoing("Bài", PICTURE), "key")
    shelf.ids.clear()
    await telegram.send(TO_GROUP, Outgoing("Bài", PICTURE), "key")
    assert [sent.uploaded for sent in server.messages] == [True, False]


# Files


async def test_a_file_comes_as_its_original_bytes(server: TelegramStandin, telegram: Telegram) -> None:
    message = telegram.read(await server.voice(PERSON, b"OggS words", seconds=9))
    assert isinstance(message, Incoming)
    assert await telegram.fetch(message.attachments[0]) == b"OggS words"


@pytest.mark.parametrize("told", [None, 20_000_001])
async def test_a_file_over_the_limit_is_refused(server: TelegramStandin, telegram: Telegram, told: int | None) -> None:
    id = server.files.keep(bytes(20_000_001), "video")["file_id"]
    with pytest.raises(Refused) as failure:
        await telegram.fetch(Attachment(AttachmentKind.VIDEO, id, size=told))
    assert failure.value.reason == "too_big"


async def test_a_file_that_does_not_come_may_be_asked_for_again(server: TelegramStandin, telegram: Telegram) -> None:
    server.broken["getFile"] = (502, "Bad Gateway")
    with pytest.raises(NotSent):
        await telegram.fetch(Attachment(AttachmentKind.PHOTO, "photo1"))


# The token is never told


async def test_the_token_is_in_no_error_and_no_log_line(
    server: TelegramStandin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = list[str]()
    for api in (server.url, "http://127.0.0.1:9", "http://[bad"):
        for fault in ("drop", "error500", "garbage", "kicked"):
            server.faults[GROUP] = fault
            telegram = Telegram(TelegramSettings(token=server.token, api=api), Shelf({SHA: IMAGE}))
            with pytest.raises(ChannelError) as failure:
                await telegram.send(TO_GROUP, Outgoing("Chào", PICTURE), "key")
            told += traceback.format_exception(failure.value)
            told += [repr(failure.value.__context__), repr(failure.value.__cause__)]
            await telegram.close()
    server.broken |= {"getUpdates": (401, "Unauthorized"), "getMe": (404, "Not Found")}
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Shelf())
    async with serving(telegram, Desk()):
        await server.until(lambda: server.calls["getUpdates"] and server.calls["getMe"])
    secret = server.token.partition(":")[2]
    assert secret not in "".join(told)
    assert secret not in caplog.text
