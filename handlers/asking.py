"""How a tip's questions are put: one at a time, with what a story has answered already offered to be confirmed."""

from functools import lru_cache

from jinja2 import Template

from bot import reading
from bot.cases import tips
from bot.forms import ASIDES, MOST_GRAVES, REST, STORY, Ask, Form, suggestion, understood
from bot.messages import Choice, Outgoing
from bot.models import PersonRole, Tip
from bot.router import Turn
from bot.texts import sandbox

CONSENT, HELPER, SUMMARY, EDIT, PAUSED = "~consent", "~helper", "~summary", "~edit", "~paused"
"""what `Tip.asking` holds when it is not a question of the form; behind «~paused » stands what was asked before"""
OFFERED, AT_PLACE, CLARIFY = "?", "@", "!"
"""stand before the field when: something of the story was offered as its answer · it is asked what is at the position
that was sent · whether that was a question or told"""


def form_of(turn: Turn, tip: Tip) -> Form:
    """Of a tip whose form was taken away since: the witness's."""
    return turn.library.forms.get(tip.form) or turn.library.forms["tip"]


def keep(turn: Turn, tip: Tip) -> None:
    """What is said outside a question is kept with the tip as an addition."""
    ask = Ask(tips.ADDED, "", turn.text("tips.add_label"))
    if turn.said.text or turn.said.attachments:
        tips.record(tip, None, turn.said, understood(ask, turn.said), turn.now)


def asked(tip: Tip) -> str:
    """The field that is asked for, however."""
    return tip.asking.lstrip(OFFERED + AT_PLACE + CLARIFY)


def question(turn: Turn, tip: Tip, ask: Ask, got: str = "") -> Outgoing:
    """The plain question with its choices; put again it has other words, and the last of them offer a call."""
    again = asked(tip) == ask.id
    tip.put = tip.put + 1 if again else 1
    tip.missed = tip.missed if again else 0
    tip.asking = ask.id
    wordings = (ask.ask, *ask.again)
    shortly = turn.text("tips.ask_shortly", label=ask.label, number=tip.put % 3)
    words = wordings[tip.put - 1] if tip.put <= len(wordings) else shortly
    return Outgoing(two(got, addressed(turn, tip, words)), choices=ask.options + asides(turn, ask))


def question_or_offer(turn: Turn, tip: Tip, ask: Ask, got: str = "") -> Outgoing:
    """The same, unless what was told holds a likely answer: «Bác vừa nhắc «anh Tám». Có phải …?»"""
    found = offered(turn, tip, ask) if _may_offer(turn, tip, ask) else ""
    if not found:
        return question(turn, tip, ask, got)
    tip.put, tip.missed, tip.asking = 1, 0, OFFERED + ask.id
    ways = (
        Choice(turn.text("tips.offer_yes"), f"yes:{ask.id}"),
        Choice(turn.text("tips.offer_no"), f"no:{ask.id}"),
    )
    words = template(ask.confirm).render(found=_shown(ask, found))
    return Outgoing(two(got, addressed(turn, tip, words)), choices=ways + asides(turn, ask))


def offered(turn: Turn, tip: Tip, ask: Ask) -> str:
    """What was told may hold the answer; of who tells, his name from the tip before; «» when nothing is known."""
    if ask.person == PersonRole.WITNESS and not ask.part and not tip.by_helper:
        return next((one.name for one in tip.people if one.role == ask.person), "")
    return suggestion(ask, told(turn, tip, ask))


def _may_offer(turn: Turn, tip: Tip, ask: Ask) -> bool:
    """Of several graves told of at once nobody can say which words belong to which; a «no» is not asked twice."""
    several = form_of(turn, tip).graves(tips.answered(tip)) > 1 and "#" not in ask.id
    return not several and not (asked(tip) == ask.id and tip.put)


def _shown(ask: Ask, found: str) -> str:
    """Of a choice its words."""
    labels = {option.value: option.label for option in ask.options}
    return labels.get(f"={found}", found).replace("**", "")


def told(turn: Turn, tip: Tip, ask: Ask) -> str:
    """What was said about the grave that `ask` is about, for a suggestion: not what somebody said of himself."""
    grave, asks = ask.id.partition("#")[2], {one.id for one in form_of(turn, tip).asks if not one.person}
    said = (one for one in tips.live(tip) if one.understood["kind"] in ("words", "place", "date"))
    fields = {STORY} if ask.reads == "source" else asks | {tips.ADDED}  # who told him of a unit is no witness of it
    fitting = (one for one in said if one.field.partition("#")[2] == grave and one.field.partition("#")[0] in fields)
    return "\n".join(reading.without_courtesies(one.said) for one in fitting)


