"""What each kind of Telegram update means to us: from raw JSON to our values, as tables."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import Raw, telegram_update
from bot.messages import Address, Attachment, AttachmentKind, ChatChange, ChatEvent, Incoming, Votes
from tests.standins.telegram_shapes import entities
from tests.test_telegram_content import FILE, POLL, SIZE, SPOT

WHEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
GROUP = -1001234567890
HERE = Address("telegram", str(GROUP))
US = {"id": 4200000001, "is_bot": True, "first_name": "Tri Ân", "username": "TriAnTestBot"}
AN = {"id": 5001, "is_bot": False, "first_name": "Nguyễn", "last_name": "An"}
WARD = {"id": GROUP, "type": "supergroup", "title": "Tổ 5"}
ALONE = {"id": 5001, "type": "private", "first_name": "Nguyễn"}
HEARD = Incoming(
    id="12",
    chat=HERE,
    in_group=True,
    sender=Address("telegram", "5001"),
    sender_name="Nguyễn An",
    sent_at=WHEN,
    chat_title="Tổ 5",
    addressed=False,
)
TOLD = replace(HEARD, chat=Address("telegram", "5001"), in_group=False, chat_title="", addressed=True)


def marked(text: str) -> Raw:
    """A text with the entities that Telegram's clients put on it."""
    return {"text": text, "entities": entities(text)}


def in_group(**body: Any) -> Raw:
    return {"message_id": 12, "date": int(WHEN.timestamp()), "chat": WARD, "from": AN, **body}


def alone(**body: Any) -> Raw:
    return in_group(**{"chat": ALONE, **body})


def read(update: Raw, name: str = "TriAnTestBot") -> Incoming | ChatEvent | None:
    heard = telegram_update.read({"update_id": 1, **update}, str(US["id"]), name)
    assert not isinstance(heard, Votes)
    return heard


