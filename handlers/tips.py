"""A veteran's tip-off, told in private one question at a time; saved at every answer. The questions: forms/tip.toml.

Here: how it begins, consent, and the summary. What is said to a question is telling.py; how one is put, asking.py.
"""

import base64
from dataclasses import replace

from bot import chats, reading
from bot.cases import people, sampling, tips, wishes
from bot.cases.receipts import spoken
from bot.forms import aside_of, understood
from bot.messages import Address, AttachmentKind, Choice, Outgoing
from bot.models import PersonRole, Tip
from bot.router import Answer, Router, Turn, command_of, in_group, in_private
from handlers import mine
from handlers.asking import (
    CONSENT,
    EDIT,
    HELPER,
    PAUSED,
    SUMMARY,
    both_agreed,
    consent,
    form_of,
    helper_consent,
    keep,
    notice,
    question,
    word_of,
)
from handlers.mine import is_mine, is_tip
from handlers.summing_up import editing, more_ask, summary
from handlers.telling import answered, anywhere, back_from_summary, more_of_album, next_one, where

rules = Router()
_VOICE = (AttachmentKind.VOICE, AttachmentKind.AUDIO)
_A_STORY, _A_FEW_WORDS = 6, 8
"""words: so many tell something; no more only say that somebody helps"""


def starts_tip(turn: Turn) -> bool:
    """«Báo tin», its button, or the link from a group («start=g…») or from the portal («start=tip»)."""
    return in_private(turn) and (is_tip(turn) or turn.said.start == "tip" or turn.said.start.startswith("g"))


@rules.on(lambda turn: in_group(turn) and (is_tip(turn) or is_mine(turn)))
async def in_private_please(turn: Turn) -> Answer:
    """Nobody is asked about the dead, nor for personal data, in a group."""
    url = turn.private_url(turn.chat.where)
    choices = (Choice(turn.text("tips.go_private"), url=url),) if url else ()
    lines = [turn.text("tips.in_group")] + ([] if url else [turn.text("tips.go_private_zalo")])
    return Outgoing("\n\n".join(lines), choices=choices)


rules = Router([rules, mine.rules])


@rules.on(starts_tip)
async def start(turn: Turn) -> Answer:
    """Begin, or go on where it stopped."""
    turn.chat.adding = ""
    tip = await tips.telling(turn.db, turn.chat)
    if tip is None:
        tip = await tips.begin(turn.db, turn.chat, await _origin(turn), turn.now)
        return [Outgoing(turn.text("tips.intro")), consent(turn, tip)]
    tip.remind_at = None
    return [Outgoing(turn.text("tips.welcome_back")), where(turn, tip)]


async def _origin(turn: Turn) -> int | None:
    """The unit of the group from whose button he came («start=g» and the group's id in base64url)."""
    try:
        group = base64.urlsafe_b64decode(turn.said.start[1:] + "==").decode()
    except ValueError:
        return None
    chat = await chats.at(turn.db, Address(turn.chat.channel, group)) if turn.said.start[:1] == "g" and group else None
    return chat.unit_id if chat else None


@rules.on(lambda turn: in_private(turn) and not command_of(turn.said))
async def answer(turn: Turn) -> Answer:
    """The next words of a tip that is being told; without one, words that clearly tell of a grave begin it."""
    tip = await tips.telling(turn.db, turn.chat)
    if tip is None:
        return await _opening(turn) if not turn.said.choice and reading.tells(turn.said.text) else None
    tip.remind_at = None
    answers = await _heard(turn, tip)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return answers


async def _opening(turn: Turn) -> Answer:
    """A story out of the blue, kept word for word if he agrees."""
    tip = await tips.begin(turn.db, turn.chat, None, turn.now)
    tip.by_helper = reading.by_helper(turn.said.text)
    _story(turn, tip)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return [Outgoing(turn.text("tips.opening")), consent(turn, tip)]


def _story(turn: Turn, tip: Tip) -> bool:
    """What is told before he was asked answers the first question, if that has no answer yet; whether it did."""
    if aside_of(form_of(turn), turn.said):
        return False
    first = next((ask for ask in form_of(turn).asks if not ask.offered), None)
    voice = any(one.kind in _VOICE for one in turn.said.attachments)
    if first and first.id not in tips.answered(tip) and (voice or len(turn.said.text.split()) >= _A_STORY):
        tips.record(tip, first, turn.said, understood(first, turn.said), turn.now)
        return True
    keep(turn, tip)
    return False


async def _heard(turn: Turn, tip: Tip) -> Answer:
    if await more_of_album(turn, tip):
        return ()
    aside = aside_of(form_of(turn), turn.said)
    if aside == "helper" or (not tip.by_helper and reading.by_helper(turn.said.text)):
        return _by_helper(turn, tip)
    if common := await anywhere(turn, tip, aside):
        return common
    if tip.asking.startswith(PAUSED):
        return _back_again(turn, tip)
    said = {CONSENT: _consent_said, HELPER: _helper_said, SUMMARY: _summary_said, EDIT: _edit_said}
    return await said.get(tip.asking, answered)(turn, tip)


