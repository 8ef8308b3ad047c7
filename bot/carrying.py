"""One delivery carried over its channel: all parts in order, or a correction of what was sent before."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels import Channel
from bot.errors import NotSent, Refused, Unknown
from bot.messages import Address, Outgoing
from bot.models import ChatState, Correction

Slot = Callable[[], Awaitable[None]]
"""returns when the pacer lets one more message start"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a correction is about: the platform's ids of the parts that arrived, and when."""

    ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """What a send needs, taken out of the database so that no transaction is open meanwhile."""

    id: int
    chat_id: int
    to: Address
    group: bool
    chat_state: ChatState
    message: Outgoing
    ids: tuple[str, ...] = ()
    """of the parts that arrived in an earlier attempt"""
    attempt: int = 1
    broadcast_id: int | None = None
    bulk: bool = False
    urgent: bool = False
    correction: str = ""
    earlier: Earlier | None = None
    erratum: Outgoing | None = None


@dataclass(slots=True)
class Progress:
    """How far it came, also when it ended in an error. `written` is called when a part arrived and more follow."""

    ids: list[str]
    written: Callable[["Progress"], Awaitable[None]]
    reason: str = ""
    poll: str = ""
    """«channel:id» of the poll that a part is"""


async def carry(channel: Channel, load: Load, progress: Progress, slot: Slot, now: datetime) -> None:
    """Raises ChannelError. The first message has its slot already; every further one asks for its own."""
    if load.correction and load.earlier is not None:
        if await _corrected(channel, load, load.earlier, progress, slot, now):
            return
        await _send(channel, replace(load, message=_erratum(channel, load, load.earlier)), progress, slot)
        progress.reason = progress.reason or "erratum"
        return
    await _send(channel, load, progress, slot)


async def _send(channel: Channel, load: Load, progress: Progress, slot: Slot) -> None:
    parts = channel.parts(load.message)
    for number in range(len(progress.ids), len(parts)):
        if number > len(load.ids):
            await progress.written(progress)
            await slot()
        sent = await channel.send(load.to, parts[number], f"{load.id}.{number}")
        progress.ids.append(sent.id)
        progress.reason = sent.poorer or progress.reason
        progress.poll = sent.poll or progress.poll


async def _corrected(
    channel: Channel, load: Load, earlier: Earlier, progress: Progress, slot: Slot, now: datetime
) -> bool:
    """Was the sent message edited or deleted? False where it cannot be, and an erratum must follow."""
    if progress.ids or not earlier.ids:  # an erratum is under way already, or nobody knows what to change
        return False
    try:
        match load.correction:
            case Correction.EDIT if channel.abilities.edits:
                return await _edited(channel, load, earlier, progress, slot)
            case Correction.DELETE if _deletable(channel, earlier, now):
                return await _deleted(channel, load, earlier, progress, slot)
    except Refused:
        return False
    except Unknown as error:
        # To edit or to delete twice is harmless, so what is not known may be done again.
        raise NotSent(error.reason, error.words) from None
    return False


async def _edited(channel: Channel, load: Load, earlier: Earlier, progress: Progress, slot: Slot) -> bool:
    """Part by part; the picture stays what it is, and so does a part that is nothing but the picture."""
    parts = channel.parts(load.message)
    if len(parts) != len(earlier.ids):
        return False
    for number, (id, part) in enumerate(zip(earlier.ids, parts, strict=True)):
        if number:
            await slot()
        if part.text:
            await channel.edit(load.to, id, part)
    progress.ids[:], progress.reason = earlier.ids, "edited"
    return True


async def _deleted(channel: Channel, load: Load, earlier: Earlier, progress: Progress, slot: Slot) -> bool:
    for number, id in enumerate(earlier.ids):
        if number:
            await slot()
        await channel.delete(load.to, id)
    progress.ids[:], progress.reason = earlier.ids, "deleted"
    return True


def _deletable(channel: Channel, earlier: Earlier, now: datetime) -> bool:
    within = channel.abilities.deletes_within
    return within is not None and now - earlier.at < within


def _erratum(channel: Channel, load: Load, earlier: Earlier) -> Outgoing:
    message = load.erratum or load.message
    return replace(message, reply_to=earlier.ids[0]) if channel.abilities.replies and earlier.ids else message
