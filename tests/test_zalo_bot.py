"""The Zalo Bot adapter against a stand-in for Zalo's server: sending, files, and what each answer means."""

import hashlib
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Sent
from bot.channels.connections import Connections, patient
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_bot_wire import Wire, problem, understood
from bot.config import ZaloBotSettings
from bot.errors import AccountDown, ChannelError, ChatGone, NotSent, Refused, Throttled, Unknown
from bot.messages import Address, Attachment, AttachmentKind, Choice, Incoming, Outgoing, Picture, emphasis, utf16
from tests.standins import zalo_bot_api
from tests.standins.port import Desk, Shelf, serving
from tests.standins.zalo_bot import Fault, ZaloBotStandin

FIXTURES = Path(__file__).parent / "fixtures" / "zalo"
PERSON = "6ede9afa66b88fe6d6a9"
TO_PERSON = Address("zalo_bot", PERSON)
IMAGE = b"\x89PNG a picture"
PICTURE = Picture(hashlib.sha256(IMAGE).hexdigest(), alt="Tấm hình")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def fixture(name: str) -> dict[str, Any]:
    return dict(json.loads((FIXTURES / f"{name}.json").read_text("utf-8")))


@dataclass
class Hosting(Shelf):
    """A shelf whose pictures are served by the stand-in."""

    place: str = ""

    def public_url(self, sha256: str, now: datetime) -> str:
        return f"{self.place}/media/{sha256}.{now:%Y}.png"


@pytest.fixture
async def server() -> AsyncIterator[ZaloBotStandin]:
    async with ZaloBotStandin() as server:
        server.host(IMAGE, f"{PICTURE.sha256}.2026.png")
        yield server
        assert server.violations == []


@pytest.fixture
async def zalo(server: ZaloBotStandin) -> AsyncIterator[ZaloBot]:
    settings = ZaloBotSettings(token=server.token, api=server.url)
    zalo = ZaloBot(settings, Hosting(place=server.url), menu_hint="Có thể nói:", now=lambda: NOW)
    yield zalo
    await zalo.close()


# The contract: one answer of the platform, one remedy


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("not_found", ChatGone("not_found", "Not found")),
        ("error403", NotSent("cannot_send_now", "Internal server error", few=True)),
        ("error429", Throttled("quota", "Quota exceeded", retry_after=timedelta(seconds=60))),
        ("error500", Unknown("server_error", "Internal server error")),
        ("drop", Unknown("no_answer", "ServerDisconnectedError")),
        ("garbage", Unknown("no_answer", "garbage")),
    ],
)
async def test_a_failed_send_is_named_by_its_remedy(
    server: ZaloBotStandin, zalo: ZaloBot, fault: Fault, remedy: ChannelError
) -> None:
    server.faults[PERSON] = fault
    with pytest.raises(ChannelError) as failure:
        await zalo.send(TO_PERSON, Outgoing("Chào"), "key")
    assert failure.value == remedy


async def test_a_message_that_arrives_gives_its_id(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    sent = await zalo.send(TO_PERSON, Outgoing("Chào bác"), "key")
    assert [(m.chat, m.text, m.bold) for m in server.messages] == [(PERSON, "Chào bác", ())]
    assert sent == Sent(server.messages[0].id)


async def test_the_months_last_message_is_followed_by_a_pause(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    server.quota = 1
    await zalo.send(TO_PERSON, Outgoing("Chào"), "key")
    with pytest.raises(Throttled):
        await zalo.send(TO_PERSON, Outgoing("Chào"), "key")


async def test_a_message_that_is_too_long_is_refused(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    with pytest.raises(Refused) as failure:
        await zalo.send(TO_PERSON, Outgoing("x" * 2001), "key")
    assert failure.value.reason == "refused"
    assert server.violations.pop() == "text has 2001 characters, not 1 to 2000"


async def test_a_bad_token_stops_the_account(server: ZaloBotStandin) -> None:
    zalo = ZaloBot(ZaloBotSettings(token="12345689:another-token", api=server.url), Shelf())
    with pytest.raises(AccountDown) as failure:
        await zalo.send(TO_PERSON, Outgoing("Chào"), "key")
    assert failure.value == AccountDown("bad_token", "Unauthorized")
    await zalo.close()


async def test_a_server_that_cannot_be_reached_was_certainly_not_told() -> None:
    zalo = ZaloBot(ZaloBotSettings(token="1:abc", api="http://127.0.0.1:9"), Shelf())
    with pytest.raises(NotSent) as failure:
        await zalo.send(TO_PERSON, Outgoing("Chào"), "key")
    assert failure.value == NotSent("unreachable", "ClientConnectorError")
    await zalo.close()


async def test_a_server_that_does_not_answer_in_time_may_have_been_told(server: ZaloBotStandin) -> None:
    server.faults[PERSON] = "silent"
    wire = Wire(server.url, server.token, Connections())
    with pytest.raises(Unknown) as failure:
        await wire.ask("sendMessage", {"chat_id": PERSON, "text": "Chào"}, patient(0.1))
    assert failure.value.reason == "no_answer"
    assert len(server.messages) == 1
    await wire.close()


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, Refused("refused", "Bad request")),
        (401, AccountDown("bad_token", "Unauthorized")),
        (403, NotSent("cannot_send_now", "Internal server error", few=True)),
        (404, ChatGone("not_found", "Not found")),
        (429, Throttled("quota", "Quota exceeded", retry_after=timedelta(seconds=60))),
    ],
)
def test_the_documented_errors_mean_the_same_under_their_own_status_and_under_200(
    status: int, remedy: ChannelError
) -> None:
    body = fixture(f"bot_api_error_{status}")["body"]
    for under in (status, 200):
        with pytest.raises(ChannelError) as failure:
            understood(under, body)
        assert failure.value == remedy


