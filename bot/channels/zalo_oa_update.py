"""What an event of a Zalo Official Account means to us: pure, from raw JSON to bot.messages. zalo_oa.py hands it over.

Addresses: «u:…» is a person, «g:…» a group.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.channels import Raw
from bot.channels.zalo_bot_update import UNSUPPORTED, without_mention
from bot.messages import Address, Attachment, AttachmentKind, ChatChange, ChatEvent, Incoming, cleaned, whole

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PRESSED: Final = "#trian:"
"""begins the payload of our buttons: a tap comes back as if the person had written the payload"""
LISTED: Final = "trian_group_listed"
"""an event of our own: Zalo's list of groups has this one"""

_FOLLOWS: Final = frozenset({"follow", "user_follow", "oa_follow"})
_UNFOLLOWS: Final = frozenset({"unfollow", "user_unfollow", "oa_unfollow"})
_GROUP_ADDED: Final = frozenset({"create_group", LISTED})
_GROUP_ENDED: Final = frozenset({"disperse_group", "delete_group"})
_IN_GROUP: Final = "user_send_group_"
_PRIVATE: Final = "user_send_"
_KINDS: Final = {
    "image": AttachmentKind.PHOTO,
    "photo": AttachmentKind.PHOTO,
    "gif": AttachmentKind.PHOTO,
    "audio": AttachmentKind.VOICE,
    "voice": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "file": AttachmentKind.FILE,
    "sticker": AttachmentKind.STICKER,
}


def read(event: Raw, oa_id: str, display_name: str = "", name: str = "zalo_oa") -> Incoming | ChatEvent | None:
    """None for what does not concern us; raises on what cannot be read.

    `display_name`: what people in a group mention the account by; `name`: our name of it, for its addresses.
    """
    what = str(event["event_name"])
    if what.startswith(_PRIVATE):
        return _said(event, what, oa_id, display_name, name)
    if what in _FOLLOWS:
        return _about_person(event, ChatChange.ADDED, "", name)
    if what in _UNFOLLOWS:
        return _about_person(event, ChatChange.REMOVED, "unfollowed", name)
    if what in _GROUP_ADDED:
        return _about_group(event, ChatChange.ADDED, "", name)
    if what in _GROUP_ENDED:
        return _about_group(event, ChatChange.REMOVED, "disbanded", name)
    return None


def key_of(event: Any) -> str:
    """The id of what a person said; «» for every other event, whatever `event` may be."""
    if not isinstance(event, dict) or not str(event.get("event_name", "")).startswith(_PRIVATE):
        return ""
    message = event.get("message")
    return _id(message) if isinstance(message, dict) else ""


def _id(message: Raw) -> str:
    id = message.get("msg_id") or message.get("message_id")
    return str(id) if isinstance(id, str | int) else ""


def _said(event: Raw, what: str, oa_id: str, display_name: str, name: str) -> Incoming | None:
    sender, recipient, message = str(event["sender"]["id"]), str(event["recipient"]["id"]), event["message"]
    if sender in (oa_id, str(event.get("oa_id") or oa_id)):
        return None  # our own words, come back
    in_group = what.startswith(_IN_GROUP)
    text, quote = _text(message.get("text")), _quote(message)
    pressed = text.startswith(PRESSED)
    bare = without_mention(text, display_name) if in_group and display_name.strip() else text.strip()
    named = bare != text.strip()
    said = bare if named else _with_link(text, message)
    return Incoming(
        id=_id(message),
        chat=Address(name, f"g:{recipient}" if in_group else f"u:{sender}"),
        in_group=in_group,
        sender=Address(name, f"u:{sender}"),
        sender_name=cleaned(_text(event["sender"].get("display_name"))),
        sent_at=_moment(event),
        text="" if pressed else cleaned(said),
        attachments=_attachments(what, message),
        choice=whole(text).removeprefix(PRESSED) if pressed else None,
        addressed=not in_group or named or cleaned(text).startswith("/") or _sender(quote) == oa_id,
        replies_to=str(quote.get("msg_id") or ""),
        quoted=_words(quote.get("text")),
    )


def _quote(message: Raw) -> Raw:
    quote = message.get("quote_msg")
    return quote if isinstance(quote, dict) else {"msg_id": message.get("quote_msg_id")}


def _sender(quote: Raw) -> str:
    sender = quote.get("sender")
    return str(sender.get("id")) if isinstance(sender, dict) else ""


def _moment(event: Raw) -> datetime:
    return EPOCH + timedelta(milliseconds=int(event["timestamp"]))


def _about_person(event: Raw, change: ChatChange, reason: str, name: str) -> ChatEvent:
    person = event.get("follower") or event["sender"]
    chat = Address(name, f"u:{person['id']}")
    return ChatEvent(str(event["timestamp"]), chat, change, False, _moment(event), reason=reason)


def _about_group(event: Raw, change: ChatChange, reason: str, name: str) -> ChatEvent:
    chat, title = Address(name, f"g:{event['group_id']}"), cleaned(_text(event.get("name")))
    return ChatEvent(str(event["timestamp"]), chat, change, True, _moment(event), title=title, reason=reason)


def _with_link(text: str, message: Raw) -> str:
    """A link is words: its address belongs to what was said."""
    links = [str(_payload(part).get("url") or "") for part in _parts(message) if part.get("type") == "link"]
    return "\n".join([text, *(url for url in links if url not in text)]).strip() if links else text


def _parts(message: Raw) -> list[Raw]:
    parts = message.get("attachments")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _payload(part: Raw) -> Raw:
    payload = part.get("payload")
    return payload if isinstance(payload, dict) else {}


def _attachments(what: str, message: Raw) -> tuple[Attachment, ...]:
    found = tuple(
        _attachment(str(part.get("type")), _payload(part)) for part in _parts(message) if part.get("type") != "link"
    )
    return found or (() if what.endswith(("_text", "_link")) else (UNSUPPORTED,))


def _attachment(kind: str, payload: Raw) -> Attachment:
    if kind == "location":
        return _place(payload)
    url = payload.get("url")
    if kind not in _KINDS or not (isinstance(url, str) and url):
        id = _words(payload.get("id"))
        return Attachment(AttachmentKind.STICKER, name=id) if kind == "sticker" and id else UNSUPPORTED
    size = str(payload.get("size", ""))
    return Attachment(_KINDS[kind], url, name=_words(payload.get("name")), size=int(size) if size.isdecimal() else None)


def _place(payload: Raw) -> Attachment:
    """Zalo writes the coordinates as text."""
    where = payload["coordinates"]
    return Attachment(AttachmentKind.LOCATION, latitude=float(where["latitude"]), longitude=float(where["longitude"]))


def _text(said: object) -> str:
    return "" if said is None else str(said)


def _words(said: object) -> str:
    return whole(_text(said))
