"""Emergencies; tips of more than one form, with how often a question was put; tasks of somebody who has told no tip"""

from alembic import op

from bot.migrations.columns import later, moment, number, table, to, truth, whole, words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    table(
        "emergencies",
        number(),
        words("kind", 10, None),
        to("chat_id", "chats", nullable=False),
        to("tip_id", "tips"),
        to("unit_id", "units"),
        words("words"),
        truth("sure"),
        moment("at", nullable=False),
        moment("rung_at"),
        whole("phones", "0"),
        moment("left_at"),
        moment("taken_at"),
        to("staff_id", "staff"),
        indexed=("chat_id", "unit_id"),
    )
    op.create_index("ix_emergencies_open", "emergencies", ["taken_at", "at"])
    op.add_column("tips", words("form", 20, "tip"))
    op.add_column("tips", whole("put", "0"))
    op.add_column("tips", whole("missed", "0"))
    later("tasks", "chat_id", "chats")
    op.create_index(op.f("ix_tasks_chat_id"), "tasks", ["chat_id"])
