"""«Tin của tôi»: where a tip stands, by the chat it came from or by its code, and how to add to it."""

import re

from bot import reading
from bot.cases import sampling, tips
from bot.cases.receipts import code_in, looks_like_code, spoken
from bot.forms import Ask, understood
from bot.language import Act
from bot.messages import Choice, Outgoing, fold
from bot.models import Tip, TipState
from bot.posts.figures import day_text
from bot.router import Answer, Router, Turn, command, command_of, heard, in_private
from handlers.rights import to_be_deleted

rules = Router()
is_mine = command("tincuatoi")
is_tip = command("baotin")


def asks_for_mine(turn: Turn) -> bool:
    """«Tin của tôi», perhaps with a code behind it."""
    if not in_private(turn) or _is_telephone(turn.said.text):
        return False
    return is_mine(turn) or names_code(turn)


def _is_telephone(text: str) -> bool:
    """A number and nothing else, and no code."""
    return bool(reading.phone(text)) and not any(c.isalpha() for c in text)


def names_code(turn: Turn) -> bool:
    """A code with «tin của tôi», or nothing but a code."""
    words = fold(turn.said.text)
    if turn.said.choice or not looks_like_code(words):
        return False
    whole = len(looks_like_code(words)) == _DIGITS
    called = any(f" {one} " in f" {words} " for one in ("ma phieu", "ma so", "ma tin", "phieu"))
    named = called or _WRITTEN.search(words) is not None
    asks = (whole and (named or not any(c.isalpha() for c in words))) or turn.act is Act.MINE
    return asks or any(words.startswith(phrase) for phrase in heard(turn, "tincuatoi"))


_DIGITS, _WRITTEN = 8, re.compile(r"(?<!\d)(?!19\d\d 19)\d{4} \d{4}(?!\d)")
"""of a code, and as it stands on a receipt"""


@rules.on(asks_for_mine)
async def mine(turn: Turn) -> Answer:
    if looks_like_code(turn.said.text):
        return await _by_code(turn)
    told = await tips.of_chat(turn.db, turn.chat)
    lines = [await _status_line(turn, tip) for tip in told if tip.code]
    if any(tip.state == TipState.TELLING for tip in told):
        lines.append(turn.text("tips.mine_open"))
    mine = Choice(turn.text("rights.of_mine"), "dulieu")
    if not lines:
        return Outgoing(turn.text("tips.none"), choices=(mine,))
    add = tuple(
        Choice(f"{turn.text('tips.add_to_mine')} {spoken(tip.code)}", f"add:{tip.code}")
        for tip in told[-3:]
        if tip.code and tip.state != TipState.WITHDRAWN
    )
    return Outgoing("\n".join([turn.text("tips.mine"), *lines]), choices=(*add, mine))


async def _by_code(turn: Turn) -> Answer:
    """Whoever has the receipt may read the status, and add to the tip; never what was told."""
    code = code_in(turn.said.text)
    tip = await tips.by_code(turn.db, code) if code else None
    if tip is None or tip.code is None:
        return Outgoing(turn.text("tips.no_code", code=looks_like_code(turn.said.text)))
    add = Choice(turn.text("tips.add_to_mine"), f"add:{tip.code}")
    return Outgoing(await _status_line(turn, tip), choices=() if tip.state == TipState.WITHDRAWN else (add,))


async def _status_line(turn: Turn, tip: Tip) -> str:
    day = day_text((tip.told_at or tip.started_at).astimezone(turn.config.service.zone).date())
    status = turn.text(f"tips.status.{tip.state}")
    line = turn.text("tips.mine_line", code=spoken(tip.code or ""), day=day, status=status)
    return " ".join(filter(None, (line, await to_be_deleted(turn, tip))))


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith("add:"))
async def add(turn: Turn) -> Answer:
    code = (turn.said.choice or "").removeprefix("add:")
    tip = await tips.by_code(turn.db, code)
    if tip is None:
        return Outgoing(turn.text("tips.no_code", code=code))
    turn.chat.adding = code
    return Outgoing(turn.text("tips.add_ask", code=spoken(code)))


@rules.on(
    lambda turn: (
        in_private(turn) and bool(turn.chat.adding) and not (command_of(turn.said) or turn.said.choice or is_tip(turn))
    )
)
async def added(turn: Turn) -> Answer:
    """What is said next belongs to the tip of that code."""
    code, turn.chat.adding = turn.chat.adding, ""
    tip = await tips.by_code(turn.db, code)
    if tip is None:
        return Outgoing(turn.text("tips.no_code", code=code))
    ask = Ask(tips.ADDED, "", turn.text("tips.add_label"))
    tips.record(tip, None, turn.said, understood(ask, turn.said), turn.now)
    tips.flag(tip, "added" if tip.chat_id == turn.chat.id else "added_by_code")
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return Outgoing(turn.text("tips.added", code=spoken(code)))
