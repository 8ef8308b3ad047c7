"""A case's contents -> its hand-over package: forms, data, originals by tip code, chain of custody, manifest, hashes.

Blocks: call it in a thread. The contents come from gathering.py; whether a package is whole says verifying.py.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from bot import HOME
from bot.cases.contents import Contents, Gap, Original, document
from bot.cases.packing import Part, pack, safe
from bot.cases.papers import Papers
from bot.cases.verifying import DATA, ORIGINALS
from bot.press.letters import letter
from bot.press.tables import Column, Excel, written

SCHEMA = HOME / "content" / "press" / "schema" / "case.schema.json"
FORM, CASE = "phieu-cung-cap-thong-tin", "ho-so"
WIDTHS = (22, 28, 50, 26, 20, 14, 14, 18, 40, 30)


@dataclass(frozen=True, slots=True)
class Press:
    """Where the forms and the originals lie, and the words for it all."""

    papers: Papers
    content: Path
    """the library's folder; forms are in press/forms"""
    media: Path
    groups: Mapping[str, str]
    """question of the tip's form -> the group it stands under"""

    @property
    def templates(self) -> dict[str, Path]:
        """Forms by their name: those that came along, and in their place or beside them what the ward put there."""
        rooms = [folder / "press" / "forms" for folder in (HOME / "content", self.content)]
        return {one.stem: one for room in rooms for one in sorted(room.glob("*.docx"))}


def make(path: Path, contents: Contents, press: Press, *, to: str = "with_military", password: str = "") -> Contents:
    """Writes the package to `path`; returns the contents as packed. The same `path` half written is no harm.

    Raises PressError for a template that cannot be filled in, packing.Changed, OSError.
    """
    contents = _checked(contents, press.media, hidden=bool(password))
    half = path.with_suffix(".half")
    with TemporaryDirectory(dir=path.parent, prefix="goi-") as room:
        parts = [*_papers(contents, press, to), *_data(contents, press, Path(room)), *_originals(contents, press.media)]
        manifest = {
            "case": contents.code,
            "made_at": contents.made_at.isoformat(timespec="seconds"),
            "made_by": contents.made_by,
            "counts": contents.counts,
            "gaps": [{"what": gap.what, "about": gap.about, "detail": gap.detail} for gap in contents.gaps],
        }
        at = contents.made_at.astimezone(press.papers.zone)
        try:
            pack(half, parts, manifest, at=at, password=password)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    return contents


def _checked(contents: Contents, media: Path, *, hidden: bool) -> Contents:
    """With each original's place in the package, or why it has none: what is in our keeping is looked at now.

    `hidden`: encryption does not cover the names in a zip, so those that people gave their files stay out of them.
    """
    originals = [replace(one, gap=one.gap or _fault(one, media)) for one in contents.originals]
    placed = tuple(one if one.gap else replace(one, path=_place(one, hidden=hidden)) for one in originals)
    known = {(gap.what, gap.about) for gap in contents.gaps}
    found = [Gap(one.gap, _about(one)) for one in placed if one.gap]
    return replace(
        contents, originals=placed, gaps=(*contents.gaps, *(gap for gap in found if (gap.what, gap.about) not in known))
    )


def _about(one: Original) -> str:
    return " ".join(filter(None, [one.tip, f"#{one.id}", one.name]))


def _place(one: Original, *, hidden: bool) -> str:
    name = "" if hidden else safe(one.name)
    ending = PurePosixPath(safe(one.name)).suffix.lower() if one.name else ""
    return f"{ORIGINALS}{safe(one.tip) or '_'}/" + (f"{one.id}-{name}" if name else f"{one.id}{ending or '.bin'}")


def _path(one: Original, media: Path) -> Path:
    return media / one.sha256[:2] / one.sha256


def _fault(one: Original, media: Path) -> str:
    path = _path(one, media)
    if len(one.sha256) != 64 or not one.sha256.isalnum() or not path.is_file():
        return "lost"
    with path.open("rb") as file:
        return "" if hashlib.file_digest(file, "sha256").hexdigest() == one.sha256 else "changed"


def _originals(contents: Contents, media: Path) -> Iterator[Part]:
    for one in contents.originals:
        if not one.gap:
            yield Part(one.path, source=_path(one, media), sha256=one.sha256)


def _papers(contents: Contents, press: Press, to: str) -> Iterator[Part]:
    papers, code = press.papers, contents.code
    fields, templates = papers.case(contents, to), dict(press.templates)
    blank = templates.pop(FORM)
    for name, template in templates.items():
        key = "case" if name == CASE else "other"
        yield Part(papers.say(f"file.{key}", code=code, name=name), letter(template, fields))
    for tip in contents.tips:
        if tip.answers:
            told = papers.form(contents, tip, dict(press.groups))
            yield Part(papers.say("file.form", code=safe(tip.code)), letter(blank, told))
    yield Part(papers.say("file.read_me"), ("\ufeff" + papers.read_me(contents)).encode())


def _data(contents: Contents, press: Press, room: Path) -> Iterator[Part]:
    papers = press.papers
    whole = document(contents, papers.say("notice"))
    yield Part(DATA, json.dumps(whole, ensure_ascii=False, indent=1).encode())
    yield Part("du-lieu/case.schema.json", SCHEMA.read_bytes())
    yield Part("du-lieu/ho-so.xlsx", source=_sheet(contents, papers, room / "ho-so.xlsx"))
    yield Part("du-lieu/chuoi-luu-giu.csv", _custody(contents, papers))


def _sheet(contents: Contents, papers: Papers, path: Path) -> Path:
    columns = [Column(head, width) for head, width in zip(papers.heads(), WIDTHS, strict=True)]
    book, rows = Excel(path, papers.say("sheet.data"), columns, papers.say("sheet.about")), list(papers.rows(contents))
    book.add(rows)
    book.close(papers.note(contents, len(rows)))
    return path


def _custody(contents: Contents, papers: Papers) -> bytes:
    lines = io.StringIO(newline="")
    out = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    out.writerow([papers.say(f"custody_sheet.{head}") for head in ("at", "what", "about", "who")])
    out.writerows([written(cell) for cell in row] for row in papers.custody(contents))
    return lines.getvalue().encode("utf-8-sig")
