"""The quiz that is open, answered in private: «câu đố 2», a button, or «2» alone when nothing else is being asked."""

import re
from dataclasses import replace

from bot import chats
from bot.messages import PRESSED_QUIZ, Address, Choice, Incoming, Outgoing, fold, pick
from bot.models import Quiz, QuizAnswer, Unit
from bot.posts import quizzes
from bot.posts.quizzes import Groups
from bot.router import Answer, Router, Turn, in_group, in_private

rules = Router()
numbers = Router()
"""a bare number; after whatever else may wait for one"""
MOST_UNITS = 10
"""neighbourhoods to choose from; more would not be read"""
_UNIT = "qu:"
_ROOM = "room:"
_PRESSED = re.compile(rf"{PRESSED_QUIZ}(\d{{1,15}}):(\d{{1,2}})")
_PLACED = re.compile(rf"{_UNIT}(\d{{1,15}}):(\d{{1,15}})")
_SAID = re.compile(r"cau do(?: so)?(?P<rest> .+)?")
_NUMBER = re.compile(r"(?:so |chon )?\d{1,2}")


def _pressed(turn: Turn) -> re.Match[str] | None:
    return _PRESSED.fullmatch(turn.said.choice or "") if in_private(turn) else None


def _placed(turn: Turn) -> re.Match[str] | None:
    return _PLACED.fullmatch(turn.said.choice or "") if in_private(turn) else None


def _rest(turn: Turn) -> str | None:
    """What follows «câu đố»; None when that was not said."""
    said = _SAID.fullmatch(fold(turn.said.text)) if turn.said.choice is None else None
    rest = (said["rest"] or "").strip() if said else None
    return rest if rest is None or len(rest.split()) <= 2 else None


def _is_number(turn: Turn) -> bool:
    message = turn.message
    said = isinstance(message, Incoming) and message.choice is None and not message.attachments
    return said and bool(_NUMBER.fullmatch(fold(turn.said.text)))


@rules.on(lambda turn: _pressed(turn) is not None)
async def pressed(turn: Turn) -> Answer:
    match = _pressed(turn)
    quiz = await quizzes.by_id(turn.db, int(match[1])) if match else None
    if match is None or quiz is None:
        return Outgoing(turn.text("quiz.none"))
    return await _answered(turn, quiz, int(match[2]))


@rules.on(lambda turn: in_private(turn) and _rest(turn) is not None)
async def said(turn: Turn) -> Answer:
    """«Câu đố» alone asks it once more."""
    quiz = await quizzes.current(turn.db, turn.chat.channel)
    if quiz is None:
        return Outgoing(turn.text("quiz.none"))
    return await _numbered(turn, quiz, _rest(turn) or "")


@rules.on(lambda turn: in_group(turn) and _rest(turn) is not None)
async def in_private_please(turn: Turn) -> Answer:
    """An answer before everybody would tell the others."""
    return Outgoing(turn.text("quiz.in_private_please"))


@numbers.on(lambda turn: in_private(turn) and _is_number(turn))
async def number(turn: Turn) -> Answer:
    quiz = await quizzes.current(turn.db, turn.chat.channel)
    return await _numbered(turn, quiz, turn.said.text) if quiz else None


@numbers.on(lambda turn: in_group(turn) and _is_number(turn))
async def number_in_group(turn: Turn) -> Answer:
    quiz = await quizzes.current(turn.db, turn.chat.channel)
    return Outgoing(turn.text("quiz.in_private_please")) if quiz else None


async def _numbered(turn: Turn, quiz: Quiz, words: str) -> Answer:
    """The option that `words` mean; the question again when they mean none."""
    groups = await quizzes.groups_of(turn.db, quiz, turn.chat.channel)
    if not groups.any:
        return Outgoing(turn.text("quiz.in_the_group"))
    asked = quizzes.wording(quiz)
    chosen = pick(asked.choices, words)
    if chosen is not None:
        return await _answered(turn, quiz, asked.choices.index(chosen))
    key = "quiz.no_option" if words else "quiz.again"
    return Outgoing(turn.text(key, question=asked.question), choices=asked.choices)


async def _answered(turn: Turn, quiz: Quiz, option: int) -> Answer:
    """Right or not, and why; counted once."""
    asked = quizzes.wording(quiz)
    if option >= len(asked.choices):
        return Outgoing(turn.text("quiz.none"))
    if not quizzes.takes_answers(quiz, turn.now):
        return _told(turn, quiz, "closed")
    groups = await quizzes.groups_of(turn.db, quiz, turn.chat.channel)
    unit_id = await _unit(turn, groups)
    given, new = await quizzes.answer(turn.db, quiz, turn.said.sender, unit_id, option, turn.now)
    told = _told(turn, quiz, ("right" if given.right else "wrong") if new else "before")
    return _with_units(turn, told, quiz, groups) if new and unit_id is None else told


def _told(turn: Turn, quiz: Quiz, key: str) -> Outgoing:
    asked = quizzes.wording(quiz)
    return Outgoing(turn.text(f"quiz.{key}", option=asked.answer, explanation=asked.explanation))


async def _unit(turn: Turn, groups: Groups) -> int | None:
    """The neighbourhood of the room he answered in, or the only one in which the quiz stands."""
    if turn.said.start.startswith(_ROOM):
        room = await chats.at(turn.db, Address("web", f"r-{turn.said.start.removeprefix(_ROOM)}"))
        return room.unit_id if room else None
    return groups.units[0].id if len(groups.units) == 1 else None


def _with_units(turn: Turn, told: Outgoing, quiz: Quiz, groups: Groups) -> Outgoing:
    """He may say where he lives, so that his neighbourhood's result has his answer."""
    if not 1 < len(groups.units) <= MOST_UNITS:
        return told
    units = tuple(Choice(unit.name, f"{_UNIT}{quiz.broadcast_id}:{unit.id}") for unit in groups.units)
    return replace(told, text=f"{told.text}\n\n{turn.text('quiz.which_unit')}", choices=units)


@rules.on(lambda turn: _placed(turn) is not None)
async def placed(turn: Turn) -> Answer:
    match = _placed(turn)
    quiz = await quizzes.by_id(turn.db, int(match[1])) if match else None
    if match is None or quiz is None or not quizzes.takes_answers(quiz, turn.now):
        return Outgoing(turn.text("quiz.placed_already"))
    groups = await quizzes.groups_of(turn.db, quiz, turn.chat.channel)
    unit = next((one for one in groups.units if one.id == int(match[2])), None)
    given = await quizzes.answer_of(turn.db, quiz, turn.said.sender)
    return Outgoing(_place(turn, given, unit))


def _place(turn: Turn, given: QuizAnswer | None, unit: Unit | None) -> str:
    if given is None or unit is None or given.unit_id is not None:
        return turn.text("quiz.placed_already")
    given.unit_id = unit.id
    return turn.text("quiz.placed", unit=unit.name)
