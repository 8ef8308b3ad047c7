"""Talking back: a reply to a message of ours that names a receipt lands with that tip; guessing codes is limited."""

import re

from sqlalchemy import select

from bot.cases import guessing, tips
from bot.cases.receipts import code_in
from bot.messages import Incoming, Outgoing
from bot.models import Delivery, Tip
from bot.router import Answer, Router, Turn, command, command_of, in_private
from handlers.mine import names_code

rules = Router()
_CODE = re.compile(r"(?<!\d)\d{4} ?\d{4}(?!\d)")
COMMANDS = [
    command(name, exactly=True)
    for name in ("baotin", "giadinh", "tincuatoi", "tiendo", "dulieu", "trogiup", "ngung", "nhan", "phananh")
]


@rules.on(lambda turn: in_private(turn) and bool(turn.chat.adding) and _is_command(turn))
async def something_else(turn: Turn) -> Answer:
    """«Báo tin» is not an addition: whoever begins something else is not waited for any more."""
    turn.chat.adding = ""
    return None


def _is_command(turn: Turn) -> bool:
    return any(says(turn) for says in COMMANDS)


def asks_by_code(turn: Turn) -> bool:
    if not in_private(turn):
        return False
    return names_code(turn)


@rules.on(asks_by_code)
async def guessed(turn: Turn) -> Answer:
    """Who tries too many codes that are nobody's is asked to rest; a slip of the finger is not one of them."""
    if not await guessing.may_try(turn.db, turn.chat, turn.now):
        return Outgoing(turn.text("tips.too_many_codes"))
    code = code_in(turn.said.text)
    if code and await tips.by_code(turn.db, code) is None:
        await guessing.note(turn.db, turn.chat, turn.now)
    return None


def replies(turn: Turn) -> bool:
    """Words under one of our messages; not a button, nor a command."""
    if not (in_private(turn) and isinstance(turn.message, Incoming) and turn.said.replies_to):
        return False
    return turn.said.choice is None and not command_of(turn.said) and not _is_command(turn)


@rules.on(replies)
async def replied(turn: Turn) -> Answer:
    """What comes next in the order of the rules takes it as an addition."""
    if not turn.chat.adding and (tip := await _tip_named(turn)):
        turn.chat.adding = tip.code or ""
    return None


async def _tip_named(turn: Turn) -> Tip | None:
    """This chat's own tip whose code stands in the message that is replied to."""
    id = turn.said.replies_to
    rows = select(Delivery).where(Delivery.chat_id == turn.chat.id, Delivery.platform_id.contains(id, autoescape=True))
    sent = next((row for row in await turn.db.scalars(rows) if id in row.platform_id.split(",")), None)
    text = str((sent.message or {}).get("text", "")) if sent else turn.said.quoted
    for written in _CODE.findall(text):
        code = code_in(written)
        tip = await tips.by_code(turn.db, code) if code else None
        if tip and tip.chat_id == turn.chat.id:
            return tip
    return None
