"""The values of the Telegram stand-in: what was sent, what goes wrong, and the shape of chats and entities."""

import hashlib
import re
import time
from collections import UserDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.standins.bot_api import utf16

Fault = Literal[
    "kicked", "blocked", "muted", "no_photo", "no_polls", "topic_closed", "not_found",
    "drop", "silent", "error500", "garbage",
]  # fmt: skip
"""`drop`: taken, then the connection closes. `silent`: taken, never answered. `garbage`: taken, answered nonsense."""

REFUSALS: Mapping[str, tuple[int, str]] = {
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "muted": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "no_photo": (400, "Bad Request: not enough rights to send photos to the chat"),
    "no_polls": (400, "Bad Request: not enough rights to send polls to the chat"),
    "topic_closed": (400, "Bad Request: TOPIC_CLOSED"),
    "not_found": (400, "Bad Request: chat not found"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the bot sent and the server took."""

    id: int
    chat: int
    text: str
    """or the caption"""
    bold: tuple[str, ...]
    keyboard: tuple[tuple[dict[str, Any], ...], ...]
    thread: int | None
    reply_to: int | None
    photo: str
    """SHA-256 of the picture's bytes"""
    uploaded: bool
    at: float
    """seconds on the monotonic clock"""
    token: str = ""
    """of the bot that sent it"""
    paid: bool = False

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for row in self.keyboard for button in row]


def marked(text: str, entities: Any) -> tuple[str, ...]:
    """The stretches of `text` that are bold."""
    wide = text.encode("utf-16-le")
    bold = (entity for entity in entities or () if entity["type"] == "bold")
    return tuple(wide[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le") for e in bold)


def keyboard(given: Mapping[str, Any]) -> tuple[tuple[dict[str, Any], ...], ...]:
    return tuple(map(tuple, (given.get("reply_markup") or {}).get("inline_keyboard", ())))


class Refusal(Exception):
    """An answer with ok=false."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        self.code = code
        self.answer = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


class Files(UserDict[str, bytes]):
    """File id → bytes."""

    _last = 0

    def keep(self, data: bytes, kind: str) -> dict[str, Any]:
        self._last += 1
        self[f"{kind}{self._last}"] = data
        return self.shape(f"{kind}{self._last}")

    def photo(self, data: bytes, side: int) -> dict[str, Any]:
        return {**self.keep(data, "photo"), "width": side, "height": side}

    def shape(self, id: str) -> dict[str, Any]:
        unique = hashlib.sha256(self[id]).hexdigest()[:16]
        return {"file_id": id, "file_unique_id": unique, "file_size": len(self[id])}


def chat(id: int, title: str = "") -> dict[str, Any]:
    """Ids say what they are: people above zero, groups below, supergroups below -10¹²."""
    if id > 0:
        return {"id": id, "type": "private", "first_name": "Nguyễn"}
    return {"id": id, "type": "supergroup" if id < -1_000_000_000_000 else "group", "title": title or f"Nhóm {-id}"}


def words(text: str) -> dict[str, Any]:
    return {"text": text, "entities": entities(text)}


def edited(message: Mapping[str, Any], text: str, **fields: Any) -> dict[str, Any]:
    """`message` with other words, under its picture where it has one; Telegram says when, and repeats all the rest."""
    caption = {"caption": text, "caption_entities": entities(text)}
    return {**message, **(caption if "caption" in message else words(text)), "edit_date": int(time.time()), **fields}


_ASKED_FOR = ("chat_member", "message_reaction", "message_reaction_count")


def wanted(update: Mapping[str, Any], allowed: Sequence[str]) -> bool:
    """Whether the bot has asked for updates of this kind; without a list it gets all but a few."""
    kinds = update.keys() - {"update_id"}
    return bool(kinds & {*allowed}) if allowed else not kinds & {*_ASKED_FOR}


def entities(text: str) -> list[dict[str, Any]]:
    """The commands and mentions that Telegram's own clients mark."""
    found = []
    for match in re.finditer(r"(?<!\S)/\w+(?:@\w+)?|(?<!\w)@\w+", text):
        kind = "bot_command" if match[0].startswith("/") else "mention"
        at = utf16(text[: match.start()])
        found.append({"type": kind, "offset": at, "length": utf16(match[0])})
    return found