def asides(turn: Turn, ask: Ask) -> tuple[Choice, ...]:
    """Three at the most; the rest is behind the last."""
    some = [aside for aside in ASIDES if aside != "unknown" or ask.kind not in ("files", "choice")]
    return tuple(Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in some)


def ways(turn: Turn, tip: Tip) -> Outgoing:
    """«Cần giúp»: all else that one may say instead of an answer."""
    some = [aside for aside in REST if aside != "back" or tips.live(tip)]
    return Outgoing(turn.text("tips.ways_said"), choices=tuple(Choice(turn.text(f"tips.{one}"), one) for one in some))


def addressed(turn: Turn, tip: Tip, words: str) -> str:
    """Strongly, and to a helper of the old person beside him."""
    for one, other in form_of(turn, tip).says.items() if tip.by_helper else ():
        words = words.replace(one, other)
    return f"**{words}**"


def two(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def got(turn: Turn, tip: Tip, key: str = "tips.got") -> str:
    """«Dạ, Tri Ân ghi rồi ạ.», not in the same words each time."""
    ways = turn.text(key).splitlines()
    return ways[len(tip.answers) % len(ways)]


def notice(turn: Turn, tip: Tip) -> str:
    return template(form_of(turn, tip).notice).render(ward=turn.config.service.unit)


def notice_in_full(turn: Turn, tip: Tip) -> str:
    return template(form_of(turn, tip).more).render(ward=turn.config.service.unit)


@lru_cache(maxsize=64)
def template(words: str) -> Template:
    return sandbox.from_string(words)


def consent(turn: Turn, tip: Tip, before: str | None = None) -> Outgoing:
    """Of the person who tells; a helper reads it to him. `before` instead of the notice, once that was shown."""
    tip.put = tip.put + 1 if tip.asking == CONSENT else 1
    tip.asking = CONSENT
    ways = [Choice(turn.text(f"tips.{word_of(tip, way)}"), way) for way in ("agree", "refuse")]
    ways.append(Choice(turn.text("tips.read"), "read"))
    if not tip.by_helper:
        ways.append(Choice(turn.text("tips.helper"), "helper"))
    asked = turn.text("tips.helper_reads" if tip.by_helper else "tips.agree_ask")
    words = two(notice(turn, tip), asked) if before is None else two(before, _agree_again(turn, tip))
    return Outgoing(words, choices=(*ways, *_before_consent(turn)))


def _agree_again(turn: Turn, tip: Tip) -> str:
    """In other words each time."""
    ways = turn.text("tips.agree_again").splitlines()
    return addressed(turn, tip, ways[(tip.put - 2) % len(ways)]).replace("**", "")


def word_of(tip: Tip, way: str) -> str:
    """Which words mean that the witness agrees, or refuses."""
    return f"witness_{way}" if tip.by_helper else way


def helper_consent(turn: Turn, tip: Tip) -> Outgoing:
    """Of the person who holds the phone, for what is kept of himself."""
    tip.asking = HELPER
    ways = (Choice(turn.text("tips.helper_agree"), "agree"), Choice(turn.text("tips.helper_refuse"), "refuse"))
    return Outgoing(turn.text("tips.helper_ask"), choices=(*ways, *_before_consent(turn)))


def _before_consent(turn: Turn) -> tuple[Choice, ...]:
    return tuple(Choice(turn.text(f"tips.{aside}"), aside, aside=True) for aside in ("later", "call"))


def both_agreed(tip: Tip) -> bool:
    """The witness has agreed, and a helper has been asked for himself."""
    helper = not tip.by_helper or any(one.role == PersonRole.HELPER for one in tip.consents)
    return helper and tips.consented(tip)


def several(turn: Turn, tip: Tip) -> str:
    """More graves than one were told of: from now on each has its own questions. Returns what to say about it."""
    another = form_of(turn, tip).offered("grave")
    first = next((one.said for one in tips.live(tip) if one.field == STORY), "")
    number = reading.counted(first) if another and another.id not in tips.answered(tip) else None
    if another is None or number is None or number < 2:
        return ""
    number = min(number, MOST_GRAVES)
    meant = {"kind": "choice", "value": "co", "graves": number}
    tips.record(tip, another, turn.said, meant, turn.now).said = ""
    return turn.text("tips.several", number=number)


def surely(turn: Turn) -> bool:
    """Words of the lexicon decided, and nothing was weighed."""
    return turn.meaning is not None and turn.meaning.likely == 1.0
