"""Which answer fits a question, how sure that is, and what the bench holds it to."""

import random
from dataclasses import replace

import pytest

from bench.__main__ import ROWS
from bench.answers import CHOSEN_ON, HELD_OUT, asked_in, told
from bot.answers.newest import index_of
from bot.answers.search import Decision, Entry, Index, entries_of
from bot.answers.spelling import spelling
from bot.library import Library
from bot.messages import fold

ASKED = {
    "chiến dịch 500 ngày đêm là gì": "chien-dich-la-gi",
    "chien dich 500 ngay la j": "chien-dich-la-gi",
    "chieens dichj 500 ngayf ddeem laf gif": "chien-dich-la-gi",
    "bao gio het chien dich": "chien-dich-den-bao-gio",
    "ai được đào mộ liệt sĩ": "ai-duoc-tim-kiem-quy-tap",
    "ai dc dao mo ls": "ai-duoc-tim-kiem-quy-tap",
    "quay phim lay mau dc k": "co-duoc-quay-phim-lay-mau",
    "ngày tblS là ngày gì": "ngay-27-7",
    "ad ơi nghĩa trang lm xong bao lâu có kq": "lay-mau-xong-bao-gio-co-ket-qua",
}
HALVES = {"calibrate": CHOSEN_ON, "held_out": HELD_OUT}
ELSEWHERE = ("giá vàng hôm nay", "con trai tôi thi đại học", "mấy giờ rồi", "👍", "abc xyz", "thời tiết ngày mai", "")


@pytest.fixture(scope="module")
def index(library: Library) -> Index:
    return Index(entries_of(library), library.wordbook)


@pytest.mark.parametrize(("asked", "post"), ASKED.items())
def test_a_carelessly_typed_question_finds_its_answer(index: Index, asked: str, post: str) -> None:
    found = index.find(asked)
    assert found.ranked[0].id == post
    assert found.decision is Decision.SURE


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_a_question_about_something_else_gets_no_answer(index: Index, asked: str) -> None:
    assert index.find(asked).decision is Decision.NONE


def test_every_approved_question_is_answered_or_offered_with_and_without_accents(index: Index) -> None:
    asked = [(entry.id, way) for entry in index.entries for way in (entry.title, fold(entry.title))]
    found = [(id, index.find(way)) for id, way in asked]
    assert [id for id, one in found if one.decision is Decision.NONE or id not in one.choices] == []
    assert [id for id, one in found if one.decision is Decision.SURE and one.ranked[0].id != id] == []


def test_what_is_asked_about_another_place_is_never_surely_answered(index: Index) -> None:
    assert index.find("chỉ tiêu lấy mẫu của phường là bao nhiêu").decision is Decision.SURE
    assert index.find("chỉ tiêu lấy mẫu của phường Lê Chân là bao nhiêu").decision is not Decision.SURE


def test_scores_are_sorted_and_at_most_ten(index: Index) -> None:
    scores = [one.score for one in index.find("liệt sĩ").ranked]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)


def test_an_empty_collection_and_one_without_words_answer_nothing(library: Library) -> None:
    assert Index([], library.wordbook).find("chiến dịch").ranked == ()
    assert Index([Entry("1", "", "")], library.wordbook).find("chiến dịch").ranked == ()


def test_held_out_questions_are_answered_wrongly_in_less_than_three_of_a_hundred(
    index: Index, library: Library
) -> None:
    for file in (CHOSEN_ON, HELD_OUT):
        figures = told(index, library.wordbook, list(asked_in(file)))
        assert figures["wrong_of_answered"] < 0.03
        assert figures["answered_right"] > figures["questions"] / 4


def test_the_bench_s_table_tells_both_halves_and_holds_them_to_the_promise(index: Index, library: Library) -> None:
    halves = {name: told(index, library.wordbook, list(asked_in(file))) for name, file in HALVES.items()}
    row = next(row for row in ROWS if row.file == "answers")
    words, met = row.figure({**halves, "answer_p99_ms": 2.0})
    assert met
    assert f"{halves['held_out']['answered_right']} right" in words
    assert row.figure({**halves, "answer_p99_ms": 11.0})[1] is False


def test_the_two_halves_of_the_labelled_set_share_no_question_and_name_no_wording_of_the_library(
    library: Library,
) -> None:
    halves = [[fold(one.words) for one in asked_in(file)] for file in (CHOSEN_ON, HELD_OUT)]
    words = [*halves[0], *halves[1]]
    ways = {fold(way) for entry in entries_of(library) for way in entry.asks}
    assert len(words) >= 300
    assert len(set(words)) == len(words)
    assert not ways & set(words)
    unanswered = [one for file in (CHOSEN_ON, HELD_OUT) for one in asked_in(file) if not one.right]
    assert len(unanswered) * 3 >= len(words)


def test_a_mistyped_syllable_is_read_as_the_one_that_stands_beside_its_neighbours() -> None:
    mend = spelling([["chien", "dich", "keo", "dai"], ["nghia", "trang", "liet", "si"]]).mended
    assert mend(["chein", "dich"]) == ["chien", "dich"]
    assert mend(["nghia", "tragn"]) == ["nghia", "trang"]
    assert mend(["lieetj", "si"]) == ["liet", "si"]
    assert mend(["lietsi"]) == ["liet", "si"]
    assert mend(["chien", "xyz", "9999"]) == ["chien", "xyz", "9999"]


def test_typos_cost_little(index: Index) -> None:
    """Six of a hundred letters left out, doubled, replaced or exchanged."""
    dice, asked = random.Random(1), [one for one in asked_in(CHOSEN_ON) if one.right]

    def mistyped(words: str) -> str:
        slips = {"out": "", "twice": "{0}{0}", "other": "e"}
        return "".join(
            slips[dice.choice([*slips])].format(letter) if letter.isalpha() and dice.random() < 0.06 else letter
            for letter in words
        )

    def first(words: str) -> str:
        return next((one.id for one in index.find(words).ranked), "")

    right = sum(first(one.words) in one.right for one in asked)
    still = sum(first(mistyped(one.words)) in one.right for one in asked)
    assert right / len(asked) > 0.85
    assert still > right * 0.9


async def test_the_index_is_made_once_for_a_library_and_anew_for_another(library: Library) -> None:
    first = await index_of(library)
    assert await index_of(library) is first
    fewer = replace(library, posts={id: post for id, post in library.posts.items() if id != "chien-dich-la-gi"})
    found = (await index_of(fewer)).find("chiến dịch 500 ngày đêm là gì")
    assert "chien-dich-la-gi" not in {one.id for one in found.ranked}
