"""A place among the words of an answer: named, or told by what stands near it; an address; kin who are named."""

import re

from bot.reading.around import Fit, Found
from bot.reading.lexicon import COMMON, NICKNAMES, PROVINCES, SURNAMES
from bot.reading.said import Said, Span
from bot.reading.syllables import is_syllable

_LAND = (
    r"(?:xã|huyện|tỉnh|thôn|làng|ấp|bản(?! thân)|buôn|sóc|phường|quận|thị xã|thị trấn|thành phố|tp|xóm|khu phố|tổ"
    r"|khu vực|vùng|mặt trận"
    r"|chiến khu|chiến trường|nông trường|hợp tác xã|đảo|bang|khu)"
)
_MARK = (
    r"(?:suối|đồi|núi|sông|cao điểm|điểm cao|khe|rừng|dốc|đèo|cầu|chợ|ngã ba|ngã tư|nghĩa trang|nghĩa địa|hang|thác"
    r"|bến|gốc"
    r"|cánh đồng|đồng(?! đội| chí| ý| bào| hương)|sân bay|đường|trạm xá|bệnh xá|chùa|đình|nhà thờ|đền|miếu|rạch|kênh"
    r"|kinh|mương|hồ|ao|đập|đê|bãi|gò|rú"
    r"|nương|rẫy|ruộng|vườn|nhà(?! tôi| tui| có| báo| nước| em| mình)|trường(?! con| em)|sân|đồn|bốt|căn cứ|kho|hầm"
    r"|hố bom|hố|cây|tảng đá|hòn|biển|cửa|cống|giếng"
    r"|quốc lộ|lộ|ga|phà|bìa|bờ|chân|mé|ven|soi|truông|lèn|eo|vàm|cồn|cù lao|trảng|lùm|gò mả|đường mòn|bệnh viện|cống)"
)
_MARK_BARE = (
    r"(?:suối|đồi (?!với)|núi|sông|cao điểm|điểm cao|khe|rừng|dốc|đèo|cầu|ngã ba|ngã tư|nghĩa trang|nghĩa địa|hang"
    r"|thác|bến|gốc"
    r"|cánh đồng|sân bay|trạm xá|bệnh xá|rạch|kênh|kinh|mương|đập|bãi|gò|nương|rẫy|ruộng|vườn|căn cứ|hố bom|cây|quốc lộ"
    r"|cống|giếng|bìa|chân|mé|ven|soi|lèn|vàm|cù lao|trảng|đường \d|đồng cát)"
)
"""what can be nothing else when it is written without accents: not «chua», «cho», «ma», «dau»"""
_NEAR = (
    r"(?:ở|gần|bên|cạnh|cách|chân|trên|trong|bìa|bờ|đầu|cuối|sau|trước|dưới|ven|tại|ngoài|kế|kế bên|sát|đối diện|phía"
    r"|ngay|giữa"
    r"|cặp|trỏng|sau lưng|lưng|mé|vô|quanh|dọc|bên kia|bên này|hướng|mạn|khu|chỗ|cửa)"
)
_PLACED = (
    rf"(?<!\w)(?:{_NEAR} ){{1,3}}(?:(?:con|cái|quả|cây|ngôi|cửa|bờ|chân|bìa|đầu|góc|mép|đáy|lưng|sườn"
    rf"|đỉnh) ){{0,2}}(?:{_MARK}|{_LAND})(?!\w)"
)
_OF = r" (?!này|nọ|kia|đó|ấy|nào|gì|mô|không|ko|k|rồi|cháu|con|em|bác|tôi|tui|anh|em|cho|mình|tìm|giúp|nhận)[^\W_]+"
_NAMED = rf"(?<!\w)(?:{_MARK}|{_LAND}){_OF}"
_NAMED_BARE = rf"(?<!\w)(?:{_MARK_BARE}|(?!bản |tổ |khu |vùng |đảo |bang |sóc |phường mình){_LAND}){_OF}"
_TOLD = (
    r"(?<!\w)(?:chôn|mộ|nằm|an táng|mai táng|hy sinh|hi sinh|đưa|quy tập|cất|mất|khiêng|kể|bảo|nói|chỗ|ở|tại|gần|bên"
    r"|cạnh|nghĩa)(?!\w)"
)
_FIRST = 14
"""letters before the place: what tells of it only later tells of something else, unless of a burial"""
_ALONE = rf"^\W*(?:{_MARK}|{_LAND})\W*$"
_NUMBERS = r"-?\d{1,3}[.,]\d{2,}\D{1,4}-?\d{1,3}[.,]\d{2,}|\d{1,3}\s?°|maps\.|goo\.gl"
_KNOWN = rf"(?<!\w){PROVINCES}(?!\w)"
_LAND_AT = r"^(?:bên|trong|ngoài|đất|miền)\s+(?:lào|nam|bắc|miên|trung|tây|k|c|b)(?!\w)"
_LEAD = (
    r"^(?:(?:mộ|phần mộ|chôn|mai táng|an táng|nằm|hài cốt)(?: (?:anh ấy|ảnh|ổng|anh|ông|liệt sĩ|nằm|chôn|nó"
    r"|hắn))* )?(?:ở|tại|là)\s+(?=\S)"
)
_THERE = r"^\W*(?:(?:ở|tại|chỗ|trên|dưới|trong|ngoài|bên) )*(?:đó|đây|đấy|kia|trên|dưới|trong|ngoài|nớ|tê|nhà)\W*$"
_ADDRESS = (
    r"(?<!\w)(?:tổ|số nhà|số|ngõ|ngách|hẻm|phường|xã|thôn|ấp|khu phố|kp|đường|phố|huyện|quận|tp|thành phố|tỉnh"
    r"|chung cư|xóm|làng"
    r"|khối|khu|thị trấn|bản|cụm|kiệt|đội|tdp|p|nhà)\s*[.:]?\s*(?!này|đó|ấy|nào|gì|không)[^\W_]+"
)
_KIN = (
    r"(?<!\w)(?:bố|ba|cha|mẹ|má|tía|vợ|chồng|con|cháu|anh|chị|em|ông|bà|bác|chú|cậu|cô|dì|bu|thầy|u|mạ|thân nhân"
    r"|gia đình|họ hàng"
    r"|người yêu)(?!\w)"
)
_TALK = r"(?<!\w)(?:dạ|vâng|cháu ạ|cháu ơi|bác ạ|con ơi)(?!\w)"


