"""What the Bot API 10.1 takes: the methods we use, their parameters and limits. Pure; telegram.py beside it answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]

_SEND = (
    "business_connection_id message_thread_id direct_messages_topic_id disable_notification protect_content "
    "allow_paid_broadcast message_effect_id suggested_post_parameters reply_parameters reply_markup parse_mode"
)


@dataclass(frozen=True, slots=True)
class Method:
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _method(required: str = "", optional: str = "") -> Method:
    return Method(_words(required), _words(optional))


METHODS: Mapping[str, Method] = {
    "getMe": _method(),
    "sendMessage": _method("chat_id text", f"{_SEND} entities link_preview_options"),
    "sendPhoto": _method("chat_id photo", f"{_SEND} caption caption_entities show_caption_above_media has_spoiler"),
    "sendPoll": _method(
        "chat_id question options",
        "business_connection_id message_thread_id disable_notification protect_content allow_paid_broadcast "
        "message_effect_id reply_parameters reply_markup "
        "question_parse_mode question_entities is_anonymous type allows_multiple_answers allows_revoting "
        "shuffle_options allow_adding_options hide_results_until_closes members_only country_codes correct_option_ids "
        "explanation explanation_parse_mode explanation_entities explanation_media open_period close_date is_closed "
        "description description_parse_mode description_entities media",
    ),
    "stopPoll": _method("chat_id message_id", "business_connection_id reply_markup"),
    "editMessageText": _method(
        "text",
        "business_connection_id chat_id message_id inline_message_id parse_mode entities link_preview_options "
        "reply_markup",
    ),
    "editMessageCaption": _method(
        "",
        "business_connection_id chat_id message_id inline_message_id caption parse_mode caption_entities "
        "show_caption_above_media reply_markup",
    ),
    "deleteMessage": _method("chat_id message_id"),
    "answerCallbackQuery": _method("callback_query_id", "text show_alert url cache_time"),
    "setMyCommands": _method("commands", "scope language_code"),
    "getUpdates": _method("", "offset limit timeout allowed_updates"),
    "setWebhook": _method(
        "url", "certificate ip_address max_connections allowed_updates drop_pending_updates secret_token"
    ),
    "deleteWebhook": _method("", "drop_pending_updates"),
    "getWebhookInfo": _method(),
    "getFile": _method("file_id"),
}

_NUMBERS = _words("chat_id message_id message_thread_id offset limit timeout max_connections")
_STRUCTURES = _words(
    "entities caption_entities reply_markup reply_parameters link_preview_options allowed_updates commands options "
    "correct_option_ids"
)
_BOOLEANS = _words(
    "show_alert drop_pending_updates disable_notification protect_content allow_paid_broadcast has_spoiler "
    "show_caption_above_media is_anonymous"
)
_UPDATES = _words(
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages message_reaction message_reaction_count inline_query "
    "chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll poll_answer "
    "my_chat_member chat_member chat_join_request chat_boost removed_chat_boost"
)
_BUTTON = _words(
    "text url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay style icon_custom_emoji_id"
)
_REPLY = _words(
    "message_id chat_id allow_sending_without_reply quote quote_parse_mode quote_entities quote_position "
    "checklist_task_id"
)
_PREVIEW = _words("is_disabled url prefer_small_media prefer_large_media show_above_text")


def decoded(fields: Mapping[str, Any]) -> Parameters:
    """JSON, urlencoded and multipart bodies alike: what is no string in the API is read from the string it came as."""
    read = dict[str, Any]()
    for name, value in fields.items():
        known = name in _NUMBERS or name in _STRUCTURES or name in _BOOLEANS
        try:
            read[name] = json.loads(value) if known and isinstance(value, str) else value
        except ValueError:
            read[name] = value
    return read


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def faults(name: str, given: Parameters) -> Iterator[str]:
    """What the API would not take, or would silently ignore; words as near to Telegram's as is known."""
    method = METHODS[name]
    for missing in sorted(method.required - given.keys()):
        yield f"{missing} is missing"
    for unknown in sorted(given.keys() - method.required - method.optional):
        yield f"{name} does not know {unknown}"
    for number in sorted(_NUMBERS & given.keys()):
        if type(given[number]) is not int:
            yield f"{number} is not a number"
    for flag in sorted(_BOOLEANS & given.keys()):
        if type(given[flag]) is not bool:
            yield f"{flag} is not true or false"
    if name.startswith("editMessage") and not ({"chat_id", "message_id"} <= given.keys()):
        yield "message identifier is not specified"
    if "text" in method.required and "text" in given:
        yield from _text(given["text"], given.get("entities"), 4096, "message")
        if not given["text"]:
            yield "message text is empty"
    if given.get("caption") is not None:
        yield from _text(given["caption"], given.get("caption_entities"), 1024, "message caption")
    yield from _keyboard(given.get("reply_markup"))
    yield from _structure("reply_parameters", given.get("reply_parameters"), _REPLY)
    yield from _structure("link_preview_options", given.get("link_preview_options"), _PREVIEW)
    if name == "sendPoll":
        yield from _poll(given)
    yield from _rest(name, given)


