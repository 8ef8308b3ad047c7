"""What a Zalo Bot update means: every published shape, and mentions taken out without harm to any other word."""

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot_update import UNSUPPORTED, message_id, read, without_mention
from bot.messages import Address, Attachment, AttachmentKind, Incoming

FIXTURES = Path(__file__).parent / "fixtures" / "zalo"
NAME = "Tri Ân"
TED = Incoming(
    id="2d758cb5e222177a4e35",
    chat=Address("zalo_bot", "6ede9afa66b88fe6d6a9"),
    in_group=False,
    sender=Address("zalo_bot", "6ede9afa66b88fe6d6a9"),
    sender_name="Ted",
    sent_at=datetime(2025, 6, 19, 6, 55, 31, 602_000, tzinfo=UTC),
)
AN = Incoming(
    id="m1a2b3c4d5e6f7081920",
    chat=Address("zalo_bot", "a1b2c3d4e5f60718293a"),
    in_group=False,
    sender=Address("zalo_bot", "a1b2c3d4e5f60718293a"),
    sender_name="Nguyễn Văn An",
    sent_at=datetime(2026, 9, 10, 9, 46, 12, 455_000, tzinfo=UTC),
)
PHOTO = Attachment(AttachmentKind.PHOTO, "https://photo-stal-1.zdn.vn/example.jpg")
VOICE = Attachment(AttachmentKind.VOICE, "https://f2-voice-aac-dl.zdn.vn/example.aac", mime="audio/aac")
STICKER = Attachment(
    AttachmentKind.STICKER, "https://zalo-api.zadn.vn/example-sticker.png", name="d063f44dc80821567819"
)


def fixture(name: str) -> dict[str, Any]:
    return dict(json.loads((FIXTURES / f"{name}.json").read_text("utf-8")))


def update(kind: str = "text", **fields: Any) -> dict[str, Any]:
    person = {"id": "p", "is_bot": False, "display_name": "An"}
    head = {"date": 1789033572455, "chat": {"chat_type": "PRIVATE", "id": "p"}, "message_id": "m", "from": person}
    return {"event_name": f"message.{kind}.received", "message": {**head, **fields}}


def heard(told: dict[str, Any], name: str = NAME) -> Incoming:
    message = read(told, name)
    assert message is not None
    return message


def in_group(text: str, name: str = NAME) -> str:
    return heard(update(chat={"chat_type": "GROUP", "id": "zgr-f8a7101d77709e2ec761"}, text=text), name).text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bot_update_text_private_enveloped", replace(TED, text="Xin chào")),
        ("bot_update_image_documented", replace(TED, text="mô tả ảnh", attachments=(PHOTO,))),
        ("bot_update_sticker_documented", replace(TED, attachments=(STICKER,))),
        ("bot_update_unsupported", replace(TED, attachments=(UNSUPPORTED,))),
        ("bot_live_text", replace(AN, text="Xin chào")),
        ("bot_live_image", replace(AN, attachments=(PHOTO,))),
        ("bot_live_voice", replace(AN, attachments=(VOICE,))),
        (
            "bot_live_group_text",
            replace(
                AN, chat=Address("zalo_bot", "zgr-f8a7101d77709e2ec761"), in_group=True, text="đăng ký Tổ dân phố 5"
            ),
        ),
    ],
)
def test_published_updates_are_read(name: str, message: Incoming) -> None:
    assert read(fixture(name), NAME) == message


def test_an_answer_of_get_updates_is_read_wrapped_and_flat() -> None:
    wrapped = fixture("bot_api_getUpdates_200")["body"]
    assert read(wrapped, NAME) == read(wrapped["result"], NAME) == replace(TED, text="Xin chào")
    assert message_id(wrapped) == message_id(wrapped["result"]) == TED.id


@pytest.mark.parametrize(
    ("fields", "sticker"),
    [
        (
            {"sticker": {"id": "7", "url": "https://z/s.png"}},
            Attachment(AttachmentKind.STICKER, "https://z/s.png", "7"),
        ),
        ({"sticker_id": "7", "sticker_url": "https://z/s"}, Attachment(AttachmentKind.STICKER, "https://z/s", "7")),
        ({}, Attachment(AttachmentKind.STICKER)),
    ],
)
def test_a_sticker_is_a_sticker_in_whatever_shape(fields: dict[str, Any], sticker: Attachment) -> None:
    assert heard(update("sticker", **fields)).attachments == (sticker,)


@pytest.mark.parametrize("kind", ["image", "voice"])
def test_a_file_without_an_address_is_one_that_was_not_handed_over(kind: str) -> None:
    assert heard(update(kind)).attachments == (UNSUPPORTED,)


