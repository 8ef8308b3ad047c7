"""The evening's balance sheet: what came in a day and what went, counted apart, and red when it does not add up.

Messages in = answered + quiet + waiting + refused + set aside. Posts × chats = sent + failed + unknown + cancelled +
under way. Counted by the database; who is told is in alarms.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alarms
from bot.config import Config
from bot.library import Library
from bot.models import (
    Account,
    ArchivedDelivery,
    BalanceSheet,
    Broadcast,
    BroadcastState,
    Chat,
    Delivery,
    DeliveryState,
    Outcome,
    Update,
    UpdateState,
)

CLOSES = time(21, 30)
"""by the clock of the service's zone"""
IN = (*Outcome, UpdateState.WAITING, UpdateState.SET_ASIDE)
OVER = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)
UNDER_WAY = "under_way"
OUT = (*OVER, UNDER_WAY)


@dataclass(frozen=True, slots=True)
class Line:
    """One account and one unit. `came`, `went`: {state: number}; `received`, `rows`: the same counted without states.

    Messages come to an account, so they are on the line of the account's own unit.
    """

    account: str
    unit_id: int | None
    received: int = 0
    came: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    went: Mapping[str, int] = field(default_factory=dict)
    overdue: int = 0
    """under way past its latest moment"""

    @property
    def adds_up(self) -> bool:
        told_in, told_out = (
            sum(found.get(key, 0) for key in keys) for found, keys in ((self.came, IN), (self.went, OUT))
        )
        return self.received == told_in and self.rows == told_out and not self.overdue


@dataclass(frozen=True, slots=True)
class Post:
    """One broadcast that was due. `trouble`: «missed», «empty», «overdue», «uneven», or «» when all is well."""

    id: int
    title: str
    unit_id: int | None
    due_at: datetime
    state: str
    rows: int
    went: Mapping[str, int]
    trouble: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A day's count; red when a line or a post of it is."""

    day: date
    lines: tuple[Line, ...] = ()
    posts: tuple[Post, ...] = ()

    @property
    def adds_up(self) -> bool:
        return all(line.adds_up for line in self.lines) and not any(post.trouble for post in self.posts)

    @property
    def came(self) -> Counter[str]:
        return _total(line.came for line in self.lines)

    @property
    def went(self) -> Counter[str]:
        return _total(line.went for line in self.lines)

    @property
    def received(self) -> int:
        return sum(line.received for line in self.lines)

    @property
    def rows(self) -> int:
        return sum(line.rows for line in self.lines)

    def of(self, units: Iterable[int], top: bool) -> "Sheet":
        """What concerns these units alone; the top also has what belongs to none."""
        mine = {*units, None} if top else set(units)
        lines = tuple(line for line in self.lines if line.unit_id in mine)
        return Sheet(self.day, lines, tuple(post for post in self.posts if post.unit_id in mine))


def _total(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total = Counter[str]()
    for part in parts:
        total.update(part)
    return total


async def balance(db: AsyncSession, day: date, zone: ZoneInfo, now: datetime) -> Sheet:
    """Count one calendar day of `zone`, as far as it has come by `now`."""
    start, end = (datetime.combine(day + timedelta(days=n), time(0), zone).astimezone(UTC) for n in (0, 1))
    came = await _came(db, start, end)
    posts = (await db.scalars(_due(start, min(end, now)))).all()
    went = await _went(db, start, min(end, now), now)
    numbers = await _rows(db, start, min(end, now))
    lines = _lines(came, went, await _units(db))
    of = dict[int, list[_Went]]()
    for row in went:
        of.setdefault(row.post, []).append(row)
    return Sheet(day, lines, tuple(_post(post, of.get(post.id, []), numbers[post.id], now) for post in posts))


# What came


async def _came(db: AsyncSession, start: datetime, end: datetime) -> Counter[tuple[str, str]]:
    """{(account, outcome or state): number}. Done rows are found by when they were done, which has an index."""
    within = (Update.received_at >= start, Update.received_at < end)
    outcome = case((Update.state == UpdateState.DONE, Update.outcome), else_=Update.state)
    over = select(Update.channel, outcome, func.count()).where(Update.done_at >= start, *within)
    waits = select(Update.channel, Update.state, func.count()).where(Update.state == UpdateState.WAITING, *within)
    found = Counter[tuple[str, str]]()
    for query in (over.group_by(Update.channel, outcome), waits.group_by(Update.channel, Update.state)):
        for channel, key, number in await db.execute(query):
            found[channel, key] += number
    return found


# What went


@dataclass(frozen=True, slots=True)
class _Went:
    post: int
    account: str
    unit_id: int | None
    state: str
    number: int
    overdue: int


def _due(start: datetime, end: datetime) -> Select[Broadcast]:
    due = select(Broadcast).where(Broadcast.due_at >= start, Broadcast.due_at < end)
    return due.order_by(Broadcast.due_at, Broadcast.id)


def _ids(start: datetime, end: datetime) -> Select[int]:
    return select(Broadcast.id).where(Broadcast.due_at >= start, Broadcast.due_at < end)


async def _went(db: AsyncSession, start: datetime, end: datetime, now: datetime) -> list[_Went]:
    """Outcomes of the posts due in between, of the archive too, by post, account, unit of the chat, and state."""
    under_way = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SENDING))
    late = func.sum(case((under_way & (Delivery.latest_at < now), 1), else_=0))
    found = list[_Went]()
    for rows, overdue in ((Delivery, late), (ArchivedDelivery, literal(0))):
        keys = (rows.broadcast_id, rows.channel, Chat.unit_id, rows.state)
        query = select(*keys, func.count(), overdue).select_from(rows).outerjoin(Chat, Chat.id == rows.chat_id)
        query = query.where(rows.broadcast_id.in_(_ids(start, end))).group_by(*keys)
        found += [_Went(*row) for row in await db.execute(query)]
    return found


