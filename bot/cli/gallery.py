"""trian gallery: every form of the press as a picture, made of the posts of content/press/examples.toml."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import typer

from bot.cli import Where, library_of, out, refuse, say
from bot.config import Config
from bot.library import Library
from bot.posts.digest import digest
from bot.posts.examples import Example, examples
from bot.posts.forms import Copy
from bot.posts.published import Published
from bot.press import LYING, PORTRAIT, STORY, Card, infographic
from bot.press.papers import banner, folded, leaflet, poster
from bot.press.recording import slides
from bot.press.scripts import paper, script
from bot.press.typesetting import pages

SHARE = 0.31
"""of the size of a picture: what is kept stays small"""
PAPER = 45.0
"""pixels an inch of paper"""
BANNER = 30.0
POSTS = {
    "papers": "to-roi-cung-cap-thong-tin",
    "banner": "uong-nuoc-nho-nguon",
    "film": "moi-cung-cap-thong-tin",
    "script": "bao-nhieu-liet-si-chua-biet-ten",
}
Drawn = tuple[str, str, bytes]
"""(file name, key of its heading under `cli.gallery`, PNG)"""


def gallery(
    into: str = typer.Argument("docs/gallery/cac-dang", help=say("cli.help.gallery_folder")),
    on: str = typer.Option("2026-11-23", "--on", help=say("cli.help.gallery_on")),
) -> None:
    """The same library and day give the same files."""
    config = Where.config()
    library = library_of(config)
    try:
        day = date.fromisoformat(on)
        shown = examples(library, config, day)
    except ValueError:
        raise refuse("bad_day", written=on) from None
    except KeyError as error:
        raise refuse("no_post", id=error.args[0]) from None
    folder = Path(into)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# {say('cli.gallery.title')}\n\n{say('cli.gallery.about')}\n"]
    heading = ""
    for name, under, picture in _all(library, config, shown, day):
        (folder / name).write_bytes(picture)
        if under != heading:
            heading = under
            lines.append(f"\n## {say(f'cli.gallery.{under}')}\n\n")
        lines.append(f"![{name.removesuffix('.png')}]({name}) ")
    (folder / "README.md").write_text("".join(lines).rstrip() + "\n", "utf-8")
    out.print(say("cli.gallery.done", folder=folder, number=sum(1 for _ in folder.glob("*.png"))))


def _all(library: Library, config: Config, shown: list[Example], day: date) -> Iterator[Drawn]:
    copies = {example.post.id: example.copy for example in shown}
    for example in shown:
        yield from _pictures(example)
    yield from _papers(copies[POSTS["papers"]])
    (cloth,) = banner(copies[POSTS["banner"]].slogan, library.folder).pictures(BANNER)
    yield "bang-ron.png", "papers", cloth
    yield from _word(library, config, shown, day)
    yield from _card(copies[POSTS["papers"]])
    yield from _read_out(copies[POSTS["script"]])
    yield from _film(copies[POSTS["film"]])


def _pictures(example: Example) -> Iterator[Drawn]:
    copy = example.copy
    for suffix, size, dark in (
        ("", PORTRAIT, False),
        ("-toi", PORTRAIT, True),
        ("-cao", STORY, False),
        ("-cao-toi", STORY, True),
    ):
        small = (round(size[0] * SHARE), round(size[1] * SHARE))
        drawn = infographic(copy.values, folder=copy.folder, size=small, dark=dark)
        yield f"hinh-{example.picture}{suffix}.png", "pictures", drawn.png


def _papers(copy: Copy) -> Iterator[Drawn]:
    for name, made in (
        ("to-roi", leaflet(copy.sheet, copy.folder)),
        ("to-gap", folded(copy.sheet, copy.folder)),
        ("bang-tin", poster(copy.values, copy.folder)),
    ):
        for at, page in enumerate(made.pictures(PAPER), 1):
            yield f"{name}-{at}.png", "papers", page


def _card(copy: Copy) -> Iterator[Drawn]:
    card = Card(ward=copy.sheet.ward, qr=copy.sheet.qr, title=copy.sheet.title, topic="")
    yield "dau-bai.png", "card", infographic(card, folder=copy.folder, size=(LYING[0] // 2, LYING[1] // 2)).png


def _read_out(copy: Copy) -> Iterator[Drawn]:
    for name, made in (
        ("phat-thanh", script(copy.sheet, copy.folder)),
        ("hai-giong", script(copy.sheet, copy.folder, voices=2)),
        ("podcast", script(copy.sheet, copy.folder, "podcast", 2)),
    ):
        for at, page in enumerate(paper(made, copy.sheet, copy.folder).pictures(PAPER), 1):
            yield f"{name}-{at}.png", "voice", page


def _film(copy: Copy) -> Iterator[Drawn]:
    small = (round(STORY[0] * SHARE / 2), round(STORY[1] * SHARE / 2))
    for at, picture in enumerate(slides(copy.sheet, copy.folder, size=small), 1):
        yield f"video-{at}.png", "film", picture


def _word(library: Library, config: Config, shown: list[Example], day: date) -> Iterator[Drawn]:
    """The digest of Word, where LibreOffice is there to draw it."""
    office = shutil.which("soffice")
    if office is None:
        out.print(say("cli.gallery.no_office"))
        return
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    posts = [
        Published(number, one.post.id, one.post.title, one.copy.message.removeprefix(one.post.title).strip(), at, at)
        for number, one in enumerate(shown[:4])
    ]
    with tempfile.TemporaryDirectory(prefix="trian-") as place:
        press = Path(place) / "press"
        press.mkdir()
        (press / "digest.docx").write_bytes(digest(library, config, day, posts))
        shutil.copy(library.folder / "press" / "word.typ", press)
        own = f"-env:UserInstallation=file://{place}/office"
        asked = [office, "--headless", own, "--convert-to", "pdf", "digest.docx"]
        subprocess.run(asked, cwd=press, check=True, capture_output=True, timeout=180)  # noqa: S603
        (page,) = pages(Path(place), "word", {}, "", "", "png", PAPER)
        yield "sinh-hoat-chi-bo.png", "papers", page
