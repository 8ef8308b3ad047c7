"""What is told in private, one question at a time; saved at every answer. Forms: content/forms/tip.toml, family.toml.

Here: how it begins, in which order what is said is tried, and the summary. Consent is consenting.py, what is said to a
question telling.py; how one is put, asking.py.
"""

import base64
from collections.abc import Awaitable
from dataclasses import replace

from bot import chats, reading
from bot.cases import sampling, tips, wishes
from bot.cases.receipts import spoken
from bot.forms import STORY, Ask, understood, where_of
from bot.language import Act, Meaning, Where, mentions
from bot.messages import Address, AttachmentKind, Choice, Outgoing
from bot.models import TaskKind, Tip, TipState
from bot.router import Answer, Router, Turn, command, command_of, in_group, in_private
from handlers import aside, correcting, enclosing, mine, questions
from handlers.asking import (
    AT_PLACE,
    CLARIFY,
    CONSENT,
    EDIT,
    HELPER,
    OFFERED,
    PAUSED,
    SUMMARY,
    asked,
    both_agreed,
    consent,
    form_of,
    got,
    keep,
    question,
    question_or_offer,
    surely,
    ways,
)
from handlers.consenting import agreed_and_more, by_helper, consent_said, helped, helper_said, story
from handlers.fitting import answers, before_a_question, denies, within
from handlers.hearing import heard_again
from handlers.mine import is_mine, is_tip
from handlers.recording import next_one, patient, where
from handlers.summing_up import editing, more_ask, summary, to_edit
from handlers.telling import answered, anywhere, back_from_summary, clarified, refused, sends, take

rules = Router()
is_family = command("giadinh")
_VOICE = (AttachmentKind.VOICE, AttachmentKind.AUDIO)
_A_STORY, _A_WISH = 6, 14
"""words: so many tell something; no more only say that somebody wants to report"""
TIP, FAMILY = "tip", "family"


def starts_tip(turn: Turn) -> bool:
    """«Báo tin», its button, or the link from a group («start=g…») or from the portal («start=tip»)."""
    if not in_private(turn):
        return False
    return is_tip(turn) or turn.said.start == "tip" or turn.said.start.startswith("g") or _for_another(turn)


def _for_another(turn: Turn) -> bool:
    """«Cháu nhắn giùm bà, bà muốn báo tin»."""
    return turn.act is Act.HELPER and not turn.tip and Act.TIP in mentions(turn.said.text, turn.library.lexicon)


def starts_family(turn: Turn) -> bool:
    """«Gia đình đi tìm»: somebody searches for his own."""
    return in_private(turn) and (is_family(turn) or turn.said.start == "family") and not turn.tip


@rules.on(lambda turn: in_group(turn) and (is_tip(turn) or is_mine(turn) or is_family(turn)))
async def in_private_please(turn: Turn) -> Answer:
    """Nobody is asked about the dead, nor for personal data, in a group."""
    url = turn.private_url(turn.chat.where)
    choices = (Choice(turn.text("tips.go_private"), url=url),) if url else ()
    lines = [turn.text("tips.in_group")] + ([] if url else [turn.text("tips.go_private_zalo")])
    return Outgoing("\n\n".join(lines), choices=choices)


rules = Router([rules, mine.rules])


@rules.on(lambda turn: to_edit(turn) is not None)
async def edit_named(turn: Turn) -> Answer:
    ask = to_edit(turn)
    return question(turn, turn.tip, ask) if turn.tip and ask else None


@rules.on(starts_tip)
async def start(turn: Turn) -> Answer:
    """Begin, or go on where it stopped."""
    return await _started(turn, TIP)


@rules.on(starts_family)
async def start_family(turn: Turn) -> Answer:
    return await _started(turn, FAMILY)


@rules.on(lambda turn: in_private(turn) and turn.tip is None and turn.says("tips.after_all"))
async def after_all(turn: Turn) -> Answer:
    """«Em nghĩ lại rồi, cho em khai tiếp», after a refusal: the same form once more."""
    last = await turn.db.get(Tip, turn.chat.telling_id) if turn.chat.telling_id else None
    return await _started(turn, last.form) if last and last.state == TipState.DECLINED else None


