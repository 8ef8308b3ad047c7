"""What a Vietnamese syllable looks like, and what was meant by Telex or VNI typing that no keyboard program turned.

A syllable is an onset, a rime and a tone. All rimes there are stand in one table; what is not in it («ddungs», «rooif»)
was typed for a keyboard program, or is no Vietnamese.
"""

import re
import unicodedata
from functools import cache

from bot.reading.said import bare as without_accents
from bot.reading.said import words

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_MARKS = {"a": "âă", "e": "ê", "o": "ôơ", "u": "ư", "d": "đ"}
_ANY = (
    "a ac ai am an ang ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây o oc oi om on ong op ot"
    " ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt"
    " ư ưa ưc ưi ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu ach anh"
    " oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet"
    " uân uâng uât uây uê uêch uênh uơ uy uya uych uyên uyêt uynh uyt uyu"
)
_FRONT = "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu"
_AFTER_Q = (
    "ua uac uach uai uan uang uanh uao uat uau uay uăc uăm uăn uăng uăp uăt uân uâng uât uây ue uen ueo uet uê uêch uên"
    " uênh uêt ui uit uy uych uyên uyêt uynh uyt uơ uôc"
)
_AFTER_GI = " i in iêc iêm iêng iêt iêp"
"""«gì», «gìn», «giêng», «giết»: the i of the onset is that of the rime"""


def _one_of(several: str) -> str:
    return "|".join(sorted(set(several.split()), key=len, reverse=True))


@cache
def _syllable(bare: bool) -> re.Pattern[str]:
    pattern = (
        rf"(?:ch|đ|d|h|kh|l|m|n|nh|ph|p|r|s|th|tr|t|v|x|b)?(?:{_one_of(f'{_ANY} {_FRONT}')})"
        rf"|(?:ng|g|c)(?:{_one_of(_ANY)})|(?:ngh|gh|k)(?:{_one_of(_FRONT)})"
        rf"|gi(?:{_one_of(f'{_ANY} e em en eo ep et ê êt ên')})|g(?:{_one_of(_AFTER_GI)})|q(?:{_one_of(_AFTER_Q)})"
        r"|[bhklmqstv]?y|yê[mntu]|yêng|yên|yêt|[bgx]oong|[ms]ooc"
    )
    return re.compile(without_accents(pattern) if bare else pattern)


def is_syllable(word: str) -> bool:
    """Whether `word` can be a Vietnamese syllable, written with its accents or altogether without."""
    lower = unicodedata.normalize("NFC", word.lower())
    if lower.isascii():
        return _syllable(bare=True).fullmatch(lower) is not None
    letters, tone = _apart(lower)
    if len(tone) > 1 or ((lower[-1:] in "cpt" or lower.endswith("ch")) and tone not in ("\u0301", "\u0323")):
        return False
    return _syllable(bare=False).fullmatch(letters) is not None


def _apart(lower: str) -> tuple[str, str]:
    """The letters with their own marks, and the tones."""
    apart = unicodedata.normalize("NFD", lower)
    letters = "".join(c for c in apart if c not in _TONES)
    return unicodedata.normalize("NFC", letters), "".join(c for c in apart if c in _TONES)


_TELEX_TONES = dict(zip("fsxrj", _TONES, strict=True))
_VNI_TONES = dict(zip("21435", _TONES, strict=True))
_VNI_MARKS = {"6": "âêô", "7": "ơư", "8": "ă", "9": "đ"}
_VOWELS = frozenset("aăâeêioôơuưy")
_WORD = re.compile(r"(?<![^\s(«\"'“,.;:!?/\-])[^\W_]+(?![^\s)»\"'”,.;:!?/\-])")
_ENGLISH = words(
    "wa of is or this if as its has must these more there those was most been how now us less too sets per see best"
    " major post row term hex low box pair basis sense rest bar cost express days last offer list lets meet meets"
    " room rooms soon mix down deps ups turn past did says lost goes cast sort loop her his hers ours wars refs"
    " maps seen seem busy trees six owns tar paris gap beef tips nest miss car cars air hair bus boom moon noon"
    " poor door keep deep teen sees bees fees toes does shoes os rows arms law saw raw paw draw show know new few"
    " for far nor fair dad odd add off all boss cross dear year near mom sir tour your our pass mass gas bias"
    " texts tests error mirror mood food good boots tool tools queen green three tree agree degree free seek dress"
    " press plus thus yes boys ways max tax fax sex fix fox ajax java jan jar jeep war bear hear ear tears bars"
    " stars soo woo zoo nose chose horse dose pen ten tens text toast boat christmas soft left lift gift theme"
    " them then than thanks hi hims oops loser user super ever"
)
"""English words that would be Vietnamese when they were Telex"""