def _poll(given: Parameters) -> Iterator[str]:
    options = given.get("options")
    labels = [one.get("text") for one in options] if isinstance(options, list) else []
    if not 1 <= len(labels) <= 12:
        yield "poll must have between 1 and 12 options"
    if not all(isinstance(label, str) and 1 <= utf16(label) <= 100 for label in labels):
        yield "poll options length must not exceed 100"
    if not 1 <= utf16(str(given.get("question") or "")) <= 300:
        yield "poll question length must not exceed 300"
    explanation = given.get("explanation") or ""
    if utf16(explanation) > 200 or explanation.count("\n") > 2:
        yield "quiz explanation is too long"
    if given.get("type") == "quiz":
        right = given.get("correct_option_ids")
        if not isinstance(right, list) or len(right) != 1 or right[0] not in range(len(labels)):
            yield "quiz must have a correct option"
    elif {"correct_option_ids", "explanation"} & given.keys():
        yield "only a quiz has a correct option"


def _text(text: object, entities: object, limit: int, what: str) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{what} is not a string"
        return
    if utf16(text) > limit:
        yield f"{what} is too long"
    for entity in entities if isinstance(entities, list) else []:
        start, length = entity.get("offset"), entity.get("length")
        if type(start) is not int or type(length) is not int or start < 0 or length < 1:
            yield "ENTITY_BOUNDS_INVALID"
        elif start + length > utf16(text):
            yield f"can't parse entities: entity ends after the end of the text at UTF-16 offset {start + length}"


def _structure(name: str, given: object, known: frozenset[str]) -> Iterator[str]:
    if given is not None and not (isinstance(given, dict) and given.keys() <= known):
        yield f"{name} is malformed"


def _keyboard(markup: object) -> Iterator[str]:
    if markup is None:
        return
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list):
        yield "object expected as reply markup"
        return
    if any(not 1 <= len(row) <= 8 for row in rows) or sum(map(len, rows)) > 100:
        yield "reply markup is too long"
    for button in (button for row in rows for button in row):
        actions = button.keys() - {"text", "style", "icon_custom_emoji_id"}
        if not button.keys() <= _BUTTON or not button.get("text") or len(actions) != 1:
            yield "inline keyboard button is malformed"
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            yield "BUTTON_DATA_INVALID"
        if "url" in button and not button["url"].startswith(("http://", "https://", "tg://")):
            yield "BUTTON_URL_INVALID"


def _rest(name: str, given: Parameters) -> Iterator[str]:
    if not set(given.get("allowed_updates") or ()) <= _UPDATES:
        yield "allowed_updates names an unknown kind"
    if not 0 <= len(given.get("secret_token") or "") <= 256:
        yield "secret token is too long"
    if name == "setWebhook" and not str(given.get("url", "")).startswith("https://"):
        yield "bad webhook: An HTTPS URL must be provided for webhook"
    if name == "answerCallbackQuery" and utf16(given.get("text") or "") > 200:
        yield "MESSAGE_TOO_LONG"
    commands = given.get("commands") or ()
    if len(commands) > 100 or any(
        not 1 <= len(c.get("command", "")) <= 32
        or not set(c["command"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
        or not 1 <= len(c.get("description", "")) <= 256
        for c in commands
    ):
        yield "BOT_COMMAND_INVALID"