async def _started(turn: Turn, form: str) -> Answer:
    turn.chat.adding = ""
    if turn.tip is not None:
        return _welcome_back(turn, turn.tip)
    tip = await tips.begin(turn.db, turn.chat, await _origin(turn), turn.now, form)
    if turn.act and reading.by_helper(turn.said.text):
        helped(turn, tip)
        return [Outgoing(turn.text("tips.helper_thanks")), consent(turn, tip)]
    if turn.act and len(turn.said.text.split()) > _A_WISH:  # more than that he wants to
        keep(turn, tip)
    said = await _wish_as_well(turn, tip) or turn.text(f"tips.intro_{form}")
    return [Outgoing(said), patient(turn, consent(turn, tip))]


async def _wish_as_well(turn: Turn, tip: Tip) -> str:
    """«Muốn cán bộ đến nhà để kể về mấy ngôi mộ»: both are heard. What is said to the wish; «» where there is none."""
    spoken = mentions(turn.said.text, turn.library.lexicon) if turn.act else ()
    for act, kind in ((Act.VISIT, TaskKind.VISIT), (Act.CALL, TaskKind.CALL)):
        if act in spoken:
            await wishes.wish(turn.db, tip, kind, turn.now, turn.config.service.zone)
            return turn.text(f"tips.{act}_said")
    return ""


def _welcome_back(turn: Turn, tip: Tip) -> Answer:
    tip.remind_at = None
    if turn.act and len(turn.said.text.split()) > _A_WISH:
        keep(turn, tip)
    return [Outgoing(turn.text("tips.welcome_back")), where(turn, tip)]


async def _origin(turn: Turn) -> int | None:
    """The unit of the group from whose button he came («start=g» and the group's id in base64url)."""
    try:
        group = base64.urlsafe_b64decode(turn.said.start[1:] + "==").decode()
    except ValueError:
        return None
    chat = await chats.at(turn.db, Address(turn.chat.channel, group)) if turn.said.start[:1] == "g" and group else None
    return chat.unit_id if chat else None


@rules.on(lambda turn: in_private(turn) and turn.tip is not None and (turn.said.choice or "").startswith("a:"))
async def chosen_aside(turn: Turn) -> Answer:
    """One of the answers that were offered in the middle of the talk."""
    tip = turn.tip
    said = await questions.pressed(turn)
    return said if tip is None else [*aside.without_choices(said), aside.go_on(turn, tip)]


@rules.on(lambda turn: in_private(turn) and not command_of(turn.said))
async def answer(turn: Turn) -> Answer:
    """The next words of a tip that is being told; without one, words or files that tell of a grave begin it."""
    tip = turn.tip
    if tip is None:
        return await _opening(turn) if _opens(turn) else None
    tip.remind_at = None
    answers = await _heard(turn, tip)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    return answers


def _opens(turn: Turn) -> bool:
    """A story, a voice note, a photo or a position out of the blue."""
    if turn.said.choice:
        return False
    text = turn.said.text
    tells = turn.act is Act.STORY and len(text.split()) >= _A_STORY and not text.rstrip().endswith("?")
    sent = bool(turn.said.attachments) and any(one.kind is not AttachmentKind.STICKER for one in turn.said.attachments)
    return tells or sent or (turn.act in (Act.HELPER, Act.UNCLEAR) and reading.tells(text))


async def _opening(turn: Turn) -> Answer:
    """Kept word for word, and unopened, if he agrees."""
    tip = await tips.begin(turn.db, turn.chat, None, turn.now, TIP)
    tip.by_helper = reading.by_helper(turn.said.text)
    story(turn, tip)
    await sampling.noticed(turn.db, turn.library, tip, turn.said, turn.now)
    opening = "tips.opening" if turn.said.text else "tips.opening_files"
    return [replace(Outgoing(turn.text(opening)), waits=bool(turn.said.text)), patient(turn, consent(turn, tip))]


