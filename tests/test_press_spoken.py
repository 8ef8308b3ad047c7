"""What is written is said as an announcer in the North says it: numbers, dates, documents, abbreviations."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import read_library
from bot.press import PressError
from bot.press.spoken import Spoken, syllables

CONTENT = Path(__file__).parent.parent / "content"
spoken = Spoken(CONTENT)

TRICKY = {
    0: "không",
    1: "một",
    4: "bốn",
    5: "năm",
    10: "mười",
    11: "mười một",
    14: "mười bốn",
    15: "mười lăm",
    20: "hai mươi",
    21: "hai mươi mốt",
    24: "hai mươi tư",
    25: "hai mươi lăm",
    43: "bốn mươi ba",
    44: "bốn mươi tư",
    55: "năm mươi lăm",
    91: "chín mươi mốt",
    100: "một trăm",
    101: "một trăm linh một",
    104: "một trăm linh bốn",
    105: "một trăm linh năm",
    110: "một trăm mười",
    111: "một trăm mười một",
    115: "một trăm mười lăm",
    121: "một trăm hai mươi mốt",
    1000: "một nghìn",
    1005: "một nghìn không trăm linh năm",
    1010: "một nghìn không trăm mười",
    1100: "một nghìn một trăm",
    1947: "một nghìn chín trăm bốn mươi bảy",
    2026: "hai nghìn không trăm hai mươi sáu",
    2730: "hai nghìn bảy trăm ba mươi",
    10_000: "mười nghìn",
    21_021: "hai mươi mốt nghìn không trăm hai mươi mốt",
    100_005: "một trăm nghìn không trăm linh năm",
    300_000: "ba trăm nghìn",
    1_000_000: "một triệu",
    1_000_001: "một triệu không trăm linh một",
    1_005_000: "một triệu không trăm linh năm nghìn",
    1_200_000: "một triệu hai trăm nghìn",
    15_000_015: "mười lăm triệu không trăm mười lăm",
    10**9: "một tỷ",
    10**9 + 4: "một tỷ không trăm linh bốn",
    3 * 10**12: "ba nghìn tỷ",
}
DIGITS = "không một hai ba bốn năm sáu bảy tám chín"
ONES = {word: value for value, word in enumerate(DIGITS.split())} | {"mốt": 1, "tư": 4, "lăm": 5}
POWERS = {"nghìn": 1000, "triệu": 1_000_000}


def heard(words: str) -> int:
    """The number somebody writes down who hears it; knows nothing of how it was made."""
    total = group = digit = 0
    for word in words.split():
        if word in ONES:
            digit = ONES[word]
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word == "mười":
            group, digit = group + 10, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word in POWERS:
            total, group, digit = total + (group + digit) * POWERS[word], 0, 0
        else:
            assert word == "linh", word
    return total + group + digit


@pytest.mark.parametrize(("value", "words"), TRICKY.items())
def test_the_numbers_that_are_read_in_a_special_way(value: int, words: str) -> None:
    assert spoken.number(value) == words


@given(st.integers(0, 999_999_999))
def test_who_hears_a_number_writes_down_the_same(value: int) -> None:
    assert heard(spoken.number(value)) == value


@given(st.integers(0, 999_999_999))
def test_mot_tu_lam_and_linh_stand_only_where_they_are_said(value: int) -> None:
    words = spoken.number(value).split()
    for before, word in zip(["", *words], words, strict=False):
        assert word not in ("mốt", "tư") or before == "mươi"
        assert word != "lăm" or before in ("mươi", "mười")
        assert not (before == "mươi" and word in ("một", "bốn", "năm"))
        assert not (before in ("mười", "linh") and word in ("mốt", "tư"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("28/8/2026", "ngày hai mươi tám tháng tám năm hai nghìn không trăm hai mươi sáu"),
        ("đến ngày 31/01/2027", "đến ngày ba mươi mốt tháng một năm hai nghìn không trăm hai mươi bảy"),
        ("Ngày 27/7", "Ngày hai mươi bảy tháng bảy"),
        ("tháng 3/2027", "tháng ba năm hai nghìn không trăm hai mươi bảy"),
        (
            "30/4, tháng 4 và 4/2027",
            "ngày ba mươi tháng tư, tháng tư và tháng tư năm hai nghìn không trăm hai mươi bảy",
        ),
        ("22-12-1944", "ngày hai mươi hai tháng mười hai năm một nghìn chín trăm bốn mươi tư"),
        ("7h30, 19:05 và 7h", "bảy giờ ba mươi phút, mười chín giờ năm phút và bảy giờ"),
        ("2021–2025", "hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm hai mươi lăm"),
        ("30/43 mộ (69,7%)", "ba mươi trên bốn mươi ba mộ, sáu mươi chín phẩy bảy phần trăm"),
        ("2,5 và 1,05 và 3,125", "hai phẩy năm và một phẩy không năm và ba phẩy một hai năm"),
        ("39,97 km²", "ba mươi chín phẩy chín mươi bảy ki-lô-mét vuông"),
        ("băng-rôn 6 m × 0,8 m", "băng-rôn sáu mét nhân không phẩy tám mét"),
        (
            "Nghị định 131/2021/NĐ-CP, Điều 138",
            "Nghị định số một trăm ba mươi mốt năm hai nghìn không trăm hai mươi mốt của Chính phủ, "
            "Điều một trăm ba mươi tám",
        ),
        (
            "Thông tư số 80/2022/TT-BQP",
            "Thông tư số tám mươi năm hai nghìn không trăm hai mươi hai của Bộ Quốc phòng",
        ),
        ("Luật 91/2025/QH15", "Luật chín mươi mốt năm hai nghìn không trăm hai mươi lăm của Quốc hội khóa mười lăm"),
        ("27-HD-BTGDVTU", "Hướng dẫn số hai mươi bảy của Ban Tuyên giáo và Dân vận Thành ủy"),
        ("kế hoạch, mục II, IV.5, III", "kế hoạch, mục hai, bốn, năm, ba"),
        ("bác X. ở tổ V", "bác X. ở tổ V"),
        ("UBND P. Trần Nhân Tông, TP Hải Phòng", "Ủy ban nhân dân phường Trần Nhân Tông, thành phố Hải Phòng"),
        ("giám định ADN & lấy mẫu", "giám định a đê en và lấy mẫu"),
        ("BCHQS phường, CCB, TNXP", "Ban Chỉ huy Quân sự phường, cựu chiến binh, Thanh niên xung phong"),
        ("Bộ KHCN", "Bộ ca hát xê nờ"),
        ("**ĐÍNH CHÍNH**", "ĐÍNH CHÍNH"),
        ("xem tại https://tri-an.example/hoi-dap?a=1.", "xem tại cổng thông tin của phường."),
        ("gọi 0912 345 678", "gọi không chín một hai ba bốn năm sáu bảy tám"),
        ("mã 0123", "mã không một hai ba"),
        ("«Cậu Thủy» – vụ án", "Cậu Thủy, vụ án"),
    ],
)
def test_it_is_read_as_it_is_spoken(written: str, said: str) -> None:
    assert spoken(written) == said


def test_nothing_of_the_library_is_left_that_an_announcer_would_have_to_decipher() -> None:
    posts = read_library(CONTENT).posts.values()
    left = [
        (post.id, found[0])
        for post in posts
        for words in (post.title, re.sub(r"\{[{%].*?[%}]\}", "", post.body, flags=re.DOTALL), post.source)
        if (found := re.search(r"[\d%/&*#]|https?:|\b(?:UBND|ADN|NĐ|TT|TP|QĐ)\b", spoken(words)))
    ]
    assert left == []


@given(st.text(max_size=200))
def test_whatever_is_written_no_figure_is_left_and_nothing_breaks(text: str) -> None:
    assert not re.search(r"[0-9]", spoken(text))


def test_syllables_are_counted_as_they_are_spoken() -> None:
    assert syllables(spoken("2.730 hài cốt, 39,97 km²")) == 6 + 2 + 7 + 4


def test_a_broken_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "press").mkdir()
    (tmp_path / "press" / "spoken.toml").write_text("rate = 1", "utf-8")
    with pytest.raises(PressError, match=r"spoken\.toml"):
        Spoken(tmp_path)
