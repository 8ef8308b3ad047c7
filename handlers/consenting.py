"""Consent: the witness's, and of a helper his own; in any words, and only a clear yes counts."""

import re
from dataclasses import replace

from bot.cases import people, tips, wishes
from bot.forms import understood
from bot.language import Act, Where, hear
from bot.messages import AttachmentKind, Outgoing
from bot.models import PersonRole, Tip
from bot.router import Answer, Turn
from handlers.asking import (
    both_agreed,
    consent,
    form_of,
    got,
    helper_consent,
    keep,
    notice,
    notice_in_full,
    word_of,
)
from handlers.recording import next_one, patient, where

_VOICE = (AttachmentKind.VOICE, AttachmentKind.AUDIO)
_A_STORY, _A_FEW_WORDS = 6, 8
"""words: so many tell something; no more only say that somebody helps"""
_CLEARLY, _A_CONSENT, _DIGIT = 0.9, 16, re.compile(r"\d")
"""how likely it must be that somebody agreed or refused, in so many words at most, and no year among them"""


def story(turn: Turn, tip: Tip) -> bool:
    """What is told before he was asked answers the first question, if that has no answer yet; whether it did."""
    first = next((ask for ask in form_of(turn, tip).asks if not ask.offered), None)
    voice = any(one.kind in _VOICE for one in turn.said.attachments)
    tells = voice or len(turn.said.text.split()) >= _A_STORY
    if first and first.id not in tips.answered(tip) and tells:
        tips.record(tip, first, turn.said, understood(first, turn.said), turn.now)
        return True
    keep(turn, tip)
    return False


def by_helper(turn: Turn, tip: Tip) -> Answer:
    """Somebody holds the phone for the witness: from now on two people, each asked for himself."""
    if len(turn.said.text.split()) > _A_FEW_WORDS:
        story(turn, tip)
    if tip.by_helper:
        return where(turn, tip, got(turn, tip))
    helped(turn, tip)
    return [Outgoing(turn.text("tips.helper_thanks")), consent(turn, tip)]


def helped(turn: Turn, tip: Tip) -> None:
    """Somebody else holds the phone."""
    if ask := form_of(turn, tip).offered("helper"):
        meant = {"kind": "choice", "value": "co", "label": ask.options[0].label}
        said = turn.said if turn.said.choice else replace(turn.said, attachments=())
        tips.record(tip, ask, said, meant, turn.now)
    if not any(one.field for one in tip.answers if (told := form_of(turn, tip).ask(one.field)) and told.person):
        people.forget(tip)  # he of the tip before is perhaps another
    tip.by_helper = True


def _agrees(turn: Turn) -> bool | None:
    """Yes and no in any words, if they are clear and no story; None: neither."""
    if turn.said.choice in ("agree", "refuse"):
        return turn.said.choice == "agree"
    words = turn.said.text
    if (
        turn.meaning is None
        or turn.meaning.likely < _CLEARLY
        or len(words.split()) > _A_CONSENT
        or _DIGIT.search(words)
        or turn.says("tips.consent_if")
    ):
        return None
    return _GIVEN.get(turn.meaning.act)


_GIVEN = {Act.YES: True, Act.NO: False}
_CLAUSES = re.compile(r"[,.;!?\n]+(?=\s|$)")


async def agreed_and_more(turn: Turn, tip: Tip) -> Answer:
    """«Đồng ý ạ, mà xong thì có ai gọi lại?», «ghi để làm gì, mà thôi bác đồng ý»: a clear yes or no, and more."""
    clauses = [one.strip() for one in _CLAUSES.split(turn.said.text) if one.strip()]
    if turn.said.choice is not None or len(clauses) < 2 or _agrees(turn) is not None or turn.says("tips.consent_if"):
        return None
    heard = [_only(turn, clause) for clause in (clauses[0], clauses[-1])]
    clear = [one for one in heard if _agrees(one) is not None]
    if len({_agrees(one) for one in clear}) != 1:
        return None
    said = await consent_said(clear[0], tip)
    if _agrees(clear[0]):
        keep(turn, tip)
    return said


def _only(turn: Turn, clause: str) -> Turn:
    """As if he had said no more than that."""
    meaning = hear(clause, Where.CONSENT, turn.library.lexicon)
    return replace(turn, message=replace(turn.said, text=clause), meaning=meaning)


async def consent_said(turn: Turn, tip: Tip) -> Answer:
    """Only a clear yes counts; anything else said meanwhile is kept."""
    if turn.said.choice == "read":
        return replace(consent(turn, tip), text=notice_in_full(turn, tip))
    given = _agrees(turn)
    if given is None:
        return _meanwhile(turn, tip)
    way = "agree" if given else "refuse"
    said = turn.said if turn.said.text else replace(turn.said, text=turn.text(f"tips.{word_of(tip, way)}"))
    tips.consent(tip, form_of(turn, tip), notice(turn, tip), said, given, turn.now)
    if not given:
        tips.forget_answers(tip)
        await wishes.drop(turn.db, tip, turn.now)
        return Outgoing(turn.text(f"tips.refused_{tip.form}"))
    if any(one.files for one in tip.answers):
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    return next_one(turn, tip, turn.text("tips.agreed")) if both_agreed(tip) else helper_consent(turn, tip)


def _meanwhile(turn: Turn, tip: Tip) -> Answer:
    """Words and files before the consent wait for it."""
    if turn.said.choice is not None:
        return consent(turn, tip, "")
    told = bool(turn.said.text.strip() or turn.said.attachments)
    if told:
        story(turn, tip)
    return patient(turn, consent(turn, tip, turn.text("tips.agree_unclear") if told else ""))


async def helper_said(turn: Turn, tip: Tip) -> Answer:
    """Who does not want to be written down himself, or simply tells on, may help all the same."""
    given = _agrees(turn)
    told = given is None and turn.said.choice is None
    if given is None and not told:
        return helper_consent(turn, tip)
    if told:
        story(turn, tip)
    asked_words, role = turn.text("tips.helper_ask"), PersonRole.HELPER
    words = turn.said.text or turn.text(f"tips.helper_{'agree' if given else 'refuse'}")
    said = replace(turn.said, text="" if told else words)
    tips.consent(tip, form_of(turn, tip), asked_words, said, bool(given), turn.now, role)
    if given:
        people.who(tip, role)
    elif ask := form_of(turn, tip).offered("helper"):
        tips.record(tip, ask, said, {"kind": "choice", "value": "khong", "label": said.text}, turn.now)
    return next_one(turn, tip, got(turn, tip) if told else "")
