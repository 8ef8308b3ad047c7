"""The library's posts: found, read as residents will read them, and released by name when they are held."""

from collections.abc import Iterable
from datetime import date

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dashboard.desk import Desk
from bot.dashboard.targets import offers
from bot.errors import Misuse
from bot.library import Fact, Post
from bot.messages import fold
from bot.models import Broadcast, Confirmation, Staff
from bot.posts import figures
from bot.posts.broadcasts import confirmed
from bot.posts.rendering import BadPost, Rendered, rendered
from bot.posts.versions import versions


async def listed(desk: Desk) -> web.Response:
    library, wanted, topic = desk.library, fold(desk.asked("tim")), desk.asked("chu-de")
    found = [
        post
        for post in library.posts.values()
        if all(word in fold(f"{post.title} {post.body} {' '.join(post.asks)}") for word in wanted.split())
    ]
    async with desk.read() as db:
        held = {id for id, post in library.posts.items() if not await sendable(db, desk, post)}
    if topic == "cho-xac-nhan":
        found = [post for post in found if post.id in held]
    elif topic:
        found = [post for post in found if post.topic == topic]
    return desk.page(
        "posts",
        shelves=_shelves(desk, found),
        held=held,
        topics=library.topics,
        wanted=desk.asked("tim"),
        topic=topic,
        number=len(found),
    )


def _shelves(desk: Desk, posts: Iterable[Post]) -> dict[str, list[Post]]:
    """The posts by the name of their topic, in the order of the topics; slogans have none."""
    shelves: dict[str, list[Post]] = {name: [] for name in desk.library.topics.values()}
    for post in posts:
        shelves.setdefault(desk.library.topics.get(post.topic, desk.say("post.no_topic")), []).append(post)
    return {name: shelf for name, shelf in shelves.items() if shelf}


def on_shelf(desk: Desk) -> Post:
    post = desk.library.posts.get(desk.request.match_info["id"])
    if post is None:
        raise web.HTTPNotFound
    return post


async def show(desk: Desk) -> web.Response:
    post = on_shelf(desk)
    async with desk.read() as db:
        shown, mistake = await preview(db, desk, post)
        missing = await _unconfirmed(db, desk, post)
        sent = await db.scalars(
            select(Broadcast).where(Broadcast.post_id == post.id).order_by(Broadcast.id.desc()).limit(5)
        )
        return desk.page(
            "post",
            post=post,
            topic=desk.library.topics.get(post.topic, desk.say("post.no_topic")),
            shown=shown,
            mistake=mistake,
            stale=stale(shown.facts, desk) if shown else set(),
            missing=missing,
            suggested=_suggested(desk, post, missing),
            sendable=await sendable(db, desk, post),
            valid=post.valid_on(desk.today),
            confirmations=await _confirmations(db, post),
            sent=sent.all(),
            versions=await versions(db, post.id),
            offers=await offers(db, desk.library, await desk.scope(db)),
        )


async def preview(db: AsyncSession, desk: Desk, post: Post) -> tuple[Rendered | None, str]:
    """The post as residents will see it today, or what is wrong with its template."""
    try:
        return await rendered(db, desk.library, post, desk.today, desk.config), ""
    except BadPost as error:
        return None, str(error)


def stale(facts: Iterable[Fact], desk: Desk) -> set[str]:
    """Ids of the figures that are past the day until which they were good."""
    return {fact.id for fact in figures.stale(facts, desk.today)}


async def _confirmations(db: AsyncSession, post: Post) -> list[tuple[Confirmation, str, bool]]:
    """Who released it, when, and whether it was exactly today's text."""
    rows = await db.execute(
        select(Confirmation, Staff.name)
        .join(Staff, Confirmation.staff_id == Staff.id)
        .where(Confirmation.item_id == post.id)
        .order_by(Confirmation.id.desc())
    )
    return [(row, name, row.text_sha256 == post.text_sha256) for row, name in rows]


def _years(desk: Desk, post: Post) -> list[int]:
    """The years a held post can be released for: this and the next, or 0 for every year."""
    return [desk.today.year, desk.today.year + 1] if post.confirm_each_year else [0]


async def _unconfirmed(db: AsyncSession, desk: Desk, post: Post) -> list[int]:
    """Those of the years for which today's text has not been released."""
    years = _years(desk, post) if post.held else []
    return [year for year in years if not await confirmed(db, post, date(year or desk.today.year, 1, 1))]


async def sendable(db: AsyncSession, desk: Desk, post: Post) -> bool:
    """Not held, or released for at least one of the years."""
    return not post.held or len(await _unconfirmed(db, desk, post)) < len(_years(desk, post))


def _suggested(desk: Desk, post: Post, missing: list[int]) -> int | None:
    """The year in which its day comes next, when that can be told from the solar date."""
    kind, day, month = post.anniversary.rule if post.anniversary else ("", 0, 0)
    over = kind == "solar" and (month, day) < (desk.today.month, desk.today.day)
    return missing[-1 if over else 0] if missing else None


async def confirm(desk: Desk) -> web.Response:
    """Release the text that was on the page, not one that has changed since; for one year where each needs its own."""
    post, written = on_shelf(desk), desk.field("year")
    if desk.field("sha") != post.text_sha256:
        raise Misuse(desk.say("misuse.text_changed"))
    if not desk.field("read"):
        raise Misuse(desk.say("misuse.tick_read"))
    async with desk.write() as db:
        missing = {str(year): year for year in await _unconfirmed(db, desk, post)}
        if written not in missing:
            raise Misuse(desk.say("misuse.confirmed"))
        row = Confirmation(item_id=post.id, year=missing[written], text_sha256=post.text_sha256, at=desk.now)
        row.staff_id = desk.staff.id
        db.add(row)
        await desk.audit(db, "confirm", f"post:{post.id}", year=row.year, sha256=row.text_sha256)
    desk.wake()
    return desk.go("bai", post.id, done="confirmed")
