"""Whether words answer a question, the one that was asked or another: never a value of another kind."""

import re

from bot import reading
from bot.forms import Ask, suggestions, understood, where_of
from bot.language import Act, Where, hear
from bot.models import PersonRole
from bot.reading.around import Fit
from bot.reading.fields import fits, value
from bot.reading.time_words import of_another_day
from bot.router import Turn
from handlers.asking import surely

_FAINTLY, _PLAINLY = 0.6, 0.9
"""how likely an answer must be, of what is no known name"""
TELLS = (
    Act.STORY,
    Act.ADDITION,
    Act.VALUE,
    Act.UNCLEAR,
    Act.CORRECTION,
    Act.DISTRESS,
    Act.TIP,
    Act.FAMILY,
    Act.RUMOUR,
)


def answers(turn: Turn, ask: Ask) -> bool:
    """Whether the words are of the kind that the question wants: never a value of another kind."""
    words, kind = turn.said.text, where_of(ask)
    if kind is Where.STORY:
        told = len(words.split()) >= _A_STORY or fits(kind.value, words) is not Fit.NO
        return turn.act in TELLS and told
    if kind is Where.SOURCE:
        return _chooses(turn, ask)
    if kind is Where.WORDS:
        return turn.act in (Act.VALUE, Act.STORY, Act.ADDITION, Act.UNCLEAR)
    if ask.person and not ask.part:
        return turn.act in VALUES and "name" in reading.person(words)
    if kind is Where.NAME and not ask.person and reading.introduces(words, of_another=True):  # «tôi là …»
        return False
    if kind is Where.NAME and turn.act in (Act.STORY, Act.ADDITION) and reading.names_first(words):
        return True
    if kind is Where.NAME and turn.act is Act.VALUE and reading.read("name", words):  # «anh Ba»
        return True
    if kind is Where.PLACE and "," in words and turn.act is Act.VALUE and _likely(turn):  # «Văn Đức, Chí Linh»
        return True
    fit = fits(kind.value, words)
    if turn.where is Where.OFFER:  # «Không, tên là Tư»: the answer came unasked
        return turn.act in VALUES and fit is Fit.YES
    return turn.act in VALUES and (fit is Fit.YES or (fit is Fit.MAYBE and turn.act is Act.VALUE))


VALUES = (Act.VALUE, Act.UNCLEAR)
_A_STORY = 6
"""words: so many tell something, a greeting before them or not"""


def _likely(turn: Turn) -> bool:
    return turn.meaning is not None and turn.meaning.likely >= _PLAINLY


def _chooses(turn: Turn, ask: Ask) -> bool:
    """One of the choices, or how he knows in words of his own."""
    words = turn.said.text
    if understood(ask, turn.said)["kind"] == "choice" and turn.act not in (Act.QUESTION, Act.NO):
        return True
    return turn.act is Act.VALUE and fits(Where.SOURCE.value, words) is Fit.YES


def within(turn: Turn, ask: Ask) -> str:
    """«Tôi kể tiếp. Anh ở đại đội 2»: the part that names the unit; «» where there is none, or all of it does."""
    words = turn.said.text
    faintly = turn.meaning is not None and turn.meaning.likely < _FAINTLY
    if where_of(ask) is not Where.UNIT or not (faintly or turn.act in (*TELLS, Act.UNKNOWN)) or surely(turn):
        return ""
    if fits(Where.UNIT.value, words) is Fit.YES:
        return ""
    parts = [*_SENTENCES.split(words), *_CLAUSES.split(words)]
    return next((part.strip() for part in parts if fits(Where.UNIT.value, part) is Fit.YES), "")


def before_a_question(turn: Turn, ask: Ask) -> tuple[str, str]:
    """«0912 …, mà gọi giờ nào?»: (the answer, the question behind it); («», «») where it is not both."""
    words, kind = turn.said.text, where_of(ask)
    if turn.act is not Act.QUESTION or kind not in (*_PLAIN_KINDS, Where.NAME):
        return "", ""
    for cut in _CLAUSES.finditer(words):
        answer, rest = words[: cut.start()], words[cut.end() :].strip()
        if fits(kind.value, answer) is Fit.YES and rest:
            asks = hear(rest, Where.NOTHING, turn.library.lexicon).act is Act.QUESTION
            return (answer, rest) if asks else ("", "")
    return "", ""


def denies(turn: Turn, ask: Ask) -> bool:
    """«Không phải! 1965 là năm đi B. 1968 mới hy sinh»: a no, and the right answer behind it."""
    first, *rest = _CLAUSES.split(turn.said.text)
    no = hear(first, Where.OFFER, turn.library.lexicon).act is Act.NO
    return no and any(right_part(ask, part) for part in rest)


def right_part(ask: Ask, part: str) -> str:
    """The answer in that part of what was said; «» where it is of another kind, or tells of another day."""
    kind = where_of(ask).value
    return value(kind, part) if not of_another_day(kind, part) and fits(kind, part) is Fit.YES else ""


_SENTENCES, _CLAUSES = re.compile(r"[.;!?\n]+(?=\s|$)"), re.compile(r"[,.;!?\n]+(?=\s|$)")


def impatient(turn: Turn, ask: Ask) -> str:
    """«Tôi nói rồi mà, 1947»: the part with the figure that was asked for; «» where there is none."""
    kind = where_of(ask)
    if surely(turn) or turn.act not in _PUT_OFF or kind not in (Where.TIME, Where.BORN, Where.PHONE):
        return ""
    parts = (part.strip() for part in turn.said.text.split(",")[1:])
    return next((one for one in parts if any(c.isdigit() for c in one) and fits(kind.value, one) is Fit.YES), "")


_PUT_OFF = (Act.UNKNOWN, Act.SKIP, Act.UNCLEAR, Act.REPEAT)


_A_SOURCE = 8
"""words that say how somebody knows, and no more"""
_PLAIN_KINDS = (Where.UNIT, Where.TIME, Where.PLACE, Where.PHONE, Where.BORN)


def plainly(ask: Ask, words: str) -> bool:
    """A name is not, but the teller's own: of the fallen and of others they look alike."""
    kind = where_of(ask)
    if ask.person and ask.part in ("", "name"):
        return reading.introduces(words)
    if kind is Where.SOURCE:  # «tôi tận mắt thấy»
        return len(words.split()) <= _A_SOURCE and len(suggestions(ask, words)) == 1
    if kind not in _PLAIN_KINDS or fits(kind.value, words) is not Fit.YES:
        return False
    if kind is Where.BORN:  # «sinh năm 1950», not «năm 1967»
        other = any(fits(one.value, words) is not Fit.NO for one in (Where.TIME, Where.UNIT))
        return ask.person == PersonRole.WITNESS and not other
    return kind is not Where.TIME or not words.strip(" .,").isdecimal()
