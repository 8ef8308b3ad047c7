"""The example ward of `trian demo`: units, web rooms, sign-ins. Everything in it is plainly marked as an example."""

import secrets
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats, staff
from bot.app import Parts, utcnow
from bot.config import Config, Contact
from bot.keys import WAKE
from bot.messages import Address
from bot.models import Role, Staff, Unit


async def prepare(parts: Parts) -> list[dict[str, str]]:
    """Make the ward once, and new passwords at every start. Returns [{"login", "password", "name"}]."""
    ward = _ward(parts.shelf.library.folder)
    async with parts.database.write() as db:
        units = await _units(db, ward["unit"], utcnow())
        sign_ins = [await _sign_in(db, row, units, utcnow()) for row in ward["staff"]]
    parts.app[WAKE]()
    return sign_ins


def contact(config: Config) -> Contact:
    """Example telephones, address and hours, whatever config.toml says: nobody tries the demo on a real officer."""
    return Contact(**_ward(config.content)["contact"])


def _ward(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "demo.toml").read_text("utf-8"))


async def _units(db: AsyncSession, rows: list[dict[str, Any]], now: datetime) -> dict[str, Unit]:
    units = {unit.code: unit for unit in await db.scalars(select(Unit))}
    for row in rows:
        parent, known = units.get(row.get("parent", "")), units.get(row["code"])
        unit = known or Unit(code=row["code"])
        unit.name, unit.kind, unit.parent_id = row["name"], row["kind"], parent.id if parent else None
        db.add(unit)
        await db.flush()
        units[unit.code] = unit
        if row.get("room") and known is None:
            await chats.enrol(db, Address("web", f"r-{unit.code}"), unit=unit, title=unit.name, topics="", now=now)
    return units


async def _sign_in(db: AsyncSession, row: dict[str, Any], units: dict[str, Unit], now: datetime) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    known = await db.scalar(select(Staff).where(Staff.login == row["login"]))
    if known:
        await staff.set_password(db, known, password)
    else:
        unit = units[row["unit"]]
        role = Role(row["role"])
        await staff.add(db, login=row["login"], name=row["name"], role=role, unit=unit, password=password, now=now)
    return {"login": row["login"], "password": password, "name": row["name"]}
