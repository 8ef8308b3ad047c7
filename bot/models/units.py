"""Who is responsible: the tree of units, the staff, their sign-ins, and the audit of what they did and saw."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.columns import Id, Table


class UnitKind(StrEnum):
    CITY = "city"
    WARD = "ward"
    NEIGHBOURHOOD = "neighbourhood"


class Unit(Table):
    """A city, a ward or a neighbourhood («tổ dân phố»)."""

    __tablename__ = "units"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    """«21:00» in the service's zone: posts wait from here …"""
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    """… to here; both empty: as the unit above has it"""
    days: Mapped[str] = mapped_column(String(7), default="")
    """weekdays on which posts may go out, Monday is 1: «123456»; empty: as the unit above has it"""
    stopped_at: Mapped[datetime | None]
    """everything to the groups of this unit and below is stopped since then"""


class Role(StrEnum):
    """The roles of the plan's section IV."""

    WRITER = "writer"
    APPROVER = "approver"
    MILITARY = "military"
    COMMITTEE = "committee"
    FRONT = "front"
    HEAD = "head"
    ADMIN = "admin"


class Staff(Table):
    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    """wrong passwords in a row"""
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id", use_alter=True))
    """the private chat in which alarms and the evening balance reach this person"""
    calendar_seal: Mapped[str] = mapped_column(String(16), default="")
    """part of the secret address of the calendar on this person's phone; empty: there is none"""
    unit: Mapped[Unit] = relationship(lazy="joined")


class SignIn(Table):
    """A signed-in browser. The cookie holds the key, the table only its SHA-256."""

    __tablename__ = "sign_ins"
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    staff: Mapped[Staff] = relationship(lazy="joined")


class AuditEntry(Table):
    """One change or one look. `subject` is «tip:12», `detail` holds no words of a tip."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
