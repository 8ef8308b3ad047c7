"""What stands around an answer out of politeness, and what is none at all: a question, a request, a cry for help."""

import re
from enum import Enum

from bot.reading.said import Said, Span
from bot.reading.syllables import is_syllable


class Fit(Enum):
    """Whether words answer a question. MAYBE: they could, and it cannot be told from them."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


Found = tuple[Fit, Span]
"""whether, and which part of the words is the value"""
WHOM = r"(?:cháu|con|bác|chú|cô|anh|chị|em|ông|bà|o|mệ|bọ|cán bộ|đồng chí|các cháu|mấy cháu|mấy đứa|bay|má|ba)"
_YES = (
    r"(?:dạ|vâng|vg|uk|ừ|ừm|uh|ờ|phải|phải rồi|đúng|đúng rồi|đúng đó|đúng thế|đúng vậy|ok|oke|à|á|ơ|thì|ủa|vậy|thế"
    r"|thôi|đúng ròi|gật đầu|trúng phóc"
    r"|hầy|nè|ấy)"
)
_PERHAPS = (
    r"(?:hình như|hình như là|có lẽ|có lẽ là|chắc|chắc là|chắc chắn|có thể|có thể là|nghe đâu|nghe nói|đâu như|đâu|nếu"
    r" không nhầm|nếu tôi nhớ không nhầm|không nhầm thì|theo tôi nhớ"
    rf"|(?:(?:tôi|tui|mình|tớ|{WHOM}) )?(?:chỉ |chỉ còn |còn |cũng )?(?:nhớ|biết(?! động)|nghĩ|đoán|nhớ mang máng"
    rf"|nhớ láng máng"
    r"|nhớ mỗi|nhớ có)(?: là| rằng| mỗi| được)?)"
)
_TO = rf"(?:(?:thưa|xin thưa|báo cáo|trả lời|gửi)(?: {WHOM}){{0,2}}|{WHOM} (?:ơi|ạ|à)|{WHOM}(?=\s*,))"
_NOT_WELL = (
    rf"(?:(?:tôi|tui|{WHOM}) )?(?:không|ko|k|hổng|chẳng) (?:nhớ|biết|rõ)(?: (?:rõ|lắm|chính xác|nữa|kỹ|năm"
    rf"|chắc))*(?=\s*[,.])"
)
_BEFORE = rf"^[\s,.…:\-–]*(?:(?:{_PERHAPS}|{_NOT_WELL}|{_TO}|{_YES})(?!\w)[\s,.…:\-–]*)+"
_PARTICLE = (
    r"(?:ạ|a|nhé|nhe|nha|nghe|nghen|hen|hén|hỉ|nhỉ|á|à|ha|hả|hầy|đó|đấy|đóa|kìa|nè|nớ|ấy|vậy|thế|thôi|rồi|r|chứ|mà|luôn"
    rf"|lun|thì phải|chi đó|gì đó|gì đấy|gì đó thôi|j đó|j đấy|chứ ai|thôi con|(?:{WHOM}) (?:ạ|ơi|à|a|oi|nhé|nha|nghe)"
    rf"|nhé {WHOM}|nghe {WHOM}|nha {WHOM}|đó {WHOM}|thôi {WHOM}|nờ|vs)"
)
_AFTER = rf"(?:[\s,.…!]*(?<!\w){_PARTICLE}(?=[\s,.…!~]*$))[\s,.…!~]*$"
_ASKS = (
    r"(?<!\w)(?:ở đâu(?! (?:đó|đấy|gần|ấy|chừng|như|khoảng))|(?:đến|tới|đi|ra|về|mộ|là) đâu(?! (?:đó|đấy))|ở mô|đi mô"
    r"|chỗ nào|chỗ mô|nơi nào|bao giờ|khi nào|khi mô|lúc nào|hồi nào|chừng nào|ngày nào|giờ nào|bao nhiêu|bao lâu"
    r"|mấy giờ"
    r"|mấy ngày|thế nào|ntn|ra răng|làm răng|ra sao|làm sao|làm thế|tính sao|thì sao|sao lại|tại sao|vì sao|sao vậy"
    r"|sao z"
    r"|sao ko|sao không|là sao|là gì|là j|là chi|cái gì|gì vậy|gì thế|gì z|làm gì|làm chi|làm j|cần gì|những gì|gồm gì"
    r"|gồm những|gì không|gì ko|gì k|cần chi|nói gì|nói chi|ghi gì|phải gì|ai là|là ai|hỏi ai|báo ai|gặp ai|do ai"
    r"|ai vậy|thì ai|ai (?:được|đưa|sẽ|trả|chịu|tìm)|cũ hay|rồi thì ghi|được không|được ko|được k|được hông|đc ko"
    r"|đc k|dc ko|dc k|phải không|phải ko|đúng không|đúng ko|hay không"
    r"|hay chưa"
    r"|cho hỏi|xin hỏi|muốn hỏi|hỏi chút|hỏi tí|hỏi thăm|hỏi cái|hỏi ngược|thủ tục|trợ cấp|hướng dẫn|có mất tiền"
    r"|nghĩa là|có phải|có được|có cần|có ai|có tốn|là ntn|nào vậy|nào thế|nào z|nào ấy nhỉ|kiểu gì"
    r"|mấy (?:người|ngày|tháng|giờ|lần|bước|câu))(?!\w)"
    r"|(?<!\w)(?:có|đã|được|bị) (?:[^\W\d]+ ){0,7}(?:không|ko|k|hông|hong|hok|chưa)(?: rứa| vậy| hả| z| ạ| ta)?"
    rf"(?: {WHOM})?[\s.!~?]*(?:ạ|nhỉ)?\W*$"
    rf"|(?<!\w)(?:không|ko|hông|chưa|à|hả) (?:ạ|vậy|{WHOM}|nhỉ|hả)(?: ạ)?[\s.!~]*$|^(?:thế|vậy|rứa) (?:.*) (?:à|hả"
    rf"|sao)$"
    r"|(?<!\w)(?:năm|tháng|ngày|tỉnh|mộ|xã|đơn vị|số|thôn|huyện|làng|tên|cũ hay|người|bữa|giấy tờ|nghĩa trang"
    r"|anh) (?:nào|mô|gì"
    rf"|chi|tên|mấy)(?! đó| đấy)(?: (?:hết|cả|ạ|rứa|vậy|v|a|hả|nhỉ|{WHOM})){{0,3}}\W*$|^sao (?!vàng)|(?<!\w)(?:chưa"
    rf"|chửa)\?|^(?:\S+\s+){(8,)}\S+\?\W*$|^(?:phường (?:ơi|mình|ta|có|đã|cho|tổ|sẽ|nào|làm|giúp|ra|xuống|kiểm)"
    rf"|bữa nào|bạn làm)(?!\w)|(?<!\w)(?:phường mình|nhà nước)(?!\w)"
)
_BIDS = (
    r"(?<!\w)(?:nhờ (?:phường|cán|\w+ tìm)|tìm (?:giúp|hộ|dùm|giùm|được|thông|phần)|chưa tìm|kiếm hoài|mong (?:tìm|đón)"
    r"|cung cấp (?:tin|thông)|báo (?:thêm|mộ|mấy|về)|trình báo|tin về|(?:gửi|gởi) (?:thông|tin)|khai (?:về|tiếp|báo)"
    r"|mún|tra hộ|xem hộ"
    r"|xác minh|tin vịt"
    r"|tố cáo|bịp|giả danh|giả mạo|giả cán bộ|thu tiền|lấy tiền|xin tiền|quyên tiền|500 ngày|cho con xin|thuyết trình"
    r"|giúp (?:tôi|tui|bác|mình|với|đi)|giùm|dùm tôi|cảm ơn|cám ơn|cam on|xin chào|chào (?:cháu|con|em|bác|cán bộ"
    r"|bạn|mọi|cô|chú|anh|chị|ông|bà|nhé)|tạm biệt|chúc (?:các|cháu|con|em|mọi|cán bộ|bác)|trợ giúp|tiến độ|trợ lý"
    r"|muốn (?:báo|kể|tìm|gặp|hỏi|xóa|hủy|dừng|thôi|nghỉ|nói|sửa|nhờ|cán|biết|khai|cung|được|rút|đổi|đính)"
    r"|(?:hủy|huỷ|xóa|xoá|bỏ) (?:đi|hết|tin|phiếu|dữ|thông|giúp|bỏ|câu|cái|lời|giùm|cuộc|khai)|dữ liệu"
    r"|mã (?:phiếu|số|tin|biên)|phiếu của|rút lại|không kể nữa|(?:không|hổng|chẳng) (?:có |còn |biết )?(?:chi|gì"
    r"|thêm) (?:thêm|nữa|gì)|nhiêu đó|nhiêu ấy|thế là (?:đủ|hết)|khai nữa|nói lại nghe|(?:để|mai|mốt|khi khác"
    r"|hôm khác|bữa khác|lát) (?:nữa "
    r"|sau )?"
    r"(?:nói|kể|nhắn|làm|tiếp|tôi|tui|bác|đã)|(?:nói|kể|hỏi) (?:tiếp|sau)|quay lại|trở lại|lùi lại|nhắc lại|đọc lại"
    r"|hỏi lại|nói lại (?:câu|đi|giùm|giúp|xem|coi|cho)|câu (?:trước|khác|sau|tiếp|này|nớ|hỏi|kế|đó)|bỏ qua|cho qua"
    r"|qua câu"
    r"|gọi (?:lại|điện|cho|giùm|giúp)|kêu (?:cán|người|ai)|gặp (?:cán|người)|cán bộ (?:đến|xuống|gọi|ra|vào|qua|tới"
    r"|nào)"
    r"|(?:đến|tới|xuống|qua|ghé|về|vô) (?:tận )?nhà|báo tin|tin giả|lừa đảo|phóng viên|nhà báo|phỏng vấn|chưa hiểu"
    r"|không hiểu|ko hiểu|hổng hiểu|tìm mộ|tìm (?:anh|chú|bố|ba|cha|cậu|bác|ông|con|em|chồng|hài|tin|người|thân)|đi tìm"
    r"|(?:nhắn|viết|gõ|báo|khai|kể|bấm|đánh|ghi) (?:tin )?(?:giúp|hộ|thay|dùm|giùm)|cần nói|nói chuyện với|ghi (?:thế"
    r"|vậy|đi|rứa)"
    r"|cứ (?:ghi|thế|vậy|làm|viết)|đồng ý|nhất trí|(?:đã|vừa|mới) (?:nói|kể|bảo|trả)|(?:nói|kể|bảo|ghi|khai|trả lời)"
    r" (?:rồi|ở trên|bên trên|trên kia|lúc nãy)|ở trên (?:rồi|đó|đấy|kia|kìa|í|ấy|đã)|như trên|bên trên rồi|bệnh|mệt"
    r"|đau đầu)(?!\w)"
)
_ALARMS = (
    r"(?<!\w)(?:(?:quả|trái|cục) (?:bom|đạn|mìn|lựu)|(?:đào|thấy|phát hiện|có|nhặt|vớt|lòi) (?:\w+ ){0,3}(?:lựu đạn"
    r"|bom chưa"
    r"|xương|hài cốt|sọ)|bộ xương|khúc xương|đang (?:đào|múc|ủi|san|cưa|cháy|đánh|chảy)|sắp (?:bị )?(?:ủi|múc|san|đào"
    r"|phá|lấp)"
    r"|máy (?:xúc|ủi|múc|đến)|(?:gặp|chộ|vét|cày|có) (?:\w+ ){0,3}(?:bom|đầu đạn|hài cốt|xương)|đầu đạn|san (?:phẳng"
    r"|mặt|bằng)|đập phá|phá (?:\w+ ){0,2}mộ|đổ bê tông|can thiệp|cháy nhà|cứu hỏa|điện giật|lật thuyền|chết quách"
    r"|ủi luôn"
    r"|phá luôn|múc đất|hầm sập|sập hầm rồi|đòi (?:chém|giết|uống)|chết cho xong|đi chết|xe (?:cuốc|ủi|múc|cẩu)"
    r"|trộm mộ|công an|cấp cứu|cứu (?:tôi|với|tui)|chết đuối|xỉu|tự tử"
    r"|không (?:còn )?(?:muốn|thiết) sống|chán (?:sống|đời (?:lắm|quá|rồi))|hết muốn sống)(?!\w)"
)
_GRIEF = (
    r"(?<!\w)(?:khóc|nước mắt|rớt nác|buồn (?:quá|lắm)|đau lòng|ân hận|cô đơn|tủi thân|nghẹn ngào|nghẹn quá|đau thắt"
    r"|(?:nhớ|thương)(?: [^\W\d]+){1,4} (?:quá|lắm)|nghĩ mà thương)(?!\w)"
)
_NAY = (
    r"^\W*(?:dạ |ơ |ấy |thôi |ủa )*(?:(?:không|khong|hông|hổng|hong|k|ko|nỏ) (?:phải|đúng|đâu|ghi|cho|\w+ đâu)"
    r"|không[,.]|hông[,.]|hong[,.]|sai"
    r"|chưa (?:đúng|được|chính)|đâu có|đâu phải|trật|có chỗ (?:không|chưa)|nỏ phải|anh ấy có hi sinh|không,? đừng"
    r"|đừng)(?!\w)"
)
_UNKNOWN = (
    rf"^\W*(?:(?:dạ|thôi|chịu|cái đó|tôi|tui|tớ|mình|dân thường|đơn vị thì|chúng tôi|xác|tên|ông cháu bảo"
    rf"|{WHOM})[\s,]+){{0,4}}(?:cũng |thật |thì )?"
    r"(?:(?:không|khong|ko|k|hổng|hông|hong|nỏ|chẳng|chả|đâu|có|đâu có|chưa) (?:còn |thể |nghe )?(?:biết|nhớ|rõ|rành"
    r"|hay)|quên|biết chi|mô biết)(?!\w)"
)
_BUT = r"[,.;](?! tên| họ)|(?<!\w)(?:nhưng|mà|chỉ|chắc|hình như|có lẽ|khoảng|hồi|đâu như)(?!\w)"
_MOST, _TAIL = 9, 30
"""polite words one after the other, and the letters the longest of them has"""
_CODE = r"^\D*(?!19\d\d\D+19)\d{4}\s?\d{4}\D*$"
"""a receipt's"""


