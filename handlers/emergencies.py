"""Bombs, bones found, a grave in danger, a person in danger: before every other rule, an instruction at once."""

from collections.abc import Sequence

from bot.cases import emergencies, sampling, tips
from bot.language import EMERGENCIES, Act
from bot.messages import Choice, Incoming, Outgoing
from bot.models import Emergency
from bot.router import Answer, Router, Turn, in_private
from bot.texts import sandbox
from handlers import rumours
from handlers.asking import consent, keep

rules = Router()
_ANOTHER = 0.8
"""how likely a second emergency of another kind must be, a moment after the first"""
_PLAIN = 30
"""words of a group's message at most, where nobody has spoken to us"""


def is_emergency(turn: Turn) -> bool:
    if not isinstance(turn.message, Incoming) or turn.act not in EMERGENCIES:
        return False
    if turn.meaning and turn.meaning.likely < _ANOTHER and rumours.is_waiting(turn):
        return False  # what is told there is somebody else's claim
    return not turn.message.in_group or turn.message.addressed or len(turn.message.text.split()) <= _PLAIN


@rules.on(is_emergency)
async def at_once(turn: Turn) -> Answer:
    """The approved instruction; the officers' phones ring; the words are kept until somebody has taken it."""
    kind = turn.act or EMERGENCIES[0]
    before = await emergencies.open_in(turn.db, turn.chat, turn.now)
    if before and before.kind != kind and turn.meaning and turn.meaning.likely < _ANOTHER:
        return _passed_on(turn, before)
    await emergencies.note(turn.db, turn.library, turn.config, turn.chat, turn.tip, kind, turn.said.text, turn.now)
    words = sandbox.from_string(turn.library.emergencies.texts[kind]).render(
        service=turn.config.service.name, military=turn.config.contact.military, police=turn.config.contact.police
    )
    instruction = Outgoing(words.strip(), choices=() if turn.said.in_group else _ways(turn))
    return instruction if not turn.said.attachments or turn.said.in_group else [instruction, *await _kept(turn)]


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


def _may_be_more(turn: Turn) -> bool:
    """In the middle of a tip only what is nothing else."""
    return not turn.said.choice and (turn.act is Act.UNCLEAR if turn.tip else turn.act in _MORE)


@rules.on(lambda turn: in_private(turn) and _may_be_more(turn))
async def more_of_it(turn: Turn) -> Answer:
    """Where it is, that the police have come: what follows is for the officers too."""
    open_one = await emergencies.open_in(turn.db, turn.chat, turn.now)
    if open_one is None:
        return None
    return _passed_on(turn, open_one)


def _passed_on(turn: Turn, emergency: Emergency) -> Outgoing:
    emergency.words = f"{emergency.words}\n{turn.said.text}"
    return Outgoing(turn.text("emergencies.passed_on"), choices=() if turn.said.in_group else _ways(turn))
