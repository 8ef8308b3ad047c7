"""What the events of an Official Account mean: published ones, made-up ones, and any other without harm."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot_update import UNSUPPORTED
from bot.channels.zalo_oa_update import key_of, read
from bot.messages import Address, Attachment, AttachmentKind, ChatChange, ChatEvent, Incoming

FIXTURES = Path(__file__).parent / "fixtures" / "zalo_oa"
OA = "1646843870823903717"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def person(id: str) -> Address:
    return Address("zalo_oa", f"u:{id}")


def group(id: str) -> Address:
    return Address("zalo_oa", f"g:{id}")


IN_GROUP = Incoming(
    id="705efa85665a0d03544c",
    chat=group("4a9bada229cec09099df"),
    in_group=True,
    sender=person("5510185758261927916"),
    sender_name="",
    sent_at=datetime(2024, 5, 30, 9, 37, 19, 659000, tzinfo=UTC),
    text="/p 10 ghế felix",
)
QUOTE = replace(IN_GROUP, id="m2", text="ok", replies_to="705efa85665a0d03544c", quoted="việc A")
ALONE = Incoming(
    id="abc009",
    chat=person("sender-1"),
    in_group=False,
    sender=person("sender-1"),
    sender_name="",
    sent_at=datetime(2024, 7, 3, 9, 46, 40, tzinfo=UTC),
)
VOICE = Attachment(AttachmentKind.VOICE, "https://cdn.zalo.example/v.amr")
GIF = Attachment(AttachmentKind.PHOTO, "https://cdn.zalo.example/a.gif")
FOLLOWED = datetime(2023, 3, 2, 1, 40, tzinfo=UTC)
MADE = ChatEvent(
    "1785686400000",
    group("f414c8f76fa586fbdfb4"),
    ChatChange.ADDED,
    True,
    datetime(2026, 8, 2, 16, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("event_user_send_group_text", IN_GROUP),
        ("event_user_send_group_text_quote", QUOTE),
        ("event_user_send_audio", replace(ALONE, attachments=(VOICE,))),
        ("event_user_send_gif", replace(ALONE, id="abc010", attachments=(GIF,))),
        (
            "event_follow",
            ChatEvent("1677721200000", person("user_id_123456"), ChatChange.ADDED, False, FOLLOWED),
        ),
        (
            "event_unfollow",
            ChatEvent(
                "1677721200000", person("user_id_123456"), ChatChange.REMOVED, False, FOLLOWED, reason="unfollowed"
            ),
        ),
        ("event_create_group", MADE),
        ("event_update_group_info", None),
        ("event_user_join_group", None),
        ("event_user_out_group", None),
        ("event_user_received_message", None),
        ("event_user_seen_message", None),
        ("event_user_submit_info", None),
    ],
)
def test_published_events_are_read(name: str, meaning: Incoming | ChatEvent | None) -> None:
    assert read(fixture(name), OA) == meaning


@pytest.mark.parametrize("spelling", ["follow", "user_follow", "oa_follow", "unfollow", "user_unfollow"])
def test_following_is_known_in_all_its_spellings(spelling: str) -> None:
    event = {**fixture("event_follow"), "event_name": spelling}
    meaning = read(event, OA)
    assert isinstance(meaning, ChatEvent)
    assert meaning.change == (ChatChange.REMOVED if "unfollow" in spelling else ChatChange.ADDED)


@pytest.mark.parametrize("spelling", ["disperse_group", "delete_group"])
def test_a_group_that_was_disbanded_is_removed(spelling: str) -> None:
    event = {**fixture("event_create_group"), "event_name": spelling}
    assert read(event, OA) == replace(MADE, change=ChatChange.REMOVED, reason="disbanded")


def test_a_group_of_the_list_is_added_with_its_name() -> None:
    event = {"event_name": "trian_group_listed", "group_id": MADE.chat.id[2:], "name": "Tổ 5", "timestamp": MADE.id}
    assert read(event, OA) == replace(MADE, title="Tổ 5")


def test_every_documented_name_is_read_or_left_alone_and_echoes_are_always_left_alone() -> None:
    everything = {**fixture("event_user_send_group_text"), **fixture("event_create_group"), "follower": {"id": "1"}}
    for kind, names in fixture("event_names").items():
        for name in names:
            meaning = read({**everything, "event_name": name}, OA)
            assert meaning is None or kind in ("user", "group_user", "group_admin"), name


@pytest.mark.parametrize("name", ["user_send_text", "user_send_group_text"])
def test_our_own_words_are_left_alone(name: str) -> None:
    event = {**fixture("event_user_send_group_text"), "event_name": name, "sender": {"id": OA}}
    assert read(event, OA) is None


# What is said in a group


def said(text: str, oa: str = OA, display_name: str = "Phường Trần Nhân Tông", **message: Any) -> Incoming:
    event = fixture("event_user_send_group_text")
    meaning = read({**event, "message": {"msg_id": "m1", "text": text, **message}}, oa, display_name)
    assert isinstance(meaning, Incoming)
    return meaning


@pytest.mark.parametrize(
    ("text", "addressed", "heard"),
    [
        ("Chào bà con", False, "Chào bà con"),
        ("@Nguyễn An bác có đi không", False, "@Nguyễn An bác có đi không"),
        ("@Phường Trần Nhân Tông tiến độ", True, "tiến độ"),
        ("Cho hỏi @phường trần nhân tông, tiến độ", True, "Cho hỏi tiến độ"),
        ("/kiemtra", True, "/kiemtra"),
    ],
)
def test_in_a_group_only_a_mention_or_a_command_is_said_to_us(text: str, addressed: bool, heard: str) -> None:
    message = said(text)
    assert (message.addressed, message.text) == (addressed, heard)


def test_without_a_display_name_no_mention_is_taken_for_ours() -> None:
    assert said("@Nguyễn An tiến độ", display_name="").addressed is False


def test_a_reply_to_our_message_is_said_to_us_and_one_to_another_is_not() -> None:
    quote = {"msg_id": "p1", "text": "Bài viết", "sender": {"id": OA}}
    message = said("cảm ơn", quote_msg=quote)
    assert (message.addressed, message.replies_to, message.quoted) == (True, "p1", "Bài viết")
    assert said("cảm ơn", quote_msg={**quote, "sender": {"id": "5510"}}).addressed is False


def test_a_quote_may_be_nothing_but_its_id() -> None:
    message = said("cảm ơn", quote_msg_id="p1")
    assert (message.replies_to, message.quoted) == ("p1", "")


# Attachments


def alone(kind: str, *attachments: Any, text: str | None = None) -> Incoming:
    message = {"msg_id": "m1", "attachments": list(attachments)} | ({} if text is None else {"text": text})
    event = {
        "event_name": f"user_send_{kind}",
        "sender": {"id": "551"},
        "recipient": {"id": OA},
        "message": message,
        "timestamp": "1720000000000",
    }
    meaning = read(event, OA)
    assert isinstance(meaning, Incoming)
    return meaning


def test_a_place_comes_with_its_coordinates_as_text() -> None:
    place = {"type": "location", "payload": {"coordinates": {"latitude": "16.4637", "longitude": "107.5909"}}}
    message = alone("location", place)
    assert message.attachments == (Attachment(AttachmentKind.LOCATION, latitude=16.4637, longitude=107.5909),)


@pytest.mark.parametrize(
    ("kind", "payload", "attachment"),
    [
        ("image", {"url": "u"}, Attachment(AttachmentKind.PHOTO, "u")),
        ("video", {"url": "u"}, Attachment(AttachmentKind.VIDEO, "u")),
        (
            "file",
            {"url": "u", "name": "giấy.pdf", "size": "1024"},
            Attachment(AttachmentKind.FILE, "u", name="giấy.pdf", size=1024),
        ),
        ("sticker", {"url": "u", "id": "7"}, Attachment(AttachmentKind.STICKER, "u")),
        ("sticker", {"id": "7"}, Attachment(AttachmentKind.STICKER, name="7")),
        ("image", {}, UNSUPPORTED),
        ("business_card", {"url": "u"}, UNSUPPORTED),
    ],
)
def test_files_are_what_zalo_says_they_are(kind: str, payload: Any, attachment: Attachment) -> None:
    assert alone(kind, {"type": kind, "payload": payload}, text="mô tả").attachments == (attachment,)


def test_several_pictures_of_one_message_stay_together() -> None:
    message = alone("image", *({"type": "image", "payload": {"url": url}} for url in ("a", "b")))
    assert [attachment.ref for attachment in message.attachments] == ["a", "b"]


def test_something_without_anything_that_could_be_fetched_is_unsupported() -> None:
    assert alone("business_card").attachments == (UNSUPPORTED,)


def test_a_link_is_words() -> None:
    link = {"type": "link", "payload": {"url": "https://example.org/", "thumbnail": "x"}}
    assert (alone("link", link).text, alone("link", link).attachments) == ("https://example.org/", ())
    assert alone("link", link, text="Xem https://example.org/ nhé").text == "Xem https://example.org/ nhé"
    assert alone("link", link, text="Xem nhé").text == "Xem nhé\nhttps://example.org/"


# The key


def test_only_what_a_person_said_is_known_by_its_message_id() -> None:
    assert key_of(fixture("event_user_send_audio")) == "abc009"
    assert key_of({"event_name": "user_send_text", "message": {"message_id": "m7"}}) == "m7"
    for name in ("event_user_seen_message", "event_follow", "event_create_group"):
        assert key_of(fixture(name)) == ""


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(event=anything)
def test_any_event_has_a_key_or_none(event: Any) -> None:
    assert isinstance(key_of(event), str)


@given(text=st.text() | st.sampled_from(["a\ud800b", "a\x00b"]))
def test_any_words_can_be_kept_by_any_database(text: str) -> None:
    words = alone("text", text=text).text
    assert "\x00" not in words
    assert words.encode().decode() == words


def test_what_nobody_typed_is_not_heard() -> None:
    assert alone("text", text="Ðại ðội\u00a0３\u200b").text == "Đại đội 3"
