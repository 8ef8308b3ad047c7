"""Running numbers without gaps: «12/2026». The row is locked until the transaction that took the number ends."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Counter

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
"""whose year counts"""


async def next_number(db: AsyncSession, series: str) -> int:
    """1, 2, 3… of `series`; given back when the transaction fails."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    first = insert(Counter).values(series=series, last=1)
    counted = first.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + 1})
    return (await db.scalars(counted.returning(Counter.last))).one()


async def next_serial(db: AsyncSession, series: str, now: datetime, zone: ZoneInfo = HERE) -> str:
    """«12/2026»: the numbers begin anew each year."""
    year = now.astimezone(zone).year
    return f"{await next_number(db, f'{series}:{year}')}/{year}"
