"""How somebody knows what he tells, and of how many graves he tells. Never more than he says.

Who saw a burial has not buried; what father buried is told by another; «chôn» without saying who is no witness.
"""

import re
from collections.abc import Sequence

from bot.reading.around import Fit, Found
from bot.reading.place_words import place
from bot.reading.said import Said, Span, listen

_KIN = [
    "ông",
    "bà",
    "bố",
    "ba",
    "cha",
    "mẹ",
    "má",
    "tía",
    "mạ",
    "nội",
    "ngoại",
    "chú",
    "bác",
    "cậu",
    "cô",
    "dì",
    "dượng",
    "thím",
    "anh",
    "chị",
    "em",
    "trai",
    "gái",
    "vợ",
    "chồng",
    "con",
    "cháu",
    "đội",
    "bạn",
    "vị",
    "làng",
    "xóm",
    "nhà",
    "quê",
    "thôn",
    "ấp",
    "xã",
    "của",
    "họ",
    "thầy",
    "u",
    "mệ",
    "o",
    "cụ",
    "lính",
    "hàng",
]
_NOBODY_ELSES = "".join(rf"(?<!\b{kin} )" for kin in _KIN)
"""«bố tôi chôn», «đơn vị tôi chôn»: whose, not who"""
_I = rf"(?<!\w){_NOBODY_ELSES}(?:tôi|tui|tớ|tao|mình|chúng tôi|bọn tôi|tụi tui|bầy tui|chúng tui)"
_MINE = r"(?:chính tay|tự tay|tận tay|chính|trực tiếp|là)"
_NOT_HIS = (
    r"(?!(?:thấy|nghe|biết|nhớ|nhìn|chứng|kể|nơi|chỗ|người|ai|họ|xem|coi|không|chưa|chẳng|hổng|đâu|hỏi|tìm|đọc|bị"
    r"|(?:bố|ba|cha"
    r"|mẹ|má|ông|bà) (?:tôi|tui|em|cháu|con|ấy|nội|ngoại)|du|dân|giấy|ko|k|hông|nỏ|nói|bảo|được)(?!\w))"
)
_BURY = r"(?:chôn|mai táng|an táng|khâm liệm|đào huyệt|lấp đất|lấp mộ|đắp mộ|vùi)"
_GAP = rf"(?:[ ,]+{_NOT_HIS}\w+){{0,6}}[ ,]+"
_SELF = r"(?:bác|ông|bà|mệ|bọ|chú|cô)"
_OF_OTHERS = r"(?! (?:tôi|tui|cháu|em|con|mình|nội|ngoại|gái|trai|ấy|ta))"
_BURIED = (
    rf"{_I}{_GAP}{_BURY}|(?<!\w)(?:chính tay|tự tay) {_I}(?: \w+)? {_BURY}"
    rf"|(?:^|[,.;¶]\s*){_SELF}{_OF_OTHERS}(?: {_MINE})* (?:chính tay|tự tay|trực tiếp) {_BURY}"
    rf"|^\W*(?:dạ )?(?:chính tay|tự tay|trực tiếp) {_BURY}|{_I} (?:là|cũng là) (?:người|ng) (?:trực tiếp )?{_BURY}"
    rf"|{_I} (?:là )?trong (?:tổ|đội|nhóm|số|tốp) (?:\w+ )?{_BURY}"
)
_SEE = r"(?:thấy|chứng kiến|nhìn|chộ|ngó|trông thấy|mục kích)"
_HEARD = r"(?! (?:bảo|nói|kể|đồn|giấy|ghi|người ta (?:bảo|nói|kể)))"
_SEEING = _GAP.replace("bị|", "")
_SAW = (
    rf"{_I}{_SEEING}{_SEE}{_HEARD}|(?<!\w)(?:chính mắt|tận mắt|mắt) {_I} {_SEE}|(?<!\w)(?:chính mắt|tận mắt) {_I}"
    rf"|(?:^|[,.;¶]\s*){_SELF}{_OF_OTHERS} (?:có |cũng )?(?:tận mắt|chính mắt)|^\W*(?:dạ )?(?:tận|chính) mắt"
    rf"|^\W*(?:dạ |có |bữa chôn )*{_SEE}{_HEARD}(?! đâu)|{_I}{_GAP}có mặt"
    rf"|{_I} {_SEE}{_HEARD}|(?<!\w)(?:coi|thấy|nhìn|xem) tận mắt"
)
_TELLERS = (
    r"(?:ông|bà|bố|ba|cha|mẹ|má|tía|mạ|nội|ngoại|chú|bác|cậu|cô|dì|anh|chị|o|cụ|thầy|bạn|dân|bà con|người ta|người làng"
    r"|đồng đội|hàng xóm|họ)"
)
_OURS = r"(?:tôi|tui|cháu|em|con|mình|nội|ngoại|gái|trai|già|cụ|làng|trong làng|trong xóm|ấy)"
_TELL = r"(?:kể|nói|bảo|đồn|nhắc|dặn|truyền|thuật)"
_HEAR = (
    rf"(?<!\w)(?<!chứ )(?<!chớ )(?<!chứ có )(?<!phải )(?<!không )nghe [^,.;¶]{{0,40}}{_TELL}(?!\w)"
    rf"|(?<!\w)nghe (?:lại|đâu|đồn)"
    rf"|(?<!tôi )(?<!tui )(?<!xin )(?<!muốn )(?<!bác )(?<!được )"
    rf"(?:kể|nói|truyền|thuật) lại(?!\w)|(?<!\w){_TELLERS}(?: {_OURS}){{1,3}} (?:có |hay |thường |từng "
    rf"|lại )?{_TELL}(?!\w)"
    rf"|(?<!\w)(?:người ta|bà con|dân làng|đồng đội|hàng xóm|người làng|mấy ông) (?:\w+ )?{_TELL}|theo lời"
    r"|(?<!\w)thấy (?:bảo|nói|kể|đồn|người ta (?:bảo|nói|kể))"
    rf"|(?<!\w)nghe (?:người khác|{_TELLERS} {_OURS})"
)
_PAPER = r"(?:giấy|sổ|hồ sơ|nhật ký|danh sách|bia|trích lục|thư|lý lịch|tài liệu|sách|bằng tổ quốc)"
_READ = (
    rf"(?<!\w)(?:đọc|coi|xem|theo|trong|trên|ở)(?: \w+){{0,2}} {_PAPER}(?! nào)(?!\w)"
    rf"|(?<!\w){_PAPER}(?: [^\W\d]+){{0,4}} (?:ghi|viết|báo là|nói là)|giấy báo tử(?! (?:mất|thì mất|không"
    rf"|chưa))(?<!không có giấy báo tử)"
)
_SIGNS = (
    r"(?<!\w)(?:chôn|mai táng|an táng|khâm liệm|bốc (?:mộ|cốt|xác|hài)|khiêng|cáng|cõng|bó xác|gói|vùi|lấp"
    r"|đắp mộ|đào huyệt|nhặt|lượm|tay|thấy|nhìn|trông|mục kích|mắt|đứng|có mặt|chứng kiến|kể|nói|bảo|dặn|nghe"
    r"|nge|đồn|truyền|thuật|đọc|xem|coi|tra|giấy|sổ|hồ sơ|trích lục|nhật (?:ký|kí)|thư|danh sách|bia|bản đồ|sơ đồ"
    r"|lịch sử|sách|tài liệu|bài báo|trên báo|báo viết|đài|ti vi|tivi|mạng|facebook|fb"
    r"|cùng (?:đơn vị|tiểu đội|trung đội|đại đội|tiểu đoàn"
    r"|hầm|tổ|trận|làng|đoàn)|là (?:lính|y tá|đồng đội|liên lạc|du kích|tiểu đội trưởng))(?!\w)"
)
_BY_WHOM = rf"(?<!\w)(?:tôi|tui|tớ|{_TELL}|nghe|tay|mắt)(?!\w)"
"""who knows it: without him words with a place in them say where, not how one knows"""
_WAYS = {"nghe-ke": _HEAR, "giay-to": _READ, "chon-cat": _BURIED, "chung-kien": _SAW}
"""by the value of the choice, the farthest from the grave first"""


