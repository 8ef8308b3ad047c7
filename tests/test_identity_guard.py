"""Nothing we say tells a family, or lets it think, whose remains were found. Every text and template is walked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import HOME
from bot.cases.identity import says_whose

READ = (".toml", ".html", ".typ", ".md", ".json", ".js")


def texts() -> Iterator[Path]:
    for folder in ("content", "bot/static"):
        yield from (file for file in sorted((HOME / folder).rglob("*")) if file.suffix in READ)


def _ours(text: str) -> str:
    """Without what residents ask: they may say it."""
    return re.sub(r"^asks = .*$", "", text, flags=re.MULTILINE)


def test_no_text_and_no_template_says_whose_remains_they_are() -> None:
    found = {str(file.relative_to(HOME)): says_whose(_ours(file.read_text("utf-8"))) for file in texts()}
    assert {file: words for file, words in found.items() if words} == {}
    assert len(found) > 90


@pytest.mark.parametrize(
    "words",
    [
        "Đây là người thân của bác.",
        "Đây chính là phần mộ gia đình tìm.",
        "Phường đã tìm thấy liệt sĩ {{ name }}.",
        "Hài cốt này là liệt sĩ {{ name }}.",
        "Mẫu trùng khớp với thân nhân.",
        "Cảm ơn bác. Đã tìm thấy hài cốt liệt sĩ Trần Văn Ví Dụ rồi.",
        "Đơn vị đã tìm được mộ của anh Mẫu.",
        "Chúc mừng gia đình bác!",
        "Người thân của bác đã được quy tập.",
    ],
)
def test_the_guard_knows_such_a_sentence(words: str) -> None:
    assert says_whose(words)


def test_the_guard_lets_the_work_be_named() -> None:
    assert not says_whose("Mời bác kể điều bác biết về liệt sĩ hoặc phần mộ; xác định danh tính hài cốt liệt sĩ.")
