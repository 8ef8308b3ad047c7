"""Free questions: a right answer with its source, a choice, or an honest no."""

import pytest
from sqlalchemy import select

from bot.answers.search import Answers
from bot.library import Library
from bot.messages import fold
from bot.models import Question, QuestionState
from tests.talk import Talk

ASKED = {
    "chiến dịch 500 ngày đêm là gì": "chien-dich-la-gi",
    "chien dich 500 ngay la j": "chien-dich-la-gi",
    "bao gio het chien dich": "chien-dich-den-bao-gio",
    "ai được đào mộ liệt sĩ": "ai-duoc-tim-kiem-quy-tap",
    "tôi muốn cho mẫu adn thì đến đâu": "gia-dinh-muon-lay-mau-adn",
    "quay phim lay mau dc k": "co-duoc-quay-phim-lay-mau",
    "phuong minh con bao nhieu mo chua lay mau": "muc-tieu-phuong",
}
ELSEWHERE = ("giá vàng hôm nay", "con trai tôi thi đại học", "mấy giờ rồi", "👍", "abc xyz")


@pytest.fixture(scope="module")
def answers(library: Library) -> Answers:
    return Answers(library)


@pytest.mark.parametrize(("asked", "post"), ASKED.items())
def test_a_carelessly_typed_question_finds_its_answer(answers: Answers, asked: str, post: str) -> None:
    found = answers.find(asked)
    assert found.sure is not None
    assert found.sure.id == post


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_a_question_about_something_else_gets_no_answer(answers: Answers, asked: str) -> None:
    assert answers.find(asked).sure is None
    assert answers.find(asked).likely == ()


def test_every_approved_question_finds_itself_with_and_without_accents(answers: Answers, library: Library) -> None:

    missed = [
        post.id
        for post in library.posts.values()
        if post.kind == "hoi-dap"
        for asked in (post.title, fold(post.title))
        if (found := answers.find(asked)).sure != post and post not in found.likely
    ]
    assert missed == []


async def test_an_unsure_question_offers_up_to_three_and_the_number_chooses(talk: Talk) -> None:
    offered = await talk.say("có thầy bói gọi hồn lấy tiền có tin được không")
    assert offered == "Bác muốn hỏi điều nào dưới đây ạ?"
    assert "Nguồn:" in await talk.say("1")
    async with talk.database.read() as db:
        assert (await db.scalar(select(Question.state))) == QuestionState.ANSWERED


async def test_what_is_not_known_is_said_honestly_and_goes_to_staff(talk: Talk) -> None:
    assert "chưa rõ" in await talk.say("giá vàng hôm nay")
    async with talk.database.read() as db:
        row = await db.scalar(select(Question))
    assert row is not None
    assert (row.text, row.state) == ("giá vàng hôm nay", QuestionState.WAITING)
