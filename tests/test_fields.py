"""Only what answers a question becomes a field; what was typed without a keyboard program is understood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.reading import Fit, fits, is_syllable, phone, untyped, value

KINDS = ["name", "unit", "time", "place", "born", "phone", "address", "kin", "number", "words"]
ANSWERS = {
    "name": [
        "Nguyễn Văn Ví Dụ", "nguyen van vi du", "NGUYỄN VĂN VÍ DỤ", "tên là Hùng", "liệt sĩ Nguyễn Văn Ví Dụ",
        "anh Tám",
        "hình như là Hùng", "tên Tư, họ tôi quên", "thành", "Thượng sĩ Lê Ví Dụ", "Trần Thị Thử quê Nam Định",
        "Nguyễn Văn A",
        "anh Cứu, họ Lê", "pham vi du a", "nguyeenx vis duj", "dạ ảnh tên Lê Mẫu", "tên là Nguyễn Văn Bom",
        "K'Sor Ví Dụ",
    ],
    "unit": [
        "d3 e9 f304", "c3 tiểu đoàn 7", "trung đoàn 66", "bộ đội địa phương huyện Thủy Nguyên", "du kích xã",
        "đoàn 559",
        "thanh niên xung phong N43", "hòm thư 12345", "đặc công", "lính lái xe Trường Sơn", "sư đoàn Sao Vàng",
        "tieu doan bay",
        "trung đoan 66", "tiểu đoàn bảy",
    ],
    "time": [
        "năm 1969", "khoảng 1972", "mùa khô", "tết Mậu Thân", "hồi Mỹ ném bom Hà Nội", "năm Thìn", "72", "năm sáu chín",
        "12/3/1972", "trước giải phóng", "sau hiệp định Pari", "không nhớ rõ, chắc năm 69", "nawm 1973",
        "cuoi 1970 dau 1971",
    ],
    "place": [
        "cạnh suối Đá", "sau trường cấp 1", "nghĩa trang liệt sĩ Trường Sơn", "gần đồi A1", "16.75, 107.18",
        "hai lang quang tri",
        "xã Triệu Ái", "dưới gốc đa đầu làng", "bên Lào", "Đồng Xoài", "cao điểm 544", "gan suoi da",
        "gần bến đò, dưới gốc đa",
    ],
    "born": ["1950", "sinh năm 1950", "năm nay tôi 78 tuổi", "tuổi Tuất", "2/9/1945", "48", "BÁC SINH NĂM BỐN CHÍN"],
    "phone": ["0912000111", "0084912000111", "O912 000 111", "không chín một hai không không không một một một"],
    "address": ["tổ dân phố 3", "số nhà 12 ngõ 5", "phường Thủy Nguyên", "12 Lê Lợi"],
    "kin": ["mẹ tên Thử", "vợ là Ví Dụ, có một con gái"],
    "number": ["ba bốn người", "khoảng 5", "vài chục"],
    "words": ["không có bia", "chết do bom", "có cái bi đông"],
}  # fmt: skip
OTHERWISE = [
    "đúng rồi ạ", "dung roi a", "dạ vâng ạ", "trợ giúp", "tiến độ", "ở trên rồi đó", "không nhớ", "k nhớ",
    "tôi không biết",
    "cảm ơn cháu", "cháu chào bác", "thế lấy mẫu ADN ở đâu?", "the lay mau adn o dau", "bỏ qua", "quay lại", "nhắc lại",
    "mai nói tiếp", "tôi mệt rồi", "không phải", "sai rồi cháu", "có bom trong vườn nhà tôi", "gọi lại cho tôi",
    "tôi chỉ biết thế thôi",
    "giúp tôi tìm mộ anh trai", "mã phiếu của tôi là 7979 6044 đến đâu rồi", "ddungs rooif", "", "?", "👍",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, all_ in ANSWERS.items() for words in all_])
def test_an_answer_fits_its_question(kind: str, words: str) -> None:
    assert fits(kind, words) is Fit.YES


@pytest.mark.parametrize("words", OTHERWISE)
def test_what_is_something_else_becomes_no_field(words: str) -> None:
    assert {kind: fits(kind, words) for kind in ("name", "unit", "time", "place", "born", "words")} == dict.fromkeys(
        ("name", "unit", "time", "place", "born", "words"), Fit.NO
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("unit", "đồi A1"),
        ("unit", "đường 9"),
        ("unit", "máy bay B52"),
        ("unit", "anh Tám"),
        ("time", "khi tôi 20 tuổi"),
        ("time", "hôm nay"),
        ("time", "hồi đó"),
        ("name", "bố tôi"),
        ("name", "anh ấy"),
        ("name", "hôm đó trời mưa. Chúng tôi đi qua suối. Địch bắn. Anh em nằm lại cả."),
        ("address", "ở trên rồi đó"),
        ("phone", "không có"),
    ],
)
def test_what_answers_another_question_does_not_fit(kind: str, words: str) -> None:
    assert fits(kind, words) is Fit.NO


@pytest.mark.parametrize(("kind", "words"), [("name", "đá"), ("name", "huy"), ("unit", "bộ đội"), ("place", "suối")])
def test_what_cannot_be_told_may_fit(kind: str, words: str) -> None:
    assert fits(kind, words) is Fit.MAYBE


@pytest.mark.parametrize(
    ("kind", "words", "kept"),
    [
        ("name", "dạ tên là Nguyễn Văn Ví Dụ ạ", "Nguyễn Văn Ví Dụ"),
        ("name", "tên Tư, họ tôi quên", "Tư"),
        ("name", "anh Tám", "anh Tám"),
        ("name", "to la Dao, Nguyen Thi Dao", "Nguyen Thi Dao"),
        ("name", "anh Cứu, họ Lê", "anh Cứu, họ Lê"),
        ("time", "hình như là năm 1969 cháu ạ", "năm 1969"),
        ("time", "không nhớ rõ, chắc năm 69", "năm 69"),
        ("place", "ở gần suối Đá cháu ạ", "gần suối Đá"),
        ("unit", "dạ d3 e9 f304 thì phải", "d3 e9 f304"),
        ("phone", "gọi số con tui nghe, 0912000222", "0912000222"),
    ],
)
def test_the_value_is_kept_without_the_words_around_it(kind: str, words: str, kept: str) -> None:
    assert value(kind, words) == kept


@given(some.sampled_from(KINDS), some.text(max_size=200))
def test_a_value_is_always_a_part_of_the_words(kind: str, words: str) -> None:
    fits(kind, words)
    assert " ".join(value(kind, words).split()) in " ".join(_composed(words).split())


@given(
    some.sampled_from(KINDS),
    some.lists(some.sampled_from(" ".join(sum(ANSWERS.values(), OTHERWISE)).split()), max_size=12),
)
def test_a_value_is_a_part_of_words_people_use(kind: str, several: list[str]) -> None:
    words = " ".join(several)
    fits(kind, words)
    assert value(kind, words) in words


def _composed(words: str) -> str:
    return unicodedata.normalize("NFC", words).replace("\n", "¶")


SYLLABLES = (
    "nghiêng đúng rồi Nguyễn quyết giết gì huyền khuya hòa hoà thuỷ ngoằn rượu đước nguyen gi quy xoan yến ý quýt"
)


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_a_syllable_is_known_with_accents_and_without(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word", ["ddungs", "rooif", "have", "kbc", "băt", "ka", "ngi", "f304", "Nguyeenx", "cgo", "12"]
)
def test_what_is_no_syllable_is_none(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddungs rooif", "đúng rồi"),
        ("Nguyeenx Vawn Tasm", "Nguyễn Văn Tám"),
        ("d9ung1 ro6i2", "đúng rồi"),
        ("DDOOFI A1 d3 e9 f304", "ĐỒI A1 d3 e9 f304"),
        ("teen anh aays laf Hungf", "tên anh ấy là Hùng"),
        ("hy sinh nawm 1972 owr quangr trij", "hy sinh năm 1972 ở quảng trị"),
        ("D9o62i Con Co1c", "Đồi Con Cóc"),
        ("toio khoong bieets", "tôi không biết"),
    ],
)
def test_unfinished_typing_is_turned_into_what_was_meant(typed: str, meant: str) -> None:
    assert untyped(typed) == meant


@pytest.mark.parametrize(
    "words",
    [
        "this is how far",
        "d3 e9 f304, c3, N43, B52",
        "khu1 to3 thon3",
        "tieu doan 3 e66",
        "OK",
        "0912 000 111",
        "facebook",
    ],
)
def test_codes_english_and_numbers_stay_as_they_are(words: str) -> None:
    assert untyped(words) == words


@given(
    some.lists(some.sampled_from([w for all_ in ANSWERS.values() for a in all_ for w in a.split() if is_syllable(w)]))
)
def test_vietnamese_stays_as_it_is(several: list[str]) -> None:
    assert untyped(" ".join(several)) == " ".join(several)


@given(some.text(max_size=200))
def test_whatever_is_typed_is_turned_without_fail(words: str) -> None:
    assert len(untyped(words)) <= len(words)


@pytest.mark.parametrize(
    ("words", "national"),
    [
        ("0084912000111", "0912 000 111"),
        ("+84 (0)912 000 111", "0912 000 111"),
        ("O912 000 111", "0912 000 111"),
        ("0912.000.111", "0912 000 111"),
        ("0912 000111 hoặc 0225 3 000 111", "0912 000 111, 0225 3000 111"),
        ("không chín một hai, không không không, sáu sáu sáu", "0912 000 666"),
        ("khong chin mot hai khong khong khong mot mot mot", "0912 000 111"),
        ("năm 1972", ""),
        ("7979 6044", ""),
    ],
)
def test_a_phone_is_put_in_its_national_form(words: str, national: str) -> None:
    assert phone(words) == national
