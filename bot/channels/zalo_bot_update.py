"""What a Zalo Bot update means to us: pure, from raw JSON to bot.messages. Its neighbour zalo_bot.py hands it over."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.channels import Raw
from bot.messages import Address, Attachment, AttachmentKind, Incoming, cleaned, whole

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNSUPPORTED: Final = Attachment(AttachmentKind.FILE, name="unsupported")
"""what was sent is not handed over, only that something was"""

_EVENTS: Final = frozenset(f"message.{kind}.received" for kind in ("text", "image", "sticker", "voice", "unsupported"))
_START: Final = re.compile(r"/start(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_LETTER: Final = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
"""a letter with the accents that stand apart from it"""


def read(update: Raw, display_name: str, name: str = "zalo_bot") -> Incoming | None:
    """None for what does not concern us; raises on what cannot be read.

    `display_name`: what people mention us by; `name`: the account's, for its addresses.
    """
    told = unwrapped(update)
    if told["event_name"] not in _EVENTS:
        return None
    message, chat, speaker = told["message"], told["message"]["chat"], told["message"]["from"]
    if speaker.get("is_bot"):
        return None  # two bots would talk for ever
    in_group = chat.get("chat_type") == "GROUP" or str(chat["id"]).startswith("zgr-")
    text = _text(message.get("text") or message.get("caption"))
    said = cleaned(without_mention(text, display_name) if in_group else text)
    start = _START.fullmatch(said.strip())
    return Incoming(
        id=str(message["message_id"]),
        chat=Address(name, str(chat["id"])),
        in_group=in_group,
        sender=Address(name, str(speaker["id"])),
        sender_name=cleaned(_text(speaker.get("display_name"))),
        sent_at=EPOCH + timedelta(milliseconds=int(message["date"])),
        text=said,
        attachments=_attachments(told["event_name"], message),
        addressed=True,  # Zalo tells of nothing in a group but what mentions or answers the bot
        start=(start[1] or "").strip() if start else "",
    )


def unwrapped(update: Raw) -> Raw:
    """The documentation has {"ok", "result": {…}}, getUpdates too; live webhooks bring the inner part alone."""
    return update["result"] if "event_name" not in update and isinstance(update.get("result"), dict) else update


def message_id(update: Any) -> str:
    """«» when there is none, whatever `update` may be."""
    message = unwrapped(update).get("message") if isinstance(update, dict) else None
    id = message.get("message_id") if isinstance(message, dict) else None
    return str(id) if isinstance(id, str | int) else ""


def without_mention(text: str, name: str) -> str:
    """`text` without «@name», however that is accented and capitalised; every other word stays as it was said.

    A mention is nothing but these letters: no event says where it is. Without a name a leading «@Word» is taken for it.
    """
    if not name.strip():
        return re.sub(r"^\s*@[^\s,:]+[,:]?\s*", "", text)
    letters = _LETTER.findall(text)
    heard = [_bare(letter) for letter in letters]
    mention = [_bare(letter) for letter in _LETTER.findall("@" + " ".join(name.split()))]
    kept, at = list[str](), 0
    while at < len(letters):
        end = at + len(mention)
        alone = not (_is_word(heard, at - 1) or _is_word(heard, end))  # not the middle of an e-mail address
        if heard[at] == "@" and alone and heard[at:end] == mention:
            at = _after(heard, end)
        else:
            kept.append(letters[at])
            at += 1
    return "".join(kept).strip()


def _bare(letter: str) -> str:
    """What counts of a letter when names are compared."""
    if letter.isspace():
        return " "
    # A letter may come in one piece, in parts, or half in parts.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", letter).casefold())


def _is_word(letters: list[str], at: int) -> bool:
    return 0 <= at < len(letters) and letters[at][0].isalnum()


def _after(letters: list[str], at: int) -> int:
    """Past the «, » or blank that follows a mention; a new line stays."""
    if at < len(letters) and letters[at] in (",", ":"):
        at += 1
    while at < len(letters) and letters[at] == " ":
        at += 1
    return at


def _attachments(event: str, message: Raw) -> tuple[Attachment, ...]:
    match event:
        case "message.image.received":  # «photo» in the documentation, «photo_url» in life
            return (_file(AttachmentKind.PHOTO, message.get("photo_url") or message.get("photo")),)
        case "message.voice.received":
            return (_file(AttachmentKind.VOICE, message.get("voice_url"), mime="audio/aac"),)
        case "message.sticker.received":
            return (_sticker(message),)
        case "message.unsupported.received":
            return (UNSUPPORTED,)
    return ()


def _file(kind: AttachmentKind, url: object, mime: str = "") -> Attachment:
    return Attachment(kind, url, mime=mime) if isinstance(url, str) and url else UNSUPPORTED


def _sticker(message: Raw) -> Attachment:
    """Nobody has published a real one: an id or a dict, with the URL within or beside."""
    sticker = message.get("sticker")
    fields = {**message, **sticker} if isinstance(sticker, dict) else message
    id = sticker if isinstance(sticker, str) else fields.get("sticker_id") or fields.get("id")
    url = fields.get("url") or fields.get("sticker_url")
    return Attachment(AttachmentKind.STICKER, _words(url), name=_words(id))


def _text(said: object) -> str:
    return "" if said is None else str(said)


def _words(said: object) -> str:
    return whole(_text(said))
