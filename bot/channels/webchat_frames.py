"""What a browser may say to the web channel, read strictly: pure functions on text and bytes."""

import json
import math
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

import filetype

from bot.messages import Attachment, AttachmentKind

LONGEST_TEXT: Final = 4000
MOST_FILES: Final = 10
_KEY = re.compile(r"[A-Za-z0-9_-]{40,64}")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_ROOM = re.compile(r"web:r-[^\s:]{1,60}")
_REF = re.compile(r"[A-Za-z0-9_-]{16,80}\.[0-9a-f]{32}")
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,40}/[a-z0-9][a-z0-9.+-]{0,60}")
_STARTS = frozenset({"tip"})
_SPOTS = frozenset({"here", "pin"})
"""where the visitor stands, as his browser measured it; a place he chose by its name or on the map"""


class Bad(Exception):
    """A frame we do not take. `why` is a key of content/texts/web.toml [no], `id` the browser's own id of it."""

    def __init__(self, why: str, id: str = "") -> None:
        super().__init__(why)
        self.why, self.id = why, id


@dataclass(frozen=True, slots=True)
class Hello:
    """Who opens the page (`key` empty: only a reader of the room), and the last lines he has."""

    key: str
    after: int
    room: str
    room_after: int


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a visitor."""

    id: str
    text: str
    label: str
    """of the button that was pressed"""
    choice: str | None
    start: str
    files: tuple[Attachment, ...]
    album: str = ""
    """what was chosen together and came in several messages shares it"""

    def update(self) -> dict[str, Any]:
        """What the inbox keeps, and WebChat.read reads."""
        files = [asdict(file) for file in self.files]
        update = {"id": self.id, "text": self.text, "choice": self.choice, "start": self.start, "attachments": files}
        return {**update, "album": self.album} if self.album else update

    def line(self) -> dict[str, Any]:
        """What the transcript keeps; `said` lets the browser know its own."""
        files = [{"kind": file.kind, "name": file.name, "accuracy": file.accuracy} for file in self.files]
        return {"said": self.id, "text": self.text or self.label, "attachments": files}


def hello_of(frame: str) -> Hello:
    """Raises Bad."""
    hello = _table(_parsed(frame).get("hello"))
    key, room = hello.get("key") or "", hello.get("room") or ""
    if not isinstance(key, str) or not isinstance(room, str) or not (key or room):
        raise Bad("bad")
    if (key and not _KEY.fullmatch(key)) or (room and not _ROOM.fullmatch(room)):
        raise Bad("bad")
    return Hello(key, _count(hello.get("after")), room, _count(hello.get("room_after")))


def said_of(frame: str) -> Said:
    """Raises Bad."""
    said = _table(_parsed(frame).get("say"))
    id = said.get("id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise Bad("bad")
    text, label, choice = (_words(said.get(name), id) for name in ("text", "label", "choice"))
    if len(text) > LONGEST_TEXT:
        raise Bad("too_long", id)
    if len(label) > 300 or len(choice.encode()) > 64:
        raise Bad("bad", id)
    result = Said(id, text, label, choice or None, _start(said, id), _files(said, id), _album(said, id))
    if not (result.text or result.choice or result.start or result.files):
        raise Bad("empty", id)
    return result


def sniffed(data: bytes, declared: str) -> str:
    """The MIME type the bytes show; what was declared only where bytes do not tell (a recording, a text)."""
    declared = declared.split(";")[0].strip().lower()
    found = filetype.guess_mime(data)
    if declared.startswith("audio/") and (found is None or found.startswith(("video/", "audio/"))):
        return declared if _MIME.fullmatch(declared) else found or "application/octet-stream"
    return found or ("text/plain" if declared == "text/plain" else "application/octet-stream")


def _parsed(frame: str) -> dict[str, Any]:
    try:
        return _table(json.loads(frame))
    except (ValueError, RecursionError):
        raise Bad("bad") from None


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Bad("bad")
    return value


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 2**62 else 0


def _words(value: object, id: str) -> str:
    """Trimmed, without control characters and lone surrogates."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Bad("bad", id)
    kept = "".join(c for c in value.replace("\r\n", "\n") if c in "\n\t" or c >= " ")
    return kept.encode("utf-8", "ignore").decode().strip()


def _start(said: dict[str, Any], id: str) -> str:
    """«tip» from a link to the form, or «room:CODE» for what was asked under a room."""
    start, room = _words(said.get("start"), id), _words(said.get("room"), id)
    if (start and start not in _STARTS) or (room and not _ROOM.fullmatch(room)):
        raise Bad("bad", id)
    return start or (f"room:{room.removeprefix('web:r-')}" if room else "")


def _album(said: dict[str, Any], id: str) -> str:
    album = said.get("album") or ""
    if album and not (isinstance(album, str) and _ID.fullmatch(album)):
        raise Bad("bad", id)
    return str(album)


def _files(said: dict[str, Any], id: str) -> tuple[Attachment, ...]:
    written, spot = said.get("attachments") or [], said.get("location")
    if not isinstance(written, list) or len(written) > MOST_FILES:
        raise Bad("bad", id)
    files = [_file(_table(one), id) for one in written]
    return (*files, _location(_table(spot), id)) if spot is not None else tuple(files)


def _file(file: dict[str, Any], id: str) -> Attachment:
    ref, mime = file.get("key"), _words(file.get("mime"), id).lower()
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        raise Bad("bad", id)
    mime = mime if _MIME.fullmatch(mime) else "application/octet-stream"
    name = _words(file.get("name"), id).replace("\\", "/").rpartition("/")[2].replace("\n", " ")[-120:]
    return Attachment(_kind(mime, file.get("kind") == "voice"), ref=ref, name=name, mime=mime)


def _kind(mime: str, recorded: bool) -> AttachmentKind:
    match mime.partition("/")[0]:
        case "image":
            return AttachmentKind.PHOTO
        case "audio":
            return AttachmentKind.VOICE if recorded else AttachmentKind.AUDIO
        case "video":
            return AttachmentKind.VIDEO
    return AttachmentKind.FILE


def _location(spot: dict[str, Any], id: str) -> Attachment:
    values = [spot.get(name) for name in ("lat", "lon", "accuracy")]
    lat, lon, accuracy = (float(v) if isinstance(v, int | float) and math.isfinite(v) else math.nan for v in values)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Bad("bad", id)
    known = None if math.isnan(accuracy) or accuracy < 0 else accuracy
    name = spot.get("name")
    which = name if isinstance(name, str) and name in _SPOTS else ""
    return Attachment(AttachmentKind.LOCATION, name=which, latitude=lat, longitude=lon, accuracy=known)
