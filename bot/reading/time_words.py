"""A year, a season, an event of the wars, a birth year or a count among the words of an answer."""

from bot.reading.around import Fit, Found
from bot.reading.said import Said, Span, listen

_STEM = r"(?:canh|tân|nhâm|quý|giáp|ất|bính|đinh|mậu|kỷ|kỉ)"
_BRANCH = r"(?:thân|dậu|tuất|hợi|tý|tí|sửu|dần|mão|mẹo|thìn|tỵ|tị|ngọ|mùi)"
_ONE = r"(?:một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|mươi|mười)"
_SPOKEN = (
    rf"(?:một nghìn |một ngàn |ngàn )?(?:một )?chín (?:trăm )?(?:{_ONE} ){{1,2}}{_ONE}|(?:bốn|năm|sáu|bảy"
    rf"|bẩy) (?:mươi )?{_ONE}"
)
_YEAR = (
    r"(?<![\d.,])(?:19[3-9]\d|20[0-2]\d)(?![\d]|[.,]\d)"
    r"|(?<!\w)(?:năm|nam|lăm|hồi|khoảng|tầm|chừng|đầu|cuối|giữa|sau|trước|độ|cỡ|qua|tới|đến)\s+[3-9]\d(?!\w| tuổi"
    r"| người| bước| mét)"
    rf"|(?<!\w)(?:năm|hồi|tháng)\s+(?:{_SPOKEN})(?!\w)"
    rf"|(?<!\w){_STEM}\s+{_BRANCH}(?!\w)|(?<!\w)năm (?:con )?{_BRANCH}(?!\w)"
)
_ALONE = rf"^\W*(?:[3-9]\d(?:\s*(?:hay|hoặc|,|-|đến|tới|với|,? ?rồi)\s*(?:19)?[3-9]\d)?|{_SPOKEN})\W*$"
_PART = (
    r"(?<!\w)(?:tháng\s+(?:\d{1,2}|giêng|chạp|một|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)"
    r"|\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?"
    r"|mùa (?:mưa|khô|xuân|hè|thu|đông|nước|lũ|gặt|lúa)|(?:dịp|trước|sau|ra|gần|hôm|đúng|ăn|giáp|đêm|mồng \w+|mùng \w+)"
    r" (?:tết|giêng|giao thừa)|tết (?:năm|nguyên|ta|âm)|rằm|mồng \w+|mùng \w+|\d{1,2} tết|cuối năm|đầu năm|giữa năm"
    r"|(?:cách đây|hơn|gần|độ|khoảng|chừng) (?:mấy |vài )?[^\W]+ (?:mươi |chục )?năm(?: trước| rồi)?)(?!\w)"
)
_EVENT = (
    r"(?<!\w)(?:mậu thân|điện biên|hiệp định|mùa hè đỏ lửa|hè đỏ lửa|đồng khởi|tổng tấn công|tổng tiến công|chiến dịch"
    r"|đường (?:9|chín)|thành cổ|quảng trị|giải phóng|mỹ (?:ném|bắn|bắt|đánh|đổ|rút|vào|mới|càn)|ném bom|chống (?:mỹ"
    r"|pháp|tàu)"
    r"|đánh (?:mỹ|pháp|tàu|pôn|trung|biên|nhau|giặc|xuân|buôn)|pôn pốt|pol pot|pốt|biên giới|(?<!tên )kháng chiến"
    r"|12 ngày đêm"
    r"|cải cách|càn"
    r"|hòa bình|tập kết|ngừng bắn|đình chiến|lụt|nhật|cách mạng|khởi nghĩa|b52|chiến tranh|đổ bộ|pháo bắn|trận)(?!\w)"
)
_WHEN = r"(?<!\w)(?:hồi|lúc|khi|thời|dịp|đợt|trước|sau|trong|ngay|năm|vào|đúng|giữa|đầu|cuối|gần|hôm)(?!\w)"
_AGE = r"\d{1,3}\s*tuổi|tuổi (?:đời|quân)"
_NAMED = r"^\W*(?:tết )?(?:mậu thân|điện biên phủ|đồng khởi|giải phóng|mùa hè đỏ lửa|tết|nam bộ kháng chiến)\W*$"
_NOT_NOW = (
    r"(?<!\w)(?:hôm nay|hôm qua|ngày mai|tuần (?:này|sau|tới)|tháng (?:này|sau|tới)|hồi nãy|lúc nãy|bây giờ)(?!\w)"
)
_BORN = (
    rf"(?<!\d)(?:18|19|20)\d\d(?!\d)|(?<!\d)[2-9]\d(?!\d)|(?<!\w)(?:{_SPOKEN})(?!\w)|(?<!\w)(?:tám|chín|bảy"
    rf"|sáu) (?:mươi|chục)"
    rf"|(?<!\w)(?:tuổi|năm|cầm tinh) (?:con )?(?:{_STEM} )?(?:{_BRANCH}|chuột|trâu|cọp|hổ|mèo|rồng|rắn|ngựa|dê|khỉ|gà"
    rf"|chó|heo|lợn)"
    rf"(?!\w)|(?<!\w){_STEM} {_BRANCH}(?!\w)|\d{{1,2}}[/.\-]\d{{1,2}}[/.\-]\d{{2,4}}"
)
_COUNT = r"\d{1,6}|(?<!\w)(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|chục|trăm|vài|mấy|dăm|cả|đôi|nhiều|đông|ít)(?!\w)"
_LEAD = r"^(?:là|vào|ở|việc ấy|chuyện đó|lúc đó|hồi đó là|hồi nớ|sinh|đẻ)\s+"

