"""What staff add to the library: entered figures, confirmations of held items; how far the schedule is planned."""

from datetime import date, datetime

from sqlalchemy import Date, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.columns import Id, Table
from bot.models.units import Staff


class Figure(Table):
    """A value of a fact entered by staff (Military Command enters progress). The newest counts; all are kept."""

    __tablename__ = "figures"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fact_id: Mapped[str] = mapped_column(String(80), index=True)
    value: Mapped[float] = mapped_column(Float)
    as_of: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(300))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]
    valid_until: Mapped[date | None] = mapped_column(Date)
    """from the day after it is stale"""
    staff: Mapped[Staff] = relationship(lazy="joined")


class Confirmation(Table):
    """A held item (unverified source, or sensitive each year) released by a named person, for exactly this text."""

    __tablename__ = "confirmations"
    __table_args__ = (UniqueConstraint("item_id", "year", "text_sha256"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_id: Mapped[str] = mapped_column(String(120), index=True)
    year: Mapped[int]
    """0: for every year"""
    text_sha256: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class Planned(Table):
    """How far the schedule has been planned, and each series' turn."""

    __tablename__ = "planned"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    """«schedule» for the moment, «series:ID» for the turn"""
    until: Mapped[datetime | None]
    used: Mapped[str] = mapped_column(Text, default="")
    """ids used in this round, one a line"""


class Notice(Table):
    """Something that went wrong and that staff should know, as a finished sentence on the Problems page."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """the same trouble is told once"""
    sentence: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
