"""A person's name among the words of an answer."""

import re
from dataclasses import dataclass

from bot.reading.around import Fit, Found
from bot.reading.lexicon import COMMON, GIVEN, KIN, MIDDLE, NICKNAMES, PROVINCES, SURNAMES
from bot.reading.said import Said, Span
from bot.reading.syllables import is_syllable

_RANK = (
    r"(?:binh nhất|binh nhì|hạ sĩ|trung sĩ|thượng sĩ|chuẩn úy|thiếu úy|trung úy|thượng úy|đại úy|thiếu tá|trung tá"
    r"|thượng tá|đại tá|a trưởng|b trưởng|c trưởng|d trưởng|(?:tiểu đội|trung đội|đại đội|tiểu đoàn) (?:trưởng|phó)"
    r"|chính trị viên|y tá|y sĩ|bác sĩ)"
)
_TITLE = (
    r"(?:anh|chị|ông|bà|chú|cậu|bác|cô|dì|dượng|bé|o|eng|ôn|mệ|thằng|cu|thím|mợ|đồng chí|đ/c|đc|liệt sĩ|liệt sỹ|ls|lsĩ"
    r"|cụ|bạn"
    rf"|em|con|hắn|nó|{_RANK})"
)
_CALLED = (
    r"(?<!\w)(?:(?:họ và |họ )?(?:tên|ten)(?: (?:thật|đủ|đầy đủ|khai sinh|cúng cơm|tục|gọi|thường gọi|ở nhà|tôi|tui"
    r"|bác|cháu"
    r"|con|em|ông|bà|mình|nó|hắn|ổng|bả|anh ấy|anh|ảnh|chị ấy|chú ấy|cậu ấy|của \w+(?: \w+)?|liệt sĩ|bố em"
    r"|bố tôi|ba tui|ông cháu))*"
    r"(?: (?:là|nà))?|bí danh(?: là)?|(?:gọi|kêu)(?: (?:là|bằng|eng|anh|ảnh))?|(?:bia|giấy) ghi"
    r"|(?:còn|được|khắc|ghi) chữ|là|mang tên)(?! (?:cũ"
    r"|mới|mộ|hầm|đường|làng|xã|thôn|thứ|này|gì)(?!\w))\s*:?\s*"
)
_LEAD = rf"^(?:(?:là|tên|họ tên|tôi|tui|tớ|mình|{_TITLE}(?: (?:ấy|đó|nớ|ta|em tôi|tôi|tui))?)(?!\w)[\s:.,]*)+"
_ALIAS = (
    r"^[\s,(\-–]+(?:họ|bí danh|tên (?:thật|thường gọi|kháng chiến|khai sinh|ở nhà|đủ|cúng cơm|tục)"
    r"|(?:(?:ở nhà|hay|thường|xóm|đồng đội|anh em|bầy tui|mọi người|cũng|còn|tục) )*(?:gọi|kêu))(?: (?:là|bằng))?\s+"
    r"(?:anh |cu |thằng |eng )?"
)
_GOES_ON = (
    r"^(?:[\s,.;:()\-–!/¶]*$|\s*[,.;:()\-–¶]|\s+(?:quê|người|ng|ở|sinh|hy sinh|hi sinh|thuộc|lính|bộ đội|xóm|làng|c\d"
    r"|d\d|e\d"
    r"|cháu|con|em|ạ|là|nhà|bên|đơn vị|đại đội|trung đội|tiểu đoàn|hay|hoặc|thì|đó|mà|cùng|không nhớ|quên|nhập ngũ"
    r"|chết)(?!\w))"
)
_YES_AS_WELL = frozenset({"dung", "huy", "vang", "phai", "thoi", "co", "ha", "hay", "vui", "tin", "dai", "thu", "tiep"})
"""written without accents: «Dũng» or «đúng», «Huy» or «hủy»"""


_YES = r"^\W+(?:rồi|r|ròi|tên|đó|đấy|vậy|thế|y|là|anh|ông|người|ghi)(?!\w)"


@dataclass(frozen=True, slots=True)
class _Word:
    span: Span
    plain: str
    capital: bool


def name(said: Said, core: Span) -> Found:
    """The first that is a name for certain, else what could be one."""
    lead = said_after(said, core[0], _LEAD)
    starts = [*sorted({one.end() for one in said.found(_CALLED)}), *sorted({*lead, core[0]}, reverse=True)]
    framed = {one.end() for one in said.found(_CALLED)} | (lead if lead != {core[0]} else set())
    starts += sorted({one.end() for one in said.found(r"[,;]\s*")})
    best: Found = (Fit.NO, core)
    for start in starts:
        if not core[0] <= start < core[1]:
            continue
        fit, span = _at(said, start, core[1], start in framed)
        if fit is Fit.YES:
            span = _in_full(said, span, core, starts)
            return fit, (_titled(said, core, span), _aliases(said, span[1], core[1]))
        if fit is Fit.MAYBE and best[0] is Fit.NO:
            best = (fit, span)
    return best


def _in_full(said: Said, span: Span, core: Span, starts: list[int]) -> Span:
    """«Dao, Nguyen Thi Dao»: who is called twice has given his full name."""
    last = said.plain[slice(*span)].split()[-1]
    for start in starts:
        if span[1] < start < core[1]:
            fit, other = _at(said, start, core[1], framed=False)
            if (
                fit is Fit.YES
                and other[1] - other[0] > span[1] - span[0]
                and said.plain[slice(*other)].split()[-1] == last
            ):
                return other
    return span


