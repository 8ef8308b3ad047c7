"""What residents ask and report: free questions, rumours about the Campaign, answers to a quiz."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
from bot.models.mail import Broadcast
from bot.models.sealed import Sealed


class QuestionState(StrEnum):
    ANSWERED = "answered"
    OFFERED = "offered"
    WAITING = "waiting"
    """for staff"""
    CLOSED = "closed"
    """set aside by staff, without an answer"""


class Question(Table):
    """A free question of a resident and what became of it."""

    __tablename__ = "questions"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    """as it was asked; numbers of phones and papers are masked before it is stored"""
    state: Mapped[str] = mapped_column(String(10), index=True)
    post_id: Mapped[str] = mapped_column(String(120), default="", index=True)
    """the answer that was given; of a waiting question, the one that is to be given once it is in force"""
    answer_sha256: Mapped[str] = mapped_column(String(64), default="")
    """Post.text_sha256 of the wording that was given: who got another one is told the new one"""
    sensitive: Mapped[str] = mapped_column(String(20), default="")
    """why only a person may answer; a key of content/texts/questions.toml [sensitive]"""
    likeness: Mapped[str] = mapped_column(String(64), default="", index=True)
    """questions that ask for the same share it"""
    right: Mapped[bool | None]
    """whether the asker said that this was what he meant"""
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("post_versions.id"))
    """the answer that staff have written for it, from the draft on"""
    chat: Mapped[Chat] = relationship(lazy="joined")


class RumourState(StrEnum):
    TELLING = "telling"
    """not sent yet"""
    NEW = "new"
    CHECKING = "checking"
    ANSWERED = "answered"
    CLOSED = "closed"


class Rumour(Table):
    """Something false or fraudulent said about the Campaign: what is said, never who says or shares it."""

    __tablename__ = "rumours"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    category: Mapped[str] = mapped_column(String(20))
    """a key of content/texts/rumours.toml [category]"""
    words: Mapped[str] = mapped_column(Sealed, default="")
    link: Mapped[str] = mapped_column(Sealed, default="")
    picture_ref: Mapped[str] = mapped_column(Sealed, default="")
    """JSON of the Attachment while it is not fetched"""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    """the screenshot, in media/"""
    likeness: Mapped[str] = mapped_column(String(64), default="", index=True)
    state: Mapped[str] = mapped_column(String(10), default=RumourState.NEW, index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    post_id: Mapped[str] = mapped_column(String(120), default="", index=True)
    """the clarification, whether it is in force already or not"""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("post_versions.id"))
    """where staff wrote it for this"""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class RumourReport(Table):
    """Somebody waits to hear about a rumour. Once told, the chat is forgotten and only the number stays."""

    __tablename__ = "rumour_reports"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rumour_id: Mapped[int] = mapped_column(ForeignKey("rumours.id"), index=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]


OPEN_FOR = timedelta(days=1)
"""how long a quiz takes answers"""


class Quiz(Table):
    """A broadcast that asks a quiz: answers count until it is closed; then its result goes out as another broadcast."""

    __tablename__ = "quizzes"
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), primary_key=True)
    closed_at: Mapped[datetime | None]
    result_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    """none while it is open, and where no result was due: nobody got it, or it was corrected"""
    broadcast: Mapped[Broadcast] = relationship(foreign_keys=[broadcast_id], lazy="joined")

    @property
    def closes_at(self) -> datetime:
        """It moves with the broadcast."""
        return self.broadcast.due_at + OPEN_FOR


class Poll(Table):
    """A quiz poll of a platform: which broadcast it asks, and in which chat it stands."""

    __tablename__ = "polls"
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    """«telegram:5123…»: the account and the platform's id of the poll"""
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    message_id: Mapped[str] = mapped_column(String(40), default="")
    votes: Mapped[list[Any]] = mapped_column(default=list)
    """how many chose each option, as the platform told last"""
    ended_at: Mapped[datetime | None]
    at: Mapped[datetime]
    chat: Mapped[Chat] = relationship()


class QuizAnswer(Table):
    """One person's answer to a quiz, given in private. `voter` is a keyed hash: one answer each, and no list of people.

    Once the quiz is closed nothing but the row's own number is left of it.
    """

    __tablename__ = "quiz_answers"
    __table_args__ = (UniqueConstraint("broadcast_id", "voter"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    voter: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """the neighbourhood of the group it was answered in"""
    option: Mapped[int]
    right: Mapped[bool]
    at: Mapped[datetime]
