"""A broadcast that went out wrong is put right by another one: edited or taken away where the platform can, an erratum
where it cannot. Which of these it is in each chat, the outbox decides at the moment of sending."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.config import Config
from bot.errors import Misuse
from bot.library import Library
from bot.messages import Outgoing, from_json, to_json
from bot.models import (
    Broadcast,
    BroadcastState,
    Chat,
    ChatState,
    Correction,
    Delivery,
    DeliveryState,
    Origin,
    PostVersion,
    Staff,
    Step,
    VersionState,
)
from bot.posts.broadcasts import ABOUT_NOTHING, queue, stop
from bot.posts.freezing import hashed
from bot.posts.outcomes import EVERYWHERE
from bot.posts.versions import note, number_of_next
from bot.staff import Act

LATENESS = timedelta(days=1)
"""a correction is worth sending for longer than the post was"""
LONGEST = 4000
"""characters of a corrected text"""
LONGEST_WORDS = 800
"""characters of what was wrong, and of what is right"""


@dataclass(frozen=True, slots=True)
class Wording:
    """What staff wrote: the whole corrected `text` (for an edit), what was `wrong`, and what is `right`."""

    wrong: str
    right: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many chats have the post for all we know, by account; and how many were still to get it."""

    told: dict[str, int]
    unsent: int


def erratum(library: Library, title: str, day: date, how: Correction, wording: Wording, who: str) -> Outgoing:
    """The message of its own that says what was wrong in the post of that `day`, what is right, and who says so."""
    text = library.texts(
        "posts.erratum",
        title=title,
        day=day.strftime("%d/%m/%Y"),
        wrong=_ended(wording.wrong),
        right=_ended(wording.right),
        withdrawn=how is Correction.DELETE,
        who=who,
    )
    return Outgoing(text, bulk=True)


def _ended(sentence: str) -> str:
    return sentence if not sentence or sentence[-1] in ".!?…»\"'" else f"{sentence}."


async def chain_of(db: AsyncSession, broadcast: Broadcast) -> list[Broadcast]:
    """The post as it first went out, then its corrections up to `broadcast`."""
    chain = [broadcast]
    while (corrects := chain[0].corrects_id) is not None:
        chain.insert(0, await db.get_one(Broadcast, corrects))
    return chain


def current(chain: Sequence[Broadcast]) -> Outgoing:
    """The post as it should stand in the chats now: as sent, or as last edited."""
    posts = [one for one in chain if one.correction in ("", Correction.EDIT)]
    return from_json(posts[-1].message)


async def check_correctable(db: AsyncSession, library: Library, broadcast: Broadcast) -> None:
    """Raises Misuse: only what went out is corrected, only the newest correction again, and a deletion never."""
    if broadcast.state not in (BroadcastState.PUBLISHED, BroadcastState.PAUSED, BroadcastState.STOPPED):
        raise Misuse(library.texts("posts.correct_nothing"))
    if await correction_of(db, broadcast) is not None:
        raise Misuse(library.texts("posts.corrected_already"))
    if broadcast.correction == Correction.DELETE:
        raise Misuse(library.texts("posts.correct_deleted"))


async def correction_of(db: AsyncSession, broadcast: Broadcast) -> Broadcast | None:
    return await db.scalar(select(Broadcast).where(Broadcast.corrects_id == broadcast.id))


async def check(
    db: AsyncSession, library: Library, broadcast: Broadcast, how: Correction, wording: Wording, unsent: bool
) -> list[Broadcast]:
    """Everything `correct` asks for. Returns the chain; raises Misuse with a sentence for what is not so."""
    await check_correctable(db, library, broadcast)
    chain = await chain_of(db, broadcast)
    _check_wording(library, chain, how, wording)
    whom = await reach(db, broadcast)
    if not whom.told and not (unsent and whom.unsent and how is Correction.EDIT):
        raise Misuse(library.texts("posts.correct_nobody"))
    return chain


