"""A soldier's unit among the words of an answer: numbered, in code letters, by its field post or by its branch."""

from bot.reading.around import Fit, Found
from bot.reading.said import Said, Span, bare

_NUMBER = r"(?:[a-zđ]{0,2}\s?\d{1,4}[a-zđ]?|một|hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|mười|linh|trăm)"
_LEVEL = (
    r"(?:tiểu đội|trung đội|đại đội|tiểu đoàn|trung đoàn|sư đoàn|lữ đoàn|quân đoàn|quân khu|binh đoàn|binh trạm"
    r"|mặt trận"
    r"|liên đội|tổng đội|khẩu đội|hải đoàn|hải đội|phi đoàn|công trường|đoàn|sư|lữ|đội|quân y viện|bệnh viện"
    r"|bệnh xá"
    r"|tiểu đoàn bộ|trung đoàn bộ|khu đội|liên đoàn)"
)
_NUMBERED = rf"(?<!\w){_LEVEL}(?: (?:số|bộ|bộ binh|pháo binh|pháo|đặc công|công binh))*\s*{_NUMBER}(?!\w)"
_NAMED = (
    r"(?<!\w)(?:tiểu đoàn|trung đoàn|sư đoàn|sư|lữ đoàn|binh đoàn|quân đoàn|đại đội) (?!nào|gì|mấy|chi|mô|không|ko"
    r"|gọi|nói|ai|tôi|tui|anh|đó|này|ấy|có|cũng|biết|kêu|cháu|con|bác)[^\W\d]{2,}"
)
_CODE = r"(?<!\w)(?:[abcdefkhqu]\s?\d{1,4}[abc]?|n\s?\d{2,3})(?!\w)"
_NOT_CODE = (
    r"(?:đồi|đoi|điểm|cao điểm|đường|xe|máy bay|bom|súng|đạn|pháo|tổ|khu|phố|lô|phòng|số nhà|nhà|vitamin|câu)\s*$"
)
_WEAPON = r"^(?:b40|b41|b52|c130|k54|k50|k59|f105|f111|a37|h2o|c4|d74|a72|k44)$"
_POST = r"(?<!\w)(?:(?:hòm thư|hộp thư|ht|kb|kn|kh|ký hiệu)(?: số)?\s*[:.\-]?\s*[a-z]{0,2}\s?\d{2,6})"
_BRANCH = (
    r"(?<!\w)(?:bộ binh|pháo binh|pháo cao xạ|cao xạ|phòng không|không quân|hải quân|công binh|đặc công|trinh sát"
    r"|thông tin"
    r" liên lạc|lính thông tin|quân y|vận tải|lái xe|xe tăng|thiết giáp|tăng thiết giáp|hóa học|tên lửa|ra đa|du kích"
    r"|dân quân"
    r"|tự vệ|thanh niên xung phong|tnxp|dân công|biệt động|cảm tử|giao liên|bộ đội (?:địa phương|chủ lực|huyện|tỉnh"
    r"|biên phòng"
    r"|trường sơn|miền|cụ hồ|khu|tên lửa|hải|pháo|xe|thông)|biên phòng|công an vũ trang|quân giải phóng|giải phóng quân"
    r"|tỉnh đội|huyện đội|thị đội|xã đội|thành đội|khu đội|đội công tác|đội quy tập|vệ quốc đoàn|quân tình nguyện"
    r"|đội phẫu|lính (?:pháo|tăng|thông|trinh|lái|công|đặc|quân|chủ|địa|bộ|biên|trường|sư|đoàn|vận|hải|cao|phòng|xe"
    r"|trung)"
    r"|pháo (?:phản|mặt|chống|tầm|\d)|súng cối|cối \d|đội phau|đội (?:chôn|vận|cầu|phá|tải|thu|chuyên|phau)|tổ vận"
    r"|tiểu đoàn bộ|bưu điện|văn công|hậu cần|quân nhu|tải thương|tải đạn|trạm (?:xá|phẫu|quân|giao|\d+)|cứu thương)"
)
_SOLDIER = r"(?<!\w)(?:bộ đội|lính|chiến sĩ|quân)(?!\w)"
_HEIGHT = r"(?<!\w)(?:đồi|núi|suối|sông|đường|quốc lộ|máy bay|cao điểm|nghĩa trang)(?!\w)"
_START = r"(?:(?:ảnh|anh ấy|anh|ổng|chú|ông|eng nớ|hắn|nó|cậu ấy|hồi đó|hồi nớ)? ?(?:là |ở |bên |thuộc |lính )*)"


_ON_PAPER = r"(?<!\w)(?:ghi|ký hiệu|viết)(?: là| mỗi| có)? (?:kb|kn|kh|ht)(?!\w)"
"""«giấy ghi KB»: nobody at home knows what it stands for"""


def unit(said: Said, core: Span) -> Found:
    """As it is said; «trung đoan 66» with a slip in its accents is understood too."""
    fit, span = _unit(said, core)
    if fit is Fit.NO and said.accented and not said.has(_HEIGHT, *core):
        return _unit(Said(said.words, bare(said.plain), accented=False), core)
    return fit, span


def _unit(said: Said, core: Span) -> Found:
    hits = [one.span() for one in said.found(_NUMBERED)]
    hits += [one.span() for pattern in (_POST, _BRANCH, _ON_PAPER) for one in said.found(pattern)]
    hits += [one.span() for one in said.found(_CODE) if not _no_code(said, one.span())]
    hits = [span for span in hits if core[0] <= span[0] < core[1] and not _on_a_hill(said, span)]
    if hits:
        return Fit.YES, core
    within = [one.span() for one in said.found(_NAMED) if core[0] <= one.start() < core[1]]
    if within:
        return Fit.YES, core
    short = len(said.words[core[0] : core[1]].split()) <= 6
    soldier = said.has(_SOLDIER, *core) and not said.has(_HEIGHT, *core)
    return (Fit.MAYBE if soldier and short else Fit.NO), core


def _no_code(said: Said, span: Span) -> bool:
    return said.has(_NOT_CODE, max(0, span[0] - 12), span[0]) or said.has(_WEAPON, *span)


def _on_a_hill(said: Said, span: Span) -> bool:
    """«đội 1» and «đồi 1» are one when written without accents: only what else is said tells."""
    return not said.accented and said.has(r"^doi\s*\S+$", *span) and len(said.words.split()) <= 2
