"""What only a person may answer is recognised in many wordings, general questions are not; numbers are masked."""

import shutil
from pathlib import Path

import pytest

from bench.answers import CHOSEN_ON, HELD_OUT, asked_in
from bot import HOME
from bot.library import ANSWERING, Library, read_library
from bot.messages import fold

PERSONAL = {
    "remains": [
        "bao giờ phường tìm thấy mộ chú tôi ạ",
        "hài cốt ở nghĩa trang kia có phải là bố tôi không",
        "ngôi mộ vô danh ấy đúng là của anh trai tôi không cháu",
        "mau adn cua me toi co khop voi ai chua",
        "tìm giúp em mộ ông nội",
        "kết quả ADN của nhà tôi đến đâu rồi",
        "anh tôi hi sinh ở đâu vậy phường",
        "liệt sĩ tên Phạm Văn Hùng giờ nằm ở nghĩa trang nào",
        "chong toi dang nam o dau",
        "xem hộ tôi hồ sơ liệt sĩ của bác tôi",
        "đã tìm thấy hài cốt của ông ngoại em chưa",
        "di vật này có phải của chú tôi không",
    ],
    "death": [
        "gia đình tôi vừa nhận được giấy báo tử",
        "giay bao tu cua bo toi ghi gi, doc giup",
        "giấy báo tử của chú ruột em ghi sai tên",
    ],
    "benefit": [
        "mẹ tôi có được hưởng trợ cấp gì không",
        "sao tháng này nhà em chưa nhận tiền hỗ trợ thờ cúng",
        "gia dinh chau bi cat che do roi",
        "bố tôi là thương binh, phụ cấp của bố tôi bao nhiêu",
        "tiền tuất của bà nội em bao giờ có",
        "chế độ của tôi sao thiếu hai tháng",
    ],
    "complaint": [
        "tôi muốn tố cáo cán bộ xã vòi tiền",
        "khiếu nại ông tổ trưởng tổ dân phố",
        "cán bộ quan liêu, hách dịch với dân",
        "anh công an phường nhận tiền rồi không trả giấy",
        "phan anh co nhan vien mot cua thai do",
    ],
    "health": [
        "tôi đang ốm nặng",
        "mẹ em bị ung thư mà chưa tìm được cậu",
        "bố tôi nằm viện rồi, cán bộ đến được không",
        "vết thương cũ của tôi tái phát",
        "ong noi chau sap mat roi",
    ],
    "numbers": [
        "số tôi 0912345678",
        "sđt 0912.345.678 nhé",
        "+84 912 345 678",
        "căn cước 031045001234",
        "CMND 031 234 567",
        "hộ chiếu B1234567",
        "chuyển vào stk 19034567890123",
    ],
}
GENERAL = [
    "giấy báo tử là gì",
    "giấy báo tử rách thì giữ thế nào",
    "giấy báo tử không ghi nơi hy sinh thì tìm thế nào",
    "trợ cấp thờ cúng liệt sĩ bao nhiêu",
    "chế độ thân nhân liệt sĩ hỏi ở đâu",
    "nhà tôi muốn cho mẫu ADN thì đến đâu",
    "tôi là em liệt sĩ, muốn lấy mẫu máu tìm anh trai",
    "mẹ tôi già yếu không đi được thì lấy mẫu thế nào",
    "có người gọi điện báo đã tìm thấy mộ anh tôi, đòi tiền",
    "tố cáo người lừa đảo tìm mộ ở đâu",
    "tố cáo thầy bói lừa tiền",
    "gia đình tôi có phải báo tin không",
    "nhà tôi cúng giỗ có phải mê tín không",
    "chiến dịch từ 28/8/2026 đến 31/1/2027",
    "kế hoạch 356, quyết định 1237, thông tư 119 năm 2025",
    "hy sinh năm 1968 1972 1975 thì tìm ở đâu",
    "1.200.000.000 đồng chi vào việc gì",
    "cả nước có bao nhiêu bệnh binh",
    "đau ở đâu, dau o dau",
    "tôi ở tổ 5 muốn giúp chiến dịch thì làm gì",
]


@pytest.mark.parametrize(("why", "words"), [(why, words) for why, some in PERSONAL.items() for words in some])
def test_a_personal_matter_goes_to_a_person(library: Library, why: str, words: str) -> None:
    assert library.wordbook.reason(words) == why
    if why != "numbers":
        assert library.wordbook.reason(fold(words)) == why


@pytest.mark.parametrize("words", GENERAL)
def test_a_general_question_is_not_swallowed(library: Library, words: str) -> None:
    assert library.wordbook.reason(words) == ""
    assert library.wordbook.masked(words) == words


def test_no_wording_of_the_library_and_no_labelled_question_that_it_answers_goes_to_a_person(library: Library) -> None:
    ways = [way for post in library.posts.values() if post.kind in ANSWERING for way in (post.title, *post.asks)]
    asked = [one.words for file in (CHOSEN_ON, HELD_OUT) for one in asked_in(file) if one.right]
    swallowed = [words for words in (*ways, *map(fold, ways), *asked) if library.wordbook.reason(words)]
    assert swallowed == []


def test_every_reason_has_its_words_for_people_and_for_staff(library: Library) -> None:
    reasons = {rule.why for rule in library.wordbook.rules} | {"numbers"}
    assert (
        reasons == library.texts.under("questions.person").keys() == library.texts.under("questions.sensitive").keys()
    )


def test_numbers_are_masked_whatever_stands_between_their_digits(library: Library) -> None:
    masked = library.wordbook.masked
    assert masked("gọi 0912-345-678, 031045001234.") == "gọi [số đã che], [số đã che]."
    assert masked("mã phiếu 1234 5678") == "mã phiếu 1234 5678"


def test_an_accent_tells_words_apart_where_one_is_written(library: Library) -> None:
    """«đau» is not «đâu»; who writes neither may mean both."""
    health = next(rule for rule in library.wordbook.rules if rule.why == "health")
    said = library.wordbook._said
    assert health.fits(said("tôi đau quá"))
    assert health.fits(said("toi dau qua"))
    assert not health.fits(said("tôi đâu quá"))


@pytest.mark.parametrize(
    "broken", ["empty = [", '[[sensitive]]\nwhy = "health"\n', '[[sensitive]]\nwhy = "x"\nall_of = [["<ai>"]]\n']
)
def test_a_dictionary_that_cannot_be_used_is_a_problem_and_ours_stands_in_for_it(tmp_path: Path, broken: str) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    (tmp_path / "content" / "answers.toml").write_text(broken, "utf-8")
    library = read_library(tmp_path / "content")
    assert [problem.file for problem in library.problems] == ["answers.toml"]
    assert library.wordbook.reason("tôi đang ốm nặng") == "health"


def test_a_folder_of_before_the_dictionary_uses_ours(tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    (tmp_path / "content" / "answers.toml").unlink()
    library = read_library(tmp_path / "content")
    assert library.problems == ()
    assert library.wordbook.masked("gọi 0912345678") == "gọi [số đã che]"
