"""A question, or a command, in the middle of a tip: answered, and then the talk goes on where it stood."""

from collections.abc import Sequence
from dataclasses import replace

from bot.cases import tips
from bot.forms import STORY
from bot.language import Act
from bot.messages import Choice, Outgoing
from bot.models import Tip
from bot.router import Answer, Turn
from handlers import contacting, mine, progress, questions
from handlers.asking import SUMMARY, both_agreed
from handlers.recording import where
from handlers.summing_up import summary
from handlers.welcome import asks_who

_PLAINLY = 0.6
"""how likely thanks must be, in the middle of a story"""


async def answered(turn: Turn, tip: Tip) -> Answer:
    """None: it is nothing that is answered aside."""
    said: Answer
    match turn.act:
        case Act.QUESTION if asks_who(turn):
            said = Outgoing(turn.text("welcome.machine"))
        case Act.QUESTION if contacting.asks_where(turn):
            said = contacting.here_we_are(turn)
        case Act.QUESTION:
            return await asked(turn, tip)
        case Act.PROGRESS:
            said = await progress.progress(turn)
        case Act.HELP:
            said = Outgoing(turn.text("tips.help"))
        case Act.MINE:
            said = await mine.mine(turn)
        case Act.COURTESY if turn.meaning and turn.meaning.likely >= _PLAINLY:
            said = Outgoing(turn.text("tips.courtesy"))
        case Act.PRESS | Act.ENGLISH:
            said = contacting.sentence(turn)
        case Act.DISTRESS if tip.asking != STORY:
            said = Outgoing(turn.text("contacting.distress_aside"))
        case _:
            return None
    return [*without_choices(said), go_on(turn, tip)]


async def asked(turn: Turn, tip: Tip) -> Answer:
    """A question of his own: answered when sure, offered when not, else passed to staff; then «Bác kể tiếp»."""
    said = listed(await questions.asked(turn))
    offers = [one for one in said if any(way.value.startswith("a:") for way in one.choices)]
    if offers and not _is_answer(offers[-1]):
        more = Choice(turn.text("tips.go_on"), "repeat")
        return [*said[:-1], replace(said[-1], choices=(*said[-1].choices, more))]
    return [*without_choices(said), go_on(turn, tip)]


def _is_answer(message: Outgoing) -> bool:
    return any(way.value.startswith("a:yes:") for way in message.choices)


async def looked_up(turn: Turn, tip: Tip) -> Answer:
    """«Tôi hỏi»: the words kept last were a question after all."""
    kept = next((one for one in reversed(tips.live(tip)) if one.field == tips.ADDED and one.said), None)
    if kept is None:
        return go_on(turn, tip)
    kept.replaced_at, kept.understood = turn.now, {"kind": "question"}
    again = replace(turn, message=replace(turn.said, text=kept.said, choice=None))
    return await asked(again, tip)


def go_on(turn: Turn, tip: Tip) -> Outgoing:
    """«Mời bác kể tiếp»: where the talk stood."""
    if tip.asking == SUMMARY and both_agreed(tip):
        return summary(turn, tip, turn.text("tips.look_again"), short=True)
    return where(turn, tip, turn.text("tips.go_on_ask"))


def listed(said: Answer) -> Sequence[Outgoing]:
    return [said] if isinstance(said, Outgoing) else said or ()


def without_choices(said: Answer) -> list[Outgoing]:
    """«Có đúng ý bác không?» is not asked in the middle of a story: its buttons would answer the next question."""
    return [replace(one, choices=tuple(way for way in one.choices if way.url)) for one in listed(said)]