async def _heard(turn: Turn, tip: Tip) -> Answer:
    if turn.said.edits:
        return await correcting.edited(turn, tip)
    if await enclosing.more_of_album(turn, tip):
        return ()
    if turn.goes_on and turn.act in _TELLING:
        return await _went_on(turn, tip)
    if turn.said.forwarded and turn.said.text and both_agreed(tip):
        keep(turn, tip)
        return patient(turn, where(turn, tip, got(turn, tip, "tips.kept_aside")))
    if turn.said.choice == "helper" or turn.act is Act.HELPER or _helps(turn, tip):
        return by_helper(turn, tip)
    if turn.act not in (*_TELLING, *_STANDS_ELSEWHERE) and len(turn.said.text) > _LONG:
        keep(turn, tip)  # heard as «bỏ qua» or «đúng», and yet more than that was said
    if turn.said.choice is None and both_agreed(tip) and not tip.asking.startswith(OFFERED) and sends(turn):
        turn = replace(turn, meaning=Meaning(Act.YES))
    ask = form_of(turn, tip).ask(asked(tip))
    if ask and both_agreed(tip) and turn.act is Act.LATER and within(turn, ask):
        return await answered(turn, tip)
    if tip.asking == CONSENT and turn.act is not Act.HELP and (said := await agreed_and_more(turn, tip)):
        return said
    if stopped := _stopping(turn, tip):
        return await stopped
    if common := await anywhere(turn, tip):
        return common
    if tip.asking.startswith(PAUSED):
        return await _back_again(turn, tip)
    if both_agreed(tip) and ask:
        told, asked_too = before_a_question(turn, ask)
        if told:
            take(turn, tip, ask, told)
            turn = replace(turn, message=replace(turn.said, text=asked_too))
    if said := await aside.answered(turn, tip):
        return said
    if turn.act is Act.CORRECTION and both_agreed(tip) and ask and denies(turn, ask):
        keep(turn, tip)
        return await refused(turn, tip, ask)
    if turn.act is Act.CORRECTION and both_agreed(tip) and (turn.where is not Where.STORY or surely(turn)):
        return await correcting.corrected(turn, tip)
    stages = {CONSENT: consent_said, HELPER: helper_said, SUMMARY: _summary_said, EDIT: _edit_said}
    if tip.asking.startswith(AT_PLACE) and (said := enclosing.positioned(turn, tip)):
        return said
    if tip.asking.startswith(CLARIFY) and (said := await _clarified(turn, tip)):
        return said
    return await stages.get(tip.asking, answered)(turn, tip)


_LONG = 60
"""characters: more than any way of saying yes, no or a command"""
_STANDS_ELSEWHERE = (None, Act.QUESTION, Act.CORRECTION)
_TELLING = (Act.STORY, Act.ADDITION, Act.VALUE, Act.UNCLEAR, Act.DISTRESS, Act.TIP, Act.FAMILY)


def _helps(turn: Turn, tip: Tip) -> bool:
    return not tip.by_helper and reading.by_helper(turn.said.text)


async def _went_on(turn: Turn, tip: Tip) -> Answer:
    """More of what was told before our answer to it was read: one telling, unless it is what is asked next."""
    last, again = tip.answers[-1], heard_again(turn, tip)
    asks = form_of(turn, tip).ask(asked(tip)) if both_agreed(tip) else None
    if asks and where_of(asks) not in (Where.STORY, Where.WORDS) and again.act is Act.VALUE and answers(again, asks):
        return await answered(again, tip)
    ask = form_of(turn, tip).ask(last.field)
    if last.replaced_at is None and last.field in (STORY, tips.ADDED) and not last.files:
        enclosing.join(last, turn.said)
        last.understood = understood(ask or Ask(tips.ADDED, "", ""), replace(turn.said, text=last.said))
        last.at = turn.now
    else:
        keep(turn, tip)
    tip.put = max(0, tip.put - 1)
    if asks and tip.put == 0:
        return patient(turn, question_or_offer(turn, tip, asks))
    return patient(turn, where(turn, tip, "" if tips.consented(tip) else turn.text("tips.kept_meanwhile")))


async def _clarified(turn: Turn, tip: Tip) -> Answer:
    if turn.said.choice == "ask":
        tip.asking = asked(tip)
        return await aside.looked_up(turn, tip)
    tip.asking = asked(tip)
    return clarified(turn, tip) if turn.said.choice == "tell" or turn.act in (Act.YES, Act.STORY) else None


async def _back_again(turn: Turn, tip: Tip) -> Answer:
    """Words after a pause answer what was asked before it, if they do; else they are kept, and the talk goes on."""
    if turn.act in _SAYS_NOTHING:
        return Outgoing(turn.text("tips.courtesy"))
    tip.asking = tip.asking.removeprefix(PAUSED).strip()
    ask, again = form_of(turn, tip).ask(asked(tip)), heard_again(turn, tip)
    if ask and both_agreed(tip) and (answers(again, ask) or again.act in (Act.YES, Act.NO)):
        return await answered(again, tip)
    told = turn.said.choice is None and story(turn, tip) and both_agreed(tip)
    kept = " " + turn.text("tips.kept_meanwhile") if turn.said.text or turn.said.attachments else ""
    return [Outgoing(f"{turn.text('tips.welcome_back')}{kept}"), next_one(turn, tip) if told else where(turn, tip)]


# To drop it


