"""What a case holds when it is handed on, as values: one truth from which JSON, Word, Excel and the manifest are made.

Nothing here says whose remains they are: every value is what somebody states. From the database: gathering.py.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

FORMAT = "trian-case/1"


@dataclass(frozen=True, slots=True)
class Heading:
    """What may be stated, in the order it is shown. `sealed`: told only to who needs it."""

    id: str
    label: str
    group: str
    sealed: bool = False
    expected: bool = True
    """that nobody spoke of it is a gap"""


@dataclass(frozen=True, slots=True)
class Stated:
    """One claim: what somebody states about one field."""

    words: str
    value: dict[str, Any]
    said_by: str
    source: str
    sureness: str
    tip: str
    """the receipt code, or «» when it comes from no tip"""
    told_at: datetime | None
    written_by: str
    """the member of staff who wrote it down; «»: the informant himself, over a channel"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What staff work with of all that is stated, and why."""

    words: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Field:
    id: str
    label: str
    group: str
    chosen: Chosen | None = None
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one question, word for word; `replaced` when the informant corrected it later."""

    field: str
    label: str
    question: str
    said: str
    understood: dict[str, Any]
    at: datetime
    replaced: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """One consent, as it was asked and given."""

    whose: str
    notice_version: str
    said: str
    given: bool
    at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Named:
    """A living person: who tells, or who helps."""

    role: str
    name: str
    born: str
    phone: str
    address: str
    relation: str


@dataclass(frozen=True, slots=True)
class Told:
    """One tip. Of one whose consent was taken back only code, serial and state are here."""

    code: str
    serial: str
    state: str
    came_by: str
    channel: str
    taken_by: str
    told_at: datetime | None
    people: tuple[Named, ...] = ()
    consents: tuple[Agreed, ...] = ()
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class Original:
    """A file that was sent along. `gap`: why its bytes are not in the package, «» when they are."""

    id: int
    tip: str
    name: str
    """as its sender named it; may be empty"""
    mime: str
    size: int
    sha256: str
    kept_at: datetime | None
    quarantined: str
    gap: str
    transcript: str = ""
    path: str = ""
    """in the package; set when it is packed"""


@dataclass(frozen=True, slots=True)
class Held:
    """A link of the chain of custody: who had what in his hands when."""

    at: datetime
    what: str
    """received · kept · looked · file · handed · … : a key of texts/packages.toml [custody]"""
    about: str
    """«tin 48291576», «tệp 17», a SHA-256 …"""
    who: str


@dataclass(frozen=True, slots=True)
class Gap:
    what: str
    """a key of texts/packages.toml [gap]"""
    about: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A hand-over, and what was done with it."""

    to: str
    state: str
    ground: str
    ground_words: str
    words: str
    package_sha256: str
    by: str
    sent_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    code: str
    state: str
    unit: str
    area: str
    created_at: datetime
    made_at: datetime
    made_by: str
    conclusion: str = ""
    """empty until it is released by two named people"""
    fields: tuple[Field, ...] = ()
    tips: tuple[Told, ...] = ()
    originals: tuple[Original, ...] = ()
    handovers: tuple[Step, ...] = ()
    custody: tuple[Held, ...] = ()
    gaps: tuple[Gap, ...] = field(default=())

    @property
    def counts(self) -> dict[str, int]:
        """What the manifest states and `verify` counts again."""
        return {
            "tips": len(self.tips),
            "fields": len(self.fields),
            "claims": sum(len(one.stated) for one in self.fields),
            "answers": sum(len(tip.answers) for tip in self.tips),
            "originals": sum(not one.gap for one in self.originals),
            "originals_missing": sum(bool(one.gap) for one in self.originals),
            "custody": len(self.custody),
            "gaps": len(self.gaps),
        }

    @property
    def groups(self) -> Iterator[tuple[str, list[Field]]]:
        """The fields by their group, in order."""
        groups: dict[str, list[Field]] = {}
        for one in self.fields:
            groups.setdefault(one.group, []).append(one)
        yield from groups.items()


def document(contents: Contents, notice: str) -> dict[str, Any]:
    """As JSON, after content/press/schema/case.schema.json. `notice` says what these values are and are not."""
    written: dict[str, Any] = _plain(asdict(contents))
    return {"format": FORMAT, "notice": notice, "counts": contents.counts, **written}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value
