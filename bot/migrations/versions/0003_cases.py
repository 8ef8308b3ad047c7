"""Cases with their claims, decisions and hand-overs; people, tasks, rights, transcripts; what is told is sealed"""

import sqlalchemy as sa
from alembic import op

from bot.migrations.columns import JSON, later, moment, number, table, to, truth, words

revision = "0003"
down_revision = "0002"

SEALED = (
    ("inbox", "body"),
    ("deliveries", "message"),
    ("web_lines", "line"),
    ("tip_answers", "said"),
    ("tip_answers", "understood"),
    ("tip_files", "attachment"),
    ("consents", "said"),
)
"""columns that are encrypted from now on; what they hold already stays readable and is sealed by `trian keys reseal`"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for name, column in SEALED:
            op.alter_column(name, column, type_=sa.Text(), postgresql_using=f"{column}::text")

    op.execute("UPDATE deliveries SET message = NULL WHERE message = 'null'")  # as JSON wrote that there is none

    op.add_column("tips", sa.Column("serial", sa.String(length=20), nullable=True))
    op.create_index("uq_tips_serial", "tips", ["serial"], unique=True)
    op.add_column("tips", words("came_by", 10, "chat"))
    op.add_column("tips", words("card", 64))
    undrawn = sa.text("card = '' AND serial IS NOT NULL AND came_by = 'chat'")
    op.create_index("ix_tips_undrawn", "tips", ["id"], sqlite_where=undrawn, postgresql_where=undrawn)
    later("tips", "staff_id", "staff")
    op.add_column("tips", truth("by_helper"))
    op.add_column("tips", moment("remind_at"))
    op.create_index(op.f("ix_tips_remind_at"), "tips", ["remind_at"])
    op.add_column("tips", sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("consents", words("role", 10, "witness"))
    op.add_column("tip_files", words("looks", 16))
    later("tip_files", "same_as_id", "tip_files")
    op.add_column("tip_files", words("quarantined", 20))

    op.create_table(
        "counters",
        sa.Column("series", sa.String(length=40), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    table(
        "people",
        number(),
        to("tip_id", "tips", nullable=False),
        words("role", 10, None),
        words("name"),
        words("born"),
        words("phone"),
        words("address"),
        words("relation"),
        indexed=("tip_id",),
    )
    table(
        "transcripts",
        number(),
        to("file_id", "tip_files", nullable=False),
        words("words", default=None),
        words("by", 40, None),
        truth("draft"),
        to("staff_id", "staff"),
        moment("at", nullable=False),
        indexed=("file_id",),
    )
    table(
        "rights_requests",
        number(),
        words("kind", 10, None),
        to("chat_id", "chats"),
        to("tip_id", "tips"),
        words("words"),
        moment("asked_at", nullable=False),
        moment("answer_by", nullable=False),
        moment("carry_out_by", nullable=False),
        moment("answered_at"),
        moment("carried_out_at"),
        words("refused"),
        to("staff_id", "staff"),
        indexed=("tip_id",),
    )
    table(
        "cases",
        number(),
        sa.Column("code", sa.String(length=20), nullable=False, unique=True),
        to("unit_id", "units"),
        words("state", 20, None),
        moment("state_since", nullable=False),
        words("before", 20),
        words("conclusion", 20),
        to("assigned_id", "staff"),
        to("merged_into_id", "cases"),
        to("released_by_id", "staff"),
        to("released_also_id", "staff"),
        moment("released_at"),
        words("search"),
        words("area", 200),
        sa.Column("witness_age", sa.Integer(), nullable=True),
        truth("witness_ill"),
        truth("only_witness"),
        truth("to_be_built"),
        moment("due_at"),
        moment("escalated_at"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        moment("created_at", nullable=False),
        moment("changed_at", nullable=False),
        indexed=("unit_id", "assigned_id", "merged_into_id", "due_at"),
    )
    op.create_index("ix_cases_work", "cases", ["state", "unit_id"])
    table(
        "case_tips",
        number(),
        to("case_id", "cases", nullable=False),
        to("tip_id", "tips", nullable=False),
        sa.Column("grave", sa.Integer(), nullable=False, server_default="0"),
        to("staff_id", "staff", nullable=False),
        moment("at", nullable=False),
        to("removed_by_id", "staff"),
        moment("removed_at"),
        indexed=("case_id", "tip_id"),
    )
    op.create_index("ix_case_tips_pair", "case_tips", ["case_id", "tip_id"])
    table(
        "claims",
        number(),
        to("case_id", "cases", nullable=False),
        to("tip_id", "tips"),
        to("answer_id", "tip_answers"),
        to("file_id", "tip_files"),
        words("field", 40, None),
        words("words"),
        sa.Column("value", sa.Text(), nullable=False),
        words("said_by"),
        words("source", 10, "unsaid"),
        words("sureness", 10, "unsaid"),
        moment("told_at"),
        to("staff_id", "staff"),
        moment("at", nullable=False),
        to("withdrawn_by_id", "staff"),
        moment("withdrawn_at"),
        indexed=("tip_id",),
    )
    op.create_index("ix_claims_case_field", "claims", ["case_id", "field"])
    table(
        "decisions",
        number(),
        to("case_id", "cases", nullable=False),
        words("field", 40, None),
        to("claim_id", "claims"),
        words("words"),
        sa.Column("value", sa.Text(), nullable=False),
        words("reason"),
        to("staff_id", "staff", nullable=False),
        moment("at", nullable=False),
        to("undone_by_id", "staff"),
        moment("undone_at"),
    )
    op.create_index("ix_decisions_case_field", "decisions", ["case_id", "field"])
    table(
        "handovers",
        number(),
        to("case_id", "cases", nullable=False),
        words("to", 20, None),
        words("state", 10, "sent"),
        words("ground", 10, None),
        words("ground_words"),
        words("package_sha256", 64),
        words("words"),
        to("staff_id", "staff", nullable=False),
        moment("sent_at", nullable=False),
        moment("changed_at", nullable=False),
        words("history"),
        indexed=("case_id",),
    )
    table(
        "case_notes",
        number(),
        to("case_id", "cases", nullable=False),
        to("tip_id", "tips"),
        words("kind", 10, None),
        words("words", default=None),
        to("staff_id", "staff", nullable=False),
        moment("at", nullable=False),
        indexed=("case_id",),
    )
    table(
        "case_checks",
        number(),
        to("case_id", "cases", nullable=False),
        words("step", 20, None),
        words("item", 40, None),
        to("staff_id", "staff", nullable=False),
        moment("at", nullable=False),
        to("undone_by_id", "staff"),
        moment("undone_at"),
        indexed=("case_id",),
    )
    table(
        "tasks",
        number(),
        words("kind", 10, None),
        to("case_id", "cases"),
        to("tip_id", "tips"),
        to("file_id", "tip_files"),
        to("unit_id", "units"),
        words("words"),
        moment("due_at", nullable=False),
        to("assigned_id", "staff"),
        to("created_by_id", "staff"),
        moment("created_at", nullable=False),
        to("done_by_id", "staff"),
        moment("done_at"),
        moment("escalated_at"),
        indexed=("case_id", "tip_id", "unit_id", "assigned_id"),
    )
    op.create_index("ix_tasks_open", "tasks", ["done_at", "due_at"])
    table(
        "exports",
        number(),
        words("kind", 20, None),
        sa.Column("wanted", JSON, nullable=False),
        words("state", 10, "waiting"),
        sa.Column("done_rows", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rows", sa.Integer(), nullable=True),
        words("file", 200),
        words("sha256", 64),
        words("problem", 300),
        words("secret"),
        to("staff_id", "staff", nullable=False),
        moment("created_at", nullable=False),
        moment("finished_at"),
        indexed=("state",),
    )
