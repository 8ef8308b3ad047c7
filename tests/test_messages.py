"""The shared values: cutting, emphasis, menus, folding."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import (
    Choice,
    Outgoing,
    as_menu,
    cleaned,
    emphasis,
    fold,
    from_json,
    pick,
    split,
    to_json,
    utf16,
    whole,
)
from bot.when import understood_time

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
TYPED = VIETNAMESE + VIETNAMESE.upper() + "0123456789 \n.,;:!?«»“”…–-/()@#%&*_'\"🕯🙏❤👍🇻🇳"
FAMILY, FLAME, PIRATES = "👨‍👩‍👧", "❤️‍🔥", "🏴‍☠️"
HALF = "\ud83d"
WAYS = (Choice("Có mộ", "co"), Choice("Không có", "khong"), Choice("Bỏ qua", "skip", aside=True))


@given(st.text(), st.integers(20, 200))
def test_a_cut_text_keeps_every_word_and_every_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(utf16(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_is_cut_between_paragraphs_first() -> None:
    assert split("một hai\n\nba bốn", 10) == ["một hai", "ba bốn"]


@given(st.text(alphabet="ab*Ậ😀 \n"))
def test_emphasis_spans_lie_within_the_plain_text(text: str) -> None:
    plain, spans = emphasis(text)
    assert all(at >= 0 and at + length <= utf16(plain) for at, length in spans)


def test_emphasis_counts_in_utf16_units() -> None:
    assert emphasis("😀 **đậm**") == ("😀 đậm", [(3, 3)])


def test_two_written_in_any_way_is_the_second_choice() -> None:
    for said in ("2", "2.", " 2 ", "số 2", "hai", "Hai", "không có", "KHONG CO"):
        assert pick(WAYS, said) == WAYS[1], said


def test_an_aside_has_no_number_but_its_words_count() -> None:
    assert pick(WAYS, "3") is None
    assert pick(WAYS, "bo qua") == WAYS[2]


def test_something_else_is_no_choice() -> None:
    assert pick(WAYS, "năm 72 hai chúng tôi") is None
    assert pick(WAYS, "") is None


def test_a_menu_says_the_choices_as_numbered_lines() -> None:
    menu = as_menu(Outgoing("Hỏi?", choices=WAYS), "Hoặc nhắn:")
    assert menu.text == "Hỏi?\n\n1. Có mộ\n2. Không có\n\nHoặc nhắn: «Bỏ qua»"
    assert menu.choices == ()


def test_folding_takes_accents_and_the_crossed_d_away() -> None:
    assert fold("Đền ơn ĐÁP nghĩa!") == fold("den on dap nghia") == "den on dap nghia"


def test_the_icelandic_eth_is_folded_as_the_crossed_d_it_stands_for() -> None:
    assert fold("Ðồng Ðăng, ðồng ðội") == "dong dang dong doi"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("báo\u200b tin\ufeff", "báo tin"),
        ("li\u00adệt s\u2060ĩ", "liệt sĩ"),
        ("\u202dTrần Văn\u202c Sáu\u200e", "Trần Văn Sáu"),
        ("t\u200dên", "tên"),
        ("tên🙏\u200d là", "tên🙏 là"),
        ("ＢＡＯ\u3000ＴＩＮ　１９７２！", "BAO TIN 1972!"),
        ("Ðại ðội 3", "Đại đội 3"),
        ("năm\u00a01972\u202ftháng", "năm 1972 tháng"),
        ("một\r\nhai\u2028ba", "một\nhai\nba"),
        (f"Ba {HALF}\x00", "Ba \ufffd"),
        (f"{FAMILY} {FLAME} {PIRATES} 1️⃣", f"{FAMILY} {FLAME} {PIRATES} 1️⃣"),
        ("ﬁ ½ ² №", "ﬁ ½ ² №"),
    ],
)
def test_what_nobody_typed_is_taken_out_of_what_was_said(said: str, meant: str) -> None:
    assert cleaned(said) == meant


STRANGE = ["\u200b", "\u200d", "\ufe0f", "👩", "🏽", "\ud83d", "\ude00", "ð", "Ａ", "\r", "\n", "\u00a0", "a", "ậ"]


@given(st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from(STRANGE)))
def test_words_once_cleaned_are_clean_and_can_be_kept_in_any_database(said: str) -> None:
    once = cleaned(said)
    assert cleaned(once) == once
    assert "\x00" not in once
    once.encode()


@given(st.text(TYPED), st.sampled_from(["NFC", "NFD"]))
def test_vietnamese_is_never_changed_by_the_cleaning(said: str, form: str) -> None:
    assert cleaned(unicodedata.normalize(form, said)) == unicodedata.normalize(form, said)  # type: ignore[arg-type]


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from(["\ud83d", "\udc4d", "\x00"])))
def test_a_text_made_whole_keeps_its_length_so_that_what_points_into_it_still_fits(text: str) -> None:
    assert utf16(whole(text)) == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert "\x00" not in whole(text)


def test_a_message_survives_being_kept() -> None:
    message = Outgoing("chào", choices=WAYS, thread="5")
    assert from_json(to_json(message)) == message


def test_times_are_understood_as_they_are_said() -> None:
    meanings: dict[str, dict[str, object]] = {
        "khoảng 1972": {"year": 1972, "about": True},
        "3/4/1972": {"day": 3, "month": 4, "year": 1972},
        "tháng Chạp năm Mậu Thân": {"month": 12, "year": 1968, "years": [1968], "animal": "mau than", "lunar": True},
        "68-69": {"year": 1968, "year_to": 1969},
        "mùa mưa năm 71": {"season": "mua mua", "year": 1971},
        "trước năm 1975": {"year": 1975, "relation": "before"},
    }
    for said, meant in meanings.items():
        assert understood_time(said) == {"kind": "date", **meant}, said


@given(st.text())
def test_no_words_break_the_reading_of_times(words: str) -> None:
    found = understood_time(words)
    assert found is None or found["kind"] == "date"