@pytest.mark.parametrize(
    ("status", "answer", "remedy", "reason"),
    [
        (408, {"ok": False, "description": "Request timeout", "error_code": 408}, Unknown, "no_answer"),
        (413, None, Refused, "too_big"),
        (426, {"ok": False, "errorCode": 426, "description": "Too many test requests"}, Refused, "refused"),
        (302, None, Unknown, "server_error"),
        (502, None, Unknown, "server_error"),
        (504, {"ok": False}, Unknown, "server_error"),
        (200, {"ok": False}, Unknown, "server_error"),
        # What is not in Zalo's words tells nothing about the token or the chat.
        (401, None, NotSent, "unreachable"),
        (404, None, NotSent, "unreachable"),
        (404, ["<html>"], NotSent, "unreachable"),
        (407, None, NotSent, "unreachable"),
    ],
)
def test_every_other_answer_has_a_meaning_too(
    status: int, answer: object, remedy: type[ChannelError], reason: str
) -> None:
    error = problem(status, answer)
    assert (type(error), error.reason) == (remedy, reason)


def test_what_was_accepted_without_a_result_is_accepted() -> None:
    assert understood(200, {"ok": True}) is None
    assert understood(200, fixture("bot_api_send_200")["body"])["message_id"] == "82599fa32f56d00e8941"


@pytest.mark.parametrize("name", ["sendMessage", "sendMessage_text_styles", "sendPhoto"])
def test_the_stand_in_takes_the_documented_requests(name: str) -> None:
    assert list(zalo_bot_api.faults(name.partition("_")[0], fixture(f"bot_req_{name}"))) == []


# What a message looks like


