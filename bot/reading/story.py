"""What a free story holds: names, units, times, places, how it is known; and whether a message is such a story.

Every finding is a piece of the words themselves, to be offered and confirmed; unit codes are quoted, never decoded.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.reading.evidence import sources
from bot.reading.said import Said, Span, each_once, listen, side_by_side, words
from bot.when import understood_time

_OURS = r"(?:tôi|tui|em|cháu|con|mình|nhà tôi|bác|bà|ông)"
_KIN = (
    rf"(?:chồng|vợ|bố|ba|cha|con trai|con|em trai|em gái|em|anh trai|anh cả|anh hai|anh|cậu|chú|bác|ông) {_OURS}"
    r"(?:,| là| tên là| tên|,? tên(?: khai sinh)? là)"
)
"""«chồng tôi, …», «anh trai tôi là …»"""
_HIS = r"tên (?:của )?(?:nó|hắn|anh ấy|anh|ảnh|ông ấy|ổng|chú ấy|cậu ấy|chú|cậu|con tôi|em tôi|chồng tôi)(?: là)?"
_HONORIFICS = rf"(?:{_HIS}|{_KIN}|anh|chị|ông|chú|cậu|đồng chí|đ/c|đc|liệt sĩ|liệt sỹ|tên là|tên|bí danh)"
_NICKNAMES = words("hai ba tư bốn năm sáu bảy tám chín mười út cả")
_SURNAMES = words(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đinh trịnh mai tô hà tạ cao lưu đoàn"
    " lương vương triệu chu tống kiều thái lâm quách tăng nông giàng lò vi hứa phùng trương"
)
_NOT_NAMES = words(
    "em tôi ấy ta trai nội ngoại cụ đó này kia bộ hùng lính chiến mất hy hi bị là ở tại trong và với cùng gần bên quê"
    " thuộc đã thì của người không khi lúc nằm được cho có đơn hồi chôn ra vào đi về lại nữa rồi chị đại trung tiểu sư"
)
_BURIED_BEFORE = r"(?:chôn(?: cất)?|mai táng|an táng|mộ(?: của)?|hài cốt(?: của)?|khâm liệm|là)\s*(?:cho\s*)?$"
_DIED_AFTER = r"^[\s,]*(?:đã\s+|bị\s+)?(?:hy sinh|hi sinh|nằm lại|mất|trúng|ngã xuống|thương|chết)"
_NOT_HIS = r"(?<!\w)(?:(?:hỏi|tại|ở|đến|về|gần|cạnh|sau|trước) )?nhà\s*$|(?<!\w)(?:tôi|tui|cháu|mình|bác)\s*$"
"""before a name: whose house it is, and who tells"""
_IS_KIN = r"^ (?:tôi|tui|cháu|con|nhà|của)(?!\w)"
"""after «anh cả»: a brother, no name"""
_BESIDE = r"(?:cùng|với|và|gặp|nghe|theo|nhờ)\s*$"
_WEAPONS = words("b40 b41 b52 c130 k54 k50 k59 f105 f111 a37")
_UNIT = (
    r"\b(?:tiểu đội|trung đội|đại đội|tiểu đoàn|trung đoàn|sư đoàn|lữ đoàn|quân đoàn|quân khu|binh trạm|mặt trận|đoàn)"
    r"\s*(?:số\s*)?[a-z]?\d{1,4}[a-z]?\b"
    r"|\b(?:kb|kn|kh|ký hiệu|hòm thư|ht)(?:\s*số)?\s*[:.\-]?\s*\d{2,6}[a-z]{0,3}\d{0,3}\b"
    r"|\b[abcdefk]\d{1,4}[a-z]?\b"
)
_UNIT_JOINT = r"[\s,.;/\-–+]*(?:thuộc|của)?[\s,.;/\-–+]*"
_STEM = r"(?:canh|tân|nhâm|quý|giáp|ất|bính|đinh|mậu|kỷ|kỉ)"
_BRANCH = r"(?:thân|dậu|tuất|hợi|tý|tí|sửu|dần|mão|mẹo|thìn|tỵ|tị|ngọ|mùi)"
_TIME = (
    r"\b(?:(?:khoảng|tầm|chừng|hồi|đầu|giữa|cuối|trước|sau|dịp)\s+){0,3}(?:"
    r"(?:ngày\s+)?\d{1,2}[/.\-]\d{1,2}[/.\-](?:19)?\d\d"
    r"|ngày\s+\d{1,2}(?:\s+tháng\s+\d{1,2})?"
    r"|tháng\s+(?:\d{1,2}|giêng|chạp|hai|ba|tư|năm|sáu|bảy|tám|chín|mười(?:\s+một)?)"
    r"|mùa\s+(?:mưa|khô|xuân|hè|thu|đông)"
    rf"|tết(?:\s+{_STEM}\s+{_BRANCH})?|năm\s+(?:{_STEM}\s+)?{_BRANCH}|{_STEM}\s+{_BRANCH}"
    r"|năm\s+(?:19\d\d|[3-9]\d)|19[3-9]\d(?:\s*-\s*(?:19)?[3-9]\d)?"
    r")\b"
)
_TIME_JOINT = r"[\s,]*(?:đến|của|âm lịch|dương lịch)?[\s,]*"
_OTHER_TIME_BEFORE = r"(?<!\w)(?:(?<!hy )(?<!hi )sinh|sn|nhập ngũ|đi bộ đội|vào bộ đội|giải ngũ|ra quân)\s*(?:vào\s*)?$"
_UNITS_OF_LAND = r"(?:xã|huyện|tỉnh|thôn|làng|ấp|bản|buôn|sóc|phường|quận|thị xã|thị trấn|thành phố)"
_LANDMARKS = (
    r"(?:suối|đồi|núi|sông|cao điểm|điểm cao|khe|rừng|dốc|đèo|cầu|chợ|ngã ba|ngã tư|nghĩa trang|hang|thác|bến|gốc cây"
    r"|cánh đồng|sân bay|đường mòn|trạm xá|bệnh xá|chùa|đình|nhà thờ)"
)
_NEAR = r"(?:ở|gần|bên|cạnh|cách|chân|trên|trong|bìa|bờ|đầu|cuối|sau|trước|dưới|ven)"
_PLACE = rf"(?<!\w)(?:{_NEAR}\s+){{0,3}}(?:{_UNITS_OF_LAND}|(?:con\s+|quả\s+)?{_LANDMARKS})(?!\w)"
_PLACE_JOINT = r"[\s,]*"
_STEPS = r"^\s*(?:bước|mét|cây số|km|m|sải)(?!\w)"
_OF_A_GRAVE = r"(?<!\w)(?:chôn|mai táng|an táng|mộ|hài cốt|nằm lại|hy sinh|hi sinh|liệt sĩ|liệt sỹ)(?!\w)"
_WITNESS = (
    r"(?<!\w)(?:tôi|tui|chúng tôi|anh em|đơn vị|bố|ba|cha|mẹ|ông|bà|bác)(?: \w+){0,4} (?:chôn|mai táng|an táng"
    r"|khâm liệm|thấy|biết|nhớ|kể|chứng kiến)(?!\w)|(?<!\w)có (?!mấy )(?:\w+ ){0,2}(?:ngôi |phần |nấm )?mộ(?!\w)"
)
_A_QUESTION = (
    r"\?|(?<!\w)(?:làm sao|thế nào|như thế nào|ở đâu|chỗ nào|bao nhiêu|bao giờ|khi nào|là gì|vì sao|tại sao|sao lại"
    r"|ai là|cho hỏi|xin hỏi|muốn hỏi|được không|có không|có phải|phải không|thủ tục|chế độ|trợ cấp|hướng dẫn"
    r"|giúp tôi tìm|tìm giúp|muốn tìm|thì sao|thì làm|cần gì|có được)(?!\w)"
)


def read(what: str, told: str) -> Sequence[str]:
    """What the words say of `what` («name», «unit», «time», «place», «source»), the likeliest first."""
    said = listen(told)
    return {"name": names, "unit": units, "time": times, "place": places, "source": sources}[what](said)


def names(said: Said) -> Sequence[str]:
    """«anh Tám», «Nguyễn Văn Tám» after «liệt sĩ»; who was buried comes before who was there."""
    found = list[tuple[int, str]]()
    for title in said.found(rf"(?<!\w){_HONORIFICS}\s*:?\s+"):
        end = _name_end(said, title.end())
        if end is None or said.has(_NOT_HIS, max(0, title.start() - 16), title.start()) or said.has(_IS_KIN, end):
            continue
        called = said.quote((title.end(), end))
        whole = called if " " in called or title[0].startswith(("tên", "ten", "bí", "bi")) else ""
        found.append((_likeliness(said, title, end), whole or said.quote((title.start(), end))))
    return each_once(name for _, name in sorted(found, key=lambda one: -one[0]))


def _likeliness(said: Said, title: re.Match[str], end: int) -> int:
    before = max(0, title.start() - 16)
    buried = said.has(_BURIED_BEFORE, before, title.start()) or title[0].startswith(("liệt", "liet"))
    died, beside = said.has(_DIED_AFTER, end), said.has(_BESIDE, before, title.start())
    return 2 * buried + 2 * died - beside


def _name_end(said: Said, start: int) -> int | None:
    """Where the name that begins at `start` ends: words with a capital, else a nickname or a family name's words."""
    words = list(re.finditer(r"(?<!\S)[^\W\d]+", said.words[start : start + 60]))[:5]
    shouted = said.words.isupper()
    end, most = None, 5
    for number, word in enumerate(words):
        plain = said.plain[start + word.start() : start + word.end()]
        gap = said.words[start + words[number - 1].end() : start + word.start()] if number else ""
        capital = word[0][0].isupper() and not shouted
        if gap.strip() or number >= most or (said.knows(plain, _NOT_NAMES) and not capital):
            break
        if number == 0 and not capital:
            if said.knows(plain, _SURNAMES):
                most = 3
            elif said.knows(plain, _NICKNAMES) and not re.match(r"\s*\d", said.words[start + word.end() :]):
                most = 1
            else:
                break
        elif number and not capital and most == 5:
            break
        end = start + word.end()
    return end


