"""Every table, one module a subject. Migrations are made from them by Alembic (bot/migrations)."""

from bot.models.chats import Chat, ChatKind, ChatState, EnrolmentCode
from bot.models.columns import Table
from bot.models.editorial import Confirmation, Figure, Notice, Planned, Question, QuestionState
from bot.models.mail import (
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Secret,
    Update,
    UpdateState,
    Upload,
    Urgency,
    WebLine,
)
from bot.models.tips import Consent, FileState, Tip, TipAnswer, TipFile, TipState
from bot.models.units import AuditEntry, Role, SignIn, Staff, Unit, UnitKind

__all__ = [
    "AuditEntry",
    "Broadcast",
    "BroadcastState",
    "Chat",
    "ChatKind",
    "ChatState",
    "Confirmation",
    "Consent",
    "Delivery",
    "DeliveryState",
    "EnrolmentCode",
    "Figure",
    "FileState",
    "Notice",
    "Planned",
    "Question",
    "QuestionState",
    "Role",
    "Secret",
    "SignIn",
    "Staff",
    "Table",
    "Tip",
    "TipAnswer",
    "TipFile",
    "TipState",
    "Unit",
    "UnitKind",
    "Update",
    "UpdateState",
    "Upload",
    "Urgency",
    "WebLine",
]
