"""Tips in the database: begun, answered, finished with a code, withdrawn. The talking is handlers/tips.py.

Once in a case, a tip stands where the case stands (steps.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff
from bot.cases import people, wishes
from bot.cases.numbering import next_serial
from bot.cases.receipts import new_code, spoken
from bot.cases.telling import tell
from bot.forms import Ask, Form
from bot.library import Library
from bot.messages import AttachmentKind, Choice, Incoming, Outgoing
from bot.models import AuditEntry, Chat, Consent, FileState, PersonRole, Staff, Tip, TipAnswer, TipFile, TipState
from bot.reading import plain

ADDED = "bo-sung"
"""the field of what an informant adds outside the questions"""
ERASED = "erased"
"""TipFile.reason: its bytes are to go"""


async def telling(db: AsyncSession, chat: Chat) -> Tip | None:
    """The tip this chat is in the middle of."""
    tip = await db.get(Tip, chat.telling_id) if chat.telling_id else None
    return tip if tip is not None and tip.state == TipState.TELLING else None


async def told_in(db: AsyncSession, chats: Iterable[Chat]) -> Sequence[Tip]:
    """The tips that are being told there, read at once; `telling` then finds each, as long as they are held."""
    ids = [chat.telling_id for chat in chats if chat.telling_id]
    return (await db.scalars(select(Tip).where(Tip.id.in_(ids)))).all() if ids else ()


async def begin(db: AsyncSession, chat: Chat, unit_id: int | None, now: datetime, form: str = "tip") -> Tip:
    """A tip belongs to `unit_id`, to the chat's unit, or to the home unit. `form`: the name of its questions."""
    with db.no_autoflush:
        home = await staff.home(db)
    unit_id = unit_id or chat.unit_id or (home.id if home else None)
    tip = Tip(chat=chat, unit_id=unit_id, state=TipState.TELLING, asking="", flagged="", started_at=now, changed_at=now)
    tip.form, tip.put, tip.missed = form, 0, 0
    tip.answers, tip.consents, tip.people = [], [], []
    before = await db.get(Tip, chat.telling_id) if chat.telling_id else None
    if before and before.code and before.state != TipState.WITHDRAWN and not before.by_helper:
        people.known(tip, before)
    db.add(tip)
    await db.flush()
    chat.telling_id = tip.id
    return tip


def form_of(library: Library, tip: Tip) -> Form:
    """Its questions; of a tip whose form was taken away since, the witness's."""
    return library.forms.get(tip.form) or library.forms.get("tip", Form("tip"))


def labels_of(library: Library, tip: Tip) -> Mapping[str, str]:
    """What each of its questions is called."""
    return form_of(library, tip).labels | {ADDED: library.texts("tips.add_label")}


def live(tip: Tip) -> list[TipAnswer]:
    """The answers that have not been replaced, in the order they were given."""
    return [answer for answer in tip.answers if answer.replaced_at is None]


def answered(tip: Tip) -> dict[str, dict[str, Any]]:
    """field -> what was understood, as forms.next_ask wants it."""
    return {answer.field: answer.understood for answer in live(tip)}


def answered_words(tip: Tip, field: str) -> str:
    """What was said to one question, «» when nothing was: «bỏ qua» and «không nhớ» are no answer to it."""
    said = (one for one in live(tip) if one.field == field)
    return next((one.said for one in said if one.understood.get("kind") not in ("skipped", "unknown")), "")


def consented(tip: Tip, role: PersonRole = PersonRole.WITNESS) -> bool:
    given = (one for one in tip.consents if one.role == role and one.given)
    return any(one.withdrawn_at is None for one in given)


def shown_to_staff(tip: Tip) -> bool:
    """What is told before the consent was asked for waits for it, unopened."""
    return tip.state != TipState.TELLING or any(one.role == PersonRole.WITNESS for one in tip.consents)


def record(tip: Tip, ask: Ask | None, message: Incoming, understood: dict[str, Any], now: datetime) -> TipAnswer:
    """Keep an answer as it was said, with its files; an earlier answer to the same question is marked replaced."""
    field = ask.id if ask else ADDED
    for old in live(tip):
        if ask and old.field == field:
            old.replaced_at = now
    answer = TipAnswer(
        field=field,
        question=ask.ask if ask else "",
        said=said_words(ask, message),
        understood=understood,
        message_id=message.id,
        album=message.album,
        at=now,
        files=[],
    )
    tip.answers.append(answer)
    attach(answer, message)
    if understood["kind"] == "odd":
        flag(tip, "odd_input")
    tip.changed_at = now
    return answer


def said_words(ask: Ask | None, message: Incoming) -> str:
    """The words said, or the label of the pressed button."""
    labels = {option.value: option.label for option in ask.options} if ask else {}
    return message.text or labels.get(message.choice or "", "")


