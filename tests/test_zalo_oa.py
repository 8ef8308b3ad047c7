"""The Official Account adapter against a stand-in for Zalo's server: sending, pictures, and what each answer means."""

import hashlib
import json
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Sent
from bot.channels.zalo_oa import ZaloOa
from bot.channels.zalo_oa_wire import problem, understood
from bot.config import ZaloOaSettings
from bot.errors import AccountDown, ChannelError, ChatGone, NotSent, Refused, Throttled, Unknown
from bot.messages import Address, Attachment, AttachmentKind, Choice, Incoming, Outgoing, Picture, as_menu, utf16
from tests.standins.port import Shelf
from tests.standins.zalo_oa import Fault, ZaloOaStandin

FIXTURES = Path(__file__).parent / "fixtures" / "zalo_oa"
PERSON, GROUP = Address("zalo_oa", "u:8756287263669629130"), Address("zalo_oa", "g:f414c8f76fa586fbdfb4")
PNG = b"\x89PNG a picture"
PICTURE = Picture(hashlib.sha256(PNG).hexdigest(), alt="Tấm hình")
BIG = b"\x89PNG" + b"x" * 1_000_000
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
YES_NO = (Choice("Có", "yes"), Choice("Không", "no"))


def fixture(name: str) -> dict[str, Any]:
    return dict(json.loads((FIXTURES / f"{name}.json").read_text("utf-8")))


class Kept:
    """Tokens that follow the stand-in: the newest one is asked for when the old one is stale."""

    def __init__(self, server: ZaloOaStandin) -> None:
        self.server = server
        self.current = server.connect()[0]
        self.stale = list[str]()

    async def access(self, stale: str = "") -> str:
        if stale and stale == self.current:
            self.stale.append(stale)
            self.current = self.server.connect()[0]
        return self.current

    async def close(self) -> None:
        """Nothing is open."""


class Refusing(Kept):
    """Tokens of which Zalo takes none."""

    async def access(self, stale: str = "") -> str:
        self.stale.append(stale)
        return "access-of-another"


@pytest.fixture
async def server() -> AsyncIterator[ZaloOaStandin]:
    async with ZaloOaStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({PICTURE.sha256: PNG, "big": BIG, "gif": b"GIF89a"})


@pytest.fixture
async def zalo(server: ZaloOaStandin, shelf: Shelf) -> AsyncIterator[ZaloOa]:
    zalo = ZaloOa(server.settings(), shelf, Kept(server), menu_hint="Có thể nói:", now=lambda: NOW)
    yield zalo
    await zalo.close()


# The contract: one answer of the platform, one remedy


async def test_what_arrives_gives_its_id(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    one = await zalo.send(PERSON, Outgoing("Chào **bác**"), "key")
    two = await zalo.send(GROUP, Outgoing("Chào **bà con**"), "key")
    assert [(sent.to, sent.text) for sent in server.messages] == [(PERSON.id, "Chào bác"), (GROUP.id, "Chào bà con")]
    assert [one, two] == [Sent(sent.id) for sent in server.messages]


@pytest.mark.parametrize("to", [PERSON, GROUP])
@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (-32, Throttled("throttled", "-32: Rate limited", retry_after=timedelta(seconds=30))),
        (-211, Throttled("quota", "-211: Out of quota", retry_after=timedelta(hours=1), chat_only=True)),
        (-230, Refused("window_closed", "-230: User has not interacted with the OA in the past 7 days")),
        (-213, ChatGone("not_follower", "-213: User has not followed this Official Account")),
        (-224, AccountDown("package", "-224: OA tier package does not include this feature")),
    ],
)
async def test_a_refused_send_is_named_by_its_remedy(
    server: ZaloOaStandin, zalo: ZaloOa, to: Address, code: int, remedy: ChannelError
) -> None:
    server.refusals[to.id] = code
    with pytest.raises(ChannelError) as failure:
        await zalo.send(to, Outgoing("Chào"), "key")
    assert failure.value == remedy
    assert not server.messages


@pytest.mark.parametrize("to", [PERSON, GROUP])
@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("error500", Unknown("server_error", "500")),
        ("drop", Unknown("no_answer", "ServerDisconnectedError")),
        ("garbage", Unknown("no_answer", "garbage")),
    ],
)
async def test_what_may_have_arrived_is_unknown(
    server: ZaloOaStandin, zalo: ZaloOa, to: Address, fault: Fault, remedy: ChannelError
) -> None:
    server.faults[to.id] = fault
    with pytest.raises(ChannelError) as failure:
        await zalo.send(to, Outgoing("Chào"), "key")
    assert failure.value == remedy
    assert len(server.messages) == 1


