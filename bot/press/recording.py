"""What other programs of the machine make, where they are there: a rehearsal read by espeak-ng, a film cut by ffmpeg.

They get files of a temporary folder and never words on their command line. They block: call them in a thread.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.press.scripts import breaths
from bot.press.spoken import syllables
from bot.press.told import FIXED
from bot.press.typesetting import png, qr
from bot.press.values import PressError, Sheet
from bot.press.words import Words, sentence

SIZE = (1080, 1920)
SHORTEST, LONGEST = 3.0, 9.0
"""seconds a slide stands"""
SLIDE = 170
"""characters of a caption; more could not be read in the time it stands"""
SLIDES = 24
_LIMIT = 120
"""seconds another program may take"""


class NotInstalled(PressError):
    """The program's name is the message."""


def installed(program: str) -> bool:
    return shutil.which(program) is not None


def rehearsal(words: str, rate: int) -> bytes:
    """The words read by espeak-ng's voice of the North, a WAV: to hear how long it takes, not to be broadcast."""
    with tempfile.TemporaryDirectory(prefix="trian-") as folder:
        said, heard = Path(folder) / "words.txt", Path(folder) / "heard.wav"
        said.write_text(words, "utf-8")
        _run("espeak-ng", "-v", "vi", "-s", str(rate), "-f", said.name, "-w", heard.name, folder=folder)
        return heard.read_bytes()


def film(sheet: Sheet, folder: Path) -> bytes:
    """Slides with their captions in them, an MP4 without sound. Raises NotInstalled, PressError."""
    if not installed("ffmpeg"):
        raise NotInstalled("ffmpeg")
    texts = _captions(sheet, folder)
    with tempfile.TemporaryDirectory(prefix="trian-") as place:
        listed = []
        for at, picture in enumerate(slides(sheet, folder)):
            (Path(place) / f"{at}.png").write_bytes(picture)
            listed.append(f"file '{at}.png'\nduration {_seconds(texts[at])}")
        # The list's last picture is named twice: ffmpeg forgets how long it stands otherwise.
        (Path(place) / "slides.txt").write_text("\n".join([*listed, f"file '{len(texts) - 1}.png'"]))
        made = ("-vf", "fps=6,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-threads", "1")
        asked = ("-nostdin", "-loglevel", "error", "-f", "concat", "-safe", "0", "-i", "slides.txt")
        _run("ffmpeg", *asked, *made, "-movflags", "+faststart", "film.mp4", folder=place)
        return (Path(place) / "film.mp4").read_bytes()


def slides(sheet: Sheet, folder: Path, most: int = SLIDES + 2, size: tuple[int, int] = SIZE) -> Sequence[bytes]:
    """The pictures of the film, the title first and the code last."""
    words, texts = Words(folder / "texts" / "press.toml"), _captions(sheet, folder)
    fixed = {"title": sheet.title, "ward": sheet.ward, "slides": len(texts), **{key: words(key) for key in FIXED}}
    code, ends = qr(sheet.qr), (0, len(texts) - 1)
    return [
        png(folder, "slide", {**fixed, "words": text, "at": at, "solemn": at in ends}, code, words("together"), size)
        for at, text in enumerate(texts[:most])
    ]


def _captions(sheet: Sheet, folder: Path) -> list[str]:
    words = Words(folder / "texts" / "press.toml")
    paragraphs = [sheet.lead, *(words for _, part in sheet.parts for words in breaths(part))]
    pieces = [piece for paragraph in paragraphs for piece in _pieces(paragraph)]
    if len(pieces) > SLIDES:
        raise PressError(words("film.too_long", most=str(SLIDES)))
    return [sheet.title, *pieces, sentence(words("film.end"))]


def _pieces(paragraph: str) -> list[str]:
    """Cut where a sentence ends, else at a space, so that each fits a slide."""
    pieces, rest = list[str](), paragraph.strip()
    while len(rest) > SLIDE:
        cut = max(rest.rfind(mark, 0, SLIDE) for mark in (". ", "; ", ": ", "? "))
        cut = cut + 1 if cut > SLIDE // 3 else rest.rfind(" ", 0, SLIDE)
        cut = cut if cut > 0 else SLIDE
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces


def _seconds(text: str) -> float:
    """As long as it takes to read: three syllables a second, for old eyes."""
    return round(min(max(syllables(text) / 3, SHORTEST), LONGEST), 1)


def _run(program: str, *arguments: str, folder: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise NotInstalled(program)
    try:
        subprocess.run([path, *arguments], cwd=folder, check=True, capture_output=True, timeout=_LIMIT)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise PressError(f"{program}: {type(error).__name__}") from error
