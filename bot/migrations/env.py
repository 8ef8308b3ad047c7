"""Alembic's entry: runs on the connection that bot.migrations hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.models import Table
from bot.models.columns import Moment


def as_plain_type(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:  # noqa: ARG001 - Alembic's shape
    """A migration names SQLAlchemy's own types, so that it stays true when a type of ours changes."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=as_plain_type,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
