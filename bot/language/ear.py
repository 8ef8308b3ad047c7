"""One ear for all that is typed: from the words, and where the talk stands, to what is meant.

The words of content/lexicon/ decide where they explain the whole message; elsewhere a small model weighs all that
speaks for each act. An emergency that is plain is the meaning; one that is only possible stands beside it. What has no
margin is UNCLEAR.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bot.language.acts import EMERGENCIES, Act, Where
from bot.language.features import Said, features, foreign, listen
from bot.language.lexicon import Lexicon
from bot.reading import Fit

MARGIN = 0.2
"""how likely the likeliest act must be; below it people are asked back"""
STORED, STATED, UNFIT = 0.4, 0.6, 0.75
"""how likely a value must be, for what is none would be stored as one: one that looks like what was asked for; one
where any statement looks like it; one that does not look like it, or has words in it that questions are asked with"""
ALARM = 0.7
"""how likely it must be that there is any emergency, that phones ring"""
POSSIBLE = {Act.BOMB: 0.2, Act.BONES: 0.2, Act.GRAVE: 0.35, Act.DANGER: 0.2, Act.DESPAIR: 0.4}
"""that people are told what to do if it is one: nobody is asked lightly whether they still want to live"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`likely`: how sure the model was; 1.0 where words decided. `perhaps`: the emergency that it may be as well."""

    act: Act
    likely: float = 1.0
    perhaps: Act | None = None


def hear(text: str, where: Where, lexicon: Lexicon) -> Meaning:
    """What the words mean, said after `where` was asked."""
    if foreign(text, lexicon):
        return Meaning(Act.ENGLISH)
    said = listen(text, where, lexicon)
    if not said.words:
        return Meaning(Act.UNCLEAR, 0.0)
    # «anh Tư» is a name where one was asked for, although «từ từ» is a way of putting off
    acts = frozenset[Act]() if said.fit is Fit.YES else _explained(said, where)
    if len(acts) == 1:
        return Meaning(next(iter(acts)))
    return _weighed(said, where, lexicon, acts)


def mentions(text: str, lexicon: Lexicon) -> frozenset[Act]:
    """Every act that has a phrase of its own in the words, whatever they mean as a whole."""
    return frozenset(Act(hit.way.act) for hit in listen(text, Where.NOTHING, lexicon).hits)


def _explained(said: Said, where: Where) -> frozenset[Act]:
    """The acts, where the whole message is made of words of theirs that may be meant here, and of no other."""
    if said.marked or not said.explained:
        return frozenset()
    spans = defaultdict[int, set[str]](set)
    for hit in said.hits:
        spans[hit.start].add(hit.way.act)
    return frozenset(map(Act, set.intersection(*spans.values()) & MEANT[where]))


def _weighed(said: Said, where: Where, lexicon: Lexicon, among: frozenset[Act]) -> Meaning:
    """The likeliest act; of `among` alone where words leave but those."""
    likely = dict(lexicon.model.likely(features(said, where)))
    if among:
        return Meaning(*_best({act: likely.get(act, 0.0) for act in among}))
    alarm = sum(likely.get(act, 0.0) for act in EMERGENCIES)
    emergency, _ = _best({act: likely.get(act, 0.0) for act in EMERGENCIES})
    if alarm >= ALARM:
        return Meaning(emergency, alarm)
    act, how = _best({act: how for act, how in likely.items() if act not in EMERGENCIES})
    perhaps = emergency if alarm >= POSSIBLE[emergency] else None
    return Meaning(act if how >= _margin(act, said, where) else Act.UNCLEAR, how, perhaps)


def _margin(act: Act, said: Said, where: Where) -> float:
    if act is not Act.VALUE:
        return MARGIN
    if said.fit is not Fit.YES or said.asks:
        return UNFIT
    return STATED if where in (Where.SOURCE, Where.WORDS) else STORED


def _best(likely: Mapping[Act, float]) -> tuple[Act, float]:
    return max(likely.items(), key=lambda one: one[1], default=(Act.UNCLEAR, 0.0))


_ALWAYS = frozenset(("delete", "stop", "rumour", "press", "call", "visit", "mine", "progress", "family", "tip", "help"))
_ASIDES = frozenset(("later", "repeat", "back", "skip", "unknown", "enough", "correction", "addition"))
MEANT = dict.fromkeys(Where, _ALWAYS | _ASIDES | {"yes", "no"}) | {
    Where.CONSENT: _ALWAYS | {"yes", "no", "later", "repeat"},
    Where.OFFER: _ALWAYS | {"yes", "no", "later", "repeat", "unknown", "back"},
    Where.SUMMARY: _ALWAYS | {"yes", "no", "later", "repeat", "addition", "back"},
    Where.SOURCE: (_ALWAYS | _ASIDES | {"yes", "no"}) - {"repeat"},
    Where.PHONE: (_ALWAYS | _ASIDES | {"yes", "no"}) - {"call"},
    Where.NOTHING: _ALWAYS | {"courtesy", "helper"},
    Where.RECEIPT: _ALWAYS | {"courtesy", "correction", "addition"},
}
"""the acts whose words decide by themselves; the rest is weighed («người ta nói lại» tells a source, «gọi số này» a
telephone)"""
