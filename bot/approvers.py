"""Approvers on their phones: what waits is shown to them with signed buttons, and what they press is checked.

How a phone is linked is in alarms.py; what an approval is bound to, in posts/approval.py.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.config import Config
from bot.errors import Misuse
from bot.library import Library
from bot.media import secret
from bot.messages import Choice, Outgoing, Picture
from bot.models import Broadcast, Chat, ChatState, Correction, PostVersion, Staff
from bot.outbox import put
from bot.posts import approval, corrections
from bot.posts.rendering import BadPost
from bot.staff import RIGHTS, Act

APPROVE, RETURN = "duyet", "tra"
RETURNING = "#"
"""before the version's number in Chat.adding: the next words here are the reason why it goes back"""


async def ask(
    db: AsyncSession,
    library: Library,
    config: Config,
    version: PostVersion,
    now: datetime,
    picture: Picture | None = None,
) -> int:
    """Show it to every approver who may decide, with his own buttons. Returns to how many.

    Nobody is shown what cannot be rendered: the page tells what is wrong with it.
    """
    try:
        sha256 = await approval.sha256_now(db, library, config, version, now)
        text = await as_sent(db, library, config, version, now)
    except (Misuse, BadPost):
        return 0
    phones = await _phones(db, version)
    for chat in phones:
        choices = [
            Choice(library.texts(f"editor.phone.{verb}"), await _signed(db, verb, version.id, sha256, chat))
            for verb in (APPROVE, RETURN)
        ]
        head = library.texts("editor.phone.head", **_about(library, config, version))
        await put(db, chat, Outgoing(f"{head}\n\n{text}", picture=picture, choices=tuple(choices)), now)
    return len(phones)


async def as_sent(db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime) -> str:
    """The whole text that residents would get by it. Raises BadPost."""
    if version.corrects_id is None:
        return (await approval.frozen_now(db, library, config, version, now)).shown.text
    wording, how = corrections.wording_of(version), Correction(version.correction)
    chain = await corrections.chain_of(db, await db.get_one(Broadcast, version.corrects_id))
    day = chain[0].due_at.astimezone(config.service.zone).date()
    writer = await db.get_one(Staff, version.writer_id)
    erratum = corrections.erratum(library, version.title, day, how, wording, writer.unit.name).text
    return f"{wording.text}\n\n———\n\n{erratum}" if how is Correction.EDIT else erratum


def _about(library: Library, config: Config, version: PostVersion) -> dict[str, object]:
    at = version.due_at.astimezone(config.service.zone) if version.due_at and not version.standing else None
    kind = library.texts(f"editor.kind.{version.kind}")
    return {"kind": kind, "at": at, "standing": version.standing, "origin": version.origin}


async def _phones(db: AsyncSession, version: PostVersion) -> Sequence[Chat]:
    """Those of active approvers who did not write it and answer for its unit, each once."""
    roles = [role for role, acts in RIGHTS.items() if Act.APPROVE in acts]
    linked = select(Staff).where(Staff.active, Staff.role.in_(roles), Staff.chat_id.is_not(None)).order_by(Staff.id)
    ids = [
        one.chat_id
        for one in await db.scalars(linked)
        if one.id != version.writer_id and await rights.answers_for(db, one, version.unit_id)
    ]
    rows = select(Chat).where(Chat.id.in_(ids), Chat.state == ChatState.ACTIVE).order_by(Chat.id)
    return (await db.scalars(rows)).all()


async def tell_writer(
    db: AsyncSession, library: Library, version: PostVersion, outcome: str, words: str, now: datetime
) -> None:
    """His phone learns what became of it: `outcome` is a key below editor.phone."""
    writer = await db.get(Staff, version.writer_id) if version.writer_id else None
    chat = await db.get(Chat, writer.chat_id) if writer and writer.chat_id else None
    if chat is not None and chat.state == ChatState.ACTIVE:
        menu = chat.menu
        await put(db, chat, Outgoing(library.texts(f"editor.phone.{outcome}", title=version.title, words=words)), now)
        chat.menu = menu  # he may be in the middle of a talk, where «2» means something


async def pressed(db: AsyncSession, library: Library, config: Config, chat: Chat, value: str, now: datetime) -> str:
    """What to answer to a pressed button. Stale, copied or not his to press: a sentence, and nothing has changed."""
    verb, _, rest = value.partition(":")
    id = rest.partition(":")[0]
    version = await db.get(PostVersion, int(id)) if id.isdecimal() and len(id) < 16 else None
    staff = await _who(db, chat)
    if version is None or staff is None:
        return library.texts("editor.phone.not_yours")
    try:
        sha256 = await approval.sha256_now(db, library, config, version, now)
        if not _same(value, await _signed(db, verb, version.id, sha256, chat)):
            return library.texts("editor.phone.stale")
        if verb == RETURN:
            await approval.check_judge(db, library, version, staff)
            chat.adding = f"{RETURNING}{version.id}"
            return library.texts("editor.phone.why", title=version.title)
        await approval.approve(db, library, config, version, sha256, staff, now, via="chat")
    except (Misuse, BadPost) as error:
        return str(error)
    await tell_writer(db, library, version, "approved", "", now)
    return library.texts("editor.phone.done", title=version.title)


async def reason(db: AsyncSession, library: Library, chat: Chat, words: str, now: datetime) -> str:
    """The words after «Trả lại»: it goes back to its writer with them. Returns what to answer."""
    id = chat.adding.removeprefix(RETURNING)
    chat.adding = ""
    version, staff = await db.get(PostVersion, int(id)), await _who(db, chat)
    if version is None or staff is None:
        return library.texts("editor.phone.not_yours")
    try:
        await approval.give_back(db, library, version, words, staff, now, via="chat")
    except Misuse as error:
        return str(error)
    await tell_writer(db, library, version, "returned", words.strip(), now)
    return library.texts("editor.phone.given_back", title=version.title)


async def _who(db: AsyncSession, chat: Chat) -> Staff | None:
    """Whose phone this is. Of two who share one, nobody."""
    found = (await db.scalars(select(Staff).where(Staff.chat_id == chat.id, Staff.active))).all()
    return found[0] if len(found) == 1 else None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


async def _signed(db: AsyncSession, verb: str, id: int, sha256: str, chat: Chat) -> str:
    """A button's value, good for this version as it reads now and in this chat only; at most 64 bytes."""
    key = await secret(db, "approval")
    made = hmac.new(key, f"{verb}:{id}:{sha256}:{chat.address}".encode(), hashlib.sha256).digest()[:18]
    return f"{verb}:{id}:{base64.urlsafe_b64encode(made).decode()}"
