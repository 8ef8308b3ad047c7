"""What the Telegram stand-in keeps to when a message that was sent is edited or deleted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.standins import telegram_shapes as shapes
from tests.standins.bot_api import Parameters
from tests.standins.telegram_shapes import Refusal, Sent

DELETABLE = timedelta(hours=48).total_seconds()


def find(messages: list[Sent], given: Parameters, to: str) -> Sent:
    wanted = (given["chat_id"], given["message_id"])
    found = next((sent for sent in messages if (sent.chat, sent.id) == wanted), None)
    if found is None:
        raise Refusal(400, f"Bad Request: message to {to} not found")
    return found


def change(messages: list[Sent], given: Parameters, token: str, **words: Any) -> Sent:
    """A bot edits what it sent itself, however old; without reply_markup the buttons go."""
    old = find(messages, given, "edit")
    if old.token != token:
        raise Refusal(400, "Bad Request: message can't be edited")
    new = replace(old, **words, keyboard=shapes.keyboard(given))
    if new == old:
        same = "specified new message content and reply markup are exactly the same as a current content"
        raise Refusal(400, f"Bad Request: message is not modified: {same} and reply markup of the message")
    messages[messages.index(old)] = new
    return new


def remove(messages: list[Sent], given: Parameters, token: str, now: float) -> Sent:
    old = find(messages, given, "delete")
    if old.token != token or now - old.at > DELETABLE:
        raise Refusal(400, "Bad Request: message can't be deleted for everyone")
    messages.remove(old)
    return old
