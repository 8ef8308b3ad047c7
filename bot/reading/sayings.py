"""What somebody says of himself, and of a place by its distance from a landmark, in his own words."""

import re
from collections.abc import Iterable
from itertools import takewhile

from bot.reading.around import Fit, inner
from bot.reading.name_words import name
from bot.reading.phones import phones
from bot.reading.said import Said, Span, listen

_FAR = (
    r"cách\s+(?P<landmark>[^\d,.;¶]{2,40}?)\s+(?:khoảng\s+|chừng\s+|độ\s+|tầm\s+)?"
    r"(?P<distance>\d+(?:[.,]\d+)?|vài|mấy|vài chục|mấy chục|một|hai|ba|bốn|năm|mười|trăm)\s*"
    r"(?P<unit>bước chân|bước|mét|cây số|ki lô mét|km|m|sải)(?!\w)"
)
_FROM = (
    r"(?:tính\s+)?từ\s+(?P<landmark>[^\d,.;¶]{2,40}?)\s+(?:đi\s+|ra\s+|vào\s+|lên\s+|xuống\s+|khoảng\s+|chừng\s+){0,3}"
    r"(?P<distance>\d+(?:[.,]\d+)?|vài|mấy|vài chục|mấy chục)\s*(?P<unit>bước chân|bước|mét|cây số|km|m|sải)(?!\w)"
)
_DIRECTION = r"(?:(?:về|theo|ở)\s+)?(?:phía|hướng|mạn)\s+[^\d,.;¶]{2,30}"
_PERIODS = {
    "before_1975": r"trước (?:năm )?(?:19)?75|trước giải phóng|thời (?:chống )?(?:mỹ|pháp)",
    "now": r"bây giờ|hiện nay|ngày nay|tên mới",
}
_BORN = (
    r"(?:(?:sinh|đẻ)\s+(?:năm\s+|ngày\s+)?|sn\s*)[\d/.\-]{2,10}|(?<!\d)19\d\d(?!\d)|\d{2,3}\s+tuổi"
    r"|(?:sinh|đẻ)\s+năm\s+(?:(?:một|nghìn|ngàn|chín|trăm|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|mươi)(?:\s+|$)){2,6}"
    r"|tuổi\s+(?:con\s+)?(?:tý|tí|sửu|dần|mão|mẹo|thìn|tỵ|tị|ngọ|mùi|thân|dậu|tuất|hợi)(?!\w)"
)
_LIVES = (
    r"(?<!\w)(?:trú tại|địa chỉ|nhà ở|nhà tôi ở|sống ở|ở)\s*:?\s+(?!trên (?:rồi|đó|kia)|đó|đây|đấy)"
    r"(?P<address>[^¶]+?)"
    r"(?=[\s,.;¶]*(?:(?:số\s+)?(?:điện thoại|đt|sđt)|số(?=\W+\+?\d[\d .\-]{7,})|$|\+?\d[\d .\-]{8,}))"
)
_KIN = (
    r"(?<!\w)(?:cháu|con|chắt)\s+(?:trai|gái|dâu|rể|nội|ngoại|đẻ|ruột)(?!\w)(?: (?:của )?(?:ông|bà|bác|cụ"
    r"|cố) [^\W\d]+)?"
    r"|(?:(?<=, )|(?<=là ))(?:vợ|chồng|hàng xóm|cháu|con|em)(?=\s+(?:của|ông|bà|bác)|,|$)"
)


def whereabouts(words: str) -> dict[str, str | float]:
    """{"landmark", "distance", "unit", "direction", "period"}, what is said of them, in the words themselves."""
    said, found = listen(words), dict[str, str | float]()
    far = next(said.found(_FAR), None) or next(said.found(_FROM), None)
    if far:
        number = far["distance"].replace(",", ".")
        found["landmark"] = said.quote(far.span("landmark"))
        found["distance"] = float(number) if number[0].isdigit() else said.quote(far.span("distance"))
        found["unit"] = said.quote(far.span("unit"))
    if direction := next(said.found(_DIRECTION), None):
        found["direction"] = said.quote(direction.span())
    if period := next((name for name, pattern in _PERIODS.items() if said.has(pattern)), ""):
        found["period"] = period
    return found


