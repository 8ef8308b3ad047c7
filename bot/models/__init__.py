"""Every table, one module a subject. Migrations are made from them by Alembic (bot/migrations)."""

from bot.models.chats import Chat, ChatKind, ChatState, CodeKind, EnrolmentCode
from bot.models.columns import Table
from bot.models.editorial import Confirmation, Figure, Notice, Planned, Question, QuestionState
from bot.models.mail import (
    ArchivedDelivery,
    Broadcast,
    BroadcastState,
    Correction,
    Delivery,
    DeliveryState,
    Outcome,
    Secret,
    Update,
    UpdateState,
    Upload,
    Urgency,
    WebLine,
)
from bot.models.operation import Account, AccountState, BalanceSheet, Installation, Quota
from bot.models.tips import Consent, FileState, Tip, TipAnswer, TipFile, TipState
from bot.models.units import AuditEntry, Role, SignIn, Staff, Unit, UnitKind

__all__ = [
    "Account",
    "AccountState",
    "ArchivedDelivery",
    "AuditEntry",
    "BalanceSheet",
    "Broadcast",
    "BroadcastState",
    "Chat",
    "ChatKind",
    "ChatState",
    "CodeKind",
    "Confirmation",
    "Consent",
    "Correction",
    "Delivery",
    "DeliveryState",
    "EnrolmentCode",
    "Figure",
    "FileState",
    "Installation",
    "Notice",
    "Outcome",
    "Planned",
    "Question",
    "QuestionState",
    "Quota",
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
