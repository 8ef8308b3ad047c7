"""The values that all rooms share: where (Address), what came (Incoming, ChatEvent, Votes), what goes (Outgoing)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message comes from or goes to, e.g. «telegram:-100123». The id is the platform's, always text.

    `channel` names one account on a platform: «telegram» is config.toml's, «telegram@hong-bang» another unit's.
    """

    channel: str
    id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"

    @property
    def platform(self) -> str:
        return platform_of(self.channel)

    @classmethod
    def parse(cls, written: str) -> "Address":
        """Raises ValueError when there is no «channel:id»."""
        channel, colon, id = written.strip().partition(":")
        if not (channel and colon and id):
            raise ValueError(written)
        return cls(channel, id)


def platform_of(channel: str) -> str:
    """«telegram» of «telegram@hong-bang»."""
    return channel.partition("@")[0]


class AttachmentKind(StrEnum):
    PHOTO = "photo"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something sent along. `ref` is what the channel needs to fetch the bytes (file id, URL, upload key)."""

    kind: AttachmentKind
    ref: str = ""
    name: str = ""
    mime: str = ""
    size: int | None = None
    """bytes, as the platform says"""
    seconds: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    """metres"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a line of a numbered menu. `value` comes back as Incoming.choice (at most 64 bytes of UTF-8).

    With `url` it opens a page instead. An `aside` («bỏ qua», «nhắc lại») is a word one may say, never a numbered line.
    """

    label: str
    value: str = ""
    url: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture kept under var/media by the SHA-256 (hex) of its bytes."""

    sha256: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from a person. `id` is the platform's message id; `choice` the value of a pressed button."""

    id: str
    chat: Address
    in_group: bool
    sender: Address
    sender_name: str
    sent_at: datetime
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    choice: str | None = None
    addressed: bool = True
    """in a group: it was said to the bot (command, mention, reply, button)"""
    start: str = ""
    """the payload of a deep link or of «/start»"""
    album: str = ""
    """messages of one album share it"""
    thread: str = ""
    """the forum topic it was said in"""
    chat_title: str = ""
    replies_to: str = ""
    """the platform's id of our message that is replied to, or whose button is pressed: it has arrived, then"""
    quoted: str = ""
    """the text of that message, as the platform has it"""
    edits: str = ""
    """the platform's id of the earlier message whose words, as they are now, these are"""
    forwarded: bool = False
    """handed on from elsewhere: perhaps another's words"""


class ChatChange(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MUTED = "muted"
    BACK = "back"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """Something happened to a chat: the bot was added, removed, silenced, heard again, or the id changed (`new_id`)."""

    id: str
    chat: Address
    change: ChatChange
    in_group: bool
    at: datetime
    title: str = ""
    by: Address | None = None
    new_id: str = ""
    reason: str = ""
    """a key of content/texts/reasons.toml"""


@dataclass(frozen=True, slots=True)
class Votes:
    """How a quiz poll of ours stands: never who, only how many chose each option. `poll` is «channel:id»."""

    poll: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quiz:
    """What makes a message a quiz: its choices are the options, and `right` is one of them, from 0.

    A platform that has quiz polls shows it as one; elsewhere it is a message with choices like any other.
    """

    question: str
    right: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the bot says. `**…**` marks emphasis and a bare URL is a link; each adapter renders them its own way."""

    text: str
    picture: Picture | None = None
    choices: tuple[Choice, ...] = ()
    thread: str = ""
    reply_to: str = ""
    bulk: bool = False
    """a post to many, not an answer to somebody"""
    quiz: Quiz | None = None
    waits: bool = False
    """goes out a moment later: whoever tells a long thing goes on, and is answered once"""


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the unit of every platform's limit."""
    return len(text.encode("utf-16-le")) // 2


_EMPHASIS = re.compile(r"\*\*(?=\S)((?:(?!\n\s*\n).)+?)(?<=\S)\*\*", re.DOTALL)
"""never across a paragraph's end, as on the web: a stray mark must not reach into the menu below"""


def emphasis(text: str) -> tuple[str, list[tuple[int, int]]]:
    """(plain text, [(start, length) in UTF-16 units]) of a text with `**…**` marks."""
    plain, spans, end, at = "", list[tuple[int, int]](), 0, 0
    for mark in _EMPHASIS.finditer(text):
        before = text[end : mark.start()]
        at += utf16(before)
        spans.append((at, utf16(mark[1])))
        at += utf16(mark[1])
        plain += before + mark[1]
        end = mark.end()
    return plain + text[end:], spans


def split(text: str, limit: int, first: int | None = None) -> list[str]:
    """Pieces of at most `limit` UTF-16 units (the first at most `first`), cut at paragraphs, lines or words."""
    pieces, rest, room = list[str](), text.strip(), limit if first is None else first
    while utf16(rest) > room:
        head = _head(rest, room)
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
        room = limit
    return [*pieces, rest] if rest or not pieces else pieces


def _head(text: str, room: int) -> str:
    cut = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore")
    for seam in ("\n\n", "\n", ". ", " "):
        at = cut.rfind(seam)
        if at > 0:
            return _balanced(cut[: at + len(seam)])
    return _balanced(cut)


def _balanced(head: str) -> str:
    """Cut before an emphasis that would be torn in two, when there is something before it."""
    opened = head.rfind("**")
    return head[:opened] if head.count("**") % 2 and opened > 0 else head


_INVISIBLE = (0x00AD, 0x061C, 0x180E, 0x200B, 0x200C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070))
_CONTROLS = (code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r")
_SPACES = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_MEANT = (
    dict.fromkeys((*_INVISIBLE, *_CONTROLS, 0xFEFF))
    | dict.fromkeys(_SPACES, " ")
    | dict.fromkeys((0x2028, 0x2029), "\n")
    | {0xFF01 + number: chr(0x21 + number) for number in range(94)}
    | {ord("ð"): "đ", ord("Ð"): "Đ"}
)
"""character that nobody types → what was meant by it: full-width forms, the Icelandic eth, marks that are not seen"""
_EMOJI = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
_STRAY_JOINER = re.compile(f"(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})")
"""one that joins no two emoji to one"""


def cleaned(text: str) -> str:
    """What a person said, without what no person types; every letter, space and emoji that he did type stays."""
    meant = text.replace("\r\n", "\n").replace("\r", "\n").translate(_MEANT)
    return _STRAY_JOINER.sub("", whole(meant))


def whole(text: str) -> str:
    """Text that any database can keep: for half a character or a zero byte, which JSON may hold, there stands «\ufffd».

    As long as before in UTF-16 units.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def fold(text: str) -> str:
    """Lower case, no accents, đ→d, single spaces: only to find and compare, never to show."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ð", "d"))
    return " ".join(re.sub(r"[^\w\s/]|_", " ", "".join(c for c in bare if not unicodedata.combining(c))).split())


