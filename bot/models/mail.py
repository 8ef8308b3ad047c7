"""What came and what goes: the inbox of raw updates, broadcasts, and one delivery per message and chat."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.chats import Chat
from bot.models.columns import Id, Table
from bot.models.sealed import Sealed, SealedJson
from bot.models.units import Unit


def _where(condition: str) -> dict[str, Any]:
    """An index over the rows that fit, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class UpdateState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SET_ASIDE = "set_aside"
    """could not be read or handled: kept in plain sight, with the reason"""


class Outcome(StrEnum):
    """What became of a message that is done; the evening balance sheet counts them."""

    ANSWERED = "answered"
    QUIET = "quiet"
    """nothing is due: an event, or group talk that is not for the bot"""
    REFUSED = "refused"
    """the loop guard stopped it, or it was there before under another id"""


class Update(Table):
    """One raw update of a platform, stored before it is confirmed. `key` is the platform's own id of it."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "key"), Index("ix_inbox_waiting", "state", "id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Sealed)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=UpdateState.WAITING)
    problem: Mapped[str] = mapped_column(String(300), default="")
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(10), default="")
    digest: Mapped[str] = mapped_column(String(64), default="", index=True)
    """which message it was, and what it said: the same one under another id is known by it (bot/arrivals.py)"""


class BroadcastState(StrEnum):
    PLANNED = "planned"
    PUBLISHED = "published"
    """its deliveries exist"""
    STOPPED = "stopped"
    PAUSED = "paused"
    """too many of its deliveries failed, or somebody wants to look first; it can go on"""
    MISSED = "missed"
    """its time passed, with the maximum lateness, while the service was not running"""


class Correction(StrEnum):
    """How a broadcast corrects another one, chat by chat."""

    EDIT = "edit"
    """what was sent is changed where the platform can, elsewhere an erratum follows"""
    DELETE = "delete"
    """what was sent is taken away where the platform can, elsewhere an erratum follows"""
    ERRATUM = "erratum"
    """a message of its own, as a reply where the platform can"""


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
    urgent: Mapped[bool] = mapped_column(default=False)
    """goes before other posts, in quiet hours too; a send whose outcome is not known is repeated once"""
    reason: Mapped[str] = mapped_column(String(60), default="")
    """why it is paused: a key of content/texts/reasons.toml"""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    correction: Mapped[str] = mapped_column(String(8), default="")
    """a Correction; empty for an ordinary post"""
    erratum: Mapped[dict[str, Any] | None]
    """of a correction: the message for chats where the sent one can neither be edited nor deleted"""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("post_versions.id", use_alter=True), index=True)
    """the approved wording it was made from"""
    facts: Mapped[dict[str, Any] | None]
    """the figures in it, fact -> value, as they were when it was frozen"""
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
        # Only what is under way: the cost of a send does not grow with what was ever sent.
        Index("ix_deliveries_pending", "channel", "urgency", "id", **_where("state = 'pending'")),
        Index("ix_deliveries_sending", "channel", **_where("state = 'sending'")),
        Index("ix_deliveries_unknown", "chat_id", **_where("state = 'unknown'")),
        Index("ix_deliveries_talk", "chat_id", "created_at"),
        Index("ix_deliveries_changed", "channel", "changed_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    channel: Mapped[str] = mapped_column(String(60))
    urgency: Mapped[str] = mapped_column(String(12), default=Urgency.BROADCAST)
    message: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    state: Mapped[str] = mapped_column(String(10), default=DeliveryState.PENDING)
    reason: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(300), default="")
    """the platform's own words for the reason"""
    platform_id: Mapped[str] = mapped_column(String(300), default="")
    """ids of the parts that arrived, comma-separated"""
    parts_sent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    latest_at: Mapped[datetime]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    about_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    """the delivery that this one corrects, or hands to a person to be posted"""
    history: Mapped[str] = mapped_column(Text, default="")
    """one line a change: «2026-11-23T01:00:00Z sending reason»"""
    chat: Mapped[Chat] = relationship(lazy="joined")
    broadcast: Mapped[Broadcast | None] = relationship()


def history_line(state: str, reason: str, now: datetime) -> str:
    """One change of a delivery, as its `history` keeps it: «2026-11-23T01:00:00Z sent plain_text» and a line end."""
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{at} {state} {reason}".rstrip() + "\n"


class ArchivedDelivery(Table):
    """An outcome of long ago: who got what, when and why not. Its row in `deliveries` is gone."""

    __tablename__ = "archived_deliveries"
    __table_args__ = (Index("ix_archived_deliveries_broadcast", "broadcast_id", "state"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    broadcast_id: Mapped[int | None] = mapped_column(Id)
    chat_id: Mapped[int] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(60))
    platform_id: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Upload(Table):
    """A picture an account has uploaded once: sent again by the platform's file id."""

    __tablename__ = "uploads"
    account: Mapped[str] = mapped_column(String(120), primary_key=True)
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
    line: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    """{"text", "picture", "choices", "attachments"}, and «edited» or «withdrawn» when it was changed"""
    at: Mapped[datetime]
    changes_id: Mapped[int | None] = mapped_column(ForeignKey("web_lines.id"))
    """set: no line of its own, but the news that this earlier one was changed, for pages that show it already"""


class Secret(Table):
    """Keys the installation made for itself, by name."""

    __tablename__ = "secrets"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
