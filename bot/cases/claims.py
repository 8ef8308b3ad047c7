"""What a case may state: the fields of content/claims.toml, and how a tip's answers become claims of them.

The same file says how long each step may take and what is to be checked in it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from bot import HOME
from bot.cases import tips, transcripts
from bot.messages import AttachmentKind, fold
from bot.models import Claim, PersonRole, Source, Sureness, Tip, TipAnswer, Transcript

SHIPPED = HOME / "content" / "claims.toml"
NAME, PLACE = "ho-ten", "noi-chon"
_SOURCES = {
    "chon-cat": Source.BURIED,
    "chung-kien": Source.OWN_EYES,
    "nghe-ke": Source.HEARD,
    "giay-to": Source.DOCUMENT,
}
"""choices of the form's question «nguon»"""
_SAYS_NOTHING = ("skipped", "withdrawn", "odd")
OF_THE_TELLER = ("nguoi", "khac")
"""groups of what is told once, however many graves"""


@dataclass(frozen=True, slots=True)
class Field:
    """`secret`: exact places, phones, names of the living; shown by role and need, every look written down."""

    id: str
    group: str
    label: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class StepRule:
    """In how many days a step should be done (0: no deadline), and its checklist: id -> words."""

    days: int = 0
    checks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fields:
    """`left_out`: questions that only lead the talk; `steps`: by the CaseState."""

    groups: Mapping[str, str]
    all: Mapping[str, Field]
    left_out: frozenset[str] = frozenset()
    steps: Mapping[str, StepRule] = field(default_factory=dict)

    def checks(self, state: str) -> Mapping[str, str]:
        return self.steps.get(state, StepRule()).checks

    def due(self, state: str, now: datetime) -> datetime | None:
        """Until when a step begun now should be done."""
        days = self.steps.get(state, StepRule()).days
        return now + timedelta(days=days) if days else None

    def of(self, id: str) -> Field:
        """Of a field that is not in the file any more too; «noi-chon#2» is the second grave's."""
        base, _, number = id.partition("#")
        known = self.all.get(base) or Field(base, next(iter(self.groups)), base, secret=True)
        return Field(id, known.group, f"{known.label} ({number})", known.secret) if number else known


def fields(content: Path) -> Fields:
    """Of `content`/claims.toml; of the one that came with the program where it is missing or badly written."""
    own = content / "claims.toml"
    try:
        return _read(own, own.stat().st_mtime_ns)
    except (OSError, KeyError, TypeError, ValueError):
        return _read(SHIPPED, SHIPPED.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, _: int) -> Fields:
    table = tomllib.loads(file.read_text("utf-8"))
    found = [Field(**row) for row in table["field"]]
    if unknown := {one.group for one in found} - table["groups"].keys():
        raise ValueError(f"groups: {unknown}")
    steps = {state: StepRule(**row) for state, row in table.get("steps", {}).items()}
    return Fields(table["groups"], {one.id: one for one in found}, frozenset(table.get("left_out", ())), steps)


def claims_of_tip(tip: Tip, known: Fields, heard: Mapping[int, Transcript], grave: int = 0) -> Iterator[Claim]:
    """Its answers as claims, as they were said. `heard`: what staff have written of its files.

    `grave`: only what is about that one of several; 0: all of them, the second's as «noi-chon#2».
    """
    own = {base for base, number in map(_parted, tips.answered(tip)) if number == grave > 1}
    for answer in tips.live(tip):
        base, number = _parted(answer.field)
        if answer.understood.get("kind") in _SAYS_NOTHING or base in known.left_out:
            continue
        if not grave:
            yield _claim(tip, answer, answer.field, transcripts.words_of(answer, heard), number)
        elif number == grave or (number == 1 and base not in own and known.of(base).group in OF_THE_TELLER):
            yield _claim(tip, answer, base, transcripts.words_of(answer, heard), grave)


def _parted(field: str) -> tuple[str, int]:
    """«noi-chon#2» -> ("noi-chon", 2); what has no number is the first grave's, or of the whole testimony."""
    base, _, number = field.partition("#")
    return base, int(number) if number.isdecimal() else 1


def graves(tip: Tip) -> int:
    """Of how many it tells."""
    return max([1, *(number for _, number in map(_parted, tips.answered(tip)))])


def _claim(tip: Tip, answer: TipAnswer, field: str, words: str, grave: int) -> Claim:
    files = [one for one in answer.files if one.attachment.get("kind") != AttachmentKind.LOCATION]
    return Claim(
        tip_id=tip.id,
        answer_id=answer.id,
        file_id=files[0].id if files else None,
        field=field,
        words=words,
        value=answer.understood,
        said_by=witness(tip),
        source=_source(tip, grave),
        sureness=_sureness(answer),
        told_at=answer.at,
        staff_id=tip.staff_id,
    )


def witness(tip: Tip) -> str:
    """Who tells, as he named himself; «» when he did not."""
    named = [one.name for one in tip.people if one.role == PersonRole.WITNESS and one.name]
    return named[0] if named else tips.answered_words(tip, "nguoi-ke")


def _source(tip: Tip, grave: int) -> Source:
    """How he knows: of a further grave, what he said of that one."""
    said = tips.answered(tip).get(f"nguon#{grave}" if grave > 1 else "nguon", {})
    return _SOURCES.get(str(said.get("value", "")), Source.UNSAID)


def _sureness(answer: TipAnswer) -> Sureness:
    if answer.understood.get("kind") == "unknown":
        return Sureness.UNSURE
    return Sureness.ABOUT if answer.understood.get("about") else Sureness.UNSAID


def age(tip: Tip, today: date) -> int | None:
    """Of the witness, from the year of birth or the years that he said."""
    born = next((one.born for one in tip.people if one.role == PersonRole.WITNESS and one.born), "")
    if year := re.search(r"\b(19\d\d)\b", born):
        return today.year - int(year[1])
    years = re.search(r"\b(\d{2,3}) tu", fold(born))
    return int(years[1]) if years and int(years[1]) < 130 else None


def words_to_find(claims: Sequence[Claim], known: Fields) -> str:
    """The folded words of all claims that are not secret, for the list of cases."""
    said = [fold(one.words) for one in claims if one.words and not known.of(one.field).secret]
    return " ".join(dict.fromkeys(said))[:4000]
