"""What was said, heard once for all rules: where the talk stands, what the words mean there, and whether they go on."""

from dataclasses import replace
from datetime import timedelta

from bot import outbox, reading
from bot.answers.newest import index_of
from bot.answers.search import Decision
from bot.cases import emergencies, tips
from bot.forms import where_of
from bot.language import EMERGENCIES, Act, Meaning, Where, hear
from bot.messages import Incoming
from bot.models import Chat, Tip, TipState
from bot.outbox import WAITS
from bot.reading import Fit, fits
from bot.router import Turn, command_of, is_phrase
from handlers.asking import AT_PLACE, CLARIFY, CONSENT, EDIT, HELPER, OFFERED, PAUSED, SUMMARY, asked, form_of

LATELY = timedelta(days=7)
"""for so long after the receipt what is no question may still belong to the tip"""
_YES = ("a:yes:", "addyes:", "rtyes:", "yes:", "at:grave", "now:")
_NO = ("a:no:", "addno:", "rtno", "no:", "at:home")
_STAGES = {CONSENT: Where.CONSENT, HELPER: Where.CONSENT, SUMMARY: Where.SUMMARY, EDIT: Where.NOTHING}


async def heard(turn: Turn) -> Turn:
    """The turn with its tip, and with what the words mean; a spoken yes or no is the button it stands for."""
    message = turn.message
    if not isinstance(message, Incoming):
        return turn
    if not message.in_group:
        tip = await tips.telling(turn.db, turn.chat)
        turn = replace(turn, tip=tip, emergency=await emergencies.open_in(turn.db, turn.chat, turn.now))
    turn = replace(turn, where=await _where(turn))
    if message.choice is not None or command_of(message) or not message.text.strip():
        return turn
    if message.attachments:  # words with a picture are its caption; only an emergency is heard in them
        meaning = hear(message.text, Where.NOTHING, turn.library.lexicon)
        return replace(turn, meaning=meaning if meaning.act in EMERGENCIES else None, perhaps=meaning.perhaps)
    if value := _sure(turn, message.text):
        return replace(turn, message=replace(message, choice=value))
    turn = await (_out_of_the_blue(turn) if turn.tip is None else _in_a_tip(turn, turn.tip))
    return replace(turn, perhaps=turn.meaning.perhaps if turn.meaning else None)


async def _in_a_tip(turn: Turn, tip: Tip) -> Turn:
    if turn.emergency and turn.says("emergencies.goes_back"):  # «giờ tôi kể tiếp»
        turn.emergency.left_at = turn.now
        turn = replace(turn, emergency=None)
    if turn.emergency and _answers_tip(turn, tip):
        turn.emergency.left_at = turn.now
        turn = replace(turn, emergency=None)
    if turn.emergency:
        meaning = hear(turn.said.text, Where.PLACE, turn.library.lexicon)
        more = not turn.emergency.said_more or turn.emergency.kind == Act.DESPAIR
        if (more and not _plainly_asks(meaning)) or meaning.act in EMERGENCIES:
            return replace(turn, where=Where.PLACE, meaning=meaning)
    goes_on = not turn.said.edits and await _goes_on(turn, tip)
    turn = replace(turn, goes_on=goes_on, where=Where.STORY if goes_on else turn.where)
    meaning = hear(turn.said.text, turn.where, turn.library.lexicon)
    if tip.asking.startswith(OFFERED) and not goes_on and not _decides(meaning):
        meaning = hear(turn.said.text, _asked_for(turn, tip), turn.library.lexicon)
    return replace(turn, meaning=meaning)


def _answers_tip(turn: Turn, tip: Tip) -> bool:
    """What is said a moment after an emergency belongs to it, unless it is plainly what the tip asks."""
    ask, words = form_of(turn, tip).ask(asked(tip)), turn.said.text
    if tip.asking in (CONSENT, HELPER, SUMMARY) or tip.asking.startswith(OFFERED):
        return _decides(hear(words, where_in(turn, tip), turn.library.lexicon))
    if ask is None or where_of(ask) not in _ASKED:
        return False
    kind = where_of(ask).value
    return fits(kind, words) is Fit.YES or (kind in _FOUND and bool(reading.read(kind, words)))


def _plainly_asks(meaning: Meaning) -> bool:
    return meaning.act is Act.QUESTION and meaning.likely >= _CLEARLY


_ASKED = (Where.NAME, Where.UNIT, Where.TIME, Where.BORN, Where.PHONE)
_FOUND = ("name", "unit", "time")


def _decides(meaning: Meaning) -> bool:
    return meaning.act in (Act.YES, Act.NO) and meaning.likely >= _CLEARLY


def _asked_for(turn: Turn, tip: Tip) -> Where:
    """«Có phải tên là Tám không?» may be answered with another name as well."""
    ask = form_of(turn, tip).ask(asked(tip))
    return where_of(ask) if ask else turn.where


