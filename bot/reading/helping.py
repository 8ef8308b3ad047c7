"""Whether somebody holds the phone for another: «cháu nhắn hộ ông», «ông nói cháu ghi»."""

from bot.reading.said import listen

_WHO = r"(?:cháu|con|em|e|chị|anh|tôi|tui|mình|bé|c|chắt)"
_TYPES = (
    r"(?:nhắn|nt|viết|gõ|go|đánh|bấm|khai|báo|kể|hỏi|soạn|nhập|chat|type|trả lời|cầm|ghi|chép|gửi|nhắn tin|đánh máy"
    r"|đánh chữ)"
)
_FOR = r"(?:giúp|hộ|thay|dùm|giùm|zùm|zúp|dum|gium)"
_OLD = (
    r"(?:ông|ô|ôn|bà|bố|ba|cha|mẹ|má|mạ|tía|bọ|nội|ngoại|thầy|u|bu|cụ|cậu|chú|bác|cô|dì|thím|anh|chị|vợ|chồng|mệ|o|cố"
    r"|người nhà)"
)
_ASKED = r"(?:nhé|với|đi|nha cháu|cái|nhá|vs|cho tôi|câu|lại|xem|nữa|liền|ngay)(?:\W|$)"
"""ends what is asked of the one who reads: «cháu ghi giúp bác nhé»"""
_ALONE = r"(?:bác|tôi|tui|ông|bà|chú|cô|mình|cụ|o|mệ)"
_WORDS = r"(?: (?:tin|chữ|máy|tin nhắn|hết|lại|đây|này))?"
_HELPS = (
    rf"(?<!nhờ )(?<!xin )(?<!mong )(?<!bảo )(?<!\w){_WHO} (?:(?:xin|chỉ|đang|cũng|là cháu|là người|phải|đây|gái"
    rf"|trai) ){{0,3}}{_TYPES}{_WORDS}"
    rf" {_FOR}(?: (?:cho|mặt))?(?!\w)(?! anh \w+ ở)(?! {_ALONE} {_ASKED})(?! {_ASKED})(?! {_ALONE}$)"
    rf"|(?<!nhờ )(?<!\w){_WHO} (?:xin )?(?:nhắn|gõ|nhắn tin|đánh máy|viết){_WORDS} {_FOR} (?:ông|ô|ôn|bà|cụ)(?: ạ)?\W*$"
    rf"|(?<!\w){_WHO} (?:nhắn|gõ|đánh máy) {_FOR} {_OLD} (?:em|cháu|con|tôi|mình|nội|ngoại|hàng xóm)(?!\w)"
    rf"|(?<!\w){_WHO} (?:xin )?(?:thay mặt|thay lời|đại diện) (?:cho )?{_OLD}(?!\w)"
    rf"|(?<!\w){_WHO} {_TYPES}{_WORDS} cho {_OLD}(?: (?:em|cháu|con|tôi|nội|ngoại))?(?: (?:ạ|nha|nghe|nghen))?\W*$"
    rf"|(?<!\w){_OLD}(?: (?:nội|ngoại|tôi|tui|em|cháu|con|mình|chồng|vợ))? (?:nói|kể|đọc|bảo|biểu)(?: tới đâu| gì"
    rf"| sao| thì| để| cho|,)*"
    rf" {_WHO} (?:là )?(?:ghi|viết|gõ|đánh|nhắn|chép|bấm|go)(?!\w)"
    rf"|(?<!\w)là (?:hàng xóm|cháu|con|người nhà)[^.;]{{0,20}} (?:nhắn|gõ|đánh máy|bấm){_WORDS} {_FOR}(?!\w)"
    rf"|^\W*(?:nhắn|gõ|đánh máy) {_FOR} (?:ông|bà|bố|mẹ|ba|má|ngoại|nội)(?!\w)|(?<!\w)người (?:gõ|nhắn|cầm máy"
    rf"|bấm) (?:hộ|giúp|giùm|thay)"
    rf"|(?<!\w){_WHO} (?:đang )?(?:cầm|giữ) máy(?: cho| hộ| giúp| giùm)?(?!\w)"
)
_CALLED_TO = r"^\W*(?:dạ )?(?:cháu|con|em) (?:ơi|à)(?!\w)|(?<!\w)(?:nhờ|làm ơn|phiền) (?:cháu|con|em)"


def by_helper(words: str) -> bool:
    """«Cháu nhắn giúp ông…»: somebody holds the phone for another; never «cháu ơi giúp bác»."""
    said = listen(words)
    return said.has(_HELPS) and not said.has(_CALLED_TO)
