"""What may be stated of a case, as forms and tables show it: the fields of content/claims.toml in their groups."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cases.claims import Field, fields
from bot.cases.contents import Heading

_BESIDE = "khac"
"""the group of what is told beside the questions: nothing is missing when it is empty"""


def headings(content: Path, stated: Sequence[str] = ()) -> Sequence[Heading]:
    """All fields; and of what is `stated` those of further graves that were told of at once («noi-chon#2»)."""
    known = fields(content)
    further = sorted(set(stated) - known.all.keys())
    all_ = [*known.all.values(), *(known.of(id) for id in further)]
    return [_heading(one, known.groups) for one in sorted(all_, key=lambda one: list(known.groups).index(one.group))]


def _heading(one: Field, groups: Mapping[str, str]) -> Heading:
    return Heading(one.id, one.label, groups[one.group], one.secret, one.group != _BESIDE)


def groups_of(content: Path) -> Mapping[str, str]:
    """Question of the tip's form -> the group it stands under."""
    return {one.id: one.group for one in headings(content)}
