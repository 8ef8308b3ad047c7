"""The shared values: cutting, emphasis, menus, folding."""

from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Choice, Outgoing, as_menu, emphasis, fold, from_json, pick, split, to_json, utf16
from bot.when import understood_time

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
