"""Bombs, bones found, a grave in danger, a person in danger: before every other rule, an instruction at once.

What is only possible is answered as what else it may be, with a word before it for the case that it is one.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import reading
from bot.cases import emergencies, sampling, tips
from bot.language import EMERGENCIES, Act, Where
from bot.messages import Choice, Incoming, Outgoing
from bot.models import Emergency
from bot.router import Answer, Router, Turn, in_private
from bot.texts import sandbox
from handlers import rumours
from handlers.asking import both_agreed, consent, keep
from handlers.recording import where

rules = Router()
_ANOTHER = 0.8
"""how likely a second emergency of another kind must be, a moment after the first"""
_ANOTHER_ALIKE = 0.97
_NOW = "now:"
_PLAIN = 30
"""words of a group's message at most, where nobody has spoken to us"""


def is_emergency(turn: Turn) -> bool:
    if not isinstance(turn.message, Incoming) or turn.act not in EMERGENCIES:
        return False
    if turn.meaning and turn.meaning.likely < _ANOTHER and rumours.is_waiting(turn):
        return False  # what is told there is somebody else's claim
    return not turn.message.in_group or turn.message.addressed or len(turn.message.text.split()) <= _PLAIN


def _denies(turn: Turn) -> bool:
    """«Ai bảo tôi không muốn sống», «bộ đội lấy đi rồi», a moment after we spoke of it."""
    said = turn.act in EMERGENCIES or turn.perhaps is not None
    return said and turn.says("emergencies.denials")


@rules.on(lambda turn: in_private(turn) and turn.says("emergencies.reassures"))
async def all_is_well(turn: Turn) -> Answer:
    """«Tôi không sao đâu, đừng gọi công an nhé» after an alarm: the officers read it and judge."""
    lately = await emergencies.noted_in(turn.db, turn.chat, turn.now)
    if lately is None:
        return None
    lately.words = f"{lately.words}\n{turn.said.text}"
    return Outgoing(turn.text("emergencies.reassured"), choices=_ways(turn))


@rules.on(lambda turn: in_private(turn) and _denies(turn))
async def it_is_none(turn: Turn) -> Answer:
    """Where we took something for one lately. What was said stays with it, for officers to judge."""
    lately = await emergencies.noted_in(turn.db, turn.chat, turn.now)
    if lately is None:
        return None
    lately.words = f"{lately.words}\n{turn.said.text}"
    said = turn.text("emergencies.reassured" if lately.kind == Act.DESPAIR else "emergencies.understood")
    return where(turn, turn.tip, said) if turn.tip and both_agreed(turn.tip) else Outgoing(said)


@rules.on(is_emergency)
async def at_once(turn: Turn) -> Answer:
    """The approved instruction; the officers' phones ring; the words are kept until somebody has taken it."""
    kind = turn.act or EMERGENCIES[0]
    before = turn.emergency
    if before and before.kind != kind and turn.meaning and turn.meaning.likely < _another(before.kind, kind):
        return _passed_on(turn, before)
    instruction = await _rung(turn, kind, turn.said.text)
    return instruction if not turn.said.attachments or turn.said.in_group else [instruction, *await _kept(turn)]


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith(_NOW))
async def it_is_now(turn: Turn) -> Answer:
    """«Đang xảy ra»: what was possible is plain."""
    kind = next((act for act in EMERGENCIES if turn.said.choice == f"{_NOW}{act}"), None)
    return await _rung(turn, kind, "") if kind else None


def _another(before: str, kind: Act) -> float:
    """Who is in despair speaks much of what sounds like danger."""
    return _ANOTHER_ALIKE if {before, kind} == {Act.DESPAIR, Act.DANGER} else _ANOTHER


async def _rung(turn: Turn, kind: Act, words: str) -> Outgoing:
    await emergencies.note(turn.db, turn.library, turn.config, turn.chat, turn.tip, kind, words, turn.now)
    instruction = _said(turn, turn.library.emergencies.texts[kind])
    return Outgoing(instruction, choices=() if turn.said.in_group else _ways(turn))


def _said(turn: Turn, template: str) -> str:
    contact = turn.config.contact
    values = {"service": turn.config.service.name, "military": contact.military, "police": contact.police}
    return sandbox.from_string(template).render(values).strip()


