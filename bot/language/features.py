"""What of a message speaks for one act or another: its words and letters, the lexicon's phrases in it, what it fits."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot import reading
from bot.language.acts import LIKE, Where
from bot.language.lexicon import ASKING, NOW, PAST, Lexicon, Way
from bot.language.typed import Word, words_of
from bot.reading import Fit, fits, without_courtesies

MOST_WORDS = 60
"""of a long message the beginning, and the end of the rest, are looked at"""
MOST_LETTERS = 240
"""of its words together, whose pieces over the gaps are looked at"""
_ASKS = re.compile(r"\?[\s.!)]*$")
_CLAUSE = re.compile(r"[,.;:!?…\n]+(?=\s|$)")
_LATIN = re.compile(r"[^\W\d_]+")
_NOTHING_TO_FIT = (Where.NOTHING, Where.CONSENT, Where.STORY, Where.OFFER, Where.SUMMARY, Where.RECEIPT)
_KIND = dict.fromkeys((Where.CONSENT, Where.OFFER, Where.SUMMARY), "yes-no") | dict.fromkeys(
    (Where.NOTHING, Where.RECEIPT), "free"
)
"""places alike; everywhere else a value is asked for"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of the lexicon in the bone of a message."""

    way: Way
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """A message looked at: `words` in full, `bone` without politeness, `hits` in the bone, the longest ones."""

    text: str
    words: tuple[Word, ...]
    bone: tuple[Word, ...]
    clause: int
    begun: int
    """how many words, and how many of the bone, the first clause has"""
    hits: tuple[Hit, ...]
    marked: bool
    """ends with a question mark"""
    asks: bool
    fit: Fit | None
    shown: tuple[str, ...]
    """what there is of the signs of emergencies and grief, and whether it is told of now or of long ago"""
    explained: bool
    """nothing is in the bone but phrases of the lexicon and what is said at either end"""


