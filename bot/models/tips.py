"""What veterans tell: tips, each answer with the words said, the people, their consents, the files that came along."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
from bot.models.sealed import Sealed, SealedJson
from bot.models.units import Unit


class TipState(StrEnum):
    """Where a tip stands; the sentence the informant reads is texts/tips.toml [status]."""

    TELLING = "telling"
    """being told; saved at every answer"""
    NEW = "new"
    CLEARING = "clearing"
    ENOUGH = "enough"
    WITH_MILITARY = "with_military"
    WITH_515 = "with_515"
    CONCLUDED = "concluded"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    """consent was not given: nothing was asked"""


class CameBy(StrEnum):
    """How a tip reached us."""

    CHAT = "chat"
    PHONE = "phone"
    PAPER = "paper"
    DOOR = "door"


UNDRAWN = "card = '' AND serial IS NOT NULL AND came_by = 'chat'"
"""told over a channel, and the picture of the receipt has not gone out yet"""


class Counter(Table):
    """The last number given in a series («tips:2026»); part of the transaction that uses it, so no number is lost."""

    __tablename__ = "counters"
    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]


class Tip(Table):
    """One person's account. `code` is the receipt; `asking` the field whose answer we wait for («» when none)."""

    __tablename__ = "tips"
    __table_args__ = (
        Index("ix_tips_open", "chat_id", "state"),
        Index("uq_tips_serial", "serial", unique=True),
        Index("ix_tips_undrawn", "id", sqlite_where=text(UNDRAWN), postgresql_where=text(UNDRAWN)),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    serial: Mapped[str | None] = mapped_column(String(20))
    """the number on the paper form: «12/2026»"""
    card: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the receipt's picture that was sent; «none» when it could not be drawn"""
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    """on the channel «desk» when staff wrote it down for somebody who has no chat with us"""
    came_by: Mapped[str] = mapped_column(String(10), default=CameBy.CHAT)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """who wrote it down"""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=TipState.TELLING, index=True)
    form: Mapped[str] = mapped_column(String(20), default="tip")
    """the name of its form in content/forms: «tip» a witness tells, «family» a family searches"""
    asking: Mapped[str] = mapped_column(String(60), default="")
    put: Mapped[int] = mapped_column(default=0)
    """how often what is asked now has been put, in other words each time"""
    missed: Mapped[int] = mapped_column(default=0)
    """how often something else was said to it"""
    flagged: Mapped[str] = mapped_column(String(300), default="")
    """why staff should look: «odd_input», comma-separated"""
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """when the informant confirmed the summary"""
    by_helper: Mapped[bool] = mapped_column(default=False)
    """a helper holds the phone: the witness and he are two people with two consents"""
    remind_at: Mapped[datetime | None] = mapped_column(index=True)
    """«mai nói tiếp»: when to ask kindly whether to go on"""
    reminded: Mapped[int] = mapped_column(default=0)
    chat: Mapped[Chat] = relationship(lazy="joined")
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    answers: Mapped[list["TipAnswer"]] = relationship(back_populates="tip", order_by="TipAnswer.id", lazy="selectin")
    consents: Mapped[list["Consent"]] = relationship(back_populates="tip", order_by="Consent.id", lazy="selectin")
    people: Mapped[list["Person"]] = relationship(back_populates="tip", order_by="Person.id", lazy="selectin")


class PersonRole(StrEnum):
    WITNESS = "witness"
    """who tells"""
    HELPER = "helper"
    """who holds the phone for him"""


class Person(Table):
    """Somebody living who tells or helps. All of it sealed: shown by role and need, every look written down."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Sealed, default="")
    born: Mapped[str] = mapped_column(Sealed, default="")
    phone: Mapped[str] = mapped_column(Sealed, default="")
    address: Mapped[str] = mapped_column(Sealed, default="")
    relation: Mapped[str] = mapped_column(Sealed, default="")
    """to the martyr, or of the helper to the witness"""
    tip: Mapped[Tip] = relationship(back_populates="people")


class TipAnswer(Table):
    """One answer as it was said. A later answer to the same field replaces it; the replaced one stays, marked."""

    __tablename__ = "tip_answers"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text, default="")
    """the question as it was put"""
    said: Mapped[str] = mapped_column(Sealed, default="")
    understood: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    """{"kind": "date"|"choice"|"unknown"|"skipped"|…, …}; never shown instead of `said`"""
    message_id: Mapped[str] = mapped_column(String(120), default="")
    album: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    tip: Mapped[Tip] = relationship(back_populates="answers")
    files: Mapped[list["TipFile"]] = relationship(back_populates="answer", order_by="TipFile.id", lazy="selectin")


class FileState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    FAILED = "failed"


class TipFile(Table):
    """A photo, voice note, file or location sent as an answer. The bytes lie untouched under var/media by SHA-256."""

    __tablename__ = "tip_files"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("tip_answers.id"), index=True)
    channel: Mapped[str] = mapped_column(String(60))
    attachment: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    """the Attachment as it came"""
    state: Mapped[str] = mapped_column(String(10), default=FileState.WAITING, index=True)
    reason: Mapped[str] = mapped_column(String(60), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    mime: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int | None]
    kept_at: Mapped[datetime | None]
    looks: Mapped[str] = mapped_column(String(16), default="")
    """a photo's perceptual hash: near-duplicates differ in few bits"""
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("tip_files.id"))
    """an earlier file with the same bytes, or a photo that looks the same"""
    quarantined: Mapped[str] = mapped_column(String(20), default="")
    """«sampling»: nobody is shown it but who is charged with it; «type»: not what its name says"""
    answer: Mapped[TipAnswer] = relationship(back_populates="files")


class Consent(Table):
    """Consent as it was asked and given: provable, and withdrawable."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    notice_version: Mapped[str] = mapped_column(String(40))
    notice: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(10), default=PersonRole.WITNESS)
    """whose consent it is"""
    said: Mapped[str] = mapped_column(Sealed)
    given: Mapped[bool]
    message_id: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    tip: Mapped[Tip] = relationship(back_populates="consents")


class Transcript(Table):
    """What a person hears in a voice note, or reads on a photo. The newest counts; the original is untouched."""

    __tablename__ = "transcripts"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("tip_files.id"), index=True)
    words: Mapped[str] = mapped_column(Sealed)
    by: Mapped[str] = mapped_column(String(40))
    """«hand», or the Transcriber's name"""
    draft: Mapped[bool] = mapped_column(default=False)
    """not finished; one a member of staff and file, written over as he types"""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class RightsKind(StrEnum):
    """What a person may ask about what is his (law 91/2025)."""

    SEE = "see"
    CORRECT = "correct"
    DELETE = "delete"
    WITHDRAW = "withdraw"


class RightsRequest(Table):
    """Somebody asked for one of his rights: answered in 2 working days, carried out in 15 days."""

    __tablename__ = "rights_requests"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    tip_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"), index=True)
    words: Mapped[str] = mapped_column(Sealed, default="")
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    carry_out_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    carried_out_at: Mapped[datetime | None]
    refused: Mapped[str] = mapped_column(Text, default="")
    """the lawful reason why it cannot be done, as the person was told"""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