def sources(said: Said) -> Sequence[str]:
    """How he knows: the values of the choice, of which the first is the one his words say for certain."""
    return [way for way, pattern in _WAYS.items() if said.has(rf"(?:{pattern})(?!\w)" if way != "giay-to" else pattern)]


def source(said: Said, core: Span) -> Found:
    """Whether the words say how somebody knows; a place, a name or a sigh does not."""
    says = said.has(_SIGNS, *core) and (said.has(_BY_WHOM, *core) or place(said, core)[0] is not Fit.YES)
    return (Fit.YES if says else Fit.NO), core


_NUMBERS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)}|chục)"
_GRAVE = r"(?:ngôi mộ|phần mộ|nấm mộ|cái mộ|mộ|nấm mồ|ngôi|nấm|phần|cái huyệt|huyệt|cái mả|mả|hố|bộ hài cốt|hài cốt)"
_MAN = (
    r"(?:anh em(?! tôi| tui)|anh|người|ng|liệt sĩ|liệt sỹ|đồng chí|đ/c|chú|đồng đội|bộ đội|lính|chiến sĩ|thi thể|xác)"
)
_ONE_HOLE = (
    r"(?<!\w)(?:chung|cùng|tập thể|gộp)(?: nhau)?(?: trong| vào| ở)?(?: (?:một|1))?(?: cái| ngôi)? (?:hố|mộ|huyệt|hầm"
    r"|chỗ|nấm)"
    r"|mộ (?:tập thể|chung)|(?:nằm|chôn) (?:chung|cùng nhau)|(?<!mỗi người )(?<!mỗi anh )(?:vào|trong) (?:một"
    r"|1) (?:hố|huyệt|mộ)"
)
_EACH = r"mỗi (?:người|anh|ông|đồng chí|liệt sĩ) (?:một|1|nằm một|ở một)"
_ABOUT_MANY = rf"(?<!\w)(?:\d+|{'|'.join(_NUMBERS)})(?:\s*[-–,]\s*| đến | tới | hay | hoặc | )$"
_OF_GRAVES = rf"(?<!\w){_NUMBER} {_GRAVE}(?!\w)"
_OF_MEN = (
    rf"(?<!\w){_BURY}(?: (?:cất|được|cho|cả|hết|tất cả|luôn)){{0,2}} {_NUMBER} {_MAN}(?!\w)"
    rf"|(?<!\w){_NUMBER.replace('number', 'dead')} {_MAN}(?: \w+){{0,2}} (?:hy sinh|hi sinh|chết|nằm lại|được chôn"
    rf"|bị chôn)(?!\w)"
)
_HERE_AND_THERE = (
    r"(?<!\w)(?:một|1)(?: (?:anh|người|ngôi|mộ|phần mộ|ông|chú|cái))? (?:ở|nằm|chôn|bên|gần|cạnh|trên|dưới)(?!\w)"
)


