"""What was told is put right: in words («à nhầm, 1969 mới đúng»), or by editing the message itself."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.cases import people, tips
from bot.forms import Ask, understood, where_of
from bot.language import Where
from bot.messages import Outgoing, fold
from bot.models import Tip, TipAnswer
from bot.reading import introduces
from bot.reading.around import Fit
from bot.reading.fields import fits, value
from bot.reading.time_words import of_another_day
from bot.router import Answer, Turn
from handlers.asking import SUMMARY, form_of, got, keep, surely
from handlers.recording import where
from handlers.summing_up import editing, summary

_KINDS = (Where.NAME, Where.UNIT, Where.TIME, Where.PLACE, Where.BORN, Where.PHONE, Where.ADDRESS)


async def corrected(turn: Turn, tip: Tip) -> Answer:
    """The answer that the new words are of the kind of; where that cannot be told, they are kept for staff."""
    found = list(_meant(turn, tip))
    if not found and surely(turn):  # «sửa lại», and no more
        return editing(turn, tip) if tips.answered(tip) else where(turn, tip, turn.text("tips.nothing_to_correct"))
    if len(found) != 1:
        keep(turn, tip)
        tips.flag(tip, "corrected")
        return _and_on(turn, tip, turn.text("tips.correction_kept"))
    ask, words = found[0]
    said = replace(turn.said, choice=None)
    tips.record(tip, ask, said, understood(ask, replace(said, text=words)) | {"label": words}, turn.now)
    if ask.person:
        people.told(tip, ask, words)
    return _and_on(turn, tip, turn.text("tips.corrected", label=ask.label, said=words))


def _meant(turn: Turn, tip: Tip) -> Iterator[tuple[Ask, str]]:
    """(the question that was answered before, the new words for it): named by its label first, else by their kind."""
    answered = [ask for field in tips.answered(tip) if (ask := form_of(turn, tip).ask(field)) and not ask.offered]
    told = [
        (ask, _words_for(turn, ask, tips.answered_words(tip, ask.id))) for ask in answered if where_of(ask) in _KINDS
    ]
    fitting = [(ask, words) for ask, words in told if words]
    named = [one for one in fitting if _names(turn.said.text, one[0])]
    yield from named[:1] if named else fitting


def _names(text: str, ask: Ask) -> bool:
    words = re.sub(r" nam (?!\d)", " ", f" {fold(text)} ")  # «phía nam» names no year
    return any(f" {fold(one)} " in words for one in ask.called)


def _words_for(turn: Turn, ask: Ask, old: str) -> str:
    """The part of the correction that fits: of «10 chứ không phải 3» the one before the no, if there is one."""
    text = turn.said.text
    noes = "|".join(map(re.escape, turn.text("tips.and_not").splitlines()))
    right, *wrong = re.split(rf"(?<!\w)(?:{noes})(?!\w)", text, maxsplit=1, flags=re.IGNORECASE)
    found = _fitting(turn, ask, right) or _fitting(turn, ask, text)
    return _put_in_place(found, wrong[0], old) if wrong and found else found


def _put_in_place(right: str, wrong: str, old: str) -> str:
    """«Tiểu đoàn 8 chứ không phải tiểu đoàn 7» of «đại đội 3, tiểu đoàn 7»: the rest of it stands."""
    wrong = re.split(r"[,.;!\n]", wrong)[0].strip()
    at = old.casefold().find(wrong.casefold()) if wrong else -1
    return old[:at] + right + old[at + len(wrong) :] if at >= 0 else right


def _fitting(turn: Turn, ask: Ask, text: str) -> str:
    """The last part of `text` that fits, not one behind «không phải», nor the teller's name."""
    kind = where_of(ask).value
    if of_another_day(kind, text):
        return ""
    joints = "|".join(map(re.escape, turn.text("tips.correction_joints").splitlines()))
    denials = tuple(turn.text("tips.denials").splitlines())
    parts = re.split(rf"[,.;:\n]|(?<!\w)(?:{joints})(?!\w)", text, flags=re.IGNORECASE)
    said = [part for part in parts if part.strip() and not part.casefold().strip().startswith(denials)]
    said = [part for part in said if kind != Where.NAME.value or ask.person or not introduces(part)]
    return next((value(kind, part) for part in reversed(said) if fits(kind, part) is Fit.YES), "")


def _and_on(turn: Turn, tip: Tip, before: str) -> Outgoing:
    return summary(turn, tip, before) if tip.asking == SUMMARY else where(turn, tip, before)


async def edited(turn: Turn, tip: Tip) -> Answer:
    """The words of an earlier message as they are now stand in place of what they were."""
    old = next((one for one in tips.live(tip) if one.message_id == turn.said.edits), None)
    if old is None:
        keep(turn, tip)
        return _and_on(turn, tip, got(turn, tip, "tips.kept_aside"))
    put_right(turn, tip, old)
    return _and_on(turn, tip, turn.text("tips.edited"))


def put_right(turn: Turn, tip: Tip, old: TipAnswer) -> TipAnswer:
    """The new words beside the old ones, which are kept."""
    ask = form_of(turn, tip).ask(old.field)
    meant = understood(ask or Ask(tips.ADDED, "", ""), turn.said)
    new = tips.record(tip, ask, turn.said, meant, turn.now)
    old.replaced_at = turn.now
    new.message_id = turn.said.edits
    if ask and ask.person:
        people.told(tip, ask, turn.said.text)
    return new
