"""«Dữ liệu của tôi»: what is kept of a person he may see, correct, have deleted, or take his consent back from."""

from collections.abc import Sequence

from bot.cases import owned, rights, sampling, tips
from bot.forms import Ask, understood
from bot.messages import Choice, Incoming, Outgoing
from bot.models import RightsKind, Tip, TipAnswer, TipState
from bot.posts.figures import day_text
from bot.router import Answer, Router, Turn, command, command_of, in_group, in_private
from handlers.asking import form_of

rules = Router()
is_mine = command("dulieu")
WAYS = (RightsKind.SEE, RightsKind.CORRECT, RightsKind.DELETE, RightsKind.WITHDRAW)
SHORTCUTS = {kind: command(f"dulieu_{kind}") for kind in WAYS}
"""«xóa dữ liệu của tôi» says at once which of them"""
SHOWN = 8
"""fields offered at a time to be corrected"""


def pressed(prefix: str, turn: Turn) -> bool:
    return in_private(turn) and (turn.said.choice or "").startswith(prefix)


def _rest(turn: Turn, prefix: str) -> str:
    return (turn.said.choice or "").removeprefix(prefix)


@rules.on(lambda turn: in_group(turn) and (is_mine(turn) or _shortcut(turn) is not None))
async def in_private_please(turn: Turn) -> Answer:
    return Outgoing(turn.text("rights.in_group"))


def _asks_what_is_kept(turn: Turn) -> bool:
    """«Thế còn giữ lại gì của tôi không?»"""
    return bool(turn.act) and len(turn.said.text.split()) <= _SHORT and turn.says("rights.asks_kept")


_SHORT = 14
"""words at most that ask no more than that"""


@rules.on(lambda turn: in_private(turn) and (is_mine(turn) or _asks_what_is_kept(turn)))
async def what_now(turn: Turn) -> Answer:
    told = await tips.of_chat(turn.db, turn.chat)
    if not told:
        return Outgoing(turn.text("rights.nothing"))
    ways = tuple(Choice(turn.text(f"rights.{kind}"), f"rt:{kind}") for kind in WAYS)
    return Outgoing(turn.text("rights.what_now", count=len(told)), choices=ways)


def _shortcut(turn: Turn) -> RightsKind | None:
    return next((kind for kind, says in SHORTCUTS.items() if says(turn)), None)


@rules.on(lambda turn: in_private(turn) and _shortcut(turn) is not None)
async def at_once(turn: Turn) -> Answer:
    return await _go(turn, _shortcut(turn) or RightsKind.SEE)


@rules.on(lambda turn: pressed("rt:", turn))
async def chosen(turn: Turn) -> Answer:
    kind = _rest(turn, "rt:")
    return await _go(turn, RightsKind(kind)) if kind in set(RightsKind) else None


async def _go(turn: Turn, kind: RightsKind) -> Answer:
    """To see is all of it; for the rest it must be known which tip is meant."""
    mine = [tip for tip in await tips.of_chat(turn.db, turn.chat) if _concerns(kind, tip)]
    if not mine:
        return Outgoing(turn.text("rights.nothing"))
    if kind is RightsKind.SEE:
        return await _see(turn, mine)
    if len(mine) == 1:
        return _about(turn, kind, mine[0])
    which = [Choice(_which(turn, tip), f"rt1:{kind}:{tip.id}") for tip in mine]
    return Outgoing(turn.text("rights.which"), choices=tuple(which))


def _concerns(kind: RightsKind, tip: Tip) -> bool:
    if kind is RightsKind.CORRECT:
        return tip.code is not None and tip.state != TipState.WITHDRAWN
    return kind is not RightsKind.WITHDRAW or tip.state != TipState.WITHDRAWN


def _which(turn: Turn, tip: Tip) -> str:
    return turn.text("rights.which_one", name=owned.name_of(turn.library, tip))


async def _see(turn: Turn, mine: Sequence[Tip]) -> Answer:
    for tip in mine:
        await rights.done_at_once(turn.db, RightsKind.SEE, tip, turn.now, chat=turn.chat)
    kept = "\n\n".join([await _owned(turn, tip) for tip in mine])
    ways = tuple(Choice(turn.text(f"rights.{kind}"), f"rt:{kind}") for kind in WAYS[1:])
    return Outgoing(f"{turn.text('rights.kept')}\n\n{kept}", choices=ways)


async def _owned(turn: Turn, tip: Tip) -> str:
    lines = [owned.owned(turn.library, tip, turn.config.service.zone), await to_be_deleted(turn, tip)]
    return "\n".join(filter(None, lines))


async def to_be_deleted(turn: Turn, tip: Tip) -> str:
    """That he has asked for it, and until when it is done; «» when he has not."""
    asked = await rights.open_for(turn.db, RightsKind.DELETE, tip)
    if asked is None:
        return ""
    asked_on, until = (
        day_text(at.astimezone(turn.config.service.zone).date()) for at in (asked.asked_at, asked.carry_out_by)
    )
    return turn.text("rights.deleting", day=asked_on, until=until)