def asks(said: Said) -> bool:
    """It is a question, a cry of grief or a receipt's code."""
    return any(said.has(pattern) for pattern in (_ASKS, _GRIEF, _CODE))


def never(said: Said) -> bool:
    """It answers nothing that is asked for, whatever name, year or place is in it."""
    return asks(said) or any(said.has(pattern) for pattern in (_BIDS, _ALARMS)) or _denies(said) or _foreign(said)


def _denies(said: Said) -> bool:
    """«Không phải», «không nhớ năm nào»: unless something is told after it: «không nhớ rõ, chắc năm 69»."""
    nay = next(said.found(_NAY), None)
    if nay and not said.has(r"(?<!\w)(?:phải là|mà là|tên là|là năm)(?!\w)", nay.end()):
        return not said.has(r"^[\s\w]{0,12}[,.]\s*(?:năm|tên|liệt sĩ|đơn vị|gần|ở)(?!\w)", nay.end())
    unknown = next(said.found(_UNKNOWN), None)
    return unknown is not None and not said.has(_BUT, unknown.end())


def _foreign(said: Said) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", said.plain) if len(word) > 1]
    return len(words) > 3 and sum(not is_syllable(word) for word in words) > 0.4 * len(words) and not said.accented


_POLITE_BEFORE = rf"^[\s,.…:\-–]*(?:(?:dạ|vâng|à|ừ|ừm|{_TO})(?!\w)[\s,.…:\-–]*)+"


