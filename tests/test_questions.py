"""Free questions in the real talk: a right answer with its source, a choice, a person, or an honest no."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.config import Config
from bot.library import Library, Post
from bot.models import Chat, ChatState, Question, QuestionState, Update
from scheduler.answers import tell_who_waits
from tests.talk import Talk

RIGHT = "Có đúng ý bác không ạ?"
UNSURE = "giấy báo tử"
SURELY = "quay phim lay mau dc k"


async def rows(talk: Talk) -> list[Question]:
    async with talk.database.read() as db:
        return list(await db.scalars(select(Question).order_by(Question.id)))


def button(talk: Talk, label: str) -> str:
    return next(choice.value for message in talk.heard for choice in message.choices if choice.label == label)


async def test_a_sure_answer_comes_with_its_source_and_asks_whether_it_was_meant(talk: Talk) -> None:
    said = await talk.say(SURELY)
    assert "Nguồn:" in said
    assert said.endswith(RIGHT)
    assert "Cảm ơn bác" in await talk.say(press=button(talk, "Đúng ý tôi"))
    [row] = await rows(talk)
    post = talk.shelf.library.posts["co-duoc-quay-phim-lay-mau"]
    assert (row.post_id, row.state, row.right) == (post.id, QuestionState.ANSWERED, True)
    assert row.answer_sha256 == post.text_sha256


@pytest.mark.parametrize(("words", "right"), [("đúng rồi", True), ("ko dung", False), ("chưa đúng", False)])
async def test_yes_and_no_may_be_said_in_words(talk: Talk, words: str, right: bool | None) -> None:
    await talk.say(SURELY)
    await talk.say(words)
    assert (await rows(talk))[0].right is right


async def test_no_offers_the_next_ones_and_a_second_no_goes_to_staff(talk: Talk) -> None:
    await talk.say(SURELY)
    said = await talk.say(press=button(talk, "Chưa đúng ý"))
    assert said.startswith("Xin lỗi bác. Có phải bác muốn hỏi")
    offered = [choice.label for choice in talk.heard[0].choices]
    assert talk.shelf.library.posts["co-duoc-quay-phim-lay-mau"].title not in offered
    assert 2 <= len(offered) <= 4
    assert (await talk.say("1")).endswith(RIGHT)
    assert "Phường đã nhận" in await talk.say("chưa đúng")
    assert [(row.right, row.state) for row in await rows(talk)] == [
        (False, QuestionState.ANSWERED),
        (False, QuestionState.ANSWERED),
        (None, QuestionState.WAITING),
    ]


async def test_no_pressed_twice_is_one_no(talk: Talk) -> None:
    await talk.say(SURELY)
    no = button(talk, "Chưa đúng ý")
    await talk.say(press=no)
    assert await talk.say(press=no) == ""
    assert len(await rows(talk)) == 2


async def test_an_unsure_question_offers_up_to_three_and_the_number_chooses(talk: Talk) -> None:
    offered = await talk.say(UNSURE)
    assert offered == "Bác muốn hỏi điều nào dưới đây ạ?"
    assert "Nguồn:" in await talk.say("1")
    assert (await rows(talk))[0].state == QuestionState.ANSWERED


async def test_none_of_the_offered_goes_to_staff(talk: Talk) -> None:
    await talk.say(UNSURE)
    assert "Phường đã nhận" in await talk.say("Không phải, tôi hỏi việc khác")
    assert (await rows(talk))[0].state == QuestionState.WAITING


async def test_what_is_not_known_is_said_honestly_and_goes_to_staff(talk: Talk) -> None:
    assert "chưa có sẵn lời đáp" in await talk.say("giá vàng hôm nay")
    [row] = await rows(talk)
    assert (row.text, row.state, row.post_id) == ("giá vàng hôm nay", QuestionState.WAITING, "")


async def test_questions_that_ask_the_same_share_a_likeness(talk: Talk) -> None:
    for chat, words in enumerate(["giá vàng hôm nay", "cho hỏi gia vang hom nay", "trạm y tế mở cửa lúc nào"]):
        await talk.say(words, chat=str(100 + chat))
    one, two, other = [row.likeness for row in await rows(talk)]
    assert one == two
    assert other not in ("", one)


async def test_a_button_of_a_withdrawn_answer_gives_a_kind_sentence_and_staff_the_question(
    talk: Talk, library: Library
) -> None:
    await talk.say(UNSURE)
    choice = talk.heard[0].choices[0]
    talk.shelf.library = replace(library, posts={id: p for id, p in library.posts.items() if p.title != choice.label})
    assert "đã rút lại" in await talk.say(press=choice.value)
    assert (await rows(talk))[0].state == QuestionState.WAITING


async def test_a_withdrawn_answer_is_not_given_any_more(talk: Talk, library: Library) -> None:
    gone = "co-duoc-quay-phim-lay-mau"
    talk.shelf.library = replace(library, posts={id: post for id, post in library.posts.items() if id != gone})
    assert library.posts[gone].body.strip()[:40] not in await talk.say(SURELY)


async def test_another_chat_s_button_and_an_old_one_change_nothing(talk: Talk) -> None:
    await talk.say(SURELY, chat="77")
    yes = button(talk, "Đúng ý tôi")
    assert "hỏi lại" in await talk.say(press=yes, chat="78")
    assert "hỏi lại" in await talk.say(press="a:chien-dich-la-gi")
    assert (await rows(talk))[0].right is None


async def test_thanks_and_a_thumb_do_not_become_questions(talk: Talk) -> None:
    assert "Không có gì" in await talk.say("cảm ơn cháu nhé")
    assert "bằng chữ" in await talk.say("👍👍")
    assert await rows(talk) == []


async def test_numbers_are_masked_before_the_question_is_kept_and_a_person_answers(talk: Talk) -> None:
    said = await talk.say("Căn cước 031045001234, giấy tờ 0912 345 678 hoặc +84.987.654.321 nhé")
    assert "che đi" in said
    [row] = await rows(talk)
    assert row.text == "Căn cước [số đã che], giấy tờ [số đã che] hoặc [số đã che] nhé"
    assert (row.sensitive, row.state, row.likeness) == ("numbers", QuestionState.WAITING, "")
    async with talk.database.read() as db:
        [kept] = await db.scalars(select(Update))
    assert "0912" in kept.body, "the raw message stays, sealed"


async def in_active_group(talk: Talk) -> None:
    await talk.say("xin chào", chat="-5", addressed=True)
    async with talk.database.write() as db:
        await db.execute(update(Chat).where(Chat.address == "telegram:-5").values(state=ChatState.ACTIVE))


async def test_a_personal_matter_in_a_group_is_asked_to_come_in_private_and_nothing_is_kept(talk: Talk) -> None:
    await in_active_group(talk)
    said = await talk.say("mẹ tôi được bao nhiêu tiền trợ cấp một tháng", chat="-5", addressed=True)
    assert "nhắn riêng" in said
    assert talk.heard[0].choices[0].url.endswith("/chat")
    assert await rows(talk) == []


async def test_a_question_in_a_group_is_answered_when_the_bot_is_addressed(talk: Talk) -> None:
    await in_active_group(talk)
    assert await talk.say(SURELY, chat="-5", addressed=False) == ""
    assert (await talk.say(SURELY, chat="-5", addressed=True)).endswith(RIGHT)


OLD = Post(
    id="nghia-trang-mo-cua",
    kind="hoi-dap",
    title="Nghĩa trang mở cửa khi nào?",
    body="Bác hỏi Ban Quản lý nghĩa trang giúp ạ.",
    source="Kế hoạch của phường, mục II",
    topic="chien-dich",
)


def with_posts(library: Library, *posts: Post) -> Library:
    return replace(library, posts={**library.posts, **{post.id: post for post in posts}})


async def pointed(talk: Talk, *ids: int) -> None:
    """Staff have written the answer to these questions; it is not in force yet."""
    async with talk.database.write() as db:
        await db.execute(update(Question).where(Question.id.in_(ids)).values(post_id=OLD.id))


async def test_a_late_answer_reaches_everyone_who_asked_once_and_disturbs_no_menu(
    talk: Talk, library: Library, config: Config
) -> None:
    await talk.say("trạm y tế mở cửa lúc nào", chat="1")
    await talk.say("trạm y tế lúc nào mở cửa thế", chat="1")
    await talk.say("tram y te mo cua luc nao", chat="2")
    await talk.say("trợ giúp", chat="2")
    menu = (await talk.chat("2")).menu
    await pointed(talk, 1, 2, 3)
    assert await tell_who_waits(talk.database, library, config, talk.now) == 0
    in_force = with_posts(library, OLD)
    await talk.answers()
    await tell_who_waits(talk.database, in_force, config, talk.now)
    told = await talk.answers()
    assert len(told) == 2
    assert "«trạm y tế mở cửa lúc nào»" in told[0].text
    assert "Ban Quản lý nghĩa trang" in told[0].text
    assert {row.state for row in await rows(talk)} == {QuestionState.ANSWERED}
    assert (await talk.chat("2")).menu == menu
    assert await tell_who_waits(talk.database, in_force, config, talk.now) == 0


async def test_a_corrected_answer_reaches_who_got_the_old_one_once_and_marked(
    talk: Talk, library: Library, config: Config
) -> None:
    post = library.posts["co-duoc-quay-phim-lay-mau"]
    for chat in ("1", "2", "3"):
        await talk.say(SURELY, chat=chat)
    await talk.say("chưa đúng", chat="2")
    await talk.answers()
    assert await tell_who_waits(talk.database, library, config, talk.now) == 0
    new = with_posts(library, replace(post, body="Lời mới đã sửa."))
    await tell_who_waits(talk.database, new, config, talk.now)
    told = await talk.answers()
    assert len(told) == 2
    assert all(message.text.startswith("**Đính chính.**") and "Lời mới đã sửa." in message.text for message in told)
    assert await tell_who_waits(talk.database, new, config, talk.now) == 0


async def test_an_answer_of_long_ago_is_not_corrected_any_more(talk: Talk, library: Library, config: Config) -> None:
    await talk.say(SURELY)
    new = with_posts(library, replace(library.posts["co-duoc-quay-phim-lay-mau"], body="Lời mới đã sửa."))
    assert await tell_who_waits(talk.database, new, config, talk.now + timedelta(days=61)) == 0


async def test_who_asked_for_silence_is_not_written_to(talk: Talk, library: Library, config: Config) -> None:
    await talk.say("trạm y tế mở cửa lúc nào")
    await pointed(talk, 1)
    async with talk.database.write() as db:
        await db.execute(update(Chat).values(state=ChatState.STOPPED))
    await talk.answers()
    await tell_who_waits(talk.database, with_posts(library, OLD), config, talk.now)
    assert await talk.answers() == []
    assert (await rows(talk))[0].state == QuestionState.ANSWERED


STAFF, PERSON, CHOICES = "Câu này chưa có sẵn lời đáp", "Lời bác đã được chuyển cho cán bộ", "Bác muốn hỏi điều nào"
TYPED = {
    "500 ngay dem la j z ad": "Chiến dịch 500 ngày đêm là gì?",
    "toi nho mang mang cho chon dong doi thi bao dc k": "Tôi chỉ nhớ mang máng, có báo được không?",
    "ngoại cảm tìm mộ tin dc ko": "Có nên nhờ ngoại cảm, gọi hồn tìm mộ liệt sĩ?",
    "ky vat cua dong doi toi dang giu nop cho ai": "Di vật tìm thấy cùng liệt sĩ được xử lý thế nào?",
    "anh cccd co gui len day dc ko": "Khi báo tin, những thứ gì xin đừng gửi?",
    "giay bao tu ghi mat tran phia nam thi tim o dau": "Giấy báo tử chỉ ghi “mặt trận phía Nam” thì tìm thế nào?",
    "tblS la ngay nao": "Ngày 27/7 là ngày gì?",
    "con ket qua adn bao lau co": "Lấy mẫu xong bao lâu thì có kết quả?",
    "co ng goi bao tim thay mo roi doi chuyen tien": "Có người gọi điện báo đã tìm thấy mộ, tôi nên làm gì?",
    "mo tap the lay mau dc ko": "Mộ liệt sĩ tập thể có được lấy mẫu không?",
    "ad ơi bot này của ai z": "Tri Ân là gì, của ai?",
    "toi ko mun nhan tin nua": "Tôi không muốn nhận tin nữa thì làm sao?",
    "lm hai cot de lm j": "Lấy mẫu hài cốt liệt sĩ để làm gì?",
    "co dc quay fim luc lay mau ko": "Có được quay phim, chụp ảnh việc lấy mẫu không?",
    "phuong le chan lay mau bao nhieu mo": CHOICES,
    "bo toi nam o nghia trang nao": PERSON,
    "me toi dc bao nhieu tien tro cap": PERSON,
    "gia vang hnay": STAFF,
    "nghia vu quan su may tuoi": STAFF,
}


@pytest.mark.parametrize(("typed", "expected"), TYPED.items())
async def test_twenty_questions_typed_carelessly_get_right_answers_or_an_honest_no(
    talk: Talk, typed: str, expected: str
) -> None:
    """A right answer, or the right one among the choices; never another one as if it were sure."""
    said = await talk.say(typed)
    offered = [choice.label for choice in talk.heard[0].choices]
    assert expected in said or expected in offered
    if said.startswith("**"):
        assert said.startswith(f"**{expected}**")
