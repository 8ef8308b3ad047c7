"""A veteran's tip-off, told in private one question at a time; saved at every answer. The questions: forms/tip.toml."""

import base64
from dataclasses import replace
from functools import lru_cache

from jinja2 import Template

from bot import chats
from bot.cases import tips
from bot.cases.receipts import code_in, looks_like_code, spoken
from bot.forms import ASIDES, Ask, Form, aside_of, next_ask, understood
from bot.messages import Address, Choice, Incoming, Outgoing, fold
from bot.models import Tip, TipAnswer, TipState
from bot.posts.figures import day_text
from bot.router import Answer, Router, Turn, command, command_of, heard, in_group, in_private
from bot.texts import sandbox

rules = Router()
is_tip = command("baotin")
is_mine = command("tincuatoi")

CONSENT, SUMMARY, EDIT, PAUSED = "~consent", "~summary", "~edit", "~paused"
"""what `Tip.asking` holds when it is not a question of the form; «+CODE» waits for an addition"""


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


def asks_for_mine(turn: Turn) -> bool:
    """«Tin của tôi», perhaps with a code behind it."""
    if not in_private(turn):
        return False
    words = fold(turn.said.text)
    with_code = looks_like_code(words) and any(words.startswith(phrase) for phrase in heard(turn, "tincuatoi"))
    return is_mine(turn) or bool(with_code)


@rules.on(asks_for_mine)
async def mine(turn: Turn) -> Answer:
    if looks_like_code(turn.said.text):
        return await _by_code(turn)
    told = await tips.of_chat(turn.db, turn.chat)
    lines = [_status_line(turn, tip) for tip in told if tip.code]
    if any(tip.state == TipState.TELLING for tip in told):
        lines.append(turn.text("tips.mine_open"))
    if not lines:
        return Outgoing(turn.text("tips.none"))
    add = tuple(
        Choice(f"{turn.text('tips.add_to_mine')} {spoken(tip.code)}", f"add:{tip.code}")
        for tip in told[-3:]
        if tip.code and tip.state != TipState.WITHDRAWN
    )
    return Outgoing("\n".join([turn.text("tips.mine"), *lines]), choices=add)


async def _by_code(turn: Turn) -> Answer:
    """Whoever has the receipt may read the status, and add to the tip; never what was told."""
    code = code_in(turn.said.text)
    tip = await tips.by_code(turn.db, code) if code else None
    if tip is None or tip.code is None:
        return Outgoing(turn.text("tips.no_code", code=looks_like_code(turn.said.text)))
    add = Choice(turn.text("tips.add_to_mine"), f"add:{tip.code}")
    return Outgoing(_status_line(turn, tip), choices=() if tip.state == TipState.WITHDRAWN else (add,))


def _status_line(turn: Turn, tip: Tip) -> str:
    day = day_text((tip.told_at or tip.started_at).astimezone(turn.config.service.zone).date())
    status = turn.text(f"tips.status.{tip.state}")
    return turn.text("tips.mine_line", code=spoken(tip.code or ""), day=day, status=status)


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith("add:"))
async def add(turn: Turn) -> Answer:
    code = (turn.said.choice or "").removeprefix("add:")
    tip = await tips.by_code(turn.db, code)
    if tip is None:
        return Outgoing(turn.text("tips.no_code", code=code))
    turn.chat.adding = code
    return Outgoing(turn.text("tips.add_ask", code=spoken(code)))


@rules.on(
    lambda turn: in_private(turn) and bool(turn.chat.adding) and not command_of(turn.said) and not turn.said.choice
)
async def added(turn: Turn) -> Answer:
    """What is said next belongs to the tip of that code."""
    code, turn.chat.adding = turn.chat.adding, ""
    tip = await tips.by_code(turn.db, code)
    if tip is None:
        return Outgoing(turn.text("tips.no_code", code=code))
    ask = Ask(tips.ADDED, "", turn.text("tips.add_label"))
    tips.record(tip, None, turn.said, understood(ask, turn.said), turn.now)
    tips.flag(tip, "added" if tip.chat_id == turn.chat.id else "added_by_code")
    return Outgoing(turn.text("tips.added", code=spoken(code)))


@rules.on(starts_tip)
async def start(turn: Turn) -> Answer:
    """Begin, or go on where it stopped."""
    turn.chat.adding = ""
    tip = await tips.telling(turn.db, turn.chat)
    if tip is None:
        tip = await tips.begin(turn.db, turn.chat, await _origin(turn), turn.now)
        tip.asking = CONSENT
        return [Outgoing(turn.text("tips.intro")), _consent(turn)]
    return [Outgoing(turn.text("tips.welcome_back")), _where(turn, tip)]


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
    """The next words of a tip that is being told; passed on when none is."""
    tip = await tips.telling(turn.db, turn.chat)
    if tip is None:
        return None
    if _more_of_album(tip, turn.said):
        return ()
    said = {CONSENT: _consent_said, SUMMARY: _summary_said, EDIT: _edit_said, PAUSED: _back_again}
    return await said.get(tip.asking, _answered)(turn, tip)


