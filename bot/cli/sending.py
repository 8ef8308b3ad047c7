"""trian posts · broadcast · deliveries · resend · tips."""

from datetime import UTC, datetime

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import tips as cases
from bot.cases.receipts import code_in, spoken
from bot.cli import do, group, library_of, opened, option_json, out, print_json, refuse, say, show
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.models import Broadcast, Tip
from bot.posts import outcomes
from bot.posts.broadcasts import announce, counts, number_of_recipients
from bot.posts.rendering import rendered
from bot.posts.versions import in_force
from scheduler.watch import take_in

posts, tips = group("posts"), group("tips")


@posts.command("list", help=say("cli.help.posts_list"))
def posts_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database:
            library = await _in_force(database, config)
        rows = [{"id": p.id, "kind": p.kind, "topic": p.topic, "title": p.title} for p in library.posts.values()]
        show(rows, "posts", as_json)

    do(work)


@posts.command("show", help=say("cli.help.posts_show"))
def posts_show(id: str) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database:
            library = await _in_force(database, config)
            if id not in library.posts:
                raise refuse("no_post", id=id)
            async with database.read() as db:
                today = datetime.now(config.service.zone).date()
                shown = await rendered(db, library, library.posts[id], today, config)
        out.print(shown.text, markup=False)

    do(work)


def broadcast(
    post_id: str,
    to: str = typer.Option("all", "--to", help=say("cli.help.to")),
    at: str = typer.Option("", "--at", help=say("cli.help.at")),
    urgent: bool = typer.Option(False, "--urgent", help=say("cli.help.urgent")),
) -> None:
    """Writes the broadcast; the running service sends it. The id alone is the last line."""

    async def work(config: Config) -> None:
        now = datetime.now(UTC)
        async with opened(config) as database:
            library = await _in_force(database, config)
            if post_id not in library.posts:
                raise refuse("no_post", id=post_id)
            post, due_at = library.posts[post_id], _moment(config, at) or now
            async with database.write() as db:
                groups = await number_of_recipients(db, to)
                made = await announce(db, library, config, post, target=to, due_at=due_at, now=now, urgent=urgent)
        when = made.due_at.astimezone(config.service.zone)
        out.print(say("cli.broadcast", title=made.title, groups=groups, at=when))
        out.print(made.id)

    do(work)


async def _in_force(database: Database, config: Config) -> Library:
    """What may be said: a file that changed meanwhile waits for approval here as it does in the service."""
    now, files = datetime.now(UTC), library_of(config)
    await take_in(database, files, now)
    async with database.read() as db:
        return await in_force(db, files, now.astimezone(config.service.zone).date())


def _moment(config: Config, written: str) -> datetime | None:
    """ISO time; without an offset it is meant in the service's zone. Raises Misuse."""
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise refuse("bad_time", at=written) from None
    return at if at.tzinfo else at.replace(tzinfo=config.service.zone)


def deliveries(broadcast_id: int, as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = await _broadcast(db, broadcast_id)
            numbers = (await counts(db, [broadcast_id]))[broadcast_id]
            rows = [
                {
                    "chat": one.address,
                    "state": one.state,
                    "platform_id": one.platform_id,
                    "reason": one.reason,
                    "history": one.history.strip(),
                }
                for one in await outcomes.outcomes(db, found, limit=None)
            ]
        if as_json:
            told = [{**row, "history": row["history"].splitlines()} for row in rows]
            print_json({"broadcast": broadcast_id, "counts": numbers, "deliveries": told})
            return
        out.print(say("cli.counts", **numbers))
        reasons = say.under("reasons")
        show([{**row, "reason": reasons.get(row["reason"], row["reason"])} for row in rows], "deliveries", False)

    do(work)


def resend(broadcast_id: int) -> None:
    """The running service sends them."""

    async def work(config: Config) -> None:
        library = library_of(config)
        async with opened(config) as database, database.write() as db:
            found = await _broadcast(db, broadcast_id)
            can = await outcomes.resend_failed(db, library, found, datetime.now(UTC))
            cannot = await outcomes.failed(db, found)
        out.print(say("cli.resent", can=can, cannot=sum(one.number for one in cannot.cannot)))

    do(work)


async def _broadcast(db: AsyncSession, id: int) -> Broadcast:
    found = await db.get(Broadcast, id)
    if found is None:
        raise refuse("no_broadcast", id=id)
    return found


@tips.command("list", help=say("cli.help.tips_list"))
def tips_list(as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            found = await db.scalars(select(Tip).order_by(Tip.id))
            rows = [
                {
                    "code": tip.code or "",
                    "form": tip.form,
                    "state": tip.state,
                    "channel": tip.chat.channel,
                    "started_at": tip.started_at.astimezone(config.service.zone).isoformat(timespec="minutes"),
                    "answers": len(cases.live(tip)),
                }
                for tip in found
            ]
        show(rows, "tips", as_json)

    do(work)


@tips.command("show", help=say("cli.help.tips_show"))
def tips_show(code: str, as_json: bool = option_json()) -> None:
    async def work(config: Config) -> None:
        async with opened(config) as database, database.read() as db:
            tip = await cases.by_code(db, code_in(code) or "")
            if tip is None:
                raise refuse("no_tip", code=code)
            shown = {
                "code": tip.code,
                "form": tip.form,
                "state": tip.state,
                "channel": tip.chat.channel,
                "told_at": tip.told_at,
                "flagged": [*filter(None, tip.flagged.split(","))],
                "consents": [
                    {
                        "version": c.notice_version,
                        "said": c.said,
                        "given": c.given,
                        "at": c.at,
                        "withdrawn": c.withdrawn_at,
                    }
                    for c in tip.consents
                ],
                "answers": [
                    {
                        "field": a.field,
                        "question": a.question,
                        "said": a.said,
                        "understood": a.understood,
                        "at": a.at,
                        "replaced_at": a.replaced_at,
                        "files": [
                            {"kind": f.attachment["kind"], "state": f.state, "sha256": f.sha256, "size": f.size}
                            for f in a.files
                        ],
                    }
                    for a in tip.answers
                ],
            }
        if as_json:
            print_json(shown)
            return
        out.print(say("cli.tip", code=spoken(tip.code or ""), state=tip.state))
        labels = cases.labels_of(library_of(config), tip)
        show([{"field": labels.get(a.field, a.field), "said": a.said} for a in cases.live(tip)], "answers", False)

    do(work)