def place(said: Said, core: Span) -> Found:
    span = _without(said, core)
    if said.has(_THERE, *span) and not said.has(_KNOWN, *span):
        return Fit.NO, core
    named = _NAMED if said.accented and not said.half else _NAMED_BARE
    hits = [one.start() for one in said.part(span).found("|".join((_KNOWN, _NUMBERS, _PLACED, named, _LAND_AT)))]
    if hits and (hits[0] <= _FIRST or said.has(_TOLD, span[0], span[0] + hits[0])):
        return Fit.YES, span
    if said.has(_ALONE, *span):
        return Fit.MAYBE, span
    return _unknown(said, span), span


def address(said: Said, core: Span) -> Found:
    if said.has(_ADDRESS, *core) or said.has(r"^\W*\d+[a-z]?(?:/\d+)* [^\W\d]{2,}", *core):
        return Fit.YES, core
    fit, span = place(said, core)
    return fit, span


def kin(said: Said, core: Span) -> Found:
    others = [word for word in _plain(said, core) if not said.knows(word, COMMON)]
    if said.has(_KIN, *core):
        return (Fit.YES if len(others) > 1 or len(_plain(said, core)) > 2 else Fit.MAYBE), core
    return (Fit.MAYBE if others else Fit.NO), core


def _unknown(said: Said, span: Span) -> Fit:
    """A name nobody told this program of: with capitals it is one."""
    words = re.findall(r"[^\W_]+", said.words[span[0] : span[1]])
    plain = _plain(said, span)
    if not 1 <= len(words) <= 5 or any(said.knows(word, COMMON) for word in plain):
        return Fit.NO
    if all(word.isdecimal() for word in plain):
        return Fit.NO
    if not all(is_syllable(word) or word.isdecimal() for word in plain):
        return Fit.NO
    person = (said.knows(plain[0], SURNAMES) and len(plain) > 2) or said.knows(plain[0], NICKNAMES)
    cased = len(words) > 1 and all(word[0].isupper() for word in words) and not said.words.isupper()
    if cased and not person:
        return Fit.YES
    return Fit.MAYBE if len(words) <= _MOST_UNKNOWN else Fit.NO


_MOST_UNKNOWN = 4
"""words without a capital that may still be a name: «tà cơn khe sanh»; more are a sentence"""


def _plain(said: Said, span: Span) -> list[str]:
    return re.findall(r"[^\W_]+", said.plain[span[0] : span[1]])


def _without(said: Said, core: Span) -> Span:
    lead = next(said.part(core).found(_LEAD), None)
    return (core[0] + lead.end(), core[1]) if lead else core
