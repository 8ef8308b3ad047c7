"""Whom one reaches: «cán bộ gọi lại cho tôi» without a tip, and one approved sentence for grief, English, the press."""

from datetime import timedelta

from sqlalchemy import select

from bot import reading
from bot.cases import wishes
from bot.language import Act
from bot.messages import Choice, Outgoing
from bot.models import Task, TaskKind
from bot.router import Answer, Router, Turn, in_group, in_private

rules = Router()
_SENTENCES = {Act.PRESS: "press", Act.ENGLISH: "english", Act.DISTRESS: "distress"}
_WISHES = {Act.CALL: TaskKind.CALL, Act.VISIT: TaskKind.VISIT}
NUMBER_WITHIN = timedelta(hours=1)
"""a telephone number that follows belongs to the wish to be called"""


def reached(turn: Turn) -> str:
    """The telephones, address and hours of [contact], a line each; «» while there are none."""
    contact = turn.config.contact
    lines = [turn.text(f"contacting.{what}", number=number) for what, number in contact.phones]
    lines += [turn.text("contacting.address", address=contact.address)] if contact.address else []
    lines += [turn.text("contacting.hours", hours=contact.hours)] if contact.hours else []
    return "\n".join(lines)


def sentence(turn: Turn) -> Outgoing:
    """For whom nothing else fits."""
    text = turn.text(f"contacting.{_SENTENCES[turn.act or Act.ENGLISH]}")
    call = (Choice(turn.text("tips.call"), "call"),) if turn.act is Act.DISTRESS else ()
    return Outgoing("\n\n".join(filter(None, (text, reached(turn)))), choices=call)


@rules.on(lambda turn: in_private(turn) and turn.tip is None and turn.act in _SENTENCES)
async def approved_sentence(turn: Turn) -> Answer:
    return sentence(turn)


def asks_where(turn: Turn) -> bool:
    """«Số điện thoại phường là bao nhiêu?», «ủy ban ở đâu?», where the ward has written it down."""
    may_ask = turn.act in (Act.QUESTION, Act.CALL, Act.VISIT, Act.UNCLEAR) and len(turn.said.text.split()) <= _SHORT
    return may_ask and turn.says("contacting.asks") and bool(reached(turn))


_SHORT = 24
"""words at most that ask no more than that"""


@rules.on(lambda turn: (in_private(turn) or in_group(turn)) and turn.tip is None and asks_where(turn))
async def where_to_find_us(turn: Turn) -> Answer:
    return here_we_are(turn)


def here_we_are(turn: Turn) -> Outgoing:
    return Outgoing("\n".join((turn.text("contacting.here"), reached(turn))))


@rules.on(lambda turn: in_private(turn) and turn.tip is None and _wish(turn) is not None)
async def wished(turn: Turn) -> Answer:
    """A task for staff; his number is asked for when he has not said it."""
    kind = _wish(turn) or TaskKind.CALL
    told = reading.person(turn.said.text)
    task = await _open(turn)
    if task is None:
        task = wishes.of_chat(turn.chat, kind, turn.now, turn.config.service.zone)
        turn.db.add(task)
    task.words = "\n".join(filter(None, (task.words, turn.said.text)))
    known = "phone" in told
    said = turn.text(f"tips.{kind}_said" if known else f"contacting.{kind}_ask")
    return Outgoing("\n\n".join(filter(None, (said, reached(turn)))))


def _wish(turn: Turn) -> TaskKind | None:
    named = {"call": TaskKind.CALL, "visit": TaskKind.VISIT}.get(turn.said.choice or "")
    return named or (_WISHES.get(turn.act) if turn.act else None)


async def _open(turn: Turn) -> Task | None:
    """The wish of this chat that staff have not seen to."""
    lately = turn.now - NUMBER_WITHIN
    mine = select(Task).where(Task.chat_id == turn.chat.id, Task.done_at.is_(None), Task.created_at > lately)
    return await turn.db.scalar(mine.order_by(Task.id.desc()).limit(1))


def _a_number(turn: Turn) -> bool:
    return in_private(turn) and turn.tip is None and not turn.said.choice and "phone" in reading.person(turn.said.text)


@rules.on(_a_number)
async def number(turn: Turn) -> Answer:
    """The telephone number that was asked for."""
    task = await _open(turn)
    if task is None:
        return None
    task.words = "\n".join(filter(None, (task.words, turn.said.text)))
    return Outgoing(turn.text(f"tips.{task.kind}_said"))


@rules.on(lambda turn: in_private(turn) and turn.tip is None and turn.act in (Act.STOP, Act.LATER, Act.ENOUGH))
async def at_rest(turn: Turn) -> Answer:
    """Nothing is under way that could be dropped."""
    return Outgoing(turn.text("contacting.at_rest"))
