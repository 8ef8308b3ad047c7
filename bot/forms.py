"""A form filled in by talking: what to ask next and what an answer means. Pure functions over content/forms/*.toml.

Nothing here depends on a step number: a form that was edited meanwhile simply goes on with what is not yet answered.
A testimony of several graves asks the grave's questions again; the second time their fields are «noi-chon#2».
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import Template

from bot import reading
from bot.language import Where
from bot.messages import Attachment, AttachmentKind, Choice, Incoming, pick
from bot.texts import sandbox
from bot.when import understood_time

KINDS = ("words", "choice", "date", "number", "files", "place")
READS = ("", "name", "unit", "time", "place", "source")
ASIDES = ("unknown", "later", "ways")
"""offered at every question; «ways» shows the rest"""
REST = ("skip", "back", "repeat", "call", "visit", "stop")
"""what stands behind «ways»"""
MOST_GRAVES = 9
STORY = "chuyen"
"""the question that wants all that somebody has to tell"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `label` names the field for staff and in the summary; `only_if` = (field, value) of a choice."""

    id: str
    ask: str
    label: str
    again: tuple[str, ...] = ()
    """other wordings, for when it must be put again"""
    called: tuple[str, ...] = ()
    """what people call it when they correct it: «tên», «đơn vị»"""
    kind: str = "words"
    options: tuple[Choice, ...] = ()
    skippable: bool = True
    only_if: tuple[str, str] | None = None
    summary: bool = True
    grave: bool = False
    """asked anew for every further grave"""
    reads: str = ""
    """what of a story would answer it; then it is offered with the sentence `confirm`"""
    confirm: str = ""
    person: str = ""
    """the PersonRole whose name, birth year, phone and address are told; `part`: only this one of them"""
    part: str = ""
    offered: str = ""
    """never asked by itself, but a button: «more» to tell, another «grave», a «helper», «told» as confirmed"""


@dataclass(frozen=True, slots=True)
class Form:
    """Questions in the order a veteran remembers, the notice consented to, and the words that steer the talk."""

    id: str
    version: str = ""
    notice: str = ""
    """what is consented to, in a few lines; `more`: the whole of it"""
    more: str = ""
    asks: tuple[Ask, ...] = ()
    says: Mapping[str, str] = field(default_factory=dict)
    """how the one who tells is spoken of while a helper holds the phone: «bác» -> «ông/bà»"""
    further: tuple[tuple[Ask, ...], ...] = ()
    """the grave's questions for the second grave, the third …"""

    def ask(self, id: str) -> Ask | None:
        """The question of a field; of «noi-chon#2» the one for the second grave."""
        grave = id.partition("#")[2]
        asks = self.of_grave(int(grave)) if grave in _NUMBERS else self.asks
        return next((ask for ask in asks if ask.id == id), None)

    def of_grave(self, number: int) -> tuple[Ask, ...]:
        """All questions for the first, the grave's own for one further."""
        return self.asks if number == 1 else self.further[number - 2] if number - 2 < len(self.further) else ()

    def offered(self, what: str, grave: int = 1) -> Ask | None:
        return next((ask for ask in (*self.of_grave(grave), *self.asks) if ask.offered == what), None)

    @property
    def labels(self) -> dict[str, str]:
        """field -> what it is called, those of further graves too."""
        return {ask.id: ask.label for asks in (self.asks, *self.further) for ask in asks}

    def graves(self, answered: Mapping[str, Mapping[str, Any]]) -> int:
        """Of how many graves is told."""
        another = self.offered("grave")
        return int(answered.get(another.id, {}).get("graves", 1)) if another else 1

    def in_order(self, graves: int) -> Iterator[Ask]:
        """All that is asked: the graves one after the other, then who tells."""
        asks = [ask for number in range(1, graves + 1) for ask in self.of_grave(number) if not ask.offered]
        return iter(sorted(asks, key=lambda ask: bool(ask.person)))


_NUMBERS = tuple(str(number) for number in range(2, MOST_GRAVES + 1))


def read_form(path: Path) -> Form:
    """Raises OSError, TOMLDecodeError, and KeyError, TypeError or ValueError for a badly written question."""
    table = tomllib.loads(path.read_text("utf-8"))
    asks = tuple(_ask(dict(row)) for row in table["question"])
    says = {str(one): str(other) for one, other in table.get("helper_says", {}).items()}
    again = [sandbox.from_string(table.get(name, plain)) for name, plain in _AGAIN.items()]
    further = tuple(tuple(_for_grave(asks, number, *again)) for number in range(2, MOST_GRAVES + 1))
    return Form(
        path.stem, str(table["version"]), table["notice"].strip(), table.get("more", "").strip(), asks, says, further
    )


_AGAIN = {"again_label": "{{ label }} #{{ number }}", "again_ask": "{{ ask }}"}


def _for_grave(asks: Iterable[Ask], number: int, label: Template, words: Template) -> Iterator[Ask]:
    own = [ask for ask in asks if ask.grave]
    ids = {ask.id for ask in own}
    for ask in own:
        only_if = ask.only_if
        if only_if and only_if[0] in ids:
            only_if = (f"{only_if[0]}#{number}", only_if[1])
        told = {"number": number, "label": ask.label, "ask": ask.ask}
        named, asked = label.render(told), words.render(told)
        again = tuple(words.render({**told, "ask": one}) for one in ask.again)
        yield replace(ask, id=f"{ask.id}#{number}", label=named, ask=asked, again=again, only_if=only_if)


