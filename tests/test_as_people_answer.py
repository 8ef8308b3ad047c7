"""Answers in whole sentences, with thanks around them, to questions not yet put; and what none of them may become."""

from dataclasses import replace

import pytest

from bot import reading
from bot.cases import tips
from bot.config import Contact
from bot.models import Emergency, TipState
from bot.reading import Fit, fits, names_first, without_courtesies
from tests.talk import Talk
from tests.test_emergencies import kept
from tests.test_telling import begun, said

STORY = "Trận ấy tôi chôn một anh ở chân đồi"


async def asked_for(talk: Talk, field: str, *before: str) -> None:
    """The tip stands at that question."""
    await begun(talk)
    for words in (STORY, *before):
        await talk.say(words)
    assert (await talk.tip()).asking.lstrip("?") == field


@pytest.mark.parametrize(
    "words",
    [
        "Tên nó là Hoàng Văn Mẫu, quê Kiến An",
        "ten no la hoang van mau, que o kien an",
        "Chồng tôi, Nguyễn Đình Thử, đi năm 66",
        "Chú tên Sơn, Lâm Sơn Mẫu",
        "Trên bia chỉ còn đọc được chữ Văn Thử",
        "Chú ấy tên Đinh Văn Mẫu. Cảm ơn cháu",
    ],
)
async def test_a_name_in_a_sentence_is_the_name_and_is_not_asked_for_again(talk: Talk, words: str) -> None:
    await asked_for(talk, "ho-ten")
    assert "đơn vị" in await talk.say(words)
    assert said(await talk.tip())["ho-ten"] == words


def test_who_tells_or_buries_is_not_who_is_told_of() -> None:
    assert not names_first("Ông Nguyễn Văn Thử kể lại là có anh chôn ở đó")
    assert not names_first("Trần Văn Mẫu với tôi chôn anh ấy")
    assert names_first("Anh trai tôi là Vũ Đình Dụ, nhập ngũ tháng 4 năm 1968")


@pytest.mark.parametrize(
    "words", ["gần cái sân bay Tà Cơn", "mẹ kiếp già lẩm cẩm rồi", "Trịnh Văn Ví Dụ", "0912 000 110"]
)
async def test_what_says_not_how_he_knows_is_no_source(talk: Talk, words: str) -> None:
    await asked_for(talk, "nguon", "Nguyễn Văn Ví Dụ", "không nhớ", "năm 1970", "chân đồi Mẫu, xã Ví Dụ")
    await talk.say("không phải")  # what the story would have offered
    await talk.say(words)
    assert "nguon" not in said(await talk.tip())


@pytest.mark.parametrize(
    "words",
    ["tôi là y tá, nó mất trên tay tôi", "trích lục ở bộ chỉ huy quân sự tỉnh", "đọc trong lịch sử đảng bộ xã"],
)
def test_how_he_knows_in_words_of_his_own_is_a_source(words: str) -> None:
    assert fits("source", words) is Fit.YES


def test_a_sentence_is_no_place() -> None:
    assert fits("place", "mẹ kiếp già lẩm cẩm rồi") is Fit.NO
    assert fits("place", "tà cơn khe sanh") is not Fit.NO


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Năm 1966, cảm ơn cháu nhé", "Năm 1966"),
        ("nam 1966 cam on chau nhe", "nam 1966"),
        ("Chào cháu, tôi là Nguyễn Văn Mẫu", "tôi là Nguyễn Văn Mẫu"),
        ("cảm ơn cháu nhiều", "cảm ơn cháu nhiều"),
        ("tôi muốn cảm ơn người đã chôn anh tôi", "tôi muốn cảm ơn người đã chôn anh tôi"),
    ],
)
def test_thanks_around_what_is_said_are_left_out_and_alone_they_stay(words: str, left: str) -> None:
    assert without_courtesies(words) == left


async def test_thanks_after_every_answer_lose_none_of_them(talk: Talk) -> None:
    await asked_for(talk, "ho-ten")
    for words in ("Đinh Văn Mẫu. Cảm ơn cháu", "pháo cao xạ cháu ạ, bà cảm ơn", "Năm 1966, cảm ơn cháu nhé"):
        await talk.say(words)
    told = tips.answered(await talk.tip())
    assert told["ho-ten"]["label"] == "Đinh Văn Mẫu"
    assert told["thoi-gian"]["kind"] == "date"
    assert "don-vi" in told


