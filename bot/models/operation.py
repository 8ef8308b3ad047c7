"""What the service knows of itself: which installation it is, its accounts, their quotas, the evening's balance."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.columns import Id, Table
from bot.models.units import Unit


class Installation(Table):
    """The one row that every claim looks at: nothing goes out while it is sealed or stopped."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """always 1"""
    name: Mapped[str] = mapped_column(String(40))
    """random, made once"""
    place: Mapped[str] = mapped_column(String(80))
    """tells this database from a copy of it that lies elsewhere"""
    epoch: Mapped[int]
    """rises with every new owner; who claims under an older one gets nothing"""
    seen_at: Mapped[datetime]
    """the last minute this installation lived; a file beside it knows it too, so a restored backup is noticed"""
    sealed_at: Mapped[datetime | None]
    """a copy: sends nothing until a person confirms"""
    sealed_reason: Mapped[str] = mapped_column(String(60), default="")
    stopped_at: Mapped[datetime | None]
    """«DỪNG TẤT CẢ» since then"""
    stopped_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class AccountState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """too many failures, or staff paused it"""
    DOWN = "down"
    """the platform refuses the account itself"""


class Account(Table):
    """One bot account on one platform: «telegram» from config.toml, «telegram@hong-bang» for another unit's."""

    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    """what a chat's and a delivery's `channel` holds"""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """what the section of config.toml would hold, but for secrets"""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """its secrets as JSON, encrypted with a key that is not in the database"""
    state: Mapped[str] = mapped_column(String(10), default=AccountState.ACTIVE)
    reason: Mapped[str] = mapped_column(String(60), default="")
    state_since: Mapped[datetime]
    halted_until: Mapped[datetime | None]
    """refused for speed: no posts before this, on whichever machine"""
    heard_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    refreshing_until: Mapped[datetime | None]
    """one process is renewing its tokens"""
    tokens: Mapped[bytes | None] = mapped_column(LargeBinary)
    """what the platform issues and we renew (OAuth), encrypted as `sealed` is; staff set nothing of it"""
    created_at: Mapped[datetime]
    unit: Mapped[Unit | None] = relationship(lazy="joined")


class Quota(Table):
    """Messages an account has used of what the platform grants it in a month."""

    __tablename__ = "quotas"
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """«2026-11»"""
    used: Mapped[int] = mapped_column(default=0)


class BalanceSheet(Table):
    """One evening's count of what came and what went, per account and unit."""

    __tablename__ = "balance_sheets"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lines: Mapped[list[Any]]
    """[{"account", "unit", "in": {...}, "out": {...}, "adds_up"}]"""
    adds_up: Mapped[bool]
    made_at: Mapped[datetime]