async def _out_of_the_blue(turn: Turn) -> Turn:
    """Nothing is being told: an answer to what was offered or asked last, or something of its own."""
    meaning = hear(turn.said.text, turn.where, turn.library.lexicon)
    value = _button(turn.chat, meaning.act) if meaning.likely >= _FAINTLY else ""
    if value.startswith("now:") and (meaning.likely < 1.0 or is_phrase(turn)):
        value = ""
    if value:
        return replace(turn, message=replace(turn.said, choice=value))
    if turn.where is Where.OFFER:
        turn = replace(turn, where=await _since(turn))
        meaning = hear(turn.said.text, turn.where, turn.library.lexicon)
    return replace(turn, meaning=meaning if turn.where is Where.PLACE else await _asked_or_told(turn, meaning))


async def _asked_or_told(turn: Turn, meaning: Meaning) -> Meaning:
    """What the library surely answers, and what only a person may answer, is a question."""
    text = turn.said.text
    if meaning.likely == 1.0 or meaning.act in _FIRST or _only_answers(meaning, text):
        return meaning
    found = (await index_of(turn.library)).find(text)
    if meaning.act in EMERGENCIES:  # «thấy bom thì báo cho ai?»
        asked = found.decision is Decision.SURE and meaning.likely < _CLEARLY
        return Meaning(Act.QUESTION, perhaps=meaning.act) if asked else meaning
    weak = meaning.likely < (_CLEARLY if found.decision is Decision.UNSURE else _FAINTLY)
    if found.decision is Decision.SURE or weak or turn.library.wordbook.reason(text) in _PERSONAL:
        return Meaning(Act.QUESTION, perhaps=None if found.decision is Decision.SURE else meaning.perhaps)
    return meaning


def _only_answers(meaning: Meaning, text: str) -> bool:
    """«Đúng rồi cháu ạ», «không nhớ»: no question, whatever the library finds in it."""
    return meaning.act in _ANSWERS and meaning.likely >= _FAINTLY and len(text.split()) <= _A_FEW


_ANSWERS, _A_FEW = (Act.YES, Act.NO, Act.UNKNOWN, Act.SKIP, Act.ENOUGH, Act.LATER), 4
_FIRST = (Act.STORY, Act.TIP, Act.FAMILY, Act.CALL, Act.VISIT, Act.ADDITION, Act.CORRECTION, Act.HELPER, Act.ENGLISH)
"""an approved answer does not come before a story or a wish to report"""
_CLEARLY, _FAINTLY = 0.9, 0.6
_PERSONAL = ("death", "benefit", "complaint", "health")


async def _where(turn: Turn) -> Where:
    if turn.tip is not None:
        return where_in(turn, turn.tip)
    if any(str(value).startswith(_YES) for _, value, _ in turn.chat.menu):
        return Where.OFFER
    if turn.emergency and not turn.emergency.said_more:
        return Where.PLACE
    return await _since(turn)


def _sure(turn: Turn, text: str) -> str:
    """«Đúng, xóa hết đi» after «Bác chắc chắn muốn xóa?», in the middle of a tip as well."""
    values = [str(value) for _, value, _ in turn.chat.menu]
    yes = next((value for value in values if value.startswith("rtyes:")), "")
    if not yes:
        return ""
    act = hear(text, Where.OFFER, turn.library.lexicon).act
    return yes if act in (Act.YES, Act.DELETE) else "rtno" if act is Act.NO else ""


def heard_again(turn: Turn, tip: Tip) -> Turn:
    """The same words, said to what the tip asks now."""
    where = where_in(turn, tip)
    meaning = hear(turn.said.text, where, turn.library.lexicon) if turn.said.text and not turn.said.choice else None
    return replace(turn, where=where, meaning=meaning)


async def _since(turn: Turn) -> Where:
    """Whether a receipt was given here lately."""
    last = await turn.db.get(Tip, turn.chat.telling_id) if turn.chat.telling_id and not turn.said.in_group else None
    told = last is not None and last.code and last.state != TipState.WITHDRAWN and last.told_at
    return Where.RECEIPT if told and turn.now - told < LATELY else Where.NOTHING


def where_in(turn: Turn, tip: Tip) -> Where:
    """What a tip has asked last."""
    asking = tip.asking
    if asking.startswith((OFFERED, AT_PLACE)):
        return Where.OFFER
    if asking.startswith(PAUSED):
        return Where.STORY
    ask = form_of(turn, tip).ask(asking.removeprefix(CLARIFY))
    return where_of(ask) if ask else _STAGES.get(asking, Where.STORY)


async def _goes_on(turn: Turn, tip: Tip) -> bool:
    """The answer to what was said a moment ago is still held back: it is taken back, for more has come."""
    last = tip.answers[-1] if tip.answers else None
    if last is None or turn.now - last.at > WAITS:
        return False
    return await outbox.take_back(turn.db, turn.chat, turn.now)


def _button(chat: Chat, act: Act) -> str:
    """The value of the button last offered here that a spoken yes or no means."""
    prefixes = _YES if act is Act.YES else _NO if act is Act.NO else ()
    return next((str(value) for _, value, _ in chat.menu if prefixes and str(value).startswith(prefixes)), "")
