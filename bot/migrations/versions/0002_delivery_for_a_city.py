"""Accounts, corrections, stops, the balance sheet; indexes over what is under way only"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
LONGER = (
    ("inbox", "channel", 60),
    ("chats", "channel", 60),
    ("chats", "address", 180),
    ("deliveries", "channel", 60),
    ("deliveries", "platform_id", 300),
    ("uploads", "account", 120),
    ("tip_files", "channel", 60),
)


def words(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def reference(table: str, column: str, to: str) -> None:
    """SQLite takes a foreign key only together with its column."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER REFERENCES {to} (id)")
        return
    op.add_column(table, sa.Column(column, ID, nullable=True))
    op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, to, [column], ["id"])


def partial(name: str, columns: list[str], state: str) -> None:
    where = sa.text(f"state = '{state}'")
    op.create_index(name, "deliveries", columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # which has no lengths
        for table, column, length in LONGER:
            op.alter_column(table, column, type_=sa.String(length=length))

    op.add_column("inbox", words("outcome", 10))
    op.add_column("inbox", words("digest", 64))
    op.create_index(op.f("ix_inbox_digest"), "inbox", ["digest"])
    op.create_index(op.f("ix_inbox_done_at"), "inbox", ["done_at"])

    op.add_column("broadcasts", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("broadcasts", words("reason", 60))
    op.add_column("broadcasts", words("correction", 8))
    op.add_column("broadcasts", sa.Column("erratum", JSON, nullable=True))
    reference("broadcasts", "corrects_id", "broadcasts")
    op.create_index(op.f("ix_broadcasts_corrects_id"), "broadcasts", ["corrects_id"])

    op.add_column("deliveries", sa.Column("history", sa.Text(), nullable=False, server_default=""))
    reference("deliveries", "about_id", "deliveries")
    op.drop_index("ix_deliveries_queue", "deliveries")
    op.drop_index("ix_deliveries_chat_id", "deliveries")
    partial("ix_deliveries_pending", ["channel", "urgency", "id"], "pending")
    partial("ix_deliveries_sending", ["channel"], "sending")
    partial("ix_deliveries_unknown", ["chat_id"], "unknown")
    op.create_index("ix_deliveries_talk", "deliveries", ["chat_id", "created_at"])
    op.create_index("ix_deliveries_changed", "deliveries", ["channel", "changed_at"])
    op.create_index(op.f("ix_deliveries_about_id"), "deliveries", ["about_id"])

    op.create_table(
        "archived_deliveries",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("platform_id", sa.String(length=300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_deliveries")),
    )
    op.create_index("ix_archived_deliveries_broadcast", "archived_deliveries", ["broadcast_id", "state"])

    reference("web_lines", "changes_id", "web_lines")
    reference("chats", "forwarder_id", "chats")
    op.add_column("chats", words("forwarder_name", 200))
    op.add_column("chats", sa.Column("telling_id", ID, nullable=True))
    newest = "SELECT max(id) FROM tips WHERE chat_id = chats.id AND state = 'telling'"
    op.execute(f"UPDATE chats SET telling_id = ({newest})")  # noqa: S608 - no input in it
    op.add_column("enrolment_codes", words("kind", 10, "group"))
    reference("staff", "chat_id", "chats")
    for hours in (words("quiet_from", 5), words("quiet_to", 5), words("days", 7)):
        op.add_column("units", hours)
    op.add_column("units", sa.Column("stopped_at", MOMENT, nullable=True))

    op.create_table(
        "installation",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.Column("sealed_reason", sa.String(length=60), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("stopped_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["stopped_by"], ["staff.id"], name=op.f("fk_installation_stopped_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("state_since", MOMENT, nullable=False),
        sa.Column("halted_until", MOMENT, nullable=True),
        sa.Column("heard_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("refreshing_until", MOMENT, nullable=True),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_accounts_unit_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_unit_id"), "accounts", ["unit_id"])
    op.create_table(
        "quotas",
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "month", name=op.f("pk_quotas")),
    )
    op.create_table(
        "balance_sheets",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("adds_up", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_balance_sheets")),
    )
