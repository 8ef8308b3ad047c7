"""What is heard in what people type: by the words of content/lexicon/ and the weights beside them."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot import HOME
from bot.language import EMERGENCIES, Act, Lexicon, Where, clashes, hear, read_lexicon
from bot.language.typed import word_of, words_of

FOLDER = HOME / "content" / "lexicon"
ASKED = [Where.NAME, Where.UNIT, Where.TIME, Where.PLACE, Where.BORN, Where.PHONE]
YES_NO = [Where.CONSENT, Where.OFFER, Where.SUMMARY]


def shipped() -> Lexicon:
    return read_lexicon(FOLDER, tomllib.loads((HOME / "content" / "answers.toml").read_text("utf-8"))["short"])


LEXICON = shipped()


def heard(words: str, where: Where) -> Act:
    return hear(words, where, LEXICON).act


@pytest.mark.parametrize("where", YES_NO)
@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("đúng", Act.YES),
        ("dung", Act.YES),
        ("ĐÚNG RỒI", Act.YES),
        ("dừng", Act.LATER),
        ("tạm dừng ạ", Act.LATER),
        ("không", Act.NO),
        ("k", Act.NO),
        ("không phải", Act.NO),
        ("vâng ạ", Act.YES),
        ("Dạ vâng ạ", Act.YES),
        ("không đồng ý", Act.NO),
        ("đồng ý ạ", Act.YES),
        ("dong y", Act.YES),
        ("hủy", Act.STOP),
        ("xóa hết đi", Act.DELETE),
        ("nhắc lại", Act.REPEAT),
    ],
)
def test_yes_and_no_are_heard_where_they_are_asked_for(words: str, act: Act, where: Where) -> None:
    assert heard(words, where) is act


@pytest.mark.parametrize("where", [*ASKED, *YES_NO])
@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("thế lấy mẫu ADN ở đâu?", Act.QUESTION),
        ("the lay mau adn o dau", Act.QUESTION),
        ("hủy", Act.STOP),
        ("thôi tôi không muốn kể nữa", Act.STOP),
        ("xóa hết đi", Act.DELETE),
        ("tiến độ", Act.PROGRESS),
        ("trợ giúp", Act.HELP),
        ("cảm ơn cháu", Act.COURTESY),
        ("bác mệt rồi, để mai", Act.LATER),
        ("chưa hiểu, nói lại đi cháu", Act.REPEAT),
        ("gọi lại cho bác với cháu nhé", Act.CALL),
    ],
)
def test_what_is_wanted_in_the_middle_of_a_form_is_heard(words: str, act: Act, where: Where) -> None:
    assert heard(words, where) is act


@pytest.mark.parametrize("where", ASKED)
@pytest.mark.parametrize(
    "words",
    [
        "vâng", "dạ vâng ạ", "đúng rồi", "dung roi", "ừ", "ok", "không", "khong", "không phải", "không đồng ý",
        "không biết", "khong nho", "bỏ qua", "quay lại", "hết rồi", "để mai", "dừng", "là sao?", "tôi là ai", "tiến độ",
        "cháu nhắn hộ ông", "xin chào", "cảm ơn", "hỏi gì cơ", "huyr ddi", "nois laij xem naof",
    ],
)  # fmt: skip
def test_a_yes_a_no_or_a_command_is_no_value(words: str, where: Where) -> None:
    assert heard(words, where) is not Act.VALUE


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("Nguyễn Văn Ví Dụ", Where.NAME),
        ("nguyen van vi du", Where.NAME),
        ("anh Tám", Where.NAME),
        ("d3 e9 f304", Where.UNIT),
        ("trung đoàn 88", Where.UNIT),
        ("năm 72", Where.TIME),
        ("mùa khô năm 1968", Where.TIME),
        ("bờ suối xã Hải Lăng, Quảng Trị", Where.PLACE),
        ("tôi nghe người ta kể lại", Where.SOURCE),
        ("1948", Where.BORN),
        ("0912 000 111", Where.PHONE),
    ],
)
def test_an_answer_to_the_question_is_a_value(words: str, where: Where) -> None:
    assert heard(words, where) is Act.VALUE


@pytest.mark.parametrize("where", [Where.NOTHING, Where.STORY, Where.NAME, Where.PLACE, Where.SUMMARY, Where.RECEIPT])
@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("thấy quả bom ở ruộng", Act.BOMB),
        ("TIM THAY QUA BOM CHUA NO SAU NHA", Act.BOMB),
        ("trẻ con đang chơi với quả lựu đạn", Act.BOMB),
        ("đào móng nhà thấy xương, giờ làm sao", Act.BONES),
        ("xe múc đang san chỗ có mộ", Act.GRAVE),
        ("có người đang đào trộm mộ", Act.GRAVE),
        ("có người bị vùi dưới hố, cứu với", Act.DANGER),
        ("tôi chẳng còn muốn sống nữa", Act.DESPAIR),
        ("toi khong thiet song nua", Act.DESPAIR),
    ],
)
def test_an_emergency_is_heard_wherever_the_talk_stands(words: str, act: Act, where: Where) -> None:
    assert heard(words, where) is act


@pytest.mark.parametrize(
    ("words", "where", "act"),
    [
        ("tôi nhớ con tôi quá", Where.NOTHING, Act.DISTRESS),
        ("toi nho con toi qua", Where.STORY, Act.DISTRESS),
        (
            "Năm 1972 máy bay ném bom trúng hầm, anh Tám hy sinh, chúng tôi chôn anh ở bìa rừng",
            Where.STORY,
            Act.STORY,
        ),
        ("hoi do bom no gan ham, dong chi Vi Du hy sinh, toi chon canh suoi", Where.STORY, Act.STORY),
        ("bom bi trông như thế nào hả cháu?", Where.NOTHING, Act.QUESTION),
        ("đơn vị tôi là công binh phá bom", Where.UNIT, Act.VALUE),
        ("xương đùi hay xương răng lấy mẫu tốt hơn ạ?", Where.NOTHING, Act.QUESTION),
    ],
)
def test_what_sounds_like_an_emergency_is_none(words: str, where: Where, act: Act) -> None:
    assert heard(words, where) is act


def test_no_two_lists_share_words_without_a_rule() -> None:
    assert list(clashes(LEXICON)) == []


def test_accents_that_are_typed_decide_and_missing_ones_leave_it_open() -> None:
    assert word_of("dung").may_mean(word_of("đúng"))
    assert word_of("dung").may_mean(word_of("dừng"))
    assert word_of("đung").may_mean(word_of("đúng"))
    assert not word_of("dừng").may_mean(word_of("đúng"))
    assert not word_of("đúng").may_mean(word_of("dung"))
    assert word_of("hoà").may_mean(word_of("hòa"))


def test_who_types_tones_means_a_marked_word_without_one() -> None:
    said, other = words_of(["thôi", "được"])[0], words_of(["thôi"])[0]
    assert not said.may_mean(word_of("thổi"))
    assert said.may_mean(word_of("thôi"))
    assert other.may_mean(word_of("thổi"))


@given(some.text(max_size=200), some.sampled_from(Where))
@settings(max_examples=150, deadline=None)
def test_anything_is_heard_as_something_and_always_the_same(words: str, where: Where) -> None:
    meaning = hear(words, where, LEXICON)
    assert meaning == hear(words, where, LEXICON)
    assert 0.0 <= meaning.likely <= 1.0


@given(some.sampled_from(["vâng", "không", "hủy", "đồng ý"]), some.sampled_from(["", " ạ", " nhé", "!", "..."]))
def test_politeness_and_punctuation_change_nothing(words: str, end: str) -> None:
    assert heard(words + end, Where.CONSENT) is heard(words, Where.CONSENT)


@pytest.mark.parametrize("words", ["", " ", "?", "....", "🙏", "\n"])
def test_nothing_is_no_value(words: str) -> None:
    assert all(heard(words, where) not in (Act.VALUE, *EMERGENCIES) for where in Where)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("acts.toml", "[yes]", "[yess]", "acts.toml: yess"),
        ("acts.toml", "[yes]\nalone", "[yes]\nallone", "acts.toml: yes: allone"),
        ("acts.toml", "most = 22", 'most = "22"', "acts.toml: delete: most"),
        ("acts.toml", '"không <nho>"', '"không <nhoo>"', "acts.toml: unknown: within: không <nhoo>"),
        ("signs.toml", 'act = "bomb"', 'act = "bom"', "signs.toml: 1: bom"),
        ("words.toml", "fillers = [", 'fillers = "" #', "words.toml: "),
        ("words.toml", '"gọi" = [', '"gọi" = [1, ', "words.toml: same: gọi"),
    ],
)
def test_a_slip_in_a_list_is_told_by_file_and_key(file: str, old: str, new: str, told: str, tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (FOLDER / file).read_text("utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=told):
        read_lexicon(tmp_path)