def untyped(what: str) -> str:
    """`what` with unfinished Telex or VNI typing turned into what was meant; all other words as they are.

    A word that is English as well is only turned beside others that can be nothing but Telex; one with a single figure
    at its end («to3») only beside one that can be nothing but VNI.
    """
    typed = {word[0] for word in _WORD.finditer(what)}
    meant = {word: decoded for word in typed if (decoded := _meant(word))}
    sure = {word for word in meant if not _doubtful(word)}
    foreign = any(word.isalpha() and len(word) > 2 and word not in meant and not is_syllable(word) for word in typed)
    telex = any(word.isalpha() for word in sure) and not foreign
    vni = any(not word.isalpha() for word in sure)
    turned = {w for w in meant if w in sure or (telex if w.isalpha() else vni)}
    return _WORD.sub(lambda word: meant[word[0]] if word[0] in turned else word[0], what)


def _doubtful(word: str) -> bool:
    if word.isalpha():
        return word.lower() in _ENGLISH
    return sum(c.isdecimal() for c in word) == 1 and word[-1].isdecimal() and word[-1] not in "678"


def _meant(word: str) -> str:
    """What was typed, when it is no syllable as it stands and one when it is decoded; «» else."""
    lower = unicodedata.normalize("NFC", word.lower())
    figures = any(c.isdecimal() for c in lower)
    letters = sum(c.isalpha() for c in lower)
    if not 2 <= len(lower) <= 12 or is_syllable(lower) or (figures and (letters < 2 or lower[0].isdecimal())):
        return ""
    decoded = _vni(lower) if figures else _telex(lower)
    if not decoded or decoded.isascii() or not is_syllable(decoded):
        return ""
    return decoded.upper() if word.isupper() else decoded.capitalize() if word[0].isupper() else decoded


def _telex(lower: str) -> str:
    letters, tone = _start(lower)
    out = list[str]()
    for c in letters:
        vowel = any(one in _VOWELS for one in out)
        if vowel and c in _TELEX_TONES:
            tone = _TELEX_TONES[c]
        elif c == "w":
            _horn(out)
        elif c in "aeo" and c in out:
            out[_last(out, c)] = _MARKS[c][0]
        elif c == "d" and out[:1] == ["d"] and (len(out) == 1 or vowel):
            out[0] = "đ"
        else:
            out.append(c)
    return _toned("".join(out), tone)


def _vni(lower: str) -> str:
    letters, tone = _start(lower)
    out = list[str]()
    for c in letters:
        if c in _VNI_TONES:
            tone = _VNI_TONES[c]
        elif c == "7":
            _horn(out, of="uo")
        elif c in _VNI_MARKS:
            marked = {without_accents(mark): mark for mark in _VNI_MARKS[c]}
            at = max((number for number, one in enumerate(out) if one in marked), default=-1)
            if at < 0:
                return ""
            out[at] = marked[out[at]]
        else:
            out.append(c)
    return _toned("".join(out), tone)


def _start(lower: str) -> tuple[str, str]:
    """What a keyboard program had turned already before it was left."""
    letters, tone = _apart(lower)
    return letters, tone[:1]


def _horn(out: list[str], of: str = "uoa") -> None:
    """Telex w and VNI 7: «uo» becomes «ươ», else the last u, o (or a) gets its mark; w alone is ư."""
    if "".join(out).endswith("uo") or ("uo" in "".join(out) and out[0] != "q"):
        at = "".join(out).rindex("uo")
        out[at : at + 2] = ["ư", "ơ"]
        return
    at = max((number for number, one in enumerate(out) if one in of), default=-1)
    if at >= 0:
        out[at] = {"u": "ư", "o": "ơ", "a": "ă"}[out[at]]
    elif out[-1:] != ["ư"] and "ơ" not in out:
        out.append("ư" if of == "uoa" else "7")


def _last(out: list[str], letter: str) -> int:
    return len(out) - 1 - out[::-1].index(letter)


def _toned(letters: str, tone: str) -> str:
    """`letters` with the tone on the vowel that bears it."""
    if not tone:
        return letters
    onset = 2 if letters[:2] in ("qu", "gi") and len(letters) > 2 and letters[2] in _VOWELS else 0
    vowels = [number for number, c in enumerate(letters) if c in _VOWELS and number >= onset]
    if not vowels:
        return ""
    marked = [number for number in vowels if letters[number] not in "aeiouy"]
    closed = vowels[-1] < len(letters) - 1
    at = marked[-1] if marked else vowels[1 if len(vowels) > 2 or (closed and len(vowels) > 1) else 0]
    return unicodedata.normalize("NFC", letters[: at + 1] + tone + letters[at + 1 :])