def _check_wording(library: Library, chain: Sequence[Broadcast], how: Correction, wording: Wording) -> None:
    if not 0 < len(wording.wrong) <= LONGEST_WORDS:
        raise Misuse(library.texts("posts.correct_wrong", most=LONGEST_WORDS))
    if len(wording.right) > LONGEST_WORDS or (how is not Correction.DELETE and not wording.right):
        raise Misuse(library.texts("posts.correct_right", most=LONGEST_WORDS))
    if how is Correction.EDIT:
        if not 0 < len(wording.text) <= LONGEST:
            raise Misuse(library.texts("posts.correct_text", most=LONGEST))
        if wording.text == current(chain).text:
            raise Misuse(library.texts("posts.correct_same"))


async def propose(
    db: AsyncSession,
    library: Library,
    broadcast: Broadcast,
    how: Correction,
    wording: Wording,
    staff: Staff,
    now: datetime,
    *,
    unsent: bool = True,
    urgent: bool = False,
) -> PostVersion:
    """What `staff` wrote, waiting for approval. Raises Misuse.

    With `unsent` an edit also goes, as an ordinary post, to the chats that were still to get the old text.
    """
    if not rights.may(staff, Act.WRITE):
        raise Misuse(library.texts("editor.misuse.no_right"))
    await _locked(db, broadcast.id)
    chain = await check(db, library, broadcast, how, wording, unsent)
    first = chain[0]
    version = PostVersion(
        post_id=first.post_id,
        number=await number_of_next(db, first.post_id),
        origin=Origin.STAFF,
        state=VersionState.SUBMITTED,
        kind="dinh-chinh",
        title=first.title,
        body=wording.text if how is Correction.EDIT else "",
        wrong=wording.wrong,
        correction=how,
        corrects_id=broadcast.id,
        more={"right": wording.right, "unsent": unsent, "urgent": urgent},
        writer_id=staff.id,
        unit_id=staff.unit_id,
        created_at=now,
        changed_at=now,
    )
    db.add(version)
    await db.flush()
    await note(db, version, Step.SUBMITTED, staff, now)
    await rights.audit(db, staff, "submit_post", f"version:{version.id}", now)
    return version


def sha256(version: PostVersion) -> str:
    """Of all that is approved with a correction."""
    more = [version.more[name] for name in ("right", "unsent", "urgent")]
    return hashed(version.corrects_id, version.correction, version.wrong, version.body, more)


def wording_of(version: PostVersion) -> Wording:
    return Wording(version.wrong, version.more["right"], version.body)


async def check_version(db: AsyncSession, library: Library, version: PostVersion) -> list[Broadcast]:
    """Can it still be corrected so? Returns the chain; raises Misuse."""
    broadcast, how = await _locked(db, version.corrects_id or 0), Correction(version.correction)
    return await check(db, library, broadcast, how, wording_of(version), bool(version.more["unsent"]))


async def _locked(db: AsyncSession, id: int) -> Broadcast:
    """Two who press at the same moment: the second sees the first one's correction."""
    return (await db.scalars(select(Broadcast).where(Broadcast.id == id).with_for_update(of=Broadcast))).one()


async def correct(db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime) -> Broadcast:
    """Stop the broadcast and queue its correction as `version` has it, approved; one delivery a chat. Raises Misuse."""
    if version.state != VersionState.APPROVED or version.sha256 != sha256(version):
        raise Misuse(library.texts("editor.misuse.not_approved", title=version.title))
    chain = await check_version(db, library, version)
    broadcast, how, wording = chain[-1], Correction(version.correction), wording_of(version)
    unsent = bool(version.more["unsent"])
    await stop(db, broadcast, now, "corrected")
    staff = await db.get_one(Staff, version.writer_id)
    made = _broadcast(library, config, chain, how, wording, staff, now)
    made.version_id, made.urgent = version.id, bool(version.more["urgent"])
    db.add(made)
    await db.flush()
    number = await _queue(db, made, chain, unsent and how is Correction.EDIT, now)
    detail = {"correction": made.id, "how": how, "chats": number}
    await rights.audit(db, staff, "correct", f"broadcast:{broadcast.id}", now, **detail)
    return made