def units(said: Said) -> Sequence[str]:
    """«d3 e9 f304», «tiểu đoàn 3 thuộc trung đoàn 9», «hòm thư 12345», word for word."""
    spans = [one.span() for one in said.found(_UNIT) if one[0] not in _WEAPONS]
    joined = ", ".join(each_once(said.quote(span) for span in side_by_side(said, spans, _UNIT_JOINT)))
    return [joined] if joined else []


def times(said: Said) -> Sequence[str]:
    """Those with a year first; when somebody was born or joined up is another time."""
    spans = [
        one.span()
        for one in said.found(_TIME)
        if not said.has(_OTHER_TIME_BEFORE, max(0, one.start() - 16), one.start())
    ]
    quotes = [said.quote(span) for span in side_by_side(said, spans, _TIME_JOINT)]
    known = [(time, quote) for quote in quotes if (time := understood_time(quote))]
    return each_once(quote for time, quote in sorted(known, key=lambda one: _vague(one[0])))


def _vague(time: Mapping[str, Any]) -> tuple[bool, int]:
    """With a year before without, «15/8/1972» before «năm 1972»."""
    return not {"year", "years"} & time.keys(), -len({"day", "month"} & time.keys())


def places(said: Said) -> Sequence[str]:
    """«gần suối Đá», «xã Hải Lăng, tỉnh Quảng Trị»; a land unit needs its name, a stream only where it is near."""
    spans = list[Span]()
    for place in said.found(_PLACE):
        end = _place_end(said, place.end())
        near = said.has(rf"^{_NEAR}\s", *place.span()) and not said.has(r"cách\s+\w+$", *place.span())
        landmark = said.has(rf"{_LANDMARKS}$", *place.span())
        if end > place.end() or (near and landmark):
            spans.append((place.start(), _land_after(said, end)))
    joined = side_by_side(said, spans, _PLACE_JOINT)
    return [", ".join(each_once(said.quote(span) for span in joined))] if joined else []