def unsupported(kind: str) -> Attachment:
    return Attachment(AttachmentKind.FILE, name="unsupported", mime=kind)


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (alone(text="Tôi biết một ngôi mộ"), replace(TOLD, text="Tôi biết một ngôi mộ")),
        (alone(**marked("/start")), replace(TOLD, text="/start")),
        (alone(**marked("/start gabc_-9")), replace(TOLD, text="/start gabc_-9", start="gabc_-9")),
        (in_group(**marked("/start@TriAnTestBot X")), replace(HEARD, text="/start X", start="X", addressed=True)),
        (in_group(**marked("/start@OtherBot X")), replace(HEARD, text="/start@OtherBot X")),
        (in_group(**marked("/hoi")), replace(HEARD, text="/hoi", addressed=True)),
        (in_group(**marked("/hoi@triantestbot ai?")), replace(HEARD, text="/hoi ai?", addressed=True)),
        (in_group(**marked("/hoi@OtherBot")), replace(HEARD, text="/hoi@OtherBot")),
        (in_group(text="chuyện trong nhóm"), replace(HEARD, text="chuyện trong nhóm")),
        (in_group(**marked("🕯 @TriAnTestBot, cho hỏi")), replace(HEARD, text="🕯 cho hỏi", addressed=True)),
        (in_group(**marked("@OtherBot cho hỏi")), replace(HEARD, text="@OtherBot cho hỏi")),
        (
            in_group(text="có", reply_to_message=in_group(**{"from": US, "text": "?"})),
            replace(HEARD, text="có", addressed=True, replies_to="12", quoted="?"),
        ),
        (
            alone(text="rồi", reply_to_message=alone(**{"from": US, "caption": "Bài", "message_id": 7})),
            replace(TOLD, text="rồi", replies_to="7", quoted="Bài"),
        ),
        (in_group(text="có", reply_to_message=in_group(text="?")), replace(HEARD, text="có")),
        (
            in_group(text="x", message_thread_id=42, is_topic_message=True),
            replace(HEARD, text="x", thread="42"),
        ),
        (in_group(text="x", message_thread_id=42), replace(HEARD, text="x")),
        (
            in_group(**marked("/hoi"), sender_chat=WARD, **{"from": {**US, "id": 1087968824}}),
            replace(HEARD, text="/hoi", addressed=True, sender=HERE, sender_name="Tổ 5"),
        ),
        (
            alone(
                caption="Bia mộ",
                media_group_id="77",
                photo=[
                    {**FILE, "file_id": "small", "width": 90, "height": 60},
                    {**FILE, "file_id": "large", "width": 1280, "height": 853},
                    {**FILE, "file_id": "middle", "width": 320, "height": 213},
                ],
            ),
            replace(
                TOLD,
                text="Bia mộ",
                album="77",
                attachments=(Attachment(AttachmentKind.PHOTO, "large", mime="image/jpeg", size=9),),
            ),
        ),
        (
            alone(voice={**FILE, "duration": 61, "mime_type": "audio/ogg"}),
            replace(TOLD, attachments=(Attachment(AttachmentKind.VOICE, "F", mime="audio/ogg", size=9, seconds=61),)),
        ),
        (
            alone(audio={**FILE, "duration": 5, "file_name": "a.mp3", "mime_type": "audio/mpeg"}),
            replace(
                TOLD, attachments=(Attachment(AttachmentKind.AUDIO, "F", "a.mp3", "audio/mpeg", size=9, seconds=5),)
            ),
        ),
        (
            alone(video={**FILE, "width": 1, "height": 1, "duration": 3}),
            replace(TOLD, attachments=(Attachment(AttachmentKind.VIDEO, "F", size=9, seconds=3),)),
        ),
        (
            alone(video_note={**FILE, "length": 1, "duration": 3}),
            replace(TOLD, attachments=(Attachment(AttachmentKind.VIDEO, "F", size=9, seconds=3),)),
        ),
        (
            alone(document={**FILE, "file_name": "giấy báo tử.pdf", "mime_type": "application/pdf"}),
            replace(
                TOLD, attachments=(Attachment(AttachmentKind.FILE, "F", "giấy báo tử.pdf", "application/pdf", size=9),)
            ),
        ),
        (
            alone(
                sticker={
                    **FILE,
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                }
            ),
            replace(TOLD, attachments=(Attachment(AttachmentKind.STICKER, "F", size=9),)),
        ),
        (
            alone(location={"latitude": 20.86, "longitude": 106.68, "horizontal_accuracy": 12.5}),
            replace(
                TOLD,
                attachments=(Attachment(AttachmentKind.LOCATION, latitude=20.86, longitude=106.68, accuracy=12.5),),
            ),
        ),
        (
            alone(contact={"phone_number": "84900000000", "first_name": "An", "vcard": "BEGIN:VCARD"}),
            replace(TOLD, text="An, 0900 000 000"),
        ),
        (
            alone(venue={"title": "NTLS Trường Sơn", "address": "Gio Linh", "location": SPOT}, location=SPOT),
            replace(
                TOLD,
                text="NTLS Trường Sơn, Gio Linh",
                attachments=(Attachment(AttachmentKind.LOCATION, latitude=16.9, longitude=107.0),),
            ),
        ),
        (
            alone(checklist={"title": "Đồng đội", "tasks": [{"id": 1, "text": "Sáu"}, {"id": 2, "text": "Bảy"}]}),
            replace(TOLD, text="Đồng đội\nSáu\nBảy"),
        ),
        (alone(poll=POLL), replace(TOLD, text="Ai còn nhớ?\nTôi\nChưa")),
        (
            alone(paid_media={"star_count": 1, "paid_media": [{"type": "preview", "width": 1}]}, caption="Xem"),
            replace(TOLD, text="Xem", attachments=(unsupported("paid_media"),)),
        ),
        (
            alone(paid_media={"star_count": 1, "paid_media": [{"type": "photo", "photo": [SIZE]}]}),
            replace(TOLD, attachments=(Attachment(AttachmentKind.PHOTO, "F", mime="image/jpeg", size=9),)),
        ),
        (alone(dice={"emoji": "🎲", "value": 4}), replace(TOLD, attachments=(unsupported("dice"),))),
        (
            alone(story={"id": 3, "chat": ALONE}),
            replace(TOLD, attachments=(unsupported("story"),)),
        ),
        (
            alone(
                text="cháu chuyển lời ông", forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Ô"}
            ),
            replace(TOLD, text="cháu chuyển lời ông", forwarded=True),
        ),
        (alone(text="\u200b\u2060"), TOLD),
        (
            in_group(**marked("🕯 \u200b@TriAnTestBot,\u00a0ðồng ðội")),
            replace(HEARD, text="🕯 đồng đội", addressed=True),
        ),
        (
            in_group(
                **{"from": {**AN, "first_name": "Ba\u200b \udc4d", "last_name": ""}}, **marked("\ud83d @TriAnTestBot")
            ),
            replace(HEARD, sender_name="Ba \ufffd", text="\ufffd", addressed=True),
        ),
    ],
)
def test_what_a_person_says_is_read(message: Raw, meaning: Incoming) -> None:
    assert read({"message": message}) == meaning


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": alone(text="x")},
        {"edited_message": alone(location={**SPOT, "live_period": 900}, edit_date=1)},
        {"edited_message": alone(location=SPOT, edit_date=1)},
        {"edited_message": in_group(**{"from": {**US, "id": 3}, "text": "x", "edit_date": 1})},
        {"edited_channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel"}, "text": "x"}},
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel"}, "text": "x"}},
        {"message": in_group(**{"from": {**US, "id": 3}, "text": "x"})},
        {"message": in_group(text="x", sender_chat={"id": -9, "type": "channel"})},
        {"message": in_group(text="x", via_bot={**US, "id": 3})},
        {
            "message": in_group(
                text="x", sender_chat=WARD, via_bot={**US, "id": 3}, **{"from": {**US, "id": 1087968824}}
            )
        },
        {"message": alone(text="x", sender_business_bot={**US, "id": 3})},
        {
            "callback_query": {
                "id": "9",
                "from": {**US, "id": 3},
                "chat_instance": "1",
                "data": "x",
                "message": in_group(),
            }
        },
        {"message": in_group(new_chat_members=[US])},
        {"message": in_group(left_chat_member=AN)},
        {"message": in_group(group_chat_created=True)},
        {"poll_answer": {"poll_id": "1", "user": AN, "option_ids": [0], "option_persistent_ids": ["0"]}},
        {"some_kind_of_the_future": {"id": 1}},
    ],
)
def test_what_does_not_concern_us_is_passed_over(update: Raw) -> None:
    assert read(update) is None