def said_after(said: Said, start: int, pattern: str) -> set[int]:
    return {start + one.end() for one in said.part((start, len(said.words))).found(pattern)} or {start}


def _titled(said: Said, core: Span, span: Span) -> int:
    """«anh Tám» keeps the word before a single one, as there are many of that name."""
    if " " in said.words[span[0] : span[1]].strip():
        return span[0]
    before = [one for one in said.found(rf"(?<!\w){_TITLE}\s+") if one.end() == span[0] and one.start() >= core[0]]
    return before[0].start() if before else span[0]


def _aliases(said: Said, end: int, last: int) -> int:
    """Past «, họ Lê» and «, ở nhà gọi là cu Tý»."""
    starts = said_after(said, end, _ALIAS) - {end}
    for start in starts:
        fit, span = _at(said, start, last, framed=True)
        if fit is Fit.YES:
            return span[1]
    return end


def _at(said: Said, start: int, end: int, framed: bool) -> Found:
    """Whether a name begins at `start`."""
    words = _words(said, start, end)
    cased = any(word.capital for word in words[1:]) and not said.words.isupper()
    size = _size(said, words, cased)
    if size == 0:
        return Fit.NO, (start, end)
    span = (words[0].span[0], words[size - 1].span[1])
    if not said.has(_GOES_ON, span[1], end):
        return (Fit.YES if cased and size > 2 else Fit.NO), span
    return _sure(said, words[:size], cased, framed), span


def _words(said: Said, start: int, end: int) -> list[_Word]:
    found, last = list[_Word](), start
    for one in re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)?", said.words[start:end]):
        at = (start + one.start(), start + one.end())
        if said.words[last : at[0]].strip() or len(found) == 6:
            break
        found.append(_Word(at, said.plain[at[0] : at[1]], one[0][0].isupper()))
        last = at[1]
    return found


def _size(said: Said, words: list[_Word], cased: bool) -> int:
    """How many words the name that begins with the first may have."""
    if not words or (cased and not words[0].capital and not said.knows(words[0].plain, NICKNAMES)):
        return 0
    family = said.knows(words[0].plain, SURNAMES)
    size = 0
    for number, word in enumerate(words[:5]):
        if cased and number and not word.capital:
            break
        letter = number > 1 and family and len(word.plain) == 1
        if not (is_syllable(word.plain) or (cased and word.capital) or letter):
            break
        if not (number == 0 and (family or (cased and len(word.plain) == 1))) and not _may_name(
            said, word, cased and word.capital, family and number > 0
        ):
            break
        size = number + 1
    return size


def _may_name(said: Said, word: _Word, capital: bool, of_family: bool) -> bool:
    if not said.knows(word.plain, COMMON):
        return True
    given = said.knows(word.plain, GIVEN) or said.knows(word.plain, MIDDLE) or said.knows(word.plain, NICKNAMES)
    if capital or of_family:
        return given or (capital and of_family)
    return given and (not said.accented or said.half or word.plain in NICKNAMES or word.plain in GIVEN)


def _sure(said: Said, words: list[_Word], cased: bool, framed: bool) -> Fit:
    first, rest = words[0], words[1:]
    family = said.knows(first.plain, SURNAMES)
    if said.knows(first.plain, KIN) and not _kin_as_name(said, words, cased, framed):
        return Fit.NO
    if not cased and any(said.knows(word.plain, KIN) for word in rest) and said.accented:
        return Fit.NO
    given = [said.knows(word.plain, GIVEN) for word in words]
    if not rest:
        return _one(said, first, given[0], framed)
    if (len(words) > 4 and not family) or all(said.knows(word.plain, NICKNAMES) for word in words):
        return Fit.NO
    if not framed and re.fullmatch(said.pattern(PROVINCES), said.plain[first.span[0] : words[-1].span[1]]):
        return Fit.MAYBE
    if cased and all(word.capital for word in words):
        return Fit.YES
    if family and (given[-1] or said.knows(rest[0].plain, MIDDLE)):
        return Fit.YES
    if said.knows(first.plain, NICKNAMES) and len(words) == 2 and given[1]:
        return Fit.YES
    known = sum(given) + sum(said.knows(word.plain, MIDDLE) and not one for word, one in zip(words, given, strict=True))
    if framed and (family or known == len(words)):
        return Fit.YES
    return Fit.MAYBE if len(words) <= 4 and (family or known or framed) else Fit.NO


def _kin_as_name(said: Said, words: list[_Word], cased: bool, framed: bool) -> bool:
    """«Anh» is a name as well, «Bà» and «Ông» are families."""
    if words[0].capital and (cased or (framed and len(words) == 1)):
        return True
    return len(words) > 2 and said.knows(words[0].plain, SURNAMES) and not said.knows(words[1].plain, KIN)


_COUNTED = r"^\s+(?:người|anh|năm|tháng|ông|đứa|mạng|cái|ngày|ngôi|phần|hôm)(?!\w)"


def _one(said: Said, word: _Word, given: bool, framed: bool) -> Fit:
    """A single word: a given name, or one that could be."""
    if (not framed and not said.accented and word.plain in _YES_AS_WELL) or (
        word.plain == "dung" and said.has(_YES, word.span[1])
    ):
        return Fit.MAYBE if word.plain in ("huy", "thu") else Fit.NO
    if said.knows(word.plain, NICKNAMES) and said.has(_COUNTED, word.span[1]):
        return Fit.NO
    common = said.knows(word.plain, COMMON)
    if given and (framed or not common or (word.capital and not said.words.isupper())):
        return Fit.YES
    if common:
        return Fit.NO
    return Fit.YES if framed and word.capital else Fit.MAYBE