_LAND_AFTER = re.compile(r"\s*,\s*((?:[^\W\d_]+\s+){0,3}[^\W\d_]+)(?=\s*(?:[,.;()\n]|$))")


def _land_after(said: Said, end: int) -> int:
    """Past «, Hải Lăng, Quảng Trị»: names with capitals that stand alone between commas, after a place."""
    while (one := _LAND_AFTER.match(said.words, end)) and not said.words.isupper():
        if not all(word[0].isupper() for word in one[1].split()):
            break
        end = one.end(1)
    return end


def _place_end(said: Said, start: int) -> int:
    """Past the name: words with a capital and numbers; in words without any capital, at most two."""
    written = any(c.isupper() for c in said.words[1:]) and not said.words.isupper()
    end, most = start, 4 if written else 2
    for word in re.finditer(r"\s+([^\W_]+)", said.words[start : start + 50]):
        plain = said.plain[start + word.start(1) : start + word.end(1)]
        named = word[1][0].isupper() or word[1].isdecimal() if written else not said.knows(plain, _NOT_PLACES)
        far = word[1].isdecimal() and said.has(_STEPS, start + word.end(), start + word.end() + 12)
        if start + word.start() != end or not named or far or most == 0:
            break
        end, most = start + word.end(), most - 1
    return end


_NOT_PLACES = _NOT_NAMES | words("ko k khong hong năm hồi xã huyện tỉnh thôn làng cách chừng khoảng phía một")


def tells(told: str) -> bool:
    """A message out of the blue that clearly tells of a grave or of who was buried; a question never does."""
    said = listen(told)
    if len(told.split()) < 6 or said.has(_A_QUESTION) or not said.has(_OF_A_GRAVE):
        return False
    known = sum(bool(found(said)) for found in (names, units, times, places))
    return known >= (1 if said.has(_WITNESS) else 3)