async def test_who_says_in_his_story_who_he_is_is_not_asked_for_it(talk: Talk) -> None:
    await begun(talk)
    await talk.say("Chào cháu, tôi là Nguyễn Văn Thử, sinh năm 1948. Năm 72 tôi tự tay chôn một anh ở chân đồi Mẫu")
    for words in ("Trần Văn Mẫu", "không nhớ", "đúng", "đúng"):
        await talk.say(words)
    assert "gọi bác theo số nào" in await talk.say("đúng")
    tip = await talk.tip()
    assert [(one.role, one.name, one.born) for one in tip.people] == [("witness", "Nguyễn Văn Thử", "sinh năm 1948")]


def test_only_of_himself_does_somebody_introduce_himself() -> None:
    assert reading.introduction("Chú tên Sơn, chết năm 73") == ""
    assert reading.introduction("cháu là Mai, ông kể cho cháu ghi", young=False) == ""
    assert reading.introduction("cháu là Mai, ông kể cho cháu ghi", young=True) == "cháu là Mai"


async def told(talk: Talk) -> None:
    await begun(talk)
    await talk.say(STORY)
    for words in (
        "Nguyễn Văn Mẫu",
        "không nhớ",
        "1970",
        "chân đồi Thử",
        "đúng",
        "Trần Văn Thử",
        "1948",
        "0912 000 111",
    ):
        await talk.say(words)
    assert "Mã phiếu" in await talk.say("đúng rồi gửi đi")


async def test_who_tells_of_a_second_grave_is_asked_only_whether_it_is_he(talk: Talk) -> None:
    await told(talk)
    await begun(talk)
    for words in (
        "Còn một anh nữa tôi tự tay chôn ở bờ suối",
        "Lê Văn Mẫu",
        "không nhớ",
        "1971",
        "bờ suối Ví Dụ",
        "đúng",
    ):
        last = await talk.say(words)
    assert "vẫn là bác Trần Văn Thử kể" in last
    assert "đã đúng chưa" in await talk.say("đúng rồi")
    row = (await talk.tip()).people[0]
    assert (row.name, row.born, row.phone) == ("Trần Văn Thử", "1948", "0912 000 111")


async def test_who_is_another_this_time_is_asked_who_he_is(talk: Talk) -> None:
    await told(talk)
    await begun(talk)
    for words in ("Tôi tự tay chôn một anh ở bờ suối", "Lê Văn Mẫu", "không nhớ", "1971", "bờ suối Ví Dụ", "đúng"):
        await talk.say(words)
    assert "tên gì" in await talk.say("không phải") or "họ tên" in talk.heard[-1].text
    row = (await talk.tip()).people[0]
    assert (row.name, row.born, row.phone) == ("", "", "")


async def test_what_is_to_be_put_right_may_be_named_in_words(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "Nguyễn Văn Mẫu")
    await talk.say("sửa lại")
    assert "tên" in await talk.say("họ tên liệt sĩ")
    await talk.say("Nguyễn Đình Mẫu")
    assert said(await talk.tip())["ho-ten"] == "Nguyễn Đình Mẫu"


async def test_tired_he_says_send_and_it_is_read_back(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "Nguyễn Văn Mẫu")
    assert "đã đúng chưa" in await talk.say("Tôi mệt, cho tôi gửi")
    assert "Mã phiếu" in await talk.say("gửi luôn đi")


async def test_a_telephone_with_a_question_behind_it_is_kept_and_the_question_answered(talk: Talk) -> None:
    answers = ("Nguyễn Văn Mẫu", "không nhớ", "1970", "chân đồi Thử", "đúng", "Trần Văn Thử", "1948")
    await asked_for(talk, "dien-thoai", *answers)
    answer = await talk.say("091.445.6702 nghe, mà gọi giờ hành chính được không?")
    assert "số nào" not in answer
    assert (await talk.tip()).people[0].phone == "0914 456 702"


async def test_what_was_never_sent_is_deleted_at_once(talk: Talk) -> None:
    await asked_for(talk, "ho-ten")
    assert "chắc chắn muốn xóa" in await talk.say("xóa dữ liệu của tôi")
    assert "phường không giữ lại" in await talk.say("đúng, xóa hết đi")
    tip = await talk.tip()
    assert tip.state == TipState.DECLINED
    assert not any(one.said for one in tip.answers)


