"""Whole conversations as they are read on each channel: tests/conversations/*.txt. What is said is in the file too.

To write them anew after a change of the texts: TRIAN_WRITE=1 pytest tests/test_conversations.py; then read them aloud.
"""

import os
import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config
from bot.messages import AttachmentKind, Choice, Outgoing, as_menu
from scheduler.reminders import remind_tellers
from tests.talk import Talk

FOLDER = Path(__file__).parent / "conversations"
PERSON = "Người: "
NEXT_MORNING = "(sáng hôm sau)"
SENT: dict[str, dict[str, Any]] = {
    "(ảnh)": {"kind": AttachmentKind.PHOTO},
    "(ghi âm)": {"kind": AttachmentKind.VOICE},
    "(vị trí)": {"kind": AttachmentKind.LOCATION, "latitude": 16.7, "longitude": 107.1, "accuracy": 30.0},
}


STORIES = sorted((FOLDER / "stories").glob("*.txt"))


@pytest.mark.parametrize("channel", ["telegram", "zalo", "web"])
async def test_the_conversation_is_as_it_was_read_aloud(talk: Talk, channel: str) -> None:
    await as_written(talk, channel, FOLDER / f"{channel}.txt")


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
async def test_the_story_is_told_as_it_was_read_aloud(talk: Talk, file: Path) -> None:
    """What people say is written by somebody who had not seen the answers."""
    written = await as_written(talk, "web", file)
    asked = re.findall(r"\*\*(.+?\?)\*\*", written)
    assert all(asked.count(one) < 3 or one in REPEATED for one in asked)


REPEATED = ("Bác xem lại giúp, ghi thế này đã đúng chưa ạ?",)
"""stands above the whole tip each time it is read back"""


async def as_written(talk: Talk, channel: str, file: Path) -> str:
    """Says what the file's person says; the answers are those in the file. Returns the whole of it."""
    kept = file.read_text("utf-8")
    lines, offered = [kept.splitlines()[0], ""], tuple[Choice, ...]()
    for said in (line.removeprefix(PERSON) for line in kept.splitlines() if line.startswith(PERSON)):
        answers = await heard(talk, said, offered)
        offered = next((one.choices for one in reversed(answers) if one.choices), ())
        lines += [PERSON + said, *(shown(talk, channel, one) for one in answers), ""]
    written = "\n".join(lines)
    if os.environ.get("TRIAN_WRITE"):
        file.write_text(written, "utf-8")
    assert written == file.read_text("utf-8")
    assert talk.shelf.library.texts("welcome.sorry") not in written
    return written


async def heard(talk: Talk, said: str, offered: tuple[Choice, ...]) -> list[Outgoing]:
    """The answers to words, to a «[button]» or to something sent."""
    if said == NEXT_MORNING:
        talk.now = datetime.combine(talk.now.date() + timedelta(days=1), time(1, 31), talk.now.tzinfo)
        await remind_tellers(talk.database, talk.shelf.library, Config(folder=Path()), talk.now)
        return await talk.answers()
    if said in SENT:
        update: dict[str, Any] = {"attachments": [{"ref": f"f{talk.now:%H%M%S}", **SENT[said]}]}
    elif said.startswith("["):
        update = {"choice": next(one.value for one in offered if one.label == said[1:-1])}
    else:
        update = {"text": said}
    await talk.tell({"chat": "77", "in_group": False, **update})
    return talk.heard


def shown(talk: Talk, channel: str, message: Outgoing) -> str:
    """As the channel shows it: with buttons, or as a numbered menu; the receipt's code is another each time."""
    hint = talk.shelf.library.texts("tips.hint")
    text = as_menu(message, hint).text if channel == "zalo" else message.text
    text = re.sub(r"\b\d{4} \d{4}\b", "4829 1576", text)
    labels = (re.sub(r"\b\d{4} \d{4}\b", "4829 1576", one.label) for one in message.choices)
    buttons = [] if channel == "zalo" else [f"[{label}]" for label in labels]
    first, *rest = text.splitlines()
    block = [f"Máy: {first}", *(f"     {line}".rstrip() for line in rest)]
    return "\n".join(block + ([f"     {' '.join(buttons)}"] if buttons else []))
