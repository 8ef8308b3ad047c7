"""What a Telegram message holds: words, files, a place, or that something came which we cannot use; never nothing.

Its neighbour telegram_update.py reads who said it, where and to whom.
"""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from telegram import Contact, Message, PaidMediaPhoto, PaidMediaVideo, PhotoSize

from bot.messages import Attachment, AttachmentKind, cleaned

# Lengths of time become timedelta in a coming version of the library; until then each look at one warns without this.
os.environ.setdefault("PTB_TIMEDELTA", "1")

UNUSABLE: Final = (
    "dice",
    "game",
    "gift",
    "giveaway",
    "giveaway_winners",
    "invoice",
    "passport_data",
    "story",
    "unique_gift",
    "chat_shared",
    "users_shared",
    "web_app_data",
)
"""what a person can send that we cannot use: «unsupported», with the platform's name of it for staff to see"""
_ABROAD: Final = 12
"""digits of a number at home are fewer, with the country's too"""


def said(message: Message | None) -> str:
    """What was typed, exactly: it is what Telegram's offsets point into."""
    return (message.text or message.caption or "") if message is not None else ""


def words(message: Message) -> str:
    """What was typed, and what a contact, a place, a list or a poll says in words."""
    return "\n".join(filter(None, (cleaned(said(message)), *map(cleaned, _told(message)))))


def _told(message: Message) -> Iterator[str]:
    if message.contact:
        yield ", ".join(filter(None, (_name(message.contact), readable(message.contact.phone_number))))
    if message.venue:
        yield ", ".join(filter(None, (message.venue.title, message.venue.address)))
    if message.checklist:
        yield message.checklist.title
        yield from (task.text for task in message.checklist.tasks)
    if message.poll:
        yield message.poll.question
        yield from (option.text for option in message.poll.options)


def _name(contact: Contact) -> str:
    return " ".join(filter(None, (contact.first_name, contact.last_name)))


def readable(phone: str) -> str:
    """«0912 000 111» of «+84912000111», «84912000111» or «0912000111»; a number abroad keeps its country's."""
    digits = re.sub(r"\D", "", phone)
    home = re.fullmatch(r"(?:0|84|0084)(\d{9,10})", digits)
    if home:
        digits = f"0{home[1]}"
        return f"{digits[:4]} {digits[4:-3]} {digits[-3:]}"
    return f"+{digits}" if phone.strip().startswith("+") or len(digits) >= _ABROAD else digits


def attachments(message: Message) -> Iterator[Attachment]:
    if message.photo:  # of a live photo too
        yield _photo(message.photo)
    files = (
        (AttachmentKind.VOICE, message.voice),
        (AttachmentKind.AUDIO, message.audio),
        (AttachmentKind.VIDEO, message.video or message.video_note or message.animation),
        # Telegram repeats an animation as a document.
        (AttachmentKind.FILE, None if message.animation else message.document),
        (AttachmentKind.STICKER, message.sticker),
    )
    for kind, file in files:
        if file is not None:
            yield _file(kind, file)
    if place := message.venue.location if message.venue else message.location:
        yield Attachment(
            AttachmentKind.LOCATION,
            latitude=place.latitude,
            longitude=place.longitude,
            accuracy=place.horizontal_accuracy,
        )
    yield from _paid(message)
    yield from (_unusable(kind) for kind in UNUSABLE if getattr(message, kind))


def _paid(message: Message) -> Iterator[Attachment]:
    """What was paid for is a file like any other; of what was not only a preview is shown."""
    for one in message.paid_media.paid_media if message.paid_media else ():
        if isinstance(one, PaidMediaPhoto):
            yield _photo(one.photo)
        elif isinstance(one, PaidMediaVideo):
            yield _file(AttachmentKind.VIDEO, one.video)
        else:
            yield _unusable("paid_media")


def _unusable(kind: str) -> Attachment:
    return Attachment(AttachmentKind.FILE, name="unsupported", mime=kind)


def _photo(sizes: tuple[PhotoSize, ...]) -> Attachment:
    largest = max(sizes, key=lambda size: size.width * size.height)
    return Attachment(AttachmentKind.PHOTO, largest.file_id, mime="image/jpeg", size=largest.file_size)


def _file(kind: AttachmentKind, file: Any) -> Attachment:
    """The six types of file differ only in which of these they lack."""
    lasts = getattr(file, "duration", None)
    return Attachment(
        kind,
        file.file_id,
        name=getattr(file, "file_name", None) or "",
        mime=getattr(file, "mime_type", None) or "",
        size=file.file_size,
        seconds=int(lasts.total_seconds() if isinstance(lasts, timedelta) else lasts) if lasts is not None else None,
    )