def _ask(row: dict[str, Any]) -> Ask:
    options = tuple(Choice(label, f"={value}") for value, label in row.pop("options", {}).items())
    only_if = row.pop("only_if", None)
    condition = next(iter(only_if.items())) if only_if else None
    ask = Ask(
        **{**row, "again": tuple(row.get("again", ())), "called": tuple(row.get("called", ()))},
        options=options,
        only_if=condition,
    )
    if ask.kind not in KINDS or ask.reads not in READS:
        raise ValueError(f"{ask.id}: kind")
    return ask


def form_mistakes(form: Form) -> Iterator[tuple[str, str]]:
    """(question, offending word) for what reads well but cannot work."""
    ids = [ask.id for ask in form.asks]
    for ask in form.asks:
        if ids.count(ask.id) > 1 or "#" in ask.id:
            yield ask.id, "id"
        if ask.kind == "choice" and not ask.options:
            yield ask.id, "options"
        if ask.only_if and ask.only_if[0] not in ids:
            yield ask.id, "only_if"
        if ask.reads and not ask.confirm:
            yield ask.id, "confirm"
        if any(len(option.value.encode()) > 64 for option in ask.options):
            yield ask.id, "options"


def next_ask(form: Form, answered: Mapping[str, Mapping[str, Any]]) -> Ask | None:
    """The first question that applies and has no answer. `answered`: field -> what was understood."""
    return next(unanswered(form, answered), None)


def unanswered(form: Form, answered: Mapping[str, Mapping[str, Any]]) -> Iterator[Ask]:
    asks = form.in_order(form.graves(answered))
    return (ask for ask in asks if ask.id not in answered and _applies(ask, answered))


def _applies(ask: Ask, answered: Mapping[str, Mapping[str, Any]]) -> bool:
    return ask.only_if is None or answered.get(ask.only_if[0], {}).get("value") == ask.only_if[1]


def suggestion(ask: Ask, told: str) -> str:
    """What of the words told might answer `ask`, as they were said; of a choice its value; «» when nothing."""
    found = suggestions(ask, told)
    return found[0] if found else ""


def suggestions(ask: Ask, told: str) -> Sequence[str]:
    if not (ask.reads and told):
        return ()
    found = reading.read(ask.reads, told)
    if ask.kind == "choice":
        known = {option.value.removeprefix("=") for option in ask.options}
        found = [value for value in found if value in known]
    return found


_WHERE = {"date": Where.TIME, "number": Where.NUMBER, "place": Where.PLACE, "choice": Where.SOURCE}
_READS = {"name": Where.NAME, "unit": Where.UNIT, "time": Where.TIME, "place": Where.PLACE, "source": Where.SOURCE}
_PARTS = {
    "name": Where.NAME,
    "born": Where.BORN,
    "phone": Where.PHONE,
    "address": Where.ADDRESS,
    "relation": Where.WORDS,
}


def where_of(ask: Ask) -> Where:
    """What kind of answer the question wants."""
    if ask.person or ask.part:
        return _PARTS[ask.part or "name"]
    if ask.id.partition("#")[0] == STORY:
        return Where.STORY
    return _READS.get(ask.reads) or _WHERE.get(ask.kind, Where.WORDS)


def understood(ask: Ask, message: Incoming) -> dict[str, Any]:
    """What an answer means: {"kind": "choice"|"date"|"number"|"location"|"place"|"files"|"words"|"odd", …}.

    Never refuses. Files that came instead of words are for staff to put into words.
    """
    kinds = {attachment.kind for attachment in message.attachments}
    if place := next((a for a in message.attachments if a.kind is AttachmentKind.LOCATION), None):
        return _location(place)
    if AttachmentKind.STICKER in kinds or any(a.name == "unsupported" for a in message.attachments):
        return {"kind": "odd"}
    if message.attachments:
        return {"kind": "files"}
    if not message.text.strip() and message.choice is None:
        return {"kind": "odd"}
    return _understood_words(ask, message)


def _location(place: Attachment) -> dict[str, Any]:
    pin = {"latitude": place.latitude, "longitude": place.longitude, "accuracy": place.accuracy}
    return {"kind": "location", **pin}


def _understood_words(ask: Ask, message: Incoming) -> dict[str, Any]:
    chosen = next((o for o in ask.options if o.value == message.choice), None) or pick(ask.options, message.text)
    if chosen:
        return {"kind": "choice", "value": chosen.value.removeprefix("="), "label": chosen.label}
    if ask.reads == "source" and len(sources := suggestions(ask, message.text)) == 1:
        option = next(one for one in ask.options if one.value == f"={sources[0]}")
        return {"kind": "choice", "value": sources[0], "label": option.label}
    if ask.kind == "date" and (time := understood_time(message.text)):
        return time
    if ask.kind == "number" and (number := re.search(r"\d{1,6}", message.text)):
        return {"kind": "number", "value": int(number[0])}
    if ask.kind == "place" and (place := reading.whereabouts(message.text)):
        return {"kind": "place", **place}
    return {"kind": "words"} | _name_in(ask, message.text)


def _name_in(ask: Ask, words: str) -> dict[str, Any]:
    """Of an answer to a question for a name the name itself, where more than that was said."""
    if where_of(ask) is not Where.NAME or reading.fits(Where.NAME.value, words) is not reading.Fit.YES:
        return {}
    name = reading.value(Where.NAME.value, words)
    return {"label": name} if name != words.strip() else {}
