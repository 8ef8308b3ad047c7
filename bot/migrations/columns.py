"""The columns and tables that migrations make, in short words. It is history: added to, not changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def number() -> sa.Column[int]:
    return sa.Column("id", ID, primary_key=True)


def words(name: str, length: int = 0, default: str | None = "") -> sa.Column[str]:
    kind = sa.String(length=length) if length else sa.Text()
    return sa.Column(name, kind, nullable=False, server_default=default)


def moment(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, MOMENT, nullable=nullable)


def truth(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def whole(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)


def day(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def to(name: str, table: str, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, ID, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def later(table: str, name: str, to: str) -> None:
    """A reference in a table that is there already; SQLite takes a foreign key only together with its column."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} INTEGER REFERENCES {to} (id)")
        return
    op.add_column(table, sa.Column(name, ID, nullable=True))
    op.create_foreign_key(op.f(f"fk_{table}_{name}"), table, to, [name], ["id"])


def table(name: str, *columns: Any, indexed: tuple[str, ...] = ()) -> None:
    op.create_table(name, *columns)
    for column in indexed:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
