"""One post in all its forms: message, pictures, papers, scripts, sound, film. Data of the post -> bytes, when asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.library import Library, Post
from bot.messages import emphasis, fold
from bot.posts.drawing import charted, drawing, tip_off_page, values_of
from bot.posts.figures import course, newest, register
from bot.posts.rendering import Rendered, render
from bot.press import PORTRAIT, STORY, Infographic, Slogan, Values, infographic
from bot.press.papers import Paper, banner, folded, leaflet, poster
from bot.press.recording import film, rehearsal, slides
from bot.press.scripts import Kind, Script, heard, paper, plain, script
from bot.press.values import Part, Sheet

HEADING = "## "
"""begins a part of a body"""
SMALL = 0.4
"""of the size of a picture, to look at on a page"""


@dataclass(frozen=True, slots=True)
class Copy:
    """All that the forms are made of, read once: nothing here asks the database."""

    values: Values
    sheet: Sheet
    message: str
    folder: Path

    @property
    def slogan(self) -> Slogan:
        """The words for a banner: those of a slogan, else the title."""
        return self.values if isinstance(self.values, Slogan) else self._titled()

    def _titled(self) -> Slogan:
        return Slogan(ward=self.sheet.ward, qr=self.sheet.qr, words=self.sheet.title)


@dataclass(frozen=True, slots=True)
class Form:
    """`make` and `look` block, raise PressError, and belong in a thread. Name and use are texts `forms.<id>.…`."""

    id: str
    ending: Literal["png", "pdf", "txt", "wav", "mp4"]
    make: Callable[[Copy], bytes]
    look: Callable[[Copy], bytes] | None = None
    """a small PNG of its first page"""
    program: str = ""
    """the program of the machine that it needs"""


TYPES: Mapping[str, str] = {
    "png": "image/png",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


async def copy_of(db: AsyncSession, library: Library, post: Post, day: date, config: Config) -> Copy:
    """The post as it reads on `day`, with the newest figures. Raises BadPost."""
    facts = register(library, await newest(db))
    past = await course(db, charted(post, facts))
    shown = render(library, facts, post, day, config)
    kept = drawing(library, facts, shown, day, config, past, always=True)
    return Copy(values_of(kept or {}), sheet_of(shown, config), emphasis(shown.text)[0], library.folder)


def sheet_of(shown: Rendered, config: Config) -> Sheet:
    """The whole post in parts, with its sources."""
    post = shown.post
    sources = dict.fromkeys([post.source, *(fact.source for fact in shown.facts)])
    slogan = post.kind == "slogan"
    return Sheet(
        ward=config.service.unit,
        qr=tip_off_page(config),
        title=emphasis(shown.body if slogan else shown.title)[0],
        lead=post.line,
        parts=() if slogan else _options(post) or parts_of(shown.body),
        source="; ".join(source.rstrip(".") for source in sources if source),
    )


def parts_of(body: str) -> tuple[Part, ...]:
    """A body parted at its headings «## …»; what stands before the first has none."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in filter(None, (line.strip() for line in emphasis(body)[0].split("\n"))):
        if line.startswith(HEADING):
            parts.append((line.removeprefix(HEADING), []))
        else:
            parts[-1][1].append(line)
    return tuple((heading, tuple(lines)) for heading, lines in parts if heading or lines)


def _options(post: Post) -> tuple[Part, ...]:
    """Of a quiz what one may answer, and not which answer is right."""
    lines = tuple(f"{letter}. {option}" for letter, option in zip("ABCDEFGHIJ", post.options, strict=False))
    return (("", lines),) if lines else ()


def alt_of(copy: Copy) -> str:
    """The picture told in words. Raises PressError."""
    return _picture(copy, PORTRAIT).alt


def file_name(post: Post, form: Form) -> str:
    """Without accents: «tri-an-moi-cung-cap-thong-tin-to-roi.pdf»."""
    return f"tri-an-{'-'.join(fold(post.id.replace('-', ' ')).replace('/', ' ').split())}-{form.id}.{form.ending}"


def _picture(copy: Copy, size: tuple[int, int], dark: bool = False) -> Infographic:
    return infographic(copy.values, folder=copy.folder, size=size, dark=dark)


def _pictured(id: str, size: tuple[int, int], dark: bool) -> Form:
    small = _small(size)
    return Form(id, "png", lambda copy: _picture(copy, size, dark).png, lambda copy: _picture(copy, small, dark).png)


def _small(size: tuple[int, int]) -> tuple[int, int]:
    return round(size[0] * SMALL), round(size[1] * SMALL)


def _printed(id: str, page: Callable[[Copy], Paper], ppi: float) -> Form:
    return Form(id, "pdf", lambda copy: page(copy).pdf(), lambda copy: page(copy).pictures(ppi)[0])


def _script(copy: Copy, kind: Kind, voices: int) -> Script:
    return script(copy.sheet, copy.folder, kind, voices)


def _read_out(id: str, kind: Kind, voices: int) -> Sequence[Form]:
    return (
        _printed(id, lambda copy: paper(_script(copy, kind, voices), copy.sheet, copy.folder), 44),
        Form(f"{id}-chu", "txt", lambda copy: plain(_script(copy, kind, voices), copy.sheet, copy.folder).encode()),
    )


def _rehearsed(copy: Copy) -> bytes:
    made = _script(copy, "loudspeaker", 1)
    return rehearsal(heard(made), made.rate)


FORMS: Mapping[str, Form] = {
    form.id: form
    for form in (
        Form("tin-nhan", "txt", lambda copy: copy.message.encode()),
        _pictured("hinh", PORTRAIT, dark=False),
        _pictured("hinh-toi", PORTRAIT, dark=True),
        _pictured("hinh-cao", STORY, dark=False),
        _pictured("hinh-cao-toi", STORY, dark=True),
        _printed("to-roi", lambda copy: leaflet(copy.sheet, copy.folder), 44),
        _printed("to-gap", lambda copy: folded(copy.sheet, copy.folder), 44),
        _printed("bang-tin", lambda copy: poster(copy.values, copy.folder), 32),
        _printed("bang-ron", lambda copy: banner(copy.slogan, copy.folder), 24),
        *_read_out("phat-thanh", "loudspeaker", 1),
        *_read_out("hai-giong", "loudspeaker", 2),
        *_read_out("podcast", "podcast", 2),
        Form("doc-thu", "wav", _rehearsed, program="espeak-ng"),
        Form(
            "video",
            "mp4",
            lambda copy: film(copy.sheet, copy.folder),
            lambda copy: slides(copy.sheet, copy.folder, 1, _small(STORY))[0],
            program="ffmpeg",
        ),
    )
}
