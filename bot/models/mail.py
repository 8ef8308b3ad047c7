"""What came and what goes: the inbox of raw updates, broadcasts, and one delivery per message and chat."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
from bot.models.units import Unit


class UpdateState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SET_ASIDE = "set_aside"
    """could not be read or handled: kept in plain sight, with the reason"""


class Update(Table):
    """One raw update of a platform, stored before it is confirmed. `key` is the platform's own id of it."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "key"), Index("ix_inbox_waiting", "state", "id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=UpdateState.WAITING)
    problem: Mapped[str] = mapped_column(String(300), default="")
    done_at: Mapped[datetime | None]


class BroadcastState(StrEnum):
    PLANNED = "planned"
    PUBLISHED = "published"
    """its deliveries exist"""
    STOPPED = "stopped"
    MISSED = "missed"
    """its time passed, with the maximum lateness, while the service was not running"""


class Broadcast(Table):
    """A post with a time on it; text and picture are frozen as `message`."""

    __tablename__ = "broadcasts"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(String(120), index=True)
    title: Mapped[str] = mapped_column(String(300))
    occurrence: Mapped[str | None] = mapped_column(String(200), unique=True)
    """«entry@2026-11-23T07:30»: a schedule entry's moment is planned once"""
    message: Mapped[dict[str, Any]]
    drawing: Mapped[dict[str, Any] | None]
    """the infographic's template and values, frozen; drawn when it is published"""
    target: Mapped[str] = mapped_column(String(200), default="all")
    """all · unit:CODE · topic:ID · chat:ADDRESS"""
    due_at: Mapped[datetime] = mapped_column(index=True)
    latest_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=BroadcastState.PLANNED, index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    unit: Mapped[Unit | None] = relationship(lazy="joined")


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Urgency(StrEnum):
    """Who goes first; compared as text, so the names sort."""

    ANSWER = "1-answer"
    URGENT = "2-urgent"
    BROADCAST = "3-broadcast"


class Delivery(Table):
    """One message to one chat: a post of a broadcast, or an answer (then it carries its own `message`).

    A long message goes out in parts; `parts_sent` of them certainly arrived.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "chat_id"),
        Index("ix_deliveries_queue", "state", "channel", "urgency", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    urgency: Mapped[str] = mapped_column(String(12), default=Urgency.BROADCAST)
    message: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(10), default=DeliveryState.PENDING)
    reason: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(300), default="")
    """the platform's own words for the reason"""
    platform_id: Mapped[str] = mapped_column(String(120), default="")
    """ids of the parts that arrived, comma-separated"""
    parts_sent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    latest_at: Mapped[datetime]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    chat: Mapped[Chat] = relationship(lazy="joined")
    broadcast: Mapped[Broadcast | None] = relationship()


class Upload(Table):
    """A picture an account has uploaded once: sent again by the platform's file id."""

    __tablename__ = "uploads"
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_id: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]


class WebLine(Table):
    """One line of a web room or web conversation, as the browser shows it. `key` makes a repeated send harmless."""

    __tablename__ = "web_lines"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str] = mapped_column(String(120), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    ours: Mapped[bool]
    line: Mapped[dict[str, Any]]
    """{"text", "picture", "choices", "attachments"}"""
    at: Mapped[datetime]


class Secret(Table):
    """Keys the installation made for itself, by name."""

    __tablename__ = "secrets"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