def test_bots_and_unknown_events_do_not_concern_us() -> None:
    by_a_bot = update(text="Chào")
    by_a_bot["message"]["from"]["is_bot"] = True
    assert read(by_a_bot, NAME) is None
    assert read({"event_name": "group.member.joined", "message": {}}, NAME) is None


@pytest.mark.parametrize("told", [{}, {"ok": True}, {"event_name": "message.text.received"}, {"result": []}, [], 7])
def test_what_cannot_be_read_raises(told: Any) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError)):
        read(told, NAME)


@pytest.mark.parametrize(
    ("text", "start"), [("/start g123", "g123"), ("/Start  to-5 ", "to-5"), ("/start", ""), ("/starter x", "")]
)
def test_the_payload_of_start_is_heard(text: str, start: str) -> None:
    assert heard(update(text=text)).start == start


def test_start_is_heard_behind_a_mention() -> None:
    group = {"chat_type": "GROUP", "id": "zgr-1"}
    message = heard(update(chat=group, text="@Tri Ân /start to-5"))
    assert (message.text, message.start, message.addressed) == ("/start to-5", "to-5", True)


def test_half_a_character_and_a_zero_byte_become_text_that_can_be_kept() -> None:
    assert heard(json.loads(json.dumps(update(text="a\ud83d b\x00c 🕯")))).text == "a� bc 🕯"


def test_what_nobody_typed_is_not_heard_and_a_mention_is_found_all_the_same() -> None:
    person = {"id": "p", "is_bot": False, "display_name": "Ba \udc4d\u200b"}
    message = heard(update("image", caption="Ðại ðội\u00a03\u200b", photo_url="u", **{"from": person}))
    assert (message.text, message.sender_name) == ("Đại đội 3", "Ba \ufffd")
    assert in_group("@Tri\u00a0Ân\u200b báo\u200b tin").strip() == "báo tin"


# Mentions


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@Tri Ân đăng ký", "đăng ký"),
        ("@Tri Ân, chào cháu", "chào cháu"),
        ("chào @Tri Ân nhé", "chào nhé"),
        ("đăng ký\n@tri ân Tổ 5", "đăng ký\nTổ 5"),
        ("@TRI ÂN", ""),
        (unicodedata.normalize("NFD", "@Tri Ân ") + "mộ", "mộ"),
        ("@Tri\u00a0Ân chào", "chào"),
        ("@Tri Ân @Tri Ân chào @Bác Ba", "chào @Bác Ba"),
        ("chào @Tri Ânh", "chào @Tri Ânh"),
        ("Tri Ân liệt sĩ", "Tri Ân liệt sĩ"),
        ("@Tri An chào", "@Tri An chào"),
    ],
)
def test_the_mention_is_taken_out_of_what_was_said_in_a_group(text: str, left: str) -> None:
    assert in_group(text) == left


def test_an_address_of_mail_is_not_a_mention() -> None:
    assert in_group("thư về bac@trian.vn nhé", "TriAn") == "thư về bac@trian.vn nhé"


def test_accents_half_in_parts_are_the_same_accents() -> None:
    assert without_mention("@Mo\u0323\u0302 chào", "Mộ") == without_mention("@Mô\u0323 chào", "Mộ") == "chào"


def test_without_a_name_a_leading_mention_is_taken_out() -> None:
    assert in_group("@TriÂn, chào @Bác", "") == "chào @Bác"
    assert in_group("chào @TriÂn", " ") == "chào @TriÂn"


def test_in_private_nothing_is_taken_out() -> None:
    assert heard(update(text="@Tri Ân chào")).text == "@Tri Ân chào"


VIETNAMESE = "aáàảãạăắằẳẵặâấầẩẫậbcdđeéèẻẽẹêếềểễệghiíklmnoóòỏõọôốồổỗộơớờởỡợpqrstuúùủũụưứừửữựvxyýỳỷỹỵ"
syllables = st.text(VIETNAMESE + VIETNAMESE.upper(), min_size=1, max_size=7)
names = st.lists(syllables, min_size=1, max_size=3).map(" ".join)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="@"), min_size=1) | syllables


@given(
    name=names,
    before=st.lists(words, max_size=4),
    after=st.lists(words, max_size=4),
    form=st.sampled_from(["NFC", "NFD"]),
    case=st.sampled_from([str.upper, str.lower, str]),
)
def test_all_words_but_the_mention_survive_as_they_were_said(
    name: str, before: list[str], after: list[str], form: Any, case: Any
) -> None:
    mention = "@" + unicodedata.normalize(form, case(name))
    assert without_mention(" ".join([*before, mention, *after]), name).split() == before + after


@given(text=st.text(), name=names)
def test_what_mentions_nobody_stays_as_it_was_said(text: str, name: str) -> None:
    text = text.replace("@", "")
    assert without_mention(text, name) == text.strip()