def test_an_edit_names_the_message_it_corrects_and_keeps_an_id_of_its_own() -> None:
    first, second = (
        read({"edited_message": alone(text="Trần Văn Sáu", edit_date=at)}) for at in (1712345678, 1712345679)
    )
    mended = replace(TOLD, text="Trần Văn Sáu", edits="12")
    assert (first, second) == (replace(mended, id="12/e1712345678"), replace(mended, id="12/e1712345679"))


def test_until_the_bot_knows_its_name_it_takes_commands_and_mentions_of_bots_as_its_own() -> None:
    for text in ("/hoi@TriAnTestBot", "@TriAnTestBot chào"):
        message = read({"message": in_group(**marked(text))}, "")
        assert isinstance(message, Incoming)
        assert message.addressed


def test_a_button_on_a_message_out_of_reach_is_still_read() -> None:
    query = {"id": "9", "from": AN, "chat_instance": "1", "data": "yes", "message": {**in_group(), "date": 0}}
    message = read({"callback_query": query})
    assert isinstance(message, Incoming)
    assert (message.id, message.choice, message.chat, message.in_group) == ("cb9", "yes", HERE, True)
    assert (message.replies_to, message.quoted) == ("12", "")


def test_a_pressed_button_tells_whose_message_it_stood_under() -> None:
    query = {
        "id": "9",
        "from": AN,
        "chat_instance": "1",
        "data": "yes",
        "message": in_group(**{"from": US}, text="Đi?"),
    }
    message = read({"callback_query": query})
    assert isinstance(message, Incoming)
    assert (message.replies_to, message.quoted) == ("12", "Đi?")


def test_every_address_carries_the_name_of_the_account() -> None:
    member = {"old_chat_member": {"user": US, **LEFT}, "new_chat_member": {"user": US, **MEMBER}}
    told = [
        {"message": in_group(text="x")},
        {"message": in_group(migrate_from_chat_id=-555)},
        {"callback_query": {"id": "9", "from": AN, "chat_instance": "1", "data": "x", "message": in_group()}},
        {"my_chat_member": {"chat": WARD, "from": AN, "date": 1, **member}},
    ]
    for update in told:
        heard = telegram_update.read({"update_id": 1, **update}, str(US["id"]), "", "telegram@hong-bang")
        assert isinstance(heard, Incoming | ChatEvent)
        assert heard.chat.channel == "telegram@hong-bang"
        assert {heard.chat.channel, *(a.channel for a in _speakers(heard))} == {"telegram@hong-bang"}


