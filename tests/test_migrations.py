"""The migrations make exactly the tables of bot/models, and may run twice."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from bot import migrations
from bot.db import Database
from bot.models import Table


async def test_the_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    assert await migrations.upgrade(database) is True
    assert await migrations.upgrade(database) is False

    def differences(connection: Connection) -> list[object]:
        # SQLite knows no lengths, so a migration does not change them there.
        options = {"compare_type": connection.dialect.name != "sqlite"}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata))

    try:
        async with database.engine.connect() as connection:
            found = await connection.run_sync(differences)
    finally:
        await database.close()
    assert [one for one in found if "alembic_version" not in str(one)] == []
