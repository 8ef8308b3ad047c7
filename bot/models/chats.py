"""Where we speak: groups and private chats with their state, and the one-time codes that enrol a group."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.messages import Address
from bot.models.columns import Id, Table
from bot.models.units import Unit


class ChatKind(StrEnum):
    GROUP = "group"
    PRIVATE = "private"


class ChatState(StrEnum):
    WAITING = "waiting"
    """a group that staff have not confirmed: explained itself once, otherwise silent"""
    ACTIVE = "active"
    MUTED = "muted"
    """may not speak there for now"""
    GONE = "gone"
    STOPPED = "stopped"
    """the people there, or staff, asked for silence"""


class Chat(Table):
    """A group or a private chat. Never deleted: a gone chat shows since when and why, and may come back.

    On the channel «assisted» it is a group that no bot reaches: a named person, the forwarder, posts there by hand.
    """

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(60), index=True)
    address: Mapped[str] = mapped_column(String(180), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(255), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    topics: Mapped[str] = mapped_column(String(500), default="")
    """ids of topics, comma-separated; empty: all"""
    thread: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default=ChatState.ACTIVE)
    reason: Mapped[str] = mapped_column(String(60), default="")
    state_since: Mapped[datetime]
    created_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    greeted_at: Mapped[datetime | None]
    menu: Mapped[list[Any]] = mapped_column(default=list)
    """[label, value, aside] of the choices last offered, so that «2» is understood where there are no buttons"""
    adding: Mapped[str] = mapped_column(String(20), default="")
    """the receipt code of the tip to which the next words are added"""
    telling_id: Mapped[int | None] = mapped_column(Id)
    """the tip that is being told here; no foreign key, for the tip has one to this chat"""
    forwarder_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    forwarder_name: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[Unit | None] = relationship(lazy="joined")

    @property
    def where(self) -> Address:
        return Address.parse(self.address)


class CodeKind(StrEnum):
    GROUP = "group"
    """typed in a group: enrols it"""
    FORWARDER = "forwarder"
    """typed in a private chat: its person will post to the assisted group `chat_id`"""
    STAFF = "staff"
    """typed in a private chat: it is the phone of the member of staff `staff_id`"""


class EnrolmentCode(Table):
    """Typed once, it ties the chat it is typed in to a unit, to an assisted group or to a member of staff."""

    __tablename__ = "enrolment_codes"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), default=CodeKind.GROUP)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    topics: Mapped[str] = mapped_column(String(500), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