_BEFORE_SELF, _NAMES_SELF = r"^\W*(?:(?:dạ|vâng|thưa|à|ừ|thì|đây)\W+){0,3}(?:tên )?", r"(?: tên là| tên| mới là| là|:) "
_SPEAKER = r"(?:tôi|tui|tớ|mình|bác|cháu|con|em)"
_SPEAKER_OR_NOT = r"(?:tôi|tui|tớ|mình|bác|ông|bà|cháu|con|em|cô|chú|mệ|o)"


def introduces(words: str, *, of_another: bool = False) -> bool:
    """«Bác là Trần Văn Ví Dụ», «tên tôi là …»: the name is that of who speaks. Not «tôi là đồng đội».

    `of_another`: he was asked for somebody else's, so «chú tên Sơn» is that one's.
    """
    said = listen(words)
    speaker = _SPEAKER if of_another else _SPEAKER_OR_NOT
    start = next((one.end() for one in said.found(_BEFORE_SELF + speaker + _NAMES_SELF)), 0)
    return start > 0 and name(said, (start, len(words)))[0] is Fit.YES


_YOUNG = r"^\W*(?:(?:dạ|vâng|thưa)\W+){0,3}(?:tên )?(?:cháu|con|em|mình)(?!\w)"
_OF_HIMSELF = rf"{_BORN}|^\W*(?:số )?(?:điện thoại|đt|sđt)(?!\w)"


def introduction(words: str, *, young: bool | None = None) -> str:
    """«Tôi là Trần Văn Ví Dụ, sinh năm 1948» out of a whole story, with what is said of himself right behind the name;
    «» when nobody says who he is. `young`: only of who calls himself «cháu», or only of who does not."""
    for sentence in re.split(r"[.;!?\n]+(?=\s|$)", words):
        parts = sentence.split(",")
        for number, part in enumerate(parts):
            fitting = young is None or young == listen(part).has(_YOUNG)
            if fitting and introduces(part, of_another=True):
                own = takewhile(lambda more: listen(more).has(_OF_HIMSELF), parts[number + 1 :])
                return ",".join([part, *own]).strip()
    return ""


def person(words: str) -> dict[str, str]:
    """{"name", "born", "phone", "address", "relation"} of somebody who says who he is, what is said of them.

    The phone is put in its national form; all else stays as it was said.
    """
    said, found = listen(words), dict[str, str]()
    numbers = phones(said)
    cuts = [span for _, span in numbers]
    for key, pattern in (("born", _BORN), ("address", _LIVES), ("relation", _KIN)):
        free = (one for one in said.found(pattern) if not any(start <= one.start() < end for start, end in cuts))
        if one := next(free, None):
            found[key] = said.quote(one.span("address" if key == "address" else 0))
            cuts.append(one.span())
    phone = ", ".join(dict.fromkeys(national for national, _ in numbers))
    told = {"name": _name(said, cuts), "phone": phone} | found
    return {key: told[key] for key in ("name", "born", "phone", "address", "relation") if told.get(key)}


def _name(said: Said, cuts: Iterable[Span]) -> str:
    """The first name between all else that he says of himself."""
    start, maybe = 0, ""
    for cut, after in [*sorted(cuts), (len(said.words), 0)]:
        core = inner(said.part((start, cut)))
        fit, span = name(said, (start + core[0], start + core[1]))
        if fit is Fit.YES:
            return said.quote(span)
        maybe = maybe or (said.quote(span) if fit is Fit.MAYBE else "")
        start = max(start, after)
    return maybe