@rules.on(lambda turn: pressed("rt1:", turn))
async def of_this(turn: Turn) -> Answer:
    kind, _, id = _rest(turn, "rt1:").partition(":")
    tip = await _mine(turn, id)
    if tip is None or kind not in set(RightsKind):
        return Outgoing(turn.text("rights.nothing"))
    return _about(turn, RightsKind(kind), tip)


async def _mine(turn: Turn, id: str) -> Tip | None:
    """A tip that this chat itself has told."""
    return next((tip for tip in await tips.of_chat(turn.db, turn.chat) if str(tip.id) == id), None)


def _about(turn: Turn, kind: RightsKind, tip: Tip) -> Outgoing:
    """Which words are to be corrected; for what cannot be taken back, asked once more: a finger slips."""
    if kind is RightsKind.CORRECT:
        return _fields(turn, tip, 0)
    yes = Choice(turn.text(f"rights.yes_{kind}"), f"rtyes:{kind}:{tip.id}")
    sure = turn.text(f"rights.sure_{kind}", name=owned.name_of(turn.library, tip))
    return Outgoing(sure, choices=(yes, Choice(turn.text("rights.no"), "rtno")))


@rules.on(lambda turn: pressed("rtno", turn))
async def nothing_changes(turn: Turn) -> Answer:
    return Outgoing(turn.text("rights.kept_as_it_is"))


@rules.on(lambda turn: pressed("rtyes:", turn))
async def sure(turn: Turn) -> Answer:
    kind, _, id = _rest(turn, "rtyes:").partition(":")
    tip = await _mine(turn, id)
    if tip is None or kind not in (RightsKind.DELETE, RightsKind.WITHDRAW):
        return Outgoing(turn.text("rights.nothing"))
    if kind == RightsKind.DELETE and tip.state == TipState.TELLING:
        await tips.drop(turn.db, tip, turn.now)
        return Outgoing(turn.text("tips.dropped"))
    if kind == RightsKind.DELETE:
        await rights.delete(turn.db, tip, turn.now, chat=turn.chat)
        return Outgoing(turn.text("rights.to_be_deleted"))
    await rights.withdraw(turn.db, tip, turn.now, chat=turn.chat)
    delete = Choice(turn.text("rights.delete"), f"rt1:{RightsKind.DELETE}:{tip.id}")
    return Outgoing(turn.text("rights.withdrawn"), choices=(delete,))


# Correcting


def _fields(turn: Turn, tip: Tip, start: int) -> Outgoing:
    told = [one for one in tips.live(tip) if tips.read_back(one)]
    if not told:
        return Outgoing(turn.text("rights.fix_none"))
    choices = [Choice(owned.label_of(turn.library, tip, one), f"fix:{one.id}") for one in told[start : start + SHOWN]]
    if len(told) > start + SHOWN:
        choices.append(Choice(turn.text("rights.more"), f"fixmore:{tip.id}:{start + SHOWN}"))
    return Outgoing(turn.text("rights.fix_which"), choices=tuple(choices))


@rules.on(lambda turn: pressed("fixmore:", turn))
async def more_fields(turn: Turn) -> Answer:
    id, _, start = _rest(turn, "fixmore:").partition(":")
    tip = await _mine(turn, id)
    return _fields(turn, tip, int(start)) if tip and start.isdecimal() else Outgoing(turn.text("rights.nothing"))


@rules.on(lambda turn: pressed("fix:", turn))
async def fix(turn: Turn) -> Answer:
    """His own words are read to him; what he says next stands in their place."""
    found = await _answer(turn, _rest(turn, "fix:"))
    if found is None:
        return Outgoing(turn.text("rights.nothing"))
    tip, old = found
    turn.chat.adding = f"{tip.code}={old.id}"
    ask = _ask(turn, tip, old)
    asked = turn.text("rights.fix_ask", label=owned.label_of(turn.library, tip, old), said=tips.read_back(old))
    return Outgoing(asked, choices=ask.options if ask else ())


async def _answer(turn: Turn, id: str) -> tuple[Tip, TipAnswer] | None:
    told = await tips.of_chat(turn.db, turn.chat)
    found = ((tip, one) for tip in told for one in tips.live(tip) if str(one.id) == id and tip.code)
    return next(found, None)


def _ask(turn: Turn, tip: Tip, answer: TipAnswer) -> Ask | None:
    return form_of(turn, tip).ask(answer.field)


def corrects(turn: Turn) -> bool:
    """Words, or one of the choices of that question."""
    if not (in_private(turn) and "=" in turn.chat.adding and isinstance(turn.message, Incoming)):
        return False
    return not command_of(turn.said) and (turn.said.choice is None or turn.said.choice.startswith("="))


@rules.on(corrects)
async def fixed(turn: Turn) -> Answer:
    code, _, id = turn.chat.adding.partition("=")
    turn.chat.adding = ""
    found = await _answer(turn, id)
    if found is None:
        return Outgoing(turn.text("tips.no_code", code=code))
    tip, old = found
    ask = _ask(turn, tip, old) or Ask(old.field, "", "")
    await rights.correct(turn.db, tip, old, turn.said, understood(ask, turn.said), turn.now)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return Outgoing(turn.text("rights.fixed"))
