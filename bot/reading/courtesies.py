"""Thanks and greetings around what is said: «chào cháu, …», «… cảm ơn cháu nhé»."""

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


def plain(words: str) -> str:
    """Without courtesies, «dạ» and «cháu ạ»: to be read back; the words as they are where they are nothing else."""
    said = listen(without_courtesies(words))
    start, end = polished(said)
    left = said.words[start:end].strip(" ,;")
    return left if any(c.isalnum() for c in left) and "¶" not in said.plain else words.strip()


def without_courtesies(words: str) -> str:
    """What is said besides; the words as they are where they are nothing else."""
    said = listen(words)
    greeting, thanks = next(said.found(_GREETING), None), next(said.found(_THANKS), None)
    left = words[greeting.end() if greeting else 0 : thanks.start() if thanks else len(words)]
    return left if any(c.isalnum() for c in left) and (greeting or thanks) else words
