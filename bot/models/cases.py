"""Cases: what several people tell of one grave or one martyr, claim beside claim, and what staff decided and did.

Nothing here is overwritten: a decision, a link or a merge is undone by a moment and a name beside it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.columns import Id, Table
from bot.models.sealed import Sealed, SealedJson
from bot.models.tips import Tip, TipFile
from bot.models.units import Staff, Unit


class CaseState(StrEnum):
    """Where a case stands; steps and sentences are bot/cases/steps.py and texts/cases.toml [state]."""

    NEW = "new"
    CLEARING = "clearing"
    ENOUGH = "enough"
    WITH_MILITARY = "with_military"
    WITH_515 = "with_515"
    CONCLUDED = "concluded"
    RETURNED = "returned"
    PAUSED = "paused"


class Conclusion(StrEnum):
    FOUND = "found"
    """found and collected"""
    ELSEWHERE = "elsewhere"
    """confirmed at another place"""
    NOT_CONFIRMED = "not_confirmed"
    NOT_A_GRAVE = "not_a_grave"


class Case(Table):
    """One grave or one martyr. Never deleted. `version` rises with every change, so that a conflict is seen."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_work", "state", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    """«HS-2026-0012»"""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=CaseState.NEW)
    state_since: Mapped[datetime]
    before: Mapped[str] = mapped_column(String(20), default="")
    """of a paused or returned case: the state it came from"""
    conclusion: Mapped[str] = mapped_column(String(20), default="")
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """the first of the two who let the identity be said"""
    released_also_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    released_at: Mapped[datetime | None]
    """when the second of them did; before this nothing says whose remains they are"""
    search: Mapped[str] = mapped_column(Text, default="")
    """folded words of the open claims, for the list; nothing sealed"""
    area: Mapped[str] = mapped_column(String(200), default="")
    """province or district: all of the place that everybody sees"""
    witness_age: Mapped[int | None]
    witness_ill: Mapped[bool] = mapped_column(default=False)
    only_witness: Mapped[bool] = mapped_column(default=False)
    to_be_built: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """until when the present step should be done"""
    escalated_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    assigned: Mapped[Staff | None] = relationship(foreign_keys=[assigned_id])


class CaseTip(Table):
    """A tip that is about this case. A testimony of several graves is in several cases."""

    __tablename__ = "case_tips"
    __table_args__ = (Index("ix_case_tips_pair", "case_id", "tip_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tips.id"), index=True)
    grave: Mapped[int] = mapped_column(default=0)
    """of a testimony of several graves the one that this case is about; 0: all it tells"""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    tip: Mapped[Tip] = relationship()


class Source(StrEnum):
    """How somebody knows what he says."""

    BURIED = "buried"
    OWN_EYES = "own_eyes"
    HEARD = "heard"
    DOCUMENT = "document"
    UNSAID = "unsaid"


class Sureness(StrEnum):
    SURE = "sure"
    ABOUT = "about"
    UNSURE = "unsure"
    UNSAID = "unsaid"


class Claim(Table):
    """Somebody says something about one field (content/claims.toml) of a case. Contradictions stand side by side."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_case_field", "case_id", "field"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    tip_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("tip_answers.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("tip_files.id"))
    field: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Sealed, default="")
    """as they were said"""
    value: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    """what was understood, as bot/forms.py gives it"""
    said_by: Mapped[str] = mapped_column(Sealed, default="")
    source: Mapped[str] = mapped_column(String(10), default=Source.UNSAID)
    sureness: Mapped[str] = mapped_column(String(10), default=Sureness.UNSAID)
    told_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """who wrote it down; none: the informant himself, over a channel"""
    at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    file: Mapped[TipFile | None] = relationship()


class Decision(Table):
    """What staff hold to be right for one field, with a reason. The newest that is not undone counts."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_case_field", "case_id", "field"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    field: Mapped[str] = mapped_column(String(40))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claims.id"))
    words: Mapped[str] = mapped_column(Sealed, default="")
    """the value, where it is none of the claims as it stands"""
    value: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    reason: Mapped[str] = mapped_column(Sealed, default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class HandoverState(StrEnum):
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    ANSWERED = "answered"


class Ground(StrEnum):
    """By what right what an informant said is handed on."""

    CONSENT = "consent"
    LAW = "law"


class Handover(Table):
    """A case given to the Military Command or to the Steering Committee 515, and what they did with it."""

    __tablename__ = "handovers"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    to: Mapped[str] = mapped_column(String(20))
    """the CaseState it leads to"""
    state: Mapped[str] = mapped_column(String(10), default=HandoverState.SENT)
    ground: Mapped[str] = mapped_column(String(10))
    ground_words: Mapped[str] = mapped_column(Text, default="")
    """the legal ground, where there is no consent"""
    package_sha256: Mapped[str] = mapped_column(String(64), default="")
    words: Mapped[str] = mapped_column(Sealed, default="")
    """the reason of a return, or the answer"""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    history: Mapped[str] = mapped_column(Text, default="")
    """one line a step: «2026-11-23T01:00:00Z received staff:4»"""


class NoteKind(StrEnum):
    INFORMANT = "informant"
    """sent to him"""
    TEAM = "team"
    MINE = "mine"
    """only its writer sees it"""


class CaseNote(Table):
    __tablename__ = "case_notes"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    tip_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"))
    kind: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Sealed)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class CaseCheck(Table):
    """Somebody ticked a point of a step's checklist (content/claims.toml). Taken back, it stays, marked."""

    __tablename__ = "case_checks"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    """the CaseState it belongs to"""
    item: Mapped[str] = mapped_column(String(40))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class TaskKind(StrEnum):
    CALL = "call"
    """the informant asked to be called"""
    VISIT = "visit"
    """… or to be visited"""
    TRANSCRIBE = "transcribe"
    RIGHTS = "rights"
    """he asked to see, correct or delete what is his, or took back his consent"""
    CHECK = "check"
    OTHER = "other"


class Task(Table):
    """Something to be done by a day, for a case or for a tip that is in none yet."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_open", "done_at", "due_at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    tip_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"), index=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"), index=True)
    """who asked to be called without a tip"""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("tip_files.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    words: Mapped[str] = mapped_column(Sealed, default="")
    due_at: Mapped[datetime]
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """none: the service itself"""
    created_at: Mapped[datetime]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]


class Export(Table):
    """A file made in the background from exactly the rows of a filter."""

    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """excel · csv · package"""
    wanted: Mapped[dict[str, Any]]
    """the filter: {"q", "state", "unit", …} or {"case"}"""
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    """waiting · working · done · failed"""
    done_rows: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int | None]
    file: Mapped[str] = mapped_column(String(200), default="")
    """its name under var/exports"""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    problem: Mapped[str] = mapped_column(String(300), default="")
    secret: Mapped[str] = mapped_column(Sealed, default="")
    """the password a package is to be encrypted with"""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
