"""All that is sealed in the database, sealed anew with the newest key; what still lies open, for the first time.

Run after an upgrade and by `trian keys`; a page of rows at a time, beside a running service.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from bot.db import Database
from bot.models import Account, Table
from bot.models.sealed import Sealed, SealedJson
from bot.vault import Vault

PAGE = 500


async def reseal(database: Database, vault: Vault) -> int:
    """Returns how many values were written. Raises Misuse when a value fits none of the keys."""
    return sum([await _column(database, vault, table, column) for table, column in _columns()]) + await _accounts(
        database, vault
    )


def _columns() -> Iterator[tuple[str, str]]:
    for table in Table.metadata.sorted_tables:
        yield from ((table.name, one.name) for one in table.c if isinstance(one.type, Sealed | SealedJson))


async def _column(database: Database, vault: Vault, name: str, column: str) -> int:
    """As it lies in the file: the columns named here have no type that would open them."""
    rows = sa.table(name, sa.column("id"), sa.column(column))
    written, last = 0, 0
    while True:
        async with database.write() as db:
            page = sa.select(rows.c.id, rows.c[column]).where(rows.c.id > last, rows.c[column] != "")
            found = (await db.execute(page.order_by(rows.c.id).limit(PAGE))).all()
            for id, words in found:
                new = {column: vault.renewed(words)}
                await db.execute(sa.update(rows).where(rows.c.id == id, rows.c[column] == words).values(new))
        if not found:
            return written
        written, last = written + len(found), found[-1][0]


async def _accounts(database: Database, vault: Vault) -> int:
    async with database.write() as db:
        accounts = (await db.scalars(sa.select(Account))).all()
        for one in accounts:
            one.sealed, one.tokens = _renewed(vault, one.sealed), _renewed(vault, one.tokens)
        return sum(bool(one.sealed) + bool(one.tokens) for one in accounts)


def _renewed(vault: Vault, sealed: bytes | None) -> bytes | None:
    return vault.renewed(sealed.decode()).encode() if sealed else sealed
