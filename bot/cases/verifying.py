"""Whether a hand-over package is whole: every file it lists with its hash, nothing beside, counts as it states.

Needs nothing but the file: the Military Command may check on a machine without our database.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyzipper

from bot.cases.contents import FORMAT as CASE_FORMAT
from bot.cases.packing import FORMAT, MANIFEST, SUMS

DATA = "du-lieu/ho-so.json"
ORIGINALS = "ban-goc/"
_AT_A_TIME = 1 << 20
_LISTS = 64 << 20
"""bytes; a list longer than this is not one of ours"""


@dataclass(frozen=True, slots=True)
class Flaw:
    """`what`: a key of texts/packages.toml [flaw]."""

    what: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    flaws: tuple[Flaw, ...]
    sha256: str = ""
    """of the whole file: what the receipt of a hand-over names"""
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.flaws


class _NotOursError(Exception):
    """The flaw that leaves nothing further to check."""

    def __init__(self, what: str, about: str = "") -> None:
        super().__init__(what)
        self.flaw = Flaw(what, about)


def verify(path: Path, password: str = "") -> Verdict:
    """Reads the whole package, a piece at a time. Raises OSError when the file cannot be read."""
    sha256 = _sum_of(path)
    try:
        with pyzipper.AESZipFile(path) as book:
            if password:
                book.setpassword(password.encode())
            manifest, flaws = _looked_through(book)
    except _NotOursError as error:
        return Verdict((error.flaw,), sha256)
    except (pyzipper.BadZipFile, NotImplementedError, UnicodeError, ValueError, EOFError, zlib.error):
        return Verdict((Flaw("not_a_zip"),), sha256)
    return Verdict(tuple(flaws), sha256, manifest)


def _looked_through(book: Any) -> tuple[dict[str, Any], list[Flaw]]:
    names = [entry.filename for entry in book.infolist()]
    sums = _sums(_list(book, SUMS, names))
    manifest = _json(book, MANIFEST, names)
    if manifest.get("format") != FORMAT:
        raise _NotOursError("format")
    flaws = [Flaw("twice", name) for name in sorted({name for name in names if names.count(name) > 1})]
    flaws += [Flaw("unsafe", name) for name in names if _unsafe(name)]
    flaws += [Flaw("beside", name) for name in sorted(set(names) - set(sums) - {SUMS})]
    flaws += [Flaw("missing", name) for name in sorted(set(sums) - set(names))]
    flaws += _hashes(book, {name: sum for name, sum in sums.items() if name in names}, manifest)
    flaws += _counts(book, manifest, names)
    return manifest, flaws


def _hashes(book: Any, sums: dict[str, str], manifest: dict[str, Any]) -> Iterator[Flaw]:
    """Each file against SHA256SUMS and against the manifest."""
    stated = {one.get("path"): one for one in manifest.get("files", []) if isinstance(one, dict)}
    for name, sum in sorted(sums.items()):
        found, size = _read(book, name)
        if found != sum:
            yield Flaw("changed", name)
        if name == MANIFEST:
            continue
        if name not in stated:
            yield Flaw("unlisted", name)
        elif (stated[name].get("sha256"), stated[name].get("size")) != (sum, size):
            yield Flaw("differs", name)
    yield from (Flaw("missing", str(name)) for name in stated if name not in sums)


def _counts(book: Any, manifest: dict[str, Any], names: list[str]) -> Iterator[Flaw]:
    """The numbers of the manifest against what is there, and against the data."""
    data = _json(book, DATA, names)
    if data.get("format") != CASE_FORMAT:
        yield Flaw("format")
        return
    try:
        fields, tips, originals = data["fields"], data["tips"], data["originals"]
        found = {
            "tips": len(tips),
            "fields": len(fields),
            "claims": sum(len(one["stated"]) for one in fields),
            "answers": sum(len(one["answers"]) for one in tips),
            "originals": sum(name.startswith(ORIGINALS) for name in names),
            "originals_missing": sum(bool(one["gap"]) for one in originals),
            "custody": len(data["custody"]),
            "gaps": len(data["gaps"]),
        }
    except (KeyError, TypeError):
        yield Flaw("format")
        return
    stated = manifest.get("counts", {})
    yield from (Flaw("count", f"{what}: {stated.get(what)} ≠ {number}") for what, number in found.items()
                if stated.get(what) != number)  # fmt: skip
    paths = {one.get("path") for one in originals if not one["gap"]}
    yield from (Flaw("missing", str(path)) for path in sorted(paths - set(names), key=str))


def _sums(lines: bytes) -> dict[str, str]:
    """name -> SHA-256, as `sha256sum` writes it."""
    found: dict[str, str] = {}
    for line in lines.decode().splitlines():
        written = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
        if written is None or written[2] in found:
            raise _NotOursError("sums")
        found[written[2]] = written[1]
    return found


def _json(book: Any, name: str, names: list[str]) -> dict[str, Any]:
    try:
        read = json.loads(_list(book, name, names))
    except (ValueError, RecursionError):
        raise _NotOursError("unreadable", name) from None
    if not isinstance(read, dict):
        raise _NotOursError("unreadable", name)
    return read


def _list(book: Any, name: str, names: list[str]) -> bytes:
    if name not in names:
        raise _NotOursError("missing", name)
    with _opened(book, name) as file:
        read: bytes = file.read(_LISTS + 1)
    if len(read) > _LISTS:
        raise _NotOursError("unreadable", name)
    return read


def _read(book: Any, name: str) -> tuple[str, int]:
    """(SHA-256, size); of what cannot be unpacked «»: it was changed or broken on the way."""
    found, size = hashlib.sha256(), 0
    try:
        with _opened(book, name) as file:
            while chunk := file.read(_AT_A_TIME):
                found.update(chunk)
                size += len(chunk)
    except (pyzipper.BadZipFile, zlib.error, EOFError, ValueError):
        return "", size
    return found.hexdigest(), size


def _opened(book: Any, name: str) -> Any:
    try:
        return book.open(name)
    except RuntimeError:  # all that zipfile says of a password that is missing or wrong
        raise _NotOursError("wrong_password" if book.pwd else "password") from None


def _unsafe(name: str) -> bool:
    """A name that would be written outside of the folder it is unpacked into."""
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/")


def _sum_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_AT_A_TIME):
            found.update(chunk)
    return found.hexdigest()
