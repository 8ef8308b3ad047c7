"""trian staff · units · chats."""

import csv
import secrets
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.progress import track
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats as groups
from bot import staff as people
from bot.cli import do, group, library_of, opened, option_json, out, refuse, say, show
from bot.config import Config
from bot.messages import Address
from bot.models import Chat, ChatKind, Role, Staff, Unit, UnitKind

staff, units, chats = group("staff"), group("units"), group("chats")
CHANNELS = ("telegram", "zalo_bot", "web")


@staff.command("add", help=say("cli.help.staff_add"))
def staff_add(
    login: str,
    name: str = typer.Option(..., help=say("cli.help.name")),
    role: str = typer.Option(..., help=say("cli.help.role", roles=", ".join(Role))),
    unit: str = typer.Option("", help=say("cli.help.unit")),
    password: str = typer.Option("", help=say("cli.help.password")),
) -> None:
    if role not in list(Role):
        raise refuse("bad_role", role=role, roles=", ".join(Role))
    chosen = password or secrets.token_urlsafe(9)

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            await people.add(
                db,
                login=login,
                name=name,
                role=Role(role),
                unit=await unit_of(db, config, unit),
                password=chosen,
                now=_now(),
            )
        out.print(say("cli.staff_added", login=login))
        if not password:
            out.print(say("cli.password", password=chosen), markup=False)

    do(work)


@staff.command("list", help=say("cli.help.staff_list"))
def staff_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = await db.scalars(select(Staff).order_by(Staff.login))
            rows = [{"login": s.login, "name": s.name, "role": s.role, "unit": s.unit.name} for s in found]
        show(rows, "staff", as_json)

    do(work)


@units.command("import", help=say("cli.help.units_import"))
def units_import(file: Path) -> None:
    """CSV with the header code,name,kind,parent."""
    rows = _csv(file, ("code", "name", "kind", "parent"))

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            for line, row in enumerate(rows, 2):
                if row["kind"] not in list(UnitKind):
                    raise refuse("bad_kind", file=file, line=line, kind=row["kind"], kinds=", ".join(UnitKind))
                parent = await _unit(db, row["parent"]) if row["parent"] else None
                if row["parent"] and parent is None:
                    raise refuse("bad_parent", file=file, line=line, parent=row["parent"])
                unit = await _unit(db, row["code"]) or Unit(code=row["code"])
                unit.name, unit.kind, unit.parent_id = row["name"], row["kind"], parent.id if parent else None
                db.add(unit)
                await db.flush()
        out.print(say("cli.units_imported", number=len(rows)))

    do(work)


@units.command("list", help=say("cli.help.units_list"))
def units_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = (await db.scalars(select(Unit).order_by(Unit.id))).all()
            codes = {unit.id: unit.code for unit in found}
            rows = [
                {"code": u.code, "name": u.name, "kind": u.kind, "parent": codes.get(u.parent_id or 0)} for u in found
            ]
        show(rows, "units", as_json)

    do(work)


@chats.command("list", help=say("cli.help.chats_list"))
def chats_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = await db.scalars(select(Chat).where(Chat.kind == ChatKind.GROUP).order_by(Chat.id))
            rows = [
                {
                    "address": c.address,
                    "title": c.title,
                    "unit": c.unit.code if c.unit else None,
                    "topics": c.topics,
                    "state": c.state,
                    "reason": c.reason,
                }
                for c in found
            ]
        show(rows, "chats", as_json)

    do(work)


@chats.command("enroll", help=say("cli.help.chats_enroll"))
def chats_enroll(
    address: str,
    unit: str = typer.Option("", help=say("cli.help.unit")),
    name: str = typer.Option("", help=say("cli.help.chat_name")),
    topics: str = typer.Option("", help=say("cli.help.topics")),
) -> None:
    where = _address(address)

    async def work(config: Config) -> None:
        _check_topics(config, topics)
        async with opened(config) as database, database.write() as db:
            await groups.enrol(db, where, unit=await unit_of(db, config, unit), title=name, topics=topics, now=_now())
        out.print(say("cli.enrolled", address=address))

    do(work)


@chats.command("import", help=say("cli.help.chats_import"))
def chats_import(file: Path) -> None:
    """CSV with the header address,name,unit,topics; all or nothing."""
    rows = _csv(file, ("address", "name", "unit", "topics"))

    async def work(config: Config) -> None:
        async with opened(config) as database, database.write() as db:
            for line, row in enumerate(track(rows, say("cli.importing"), console=out, transient=True), 2):
                place = f"{file}:{line}: "
                where, unit = _address(row["address"], place), await unit_of(db, config, row["unit"], place)
                _check_topics(config, row["topics"], place)
                await groups.enrol(db, where, unit=unit, title=row["name"], topics=row["topics"], now=_now())
        out.print(say("cli.chats_imported", number=len(rows)))

    do(work)


@chats.command("code", help=say("cli.help.chats_code"))
def chats_code(
    unit: str = typer.Option("", help=say("cli.help.unit")),
    topics: str = typer.Option("", help=say("cli.help.topics")),
) -> None:
    async def work(config: Config) -> None:
        _check_topics(config, topics)
        async with opened(config) as database, database.write() as db:
            code = await groups.make_code(db, (await unit_of(db, config, unit)).id, topics, None, _now())
        out.print(code.code)

    do(work)


async def _unit(db: AsyncSession, code: str) -> Unit | None:
    return await db.scalar(select(Unit).where(Unit.code == code))


async def unit_of(db: AsyncSession, config: Config, written: str, place: str = "") -> Unit:
    """By code, id or name; «» is the installation's own ward. Raises Misuse."""
    if not written:
        return await people.home_or_new(db, config.service.unit)
    by_id = await db.get(Unit, int(written)) if written.isdecimal() else None
    unit = await _unit(db, written) or by_id or await db.scalar(select(Unit).where(Unit.name == written))
    if unit is None:
        raise refuse("bad_unit", place=place, unit=written)
    return unit


def _address(written: str, place: str = "") -> Address:
    try:
        address = Address.parse(written)
    except ValueError:
        address = Address("", "")
    if address.channel not in CHANNELS:
        raise refuse("bad_address", place=place, address=written, channels=", ".join(CHANNELS))
    return address


def _check_topics(config: Config, topics: str, place: str = "") -> None:
    known = library_of(config).topics if topics else {}
    for topic in filter(None, topics.split(",")):
        if topic not in known:
            raise refuse("bad_topic", place=place, topic=topic, topics=", ".join(known))


def _csv(file: Path, header: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows with exactly these columns, in any order. Raises Misuse."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if sorted(reader.fieldnames or ()) != sorted(header):
                raise refuse("bad_header", file=file, header=",".join(header))
            return [{key: (row[key] or "").strip() for key in header} for row in reader]
    except (OSError, UnicodeDecodeError):
        raise refuse("no_file", file=file) from None


def _now() -> datetime:
    return datetime.now(UTC)
