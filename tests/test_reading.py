"""What is read out of a free story, word for word; and what somebody says of himself and of a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.library import Library
from bot.reading import by_helper, person, read, tells, whereabouts
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
            {"name": "Lê Thị Cháu", "relation": "cháu nội", "phone": "0987.654.321"},
        ),
        ("tran van b 76 tuoi", {"name": "tran van b", "born": "76 tuoi"}),
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


def test_who_helps_says_so() -> None:
    assert by_helper("Cháu nhắn giúp ông cháu ạ")
    assert by_helper("con viet ho bo")
    assert not by_helper("tôi chôn giúp anh Tám")


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
        ("cuối 71 đầu 72", {"year": 1971, "year_to": 1972, "about": True}),
    ],
)
def test_times_as_people_say_them(words: str, time: dict[str, object]) -> None:
    assert understood_time(words) == {"kind": "date", **time}


def test_before_tet_of_the_year_of_the_monkey() -> None:
    found = understood_time("trước Tết Mậu Thân") or {}
    assert (found["year"], found["relation"], found["season"], found["lunar"]) == (1968, "before", "truoc tet", True)


@pytest.mark.parametrize("words", ["hồi đó lâu rồi", "khi tôi 20 tuổi", "chịu"])
def test_no_time_is_made_up(words: str) -> None:
    assert understood_time(words) is None