_BIRTH = r"(?<!\w)(?:(?<!hy )(?<!hi )sinh|đẻ) (?:năm|ngày|tháng|19)|(?<!\w)sn (?:19)?\d\d(?!\w)"
_DEATH = r"(?<!\w)(?:hy sinh|hi sinh|báo tử|ngày giỗ|làm giỗ|mất (?:năm|ngày|tháng)|chết|ngã xuống)(?!\w)"


_SOUTH = r"(?<!\w)(?:phía|miền|hướng|bờ|việt|quảng|hà|nam) (?:nam|bắc|định)(?!\w)"
"""no «năm», where it is written without accents"""


def time(said: Said, core: Span) -> Found:
    span = _without(said, core)
    if said.has(_BIRTH, *core) and not said.has(_DEATH, *core):
        return Fit.NO, span
    if said.has(_SOUTH, *span) and not any(c.isdecimal() for c in said.words[slice(*span)]):
        return Fit.NO, span
    if said.has(_NOT_NOW, *span) and not said.has(_YEAR, *span):
        return Fit.NO, span
    if any(said.has(pattern, *span) for pattern in (_YEAR, _PART, _ALONE, _NAMED)):
        return Fit.YES, span
    if said.has(_AGE, *span):
        return Fit.NO, span
    if said.has(_EVENT, *span):
        return (Fit.YES if said.has(_WHEN, *span) else Fit.MAYBE), span
    return Fit.NO, span


def born(said: Said, core: Span) -> Found:
    if said.has(_DEATH, *core) and not said.has(_BIRTH, *core):
        return Fit.NO, core
    return (Fit.YES if said.has(_BORN, *core) else Fit.NO), core


def number(said: Said, core: Span) -> Found:
    return (Fit.YES if said.has(_COUNT, *core) else Fit.NO), core


def _without(said: Said, core: Span) -> Span:
    lead = next(said.part(core).found(_LEAD), None)
    return (core[0] + lead.end(), core[1]) if lead else core


_JOINED = "đi b|nhập ngũ|đi bộ đội|vào bộ đội|lên đường|giải ngũ|ra quân|cưới|đi tìm|viết thư"
_OF_ANOTHER_DAY = {
    "time": rf"(?<!\w)(?<!hy )(?<!hi )(?:{_JOINED}|sinh|đẻ)(?!\w)",
    "born": rf"(?<!\w)(?:{_JOINED}|hy sinh|hi sinh|mất|chết|báo tử)(?!\w)",
}
"""what else happened in a year that is told"""


def of_another_day(kind: str, words: str) -> bool:
    """«1967 là năm đi bộ đội» says neither when he was «born» nor the «time» of his death."""
    return kind in _OF_ANOTHER_DAY and listen(words).has(_OF_ANOTHER_DAY[kind])