def _form(turn: Turn) -> Form:
    return turn.library.forms["tip"]


def _notice(turn: Turn) -> str:
    return _template(_form(turn).notice).render(ward=turn.config.service.unit)


@lru_cache(maxsize=8)
def _template(notice: str) -> Template:
    return sandbox.from_string(notice)


def _consent(turn: Turn) -> Outgoing:
    ways = (Choice(turn.text("tips.agree"), "agree"), Choice(turn.text("tips.refuse"), "refuse"))
    return Outgoing(f"{_notice(turn)}\n\n{turn.text('tips.agree_ask')}", choices=ways)


async def _consent_said(turn: Turn, tip: Tip) -> Answer:
    """Only a clear yes counts; anything else said meanwhile is kept."""
    if aside_of(_form(turn), turn.said) == "repeat":
        return _consent(turn)
    if turn.said.choice not in ("agree", "refuse"):
        _keep(turn, tip)
        return Outgoing(turn.text("tips.agree_unclear"), choices=_consent(turn).choices)
    given = turn.said.choice == "agree"
    said = turn.said if turn.said.text else replace(turn.said, text=turn.text(f"tips.{turn.said.choice}"))
    tips.consent(tip, _form(turn), _notice(turn), said, given, turn.now)
    if not given:
        tips.forget_answers(tip)
        return Outgoing(turn.text("tips.refused"))
    return await _next(turn, tip, "")


def _keep(turn: Turn, tip: Tip) -> None:
    """What is said outside a question is kept with the tip as an addition."""
    ask = Ask(tips.ADDED, "", turn.text("tips.add_label"))
    if turn.said.text or turn.said.attachments:
        tips.record(tip, None, turn.said, understood(ask, turn.said), turn.now)


async def _answered(turn: Turn, tip: Tip) -> Answer:
    """An answer to the question that was asked, or an aside."""
    ask = _form(turn).ask(tip.asking)
    if ask is None:  # the form was edited and this question is gone
        _keep(turn, tip)
        return await _next(turn, tip, "")
    match "done" if turn.said.choice == "done" else aside_of(_form(turn), turn.said):
        case "later":
            tip.asking = PAUSED
            return Outgoing(turn.text("tips.later_said"))
        case "repeat":
            return _question(turn, tip, ask)
        case "back":
            return await _back(turn, tip, ask)
        case "skip" | "done" if ask.id in tips.answered(tip):
            return await _next(turn, tip, "")
        case "skip" | "done":
            tips.record(tip, ask, turn.said, {"kind": "skipped"}, turn.now)
            return await _next(turn, tip, "")
        case "unknown":
            tips.record(tip, ask, turn.said, {"kind": "unknown"}, turn.now)
            return await _next(turn, tip, turn.text("tips.got_unknown"))
    if turn.said.choice is not None and turn.said.choice not in {option.value for option in ask.options}:
        return _question(turn, tip, ask)  # a button of an earlier message
    return await _told(turn, tip, ask)


