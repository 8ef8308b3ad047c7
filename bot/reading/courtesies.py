"""Thanks, greetings and impatience around what is said: «chào cháu, …», «đã bảo rồi, …», «… cảm ơn cháu nhé»."""

from bot.reading.around import WHOM, polished
from bot.reading.said import listen

_MORE = (
    rf"(?:{WHOM}|các|mấy|phường|nhà nước|tri ân|nhé|nhá|nhiều|lắm|ạ|a|trước|nha|nghe|hỉ|quá|rất|vô cùng|nữa"
    r"|đã (?:nghe|giúp|hỏi|ghi)(?: \w+){0,4})"
)
_THANKS = (
    rf"(?:^|[\s,.;:!¶]+)(?:{WHOM} |tôi |tui |mình )?(?:xin |rất |cũng )?(?:cảm ơn|cám ơn|đội ơn|thank you|thanks|tks)"
    rf"(?:[\s,]+{_MORE})*[\s.,!~)]*$"
)
_GREETING = rf"^\W*(?:kính |xin )?(?:chào|thưa) (?:các |mấy |cán bộ )?{WHOM}(?: (?:ạ|nhé|à))?\s*[,.!;:¶]+\s*(?=\w)"


_SAID = r"(?:nói|bảo|kể|khai|ghi|trả lời)"
_I = r"(?:(?:tôi|tui|mình|bác|cháu|con|em) )?"
_ABOVE = r"(?:(?:ở trên|trên kia|bên trên|lúc nãy) )?"
_ALREADY_FIRST = (
    rf"^\W*(?:dạ |ơ )?{_I}(?:đã |vừa )?{_SAID} {_ABOVE}(?:rồi|r)(?: mà)?[\s,.:]*(?=\w)"
    rf"|^\W*(?:dạ )?{_I}(?:đã|vừa|mới) {_SAID} (?:là )?(?!lại|cho|với)(?=\w)"
)
_ALREADY_LAST = rf"[\s,.]+{_I}(?:đã |vừa )?{_SAID} {_ABOVE}(?:rồi|r)(?: mà| đó| đấy| còn gì)*\W*$"
"""«đã bảo rồi, …», «… nói ở trên rồi mà»"""


def plain(words: str) -> str:
    """Without courtesies, «dạ» and «cháu ạ»: to be read back; the words as they are where they are nothing else."""
    said = listen(without_courtesies(words))
    start, end = polished(said)
    left = said.words[start:end].strip(" ,;")
    return left if any(c.isalnum() for c in left) and "¶" not in said.plain else words.strip()


def without_courtesies(words: str) -> str:
    """What is said besides; the words as they are where they are nothing else."""
    for before, behind in ((_GREETING, _THANKS), (_ALREADY_FIRST, _ALREADY_LAST)):
        words = _between(words, before, behind)
    return words


def _between(words: str, before: str, behind: str) -> str:
    said = listen(words)
    first, last = next(said.found(before), None), next(said.found(behind), None)
    left = words[first.end() if first else 0 : last.start() if last else len(words)]
    return left if any(c.isalnum() for c in left) else words
