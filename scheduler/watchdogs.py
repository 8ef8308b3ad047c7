"""Watchdogs: what is missed, stuck, half done or too quiet is told once, and again only when it comes back.

Each check yields (key, sentence). `watch` runs once a minute; `look_at_accounts` asks the platforms, less often.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts, alarms, notices
from bot.cases import emergencies
from bot.channels import Channel
from bot.channels.health import Healthy
from bot.config import Config
from bot.db import Database
from bot.errors import AccountDown, ChannelError
from bot.installation import ONE, stopped_units
from bot.library import Library
from bot.messages import platform_of
from bot.models import (
    Account,
    AccountState,
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    ChatState,
    Delivery,
    DeliveryState,
    Emergency,
    Installation,
    Planned,
    Quota,
    Update,
    UpdateState,
)

log = logging.getLogger(__name__)

MARK = "watch"
"""the row of Planned that says when `watch` ran last"""
MOST = 50
"""troubles of one kind told at the same time"""
BY_HAND = "assisted"
"""its deliveries are on their way for hours: a person posts them"""
OURS = ("web", BY_HAND)
"""channels that no platform can silence"""
COUNTED = 200_000
STUCK = timedelta(minutes=15)
SENDING = timedelta(minutes=5)
WAITING = timedelta(minutes=1)
SILENT = timedelta(hours=48)
NOTHING = timedelta(hours=25)
UNSETTLED = timedelta(hours=1)
STOPPED = timedelta(hours=1)
UNPLANNED = timedelta(minutes=10)
UNPUBLISHED = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)
NEARLY_USED = 0.9

# Written out, not bound: only then do the indexes over rows under way serve the queries.
_PENDING: ColumnElement[bool] = Delivery.state == literal_column(f"'{DeliveryState.PENDING}'")
_SENDING: ColumnElement[bool] = Delivery.state == literal_column(f"'{DeliveryState.SENDING}'")
_UNKNOWN: ColumnElement[bool] = Delivery.state == literal_column(f"'{DeliveryState.UNKNOWN}'")

Found = AsyncIterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """One look around, and all a check may use."""

    db: AsyncSession
    library: Library
    config: Config
    now: datetime

    def say(self, key: str, **values: object) -> str:
        return self.library.texts(f"watch.{key}", **values)

    def clock(self, at: datetime) -> datetime:
        return at.astimezone(self.config.service.zone)


async def watch(db: AsyncSession, library: Library, config: Config, now: datetime) -> list[str]:
    """Look at everything; returns the sentences that are new, for alarms. That it ran is noted in Planned."""
    around = Round(db, library, config, now)
    found = {key: sentence for check in CHECKS async for key, sentence in check(around)}
    return await notices.compare(db, MARK, found, now)


# What goes out


async def missed(look: Round) -> Found:
    """Told once: nothing brings the moment back. The key is the one under which plan.py tells it on the page."""
    rows = select(Broadcast).where(Broadcast.state == BroadcastState.MISSED, Broadcast.due_at > look.now - REMEMBERED)
    for one in await look.db.scalars(rows.order_by(Broadcast.id).limit(MOST)):
        yield (
            f"{notices.MISSED}{one.occurrence or one.id}",
            look.say("missed", title=one.title, at=look.clock(one.due_at)),
        )


async def unpublished(look: Round) -> Found:
    """Due, and yet nobody makes deliveries of them."""
    rows = select(Broadcast.id, Broadcast.title, Broadcast.due_at).where(
        Broadcast.state == BroadcastState.PLANNED, Broadcast.due_at < look.now - UNPUBLISHED
    )
    for id, title, due_at in await look.db.execute(rows.order_by(Broadcast.id).limit(MOST)):
        yield f"unpublished:{id}", look.say("unpublished", title=title, at=look.clock(due_at))


async def half_done(look: Round) -> Found:
    """Posts that should be out, or do not move although nothing holds them back."""
    if await _held(look.db):
        return
    late = Delivery.latest_at < look.now - WAITING
    stuck = (Delivery.changed_at < look.now - STUCK) & (Delivery.channel != BY_HAND)
    waits = or_(Delivery.not_before.is_(None), Delivery.not_before < look.now - STUCK)
    # A limit keeps SQLite from reading all deliveries of the published posts instead of the index over pending ones.
    waiting = select(Delivery).where(_PENDING, waits, or_(late, stuck)).limit(COUNTED).subquery()
    rows = (
        select(Broadcast.id, Broadcast.title, func.count(), func.min(waiting.c.latest_at))
        .select_from(waiting)
        .join(Broadcast, Broadcast.id == waiting.c.broadcast_id)
        .where(Broadcast.state == BroadcastState.PUBLISHED)
        .group_by(Broadcast.id, Broadcast.title)
        .order_by(Broadcast.id)
        .limit(MOST)
    )
    if stopped := await stopped_units(look.db):
        rows = rows.join(Chat, Chat.id == waiting.c.chat_id)
        rows = rows.where(or_(Chat.unit_id.is_(None), Chat.unit_id.not_in(stopped)))
    for id, title, number, latest_at in (await look.db.execute(rows)).all():
        if latest_at < look.now - WAITING:
            yield f"half:late:{id}", look.say("half_late", title=title, number=number)
        elif not await _moves(look, id):
            yield f"half:stuck:{id}", look.say("half_stuck", title=title, number=number)


async def _held(db: AsyncSession) -> bool:
    """Nothing goes out at all, which is told by itself."""
    one = await db.get(Installation, ONE)
    return one is not None and bool(one.stopped_at or one.sealed_at)


async def _moves(look: Round, broadcast_id: int) -> bool:
    lately = exists().where(
        Delivery.broadcast_id == broadcast_id,
        Delivery.changed_at > look.now - STUCK,
        Delivery.state.in_((DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.FAILED)),
    )
    return bool(await look.db.scalar(select(lately)))


async def paused(look: Round) -> Found:
    """Posts that paused themselves."""
    rows = select(Broadcast.id, Broadcast.title).where(
        Broadcast.state == BroadcastState.PAUSED, Broadcast.reason == "too_many_failures"
    )
    for id, title in await look.db.execute(rows.order_by(Broadcast.id).limit(MOST)):
        yield f"paused:{id}", look.say("paused", title=title)


async def sending(look: Round) -> Found:
    """Begun and not ended: their owner is gone or hangs."""
    async for account, number in _by_account(look, _SENDING, look.now - SENDING):
        if account != BY_HAND:
            yield f"sending:{account}", look.say("sending", account=account, number=number)


async def unknown(look: Round) -> Found:
    async for account, number in _by_account(look, _UNKNOWN, look.now - UNSETTLED):
        yield f"unknown:{account}", look.say("unknown", account=account, number=number)


async def _by_account(look: Round, of: ColumnElement[bool], before: datetime) -> AsyncIterator[tuple[str, int]]:
    """Compared and counted here: asked for more, SQLite reads the index over all deliveries, not that over the few."""
    rows = await look.db.execute(select(Delivery.channel, Delivery.changed_at).where(of).limit(COUNTED))
    found = Counter(channel for channel, changed_at in rows if changed_at < before)
    for account in sorted(found)[:MOST]:
        yield account, found[account]


# What comes in


async def inbox(look: Round) -> Found:
    old = select(func.count(Update.id)).where(
        Update.state == UpdateState.WAITING, Update.received_at < look.now - WAITING
    )
    if number := await look.db.scalar(old):
        yield "inbox", look.say("inbox", number=number)


async def unheard(look: Round) -> Found:
    """Emergencies that nobody has taken and no phone rang for. Never their words."""
    for one in await emergencies.open_ones(look.db, Emergency.phones == 0):
        what = look.library.texts(f"emergencies.kind.{one.kind}")
        yield f"emergency:{one.id}", look.library.texts("emergencies.unheard", number=one.id, what=what)


async def nothing(look: Round) -> Found:
    """A service in which nothing happens at all cannot tell by its errors."""
    since = look.now - NOTHING
    born = await look.db.scalar(select(func.min(Account.created_at)))
    last = await look.db.scalar(select(Update.received_at).order_by(Update.id.desc()).limit(1))
    if born is None or born > since or (last is not None and last > since):
        return
    sent = exists().where(
        Delivery.channel == Account.name, Delivery.changed_at > since, Delivery.state == DeliveryState.SENT
    )
    if await look.db.scalar(select(Account.name).where(sent).limit(1)) is None:
        yield "nothing", look.say("nothing")


# The accounts


async def account_states(look: Round) -> Found:
    for state in (AccountState.PAUSED, AccountState.DOWN):
        rows = select(Account.name, Account.reason).where(Account.state == state).order_by(Account.name).limit(MOST)
        for name, reason in await look.db.execute(rows):
            words = reason_words(look.library, reason)
            yield f"account:{state}:{name}", look.say(f"account_{state}", account=name, reason=words)


async def silent(look: Round) -> Found:
    """Active, with groups, and yet nothing came and nothing went, though there was a post of its unit or of all."""
    since = look.now - SILENT
    posts = exists().where(
        Broadcast.due_at > since,
        Broadcast.due_at < look.now - STUCK,
        Broadcast.state == BroadcastState.PUBLISHED,
        or_(Broadcast.unit_id.is_(None), Account.unit_id.is_(None), Broadcast.unit_id == Account.unit_id),
    )
    groups = exists().where(Chat.channel == Account.name, Chat.kind == ChatKind.GROUP, Chat.state == ChatState.ACTIVE)
    rows = select(Account.name).where(
        Account.state == AccountState.ACTIVE,
        Account.created_at < since,
        Account.name.not_in(OURS),
        or_(Account.heard_at.is_(None), Account.heard_at < since),
        or_(Account.sent_at.is_(None), Account.sent_at < since),
        groups,
        posts,
    )
    for name in await look.db.scalars(rows.order_by(Account.name).limit(MOST)):
        yield f"silent:{name}", look.say("silent", account=name)


async def quotas(look: Round) -> Found:
    month = accounts.month(look.now)
    rows = select(Account, Quota.used).join(Quota, Quota.account == Account.name).where(Quota.month == month)
    for account, used in (await look.db.execute(rows.order_by(Account.name))).all():
        monthly = _monthly(account, look.config)
        if monthly and used > NEARLY_USED * monthly:
            yield f"quota:{month}:{account.name}", look.say("quota", account=account.name, used=used, monthly=monthly)


def _monthly(account: Account, config: Config) -> int:
    """What the platform grants in a month; 0: no limit."""
    if platform_of(account.name) not in accounts.PLATFORMS:
        return 0
    return getattr(accounts.shown(account, config), "monthly", 0)


# The installation


async def standing(look: Round) -> Found:
    one = await look.db.get(Installation, ONE)
    if one is None:
        return
    if one.stopped_at and one.stopped_at < look.now - STOPPED:
        yield "stopped", look.say("stopped", at=look.clock(one.stopped_at))
    if one.sealed_at:
        texts, key = look.library.texts, f"control.sealed.{one.sealed_reason}"
        yield "sealed", look.say("sealed", reason=texts(key) if key in texts else one.sealed_reason)


async def planning(look: Round) -> Found:
    mark = await look.db.get(Planned, "schedule")
    if mark and mark.until and mark.until < look.now - UNPLANNED:
        yield "plan", look.say("plan", at=look.clock(mark.until))


CHECKS: tuple[Callable[[Round], Found], ...] = (
    missed,
    unpublished,
    half_done,
    paused,
    account_states,
    sending,
    inbox,
    unheard,
    silent,
    nothing,
    unknown,
    quotas,
    standing,
    planning,
)


# What the platforms say of our webhooks


async def look_at_accounts(
    database: Database, channels: Mapping[str, Channel], library: Library, config: Config, now: datetime
) -> list[str]:
    """Ask each account's platform whether it still brings us what people write, and sound the alarm where not."""
    answers = await asyncio.gather(*(_health(name, channel, now) for name, channel in sorted(channels.items())))
    async with database.write() as db:
        before = await notices.lasting(db, "hooks")
        found = {
            f"hook:{name}": library.texts("watch.hook", account=name, reason=reason_words(library, reason or ""))
            for name, reason in answers
            if reason or (reason is None and f"hook:{name}" in before)
        }
        new = await notices.compare(db, "hooks", found, now)
        await alarms.sound(db, library, config, new, now)
    return new


async def _health(name: str, channel: Channel, now: datetime) -> tuple[str, str | None]:
    """(account, what is wrong); «» nothing; None: the platform could not be asked."""
    if not isinstance(channel, Healthy):
        return name, ""
    try:
        return name, await channel.health(now)
    except AccountDown as error:
        return name, error.reason
    except ChannelError as error:
        log.warning("%s could not be asked about its webhook: %s", name, error)
        return name, None


def reason_words(library: Library, reason: str) -> str:
    """The sentence of a reason's key, or the key itself."""
    key = f"reasons.{reason}"
    return library.texts(key) if key in library.texts else reason
