"""A post as it is heard: the announcer's script for the loudspeaker, and that of a podcast or news bulletin. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Literal

from bot.press.papers import Paper, framed
from bot.press.spoken import Spoken, syllables
from bot.press.typesetting import qr
from bot.press.values import Sheet
from bot.press.words import Words, number, sentence

Kind = Literal["loudspeaker", "podcast"]


@dataclass(frozen=True, slots=True)
class Script:
    """`lines` are (voice, words), written out as they are spoken; without a voice they are for the technician."""

    kind: Kind
    title: str
    lines: tuple[tuple[str, str], ...]
    voices: int
    rate: int
    """syllables a minute"""

    @property
    def syllables(self) -> int:
        return sum(syllables(words) for voice, words in self.lines if voice)

    @property
    def minutes(self) -> float:
        """Without music and rests."""
        return self.syllables / self.rate


def script(sheet: Sheet, folder: Path, kind: Kind = "loudspeaker", voices: int = 1) -> Script:
    """What is read out, by one voice or by two in turn. Raises PressError."""
    spoken, words = Spoken(folder), Words(folder / "texts" / "press.toml")
    names = cycle([words("script.voice", number=str(at)) for at in range(1, voices + 1)])
    said = filter(None, map(spoken, _paragraphs(sheet, kind, words)))
    lines = tuple(zip(names, said, strict=False))
    return Script(kind, sheet.title, _with_cues(lines, words) if kind == "podcast" else lines, voices, spoken.rate)


def paper(script: Script, sheet: Sheet, folder: Path) -> Paper:
    """The script in large letters, A4."""
    words = Words(folder / "texts" / "press.toml")
    fields = {
        **framed(sheet, words),
        "kind_line": words(f"script.{script.kind}"),
        "length_line": length(script, words),
        "page_words": words("script.pages"),
        "lines": script.lines,
        "voices": script.voices,
    }
    return Paper(folder, "script", fields, qr(sheet.qr))


def plain(script: Script, sheet: Sheet, folder: Path) -> str:
    """The script as a text file."""
    words = Words(folder / "texts" / "press.toml")
    head = f"{words(f'script.{script.kind}')}: {script.title}\n{sheet.ward}\n{length(script, words)}"
    named = (f"{voice}: {line}" if voice and script.voices > 1 else line for voice, line in script.lines)
    return "\n\n".join([head, *named]) + "\n"


def heard(script: Script) -> str:
    """Only what the voices say."""
    return "\n\n".join(words for voice, words in script.lines if voice)


def length(script: Script, words: Words) -> str:
    """«412 tiếng, đọc khoảng 2,5 phút»: minutes to the half, never a nought."""
    halves = round(script.minutes * 2) / 2
    key = "script.length" if halves >= 1 else "script.length_short"
    return words(key, syllables=number(script.syllables), minutes=number(halves), rate=str(script.rate))


def _paragraphs(sheet: Sheet, kind: Kind, words: Words) -> Iterator[str]:
    yield words(f"script.begin_{kind}", ward=sheet.ward, title=sentence(sheet.title))
    if kind == "loudspeaker":
        yield sentence(sheet.title)
    yield sheet.lead
    for heading, paragraphs in sheet.parts:
        first, *rest = breaths(paragraphs) or [""]
        yield f"{sentence(heading)} {first}"
        yield from rest
    if sheet.source:
        yield sentence(words("script.source", source=sheet.source))
    yield words(f"script.end_{kind}")


def breaths(paragraphs: Sequence[str]) -> list[str]:
    """A list is read in one go: what ends in a colon or a semicolon goes on. Dashes before lines are not read."""
    joined, held = list[str](), ""
    for paragraph in paragraphs:
        held = f"{held} {paragraph.removeprefix('– ').removeprefix('- ')}".strip()
        if not held.endswith((":", ";")):
            joined, held = [*joined, held], ""
    return [*joined, held] if held else joined


def _with_cues(lines: tuple[tuple[str, str], ...], words: Words) -> tuple[tuple[str, str], ...]:
    begin, between, end = (("", words(f"script.cue_{when}")) for when in ("begin", "between", "end"))
    return (begin, lines[0], between, *lines[1:-1], between, lines[-1], end)
