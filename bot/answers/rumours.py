"""What is falsely said about the Campaign: the claim is kept and sealed, never who says it or shares it.

Who reports is known only until he has heard back. The talk is handlers/rumours.py, the page dashboard/rumours.py.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.answers.likeness import likeness_of
from bot.answers.telling import sayable, tell, with_post
from bot.config import Config
from bot.library import Library
from bot.messages import Attachment, AttachmentKind, Incoming, Outgoing, fold
from bot.models import Chat, Rumour, RumourReport, RumourState
from bot.wordbook import Wordbook

LONGEST = 2000
"""characters of what was said"""
COMPARED = 300
OPEN = (RumourState.NEW, RumourState.CHECKING)
DRAFT_KEPT = timedelta(days=1)
REPORTER_KEPT = timedelta(days=90)
"""who has not heard back by then is forgotten too"""
CLAIM_KEPT = timedelta(days=365)
"""after it was answered or set aside; then only its category and its number stay"""
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b(?:[\w-]+\.)+(?:com|net|org|vn|me|ly|info)(?:/\S*)?", re.IGNORECASE)


def screenshot(message: Incoming) -> Attachment | None:
    """The first picture that was sent along."""
    return next((one for one in message.attachments if _is_picture(one)), None)


def _is_picture(sent: Attachment) -> bool:
    return sent.kind is AttachmentKind.PHOTO or (sent.kind is AttachmentKind.FILE and sent.mime.startswith("image/"))


async def begin(db: AsyncSession, chat: Chat, category: str, message: Incoming, now: datetime) -> Rumour:
    """A draft, until he says that it may be sent."""
    rumour = Rumour(category=category, state=RumourState.TELLING, unit_id=chat.unit_id, at=now)
    rumour.words = rumour.link = rumour.picture_ref = rumour.sha256 = rumour.likeness = rumour.post_id = ""
    add(rumour, message)
    db.add(rumour)
    await db.flush()
    db.add(RumourReport(rumour_id=rumour.id, chat_id=chat.id, at=now))
    return rumour


def add(rumour: Rumour, message: Incoming) -> None:
    """Words, links apart from them, and one picture: the newest."""
    links, words = _LINK.findall(message.text), " ".join(_LINK.sub(" ", message.text).split())
    rumour.words = "\n".join(filter(None, (rumour.words, words)))
    rumour.link = "\n".join(filter(None, (rumour.link, *links)))
    if picture := screenshot(message):
        rumour.picture_ref = json.dumps(asdict(picture))


async def draft_of(db: AsyncSession, chat: Chat, id: str) -> Rumour | None:
    """What this chat is about to send."""
    if not (id.isascii() and id.isdecimal() and len(id) < 16):
        return None
    rows = select(Rumour).join(RumourReport, RumourReport.rumour_id == Rumour.id)
    mine = rows.where(Rumour.id == int(id), RumourReport.chat_id == chat.id, Rumour.state == RumourState.TELLING)
    return await db.scalar(mine)


async def send(db: AsyncSession, rumour: Rumour, book: Wordbook) -> None:
    """To staff, beside those that say the same; what has been made clear already is told at once."""
    rumour.state = RumourState.NEW
    said = f"{rumour.words} {rumour.link}"
    if not fold(said):
        return
    rows = select(Rumour).where(Rumour.state != RumourState.TELLING, Rumour.likeness != "")
    others = (await db.scalars(rows.order_by(Rumour.id.desc()).limit(COMPARED))).all()
    rumour.likeness = likeness_of(said, [(one.likeness, f"{one.words} {one.link}") for one in others], book)
    same = (one.post_id for one in others if one.likeness == rumour.likeness and one.post_id)
    rumour.post_id = next(same, "")


async def drop(db: AsyncSession, rumour: Rumour) -> None:
    await db.execute(delete(RumourReport).where(RumourReport.rumour_id == rumour.id))
    await db.delete(rumour)


async def together(db: AsyncSession, rumour: Rumour) -> Sequence[Rumour]:
    """All open reports of the same claim, this one among them."""
    same = select(Rumour).where(Rumour.state.in_(OPEN))
    alike = Rumour.likeness == rumour.likeness if rumour.likeness else Rumour.id == rumour.id
    return (await db.scalars(same.where(or_(alike, Rumour.id == rumour.id)).order_by(Rumour.id))).all()


async def made_clear(db: AsyncSession, library: Library) -> Sequence[Rumour]:
    """Open ones whose clarification is in force now."""
    rows = select(Rumour).where(Rumour.state.in_(OPEN), Rumour.post_id != "").order_by(Rumour.id)
    return [rumour for rumour in await db.scalars(rows) if rumour.post_id in library.posts]


async def answered(db: AsyncSession, library: Library, config: Config, now: datetime) -> int:
    """Those who reported them hear back, and are forgotten. Returns how many rumours."""
    clear = await made_clear(db, library)
    said = [one for one in clear if await sayable(db, library.posts[one.post_id], config, now)]
    for rumour in said:
        sentence = library.texts("rumours.answered", day=_day(rumour, config))
        message = await with_post(db, library, config, sentence, library.posts[rumour.post_id], now)
        await _close(db, rumour, RumourState.ANSWERED, message, now)
    return len(said)


async def set_aside(db: AsyncSession, library: Library, config: Config, rumour: Rumour, now: datetime) -> None:
    """Without a clarification; those who reported it are told that it was looked at."""
    message = Outgoing(library.texts("rumours.closed", day=_day(rumour, config)))
    await _close(db, rumour, RumourState.CLOSED, message, now)


async def _close(db: AsyncSession, rumour: Rumour, state: RumourState, message: Outgoing, now: datetime) -> None:
    rumour.state, rumour.answered_at = state, now
    rows = select(RumourReport, Chat).join(Chat, Chat.id == RumourReport.chat_id)
    for report, chat in await db.execute(rows.where(RumourReport.rumour_id == rumour.id)):
        await tell(db, chat, message, now)
        report.chat_id, report.told_at = None, now


def _day(rumour: Rumour, config: Config) -> str:
    day = rumour.at.astimezone(config.service.zone)
    return f"{day.day}/{day.month}/{day.year}"


async def forget(db: AsyncSession, now: datetime) -> list[str]:
    """What is kept no longer. Returns the SHA-256 of screenshots whose bytes are to go."""
    drafts = select(Rumour.id).where(Rumour.state == RumourState.TELLING, Rumour.at < now - DRAFT_KEPT)
    await db.execute(delete(RumourReport).where(RumourReport.rumour_id.in_(drafts)))
    await db.execute(delete(Rumour).where(Rumour.id.in_(drafts)))
    await db.execute(update(RumourReport).where(RumourReport.at < now - REPORTER_KEPT).values(chat_id=None))
    old = (await db.scalars(select(Rumour).where(Rumour.answered_at < now - CLAIM_KEPT, Rumour.words != ""))).all()
    pictures = [rumour.sha256 for rumour in old if rumour.sha256]
    for rumour in old:
        rumour.words = rumour.link = rumour.picture_ref = rumour.sha256 = rumour.likeness = ""
    return pictures