def _speakers(heard: Incoming | ChatEvent) -> list[Address]:
    speaker = heard.sender if isinstance(heard, Incoming) else heard.by
    return [speaker] if speaker else []


@pytest.mark.parametrize(
    "message",
    [
        in_group(chat={"id": -555, "type": "group", "title": "Tổ 5"}, migrate_to_chat_id=GROUP),
        in_group(migrate_from_chat_id=-555),
    ],
)
def test_a_group_that_becomes_a_supergroup_has_moved_whichever_chat_tells_it(message: Raw) -> None:
    assert read({"update_id": 3, "message": message}) == ChatEvent(
        id="3",
        chat=Address("telegram", "-555"),
        change=ChatChange.MOVED,
        in_group=True,
        at=WHEN,
        title="Tổ 5",
        new_id=str(GROUP),
    )


MEMBER = {"status": "member"}
LEFT = {"status": "left"}
KICKED = {"status": "kicked", "until_date": 0}
ADMIN = {"status": "administrator"} | dict.fromkeys(
    (
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ),
    False,
)


def restricted(*, inside: bool = True, may_write: bool) -> Raw:
    rights = (
        "can_change_info can_invite_users can_pin_messages can_manage_topics can_send_polls can_send_other_messages "
        "can_add_web_page_previews can_send_audios can_send_documents can_send_photos can_send_videos "
        "can_send_video_notes can_send_voice_notes can_edit_tag can_react_to_messages"
    )
    flags = dict.fromkeys(rights.split(), False)
    return {"status": "restricted", "is_member": inside, "can_send_messages": may_write, "until_date": 0, **flags}


@pytest.mark.parametrize(
    ("chat", "by", "before", "after", "change", "reason"),
    [
        (WARD, AN, LEFT, MEMBER, ChatChange.ADDED, ""),
        (WARD, AN, KICKED, ADMIN, ChatChange.ADDED, ""),
        (WARD, AN, restricted(inside=False, may_write=True), MEMBER, ChatChange.ADDED, ""),
        (WARD, AN, MEMBER, KICKED, ChatChange.REMOVED, "kicked"),
        (WARD, AN, ADMIN, LEFT, ChatChange.REMOVED, "kicked"),
        (WARD, US, MEMBER, LEFT, ChatChange.REMOVED, "left"),
        (WARD, AN, MEMBER, restricted(inside=False, may_write=False), ChatChange.REMOVED, "kicked"),
        (WARD, AN, MEMBER, restricted(may_write=False), ChatChange.MUTED, "muted"),
        (WARD, AN, restricted(may_write=False), MEMBER, ChatChange.BACK, ""),
        (WARD, AN, restricted(may_write=False), restricted(may_write=True), ChatChange.BACK, ""),
        (WARD, AN, MEMBER, ADMIN, None, ""),
        (ALONE, AN, MEMBER, KICKED, ChatChange.REMOVED, "blocked"),
        (ALONE, AN, KICKED, MEMBER, ChatChange.BACK, ""),
        ({"id": -9, "type": "channel", "title": "Kênh"}, AN, LEFT, ADMIN, None, ""),
    ],
)
def test_joining_leaving_and_being_silenced_are_read(
    chat: Raw, by: Raw, before: Raw, after: Raw, change: ChatChange | None, reason: str
) -> None:
    told = {
        "chat": chat,
        "from": by,
        "date": int(WHEN.timestamp()),
        "old_chat_member": {"user": US, **before},
        "new_chat_member": {"user": US, **after},
    }
    event = read({"update_id": 8, "my_chat_member": told})
    assert event == (
        ChatEvent(
            id="8",
            chat=Address("telegram", str(chat["id"])),
            change=change,
            in_group=chat is WARD,
            at=WHEN,
            title=chat.get("title", ""),
            by=Address("telegram", str(by["id"])),
            reason=reason,
        )
        if change
        else None
    )


@pytest.mark.parametrize("update", [{}, {"update_id": 1, "message": {"text": "x"}}, {"update_id": 1, "message": 5}])
def test_what_cannot_be_read_raises(update: Raw) -> None:
    with pytest.raises((TypeError, KeyError, AttributeError, ValueError)):
        telegram_update.read(update, "1", "")
