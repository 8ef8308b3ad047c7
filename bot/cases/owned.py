"""Everything that is kept of a person, word for word, for himself to read."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.cases import tips
from bot.cases.numbering import HERE
from bot.cases.receipts import spoken
from bot.library import Library
from bot.models import Person, Tip, TipAnswer


def name_of(library: Library, tip: Tip) -> str:
    """«4829 1576», or that it is still being told."""
    return spoken(tip.code) if tip.code else library.texts("rights.unfinished")


def owned(library: Library, tip: Tip, zone: ZoneInfo = HERE) -> str:
    """All of it: answers, those that were replaced too, the people, the consents."""
    status = library.texts(f"tips.status.{tip.state}")
    head = library.texts("rights.tip", name=name_of(library, tip), status=status)
    return "\n".join([head, *_answers(library, tip), *_people(library, tip), *_consents(library, tip, zone)])


def _answers(library: Library, tip: Tip) -> Iterator[str]:
    live = {id(one) for one in tips.live(tip)}
    for one in tip.answers:
        said = tips.read_back(one) or library.texts("rights.no_words", files=len(one.files))
        if one.said or one.files or one.understood.get("label"):
            key = "rights.line" if id(one) in live else "rights.old_line"
            yield library.texts(key, label=label_of(library, tip, one), said=said, files=len(one.files))


def label_of(library: Library, tip: Tip, answer: TipAnswer) -> str:
    """What the question of an answer is called."""
    ask = tips.form_of(library, tip).ask(answer.field)
    return ask.label if ask else library.texts("tips.add_label")


def _people(library: Library, tip: Tip) -> Iterator[str]:
    for person in tip.people:
        if told := ", ".join(filter(None, _told_of(person))):
            yield library.texts(f"rights.person.{person.role}", told=told)


def _told_of(person: Person) -> tuple[str, ...]:
    return person.name, person.born, person.phone, person.address, person.relation


def _consents(library: Library, tip: Tip, zone: ZoneInfo) -> Iterator[str]:
    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M, %d/%m/%Y}"

    for one in tip.consents:
        key = "rights.consent" if one.given else "rights.no_consent"
        yield library.texts(key, at=at(one.at), version=one.notice_version)
        if one.withdrawn_at:
            yield library.texts("rights.consent_withdrawn", at=at(one.withdrawn_at))