def _back_again(turn: Turn, tip: Tip) -> Answer:
    """Words after a pause are kept, a story as the story, and the talk goes on where it stopped."""
    told = _story(turn, tip) and both_agreed(tip)
    kept = " " + turn.text("tips.kept_meanwhile") if turn.said.text or turn.said.attachments else ""
    return [Outgoing(f"{turn.text('tips.welcome_back')}{kept}"), next_one(turn, tip) if told else where(turn, tip)]


# Consent: the witness's, and of a helper his own


def _by_helper(turn: Turn, tip: Tip) -> Answer:
    """Somebody holds the phone for the witness: from now on two people, each asked for himself."""
    if len(turn.said.text.split()) > _A_FEW_WORDS:
        _story(turn, tip)
    ask = form_of(turn).offered("helper")
    if ask and not tip.by_helper:
        meant = {"kind": "choice", "value": "co", "label": ask.options[0].label}
        said = turn.said if turn.said.choice else replace(turn.said, attachments=())
        tips.record(tip, ask, said, meant, turn.now)
    tip.by_helper = True
    return [Outgoing(turn.text("tips.helper_thanks")), consent(turn, tip)]


async def _consent_said(turn: Turn, tip: Tip) -> Answer:
    """Only a clear yes counts; anything else said meanwhile is kept."""
    if turn.said.choice not in ("agree", "refuse"):
        _story(turn, tip)
        return Outgoing(turn.text("tips.agree_unclear"), choices=consent(turn, tip).choices)
    given = turn.said.choice == "agree"
    said = turn.said if turn.said.text else replace(turn.said, text=turn.text(f"tips.{word_of(tip, turn.said.choice)}"))
    tips.consent(tip, form_of(turn), notice(turn), said, given, turn.now)
    if not given:
        tips.forget_answers(tip)
        await wishes.drop(turn.db, tip, turn.now)
        return Outgoing(turn.text("tips.refused"))
    if any(one.files for one in tip.answers):
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    return next_one(turn, tip) if both_agreed(tip) else helper_consent(turn, tip)


async def _helper_said(turn: Turn, tip: Tip) -> Answer:
    """Who does not want to be written down himself may help all the same."""
    if turn.said.choice not in ("agree", "refuse"):
        _story(turn, tip)
        return helper_consent(turn, tip)
    given = turn.said.choice == "agree"
    asked, role = turn.text("tips.helper_ask"), PersonRole.HELPER
    said = turn.said if turn.said.text else replace(turn.said, text=turn.text(f"tips.helper_{turn.said.choice}"))
    tips.consent(tip, form_of(turn), asked, said, given, turn.now, role)
    if given:
        people.who(tip, role)
    elif ask := form_of(turn).offered("helper"):
        tips.record(tip, ask, said, {"kind": "choice", "value": "khong", "label": said.text}, turn.now)
    return next_one(turn, tip)


# The summary


async def _summary_said(turn: Turn, tip: Tip) -> Answer:
    spoken_yes = tip.by_helper and any(one.kind in _VOICE for one in turn.said.attachments)
    aside = aside_of(form_of(turn), turn.said)
    if spoken_yes or turn.said.choice == "confirm" or (aside == "yes" and not turn.said.choice):
        return await _finished(turn, tip)
    match turn.said.choice or aside:
        case "edit" | "no":
            return editing(turn, tip)
        case "back":
            return back_from_summary(turn, tip)
        case "more" if more := more_ask(turn, tip):
            tips.record(tip, more, turn.said, {"kind": "choice", "value": "co"}, turn.now)
            return next_one(turn, tip, turn.text("tips.got_more"))
        case "grave" if another := form_of(turn).offered("grave"):
            graves = form_of(turn).graves(tips.answered(tip)) + 1
            tips.record(tip, another, turn.said, {"kind": "choice", "value": "co", "graves": graves}, turn.now)
            return next_one(turn, tip, turn.text("tips.got_more"))
    told = aside is None and bool(turn.said.attachments or (turn.said.text and not turn.said.choice))
    if told:
        keep(turn, tip)
    if turn.said.attachments:
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    return summary(turn, tip, turn.text("tips.added_to_tip") if told else "")


async def _finished(turn: Turn, tip: Tip) -> Answer:
    """Of a helper's tip the witness's own word is kept, best in his voice."""
    ask = form_of(turn).offered("told") if tip.by_helper else None
    if ask:
        meant = "files" if turn.said.attachments else "choice"
        tips.record(tip, ask, turn.said, {"kind": meant, "value": "dung", "label": ask.options[0].label}, turn.now)
    if turn.said.attachments:
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    code = await tips.finish(turn.db, tip, turn.now)
    return [Outgoing(turn.text("tips.receipt", code=spoken(code))), Outgoing(turn.text("tips.do_not_dig"))]


async def _edit_said(turn: Turn, tip: Tip) -> Answer:
    choice = turn.said.choice or ""
    ask = form_of(turn).ask(choice.removeprefix("edit:"))
    if choice.startswith("edit:") and ask:
        return question(turn, tip, ask)
    if not choice and aside_of(form_of(turn), turn.said) is None:
        keep(turn, tip)
    return summary(turn, tip)
