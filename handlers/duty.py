"""An officer's phone: linked by a one-time code, let go again; posts approved on it. In private talks only."""

import re

from bot import alarms, approvers
from bot.messages import Outgoing
from bot.router import Answer, Router, Turn, command, command_of, in_private, rest_of

rules = Router()
CODE = re.compile(r"(?=.*[A-Z])[ABCDEGHKLMNPQRTUVXY2346789]{8}", re.IGNORECASE)
"""as bot/chats.py makes them; a receipt has digits only"""
_let_go = command("thoibaodong")


def _decision(turn: Turn) -> bool:
    return (turn.said.choice or "").startswith((f"{approvers.APPROVE}:", f"{approvers.RETURN}:"))


def _words(turn: Turn) -> bool:
    return bool(turn.said.text.strip()) and not (command_of(turn.said) or turn.said.choice)


def _code(turn: Turn) -> str:
    """What may be a code and is all that was said, or all that follows «/start»."""
    said = (turn.said.start or turn.said.text).strip()
    return said if CODE.fullmatch(said) else ""


@rules.on(lambda turn: in_private(turn) and _decision(turn))
async def decided(turn: Turn) -> Answer:
    """«Duyệt» or «Trả lại» under a post that waits for approval."""
    value = turn.said.choice or ""
    return Outgoing(await approvers.pressed(turn.db, turn.library, turn.config, turn.chat, value, turn.now))


@rules.on(lambda turn: in_private(turn) and turn.chat.adding.startswith(approvers.RETURNING) and _words(turn))
async def reasoned(turn: Turn) -> Answer:
    """Why it goes back."""
    return Outgoing(await approvers.reason(turn.db, turn.library, turn.chat, turn.said.text, turn.now))


@rules.on(lambda turn: in_private(turn) and command_of(turn.said) == "nhiemvu")
async def asked(turn: Turn) -> Answer:
    """«/nhiemvu CODE»."""
    if not rest_of(turn.said):
        return Outgoing(turn.text("duty.how"))
    if not await alarms.may_try(turn.db, turn.chat, turn.now):
        return Outgoing(turn.text("duty.too_many", tries=alarms.TRIES))
    return await _linked(turn, rest_of(turn.said)) or Outgoing(turn.text("duty.wrong"))


@rules.on(lambda turn: in_private(turn) and bool(_code(turn)))
async def typed(turn: Turn) -> Answer:
    """A code by itself; when it is none, it was said to somebody else."""
    return await _linked(turn, _code(turn)) if await alarms.may_try(turn.db, turn.chat, turn.now) else None


@rules.on(lambda turn: in_private(turn) and _let_go(turn))
async def let_go(turn: Turn) -> Answer:
    return Outgoing(turn.text("duty.unlinked" if await alarms.unlink(turn.db, turn.chat) else "duty.not_linked"))


async def _linked(turn: Turn, words: str) -> Outgoing | None:
    staff = await alarms.link(turn.db, turn.chat, words, turn.now)
    return Outgoing(turn.text("duty.linked", name=staff.name)) if staff else None
