"""What is read out of a free story, word for word; and what somebody says of himself and of a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.library import Library
from bot.reading import by_helper, counted, person, read, tells, whereabouts
from bot.when import understood_time


@pytest.mark.parametrize(
    ("story", "what", "found"),
    [
        ("Năm 72 tôi chôn anh Tám ở gần suối", "name", ["anh Tám"]),
        ("nam 72 toi chon anh tam o gan suoi", "name", ["anh tam"]),
        ("tôi và anh Ba chôn đồng chí Nguyễn Văn Tám", "name", ["Nguyễn Văn Tám", "anh Ba"]),
        ("đ/c Lê Ví Dụ hy sinh, anh em thương lắm, ông tôi kể", "name", ["Lê Ví Dụ"]),
        ("anh lê văn ba hi sinh ở thôn Hoàng Tiến", "name", ["lê văn ba"]),
        ("đơn vị d3 e9 f304 qua đây", "unit", ["d3 e9 f304"]),
        ("tiểu đoàn 3 thuộc trung đoàn 9, hòm thư 12345", "unit", ["tiểu đoàn 3 thuộc trung đoàn 9, hòm thư 12345"]),
        ("giấy ghi KB 271, KN: 44", "unit", ["KB 271, KN: 44"]),
        ("máy bay B52 ném bom", "unit", []),
        ("Tôi sinh năm 1950, năm 72 chôn ở đó", "time", ["năm 72"]),
        ("hy sinh năm 1968", "time", ["năm 1968"]),
        ("trước Tết Mậu Thân, mùa khô", "time", ["trước Tết Mậu Thân, mùa khô"]),
        ("tháng 3 năm 1972 tôi ở đó", "time", ["tháng 3 năm 1972"]),
        ("ở gần suối", "place", ["ở gần suối"]),
        ("chôn tại xã Hải Lăng, tỉnh Quảng Trị", "place", ["xã Hải Lăng, tỉnh Quảng Trị"]),
        ("nằm lại cao điểm 544", "place", ["cao điểm 544"]),
        ("cách suối 50 bước", "place", []),
        ("chôn gần suối\nd3 e9", "place", ["gần suối"]),
        ("tôi trực tiếp chôn", "source", ["chon-cat"]),
        ("ông nội tôi chôn chú bộ đội", "source", []),
        ("bố tôi kể lại", "source", ["nghe-ke"]),
    ],
)
def test_what_a_story_holds_is_quoted_and_never_decoded(story: str, what: str, found: list[str]) -> None:
    assert list(read(what, story)) == found


@given(some.text(max_size=300))
def test_whatever_is_written_every_finding_is_in_the_words(story: str) -> None:
    for what in ("name", "unit", "time", "place"):
        for found in read(what, story):
            assert all(part.strip() in story or not part.isascii() for part in found.split(","))
    whereabouts(story), person(story), tells(story), by_helper(story)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "cách suối 50 bước về phía núi",
            {"landmark": "suối", "distance": 50, "unit": "bước", "direction": "về phía núi"},
        ),
        ("từ gốc đa đi chừng 200 mét, hướng mặt trời mọc", {"landmark": "gốc đa", "distance": 200, "unit": "mét"}),
        ("cách cầu vài cây số", {"landmark": "cầu", "distance": "vài", "unit": "cây số"}),
        ("xã Hoàng Tiến, tên trước năm 1975", {"period": "before_1975"}),
        ("ở gần suối", {}),
    ],
)
def test_a_distance_from_a_landmark_is_understood(words: str, found: dict[str, object]) -> None:
    understood = whereabouts(words)
    assert {key: understood[key] for key in found} == found
    assert bool(understood) == bool(found)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Trần Thị Ví Dụ, sinh năm 1950", {"name": "Trần Thị Ví Dụ", "born": "sinh năm 1950"}),
        (
            "Tôi là Trần Văn B, sn 1948, ở tổ 3 phường Trần Nhân Tông, số 0912 345 678",
            {
                "name": "Trần Văn B",
                "born": "sn 1948",
                "address": "tổ 3 phường Trần Nhân Tông",
                "phone": "0912 345 678",
            },
        ),
        (
            "Lê Thị Cháu, cháu nội, 0987.654.321",
            {"name": "Lê Thị Cháu", "relation": "cháu nội", "phone": "0987 654 321"},
        ),
        ("tran van b 76 tuoi", {"name": "tran van b", "born": "76 tuoi"}),
        (
            "Tên tôi là Trần Văn Ví Dụ, sinh năm 1950, 0912000111",
            {"name": "Trần Văn Ví Dụ", "born": "sinh năm 1950", "phone": "0912 000 111"},
        ),
        ("Trần Văn Ví Dụ, 0084912000111", {"name": "Trần Văn Ví Dụ", "phone": "0912 000 111"}),
        ("Trần Văn Ví Dụ, +84 (0)912 000 111", {"name": "Trần Văn Ví Dụ", "phone": "0912 000 111"}),
        ("tôi tên Trần Văn Ví Dụ", {"name": "Trần Văn Ví Dụ"}),
        ("Bác là Trần Văn Ví Dụ", {"name": "Trần Văn Ví Dụ"}),
        ("Dạ cháu là Ví Dụ cháu nội ông Thử", {"name": "Ví Dụ", "relation": "cháu nội ông Thử"}),
        ("ten toi la tran van vi du sinh nam 1950", {"name": "tran van vi du", "born": "sinh nam 1950"}),
        ("tôi chỉ biết thế thôi", {}),
    ],
)
def test_who_somebody_says_he_is(words: str, found: dict[str, str]) -> None:
    assert person(words) == found


@pytest.mark.parametrize(
    "words",
    [
        "Năm 72 tôi chôn anh Tám ở gần suối",
        "nam 72 toi chon anh tam o gan suoi",
        "Bố tôi kể có một ngôi mộ bộ đội ở chân đồi Con Cóc",
        "Liệt sĩ Trần Ví Dụ, d3 e9, hy sinh trước Tết Mậu Thân ở cao điểm 544",
    ],
)
def test_a_story_is_known_as_one(words: str) -> None:
    assert tells(words)


def test_no_question_that_residents_ask_is_taken_for_a_story(library: Library) -> None:
    asked = [words for post in library.posts.values() for words in (*post.asks, post.title)]
    assert [words for words in asked if tells(words)] == []
    assert not tells("Anh Tám chôn ở gần suối năm 72 phải không?")


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        ("tôi thấy chôn 3 anh", ["chung-kien"]),
        ("toi thay chon 3 anh", ["chung-kien"]),
        ("hồi đó tôi 12 tuổi, thấy bộ đội chôn hai anh", ["chung-kien"]),
        ("người ta chôn", []),
        ("du kích chôn anh ấy", []),
        ("bố tôi chôn", []),
        ("bo toi chon", []),
        ("đơn vị tôi chôn anh ấy", []),
        ("anh em chôn cất anh Tám", []),
        ("tôi biết chỗ chôn anh ấy", []),
        ("tôi không chôn, người khác chôn", []),
        ("bố tôi kể", ["nghe-ke"]),
        ("mẹ tôi bảo ông chôn", ["nghe-ke"]),
        ("tôi nghe nói", ["nghe-ke"]),
        ("nghe bà con bảo", ["nghe-ke"]),
        ("tôi nghe nói lại thôi chứ không thấy", ["nghe-ke"]),
        ("tui nghe má tui kể, má là người lấy xác đem chôn", ["nghe-ke"]),
        ("tôi kể lại chuyện này", []),
        ("trong giấy báo tử ghi", ["giay-to"]),
        ("đọc giấy báo tử thấy vậy", ["giay-to"]),
        ("tôi cùng đồng đội chôn anh ấy", ["chon-cat"]),
        ("tôi với anh Ba chôn anh Tám", ["chon-cat"]),
        ("chính tay tôi chôn", ["chon-cat"]),
        ("toi la nguoi dao huyet", ["chon-cat"]),
    ],
)
def test_how_he_knows_is_never_more_than_he_says(words: str, ways: list[str]) -> None:
    assert list(read("source", words)) == ways


@pytest.mark.parametrize(
    ("words", "graves"),
    [
        ("hai ngôi mộ, một ở suối Đá, một ở đồi Con Cóc", 2),
        ("một anh ở suối Đá, một anh ở bìa rừng", 2),
        ("2 ngoi mo", 2),
        ("tôi thấy chôn 3 anh", 3),
        ("chôn 3 anh chung một hố", 1),
        ("mộ tập thể 12 người", 1),
        ("chôn hai anh, mỗi người một hố", 2),
        ("chôn anh Tám", None),
        ("hai anh em tôi chôn anh Tám", None),
        ("có ba bốn ngôi mộ", None),
        ("năm 1972 tôi 20 tuổi", None),
    ],
)
def test_of_how_many_graves_is_told(words: str, graves: int | None) -> None:
    assert counted(words) == graves


@pytest.mark.parametrize(
    "words",
    [
        "Cháu nhắn giúp ông cháu ạ",
        "cháu nhắn hộ ông",
        "chau nhan ho ong",
        "con viet ho bo",
        "con đánh máy dùm má",
        "con danh may dum ma",
        "em gõ giúp bác hàng xóm",
        "em go giup bac hang xom",
        "ông em nói em ghi",
        "ong em noi em ghi",
        "toi la hang xom, toi nhan ho ba cu",
    ],
)
def test_who_helps_says_so(words: str) -> None:
    assert by_helper(words)


@pytest.mark.parametrize(
    "words",
    ["tôi chôn giúp anh Tám", "cháu ơi giúp bác", "chau oi giup bac", "cháu ghi giúp bác nhé", "nhờ cháu ghi hộ bác"],
)
def test_who_asks_for_help_is_no_helper(words: str) -> None:
    assert not by_helper(words)


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("năm 1972", {"year": 1972}),
        ("khoảng 1972", {"year": 1972, "about": True}),
        ("trước năm 1970", {"year": 1970, "relation": "before"}),
        ("từ 1970 đến 1972", {"year": 1970, "year_to": 1972}),
        ("giữa 1970 và 1972", {"year": 1970, "year_to": 1972}),
        ("mùa mưa năm 72", {"season": "mua mua", "year": 1972}),
        ("rằm tháng 7 năm 72", {"day": 15, "month": 7, "year": 1972, "lunar": True}),
        ("mồng 5 tháng Giêng", {"day": 5, "month": 1, "lunar": True}),
        ("12/3/1972, ngày tây", {"day": 12, "month": 3, "year": 1972, "lunar": False}),
        ("sau giải phóng", {"relation": "after"}),
        ("năm sáu chín", {"year": 1969}),
        ("bảy hai", {"year": 1972}),
        ("năm một nghìn chín trăm bảy mươi hai", {"year": 1972}),
        ("ra Giêng năm bảy hai", {"year": 1972, "lunar": True}),
        ("cuối 71 đầu 72", {"year": 1971, "year_to": 1972, "about": True}),
    ],
)
def test_times_as_people_say_them(words: str, time: dict[str, object]) -> None:
    assert understood_time(words) == {"kind": "date", **time}


def test_before_tet_of_the_year_of_the_monkey() -> None:
    found = understood_time("trước Tết Mậu Thân") or {}
    assert (found["year"], found["relation"], found["season"], found["lunar"]) == (1968, "before", "truoc tet", True)


@pytest.mark.parametrize("words", ["hồi đó lâu rồi", "khi tôi 20 tuổi", "chịu", "năm sáu người", "độ năm sáu ngôi mộ"])
def test_no_time_is_made_up(words: str) -> None:
    assert understood_time(words) is None
