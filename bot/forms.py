"""A form filled in by talking: what to ask next and what an answer means. Pure functions over content/forms/*.toml.

Nothing here depends on a step number: a form that was edited meanwhile simply goes on with what is not yet answered.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.messages import AttachmentKind, Choice, Incoming, fold, pick
from bot.when import understood_time

KINDS = ("words", "choice", "date", "number", "files")
ASIDES = ("unknown", "skip", "back", "repeat", "later")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `label` names the field for staff and in the summary; `only_if` = (field, value) of a choice."""

    id: str
    ask: str
    label: str
    kind: str = "words"
    options: tuple[Choice, ...] = ()
    skippable: bool = True
    only_if: tuple[str, str] | None = None
    summary: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """Questions in the order a veteran remembers, the notice consented to, and the words that steer the talk."""

    id: str
    version: str = ""
    notice: str = ""
    asks: tuple[Ask, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """aside -> ways of saying it"""

    def ask(self, id: str) -> Ask | None:
        return next((ask for ask in self.asks if ask.id == id), None)


def read_form(path: Path) -> Form:
    """Raises OSError, TOMLDecodeError, and KeyError, TypeError or ValueError for a badly written question."""
    table = tomllib.loads(path.read_text("utf-8"))
    asks = tuple(_ask(dict(row)) for row in table["question"])
    words = {aside: tuple(fold(way) for way in table["words"][aside]) for aside in ASIDES}
    return Form(path.stem, str(table["version"]), table["notice"].strip(), asks, words)


def _ask(row: dict[str, Any]) -> Ask:
    options = tuple(Choice(label, f"={value}") for value, label in row.pop("options", {}).items())
    only_if = row.pop("only_if", None)
    condition = next(iter(only_if.items())) if only_if else None
    ask = Ask(**row, options=options, only_if=condition)
    if ask.kind not in KINDS:
        raise ValueError(f"{ask.id}: kind")
    return ask


def form_mistakes(form: Form) -> Iterator[tuple[str, str]]:
    """(question, offending word) for what reads well but cannot work."""
    ids = [ask.id for ask in form.asks]
    for ask in form.asks:
        if ids.count(ask.id) > 1:
            yield ask.id, "id"
        if ask.kind == "choice" and not ask.options:
            yield ask.id, "options"
        if ask.only_if and ask.only_if[0] not in ids:
            yield ask.id, "only_if"
        if any(len(option.value.encode()) > 64 for option in ask.options):
            yield ask.id, "options"


def next_ask(form: Form, answered: Mapping[str, Mapping[str, Any]]) -> Ask | None:
    """The first question that applies and has no answer. `answered`: field -> what was understood."""
    return next((ask for ask in form.asks if ask.id not in answered and _applies(ask, answered)), None)


def _applies(ask: Ask, answered: Mapping[str, Mapping[str, Any]]) -> bool:
    return ask.only_if is None or answered.get(ask.only_if[0], {}).get("value") == ask.only_if[1]


def aside_of(form: Form, message: Incoming) -> str | None:
    """The aside a message means («bỏ qua», a button, or another way of saying it), or None."""
    if message.choice in ASIDES:
        return message.choice
    words = fold(message.text)
    return next((aside for aside, ways in form.words.items() if words in ways), None) if words else None


def understood(ask: Ask, message: Incoming) -> dict[str, Any]:
    """What an answer means: {"kind": "choice"|"date"|"number"|"location"|"files"|"words"|"odd", …}. Never refuses."""
    kinds = {attachment.kind for attachment in message.attachments}
    if place := next((a for a in message.attachments if a.kind is AttachmentKind.LOCATION), None):
        return {
            "kind": "location",
            "latitude": place.latitude,
            "longitude": place.longitude,
            "accuracy": place.accuracy,
        }
    if AttachmentKind.STICKER in kinds or any(a.name == "unsupported" for a in message.attachments):
        return {"kind": "odd"}
    if message.attachments:
        return {"kind": "files"}
    if not message.text.strip() and message.choice is None:
        return {"kind": "odd"}
    return _understood_words(ask, message)


def _understood_words(ask: Ask, message: Incoming) -> dict[str, Any]:
    chosen = next((o for o in ask.options if o.value == message.choice), None) or pick(ask.options, message.text)
    if chosen:
        return {"kind": "choice", "value": chosen.value.removeprefix("="), "label": chosen.label}
    if ask.kind == "date" and (time := understood_time(message.text)):
        return time
    if ask.kind == "number" and (number := re.search(r"\d{1,6}", message.text)):
        return {"kind": "number", "value": int(number[0])}
    return {"kind": "words"}
