"""What a person should know before sending: who gets something else at that time, who had it lately, who rests then.

And what Telegram charges. Warnings only: nothing here forbids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts, quiet
from bot.config import TelegramSettings
from bot.dashboard.desk import Desk
from bot.keys import UPCOMING
from bot.library import Post
from bot.messages import emphasis, platform_of, split, utf16
from bot.models import Account, Broadcast, BroadcastState, Chat
from bot.posts.broadcasts import recipients_of
from bot.posts.series import followers

NEAR = timedelta(hours=1)
LATELY = timedelta(days=30)
SHOWN = 8
FREE = 30
"""messages a second for which Telegram charges nothing"""
PRICE = 0.1
"""Stars for each message over that"""


@dataclass(frozen=True, slots=True)
class Clash:
    """Another post, and how many of the chosen groups it reaches as well. The schedule's own has no id yet."""

    title: str
    at: datetime
    groups: int
    sent: bool
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Groups whose unit rests at the chosen time. `lost`: the post would be too late when they may be sent to."""

    groups: int
    until: datetime
    lost: bool


@dataclass(frozen=True, slots=True)
class Price:
    """Stars, and the time it takes with and without paying."""

    messages: int
    stars: float
    paid: timedelta
    free: timedelta


def cost(messages: int, rate: float, paid_rate: float) -> Price:
    """Of one account: in every second FREE messages cost nothing."""
    seconds = max(1, ceil(messages / paid_rate))
    charged = max(0, messages - FREE * seconds)
    return Price(messages, charged * PRICE, timedelta(seconds=seconds), timedelta(seconds=ceil(messages / rate)))


async def near(db: AsyncSession, desk: Desk, target: str, due: datetime) -> list[Clash]:
    """Other posts to some of the same groups within an hour before or after, the schedule's coming ones too."""
    within = (Broadcast.due_at > due - NEAR) & (Broadcast.due_at < due + NEAR)
    found = await _with_groups(db, target, (await db.scalars(_others().where(within))).all())
    planned = select(Broadcast.occurrence, Broadcast.due_at).where(within, Broadcast.occurrence.is_not(None))
    known = {((occurrence or "").partition("@")[0], at) for occurrence, at in await db.execute(planned)}
    for coming in desk.request.app[UPCOMING](desk.library, max(desk.now, due - NEAR), due + NEAR):
        if (coming.entry_id, coming.at) not in known:
            title = coming.post.title if coming.post else coming.name
            groups = await _shared(db, target, followers(coming.target, coming.post))
            found.append(Clash(title, coming.at, groups, sent=False))
    return sorted((one for one in found if one.groups), key=lambda one: one.at)[:SHOWN]


async def lately(db: AsyncSession, post: Post, text: str, target: str, due: datetime) -> list[Clash]:
    """The same post or the same text, to some of the same groups, in the thirty days before or already planned."""
    same = or_(Broadcast.post_id == post.id, Broadcast.message["text"].as_string() == text)
    rows = await db.scalars(
        _others().where(same, Broadcast.due_at > due - LATELY, Broadcast.due_at < due + LATELY).limit(50)
    )
    found = await _with_groups(db, target, sorted(rows, key=lambda row: row.due_at, reverse=True))
    return [one for one in found if one.groups][:SHOWN]


def _others() -> Select[Broadcast]:
    going = (BroadcastState.PLANNED, BroadcastState.PUBLISHED, BroadcastState.PAUSED)
    return select(Broadcast).where(Broadcast.state.in_(going), Broadcast.correction == "")


async def _with_groups(db: AsyncSession, target: str, rows: Sequence[Broadcast]) -> list[Clash]:
    shared = {other: await _shared(db, target, other) for other in {row.target for row in rows}}
    return [
        Clash(row.title, row.due_at, shared[row.target], row.state != BroadcastState.PLANNED, row.id) for row in rows
    ]


async def _shared(db: AsyncSession, one: str, other: str) -> int:
    """How many groups both targets reach."""
    mine, theirs = recipients_of(one).subquery(), recipients_of(other).subquery()
    both = select(func.count()).select_from(mine).where(mine.c.id.in_(select(theirs.c.id)))
    return await db.scalar(both) or 0


async def rests(db: AsyncSession, desk: Desk, target: str, due: datetime, latest: datetime) -> list[Rest]:
    """Groups that rest at `due` by their own unit's hours, by the moment they may be sent to."""
    resting = await quiet.resting_units(db, due, desk.config.service.zone)
    if not resting:
        return []
    chosen = recipients_of(target).subquery()
    rows = await db.execute(
        select(Chat.unit_id, func.count()).join(chosen, chosen.c.id == Chat.id).group_by(Chat.unit_id)
    )
    numbers = dict[datetime, int]()
    for unit_id, number in rows:
        if until := resting.get(unit_id or 0):
            numbers[until] = numbers.get(until, 0) + number
    return [Rest(number, until, lost=until > latest) for until, number in sorted(numbers.items())]


async def price(db: AsyncSession, desk: Desk, target: str, text: str, picture: bool) -> Price | None:
    """What this post costs on the Telegram accounts that pay for speed; None when none does."""
    chosen = recipients_of(target).subquery()
    rows = await db.execute(select(chosen.c.channel, func.count()).group_by(chosen.c.channel))
    prices = []
    for name, groups in rows:
        if platform_of(name) == "telegram" and (said := await _telegram(db, desk, name)).paid_broadcast:
            prices.append(cost(groups * parts(text, picture), said.rate, said.paid_rate))
    if not prices:
        return None
    stars, messages = sum(one.stars for one in prices), sum(one.messages for one in prices)
    return Price(messages, stars, max(one.paid for one in prices), max(one.free for one in prices))


async def _telegram(db: AsyncSession, desk: Desk, name: str) -> TelegramSettings:
    row = await db.get(Account, name)
    said = accounts.shown(row, desk.config) if row else desk.config.telegram
    return said if isinstance(said, TelegramSettings) else desk.config.telegram


def parts(text: str, picture: bool) -> int:
    """Messages Telegram makes of a post, as channels/telegram.py cuts it: 4,096 characters, 1,024 under a picture."""
    whole = text.strip()
    if not picture:
        return len(split(whole, 4096))
    if utf16(emphasis(whole)[0]) <= 1024:
        return 1
    if utf16(whole.split("\n\n")[0]) <= 1024:
        return len(split(whole, 4096, first=1024))
    return 1 + len(split(whole, 4096))