async def cautioned(turn: Turn, answers: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """Before the answers: what to do if this is one, and behind them a button that says so. Never twice in a row."""
    kind = turn.perhaps
    if kind is None or turn.emergency or not in_private(turn):
        return answers
    if await emergencies.note_possible(turn.db, turn.chat, turn.tip, kind, turn.said.text, turn.now) is None:
        return answers
    now = Choice(turn.text("emergencies.now"), f"{_NOW}{kind}")
    caution = Outgoing(_said(turn, turn.library.emergencies.cautions[kind]))
    if not answers:
        return [replace(caution, choices=(now,))]
    return [caution, *answers[:-1], replace(answers[-1], choices=(*answers[-1].choices, now))]


async def _kept(turn: Turn) -> Sequence[Outgoing]:
    """A picture that came with it stands in the tip; where there is none, one is begun, if he agrees."""
    tip = turn.tip or await tips.begin(turn.db, turn.chat, None, turn.now)
    keep(turn, tip)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return () if turn.tip else (Outgoing(turn.text("tips.opening_files")), consent(turn, tip))


def _ways(turn: Turn) -> tuple[Choice, ...]:
    call = Choice(turn.text("tips.call"), "call")
    return (Choice(turn.text("tips.go_on"), "repeat"), call) if turn.tip else (call,)


_MORE = (Act.STORY, Act.ADDITION, Act.VALUE, Act.UNCLEAR, Act.YES, Act.NO, Act.CORRECTION, Act.UNKNOWN)


_ENDS = (Act.LATER, Act.COURTESY, Act.STOP, Act.DELETE)


def _is_more(turn: Turn) -> bool:
    """Where it is and how it goes on; not what words decide («dừng», «báo tin»), nor an answer to a tip's question."""
    if turn.emergency is None or turn.said.choice or turn.meaning is None:
        return False
    if reading.phone(turn.said.text) and (turn.tip is None or turn.where is not Where.PHONE):
        return True
    if turn.tip is None and turn.act is Act.STORY and reading.tells(turn.said.text):
        return False
    if turn.act is Act.QUESTION and turn.meaning.likely < _ANOTHER and not turn.tip:  # «chừ ai ra coi?»
        return True
    decided = turn.act in _ENDS or (turn.meaning.likely == 1.0 and turn.act not in _MORE)
    return not decided and (turn.where is Where.PLACE if turn.tip else turn.act in _MORE or turn.where is Where.PLACE)


@rules.on(lambda turn: in_private(turn) and turn.said.choice == "repeat" and turn.emergency is not None)
async def back_to_the_tip(turn: Turn) -> Answer:
    """«Kể tiếp»: what is said from now on is for the tip."""
    if turn.emergency:
        turn.emergency.left_at = turn.now
    return None


@rules.on(lambda turn: in_private(turn) and turn.emergency is not None and _wants_a_call(turn))
async def call_me(turn: Turn) -> Answer:
    """The officer on duty reads it with the emergency; it does not wait for a working day."""
    if turn.emergency is None:
        return None
    said = turn.said.text or turn.text("tips.call")
    turn.emergency.words = f"{turn.emergency.words}\n{said}"
    key = "emergencies.call_noted" if reading.phone(said) else "emergencies.call_asked"
    return Outgoing(turn.text(key), choices=_ways(turn)[:1] if turn.tip else ())


def _wants_a_call(turn: Turn) -> bool:
    return turn.said.choice == "call" or (turn.act is Act.CALL and turn.meaning is not None and not turn.said.choice)


@rules.on(lambda turn: in_private(turn) and _is_more(turn))
async def more_of_it(turn: Turn) -> Answer:
    """Where it is, that the police have come: what follows is for the officers too."""
    return None if turn.emergency is None else _passed_on(turn, turn.emergency)


def _passed_on(turn: Turn, emergency: Emergency) -> Outgoing:
    said = "emergencies.passed_on"
    if emergency.kind == Act.DESPAIR:
        said = "emergencies.listening" if emergency.said_more else "emergencies.passed_on_despair"
    emergency.words = f"{emergency.words}\n{turn.said.text}"
    if turn.tip and both_agreed(turn.tip):
        keep(turn, turn.tip)
    return Outgoing(turn.text(said), choices=() if turn.said.in_group else _ways(turn))