async def test_a_server_that_cannot_be_reached_was_certainly_not_told(server: ZaloOaStandin) -> None:
    zalo = ZaloOa(server.settings(api="http://127.0.0.1:9"), Shelf(), Kept(server))
    with pytest.raises(NotSent) as failure:
        await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert failure.value == NotSent("unreachable", "ClientConnectorError")
    await zalo.close()


async def test_more_than_a_hundred_requests_a_minute_are_throttled(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    server.limited = True
    for _ in range(100):
        await zalo.send(GROUP, Outgoing("Chào"), "key")
    with pytest.raises(Throttled) as failure:
        await zalo.send(GROUP, Outgoing("Chào"), "key")
    assert failure.value.reason == "throttled"


async def test_the_quota_for_persons_used_up_does_not_touch_groups(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    server.quota = 1
    await zalo.send(PERSON, Outgoing("Chào"), "key")
    with pytest.raises(Throttled) as failure:
        await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert failure.value.chat_only
    await zalo.send(GROUP, Outgoing("Chào"), "key")


async def test_what_the_package_still_grants_is_known_from_the_answers(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert zalo.quota_left is None  # a free reply
    server.quota = 500
    await zalo.send(PERSON, Outgoing("Chào"), "key")
    await zalo.send(GROUP, Outgoing("Chào"), "key")
    server.quota = None
    await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert zalo.quota_left == 499


TABLE: list[tuple[tuple[int, ...], type[ChannelError], str]] = [
    ((-216, 216, 401, -401, -14020, -14014, -118), AccountDown, "reauthorise"),
    ((-14003, -14004, -204, -205, -207, -208, -212, -215, -221, -320), AccountDown, "bad_config"),
    ((-224, -321), AccountDown, "package"),
    ((-32, 429), Throttled, "throttled"),
    ((-211, -218, -311), Throttled, "quota"),
    ((-201, -202, -209, -210, -233, -99999), Refused, "refused"),
    ((-230, -305), Refused, "window_closed"),
    ((-213,), ChatGone, "not_follower"),
    ((-217, -227), ChatGone, "blocked"),
    ((-222,), ChatGone, "inactive"),
]


@pytest.mark.parametrize(("code", "remedy", "reason"), [(c, kind, key) for codes, kind, key in TABLE for c in codes])
def test_every_code_of_the_table_has_its_remedy(code: int, remedy: type[ChannelError], reason: str) -> None:
    for status, written in ((200, code), (200, str(code)), (400, code), (500, code)):
        with pytest.raises(remedy) as failure:
            understood(status, {"error": written, "message": "Không"})
        assert (failure.value.reason, failure.value.words) == (reason, f"{code}: Không")


@pytest.mark.parametrize(
    ("status", "remedy", "reason"),
    [
        (302, Unknown, "server_error"),
        (400, Refused, "refused"),
        (401, AccountDown, "reauthorise"),
        (403, NotSent, "unreachable"),
        (404, NotSent, "unreachable"),
        (407, NotSent, "unreachable"),
        (408, Unknown, "no_answer"),
        (413, Refused, "too_big"),
        (429, Throttled, "throttled"),
        (502, Unknown, "server_error"),
    ],
)
def test_an_answer_that_is_not_in_zalos_words_has_a_meaning_too(
    status: int, remedy: type[ChannelError], reason: str
) -> None:
    answers: tuple[object, ...] = (None, ["<html>"], {})
    for answer in answers:
        error = problem(status, answer)
        assert (isinstance(error, remedy), error.reason) == (True, reason)


@pytest.mark.parametrize("answer", [None, [], {}, {"ok": True}, "Success"])
def test_an_answer_without_the_envelope_leaves_it_open_what_happened(answer: object) -> None:
    with pytest.raises(Unknown):
        understood(200, answer)


@pytest.mark.parametrize("code", [201, 210, 211, 213, 216, 224, 230, 32])
def test_the_documented_errors_are_refusals_under_status_200(code: int) -> None:
    answer = fixture(f"api_error_{code}")
    with pytest.raises(ChannelError) as failure:
        understood(answer["status"], answer["body"])
    assert not isinstance(failure.value, Unknown)
    assert failure.value.words == f"-{code}: {answer['body']['message']}"


def test_the_documented_answers_are_understood() -> None:
    sent = understood(200, fixture("api_group_message_200")["body"])
    assert sent["message_id"] == "81d74a9cd71d6f473608"
    assert understood(200, fixture("api_upload_image_200")["body"])["attachment_id"].startswith("wESbL")


async def test_a_stale_token_is_renewed_once_and_the_message_sent_once(server: ZaloOaStandin, shelf: Shelf) -> None:
    tokens = Kept(server)
    zalo = ZaloOa(server.settings(), shelf, tokens, now=lambda: NOW)
    server.expire()
    await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert (len(server.messages), len(tokens.stale), server.calls["cs"]) == (1, 1, 2)
    await zalo.close()


async def test_tokens_that_zalo_never_takes_stop_the_account(server: ZaloOaStandin) -> None:
    tokens = Refusing(server)
    zalo = ZaloOa(server.settings(), Shelf(), tokens)
    with pytest.raises(AccountDown) as failure:
        await zalo.send(PERSON, Outgoing("Chào"), "key")
    assert failure.value.reason == "reauthorise"
    assert tokens.stale == ["", "access-of-another"]
    await zalo.close()


async def test_a_text_that_is_too_long_is_refused(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    with pytest.raises(Refused):
        await zalo.send(PERSON, Outgoing("x" * 2001), "key")
    assert server.violations.pop() == "a text is longer than 2000"


async def test_what_was_sent_stays_as_it_is(zalo: ZaloOa) -> None:
    with pytest.raises(Refused, match="cannot_edit"):
        await zalo.edit(PERSON, "1", Outgoing("Mới"))
    with pytest.raises(Refused, match="cannot_delete"):
        await zalo.delete(PERSON, "1")


# Choices


async def test_a_person_gets_buttons_and_a_tap_is_a_choice(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    link = Choice("Trang của phường", url="https://example.org/")
    [part] = zalo.parts(Outgoing("Bác có biết không?", choices=(*YES_NO, link)))
    await zalo.send(PERSON, part, "key")
    sent = server.messages[0]
    assert sent.text == "Bác có biết không?"
    assert [title for title, _ in sent.buttons] == ["Có", "Không", "Trang của phường"]
    assert sent.buttons[2][1] == {"url": "https://example.org/"}
    pressed = zalo.read(await server.tap(sent, "Không"))
    assert isinstance(pressed, Incoming)
    assert (pressed.choice, pressed.text, pressed.chat) == ("no", "", PERSON)


@pytest.mark.parametrize("text", ["no", "#no", "Không", "#tri ân"])
async def test_what_a_person_writes_himself_is_no_tap(server: ZaloOaStandin, zalo: ZaloOa, text: str) -> None:
    written = zalo.read(await server.say("551", text))
    assert isinstance(written, Incoming)
    assert (written.choice, written.text) == (None, text)


async def test_a_group_gets_a_numbered_menu(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    [part] = zalo.parts(Outgoing("Bà con có biết không?", choices=(*YES_NO, Choice("Bỏ qua", "skip", aside=True))))
    await zalo.send(GROUP, part, "key")
    assert [(sent.text, sent.buttons) for sent in server.messages] == [
        ("Bà con có biết không?\n\n1. Có\n2. Không\n\nCó thể nói: «Bỏ qua»", ())
    ]


@pytest.mark.parametrize("labels", [[f"Số {n}" for n in range(6)], ["dài" * 34]])
async def test_choices_that_zalo_has_no_buttons_for_are_a_numbered_menu(
    server: ZaloOaStandin, zalo: ZaloOa, labels: list[str]
) -> None:
    [part] = zalo.parts(Outgoing("Bác chọn nhé", choices=tuple(Choice(label, label) for label in labels)))
    await zalo.send(PERSON, part, "key")
    menu = "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))
    assert [(sent.text, sent.buttons) for sent in server.messages] == [(f"Bác chọn nhé\n\n{menu}", ())]


@given(
    piece=st.text(min_size=1, max_size=60) | st.text("** a.\n🕯ế", min_size=1, max_size=60),
    times=st.integers(1, 300),
    pictured=st.booleans(),
    choices=st.sampled_from([(), YES_NO, (Choice("một lựa chọn thật dài " * 4, "a"),) * 5, YES_NO * 4]),
)
def test_any_message_is_cut_into_parts_that_fit_with_buttons_and_with_a_menu(
    piece: str, times: int, pictured: bool, choices: tuple[Choice, ...]
) -> None:
    zalo = ZaloOa(ZaloOaSettings(), Shelf(), Kept(ZaloOaStandin()))
    parts = zalo.parts(Outgoing(piece * times, PICTURE if pictured else None, choices))
    assert all(utf16(as_menu(part, "").text.replace("**", "")) <= 2000 for part in parts)
    assert [part.picture is not None for part in parts] == [pictured] + [False] * (len(parts) - 1)
    shown = "".join(part.text for part in parts)
    assert "".join(shown.replace("*", "").split()).startswith("".join((piece * times).replace("*", "").split()))


# Pictures


async def test_a_picture_is_uploaded_once_a_week_and_goes_by_its_id(
    server: ZaloOaStandin, shelf: Shelf, zalo: ZaloOa
) -> None:
    for to in (PERSON, GROUP, GROUP):
        await zalo.send(to, Outgoing("**Bài** viết", PICTURE), "key")
    assert [(sent.to, sent.text, sent.image) for sent in server.messages] == [
        (to.id, "Bài viết", PICTURE.sha256) for to in (PERSON, GROUP, GROUP)
    ]
    assert server.calls["image"] == 1
    assert list(shelf.ids) == [("zalo_oa:2026-W48", PICTURE.sha256)]
    later = ZaloOa(server.settings(), shelf, Kept(server), now=lambda: NOW + timedelta(days=7))
    await later.send(GROUP, Outgoing("", PICTURE), "key")
    assert server.calls["image"] == 2
    await later.close()


async def test_a_picture_with_choices_has_the_menu_under_it(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    await zalo.send(PERSON, Outgoing("Bác chọn nhé", PICTURE, YES_NO), "key")
    assert [(sent.text, sent.image) for sent in server.messages] == [
        ("Bác chọn nhé\n\n1. Có\n2. Không", PICTURE.sha256)
    ]


async def test_a_group_that_takes_only_the_other_type_of_image_gets_that(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    server.group_shape = "image"
    await zalo.send(GROUP, Outgoing("Bài viết", PICTURE), "key")
    await zalo.send(GROUP, Outgoing("Bài viết", PICTURE), "key")
    assert [sent.kind for sent in server.messages] == ["image", "image"]
    assert (server.calls["message"], server.calls["image"]) == (3, 1)


@pytest.mark.parametrize("to", [PERSON, GROUP])
async def test_an_upload_that_zalo_has_forgotten_is_made_again(
    server: ZaloOaStandin, zalo: ZaloOa, to: Address
) -> None:
    await zalo.send(to, Outgoing("Bài viết", PICTURE), "key")
    server.uploads.clear()
    await zalo.send(to, Outgoing("Bài viết", PICTURE), "key")
    assert server.calls["image"] == 2
    assert [sent.image for sent in server.messages] == [PICTURE.sha256] * 2


@pytest.mark.parametrize("sha256", ["big", "gif"])
async def test_a_picture_that_zalo_would_not_take_goes_out_as_words(
    server: ZaloOaStandin, zalo: ZaloOa, sha256: str
) -> None:
    first = await zalo.send(GROUP, Outgoing("**Bài** viết", Picture(sha256, "Tấm hình")), "key")
    await zalo.send(GROUP, Outgoing("", Picture(sha256, "Tấm hình")), "key")
    assert first == Sent(server.messages[0].id, "picture_too_big")
    assert [(sent.text, sent.image) for sent in server.messages] == [("Bài viết", ""), ("Tấm hình", "")]
    with pytest.raises(Refused, match="too_big"):
        await zalo.send(GROUP, Outgoing("", Picture(sha256)), "key")
    assert not server.calls["image"]


async def test_an_upload_without_an_answer_means_that_the_message_was_not_sent(
    server: ZaloOaStandin, zalo: ZaloOa
) -> None:
    server.faults[""] = "drop"  # of requests that go to nobody
    with pytest.raises(NotSent) as failure:
        await zalo.send(GROUP, Outgoing("Bài viết", PICTURE), "key")
    assert failure.value.reason == "no_answer"
    assert not server.messages


# Files


async def test_a_file_comes_as_its_original_bytes(server: ZaloOaStandin, zalo: ZaloOa) -> None:
    message = zalo.read(await server.show("551", b"JPEG", kind="image"))
    assert isinstance(message, Incoming)
    assert await zalo.fetch(message.attachments[0]) == b"JPEG"
    server.files.clear()
    with pytest.raises(Refused, match="expired"):
        await zalo.fetch(message.attachments[0])
    with pytest.raises(Refused, match="unsupported"):
        await zalo.fetch(Attachment(AttachmentKind.FILE))


async def test_the_real_platform_cannot_point_to_this_machine(server: ZaloOaStandin) -> None:
    server.files["page"] = b"our own page"
    zalo = ZaloOa(ZaloOaSettings(), Shelf(), Kept(server))
    with pytest.raises(Refused, match="bad_address"):
        await zalo.fetch(Attachment(AttachmentKind.PHOTO, f"{server.url}/media/page"))


# Secrets are never told


async def test_no_token_no_secret_and_no_words_are_in_an_error_or_a_log_line(
    server: ZaloOaStandin, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens, told = Kept(server), list[str]()
    faults: tuple[Fault, ...] = ("drop", "error500", "garbage")
    for fault in faults:
        server.faults[PERSON.id] = fault
        zalo = ZaloOa(server.settings(), shelf, tokens)
        with pytest.raises(ChannelError) as failure:
            await zalo.send(PERSON, Outgoing("lời kể kín"), "key")
        told += traceback.format_exception(failure.value)
        told += [repr(failure.value.__context__), repr(server.settings()), repr(zalo)]
        await zalo.close()
    for secret in (tokens.current, server.app_secret, server.oa_secret, "lời kể kín"):
        assert secret not in caplog.text
        assert not [line for line in told if secret in line and "send(PERSON" not in line]