def listen(text: str, where: Where, lexicon: Lexicon) -> Said:
    text = without_courtesies(text)
    clause = _CLAUSE.search(text)
    head = lexicon.standard(text[: clause.start()] if clause else text)[:MOST_WORDS]
    tail = lexicon.standard(text[clause.end() :])[-(MOST_WORDS // 2) :] if clause else []
    every = words_of([*head, *tail])
    begun = len(lexicon.bone(head))
    bone = words_of([*lexicon.bone(head), *lexicon.bone(tail)]) or every
    groups = lexicon.groups.anywhere(every)
    hits = (*_hits(bone[:begun], 0, lexicon), *_hits(bone[begun:], begun, lexicon))
    return Said(
        text,
        every,
        bone,
        len(head),
        begun,
        hits,
        _ASKS.search(text) is not None,
        ASKING in groups,
        None if where in _NOTHING_TO_FIT else fits(where.value, text),
        tuple(_shown(len(every), groups, lexicon)),
        _explained(bone, hits, lexicon),
    )


def _shown(length: int, groups: Set[int], lexicon: Lexicon) -> Iterator[str]:
    when = f"{NOW in groups} {PAST in groups}"
    yield f"told {when}"
    for sign in lexicon.signs:
        parts = [number for number, group in enumerate(sign.groups) if group in groups]
        for part in parts:
            yield f"part {sign.act} {part}"
            yield f"part {sign.act} {part} {when}"
        if length <= sign.most and len(parts) == len(sign.groups) and sign.unless not in groups:
            yield f"shows {sign.act}"
            yield f"shows {sign.act} {when}"


def _explained(bone: Sequence[Word], hits: Sequence[Hit], lexicon: Lexicon) -> bool:
    covered = {at for hit in hits for at in range(hit.start, hit.end)}
    return bool(hits) and all(at in covered or word.typed in lexicon.ends for at, word in enumerate(bone))


def _hits(bone: Sequence[Word], first: int, lexicon: Lexicon) -> Iterator[Hit]:
    """The longest phrases, none over another; of several acts all that have it. `first`: where the bone begins."""
    at, plain = 0, [word.plain for word in bone]
    while at < len(bone):
        found = list(lexicon.phrases.at(at, bone, plain))
        longest = found[0][0] if found else at + 1
        yield from (Hit(way, first + at, first + end) for end, way in found if end == longest)
        at = longest


def foreign(text: str, lexicon: Lexicon) -> bool:
    """English or French, by its small words."""
    words = [word.casefold() for word in _LATIN.findall(text)] if text.isascii() else []
    return len(words) >= 3 and sum(word in lexicon.foreign for word in words) * 2 >= len(words)


def features(said: Said, where: Where) -> Iterator[str]:
    """Names of all that is so; the model has a weight of each for each act."""
    at = LIKE.get(where, where)
    kind = _KIND.get(at, "story" if at is Where.STORY else "asked")
    yield f"@{at}"
    yield f"@{kind}"
    yield from _of_words(said, at, kind)
    yield from _of_hits(said, at, kind)
    yield f"fit {said.fit}"
    yield f"fit {at} {said.fit}"
    yield from said.shown
    yield from (f"{one} {said.asks}" for one in said.shown)
    length = min(len(said.words).bit_length(), 6)
    yield f"length {length}"
    yield f"length {at} {length}"
    yield f"asks {said.asks} {said.marked}"
    yield f"asks {kind} {said.asks} {said.marked}"
    digits = sum(c.isdigit() for c in said.text)
    yield f"digits {digits.bit_length()}"
    yield f"digits {at} {digits.bit_length()} {length}"
    if reading.tells(said.text):
        yield "tells"
    names = sum(word.istitle() for word in said.text.split()[1:])
    yield f"capitals {min(names, 4)}"
    yield f"capitals {kind} {min(names, 4)} {length}"


def _of_words(said: Said, at: str, kind: str) -> Iterator[str]:
    plain = [word.plain for word in said.words]
    for word in said.words:
        yield from _of_word(word)
    letters = f"< {' '.join(plain)} >"[:MOST_LETTERS]
    yield from (f"c{letters[at : at + size]}" for size in (4, 5) for at in range(len(letters) - size + 1))
    for one in plain:
        yield f"{at} {one}"
        yield f"{kind} {one}"
    whole = ["<", *plain, ">"]
    yield from (f"w {one} {two}" for one, two in pairwise(whole))
    bone = ["<", *(word.plain for word in said.bone), ">"]
    yield from (f"b {one} {two}" for one, two in pairwise(bone))
    yield from (f"{kind} {one} {two}" for one, two in pairwise(bone))
    yield from (f"b {one} {two} {three}" for one, two, three in zip(bone, bone[1:], bone[2:], strict=False))
    yield f"whole {kind} {' '.join(bone[1:5])}"
    yield f"first {at} {' '.join(bone[1:3])}"
    yield f"last {at} {' '.join(bone[-3:-1])}"
    if said.clause < len(plain):
        yield f"clause {kind} {' '.join(plain[: said.clause][:3])}"
        yield from (f"clause {kind} {word}" for word in plain[: said.clause])
        yield from (f"then {kind} {word}" for word in plain[said.clause :])


@lru_cache(maxsize=8192)
def _of_word(word: Word) -> tuple[str, ...]:
    """The word bare and as written; pieces of it: a slip of the finger leaves most of them."""
    written = (f"w {word.plain} {word.tone} {sorted(word.marks)}",) if word.tone or word.marks else ()
    edged = f"<{word.plain}>"
    pieces = (f"l {edged[at : at + 3]}" for at in range(len(edged) - 2))
    return (f"w {word.plain}", *written, *pieces)


def _of_hits(said: Said, at: str, kind: str) -> Iterator[str]:
    yield f"explained {said.explained}"
    for act, alone in {(hit.way.act, hit.way.alone) for hit in said.hits}:
        yield f"act {act} {alone}"
        yield f"act {at} {act} {alone}"
        yield f"act {kind} {act} {said.explained}"
    for hit in said.hits:
        act = hit.way.act
        if hit.start == 0:
            yield f"begins {act}"
            yield f"begins {kind} {act}"
        if hit.end == len(said.bone):
            yield f"ends {act}"
        if hit.start == 0 and hit.end == said.begun:
            yield f"clause is {kind} {act}"
            yield f"clause is {kind} {act} {(len(said.bone) - said.begun).bit_length()}"
        yield f"rest {kind} {act} {(len(said.bone) - hit.end + hit.start).bit_length()}"
