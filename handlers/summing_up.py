"""What was told, read back to be confirmed, and the list of what may be put right."""

from collections.abc import Mapping

from bot.cases import tips
from bot.forms import Ask, unanswered
from bot.messages import Choice, Outgoing, fold
from bot.models import Tip, TipAnswer
from bot.router import Turn, in_private
from handlers.asking import EDIT, SUMMARY, form_of

_MOST_GRAVES = 9
_NOT_FILES = ("location", "sticker")


def summary(turn: Turn, tip: Tip, before: str = "", *, short: bool = False) -> Outgoing:
    """To a helper: to be read aloud, for the witness himself confirms. `short`: it was read a moment ago."""
    tip.asking = SUMMARY
    lines = [summary_line(turn, tip, one) for one in _summed_up(turn, tip)]
    asked = turn.text("tips.summary_helper" if tip.by_helper else "tips.summary")
    confirm = turn.text("tips.confirm_helper" if tip.by_helper else "tips.confirm")
    ways = [Choice(confirm, "confirm"), Choice(turn.text("tips.edit"), "edit"), *_further(turn, tip)]
    asides = [Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in ("later", "ways")]
    head = [before, ""] if before else []
    if short:
        return Outgoing(before, choices=(*ways, *asides))
    return Outgoing("\n".join([*head, asked, "", *lines]), choices=(*ways, *asides))


def _further(turn: Turn, tip: Tip) -> list[Choice]:
    """«Tôi kể thêm», where there is more to ask; «phần mộ khác»."""
    form, answered = form_of(turn, tip), tips.answered(tip)
    graves, more = form.graves(answered), more_ask(turn, tip)
    ways = []
    if more and more.id not in answered and any(unanswered(form, answered | {more.id: {"value": "co"}})):
        ways.append(Choice(more.options[0].label, "more"))
    if (another := form.offered("grave")) and graves < _MOST_GRAVES:
        ways.append(Choice(another.options[0].label, "grave"))
    return ways


def more_ask(turn: Turn, tip: Tip) -> Ask | None:
    """«Tôi kể thêm», of the grave that was told last."""
    return form_of(turn, tip).offered("more", form_of(turn, tip).graves(tips.answered(tip)))


def _summed_up(turn: Turn, tip: Tip) -> list[TipAnswer]:
    """The answers worth reading back: not what was skipped, nor what only steered the talk."""
    form, live = form_of(turn, tip), tips.live(tip)
    answers = {fold(one.said) for one in live if one.field != tips.ADDED and one.said}
    read = {one.field: tips.read_back(one) for one in live}
    some = [one for one in live if one.understood["kind"] != "skipped" and not _read_with(one, read)]
    kept = [one for one in some if one.field != tips.ADDED or fold(one.said) not in answers]
    order = {ask.id: number for number, ask in enumerate(form.in_order(form.graves(tips.answered(tip))))}
    asks = ((one, form.ask(one.field)) for one in sorted(kept, key=lambda one: order.get(one.field, len(order))))
    return [one for one, ask in asks if ask is None or ask.summary]


def _read_with(one: TipAnswer, read: Mapping[str, str]) -> bool:
    """Whether it is read back with the answer that it came with."""
    return one.said in read.get(one.understood.get("told_with", ""), "") if one.said else False


def summary_line(turn: Turn, tip: Tip, one: TipAnswer) -> str:
    ask = form_of(turn, tip).ask(one.field)
    files = [file for file in one.files if file.attachment["kind"] not in _NOT_FILES and file.attachment["ref"]]
    said = [
        turn.text("tips.summary_unknown") if one.understood["kind"] == "unknown" else tips.read_back(one),
        turn.text("tips.summary_files", count=len(files)) if files else "",
        _place(turn, one),
        turn.text("tips.summary_odd") if one.understood["kind"] == "odd" and not one.said else "",
    ]
    label = ask.label if ask else turn.text("tips.add_label")
    return turn.text("tips.summary_line", label=label, said=", ".join(filter(None, said)))


def _place(turn: Turn, one: TipAnswer) -> str:
    if one.understood["kind"] != "location" or one.understood.get("at") == "home":
        return ""
    metres = one.understood.get("accuracy")
    return turn.text("tips.summary_place", metres=round(metres) if metres else 0)


def editing(turn: Turn, tip: Tip) -> Outgoing:
    tip.asking = EDIT
    asks = (form_of(turn, tip).ask(field) for field in tips.answered(tip))
    choices = [Choice(ask.label, f"edit:{ask.id}") for ask in asks if ask and ask.summary]
    return Outgoing(turn.text("tips.edit_which"), choices=(*choices, Choice(turn.text("tips.edit_none"), "none")))


def to_edit(turn: Turn) -> Ask | None:
    """«Họ tên liệt sĩ»: what is to be put right, named and no more."""
    tip, words = turn.tip, fold(turn.said.text) if in_private(turn) else ""
    if tip is None or tip.asking != EDIT or turn.said.choice or not words or len(words.split()) > _A_LABEL:
        return None
    asks = [ask for field in tips.answered(tip) if (ask := form_of(turn, tip).ask(field)) and ask.summary]
    best = max(asks, key=lambda ask: _named(ask, words), default=None)
    return best if best and _named(best, words) else None


def _named(ask: Ask, words: str) -> int:
    """How many letters of what it is called are among the words."""
    if words in fold(ask.label):
        return len(words)
    return max((len(one) for one in map(fold, ask.called) if f" {one} " in f" {words} "), default=0)


_A_LABEL = 6
"""words at most"""