async def test_emphasis_is_sent_as_a_style_counted_in_utf16(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    await zalo.send(TO_PERSON, Outgoing("🕯 **Nghĩa trang** và **mộ 𝟓**: *không* <b>đổi</b> {red}."), "key")
    sent = server.messages[0]
    assert sent.text == "🕯 Nghĩa trang và mộ 𝟓: *không* <b>đổi</b> {red}."
    assert sent.bold == ("Nghĩa trang", "mộ 𝟓")


def test_choices_become_a_numbered_menu_with_the_asides_and_links_below(zalo: ZaloBot) -> None:
    choices = (
        Choice("Bỏ qua", "skip", aside=True),
        Choice("Có", "yes"),
        Choice("Nhắc lại", "again", aside=True),
        Choice("Không", "no"),
        Choice("Trang của phường", url="https://example.org/"),
    )
    assert zalo.parts(Outgoing("Bác có biết không?", choices=choices)) == [
        Outgoing(
            "Bác có biết không?\n\n1. Có\n2. Không\n\nCó thể nói: «Bỏ qua» · «Nhắc lại»"
            "\n\nTrang của phường: https://example.org/"
        )
    ]


def test_marks_of_emphasis_do_not_count(zalo: ZaloBot) -> None:
    text = "**" + "x" * 1000 + "** **" + "y" * 999 + "**"
    assert zalo.parts(Outgoing(text)) == [Outgoing(text)]


def test_a_text_that_fits_stays_whole_under_its_picture(zalo: ZaloBot) -> None:
    message = Outgoing("x" * 2000, PICTURE)
    assert zalo.parts(message) == [message]


def test_a_picture_without_words_is_one_part(zalo: ZaloBot) -> None:
    assert zalo.parts(Outgoing("", PICTURE)) == [Outgoing("", PICTURE)]


def test_a_long_text_has_its_first_paragraphs_under_the_picture_and_the_menu_at_the_end(zalo: ZaloBot) -> None:
    first, second, third = ("a " * 400).strip(), ("b " * 400).strip(), ("c " * 400).strip()
    message = Outgoing(f"{first}\n\n{second}\n\n{third}", PICTURE, (Choice("Có", "yes"),))
    assert zalo.parts(message) == [Outgoing(f"{first}\n\n{second}", PICTURE), Outgoing(f"{third}\n\n1. Có")]


def letters(text: str) -> str:
    return "".join(text.replace("*", "").split())


@given(
    piece=st.text(max_size=60) | st.text("** a.\n🕯ế", max_size=60),
    times=st.integers(1, 300),
    pictured=st.booleans(),
)
def test_any_text_is_cut_into_parts_within_the_limit_and_loses_no_word(piece: str, times: int, pictured: bool) -> None:
    zalo, text = ZaloBot(ZaloBotSettings(), Shelf()), piece * times
    parts = zalo.parts(Outgoing(text, PICTURE if pictured else None))
    shown = [emphasis(part.text)[0] for part in parts]
    assert all(utf16(words) <= 2000 for words in shown)
    assert letters("".join(shown)) == letters(text)
    assert [part.picture is not None for part in parts] == [pictured] + [False] * (len(parts) - 1)


# Pictures


async def test_a_picture_goes_by_its_public_url_with_a_plain_caption(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    first = await zalo.send(TO_PERSON, Outgoing("**Bài** viết", PICTURE), "key")
    await zalo.send(TO_PERSON, Outgoing("", PICTURE), "key")
    assert [(sent.text, sent.photo) for sent in server.messages] == [("Bài viết", PICTURE.sha256), ("", PICTURE.sha256)]
    assert first == Sent(server.messages[0].id)


@pytest.mark.parametrize(("words", "arrives"), [("**Bài** viết", "Bài viết"), ("", "Tấm hình")])
async def test_a_picture_without_a_public_address_goes_out_as_words(
    server: ZaloBotStandin, words: str, arrives: str
) -> None:
    settings = ZaloBotSettings(token=server.token, api=server.url)
    zalo = ZaloBot(settings, Hosting(place="http://tri-an.example"), now=lambda: NOW)
    sent = await zalo.send(TO_PERSON, Outgoing(words, PICTURE), "key")
    assert [(m.text, m.photo) for m in server.messages] == [(arrives, "")]
    assert sent == Sent(server.messages[0].id, "no_public_url")
    with pytest.raises(Refused):
        await zalo.send(TO_PERSON, Outgoing("", Picture(PICTURE.sha256)), "key")
    await zalo.close()


async def test_what_was_sent_stays_as_it_is(zalo: ZaloBot) -> None:
    with pytest.raises(Refused, match="cannot_edit"):
        await zalo.edit(TO_PERSON, "1", Outgoing("Mới"))
    with pytest.raises(Refused, match="cannot_delete"):
        await zalo.delete(TO_PERSON, "1")


async def test_a_picture_that_zalo_cannot_fetch_is_refused(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    server.files.clear()
    with pytest.raises(Refused) as failure:
        await zalo.send(TO_PERSON, Outgoing("Bài viết", PICTURE), "key")
    assert failure.value.reason == "refused"


# Files


async def test_a_file_comes_as_its_original_bytes(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    for update in (await server.voice(PERSON, b"AAC words"), await server.send_photo(PERSON, b"AAC words")):
        message = zalo.read(update)
        assert isinstance(message, Incoming)
        assert await zalo.fetch(message.attachments[0]) == b"AAC words"


async def test_a_file_that_zalo_has_dropped_has_expired(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    message = zalo.read(await server.voice(PERSON, b"AAC words"))
    assert isinstance(message, Incoming)
    server.files.clear()
    with pytest.raises(Refused) as failure:
        await zalo.fetch(message.attachments[0])
    assert failure.value.reason == "expired"


async def test_a_file_that_zalo_does_not_hand_over_is_unsupported(server: ZaloBotStandin, zalo: ZaloBot) -> None:
    message = zalo.read(await server.unsupported(PERSON))
    assert isinstance(message, Incoming)
    with pytest.raises(Refused) as failure:
        await zalo.fetch(message.attachments[0])
    assert failure.value.reason == "unsupported"


async def test_the_real_platform_cannot_point_to_this_machine(server: ZaloBotStandin) -> None:
    zalo = ZaloBot(ZaloBotSettings(token=server.token), Shelf())
    url = server.host(b"our own page", "page")
    with pytest.raises(Refused) as failure:
        await zalo.fetch(Attachment(AttachmentKind.PHOTO, url))
    assert failure.value.reason == "bad_address"


# The token is never told


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_token_is_in_no_error_and_no_log_line(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture, mode: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    told = list[str]()
    for api in (server.url, "http://127.0.0.1:9", "http://[bad"):
        for fault in ("drop", "error500", "garbage", "not_found"):
            server.faults[PERSON] = fault
            zalo = ZaloBot(ZaloBotSettings(token=server.token, api=api), Shelf())
            with pytest.raises(ChannelError) as failure:
                await zalo.send(TO_PERSON, Outgoing("Chào"), "key")
            told += traceback.format_exception(failure.value)
            told += [repr(failure.value.__context__), repr(failure.value.__cause__)]
            await zalo.close()
    method = "getUpdates" if mode == "polling" else "setWebhook"
    server.broken[method] = (401, "Unauthorized")
    settings = ZaloBotSettings(token=server.token, api=server.url, mode=mode, webhook_secret=server.secret)
    zalo = ZaloBot(settings, Shelf(), public_url="https://example.org")
    async with serving(zalo, Desk()):
        await server.until(lambda: server.calls[method])
    secret = server.token.partition(":")[2]
    assert secret not in "".join([*told, repr(settings), repr(zalo)])
    assert secret not in caplog.text
