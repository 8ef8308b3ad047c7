"""Emergencies that people told of: bombs, bones, graves in danger, people in danger."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
from bot.models.sealed import Sealed


class Emergency(Table):
    """What somebody told, until an officer has taken it. `kind` is an act of bot/language/acts.py."""

    __tablename__ = "emergencies"
    __table_args__ = (Index("ix_emergencies_open", "taken_at", "at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    tip_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    words: Mapped[str] = mapped_column(Sealed)
    """what was said, a line a message"""
    sure: Mapped[bool] = mapped_column(default=True)
    """phones ring; else people were told what to do if it is one, and may say that it is"""
    at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    """when the phones were last rung for it"""
    phones: Mapped[int] = mapped_column(default=0)
    """how many phones it was sent to"""
    left_at: Mapped[datetime | None]
    """since when what is said there is for the tip again"""
    taken_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """who has taken it"""
    chat: Mapped[Chat] = relationship(lazy="joined")

    @property
    def said_more(self) -> bool:
        """Whether anything was said after it: where it is was asked at once."""
        return "\n" in self.words
