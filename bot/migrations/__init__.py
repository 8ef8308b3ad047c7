"""The tables brought up to date by Alembic; versions/ holds one file a change."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.db import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database) -> bool:
    """Bring the tables to the newest version. Returns whether anything was to be done."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(current)
        if found == newest():
            return False
    async with database.engine.connect() as connection:
        await connection.execution_options(writes=True)
        if connection.dialect.name == "postgresql":  # several processes may start together
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('trian: tables'))"))
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))
        await connection.commit()
    return True


def current(connection: Connection) -> str | None:
    """The version of the tables; None when there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
