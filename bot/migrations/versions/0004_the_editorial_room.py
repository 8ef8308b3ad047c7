"""Versions of posts with their steps, permissions of model people, rumours, quizzes; questions know their answers"""

import sqlalchemy as sa
from alembic import op

from bot.migrations.columns import ID, JSON, day, later, moment, number, table, to, truth, whole, words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    table(
        "permissions",
        number(),
        words("name", default=None),
        words("words"),
        words("how", 10, None),
        words("file_sha256", 64),
        day("given_on", nullable=False),
        day("ends_on", nullable=False),
        to("staff_id", "staff", nullable=False),
        to("unit_id", "units"),
        moment("at", nullable=False),
        moment("withdrawn_at"),
        to("withdrawn_by_id", "staff"),
        indexed=("unit_id",),
    )
    table(
        "post_versions",
        number(),
        words("post_id", 120, None),
        whole("number"),
        words("origin", 10, "staff"),
        words("state", 12, "draft"),
        words("kind", 20, None),
        words("topic", 40),
        words("title", 300, None),
        words("body"),
        words("source", 500),
        words("picture", 40),
        words("picture_fact", 80),
        words("line", 300),
        sa.Column("more", JSON, nullable=False, server_default="{}"),
        day("valid_from"),
        day("valid_until"),
        truth("standing"),
        words("target", 200),
        moment("due_at"),
        words("sha256", 64),
        to("writer_id", "staff"),
        to("unit_id", "units"),
        to("corrects_id", "broadcasts"),
        words("correction", 8),
        words("wrong"),
        to("permission_id", "permissions"),
        truth("emergency"),
        to("reviewed_by_id", "staff"),
        moment("reviewed_at"),
        whole("revision", "1"),
        moment("created_at", nullable=False),
        moment("changed_at", nullable=False),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_post_versions_post_id")),
        indexed=("state", "unit_id"),
    )
    table(
        "post_steps",
        number(),
        to("version_id", "post_versions", nullable=False),
        words("step", 12, None),
        words("words"),
        words("sha256", 64),
        words("via", 10, "page"),
        to("staff_id", "staff"),
        moment("at", nullable=False),
        indexed=("version_id",),
    )
    op.add_column("figures", day("valid_until"))
    op.add_column("staff", words("calendar_seal", 16))
    op.add_column("broadcasts", sa.Column("facts", JSON, nullable=True))
    later("broadcasts", "version_id", "post_versions")
    op.create_index(op.f("ix_broadcasts_version_id"), "broadcasts", ["version_id"])
    _questions()
    _rumours()
    _quizzes()


def _questions() -> None:
    for name, length in (("answer_sha256", 64), ("sensitive", 20), ("likeness", 64)):
        op.add_column("questions", words(name, length))
    op.add_column("questions", sa.Column("right", sa.Boolean(), nullable=True))
    op.add_column("questions", moment("answered_at"))
    later("questions", "staff_id", "staff")
    later("questions", "version_id", "post_versions")
    for name in ("post_id", "likeness"):
        op.create_index(op.f(f"ix_questions_{name}"), "questions", [name])


def _rumours() -> None:
    table(
        "rumours",
        number(),
        words("category", 20, None),
        words("words"),
        words("link"),
        words("picture_ref"),
        words("sha256", 64),
        words("likeness", 64),
        words("state", 10, "new"),
        to("unit_id", "units"),
        words("post_id", 120),
        to("version_id", "post_versions"),
        to("staff_id", "staff"),
        moment("at", nullable=False),
        moment("answered_at"),
        indexed=("likeness", "post_id", "state", "unit_id"),
    )
    table(
        "rumour_reports",
        number(),
        to("rumour_id", "rumours", nullable=False),
        to("chat_id", "chats"),
        moment("at", nullable=False),
        moment("told_at"),
        indexed=("rumour_id",),
    )


def _quizzes() -> None:
    table(
        "quizzes",
        sa.Column("broadcast_id", ID, sa.ForeignKey("broadcasts.id"), primary_key=True),
        moment("closed_at"),
        to("result_id", "broadcasts"),
    )
    table(
        "polls",
        sa.Column("key", sa.String(length=120), primary_key=True),
        to("broadcast_id", "broadcasts", nullable=False),
        to("chat_id", "chats", nullable=False),
        words("message_id", 40),
        sa.Column("votes", JSON, nullable=False, server_default="[]"),
        moment("ended_at"),
        moment("at", nullable=False),
        indexed=("broadcast_id",),
    )
    table(
        "quiz_answers",
        number(),
        to("broadcast_id", "broadcasts", nullable=False),
        words("voter", 64, None),
        to("unit_id", "units"),
        whole("option"),
        sa.Column("right", sa.Boolean(), nullable=False),
        moment("at", nullable=False),
        sa.UniqueConstraint("broadcast_id", "voter", name=op.f("uq_quiz_answers_broadcast_id")),
    )