def read_back(answer: TipAnswer) -> str:
    """The words said, without «dạ» and thanks, for the informant to read; of a choice by its number, that one's."""
    return str(answer.understood.get("label") or plain(answer.said)).replace("**", "")


def attach(answer: TipAnswer, message: Incoming) -> None:
    """Files to be fetched; a location is kept at once."""
    for attachment in message.attachments:
        here = attachment.kind in (AttachmentKind.LOCATION, AttachmentKind.STICKER) or not attachment.ref
        state = FileState.KEPT if here else FileState.WAITING
        channel = message.chat.channel
        answer.files.append(TipFile(channel=channel, attachment=asdict(attachment), state=state))


def flag(tip: Tip, why: str) -> None:
    """Mark for staff to look."""
    flags = [*filter(None, tip.flagged.split(",")), why]
    tip.flagged = ",".join(dict.fromkeys(flags))


def consent(
    tip: Tip,
    form: Form,
    notice: str,
    message: Incoming,
    given: bool,
    now: datetime,
    role: PersonRole = PersonRole.WITNESS,
) -> None:
    """What was asked and what was answered, word for word. Without the witness's nothing is told."""
    kept = {"notice_version": form.version, "notice": notice, "said": message.text, "message_id": message.id}
    tip.consents.append(Consent(**kept, role=role, given=given, at=now))
    tip.changed_at = now
    if not given and role is PersonRole.WITNESS:
        tip.state, tip.asking = TipState.DECLINED, ""


def forget_answers(tip: Tip) -> None:
    """Without consent nothing that was said is kept, no position, and no bytes of a file."""
    people.forget(tip)
    for one in tip.answers:
        one.said, one.understood, one.replaced_at = "", {"kind": "withdrawn"}, one.at
        for file in one.files:
            forget_file(file)


async def drop(db: AsyncSession, tip: Tip, now: datetime) -> None:
    """Told in part and never sent: nothing of it is kept, and nobody has anything to do for it."""
    forget_answers(tip)
    await wishes.drop(db, tip, now)
    tip.state, tip.asking, tip.remind_at, tip.changed_at = TipState.DECLINED, "", None, now


def forget_file(file: TipFile) -> None:
    """Its bytes go from the disk afterwards (scheduler/rights_watch.py)."""
    file.attachment = {"kind": file.attachment.get("kind", "file"), "ref": "", "name": ""}
    file.state, file.reason, file.looks = FileState.FAILED, ERASED, ""


async def finish(db: AsyncSession, tip: Tip, now: datetime) -> str:
    """The informant has confirmed: the tip is new to staff, and has its number. Returns the receipt code."""
    if tip.code is None:
        code = new_code()
        while await by_code(db, code):
            code = new_code()
        tip.code = code
    tip.serial = tip.serial or await next_serial(db, "tips", now)
    tip.state, tip.asking, tip.told_at, tip.changed_at = TipState.NEW, "", now, now
    await db.flush()
    return tip.code


async def by_code(db: AsyncSession, code: str) -> Tip | None:
    return await db.scalar(select(Tip).where(Tip.code == code))


async def of_chat(db: AsyncSession, chat: Chat) -> Sequence[Tip]:
    """What this chat has told, oldest first, refused ones apart."""
    found = select(Tip).where(Tip.chat_id == chat.id, Tip.state != TipState.DECLINED).order_by(Tip.id)
    return (await db.scalars(found)).all()


async def withdraw(db: AsyncSession, tip: Tip, now: datetime) -> None:
    """Consent is taken back: the tip is not used any more; staff see it and carry out the rest."""
    for one in tip.consents:
        one.withdrawn_at = one.withdrawn_at or now
    tip.state, tip.asking, tip.changed_at = TipState.WITHDRAWN, "", now
    flag(tip, "withdrawn")
    await db.flush()


async def reply(db: AsyncSession, library: Library, ward: str, tip: Tip, words: str, now: datetime, by: Staff) -> None:
    """Staff write to the informant, signed by the ward."""
    _audit(db, tip, "tip_replied", by, now)
    text = library.texts("tips.reply", ward=ward, code=spoken(tip.code or ""), words=words.replace("**", ""))
    more = Choice(library.texts("tips.add_to_mine"), f"add:{tip.code}")
    await tell(db, tip, Outgoing(text, choices=(more,) if tip.code else ()), now, awaits=True)


def _audit(db: AsyncSession, tip: Tip, action: str, by: Staff, now: datetime, **detail: str) -> None:
    db.add(AuditEntry(at=now, staff_id=by.id, action=action, subject=f"tip:{tip.id}", detail=detail))