async def test_a_deletion_that_waits_is_shown_with_its_day_wherever_he_looks(talk: Talk) -> None:
    await told(talk)
    await talk.say("xóa dữ liệu của tôi")
    await talk.say("xóa đi")
    for asked in ("tin của tôi", "dữ liệu của tôi"):
        shown = await talk.say(asked)
        shown = await talk.say("xem") if "làm gì" in shown else shown
        assert "Bác đã xin xóa tin này ngày" in shown


async def test_who_is_well_after_all_is_told_no_promise_and_the_officers_read_it(talk: Talk) -> None:
    await talk.say("tôi chẳng còn muốn sống nữa")
    answer = await talk.say("tôi không sao đâu, đừng gọi công an nhé")
    assert "cán bộ đọc được" in answer
    assert "sẽ gọi" not in answer
    (alarm,) = await kept(talk.database)
    assert "đừng gọi công an" in alarm.words


async def test_an_answer_to_the_tip_ends_what_is_passed_on_to_the_officers(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "Nguyễn Văn Mẫu")
    await talk.say("khoan, thằng cháu vừa cuốc vườn lòi ra quả lựu đạn còn nguyên chốt!")
    await talk.say("Thôi yên rồi, giờ tôi kể tiếp. Anh ở đại đội 2, tiểu đoàn đặc công")
    await talk.say("Tháng 3 năm 1975")
    await talk.say("Sườn đồi phía tây thôn Mẫu, xã Ví Dụ")
    told = said(await talk.tip())
    assert told["don-vi"].endswith("tiểu đoàn đặc công")
    assert told["noi-chon"] == "Sườn đồi phía tây thôn Mẫu, xã Ví Dụ"
    alarms: list[Emergency] = await kept(talk.database)
    assert "Sườn đồi" not in alarms[0].words


async def test_a_bare_yes_when_nothing_was_asked_gets_no_list_of_questions(talk: Talk) -> None:
    for words in ("đúng rồi cháu ạ", "không nhớ"):
        assert "Bác cần hỏi hay muốn kể thêm" in await talk.say(words)


async def test_who_asks_whether_it_is_a_machine_is_told_so(talk: Talk) -> None:
    assert "máy trả lời tự động" in await talk.say("cháu là người hay máy vậy")
    await asked_for(talk, "ho-ten")
    assert "máy trả lời tự động" in await talk.say("cháu là người hay máy vậy")


async def test_to_a_helper_nobody_is_called_uncle(talk: Talk) -> None:
    await talk.say("Dạ cháu nhắn giùm bà ngoại, bà muốn báo tin")
    assert (await talk.tip()).by_helper
    for words in ("bà đồng ý", "cháu đồng ý", "Chú bộ đội chết ở sau vườn nhà bà", "không nhớ", "mai nói tiếp nhé"):
        last = await talk.say(words)
    assert "ông/bà nghỉ ngơi" in last


async def test_an_answer_with_a_question_behind_it_is_both(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "Nguyễn Văn Mẫu")
    await talk.say("d3 e9 f304, mà cho hỏi mất giấy báo tử thì làm lại ở đâu?")
    assert said(await talk.tip())["don-vi"] == "d3 e9 f304"
    assert (await talk.tip()).asking.lstrip("?") == "thoi-gian"


async def test_the_year_he_joined_up_corrects_neither_birth_nor_death(talk: Talk) -> None:
    await asked_for(talk, "noi-chon", "Nguyễn Văn Mẫu", "không nhớ", "năm 1970")
    assert "cán bộ sẽ xem" in await talk.say("không phải, 1967 là năm anh ấy đi bộ đội")
    assert said(await talk.tip())["thoi-gian"] == "năm 1970"


@pytest.mark.parametrize(
    ("words", "read_back"),
    [
        ("dạ Nguyễn Hữu Mẫu cháu ạ", "Nguyễn Hữu Mẫu"),
        ("hình như năm 1970 thì phải ạ", "hình như năm 1970 thì phải"),
        ("bà cô ruột là em gái bác ạ", "bà cô ruột là em gái bác"),
        ("ạ", "ạ"),
    ],
)
def test_what_is_read_back_has_no_courtesies_and_is_as_sure_as_it_was_said(words: str, read_back: str) -> None:
    assert reading.plain(words) == read_back


