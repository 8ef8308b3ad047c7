"""How a tip's questions are put: one at a time, with what a story has answered already offered to be confirmed."""

from functools import lru_cache

from jinja2 import Template

from bot.cases import tips
from bot.forms import ASIDES, Ask, Form, suggestion, understood
from bot.messages import Choice, Outgoing
from bot.models import PersonRole, Tip
from bot.router import Turn
from bot.texts import sandbox

CONSENT, HELPER, SUMMARY, EDIT, PAUSED = "~consent", "~helper", "~summary", "~edit", "~paused"
"""what `Tip.asking` holds when it is not a question of the form; behind «~paused » stands what was asked before"""
OFFERED = "?"
"""stands before the field when something of the story was offered as its answer"""


def form_of(turn: Turn) -> Form:
    return turn.library.forms["tip"]


def keep(turn: Turn, tip: Tip) -> None:
    """What is said outside a question is kept with the tip as an addition."""
    ask = Ask(tips.ADDED, "", turn.text("tips.add_label"))
    if turn.said.text or turn.said.attachments:
        tips.record(tip, None, turn.said, understood(ask, turn.said), turn.now)


def question(turn: Turn, tip: Tip, ask: Ask, got: str = "") -> Outgoing:
    """The plain question with its choices, and the words one may say instead of an answer."""
    tip.asking = ask.id
    return Outgoing(_two(got, ask.ask), choices=ask.options + _asides(turn, tip, ask))


def question_or_offer(turn: Turn, tip: Tip, ask: Ask, got: str = "") -> Outgoing:
    """The same, unless what was told holds a likely answer: «Bác vừa nhắc «anh Tám». Có phải …?»"""
    found = suggestion(ask, told(turn, tip, ask))
    if not found:
        return question(turn, tip, ask, got)
    tip.asking = OFFERED + ask.id
    ways = (
        Choice(turn.text("tips.offer_yes"), f"yes:{ask.id}"),
        Choice(turn.text("tips.offer_no"), f"no:{ask.id}"),
    )
    words = _template(ask.confirm).render(found=_shown(ask, found))
    return Outgoing(f"**{words}**", choices=ways + _asides(turn, tip, ask))


def _shown(ask: Ask, found: str) -> str:
    """Of a choice its words."""
    labels = {option.value: option.label for option in ask.options}
    return labels.get(f"={found}", found).replace("**", "")


def told(turn: Turn, tip: Tip, ask: Ask) -> str:
    """What was said about the grave that `ask` is about, for a suggestion: not what somebody said of himself."""
    grave, asks = ask.id.partition("#")[2], {one.id for one in form_of(turn).asks if not one.person}
    said = (one for one in tips.live(tip) if one.understood["kind"] in ("words", "place", "date"))
    fitting = (one for one in said if one.field.partition("#")[2] == grave and one.field.partition("#")[0] in asks)
    return "\n".join(one.said for one in fitting)


def _asides(turn: Turn, tip: Tip, ask: Ask) -> tuple[Choice, ...]:
    asides = [aside for aside in ASIDES if aside != "back" or tips.live(tip)]
    if ask.kind in ("files", "choice"):
        asides.remove("unknown")
    return tuple(Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in asides)


def _two(got: str, ask: str) -> str:
    return "\n\n".join(filter(None, (got, f"**{ask}**")))


def notice(turn: Turn) -> str:
    return _template(form_of(turn).notice).render(ward=turn.config.service.unit)


@lru_cache(maxsize=64)
def _template(words: str) -> Template:
    return sandbox.from_string(words)


def consent(turn: Turn, tip: Tip) -> Outgoing:
    """Of the person who tells; a helper reads it to him."""
    tip.asking = CONSENT
    ways = [Choice(turn.text(f"tips.{word_of(tip, way)}"), way) for way in ("agree", "refuse")]
    if not tip.by_helper:
        ways.append(Choice(turn.text("tips.helper"), "helper"))
    asked = turn.text("tips.helper_reads" if tip.by_helper else "tips.agree_ask")
    return Outgoing(f"{notice(turn)}\n\n{asked}", choices=(*ways, *_before_consent(turn)))


def word_of(tip: Tip, way: str) -> str:
    """Which words mean that the witness agrees, or refuses."""
    return f"witness_{way}" if tip.by_helper else way


def helper_consent(turn: Turn, tip: Tip) -> Outgoing:
    """Of the person who holds the phone, for what is kept of himself."""
    tip.asking = HELPER
    ways = (Choice(turn.text("tips.helper_agree"), "agree"), Choice(turn.text("tips.helper_refuse"), "refuse"))
    return Outgoing(turn.text("tips.helper_ask"), choices=(*ways, *_before_consent(turn)))


def _before_consent(turn: Turn) -> tuple[Choice, ...]:
    return tuple(
        Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in ("repeat", "later", "call", "visit")
    )


def both_agreed(tip: Tip) -> bool:
    """The witness has agreed, and a helper has been asked for himself."""
    helper = not tip.by_helper or any(one.role == PersonRole.HELPER for one in tip.consents)
    return helper and tips.consented(tip)