_NUMBER_WORDS = ("khong", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi")


def pick(choices: Sequence[Choice], said: str) -> Choice | None:
    """The choice somebody means by «2», «2.», «số 2», «hai» or its own words; None when it is something else."""
    words = fold(said).removeprefix("so ").removeprefix("chon ").strip()
    numbered = [choice for choice in choices if not choice.aside and not choice.url]
    named = next((c for c in choices if not c.url and words in (fold(c.label), fold(c.value))), None)
    if named or not words:
        return named
    number = _NUMBER_WORDS.index(words) if words in _NUMBER_WORDS else int(words) if words.isdecimal() else 0
    return numbered[number - 1] if 0 < number <= len(numbered) else None


PRESSED_QUIZ = "q:"
"""begins the values of a quiz's choices: «q:», the id of the broadcast that asks it, «:», the option"""


def asked_by(message: Outgoing, broadcast_id: int) -> Outgoing:
    """A quiz whose choices come back with the broadcast that asks it; any other message as it is."""
    if message.quiz is None:
        return message
    values = (f"{PRESSED_QUIZ}{broadcast_id}:{number}" for number in range(len(message.choices)))
    choices = (replace(choice, value=value) for choice, value in zip(message.choices, values, strict=True))
    return replace(message, choices=tuple(choices))


def as_menu(message: Outgoing, hint: str) -> Outgoing:
    """The same message for a channel without buttons: numbered lines, then «`hint` bỏ qua · nhắc lại», then links."""
    numbered = [c.label for c in message.choices if not c.aside and not c.url]
    lines = [f"{number}. {label}" for number, label in enumerate(numbered, 1)]
    asides = [f"«{c.label}»" for c in message.choices if c.aside]
    links = [f"{c.label}: {c.url}" for c in message.choices if c.url]
    blocks = [message.text, "\n".join(lines), f"{hint} {' · '.join(asides)}" if asides else "", "\n".join(links)]
    return replace(message, text="\n\n".join(block for block in blocks if block), choices=(), quiz=None)


def to_json(message: Outgoing) -> dict[str, Any]:
    """`message` as it is kept in the outbox."""
    return asdict(message)


def from_json(kept: dict[str, Any]) -> Outgoing:
    picture = Picture(**kept["picture"]) if kept.get("picture") else None
    choices = tuple(Choice(**choice) for choice in kept.get("choices", ()))
    quiz = Quiz(**kept["quiz"]) if kept.get("quiz") else None
    return Outgoing(**{**kept, "picture": picture, "choices": choices, "quiz": quiz})
