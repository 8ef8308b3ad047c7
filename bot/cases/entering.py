"""A tip that staff write down for somebody: on the phone, on paper, at the door. Its chat is at the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.cases import originals, people, tips
from bot.cases.originals import Found
from bot.forms import Ask, Form, understood
from bot.library import Library
from bot.messages import Attachment, AttachmentKind, Incoming
from bot.models import AuditEntry, CameBy, FileState, PersonRole, Staff, Tip, TipFile
from bot.texts import sandbox

WAYS = (CameBy.PHONE, CameBy.PAPER, CameBy.DOOR)
AGREED = ("signed", "phone", "spoken")
"""how consent was given: the keys of texts/entering.toml [agreed]"""
PARTS = ("name", "born", "phone", "address", "relation")


@dataclass(frozen=True, slots=True)
class Scan:
    """A file that came with it; its bytes lie under var/media already."""

    name: str
    mime: str
    sha256: str
    size: int
    found: Found


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the page. `answers`: field -> words, or the value of a choice."""

    came_by: CameBy
    form: str
    """the name of its questions in content/forms"""
    agreed: str
    unit_id: int | None
    told_at: datetime
    witness: Mapping[str, str]
    helper: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    scans: tuple[Scan, ...] = ()


def asked(form: Form) -> tuple[Iterable[Ask], Iterable[Ask]]:
    """The questions for the page: those of every tip, and the further details. People and scans stand apart."""
    shown = [ask for ask in form.asks if not (ask.person or ask.offered or ask.kind == "files")]
    return [ask for ask in shown if not ask.only_if], [ask for ask in shown if ask.only_if]


def notice_of(form: Form, ward: str) -> str:
    """What is read out to him, or what he signs: the whole of it."""
    return sandbox.from_string(form.more or form.notice).render(ward=ward)


async def enter(db: AsyncSession, library: Library, ward: str, written: Written, now: datetime, by: Staff) -> Tip:
    """Kept as if he had told it himself, with his code and number; marked as written down by `by`."""
    form = library.forms[written.form]
    chat = await chats.desk(db, now)
    tip = await tips.begin(db, chat, written.unit_id, now, written.form)
    tip.came_by, tip.staff_id, tip.started_at = written.came_by, by.id, written.told_at
    said = Incoming("", chat.where, False, chat.where, "", now)
    for id, words in written.answers.items():
        if ask := form.ask(id):
            _answer(tip, ask, said, words, now)
    _people(tip, form, written, said, now)
    _consents(library, tip, form, ward, written, said, now)
    await tips.finish(db, tip, now)
    await _scans(db, tip, form, written.scans, said, now)
    chat.telling_id = None
    detail = {"came_by": str(written.came_by), "files": len(written.scans)}
    db.add(AuditEntry(at=now, staff_id=by.id, action="tip_entered", subject=f"tip:{tip.id}", detail=detail))
    await db.flush()
    return tip


def _answer(tip: Tip, ask: Ask, said: Incoming, words: str, now: datetime) -> None:
    chosen = any(option.value == words for option in ask.options)
    message = replace(said, choice=words) if chosen else replace(said, text=words)
    tips.record(tip, ask, message, understood(ask, message), now)


def _people(tip: Tip, form: Form, written: Written, said: Incoming, now: datetime) -> None:
    """In rows of their own, and as the answer to the question who tells."""
    for role, told in ((PersonRole.WITNESS, written.witness), (PersonRole.HELPER, written.helper)):
        if not any(told.values()):
            continue
        row = people.who(tip, role)
        for part in PARTS:
            setattr(row, part, told.get(part, ""))
        ask = next((one for one in form.asks if one.person == role and not one.part), None)
        if ask:
            words = ", ".join(told[part] for part in PARTS if told.get(part))
            tips.record(tip, ask, replace(said, text=words), {"kind": "words"}, now)
    tip.by_helper = any(written.helper.values())


def _consents(
    library: Library, tip: Tip, form: Form, ward: str, written: Written, said: Incoming, now: datetime
) -> None:
    words = replace(said, text=library.texts(f"entering.agreed.{written.agreed}"))
    roles = (PersonRole.WITNESS, PersonRole.HELPER) if tip.by_helper else (PersonRole.WITNESS,)
    for role in roles:
        tips.consent(tip, form, notice_of(form, ward), words, True, now, role)


async def _scans(
    db: AsyncSession, tip: Tip, form: Form, scans: tuple[Scan, ...], said: Incoming, now: datetime
) -> None:
    if not scans:
        return
    ask = next((one for one in form.asks if one.kind == "files"), None)
    answer = tips.record(tip, ask, said, {"kind": "files"}, now)
    for scan in scans:
        sent = Attachment(AttachmentKind.FILE, f"desk:{scan.sha256[:12]}", scan.name, scan.mime, scan.size)
        kept = TipFile(channel=chats.DESK, attachment=asdict(sent), state=FileState.KEPT, quarantined="")
        answer.files.append(kept)
    await db.flush()
    for file, scan in zip(answer.files, scans, strict=True):
        await originals.keep(db, file, scan.sha256, scan.size, scan.found, now)