async def test_where_the_ward_is_found_is_told_from_what_it_has_written_down(talk: Talk) -> None:
    assert "0225" not in await talk.say("số điện thoại phường là bao nhiêu")
    talk.inbox._config = replace(talk.inbox._config, contact=Contact(military="0225 000 0001"))
    for words in ("so dien thoai phuong la bao nhieu", "cho tôi xin số điện thoại của phường"):
        assert "0225 000 0001" in await talk.say(words)


async def test_in_despair_too_a_yes_to_the_consent_is_one_and_a_question_is_answered(talk: Talk) -> None:
    await talk.say("báo tin")
    await talk.say("tôi chẳng còn muốn sống nữa")
    assert "Mời bác kể" in await talk.say("tôi đồng ý cho ghi")
    assert tips.consented(await talk.tip())


async def test_nothing_is_sent_on_words_that_only_sound_like_a_yes(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "Nguyễn Văn Mẫu")
    await talk.say("gửi đi")
    answer = await talk.say("số tổ dân phố 3 ạ")
    assert "Mã phiếu" not in answer
    assert "số tổ dân phố 3" in answer


async def test_of_a_unit_only_what_was_wrong_is_put_right(talk: Talk) -> None:
    await asked_for(talk, "thoi-gian", "Nguyễn Văn Mẫu", "đại đội 3, tiểu đoàn 7, trung đoàn 18")
    answer = await talk.say("đúng rồi nhưng tiểu đoàn 8 chứ không phải tiểu đoàn 7, tôi nhớ lộn")
    assert "đại đội 3, tiểu đoàn 8, trung đoàn 18" in answer


async def test_what_is_added_to_a_yes_is_kept(talk: Talk) -> None:
    await asked_for(talk, "nguon", "Nguyễn Văn Mẫu", "không nhớ", "năm 1970", "chân đồi Mẫu")
    await talk.say("phải, mà ở huyện Hải Lăng tỉnh Quảng Trị nữa cháu nhé")
    told = [one.said for one in tips.live(await talk.tip())]
    assert "phải, mà ở huyện Hải Lăng tỉnh Quảng Trị nữa cháu nhé" in told


async def test_a_telephone_after_an_alarm_and_the_wish_to_be_called_are_on_the_officers_card(talk: Talk) -> None:
    await talk.say("thấy quả lựu đạn ở ruộng sau nhà")
    assert "nhắn số điện thoại vào đây" in await talk.say("", press="call")
    assert "chuyển thêm lời bác" in await talk.say("sđt tôi 0912345678")
    (alarm,) = await kept(talk.database)
    assert "0912345678" in alarm.words


@pytest.mark.parametrize("words", ["ôi có người bị mìn nổ ở bờ đê", "con tôi đạp phải mìn", "xin giúp, nhà tôi cháy"])
async def test_what_has_exploded_and_what_burns_rings(talk: Talk, words: str) -> None:
    assert "115" in await talk.say(words)
    (alarm,) = await kept(talk.database)
    assert alarm.sure


def test_a_place_is_offered_with_its_district_and_the_day_before_the_year() -> None:
    story = "Anh ấy ở chân đồi 52 xã Hải Phú, Hải Lăng, Quảng Trị. Năm 1972, mất ngày 15/8/1972."
    assert reading.read("place", story)[0].endswith("xã Hải Phú, Hải Lăng, Quảng Trị")
    assert reading.read("time", story)[0] == "ngày 15/8/1972"


async def test_a_full_name_after_a_short_one_is_that_name(talk: Talk) -> None:
    await asked_for(talk, "don-vi", "có cậu Mẫu")
    await talk.say("Dương Văn Mẫu")
    assert said(await talk.tip())["ho-ten"] == "Dương Văn Mẫu"


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("đã bảo ở trên rồi, Lê Quang Mẫu", "Lê Quang Mẫu"),
        ("sinh 1950 nói rồi", "sinh 1950"),
        ("DA NOI ROI DO VAN MAU", "DO VAN MAU"),
        ("mẹ tôi kể là chôn ở đồi", "mẹ tôi kể là chôn ở đồi"),
        ("bác nói nhầm, xã Gio Mẫu", "bác nói nhầm, xã Gio Mẫu"),
    ],
)
def test_impatience_around_an_answer_is_left_out(words: str, left: str) -> None:
    assert without_courtesies(words) == left


