"""What veterans tell: tips, each answer with the words said, consents, and the files that came along."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
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


class Tip(Table):
    """One person's account. `code` is the receipt; `asking` the field whose answer we wait for («» when none)."""

    __tablename__ = "tips"
    __table_args__ = (Index("ix_tips_open", "chat_id", "state"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=TipState.TELLING, index=True)
    asking: Mapped[str] = mapped_column(String(60), default="")
    flagged: Mapped[str] = mapped_column(String(300), default="")
    """why staff should look: «odd_input», comma-separated"""
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """when the informant confirmed the summary"""
    chat: Mapped[Chat] = relationship(lazy="joined")
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    answers: Mapped[list["TipAnswer"]] = relationship(back_populates="tip", order_by="TipAnswer.id", lazy="selectin")
    consents: Mapped[list["Consent"]] = relationship(back_populates="tip", order_by="Consent.id", lazy="selectin")


class TipAnswer(Table):
    """One answer as it was said. A later answer to the same field replaces it; the replaced one stays, marked."""

    __tablename__ = "tip_answers"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text, default="")
    """the question as it was put"""
    said: Mapped[str] = mapped_column(Text, default="")
    understood: Mapped[dict[str, Any]] = mapped_column(default=dict)
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
    attachment: Mapped[dict[str, Any]]
    """the Attachment as it came"""
    state: Mapped[str] = mapped_column(String(10), default=FileState.WAITING, index=True)
    reason: Mapped[str] = mapped_column(String(60), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    mime: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int | None]
    kept_at: Mapped[datetime | None]
    answer: Mapped[TipAnswer] = relationship(back_populates="files")


class Consent(Table):
    """Consent as it was asked and given: provable, and withdrawable."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    notice_version: Mapped[str] = mapped_column(String(40))
    notice: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    given: Mapped[bool]
    message_id: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    tip: Mapped[Tip] = relationship(back_populates="consents")
