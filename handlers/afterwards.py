"""After the receipt: what is no question is offered to the tip that was told last, and kept only with a yes."""

from datetime import timedelta

from bot.cases import sampling, tips
from bot.cases.receipts import spoken
from bot.forms import Ask, understood
from bot.language import Act, Where
from bot.messages import Choice, Outgoing
from bot.models import Tip, TipAnswer
from bot.router import Answer, Router, Turn, command_of, in_private
from handlers import correcting, enclosing
from handlers.asking import consent
from handlers.mine import is_tip

rules = Router()
_OFFERED = {"kind": "offered"}
"""what an answer means that waits for a yes; it counts as replaced until then"""
_A_MOMENT = timedelta(minutes=10)
_BELONGS = (Act.ADDITION, Act.CORRECTION, Act.STORY, Act.VALUE)


@rules.on(lambda turn: in_private(turn) and turn.tip is None and bool(turn.said.edits))
async def edited(turn: Turn) -> Answer:
    """An edit of what was told stands in the tip as a correction."""
    for tip in await tips.of_chat(turn.db, turn.chat):
        old = next((one for one in tips.live(tip) if one.message_id == turn.said.edits), None)
        if old is not None:
            correcting.put_right(turn, tip, old)
            tips.flag(tip, "corrected")
            return Outgoing(turn.text("tips.edited_later", code=spoken(tip.code or "")))
    return None


def belongs(turn: Turn) -> bool:
    """Words or files that may belong to the tip told last."""
    if turn.tip is not None or turn.where is not Where.RECEIPT or turn.said.choice or command_of(turn.said):
        return False
    return bool(turn.said.attachments) or (turn.act in _BELONGS and not is_tip(turn))


@rules.on(lambda turn: in_private(turn) and not turn.chat.adding and belongs(turn))
async def offer(turn: Turn) -> Answer:
    """«Ghi thêm vào tin 5448 8943 phải không ạ?»"""
    tip = await _last(turn)
    if tip is None:
        return None
    kept = _waiting(turn, tip)
    if kept is None:
        kept = tips.record(tip, None, turn.said, _OFFERED, turn.now)
        kept.replaced_at = turn.now
        await turn.db.flush()
    else:
        enclosing.join(kept, turn.said)
    ways = (
        Choice(turn.text("tips.add_yes"), f"addyes:{kept.id}"),
        Choice(turn.text("tips.add_no"), f"addno:{kept.id}"),
    )
    return Outgoing(turn.text("tips.add_sure", code=spoken(tip.code or "")), choices=ways)


def _waiting(turn: Turn, tip: Tip) -> TipAnswer | None:
    """What was offered a moment ago and has no answer yet: more of it joins it."""
    some = (one for one in reversed(tip.answers) if one.understood == _OFFERED)
    return next((one for one in some if turn.now - one.at < _A_MOMENT), None)


async def _last(turn: Turn) -> Tip | None:
    return await turn.db.get(Tip, turn.chat.telling_id) if turn.chat.telling_id else None


def _pressed(prefix: str, turn: Turn) -> bool:
    return in_private(turn) and (turn.said.choice or "").startswith(prefix)


async def _offered(turn: Turn) -> tuple[Tip, TipAnswer] | None:
    id = (turn.said.choice or "").partition(":")[2]
    told = await tips.of_chat(turn.db, turn.chat)
    return next(
        ((tip, one) for tip in told for one in tip.answers if str(one.id) == id and one.understood == _OFFERED), None
    )


@rules.on(lambda turn: _pressed("addyes:", turn))
async def add(turn: Turn) -> Answer:
    found = await _offered(turn)
    if found is None:
        return Outgoing(turn.text("tips.added_before"))
    tip, kept = found
    kind = "files" if kept.files else "words"
    kept.replaced_at, kept.understood, tip.changed_at = None, {"kind": kind}, turn.now
    tips.flag(tip, "added")
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return Outgoing(turn.text("tips.added", code=spoken(tip.code or "")))


@rules.on(lambda turn: _pressed("addno:", turn))
async def another(turn: Turn) -> Answer:
    """It does not belong there: it begins a tip of its own, if he agrees."""
    found = await _offered(turn)
    if found is None:
        return Outgoing(turn.text("tips.added_before"))
    old, kept = found
    tip = await tips.begin(turn.db, turn.chat, None, turn.now)
    old.answers.remove(kept)
    ask = Ask(tips.ADDED, "", "")
    kept.replaced_at, kept.understood = None, understood(ask, turn.said) if kept.files else {"kind": "words"}
    tip.answers.append(kept)
    return [Outgoing(turn.text("tips.opening")), consent(turn, tip)]
