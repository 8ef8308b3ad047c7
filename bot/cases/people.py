"""The living people of a tip: who tells, and who holds the phone for him. All of it sealed."""

from collections.abc import Mapping

from bot import reading
from bot.forms import Ask
from bot.models import Person, PersonRole, Tip

_PARTS = ("name", "born", "phone", "address", "relation")


def who(tip: Tip, role: str) -> Person:
    """His row, made when he is first told of."""
    found = next((one for one in tip.people if one.role == role), None)
    if found is None:
        found = Person(role=role, **dict.fromkeys(_PARTS, ""))
        tip.people.append(found)
    return found


def known(tip: Tip, before: Tip) -> None:
    """Who told the tip before it from the same chat: he is asked whether it is he again."""
    for one in before.people:
        if one.role == PersonRole.WITNESS and one.name:
            tip.people.append(Person(role=one.role, **{part: getattr(one, part) for part in _PARTS}))


def told(tip: Tip, ask: Ask, words: str) -> Mapping[str, str]:
    """What he said of himself goes to his row as well as the answer. Returns what was found in the words."""
    found = {ask.part: _part(ask.part, words)} if ask.part else reading.person(words)
    row = who(tip, ask.person)
    for part, said in found.items():
        setattr(row, part, said)
    return found


def _part(part: str, words: str) -> str:
    """A telephone number as it is dialled here; anything else as it was said."""
    return (reading.phone(words) if part == "phone" else "") or words.strip()


def forget(tip: Tip) -> None:
    for one in tip.people:
        for part in _PARTS:
            setattr(one, part, "")
