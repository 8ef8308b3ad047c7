"""What somebody says of himself, and of a place by its distance from a landmark, in his own words."""

import re

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
_FOR_SOMEBODY = (
    r"^\s*(?:dạ\s+|thưa\s+)?(?:cháu|con|em|tôi|chị|anh|mình)\s+(?:xin\s+)?(?:nhắn|báo|viết|kể|gõ|khai|hỏi)\s+(?:tin\s+)?"
    r"(?:giúp|hộ|thay)(?!\w)"
)
_PHONE = r"(?<!\d)(?:\+?84|0)(?:[\s.\-]?\d){8,10}(?!\d)"
_BORN = r"(?:sinh\s+(?:năm\s+|ngày\s+)?|sn\s*)[\d/.\-]{2,10}|(?<!\d)19\d\d(?!\d)|\d{2,3}\s+tuổi"
_LIVES = (
    r"(?<!\w)(?:trú tại|địa chỉ|nhà ở|nhà tôi ở|sống ở|ở)\s*:?\s+"
    r"(?P<address>[^¶]+?)"
    r"(?=[\s,.;¶]*(?:(?:số\s+)?(?:điện thoại|đt|sđt)|số(?=\W+\+?\d[\d .\-]{7,})|$|\+?\d[\d .\-]{8,}))"
)
_CALLED = (
    r"^(?:dạ\s+|thưa\s+)?(?:(?:tôi|cháu|con|bác|em|mình|ông|bà)\s+)?(?:(?:họ\s+(?:và\s+)?)?tên\s*(?:là)?|là)\s*:?\s+"
)
_KIN = (
    r"(?<!\w)(?:cháu|con|chắt)\s+(?:trai|gái|dâu|rể|nội|ngoại|đẻ|ruột)(?!\w)"
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


def person(words: str) -> dict[str, str]:
    """{"name", "born", "phone", "address", "relation"} of somebody who says who he is, what is said of them."""
    said, found = listen(words), dict[str, str]()
    cuts = list[int]()
    for key, pattern in (("phone", _PHONE), ("born", _BORN), ("address", _LIVES), ("relation", _KIN)):
        free = (one for one in said.found(pattern) if key == "phone" or not _within_phone(said, one.span()))
        if one := next(free, None):
            group = "address" if key == "address" else 0
            found[key] = said.quote(one.span(group))
            cuts.append(one.start())
    called = next(said.found(_CALLED), None)
    start = called.end() if called else 0
    ends = [len(said.words), *(cut for cut in cuts if cut >= start), *_punctuation(said.words, start)]
    name = said.quote((start, min(ends)))
    return {key: value for key, value in ({"name": name} | found).items() if value}


def _within_phone(said: Said, span: Span) -> bool:
    return any(one.start() <= span[0] < one.end() for one in said.found(_PHONE))


def _punctuation(words: str, start: int) -> list[int]:
    return [start + one.start() for one in re.finditer(r"[,;:.\n¶(]", words[start:])][:1]


def by_helper(words: str) -> bool:
    """«Cháu nhắn giúp ông…»: somebody holds the phone for another."""
    return listen(words).has(_FOR_SOMEBODY)
