"""The questions of a tip and what is said to them: an answer, an aside, files, or something else altogether.

What does not answer the question is kept with the tip and never stored as a name, a unit or a place.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot import reading
from bot.cases import people, tips, wishes
from bot.forms import Ask, suggestions, unanswered, understood, where_of
from bot.language import Act, Where
from bot.messages import Choice, Outgoing, fold
from bot.models import Person, PersonRole, TaskKind, Tip
from bot.reading.around import Fit, asks
from bot.reading.fields import fits, value
from bot.reading.said import listen
from bot.router import Answer, Turn
from handlers import enclosing
from handlers.asking import (
    CLARIFY,
    OFFERED,
    PAUSED,
    asked,
    both_agreed,
    form_of,
    got,
    keep,
    offered,
    question,
    question_or_offer,
    surely,
    two,
    ways,
)
from handlers.fitting import TELLS, VALUES, answers, impatient, plainly, right_part, within
from handlers.recording import next_one, patient, recorded, where
from handlers.summing_up import summary

MORNING = time(8, 30)
"""a decent hour for a reminder"""
PATIENCE = 3
"""so often something else may be said to a question before it is passed over"""


# An answer to the question that was asked


async def answered(turn: Turn, tip: Tip) -> Answer:
    """An answer to the question, or an aside; anything else is kept and the question put in other words."""
    ask = form_of(turn, tip).ask(asked(tip))
    if ask is None:  # the form was edited and this question is gone
        keep(turn, tip)
        return next_one(turn, tip)
    if turn.said.choice is not None:
        return await _pressed(turn, tip, ask, turn.said.choice)
    if turn.said.attachments:
        return await enclosing.sent(turn, tip, ask)
    if ask.kind == "files" and not surely(turn) and (joined := await enclosing.more(turn, tip)):
        return joined
    if ask.kind == "files" and (turn.act is Act.NO or turn.says("tips.has_none")):
        return await recorded(turn, tip, ask, turn.said, {"kind": "words"})
    if figure := impatient(turn, ask) or within(turn, ask):
        meant = understood(ask, replace(turn.said, text=figure)) | {"label": figure}
        return await recorded(turn, tip, ask, turn.said, meant)
    if turn.act is Act.YES and not tip.asking.startswith(OFFERED) and sends(turn):
        return _no_more(turn, tip, ask)
    if aside := await said_aside(turn, tip, ask, turn.act):
        return aside
    if tip.asking.startswith(OFFERED) and turn.act in (Act.YES, Act.NO) and not _faintly(turn):
        return await _confirmed(turn, tip, ask) if turn.act is Act.YES else await refused(turn, tip, ask)
    if answers(turn, ask):
        if ask.kind == "choice" and len(turn.said.text.split()) > _A_CHOICE:
            keep(turn, tip)  # only the choice is read back, and more than that was said
        return await recorded(turn, tip, ask, turn.said, understood(ask, turn.said))
    return _something_else(turn, tip, ask)


_NOT_SENT = (Act.NO, Act.QUESTION, Act.CORRECTION, Act.DELETE, Act.BACK, Act.REPEAT)
_A_CHOICE = 12
"""words at most that say no more than which"""


def take(turn: Turn, tip: Tip, ask: Ask, words: str) -> None:
    """A part of what was said is the answer, and the talk stands at the next question."""
    said = replace(turn.said, text=words)
    tips.record(tip, ask, said, understood(ask, said), turn.now)
    if ask.person:
        people.told(tip, ask, words)
    next_one(turn, tip)


def sends(turn: Turn) -> bool:
    """«Gửi đi», «tôi mệt, cho tôi gửi», in the middle of the questions as well."""
    words = f" {turn.said.text.casefold().strip(' .,!')} "
    if words.strip() in turn.text("tips.send_alone").splitlines():
        return True
    return (
        turn.act not in _NOT_SENT
        and len(words.split()) <= _A_CHOICE
        and any(f" {one} " in words for one in turn.text("tips.send_words").splitlines())
    )


async def _pressed(turn: Turn, tip: Tip, ask: Ask, choice: str) -> Answer:
    if choice == f"yes:{ask.id}":
        return await _confirmed(turn, tip, ask)
    if choice == f"no:{ask.id}":
        if ask.person:
            people.forget(tip)
        return question(turn, tip, ask, turn.text("tips.asked_anew"))
    if aside := await said_aside(turn, tip, ask, _BUTTONS.get(choice)):
        return aside
    if choice == "ways":
        return ways(turn, tip)
    if choice in {option.value for option in ask.options}:
        return await recorded(turn, tip, ask, turn.said, understood(ask, turn.said))
    return where(turn, tip)  # a button of an earlier message


_BUTTONS = {
    "unknown": Act.UNKNOWN,
    "skip": Act.SKIP,
    "back": Act.BACK,
    "repeat": Act.REPEAT,
    "later": Act.LATER,
    "call": Act.CALL,
    "visit": Act.VISIT,
    "stop": Act.STOP,
    "done": Act.ENOUGH,
}


async def said_aside(turn: Turn, tip: Tip, ask: Ask, act: Act | None) -> Answer:
    """What may be said instead of an answer; None: it is none of these."""
    match act:
        case Act.BACK:
            return _back(turn, tip, ask)
        case Act.SKIP | Act.ENOUGH if ask.id in tips.answered(tip):
            return next_one(turn, tip)
        case Act.ENOUGH if ask.kind != "files":
            return _no_more(turn, tip, ask)
        case Act.SKIP | Act.ENOUGH:
            tips.record(tip, ask, turn.said, {"kind": "skipped"}, turn.now)
            return next_one(turn, tip)
        case Act.UNKNOWN:
            tips.record(tip, ask, turn.said, {"kind": "unknown"}, turn.now)
            return next_one(turn, tip, got(turn, tip, "tips.got_unknown"))
    return None


def _faintly(turn: Turn) -> bool:
    return turn.meaning is not None and turn.meaning.likely < _FAINTLY


_FAINTLY = 0.6


async def _confirmed(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """«Đúng rồi»: the words of the story are the answer, as they stand there."""
    found = offered(turn, tip, ask)
    if not found:
        return question(turn, tip, ask)
    if ask.person:
        return _same_again(turn, tip, ask, found)
    if better := _better(turn, ask, found):
        meant = understood(ask, replace(turn.said, text=better))
        return await recorded(turn, tip, ask, turn.said, meant | {"label": better})
    if len(turn.said.text.split()) > _A_YES:  # «phải, huyện Hải Lăng tỉnh Quảng Trị nữa»
        keep(turn, tip)
    option = next((one for one in ask.options if one.value == f"={found}"), None)
    said = replace(turn.said, text=option.label if option else found, choice=option.value if option else None)
    meant = understood(ask, said) | {"confirmed": True}
    return await recorded(turn, tip, ask, said, meant)


_A_YES = 6
"""words at most that say no more than yes"""


def _same_again(turn: Turn, tip: Tip, ask: Ask, name: str) -> Answer:
    """Who told the tip before tells this one: all that he said of himself stands here too."""
    row = people.who(tip, ask.person)
    tips.record(tip, ask, replace(turn.said, text=name, choice=None), {"kind": "words", "confirmed": True}, turn.now)
    for other in form_of(turn, tip).asks:
        known = getattr(row, other.part) if other.person == ask.person and other.part else ""
        if known:
            said = replace(turn.said, text=known, choice=None)
            tips.record(tip, other, said, understood(other, said) | {"told_with": ask.id}, turn.now)
    return next_one(turn, tip, got(turn, tip))


def _better(turn: Turn, ask: Ask, found: str) -> str:
    """«Nguyễn Văn Tám» after «anh Tám»: said in full, or something else; «» where it is a yes and no more."""
    words, kind = turn.said.text, where_of(ask)
    if kind not in (Where.NAME, Where.UNIT, Where.TIME, Where.PLACE) or fits(kind.value, words) is not Fit.YES:
        return ""
    told = value(kind.value, words)
    return "" if fold(told) in fold(found) else told


async def refused(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """«Không, tên là Tư»: what stands behind the no may be the answer."""
    if ask.person:
        people.forget(tip)
    parts = re.split(r"[,.;!?\n]+", turn.said.text)[1:]
    rest = next(filter(None, (right_part(ask, part) for part in reversed(parts))), "")
    if rest and where_of(ask) is not Where.SOURCE:
        return await recorded(turn, tip, ask, turn.said, understood(ask, replace(turn.said, text=rest)))
    return question(turn, tip, ask, turn.text("tips.asked_anew"))


def _no_more(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """«Tôi chỉ biết thế thôi»: no more of what he does not know, only who he is, and the summary; «gửi đi»: no more."""
    open_ones = list(unanswered(form_of(turn, tip), tips.answered(tip)))
    left = open_ones if sends(turn) else [ask] if ask.person else [one for one in open_ones if not one.person]
    for one in left:
        said = turn.said if one.id == ask.id else replace(turn.said, text="", choice=None)
        tips.record(tip, one, said, {"kind": "skipped"}, turn.now)
    return next_one(turn, tip, turn.text("tips.got_enough"))


def _back(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """To the question answered last, to answer it anew."""
    asks = (form_of(turn, tip).ask(one.field) for one in tips.live(tip) if one.field != ask.id)
    before = [one for one in asks if one and not one.offered]
    return question(turn, tip, before[-1] if before else ask, "" if before else turn.text("tips.at_start"))


def back_from_summary(turn: Turn, tip: Tip) -> Answer:
    asks = [one for one in map(form_of(turn, tip).ask, tips.answered(tip)) if one and not one.offered]
    return question(turn, tip, asks[-1]) if asks else summary(turn, tip)


# Something else


def _something_else(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """Kept as it was said. What cannot be told apart is asked back once; after three misses the question is left."""
    if turn.act not in TELLS:  # «vâng ạ», «không» after a question for a name
        if turn.meaning and turn.meaning.likely < _PLAINLY:
            keep(turn, tip)
        return missed(turn, tip, ask, "")
    if said := _of_another(turn, tip, ask):
        return said
    keep(turn, tip)
    if turn.act is Act.UNCLEAR and tip.missed == 0 and not tip.asking.startswith(OFFERED) and _may_ask(turn):
        tip.asking, tip.missed = CLARIFY + ask.id, 1
        choices = (Choice(turn.text("tips.i_tell"), "tell"), Choice(turn.text("tips.i_ask"), "ask"))
        return patient(turn, Outgoing(turn.text("tips.clarify"), choices=choices))
    return missed(turn, tip, ask, got(turn, tip, "tips.kept_aside"))


def _may_ask(turn: Turn) -> bool:
    """Only what has the look of a question: «chính tay tôi chứ ai» tells."""
    return "?" in turn.said.text or asks(listen(turn.said.text))


_PLAINLY = 0.9
"""how likely a yes, a no or a command must be that its words need not be kept"""


def _of_another(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """An answer to a question that is still open, said before it was put; None when it is not plainly one."""
    if turn.act not in VALUES:
        return None
    if named := _in_full(turn, tip):
        tips.record(tip, named, turn.said, understood(named, turn.said), turn.now)
        return patient(turn, where(turn, tip, got(turn, tip)))
    open_ones = [one for one in unanswered(form_of(turn, tip), tips.answered(tip)) if one.id != ask.id]
    fitting = [one for one in open_ones if plainly(one, turn.said.text)]
    if len({where_of(one) for one in fitting}) != 1:
        return None
    other = fitting[0]
    tips.record(tip, other, turn.said, understood(other, turn.said), turn.now)
    if other.person:
        people.told(tip, other, turn.said.text)
    return patient(turn, where(turn, tip, got(turn, tip)))


def _in_full(turn: Turn, tip: Tip) -> Ask | None:
    """The question that «cậu Mẫu» answered, when «Dương Văn Mẫu» is said after it."""
    told = value(Where.NAME.value, turn.said.text) if fits(Where.NAME.value, turn.said.text) is Fit.YES else ""
    asks = (form_of(turn, tip).ask(field) for field in tips.answered(tip))
    for ask in asks:
        if ask and where_of(ask) is Where.NAME and not ask.person and len(told.split()) > 2:
            old = tips.answered_words(tip, ask.id)
            short = (*reading.read("name", old), value(Where.NAME.value, old))[0].split()
            if 0 < len(short) < len(told.split()) and fold(short[-1]) == fold(told.split()[-1]):
                return ask
    return None


def missed(turn: Turn, tip: Tip, ask: Ask, before: str) -> Outgoing:
    """The question in other words; the third time with the offer of a call, and then it is passed over."""
    misses, offering = tip.missed + 1, tip.asking.startswith(OFFERED) and turn.act is not Act.NO
    if misses > PATIENCE:
        tips.record(tip, ask, replace(turn.said, text="", attachments=(), choice=None), {"kind": "skipped"}, turn.now)
        return next_one(turn, tip, before)
    if offering and tip.put < _OFFERS:
        answer = _offer_or_ask(turn, tip, ask, before)
    elif suggestions(ask, turn.said.text) or (turn.act in (Act.STORY, Act.ADDITION) and not offering):
        tip.put = 0 if tip.asking.startswith(OFFERED) else tip.put
        answer = question_or_offer(turn, tip, ask, before) if tip.put == 0 else _offer_or_ask(turn, tip, ask, before)
    else:
        answer = question(turn, tip, ask, before)
    tip.missed = misses
    if misses == PATIENCE:
        call = Choice(turn.text("tips.call"), "call")
        answer = replace(answer, text=two(answer.text, turn.text("tips.call_offer")), choices=(call, *answer.choices))
    return patient(turn, answer)


def _offer_or_ask(turn: Turn, tip: Tip, ask: Ask, before: str) -> Outgoing:
    """What was just told may hold the answer."""
    put, tip.put = tip.put, 0
    answer = question_or_offer(turn, tip, ask, before)
    tip.put = max(tip.put, put + 1)
    return answer


_OFFERS = 2
"""so often the same words are offered, whatever else was said to it; then the question is put plainly"""


def clarified(turn: Turn, tip: Tip) -> Answer:
    """«Tôi kể»: it stays where it was kept, and the question is put in other words."""
    ask = form_of(turn, tip).ask(asked(tip))
    return missed(turn, tip, ask, got(turn, tip)) if ask else next_one(turn, tip)


# At every point


async def anywhere(turn: Turn, tip: Tip) -> Answer:
    """What may be said at any point; None: it is none of these."""
    act = _BUTTONS.get(turn.said.choice or "", turn.act)
    match act:
        case Act.LATER:
            return later(turn, tip)
        case Act.REPEAT:
            return where(turn, tip)
        case Act.CALL | Act.VISIT:
            return await _wished(turn, tip, act)
    return None


def later(turn: Turn, tip: Tip) -> Answer:
    """«Mai nói tiếp»: he is asked tomorrow morning whether he goes on."""
    if not tip.asking.startswith(PAUSED):
        tip.asking, tip.reminded = f"{PAUSED} {tip.asking}", 0
    day = turn.now.astimezone(turn.config.service.zone).date() + timedelta(days=1)
    at = datetime.combine(day, MORNING, turn.config.service.zone).astimezone(turn.now.tzinfo)
    tip.remind_at = at if tip.reminded < 2 else None
    return Outgoing(turn.text("tips.later_said"))


async def _wished(turn: Turn, tip: Tip, wish: Act) -> Answer:
    """A task for staff; where they do not know yet whom to call or where to go, this is asked next."""
    kind = TaskKind.CALL if wish is Act.CALL else TaskKind.VISIT
    await wishes.wish(turn.db, tip, kind, turn.now, turn.config.service.zone)
    said = turn.text(f"tips.{wish}_said")
    part = "phone" if wish is Act.CALL else "address"
    if not both_agreed(tip):
        return [Outgoing(said), where(turn, tip)]
    asks = form_of(turn, tip).asks
    ask = next((one for one in asks if one.person == PersonRole.WITNESS and one.part == part), None)
    phone = reading.person(turn.said.text).get(part, "") if turn.said.text else ""
    if ask and phone:
        spoken = replace(turn.said, text=phone)
        tips.record(tip, ask, spoken, understood(ask, spoken), turn.now)
        people.told(tip, ask, phone)
    elif ask and not _known(tip.people, part) and ask.id not in tips.answered(tip):
        return question(turn, tip, ask, said)
    return where(turn, tip, said)


def _known(told: Sequence[Person], part: str) -> bool:
    return any(getattr(one, part) for one in told)
