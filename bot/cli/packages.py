"""trian packages verify · make: hand-over packages of cases. `verify` needs no database and no configuration."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy import select

from bot import staff as people
from bot.cli import do, group, library_of, opened, out, print_json, refuse, say
from bot.config import Config
from bot.errors import Misuse
from bot.models import Case, Staff
from bot.staff import Act

# What makes and opens packages is imported where it is used: the other commands need not wait for it.

packages = group("packages")


@packages.command("verify", help=say("cli.help.packages_verify"))
def packages_verify(
    file: Path,
    password: str = typer.Option("", help=say("cli.help.packages_password")),
    as_json: bool = typer.Option(False, "--json", help=say("cli.help.json")),
) -> None:
    """Exit 1 when it is not whole."""
    from bot.cases.verifying import verify

    try:
        verdict = verify(file, password)
    except OSError:
        raise refuse("no_file", file=file) from None
    if as_json:
        flaws = [{"what": flaw.what, "about": flaw.about} for flaw in verdict.flaws]
        print_json({"whole": verdict.whole, "sha256": verdict.sha256, "flaws": flaws, **verdict.manifest})
    elif verdict.whole:
        counts = {**verdict.manifest["counts"], "files": len(verdict.manifest["files"]) + 2}
        _tell("verify.whole", code=verdict.manifest["case"])
        _tell("verify.counts", **counts)
        _tell("verify.sha256", sha256=verdict.sha256)
        _tell("verify.compare")
    else:
        _tell("verify.broken", number=len(verdict.flaws))
        for flaw in verdict.flaws:
            _tell(f"flaw.{flaw.what}", about=flaw.about)
    if not verdict.whole:
        raise typer.Exit(1)


def _tell(key: str, **values: object) -> None:
    out.print(say(f"packages.{key}", **values), markup=False)


@packages.command("make", help=say("cli.help.packages_make"))
def packages_make(
    case: str,
    into: str = typer.Option("", help=say("cli.help.packages_into")),
    login: str = typer.Option(..., "--by", help=say("cli.help.packages_staff")),
    password: str = typer.Option("", help=say("cli.help.packages_password")),
    sampling: bool = typer.Option(False, "--sampling", help=say("cli.help.packages_sampling")),
) -> None:
    """As on the page, and written down as there."""
    from bot.cases import packages as packing
    from bot.cases.gathering import Order, gather
    from bot.cases.headings import groups_of
    from bot.cases.packing import Changed
    from bot.cases.papers import Papers
    from bot.cases.verifying import verify
    from bot.press.values import PressError

    path = Path(into or f"{case}.zip")

    async def work(config: Config) -> None:
        library, now = library_of(config), datetime.now(UTC)
        papers = Papers(library.texts, config.service.zone, config.service.unit)
        async with opened(config) as database, database.write() as db:
            staff = await db.scalar(select(Staff).where(Staff.login == login))
            if staff is None or not (people.may(staff, Act.EXPORT) and people.may(staff, Act.SEE_SEALED)):
                raise Misuse(say("exports.problem.rights"))
            found = await db.scalar(select(Case).where(Case.code == case))
            if found is None:
                raise Misuse(say("packages.problem.no_case", code=case))
            order = Order(config.content, library, staff, now, with_sampling=sampling)
            contents = await gather(db, found, papers, order)
            await people.audit(db, staff, "package", f"case:{found.id}", now, encrypted=bool(password))
        press = packing.Press(papers, config.content, config.data / "media", groups_of(config.content))
        try:
            await asyncio.to_thread(packing.make, path, contents, press, password=password)
        except PressError as error:
            raise Misuse(say("packages.problem.template", words=str(error))) from None
        except Changed as error:
            raise Misuse(say("packages.problem.changed", name=str(error))) from None
        except OSError:
            raise Misuse(say("packages.problem.disk")) from None
        _tell("verify.sha256", sha256=verify(path, password).sha256)

    do(work)
