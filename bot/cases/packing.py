"""Files -> one zip with SHA256SUMS and a manifest, with a password if wanted; any size, originals are streamed.

What is checked of it: verifying.py. Which files a case has: packages.py.
"""

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyzipper

SUMS = "SHA256SUMS"
MANIFEST = "ke-khai.json"
FORMAT = "trian-package/1"
_AT_A_TIME = 1 << 20
_SQUEEZED = (".txt", ".json", ".csv", ".xlsx", ".docx", ".pdf")
"""the rest is photos, sound and film, which are squeezed already"""
_LONGEST = 80
"""characters of a name: Windows stops at 260 for the whole path"""
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the package: its bytes, or where they lie with the hash they must have."""

    name: str
    data: bytes = b""
    source: Path | None = None
    sha256: str = ""


class Changed(Exception):
    """An original on disk is not what was kept: {name}."""


def safe(name: str) -> str:
    """A file's name without folders and without what Windows refuses; Vietnamese letters stay. «» stays empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join("_" if c in '<>:"|?*' or unicodedata.category(c)[0] == "C" else c for c in name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 8:
        name = f"{stem[: _LONGEST - len(ending) - 1].rstrip(' .')}.{ending}"
    name = name[:_LONGEST]
    return f"_{name}" if _RESERVED.match(name) else name


def pack(
    path: Path, parts: Iterable[Part], manifest: Mapping[str, Any], *, at: datetime, password: str = ""
) -> dict[str, str]:
    """Write the zip; returns name -> SHA-256 of what is in it. The same parts, moment and no password: the same bytes.

    `manifest` gets the list of files. Raises Changed, OSError. Blocks as long as the disk needs.
    """
    sums: dict[str, str] = {}
    sizes: dict[str, int] = {}
    secret = {"encryption": pyzipper.WZ_AES} if password else {}
    with pyzipper.AESZipFile(path, "w", allowZip64=True, **secret) as book:
        if password:
            book.setpassword(password.encode())
        for part in sorted(parts, key=lambda one: one.name):
            sums[part.name], sizes[part.name] = _written(book, part, at)
        files = [{"path": name, "size": sizes[name], "sha256": sums[name]} for name in sums]
        stated = {"format": FORMAT, **manifest, "files": files}
        whole = json.dumps(stated, ensure_ascii=False, indent=1).encode()
        sums[MANIFEST], _ = _written(book, Part(MANIFEST, whole), at)
        lines = "".join(f"{sum}  {name}\n" for name, sum in sorted(sums.items()))
        _written(book, Part(SUMS, lines.encode()), at)
    return sums


def _written(book: Any, part: Part, at: datetime) -> tuple[str, int]:
    """(SHA-256, size)"""
    entry = book.zipinfo_cls(part.name, date_time=at.timetuple()[:6])
    squeezed = PurePosixPath(part.name).suffix in _SQUEEZED or not PurePosixPath(part.name).suffix
    entry.compress_type = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
    entry.external_attr = 0o600 << 16
    found, size = hashlib.sha256(), 0
    with book.open(entry, "w", force_zip64=True) as into:
        for chunk in _chunks(part):
            found.update(chunk)
            size += len(chunk)
            into.write(chunk)
    if part.sha256 and found.hexdigest() != part.sha256:
        raise Changed(part.name)
    return found.hexdigest(), size


def _chunks(part: Part) -> Iterable[bytes]:
    if part.source is None:
        yield part.data
        return
    with part.source.open("rb") as file:
        while chunk := file.read(_AT_A_TIME):
            yield chunk