def _broadcast(
    library: Library,
    config: Config,
    chain: Sequence[Broadcast],
    how: Correction,
    wording: Wording,
    staff: Staff,
    now: datetime,
) -> Broadcast:
    first = chain[0]
    day = first.due_at.astimezone(config.service.zone).date()
    said = erratum(library, first.title, day, how, wording, staff.unit.name)
    # The picture stays in the message, so that what can be edited is cut into the same parts as it was.
    post = replace(current(chain), choices=(), quiz=None)  # a quiz that was wrong is not asked once more
    message = replace(post, text=wording.text, bulk=True) if how is Correction.EDIT else said
    return Broadcast(
        post_id=first.post_id,
        title=first.title,
        message=to_json(message),
        erratum=to_json(said),
        corrects_id=chain[-1].id,
        correction=how,
        target=first.target,
        due_at=now,
        latest_at=now + LATENESS,
        state=BroadcastState.PUBLISHED,
        staff_id=staff.id,
        created_at=now,
    )


async def _queue(db: AsyncSession, made: Broadcast, chain: Sequence[Broadcast], unsent: bool, now: datetime) -> int:
    told = _told(chain)
    silent = told.where(Chat.state == ChatState.STOPPED)
    await queue(db, made, silent, now, DeliveryState.CANCELLED, "chat_stopped")
    number = await queue(db, made, told.where(Chat.state != ChatState.STOPPED), now)
    return await queue(db, made, _untold(chain), now) if unsent else number


def _told(chain: Sequence[Broadcast]) -> Select[int, str, int]:
    """Chats that have the post, or may have it, each with the delivery that brought it: never one of a correction."""
    posts = [one.id for one in chain if one.correction in ("", Correction.EDIT)]
    return (
        select(Delivery.chat_id, Delivery.channel, Delivery.id.label("about_id"))
        .join(Chat, Chat.id == Delivery.chat_id)
        .where(
            Delivery.broadcast_id.in_(posts),
            Delivery.about_id.is_(None),
            Delivery.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)),
        )
    )


def _untold(chain: Sequence[Broadcast]) -> Select[int, str, int | None]:
    """Chats that were still to get the post when it was stopped."""
    told = _told(chain).subquery()
    return (
        select(Delivery.chat_id, Delivery.channel, ABOUT_NOTHING)
        .join(Chat, Chat.id == Delivery.chat_id)
        .where(
            Delivery.broadcast_id.in_([one.id for one in chain]),
            Delivery.state == DeliveryState.CANCELLED,
            Delivery.reason.in_(("corrected", "stopped")),
            Delivery.chat_id.not_in(select(told.c.chat_id)),
            Chat.state == ChatState.ACTIVE,
        )
        .distinct()
    )


async def reach(db: AsyncSession, broadcast: Broadcast, where: ColumnElement[bool] = EVERYWHERE) -> Reach:
    """Before a correction: whom it would reach. What waits still counts as not sent."""
    chain = await chain_of(db, broadcast)
    told = _told(chain).where(where).subquery()
    rows = await db.execute(select(told.c.channel, func.count()).group_by(told.c.channel).order_by(told.c.channel))
    pending = (Delivery.broadcast_id == broadcast.id) & (Delivery.state == DeliveryState.PENDING)
    waiting = select(func.count()).where(pending, Delivery.about_id.is_(None))
    untold = select(func.count()).select_from(_untold(chain).subquery())
    numbers = {channel: number for channel, number in rows}  # noqa: C416 - rows are not pairs to mypy
    return Reach(numbers, (await db.scalar(waiting) or 0) + (await db.scalar(untold) or 0))