def _stopping(turn: Turn, tip: Tip) -> Awaitable[Answer] | None:
    """«Thôi, tôi không kể nữa», and whether what was told is to go."""
    if turn.said.choice == "drop":
        return _dropped(turn, tip)
    if turn.said.choice == "stop" or turn.act is Act.STOP:
        return _dropped(turn, tip) if not tips.consented(tip) else _stop_sure(turn)
    return None


async def _stop_sure(turn: Turn) -> Answer:
    ways = [Choice(turn.text(f"tips.{way}"), way) for way in ("later", "drop", "repeat")]
    return Outgoing(turn.text("tips.stop_sure"), choices=tuple(ways))


async def _dropped(turn: Turn, tip: Tip) -> Answer:
    """Nothing of it is kept."""
    await tips.drop(turn.db, tip, turn.now)
    return Outgoing(turn.text("tips.dropped"))


# The summary


async def _summary_said(turn: Turn, tip: Tip) -> Answer:
    spoken_yes = tip.by_helper and any(one.kind in _VOICE for one in turn.said.attachments)
    if turn.act is Act.YES and turn.said.choice is None and _says_more(turn):
        keep(turn, tip)
        return patient(turn, summary(turn, tip, turn.text("tips.added_to_tip")))
    if spoken_yes or turn.said.choice == "confirm" or (_plain_yes(turn) and turn.said.choice is None):
        return await _finished(turn, tip)
    if turn.said.choice == "edit" or turn.act is Act.NO:
        return editing(turn, tip)
    match turn.said.choice:
        case "back":
            return back_from_summary(turn, tip)
        case "ways":
            return ways(turn, tip)
        case "more" if more := more_ask(turn, tip):
            tips.record(tip, more, turn.said, {"kind": "choice", "value": "co"}, turn.now)
            return next_one(turn, tip, turn.text("tips.got_more"))
        case "grave" if another := form_of(turn, tip).offered("grave"):
            graves = form_of(turn, tip).graves(tips.answered(tip)) + 1
            tips.record(tip, another, turn.said, {"kind": "choice", "value": "co", "graves": graves}, turn.now)
            return next_one(turn, tip, turn.text("tips.got_more"))
    if turn.act is Act.BACK:
        return back_from_summary(turn, tip)
    told = turn.act not in _SAYS_NOTHING and bool(turn.said.attachments or (turn.said.text and not turn.said.choice))
    if told:
        keep(turn, tip)
    if turn.said.attachments:
        await enclosing.to_words(turn, tip)
    return patient(turn, summary(turn, tip, turn.text("tips.added_to_tip") if told else ""))


def _plain_yes(turn: Turn) -> bool:
    """Nothing is sent on words that only sound like a yes."""
    return turn.act is Act.YES and turn.meaning is not None and turn.meaning.likely >= _CLEAR


_CLEAR = 0.8


def _says_more(turn: Turn) -> bool:
    """«Đúng, mà còn anh thứ hai nữa»: a yes with something behind it."""
    words = f" {turn.said.text.casefold()} "
    more = any(f" {one} " in words for one in turn.text("tips.yes_but").splitlines())
    return not surely(turn) and len(words.split()) > _YES_WORDS and more


_YES_WORDS = 5
_SAYS_NOTHING = (Act.UNKNOWN, Act.SKIP, Act.ENOUGH, Act.COURTESY, Act.REPEAT)


async def _finished(turn: Turn, tip: Tip) -> Answer:
    """Of a helper's tip the witness's own word is kept, best in his voice."""
    ask = form_of(turn, tip).offered("told") if tip.by_helper else None
    if ask:
        meant = "files" if turn.said.attachments else "choice"
        tips.record(tip, ask, turn.said, {"kind": meant, "value": "dung", "label": ask.options[0].label}, turn.now)
    if turn.said.attachments:
        await enclosing.to_words(turn, tip)
    code = await tips.finish(turn.db, tip, turn.now)
    last = "tips.where_to_go" if tip.form == FAMILY else "tips.do_not_dig"
    return [Outgoing(turn.text(f"tips.receipt_{tip.form}", code=spoken(code))), Outgoing(turn.text(last))]


async def _edit_said(turn: Turn, tip: Tip) -> Answer:
    choice = turn.said.choice or ""
    ask = form_of(turn, tip).ask(choice.removeprefix("edit:"))
    if choice.startswith("edit:") and ask:
        return question(turn, tip, ask)
    if not choice and turn.act not in (*_SAYS_NOTHING, Act.YES, Act.NO):
        keep(turn, tip)
        return next_one(turn, tip, turn.text("tips.added_to_tip"))
    return next_one(turn, tip)