async def _told(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    meant = understood(ask, turn.said)
    if meant["kind"] == "odd":
        _keep(turn, tip)
        return _question(turn, tip, ask, turn.text("tips.got_odd"))
    if ask.kind == "files" and meant["kind"] == "files":
        return await _one_more_file(turn, tip, ask, meant)
    tips.record(tip, ask, turn.said, meant, turn.now)
    got = {"files": "tips.got_file", "location": "tips.got_place"}.get(meant["kind"], "tips.got")
    return await _next(turn, tip, turn.text(got))


async def _one_more_file(turn: Turn, tip: Tip, ask: Ask, meant: dict[str, object]) -> Answer:
    """Pictures come one after the other; they stay together until «Xong»."""
    sent = next((one for one in tips.live(tip) if one.field == ask.id and one.files), None)
    if sent:
        tips.attach(sent, turn.said)
        sent.said = "\n".join(filter(None, (sent.said, turn.said.text)))
        sent.album = turn.said.album
    else:
        tips.record(tip, ask, turn.said, dict(meant), turn.now)
    return Outgoing(turn.text("tips.more_files"), choices=(Choice(turn.text("tips.done"), "done"),))


def _more_of_album(tip: Tip, message: Incoming) -> bool:
    """The pictures of one album arrive one by one; all but the first join it without a word."""
    if not message.album:
        return False
    first = next((one for one in tips.live(tip) if one.album == message.album), None)
    if first is None:
        return False
    tips.attach(first, message)
    return True


async def _next(turn: Turn, tip: Tip, got: str) -> Answer:
    """The next question that applies, or the summary."""
    ask = next_ask(_form(turn), tips.answered(tip))
    if ask is None:
        return _summary(turn, tip)
    tip.asking = ask.id
    return _question(turn, tip, ask, got)


def _question(turn: Turn, tip: Tip, ask: Ask, got: str = "") -> Outgoing:
    tip.asking = ask.id
    asides = [aside for aside in ASIDES if aside != "back" or tips.live(tip)]
    if ask.kind in ("files", "choice"):
        asides.remove("unknown")
    words = tuple(Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in asides)
    return Outgoing("\n\n".join(filter(None, (got, f"**{ask.ask}**"))), choices=ask.options + words)


async def _back(turn: Turn, tip: Tip, ask: Ask) -> Answer:
    """To the question answered last, to answer it anew."""
    before = [one.field for one in tips.live(tip) if one.field != ask.id and _form(turn).ask(one.field)]
    last = _form(turn).ask(before[-1]) if before else None
    return _question(turn, tip, last or ask, "" if last else turn.text("tips.at_start"))


def _summary(turn: Turn, tip: Tip) -> Outgoing:
    tip.asking = SUMMARY
    lines = [_summary_line(turn, one) for one in _summed_up(turn, tip)]
    ways = (Choice(turn.text("tips.confirm"), "confirm"), Choice(turn.text("tips.edit"), "edit"))
    later = Choice(turn.text("tips.later"), "later", aside=True)
    return Outgoing("\n".join([turn.text("tips.summary"), "", *lines]), choices=(*ways, later))


def _summed_up(turn: Turn, tip: Tip) -> list[TipAnswer]:
    """The answers worth reading back: not what was skipped, nor what only steered the talk."""
    asks = {ask.id: ask for ask in _form(turn).asks}
    told = [one for one in tips.live(tip) if one.understood["kind"] != "skipped"]
    return [one for one in told if one.field not in asks or asks[one.field].summary]


def _summary_line(turn: Turn, one: TipAnswer) -> str:
    ask = _form(turn).ask(one.field)
    files = [
        file for file in one.files if file.attachment["kind"] not in ("location", "sticker") and file.attachment["ref"]
    ]
    said = [
        turn.text("tips.summary_unknown") if one.understood["kind"] == "unknown" else tips.read_back(one),
        turn.text("tips.summary_files", count=len(files)) if files else "",
        turn.text("tips.summary_place") if one.understood["kind"] == "location" else "",
        turn.text("tips.summary_odd") if one.understood["kind"] == "odd" and not one.said else "",
    ]
    label = ask.label if ask else turn.text("tips.add_label")
    return turn.text("tips.summary_line", label=label, said=", ".join(filter(None, said)))


async def _summary_said(turn: Turn, tip: Tip) -> Answer:
    match turn.said.choice or aside_of(_form(turn), turn.said):
        case "confirm":
            code = await tips.finish(turn.db, tip, turn.now)
            return [Outgoing(turn.text("tips.receipt", code=spoken(code))), Outgoing(turn.text("tips.do_not_dig"))]
        case "edit":
            return _edit(turn, tip)
        case "repeat":
            return _summary(turn, tip)
        case "later":
            tip.asking = PAUSED
            return Outgoing(turn.text("tips.later_said"))
    _keep(turn, tip)
    return [Outgoing(turn.text("tips.added_to_tip")), _summary(turn, tip)]


def _edit(turn: Turn, tip: Tip) -> Outgoing:
    tip.asking = EDIT
    fields = [ask for ask in _form(turn).asks if ask.id in tips.answered(tip) and ask.summary]
    choices = [Choice(ask.label, f"edit:{ask.id}") for ask in fields]
    return Outgoing(turn.text("tips.edit_which"), choices=(*choices, Choice(turn.text("tips.edit_none"), "none")))


async def _edit_said(turn: Turn, tip: Tip) -> Answer:
    choice = turn.said.choice or ""
    ask = _form(turn).ask(choice.removeprefix("edit:"))
    if choice.startswith("edit:") and ask:
        return _question(turn, tip, ask)
    if choice != "none":
        _keep(turn, tip)
    return _summary(turn, tip)


async def _back_again(turn: Turn, tip: Tip) -> Answer:
    """Words after a pause are kept, and the talk goes on where it stopped."""
    _keep(turn, tip)
    return [Outgoing(f"{turn.text('tips.welcome_back')} {turn.text('tips.kept_meanwhile')}"), _where(turn, tip)]


def _where(turn: Turn, tip: Tip) -> Outgoing:
    """The question at which the tip stands."""
    if not tips.consented(tip):
        tip.asking = CONSENT
        return _consent(turn)
    ask = _form(turn).ask(tip.asking) or next_ask(_form(turn), tips.answered(tip))
    return _question(turn, tip, ask) if ask else _summary(turn, tip)