async def _rows(db: AsyncSession, start: datetime, end: datetime) -> Counter[int]:
    """{broadcast: its deliveries}, counted without looking at their states."""
    found = Counter[int]()
    for rows in (Delivery, ArchivedDelivery):
        query = select(rows.broadcast_id, func.count()).where(rows.broadcast_id.in_(_ids(start, end)))
        for id, number in await db.execute(query.group_by(rows.broadcast_id)):
            found[id or 0] += number
    return found


async def _units(db: AsyncSession) -> dict[str, int | None]:
    return {row.name: row.unit_id for row in await db.execute(select(Account.name, Account.unit_id))}


def _lines(came: Counter[tuple[str, str]], went: Sequence[_Went], units: Mapping[str, int | None]) -> tuple[Line, ...]:
    """By account, then unit."""
    received, sent, overdue = dict[_Key, Counter[str]](), dict[_Key, Counter[str]](), Counter[_Key]()
    for (account, key), number in came.items():
        received.setdefault((account, units.get(account)), Counter())[key] += number
    for row in went:
        of = (row.account, row.unit_id)
        sent.setdefault(of, Counter())[_kind(row.state)] += row.number
        overdue[of] += row.overdue
    lines = [
        Line(
            *of,
            received=(into := received.get(of, Counter())).total(),
            came=dict(into),
            rows=(out := sent.get(of, Counter())).total(),
            went=dict(out),
            overdue=overdue[of],
        )
        for of in sorted({*received, *sent}, key=lambda of: (of[0], of[1] or 0))
    ]
    return tuple(lines)


_Key = tuple[str, int | None]


def _kind(state: str) -> str:
    return UNDER_WAY if state in (DeliveryState.PENDING, DeliveryState.SENDING) else state


def _post(post: Broadcast, went: Sequence[_Went], rows: int, now: datetime) -> Post:
    by_state = Counter[str]()
    for row in went:
        by_state[_kind(row.state)] += row.number
    counted = sum(by_state[key] for key in OUT)
    trouble = ""
    if post.state == BroadcastState.MISSED or (post.state == BroadcastState.PLANNED and post.latest_at < now):
        trouble = "missed"
    elif post.state == BroadcastState.PUBLISHED and not rows:
        trouble = "empty"
    elif counted != rows:
        trouble = "uneven"
    elif any(row.overdue for row in went):
        trouble = "overdue"
    return Post(post.id, post.title, post.unit_id, post.due_at, post.state, rows, dict(by_state), trouble)


# Kept, and told in the evening


async def close_day(db: AsyncSession, library: Library, config: Config, now: datetime) -> bool:
    """From 21:30 on write the day's sheet and send its summary; True when that was done now.

    After midnight the sheet is counted once more, whole, for what came in the last hours; or for the first time, when
    the service was not running in the evening.
    """
    zone = config.service.zone
    here = now.astimezone(zone)
    yesterday = here.date() - timedelta(days=1)
    kept = await db.get(BalanceSheet, yesterday)
    if kept is None and await _was_there(db, datetime.combine(yesterday, CLOSES, zone)):
        return await _close(db, library, yesterday, zone, now)
    if kept and kept.made_at.astimezone(zone).date() == yesterday:
        _keep(kept, await balance(db, yesterday, zone, now), now)
    if here.time() < CLOSES or await db.get(BalanceSheet, here.date()) is not None:
        return False
    return await _close(db, library, here.date(), zone, now)


async def _was_there(db: AsyncSession, at: datetime) -> bool:
    """Did this installation have an account by then?"""
    return bool(await db.scalar(select(Account.name).where(Account.created_at < at).limit(1)))


async def _close(db: AsyncSession, library: Library, day: date, zone: ZoneInfo, now: datetime) -> bool:
    sheet = await balance(db, day, zone, now)
    db.add(_keep(BalanceSheet(day=day), sheet, now))
    await db.flush()
    await alarms.send(db, summary(library, sheet), now)
    return True


def _keep(row: BalanceSheet, sheet: Sheet, now: datetime) -> BalanceSheet:
    row.lines, row.adds_up, row.made_at = to_json(sheet), sheet.adds_up, now
    return row


def summary(library: Library, sheet: Sheet) -> str:
    """A few short sentences, to be read aloud. No names of people, no words of theirs."""
    came, went = sheet.came, sheet.went
    troubled = [post for post in sheet.posts if post.trouble]
    return library.texts(
        "balance.summary",
        day=sheet.day,
        good=sheet.adds_up,
        received=sheet.received,
        came={key: came[key] for key in IN},
        posts=len(sheet.posts),
        rows=sheet.rows,
        went={key: went[key] for key in OUT},
        troubled=[library.texts(f"balance.trouble.{post.trouble}", title=post.title) for post in troubled[:5]],
    )


def to_json(sheet: Sheet) -> list[dict[str, Any]]:
    """As the table keeps it: the lines, then the posts."""
    lines = [{**asdict(line), "adds_up": line.adds_up} for line in sheet.lines]
    return lines + [{**asdict(post), "due_at": post.due_at.isoformat()} for post in sheet.posts]


def from_json(day: date, kept: Sequence[Mapping[str, Any]]) -> Sheet:
    lines = [Line(**{key: value for key, value in one.items() if key != "adds_up"}) for one in kept if "account" in one]
    posts = [Post(**{**one, "due_at": datetime.fromisoformat(one["due_at"])}) for one in kept if "title" in one]
    return Sheet(day, tuple(lines), tuple(posts))
