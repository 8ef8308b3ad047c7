"""The questions of a tip and what is said to them: an answer, files, an aside, or more than was asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.cases import originals, people, tips, wishes
from bot.forms import Ask, aside_of, next_ask, suggestion, unanswered, understood
from bot.messages import AttachmentKind, Choice, Incoming, Outgoing
from bot.models import Person, PersonRole, TaskKind, Tip, TipAnswer
from bot.router import Answer, Turn
from handlers.asking import (
    EDIT,
    HELPER,
    OFFERED,
    PAUSED,
    both_agreed,
    consent,
    form_of,
    helper_consent,
    keep,
    question,
    question_or_offer,
    told,
)
from handlers.summing_up import editing, summary

MORNING = time(8, 30)
"""a decent hour for a reminder"""
BURST = timedelta(seconds=4)
"""photos that come so soon one after the other were chosen together, on platforms that know no albums"""
_SHOWN = (AttachmentKind.PHOTO, AttachmentKind.FILE)


def next_one(turn: Turn, tip: Tip, got: str = "") -> Outgoing:
    """The next question that applies, or the summary."""
    ask = next_ask(form_of(turn), tips.answered(tip))
    return question_or_offer(turn, tip, ask, got) if ask else summary(turn, tip)


def where(turn: Turn, tip: Tip, got: str = "") -> Outgoing:
    """At which point the tip stands, put once more."""
    asking = tip.asking.removeprefix(PAUSED).strip()
    if not both_agreed(tip):
        return helper_consent(turn, tip) if tips.consented(tip) and asking == HELPER else consent(turn, tip)
    if asking == EDIT:
        return editing(turn, tip)
    ask = form_of(turn).ask(asking.removeprefix(OFFERED))
    if ask is None or ask.offered:
        return next_one(turn, tip, got)
    return question_or_offer(turn, tip, ask, got) if asking.startswith(OFFERED) else question(turn, tip, ask, got)


async def answered(turn: Turn, tip: Tip) -> Answer:
    """An answer to the question that was asked, or an aside."""
    offered = tip.asking.startswith(OFFERED)
    ask = form_of(turn).ask(tip.asking.removeprefix(OFFERED))
    if ask is None:  # the form was edited and this question is gone
        keep(turn, tip)
        return next_one(turn, tip)
    aside = aside_of(form_of(turn), turn.said)
    match aside:
        case "back":
            return _back(turn, tip, ask)
        case "skip" | "done" if ask.id in tips.answered(tip):
            return next_one(turn, tip)
        case "skip" | "done" if aside == "skip" or ask.kind == "files" or turn.said.choice == "done":
            tips.record(tip, ask, turn.said, {"kind": "skipped"}, turn.now)
            return next_one(turn, tip)
        case "unknown":
            tips.record(tip, ask, turn.said, {"kind": "unknown"}, turn.now)
            return next_one(turn, tip, turn.text("tips.got_unknown"))
        case "enough":
            return _no_more(turn, tip, ask)
    if offered and (turn.said.choice == f"yes:{ask.id}" or aside == "yes"):
        return await _confirmed(turn, tip, ask)
    if offered and (turn.said.choice == f"no:{ask.id}" or aside == "no"):
        return question(turn, tip, ask, turn.text("tips.asked_anew"))
    if turn.said.choice is not None and turn.said.choice not in {option.value for option in ask.options}:
        return where(turn, tip)  # a button of an earlier message
    return await _told(turn, tip, ask)


async def _confirmed(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """«Đúng rồi»: the words of the story are the answer, as they stand there."""
    found = suggestion(ask, told(turn, tip, ask))
    if not found:
        return question(turn, tip, ask)
    option = next((one for one in ask.options if one.value == f"={found}"), None)
    said = replace(turn.said, text=option.label if option else found, choice=option.value if option else None)
    meant = understood(ask, said) | {"confirmed": True}
    return await _recorded(turn, tip, ask, said, meant)


async def _told(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    meant = understood(ask, turn.said)
    if meant["kind"] == "odd":
        keep(turn, tip)
        return question(turn, tip, ask, turn.text("tips.got_odd"))
    sent = next((one for one in tips.live(tip) if one.field == ask.id and one.files), None)
    if ask.kind == "files" and (sent or meant["kind"] == "files"):
        return await _one_more_file(turn, tip, ask, meant, sent)
    return await _recorded(turn, tip, ask, turn.said, meant)


async def _recorded(turn: Turn, tip: Tip, ask: Ask, said: Incoming, meant: dict[str, Any]) -> Answer:
    tips.record(tip, ask, said, meant, turn.now)
    if ask.person and meant["kind"] == "words":
        _told_of_himself(turn, tip, ask, said)
    if meant["kind"] == "files":
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    got = {"files": "tips.got_file", "location": "tips.got_place"}.get(meant["kind"], "tips.got")
    return next_one(turn, tip, turn.text(got))


def _told_of_himself(turn: Turn, tip: Tip, ask: Ask, said: Incoming) -> None:
    """A number that came with the name is the answer to the question for it too."""
    found = people.told(tip, ask, said.text)
    for other in form_of(turn).asks:
        if other.person == ask.person and other.part and not ask.part and other.part in found:
            phone = replace(said, text=found[other.part], choice=None)
            tips.record(tip, other, phone, understood(other, phone), turn.now)


async def _one_more_file(turn: Turn, tip: Tip, ask: Ask, meant: dict[str, Any], sent: TipAnswer | None) -> Answer:
    """Pictures come one after the other, words may come between; they stay together until «Xong»."""
    if sent:
        join(sent, turn.said)
    else:
        tips.record(tip, ask, turn.said, meant, turn.now)
    if turn.said.attachments:
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    more = Outgoing(turn.text("tips.more_files"), choices=(Choice(turn.text("tips.done"), "done"),))
    sharper = "" if sent else originals.how_to_send(turn.library, turn.said)
    return [Outgoing(sharper), more] if sharper else more


def join(answer: TipAnswer, message: Incoming) -> None:
    tips.attach(answer, message)
    answer.said = "\n".join(filter(None, (answer.said, message.text)))
    answer.album = message.album or answer.album


async def more_of_album(turn: Turn, tip: Tip) -> bool:
    """The pictures of one album arrive one by one; all but the first join it without a word.

    Where the platform has no albums: photos that were sent in the same moment.
    """
    first = _album(tip, turn.said) or _burst(turn, tip)
    if first is None:
        return False
    join(first, turn.said)
    first.at = turn.now
    if tips.consented(tip):
        await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)
    return True


def _album(tip: Tip, message: Incoming) -> TipAnswer | None:
    album = message.album
    return next((one for one in tips.live(tip) if one.album == album), None) if album else None


def _burst(turn: Turn, tip: Tip) -> TipAnswer | None:
    bare = turn.said.attachments and not turn.said.text and not turn.said.album
    if not bare or any(one.kind not in _SHOWN for one in turn.said.attachments) or not tip.answers:
        return None
    last = tip.answers[-1]
    ask = form_of(turn).ask(last.field)
    photos = last.files and all(file.attachment["kind"] in _SHOWN for file in last.files)
    together = photos and not last.said and turn.now - last.at <= BURST and last.replaced_at is None
    return last if together and not (ask and ask.kind == "files") else None


def _no_more(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """«Tôi chỉ biết thế thôi»: no more of what he does not know, only who he is, and the summary."""
    left = [one for one in unanswered(form_of(turn), tips.answered(tip)) if not one.person]
    for one in left if not ask.person else [ask]:
        said = turn.said if one.id == ask.id else replace(turn.said, text="", choice=None)
        tips.record(tip, one, said, {"kind": "skipped"}, turn.now)
    return next_one(turn, tip, turn.text("tips.got_enough"))


def _back(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """To the question answered last, to answer it anew."""
    asks = (form_of(turn).ask(one.field) for one in tips.live(tip) if one.field != ask.id)
    before = [one for one in asks if one and not one.offered]
    return question(turn, tip, before[-1] if before else ask, "" if before else turn.text("tips.at_start"))


def back_from_summary(turn: Turn, tip: Tip) -> Answer:
    asks = [one for one in map(form_of(turn).ask, tips.answered(tip)) if one and not one.offered]
    return question(turn, tip, asks[-1]) if asks else summary(turn, tip)


# At every point


async def anywhere(turn: Turn, tip: Tip, aside: str | None) -> Answer:
    """What may be said at any point; None: it is none of these."""
    match aside:
        case "later":
            return later(turn, tip)
        case "repeat":
            return where(turn, tip)
        case "call" | "visit":
            return await _wished(turn, tip, aside)
    return None


def later(turn: Turn, tip: Tip) -> Answer:
    """«Mai nói tiếp»: he is asked tomorrow morning whether he goes on."""
    if not tip.asking.startswith(PAUSED):
        tip.asking, tip.reminded = f"{PAUSED} {tip.asking}", 0
    day = turn.now.astimezone(turn.config.service.zone).date() + timedelta(days=1)
    at = datetime.combine(day, MORNING, turn.config.service.zone).astimezone(turn.now.tzinfo)
    tip.remind_at = at if tip.reminded < 2 else None
    return Outgoing(turn.text("tips.later_said"))


async def _wished(turn: Turn, tip: Tip, wish: str) -> Answer:
    """A task for staff; where they do not know yet whom to call or where to go, this is asked next."""
    kind = TaskKind.CALL if wish == "call" else TaskKind.VISIT
    await wishes.wish(turn.db, tip, kind, turn.now, turn.config.service.zone)
    if not both_agreed(tip):
        return [Outgoing(turn.text(f"tips.{wish}_said")), where(turn, tip)]
    part = "phone" if wish == "call" else "address"
    ask = next((one for one in form_of(turn).asks if one.person == PersonRole.WITNESS and one.part == part), None)
    if ask and not _known(tip.people, part) and ask.id not in tips.answered(tip):
        return question(turn, tip, ask, turn.text(f"tips.{wish}_said"))
    return where(turn, tip, turn.text(f"tips.{wish}_said"))


def _known(told: Sequence[Person], part: str) -> bool:
    return any(getattr(one, part) for one in told)