_POLITE = r"(?:ạ|nhé|nha|nhá|nghen|hỉ|(?:cháu|con) (?:ạ|ơi|à|nhé|nha|nghe)|(?:nhé|nghe|nha) (?:cháu|con|em|anh|chị))"
"""«ấy», «thôi», «rồi» say something"""
_POLITE_AFTER = rf"(?:[\s,.…!]*(?<!\w){_POLITE}(?=[\s,.…!~]*$))[\s,.…!~]*$"


def polished(said: Said) -> Span:
    """The words without «dạ» before and «cháu ạ» after; how sure somebody is stays."""
    return _without(said, _POLITE_BEFORE, _POLITE_AFTER)


def inner(said: Said) -> Span:
    """The words without the polite ones before and after."""
    return _without(said, _BEFORE, _AFTER)


def _without(said: Said, before_it: str, behind_it: str) -> Span:
    before = next(said.found(before_it), None)
    start, end = before.end() if before else 0, len(said.words.rstrip())
    for _ in range(_MOST):
        tail = max(start, end - _TAIL)
        after = next(said.part((tail, end)).found(behind_it), None)
        if after is None:
            break
        if after[0].strip() == "a" and "A" in said.words[tail + after.start() : end] and not said.words.isupper():
            break
        end = tail + after.start()
    return start, max(start, end)
