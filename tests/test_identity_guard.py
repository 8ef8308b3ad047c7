"""Nothing we say tells a family, or lets it think, whose remains were found. Every text and template is walked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import HOME
from bot.messages import fold

SAYS_WHOSE = re.compile(
    r"""
    \b(day|do|kia)\ (chinh\ )?la\ (mo\ cua|phan\ mo|ngoi\ mo|hai\ cot|liet\ si|nguoi\ than|than\ nhan)\b
  | \bla\ (nguoi\ than|than\ nhan|nguoi\ nha|cha|bo|me|anh|em|chong|con)\ (cua\ )?(bac|ong\ ba|gia\ dinh)\b
  | \bhai\ cot\ (nay\ )?(chinh\ )?(la|cua)\ (liet\ si\ {|anh|ong|bac|nguoi\ than|than\ nhan)
  | \bda\ tim\ (thay|duoc)\ (nguoi\ than|than\ nhan|anh|ong|liet\ si|phan\ mo\ cua|mo\ cua|hai\ cot\ cua)
  | \b(trung\ khop|khop)\ voi\ (liet\ si|nguoi\ than|than\ nhan)
  | \bnguoi\ than\ cua\ bac\ (da|duoc|nam|o)\b
  | \bchuc\ mung\ gia\ dinh\b
    """,
    re.VERBOSE,
)
READ = (".toml", ".html", ".typ", ".md", ".json", ".js")


def texts() -> Iterator[Path]:
    for folder in ("content", "bot/static"):
        yield from (file for file in sorted((HOME / folder).rglob("*")) if file.suffix in READ)


def _ours(text: str) -> str:
    """Without what residents ask: they may say it."""
    return re.sub(r"^asks = .*$", "", text, flags=re.MULTILINE)


def said_wrongly(words: str) -> list[str]:
    return [found[0] for found in SAYS_WHOSE.finditer(re.sub(r"\s+", " ", _folded(words)))]


def _folded(words: str) -> str:
    """As fold does, with the braces of a template kept: «{{ name }}» is a name to be."""
    return " ".join("{" if part.startswith("{{") else fold(part) for part in re.split(r"({{.*?}})", words))


def test_no_text_and_no_template_says_whose_remains_they_are() -> None:
    found = {str(file.relative_to(HOME)): said_wrongly(_ours(file.read_text("utf-8"))) for file in texts()}
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
        "Chúc mừng gia đình bác!",
        "Người thân của bác đã được quy tập.",
    ],
)
def test_the_guard_knows_such_a_sentence(words: str) -> None:
    assert said_wrongly(words)


def test_the_guard_lets_the_work_be_named() -> None:
    assert not said_wrongly("Mời bác kể điều bác biết về liệt sĩ hoặc phần mộ; xác định danh tính hài cốt liệt sĩ.")
