"""A person who posts to groups that no bot reaches: takes them on with a code, says what he has posted, steps back."""

import re

from bot import forwarders, forwarding
from bot.messages import Outgoing
from bot.models import DeliveryState
from bot.router import Answer, Router, Turn, command, in_private

rules = Router()
CODE = re.compile(r"(?=.*[A-Z])[ABCDEGHKLMNPQRTUVXY2346789]{8}", re.IGNORECASE)
"""as bot/chats.py makes them; a receipt has digits only"""
ID = re.compile(r"[0-9]{1,15}")
LINK = re.compile(r"https?://\S{4,}")
_done, _could_not, _step_back = command("dadang"), command("khongdang"), command("thoidang")
_silence = command("ngung")


def _code(turn: Turn) -> str:
    said = (turn.said.start or turn.said.text).strip()
    return said if CODE.fullmatch(said) else ""


@rules.on(lambda turn: in_private(turn) and bool(_code(turn)))
async def taken_on(turn: Turn) -> Answer:
    group = await forwarders.take_on(turn.db, turn.chat, _code(turn), turn.library, turn.now)
    return Outgoing(turn.text("forwarding.taken_on", group=group.title)) if group else None


@rules.on(lambda turn: in_private(turn) and (_done(turn) or _could_not(turn)))
async def said(turn: Turn) -> Answer:
    """In words, which name no post: before `pressed`, for they are the words of the last post's choice too."""
    held = await forwarding.held_by(turn.db, turn.chat)
    if len(held) > 1:
        return await forwarding.which(turn.db, held, turn.library)
    return await _closed(turn, held[0].id, _done(turn)) if held else None


@rules.on(lambda turn: in_private(turn) and _pressed(turn) is not None)
async def pressed(turn: Turn) -> Answer:
    """«Đã đăng» or «Không đăng được», as a button or its number."""
    delivery_id, done = _pressed(turn) or (0, False)
    return await _closed(turn, delivery_id, done)


@rules.on(lambda turn: in_private(turn) and (_step_back(turn) or _silence(turn)))
async def stepped_back(turn: Turn) -> Answer:
    groups = await forwarders.step_back(turn.db, turn.chat, turn.now)
    return Outgoing(turn.text("forwarding.stepped_back")) if groups else None


@rules.on(lambda turn: in_private(turn) and LINK.fullmatch(turn.said.text.strip()) is not None)
async def linked(turn: Turn) -> Answer:
    """Where the post can be seen: not asked for, but kept."""
    row = await forwarding.keep_link(turn.db, turn.chat, turn.said.text.strip(), turn.now)
    return Outgoing(turn.text("forwarding.link_kept", group=row.chat.title)) if row else None


def _pressed(turn: Turn) -> tuple[int, bool] | None:
    choice = turn.said.choice or ""
    for start, done in ((forwarding.POSTED, True), (forwarding.NOT_POSTED, False)):
        if ID.fullmatch(id := choice.removeprefix(start)) and choice.startswith(start):
            return int(id), done
    return None


async def _closed(turn: Turn, delivery_id: int, done: bool) -> Answer:
    row = await forwarding.close(turn.db, turn.chat, delivery_id, done, turn.now)
    if row is None:
        return Outgoing(turn.text("forwarding.not_yours"))
    match row.state, row.reason:
        case DeliveryState.SENT, _:
            key = "thanks"
        case DeliveryState.FAILED, "not_posted_said":
            key = "noted"
        case _:
            key = "over"
    asked, title = await forwarding.asked_of(turn.db, row), await forwarding.title_of(turn.db, row)
    return Outgoing(turn.text(f"forwarding.{key}", asked=asked, title=title, group=row.chat.title))
