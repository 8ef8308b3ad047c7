"""The editorial room's rows: versions of a post, what was done with each, and the permission of a model person.

The library of content/ is the first version of each of its posts; which version counts is bot/posts/versions.py.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.columns import Id, Table
from bot.models.mail import Broadcast
from bot.models.sealed import Sealed
from bot.models.units import Staff


class Origin(StrEnum):
    LIBRARY = "library"
    """a file of content/"""
    STAFF = "staff"


class VersionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """with a comment; it may be changed and submitted again"""
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    """approved once, and not to be said any more"""


class PostVersion(Table):
    """One wording of a post. The newest approved one of a post is what is said; none is ever overwritten by another."""

    __tablename__ = "post_versions"
    __table_args__ = (UniqueConstraint("post_id", "number"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    """1, 2, 3 … of this post"""
    origin: Mapped[str] = mapped_column(String(10), default=Origin.STAFF)
    state: Mapped[str] = mapped_column(String(12), default=VersionState.DRAFT, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """as in Post.kind"""
    topic: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(500), default="")
    picture: Mapped[str] = mapped_column(String(40), default="")
    picture_fact: Mapped[str] = mapped_column(String(80), default="")
    line: Mapped[str] = mapped_column(String(300), default="")
    more: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """what only some kinds have: {"asks": […], "options": […], "right": 0}"""
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    standing: Mapped[bool] = mapped_column(default=False)
    """approved for any time and any group: answers, series; else only for `target` at `due_at`"""
    target: Mapped[str] = mapped_column(String(200), default="")
    due_at: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    """of all that was approved: text, picture, facts used, target and time; empty before it is submitted"""
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """none: the library"""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    correction: Mapped[str] = mapped_column(String(8), default="")
    """a Correction, of a version that puts a broadcast right"""
    wrong: Mapped[str] = mapped_column(Text, default="")
    """what was wrong in it"""
    permission_id: Mapped[int | None] = mapped_column(ForeignKey("permissions.id"))
    emergency: Mapped[bool] = mapped_column(default=False)
    """one person wrote and released it; somebody else reviews it afterwards"""
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    """rises with every change of a draft, so that a conflict is seen"""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    writer: Mapped[Staff | None] = relationship(foreign_keys=[writer_id])
    corrects: Mapped[Broadcast | None] = relationship(foreign_keys=[corrects_id])


class Step(StrEnum):
    """What somebody did with a version."""

    WRITTEN = "written"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ASKED_AGAIN = "asked_again"
    """what was approved has changed (a figure, the time): it must be approved once more"""
    WITHDRAWN = "withdrawn"
    REVIEWED = "reviewed"


class PostStep(Table):
    """One step of a version, by whom, over which way, and what exactly it was about."""

    __tablename__ = "post_steps"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("post_versions.id"), index=True)
    step: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    """a comment"""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    via: Mapped[str] = mapped_column(String(10), default="page")
    """page · chat · command · service"""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """none: the service itself"""
    at: Mapped[datetime]
    staff: Mapped[Staff | None] = relationship()


class Permission(Table):
    """Somebody lets himself be shown as a model person, until a day; withdrawn, nothing of him is said any more."""

    __tablename__ = "permissions"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Sealed)
    words: Mapped[str] = mapped_column(Sealed, default="")
    """what exactly he agreed to"""
    how: Mapped[str] = mapped_column(String(10))
    """paper · spoken · chat"""
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    """the signed paper, in media/"""
    given_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