@pytest.mark.parametrize(
    ("words", "agreed"),
    [
        ("bà bảo đồng ý ạ, mà xong thì có ai gọi lại không?", True),
        ("đồng ý. mà sao lại hỏi", True),
        ("u dong y chau oi", True),
        ("ghi thì để làm gì thế, nhưng mà thôi được bác đồng ý, ghi đi", True),
        ("thôi không đồng ý đâu, nhỡ lộ thông tin ra ngoài thì sao", False),
        ("để hỏi con tôi đã, nó đồng ý thì tôi đồng ý", None),
    ],
)
async def test_a_clear_yes_or_no_to_the_consent_counts_whatever_is_said_behind_it(
    talk: Talk, words: str, agreed: bool | None
) -> None:
    await talk.say("báo tin")
    await talk.say(words)
    tip = await talk.tip()
    assert [one.given for one in tip.consents] == ([] if agreed is None else [agreed])


async def test_who_refused_and_thinks_better_of_it_goes_on_in_the_same_form(talk: Talk) -> None:
    await talk.say("gia đình đi tìm")
    assert "gia đình đi tìm" in await talk.say("không đồng ý")
    await talk.say("à mà thôi em nghĩ lại r, cho em khai tiếp đi ạ")
    tip = await talk.tip()
    assert (tip.form, tip.state) == ("family", TipState.TELLING)


async def test_a_guess_that_was_denied_is_not_offered_again(talk: Talk) -> None:
    await begun(talk)
    await talk.say("Anh ấy nhập ngũ năm 1965, tôi chôn anh ở chân đồi")
    for words in ("Nguyễn Văn Mẫu", "không nhớ"):
        await talk.say(words)
    last = await talk.say("KO PHAI!!! 1965 LA NAM ANH AY DI B. NAM 1968 MOI HY SINH")
    assert "1965" not in last
    assert "1968" in said(await talk.tip())["thoi-gian"]


async def test_plain_words_are_not_asked_whether_they_ask(talk: Talk) -> None:
    await asked_for(talk, "nguon", "Nguyễn Văn Mẫu", "không nhớ", "năm 1970", "chân đồi Mẫu")
    assert "đang hỏi, hay đang kể" not in await talk.say("thì tay bác đào chứ ai")


async def test_in_despair_it_is_said_that_nobody_calls_the_police_and_nothing_is_called_a_mistake(talk: Talk) -> None:
    await talk.say("giờ chả muốn sống nữa")
    for words in ("thôi tôi không sao đâu, đừng có gọi công an đến nhà tôi", "thế có ai gọi công an không, trả lời đi"):
        answer = await talk.say(words)
        assert "không tự gọi công an" in answer
        assert "hiểu nhầm" not in answer


async def test_a_joke_is_believed_and_no_alarm_is_rung_again(talk: Talk) -> None:
    await talk.say("thằng cháu bảo ngoài vườn có quả đạn cối chưa nổ")
    assert "hiểu nhầm" in await talk.say("à không phải, nó đùa đấy, cục sắt máy cày thôi")


async def test_grief_after_the_receipt_is_shared_and_not_filed(talk: Talk) -> None:
    await told(talk)
    assert "chia sẻ với bác" in await talk.say("Cháu ơi bác buồn lắm, đêm nào cũng nhớ mà khóc")


async def test_who_asks_what_is_kept_of_him_is_shown_the_way(talk: Talk) -> None:
    await told(talk)
    assert "Phường đang giữ 1 tin" in await talk.say("thế còn giữ lại gì của tôi không")


def test_what_a_paper_says_of_a_unit_is_a_unit() -> None:
    assert fits("unit", "giấy báo tử chỉ ghi KB") is Fit.YES


def test_who_says_that_he_did_not_only_hear_of_it_has_not_heard_of_it() -> None:
    assert "nghe-ke" not in reading.read("source", "Chính tay bác đào hố chôn nó chứ nghe ai kể nữa")
    assert "nghe-ke" in reading.read("source", "tôi nghe mẹ kể lại")


async def test_the_south_is_no_year_that_is_corrected(talk: Talk) -> None:
    await asked_for(talk, "noi-chon", "Nguyễn Văn Mẫu", "không nhớ", "năm 1970")
    await talk.say("sua lai, noi hy sinh la mat tran phia nam")
    assert said(await talk.tip())["thoi-gian"] == "năm 1970"
