"""What the messages of Telegram hold: each kind that a person can send, and phones in a form that can be read."""

from typing import Any

import pytest
from telegram import Message

from bot.channels.telegram_content import attachments, readable, words

FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 9}
SIZE = {**FILE, "width": 2, "height": 1}
SPOT = {"latitude": 16.9, "longitude": 107.0}
POLL = {
    "id": "1",
    "question": "Ai còn nhớ?",
    "options": [{"text": text, "voter_count": 0, "persistent_id": text} for text in ("Tôi", "Chưa")],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
ALONE = {"id": 5, "type": "private", "first_name": "An"}
PERSON = {"id": 5, "is_bot": False, "first_name": "An"}
STICKER = {**SIZE, "type": "regular", "is_animated": False, "is_video": False}
LOOK = {"name": "a", "sticker": STICKER, "rarity_per_mille": 1}
COLOURS = dict.fromkeys(("center_color", "edge_color", "symbol_color", "text_color"), 1)
CONTENT: dict[str, Any] = {
    "text": "x",
    "caption": "x",
    "photo": [SIZE],
    "voice": {**FILE, "duration": 1},
    "audio": {**FILE, "duration": 1},
    "video": {**SIZE, "duration": 1},
    "video_note": {**FILE, "length": 1, "duration": 1},
    "animation": {**SIZE, "duration": 1},
    "document": FILE,
    "sticker": STICKER,
    "location": SPOT,
    "venue": {"title": "a", "address": "b", "location": SPOT},
    "contact": {"phone_number": "1", "first_name": "a"},
    "checklist": {"title": "a", "tasks": [{"id": 1, "text": "b"}]},
    "poll": POLL,
    "paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]},
    "dice": {"emoji": "🎲", "value": 1},
    "game": {"title": "a", "description": "b", "photo": [SIZE]},
    "gift": {"gift": {"id": "g", "sticker": STICKER, "star_count": 1}},
    "giveaway": {"chats": [ALONE], "winners_selection_date": 1, "winner_count": 1},
    "giveaway_winners": {
        "chat": ALONE,
        "giveaway_message_id": 1,
        "winners_selection_date": 1,
        "winner_count": 1,
        "winners": [PERSON],
    },
    "invoice": {"title": "a", "description": "b", "start_parameter": "c", "currency": "VND", "total_amount": 1},
    "story": {"id": 1, "chat": ALONE},
    "unique_gift": {
        "origin": "transfer",
        "gift": {
            "gift_id": "g",
            "base_name": "a",
            "name": "b",
            "number": 1,
            "model": LOOK,
            "symbol": LOOK,
            "backdrop": {"name": "a", "colors": COLOURS, "rarity_per_mille": 1},
        },
    },
    "passport_data": {"data": [], "credentials": {"data": "a", "hash": "b", "secret": "c"}},
    "users_shared": {"request_id": 1, "users": [{"user_id": 5}]},
    "chat_shared": {"request_id": 1, "chat_id": 5},
    "web_app_data": {"data": "a", "button_text": "b"},
}
"""what a person can send, as it comes in JSON"""
ABOUT = (
    "author_signature business_connection_id caption_entities chat date direct_messages_topic edit_date effect_id "
    "entities external_reply forward_origin from_user guest_bot_caller_chat guest_bot_caller_user guest_query_id "
    "has_media_spoiler has_protected_content is_automatic_forward is_from_offline is_paid_post is_topic_message "
    "link_preview_options media_group_id message_id message_thread_id paid_star_count quote reply_markup "
    "reply_to_checklist_task_id reply_to_message reply_to_poll_option_id reply_to_story sender_boost_count "
    "sender_business_bot sender_chat sender_tag show_caption_above_media suggested_post_info via_bot"
)
"""what is told of a message beside what it holds; a live photo comes as a photo as well"""
BY_ITSELF = (
    "boost_added channel_chat_created chat_background_set chat_owner_changed chat_owner_left checklist_tasks_added "
    "checklist_tasks_done connected_website delete_chat_photo direct_message_price_changed forum_topic_closed "
    "forum_topic_created forum_topic_edited forum_topic_reopened general_forum_topic_hidden gift_upgrade_sent "
    "general_forum_topic_unhidden giveaway_completed giveaway_created group_chat_created left_chat_member "
    "managed_bot_created message_auto_delete_timer_changed migrate_from_chat_id migrate_to_chat_id new_chat_members "
    "new_chat_photo new_chat_title paid_message_price_changed pinned_message poll_option_added poll_option_deleted "
    "proximity_alert_triggered refunded_payment successful_payment suggested_post_approval_failed "
    "suggested_post_approved suggested_post_declined suggested_post_paid suggested_post_refunded "
    "supergroup_chat_created video_chat_ended video_chat_participants_invited video_chat_scheduled "
    "video_chat_started write_access_allowed"
)
"""what Telegram says by itself of a chat: nobody said it"""


def test_every_kind_of_message_that_the_library_knows_is_content_or_known_to_be_none() -> None:
    known = {name for name in Message.__slots__ if not name.startswith("_")} | {"chat", "date", "message_id"}
    assert known == {*CONTENT, *ABOUT.split(), *BY_ITSELF.split(), "live_photo"}


@pytest.mark.parametrize("kind", CONTENT)
def test_whatever_a_person_sends_ends_as_words_a_file_a_place_or_as_unsupported_under_its_name(kind: str) -> None:
    message = Message.de_json({"message_id": 1, "date": 1, "chat": ALONE, "from": PERSON, kind: CONTENT[kind]})
    found = list(attachments(message))
    assert words(message) or found
    assert all(one.ref or one.latitude or (one.name, one.mime) == ("unsupported", kind) for one in found)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("+84912000111", "0912 000 111"),
        ("84912000111", "0912 000 111"),
        ("0912-000-111", "0912 000 111"),
        ("+84 225 3822123", "0225 3822 123"),
        ("+1 202-555-0100", "+12025550100"),
        ("856201234567", "+856201234567"),
        ("113", "113"),
    ],
)
def test_a_phone_is_written_as_it_is_dialled_at_home(given: str, shown: str) -> None:
    assert readable(given) == shown
