"""Approval: bound to a hash of exactly what is said, to whom and when; never by its writer; asked again at a change.

The words of a version are made in drafts.py; which version is said is told by versions.py.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.config import Config
from bot.errors import Misuse
from bot.library import Library, Post
from bot.models import (
    Broadcast,
    BroadcastState,
    Correction,
    Delivery,
    DeliveryState,
    PostVersion,
    Staff,
    Step,
    VersionState,
)
from bot.notices import notice, settle
from bot.posts import corrections
from bot.posts.broadcasts import LATENESS, announce, as_frozen, check_sendable, stop
from bot.posts.corrections import Wording
from bot.posts.drafts import check_right
from bot.posts.freezing import Frozen, frozen_on, standing_sha256
from bot.posts.permissions import permitted
from bot.posts.rendering import BadPost
from bot.posts.versions import move, note, post_of
from bot.staff import Act

LONGEST_REASON = 1000


async def frozen_now(db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime) -> Frozen:
    """As it would read at its time, or now when it has none. Raises BadPost."""
    post = post_of(version, library.posts.get(version.post_id))
    day = (version.due_at or now).astimezone(config.service.zone).date()
    return await frozen_on(db, library, post, day, config)


async def sha256_now(db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime) -> str:
    """The hash an approval of today is bound to. Raises Misuse when it has no time yet, and BadPost."""
    if version.corrects_id is not None:
        return corrections.sha256(version)
    if version.standing:
        return standing_sha256(post_of(version))
    if version.due_at is None or not version.target:
        raise Misuse(library.texts("editor.misuse.no_time"))
    return (await frozen_now(db, library, config, version, now)).sha256(version.target, version.due_at)


async def approve(
    db: AsyncSession,
    library: Library,
    config: Config,
    version: PostVersion,
    sha256: str,
    staff: Staff,
    now: datetime,
    *,
    words: str = "",
    via: str = "page",
) -> Broadcast | None:
    """Release what `staff` saw, known by its hash; returns the broadcast that goes out by it, if any.

    Raises Misuse: for whoever may not, for the writer himself, and when it says something else by now; BadPost.
    """
    await _locked(db, version)
    await check_judge(db, library, version, staff)
    if sha256 != await sha256_now(db, library, config, version, now):
        raise Misuse(library.texts("editor.misuse.changed"))
    await _check_releasable(db, library, config, version, now)
    version.sha256 = sha256
    await move(db, version, VersionState.APPROVED, Step.APPROVED, staff, now, words=words, via=via)
    await settle(db, [f"version:{version.id}", f"asked_again:{version.id}"], now)
    await rights.audit(db, staff, "approve_post", f"version:{version.id}", now, sha256=sha256, via=via)
    return await _released(db, library, config, version, now)


async def _check_releasable(
    db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime
) -> None:
    """Nothing is approved that could not go out then. Raises Misuse."""
    today = now.astimezone(config.service.zone).date()
    if version.permission_id is not None and not await permitted(db, version.permission_id, today):
        raise Misuse(library.texts("editor.check.consent_over"))
    if version.corrects_id is not None:
        await corrections.check_version(db, library, version)
    elif not version.standing and version.due_at is not None:
        if version.due_at < now - LATENESS:
            raise Misuse(library.texts("editor.misuse.past"))
        post = post_of(version, library.posts.get(version.post_id))
        day = version.due_at.astimezone(config.service.zone).date()
        await check_sendable(db, library, post, version.target, day)


async def _released(
    db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime
) -> Broadcast | None:
    """What an approval sets going: a correction, a broadcast for its time, or nothing but its being in force."""
    if version.corrects_id is not None:
        return await corrections.correct(db, library, config, version, now)
    if version.standing or version.due_at is None:
        return None
    post, writer = post_of(version, library.posts.get(version.post_id)), version.writer_id
    by = await db.get(Staff, writer) if writer else None
    return await announce(db, library, config, post, target=version.target, due_at=version.due_at, now=now, staff=by)


async def give_back(
    db: AsyncSession,
    library: Library,
    version: PostVersion,
    words: str,
    staff: Staff,
    now: datetime,
    *,
    via: str = "page",
) -> None:
    """To the writer, with the reason. Raises Misuse."""
    await _locked(db, version)
    await check_judge(db, library, version, staff)
    if not 0 < len(words.strip()) <= LONGEST_REASON:
        raise Misuse(library.texts("editor.misuse.no_reason", most=LONGEST_REASON))
    await move(db, version, VersionState.RETURNED, Step.RETURNED, staff, now, words=words.strip(), via=via)
    await settle(db, [f"version:{version.id}", f"asked_again:{version.id}"], now)
    await rights.audit(db, staff, "return_post", f"version:{version.id}", now, via=via)


async def withdraw(
    db: AsyncSession, library: Library, version: PostVersion, words: str, staff: Staff, now: datetime
) -> int:
    """Not said any more, at once: its broadcasts stop, planned or under way. Returns how many. Raises Misuse."""
    await _locked(db, version)
    check_right(library, staff, Act.APPROVE)
    await _check_unit(db, library, version, staff)
    if version.state != VersionState.APPROVED:
        raise Misuse(library.texts("editor.misuse.not_approved_now"))
    return await take_out(db, version, words.strip(), staff, now)


async def take_out(
    db: AsyncSession, version: PostVersion, words: str, staff: Staff | None, now: datetime, *, via: str = "page"
) -> int:
    """What `withdraw` does once it may; the service itself does it for a consent that has ended."""
    await move(db, version, VersionState.WITHDRAWN, Step.WITHDRAWN, staff, now, words=words, via=via)
    await rights.audit(db, staff, "withdraw_post", f"version:{version.id}", now)
    going = await _going(db, version)
    for broadcast in going:
        await stop(db, broadcast, now)
    return len(going)


async def _going(db: AsyncSession, version: PostVersion) -> Sequence[Broadcast]:
    """Its broadcasts of which something is still to come."""
    waits = select(Delivery.broadcast_id).where(Delivery.state == DeliveryState.PENDING)
    rows = select(Broadcast).where(
        Broadcast.version_id == version.id,
        (Broadcast.state == BroadcastState.PLANNED) | Broadcast.id.in_(waits),
    )
    return (await db.scalars(rows)).all()


async def correct_at_once(
    db: AsyncSession,
    library: Library,
    config: Config,
    broadcast: Broadcast,
    how: Correction,
    wording: Wording,
    staff: Staff,
    now: datetime,
    *,
    unsent: bool = True,
    urgent: bool = False,
) -> Broadcast:
    """An emergency: an approver corrects alone; it is told loudly and reviewed by another afterwards. Raises Misuse."""
    check_right(library, staff, Act.APPROVE)
    version = await corrections.propose(db, library, broadcast, how, wording, staff, now, unsent=unsent, urgent=urgent)
    version.emergency, version.sha256 = True, corrections.sha256(version)
    await move(db, version, VersionState.APPROVED, Step.APPROVED, staff, now)
    made = await corrections.correct(db, library, config, version, now)
    await rights.audit(db, staff, "emergency", f"version:{version.id}", now, broadcast=made.id)
    await notice(db, f"emergency:{version.id}", emergency_sentence(library, version.title, staff), now)
    return made


def emergency_sentence(library: Library, title: str, staff: Staff) -> str:
    return library.texts("editor.notice.emergency", who=staff.name, title=title)


async def review(
    db: AsyncSession, library: Library, version: PostVersion, words: str, staff: Staff, now: datetime
) -> None:
    """Another approver has looked at what was released in an emergency. Raises Misuse."""
    await _locked(db, version)
    check_right(library, staff, Act.APPROVE)
    await _check_unit(db, library, version, staff)
    if not version.emergency or version.reviewed_at is not None:
        raise Misuse(library.texts("editor.misuse.not_emergency"))
    if version.writer_id == staff.id:
        raise Misuse(library.texts("editor.misuse.review_own"))
    version.reviewed_by_id, version.reviewed_at = staff.id, now
    version.revision += 1
    await note(db, version, Step.REVIEWED, staff, now, words=words.strip())
    await settle(db, [f"emergency:{version.id}"], now)
    await rights.audit(db, staff, "review_post", f"version:{version.id}", now)


async def look_again(db: AsyncSession, library: Library, config: Config, now: datetime) -> list[str]:
    """Planned broadcasts against what was approved. What changed is asked for again. Returns sentences for staff.

    A standing post takes the register's newest figures; one approved for its time stops, for its figures were approved.
    """
    told = list[str]()
    for broadcast, version in await planned(db):
        look = _look_at_standing if version.standing else _look_at_once
        sentence = await look(db, library, config, broadcast, version, now)
        told += [sentence] if sentence else []
    return told


async def look_at(db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, now: datetime) -> bool:
    """The same of one that was just changed, if it was approved for its time only. True when it is asked for again."""
    version = await db.get(PostVersion, broadcast.version_id) if broadcast.version_id else None
    if version is None or version.standing:
        return False
    return bool(await _look_at_once(db, library, config, broadcast, version, now))


async def post_of_broadcast(db: AsyncSession, library: Library, broadcast: Broadcast) -> Post | None:
    """The post it says: the wording approved for its time, or what the library says now."""
    version = await db.get(PostVersion, broadcast.version_id) if broadcast.version_id else None
    known = library.posts.get(broadcast.post_id)
    return post_of(version, known) if version is not None and not version.standing else known


async def planned(db: AsyncSession) -> Sequence[tuple[Broadcast, PostVersion]]:
    """What is to go out, with the versions it was made from."""
    rows = select(Broadcast, PostVersion).join(PostVersion, Broadcast.version_id == PostVersion.id)
    found = await db.execute(rows.where(Broadcast.state == BroadcastState.PLANNED))
    return [(broadcast, version) for broadcast, version in found]


async def _look_at_standing(
    db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, version: PostVersion, now: datetime
) -> str:
    post = library.posts.get(version.post_id)
    if post is not None and version.state == VersionState.APPROVED and standing_sha256(post) == version.sha256:
        await _take_figures(db, library, config, broadcast, version)
        return ""
    await stop(db, broadcast, now)
    sentence = library.texts("editor.notice.replaced", title=broadcast.title)
    await notice(db, f"replaced:{broadcast.id}", sentence, now)
    return sentence


async def _take_figures(
    db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, version: PostVersion
) -> None:
    """The newest figures into a post whose words name them."""
    day = broadcast.due_at.astimezone(config.service.zone).date()
    try:
        frozen = await frozen_on(db, library, library.posts[version.post_id], day, config)
    except BadPost:
        return
    for name, value in as_frozen(frozen).items():
        setattr(broadcast, name, value)


async def _look_at_once(
    db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, version: PostVersion, now: datetime
) -> str:
    if version.state == VersionState.APPROVED and await _unchanged(db, library, config, broadcast, version):
        return ""
    await stop(db, broadcast, now)
    sentence = library.texts("editor.notice.asked_again", title=broadcast.title)
    if version.state == VersionState.APPROVED:
        version.target, version.due_at = broadcast.target, broadcast.due_at
        await move(db, version, VersionState.SUBMITTED, Step.ASKED_AGAIN, None, now, words=sentence, via="service")
    await notice(db, f"asked_again:{version.id}", sentence, now)
    return sentence


async def _unchanged(
    db: AsyncSession, library: Library, config: Config, broadcast: Broadcast, version: PostVersion
) -> bool:
    post = post_of(version, library.posts.get(version.post_id))
    day = broadcast.due_at.astimezone(config.service.zone).date()
    try:
        frozen = await frozen_on(db, library, post, day, config)
    except BadPost:
        return False
    return frozen.sha256(broadcast.target, broadcast.due_at) == version.sha256


async def _locked(db: AsyncSession, version: PostVersion) -> None:
    """Two who press at the same moment: the second sees what the first did."""
    await db.refresh(version, with_for_update=True)


async def check_judge(db: AsyncSession, library: Library, version: PostVersion, staff: Staff) -> None:
    """Raises Misuse unless `staff` may approve this, did not write it, and it waits for approval."""
    check_right(library, staff, Act.APPROVE)
    if version.writer_id == staff.id:
        raise Misuse(library.texts("editor.misuse.own"))
    await _check_unit(db, library, version, staff)
    if version.state != VersionState.SUBMITTED:
        raise Misuse(library.texts("editor.misuse.not_submitted"))


async def _check_unit(db: AsyncSession, library: Library, version: PostVersion, staff: Staff) -> None:
    if not await rights.answers_for(db, staff, version.unit_id):
        raise Misuse(library.texts("editor.misuse.elsewhere"))
