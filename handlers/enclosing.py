"""What comes as a file, a voice note or a position: kept as it is; albums stay together; a position is asked back."""

from datetime import timedelta
from typing import Any

from bot.cases import originals, tips, wishes
from bot.forms import Ask, understood
from bot.messages import Attachment, AttachmentKind, Choice, Incoming, Outgoing, fold
from bot.models import Tip, TipAnswer
from bot.router import Answer, Turn
from handlers import recording
from handlers.asking import AT_PLACE, asked, form_of, got, keep, question, two

BURST = timedelta(seconds=4)
"""photos that come so soon one after the other were chosen together, on platforms that know no albums"""
ROUGH = 200.0
"""metres: a position that is less exact is said to be so"""
CHOSEN = "pin"
"""Attachment.name of a place that was chosen on the web's map as that of the grave"""
_SHOWN = (AttachmentKind.PHOTO, AttachmentKind.FILE)


async def sent(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """Files, or a position, in answer to a question."""
    meant = understood(ask, turn.said)
    if meant["kind"] == "odd":
        keep(turn, tip)
        return question(turn, tip, ask, turn.text("tips.got_odd"))
    if position := position_in(turn.said):
        return _positioned(turn, tip, ask, position)
    before = next((one for one in tips.live(tip) if one.field == ask.id and one.files), None)
    if ask.kind == "files":
        return await _one_more_file(turn, tip, ask, meant, before)
    if before is not None and not turn.said.text:
        join(before, turn.said)
        await to_words(turn, tip)
        return recording.where(turn, tip, turn.text("tips.got_file"))
    if not turn.said.text and all(one.kind in _SHOWN for one in turn.said.attachments) and ask.id != "chuyen":
        keep(turn, tip)  # a sketch or a paper answers no question for a name
        await to_words(turn, tip)
        return recording.where(turn, tip, turn.text("tips.got_file"))
    return await recording.recorded(turn, tip, ask, turn.said, meant)


async def more(turn: Turn, tip: Tip) -> Answer:
    """One more file while several are asked for: words between pictures stay with them."""
    ask = form_of(turn, tip).ask(asked(tip))
    if ask is None or ask.kind != "files":
        return None
    before = next((one for one in tips.live(tip) if one.field == ask.id and one.files), None)
    return await _one_more_file(turn, tip, ask, understood(ask, turn.said), before) if before else None


async def _one_more_file(turn: Turn, tip: Tip, ask: Ask, meant: dict[str, Any], before: TipAnswer | None) -> Answer:
    """Pictures come one after the other, words may come between; they stay together until «Xong»."""
    if before:
        join(before, turn.said)
    else:
        tips.record(tip, ask, turn.said, meant, turn.now)
    if turn.said.attachments:
        await to_words(turn, tip)
    again = Outgoing(turn.text("tips.more_files"), choices=(Choice(turn.text("tips.done"), "done"),))
    sharper = "" if before else originals.how_to_send(turn.library, turn.said)
    return [Outgoing(sharper), again] if sharper else again


async def to_words(turn: Turn, tip: Tip) -> None:
    await wishes.to_words(turn.db, tip, turn.now, turn.config.service.zone)


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
        await to_words(turn, tip)
    return True


def _album(tip: Tip, message: Incoming) -> TipAnswer | None:
    album = message.album
    return next((one for one in tips.live(tip) if one.album == album), None) if album else None


def _burst(turn: Turn, tip: Tip) -> TipAnswer | None:
    bare = turn.said.attachments and not turn.said.text and not turn.said.album
    if not bare or any(one.kind not in _SHOWN for one in turn.said.attachments) or not tip.answers:
        return None
    last = tip.answers[-1]
    ask = form_of(turn, tip).ask(last.field)
    photos = last.files and all(file.attachment["kind"] in _SHOWN for file in last.files)
    together = photos and not last.said and turn.now - last.at <= BURST and last.replaced_at is None
    return last if together and not (ask and ask.kind == "files") else None


# Positions


def position_in(message: Incoming) -> Attachment | None:
    return next((one for one in message.attachments if one.kind is AttachmentKind.LOCATION), None)


def _positioned(turn: Turn, tip: Tip, ask: Ask, position: Attachment) -> Answer:
    """«Đây là nơi có mộ, hay là nhà bác ạ?» One that was chosen on the map as the grave's is the grave's."""
    rough = ""
    if position.accuracy and position.accuracy > ROUGH:
        rough = turn.text("tips.rough", metres=round(position.accuracy, -1))
    keep(turn, tip)
    if position.name == CHOSEN:
        return at_grave(turn, tip, two(turn.text("tips.got_place"), rough))
    tip.asking = AT_PLACE + ask.id
    ways = (Choice(turn.text("tips.at_grave"), "at:grave"), Choice(turn.text("tips.at_home"), "at:home"))
    return Outgoing(two(turn.text("tips.got_place"), rough, f"**{turn.text('tips.at_which')}**"), choices=ways)


def positioned(turn: Turn, tip: Tip) -> Answer:
    """What is said to that question; None when it is something else."""
    words = f" {fold(turn.said.text)} "
    named = {
        what: any(f" {fold(one)} " in words for one in turn.text(f"tips.words_{what}").splitlines())
        for what in ("grave", "home")
    }
    if turn.said.choice == "at:grave" or (not turn.said.choice and named["grave"] and not named["home"]):
        return at_grave(turn, tip, turn.text("tips.got_grave"))
    if turn.said.choice == "at:home" or (not turn.said.choice and named["home"] and not named["grave"]):
        return _at_home(turn, tip)
    return None


def at_grave(turn: Turn, tip: Tip, before: str) -> Answer:
    """The position answers the question where the grave is, of the grave that is being told of."""
    number = asked(tip).partition("#")[2]
    field = f"noi-chon#{number}" if number else "noi-chon"
    ask, last = form_of(turn, tip).ask(field), _last_position(tip)
    if ask is None or last is None:
        tip.asking = asked(tip)
        return recording.where(turn, tip, before)
    if field in tips.answered(tip):
        last.understood = {**last.understood, "at": "grave"}
    else:
        last.field, last.question, last.understood = field, ask.ask, {**last.understood, "at": "grave"}
    tip.asking = asked(tip)
    return recording.next_one(turn, tip, before)


def _at_home(turn: Turn, tip: Tip) -> Answer:
    """Where he lives: said to staff, and no grave."""
    if last := _last_position(tip):
        last.understood = {**last.understood, "at": "home", "label": turn.text("tips.at_home_label")}
    tip.asking, tip.put = asked(tip), 0
    return recording.where(turn, tip, got(turn, tip))


def _last_position(tip: Tip) -> TipAnswer | None:
    live = (one for one in reversed(tips.live(tip)) if one.field == tips.ADDED)
    return next((one for one in live if one.understood["kind"] == "location"), None)