def counted(words: str) -> int | None:
    """Of how many graves the words tell; None when they do not say, or not for certain («ba bốn ngôi»).

    «chôn 3 anh chung một hố» is one grave, «hai ngôi mộ, một ở suối Đá, một ở đồi Con Cóc» are two.
    """
    said = listen(words)
    graves, men = _told(said, _OF_GRAVES), _told(said, _OF_MEN)
    if said.has(_ONE_HOLE) and not said.has(_EACH):
        return graves if graves and graves > 1 and not men else 1
    apart = sum(1 for _ in said.found(_HERE_AND_THERE))
    if said.has(_EACH):
        return men
    return graves or men or (apart if apart > 1 else None)


def _told(said: Said, pattern: str) -> int | None:
    """The greatest number told; none when it is said only about («2-3 ngôi», «ba bốn ngôi»)."""
    found = list[int]()
    for one in said.found(pattern):
        group = "number" if one["number"] or "dead" not in one.groupdict() else "dead"
        if said.has(_ABOUT_MANY, max(0, one.start(group) - 12), one.start(group)):
            return None
        found.append(_number(said, one[group]))
    return max(found, default=0) or None


def _number(said: Said, written: str) -> int:
    if written.isdecimal():
        return int(written)
    known = {word: number for number, word in enumerate(_NUMBERS, 1)}
    return next((number for word, number in known.items() if re.fullmatch(said.pattern(word), written)), 10)
