"""An answer is written down, and the next question put; or where the talk stands, put once more."""

from dataclasses import replace
from typing import Any

from bot import reading
from bot.cases import people, tips, wishes
from bot.forms import STORY, Ask, next_ask, understood
from bot.messages import Incoming, Outgoing
from bot.models import PersonRole, Tip
from bot.router import Answer, Turn
from handlers.asking import (
    EDIT,
    HELPER,
    OFFERED,
    PAUSED,
    asked,
    both_agreed,
    consent,
    form_of,
    got,
    helper_consent,
    question,
    question_or_offer,
    several,
    two,
)
from handlers.summing_up import editing, summary

_MOST = 5
"""so often a question is put; then it is left, for nothing but other things was said to it"""
_OFFERS = 2
"""so often the same words are offered to be confirmed; then the question is put plainly"""


def next_one(turn: Turn, tip: Tip, got: str = "") -> Outgoing:
    """The next question that applies, or the summary."""
    ask = next_ask(form_of(turn, tip), tips.answered(tip))
    while ask and _told_before(turn, tip, ask):
        ask = next_ask(form_of(turn, tip), tips.answered(tip))
    return question_or_offer(turn, tip, ask, got) if ask else summary(turn, tip, got)


def _told_before(turn: Turn, tip: Tip, ask: Ask) -> bool:
    """«Tôi là Trần Văn Ví Dụ, sinh năm 1948», said in the story, is the answer to who tells."""
    if not ask.person or ask.part:
        return False
    young = ask.person == PersonRole.HELPER if tip.by_helper else None
    stories = (one for one in tips.live(tip) if one.field in (STORY, tips.ADDED))
    found = next(filter(None, (reading.introduction(one.said, young=young) for one in stories)), "")
    if not found:
        return False
    said = replace(turn.said, text=found, attachments=(), choice=None)
    tips.record(tip, ask, said, understood(ask, said), turn.now)
    _told_of_himself(turn, tip, ask, said)
    return True


def where(turn: Turn, tip: Tip, got: str = "") -> Outgoing:
    """At which point the tip stands, put once more."""
    asking = tip.asking.removeprefix(PAUSED).strip()
    if not both_agreed(tip):
        in_between = tips.consented(tip) and asking == HELPER
        return helper_consent(turn, tip) if in_between else consent(turn, tip, got or None)
    if asking == EDIT:
        return editing(turn, tip)
    ask = form_of(turn, tip).ask(asked(tip).removeprefix(PAUSED).strip())
    if ask is None or ask.offered:
        return next_one(turn, tip, got)
    if asking.startswith(OFFERED) and tip.put < _OFFERS:
        put, tip.put = tip.put, 0
        answer = question_or_offer(turn, tip, ask, got)
        tip.put = put + 1
        return answer
    if tip.put >= _MOST and both_agreed(tip):
        tips.record(tip, ask, replace(turn.said, text="", attachments=(), choice=None), {"kind": "skipped"}, turn.now)
        return next_one(turn, tip, got)
    return question(turn, tip, ask, got)


async def recorded(turn: Turn, tip: Tip, ask: Ask, said: Incoming, meant: dict[str, Any]) -> Answer:
    tips.record(tip, ask, said, meant, turn.now)
    if turn.emergency:  # he has gone back to his tip
        turn.emergency.left_at = turn.now
    if ask.person and meant["kind"] in ("words", "date", "number"):
        _told_of_himself(turn, tip, ask, said)
    if meant["kind"] == "files":
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    before = turn.text("tips.got_file") if meant["kind"] == "files" else got(turn, tip)
    graves = several(turn, tip) if ask.id == STORY else ""
    return patient(turn, next_one(turn, tip, two(before, graves)))


def patient(turn: Turn, answer: Outgoing) -> Outgoing:
    """After words that may go on, the answer waits a moment."""
    return replace(answer, waits=bool(turn.said.text) and turn.said.choice is None)


def _told_of_himself(turn: Turn, tip: Tip, ask: Ask, said: Incoming) -> None:
    """What came with the name is the answer to the questions for it too."""
    found = people.told(tip, ask, said.text)
    for other in form_of(turn, tip).asks:
        if other.person == ask.person and other.part and not ask.part and other.part in found:
            part = replace(said, text=found[other.part], choice=None)
            tips.record(tip, other, part, understood(other, part) | {"told_with": ask.id}, turn.now)
