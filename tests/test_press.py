"""Pictures of the press are drawn for real and looked at: their size, their QR code, their margins, their words."""

import io
import shutil
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot.press import (
    STORY,
    Anniversary,
    Bulletin,
    Call,
    Card,
    Clarification,
    Countdown,
    Deed,
    Numbers,
    PressError,
    Question,
    Quiz,
    Ranking,
    Rules,
    Slogan,
    Steps,
    Target,
    Timeline,
    TooLong,
    Trend,
    infographic,
)
from bot.press.values import Values

CONTENT = Path(__file__).parent.parent / "content"
WARD = "Phường Trần Nhân Tông, TP Hải Phòng"
QR = "https://trian.phuongtrannhantong.example/chat?bao-tin=1"
STACKED = "ỖẬỂỮỰ"

LONG_TITLE = (
    f"Nguyễn Thị Ngọc Ẩn hỏi: vì sao {STACKED} việc tìm kiếm, quy tập, xác định danh tính liệt sĩ lại khó khăn đến thế?"
)
LONG_ANSWER = (f"Việc chọn ai cho mẫu do cơ quan chuyên môn hướng dẫn; {STACKED} Nguyễn Thị Ngọc Ẩn. " * 9)[:419] + "."
LONG_SOURCE = (
    "Kế hoạch tuyên truyền Chiến dịch 500 ngày đêm của Đảng ủy phường Trần Nhân Tông năm 2026, mục II; "
    "Thông tư 80/2022/TT-BQP, Điều 6; Nghị định 131/2021/NĐ-CP, Đ.138"
)
HOSTILE = (
    '"q" #set #panic() $x^2$ * _a_ `r` \\n \\u{1F600} <b>đậm</b> // /* {ward} {0} [c] @ref -- \x00\u202e\n漢 😀 \ud800'
)

TARGET = Target(
    ward=WARD,
    qr=QR,
    title="Thành phố đặt chỉ tiêu lấy mẫu bao nhiêu?",
    label="Chỉ tiêu lấy mẫu cho hài cốt liệt sĩ chưa xác định thông tin, thành phố Hải Phòng",
    goal=2730,
    done=1968.0,
    unit="hài cốt liệt sĩ",
    deadline="31/1/2027",
    standing="phấn đấu hoàn thành đến ngày 31/1/2027 (còn 70 ngày)",
    as_of="20/11/2026",
    source="Ban Chỉ huy Quân sự phường",
)
COUNTDOWN = Countdown(
    ward=WARD,
    qr=QR,
    day=253,
    total=500,
    left=247,
    end="27/7/2027",
    milestones=(
        ("28/8/2026", "Chỉ tiêu lấy mẫu cho mộ liệt sĩ chưa xác định thông tin, phường Trần Nhân Tông", True),
        ("31/1/2027", "Chỉ tiêu lấy mẫu cho hài cốt liệt sĩ chưa xác định thông tin, thành phố Hải Phòng", False),
        ("tháng 3/2027", "Chỉ tiêu tìm kiếm, quy tập hài cốt liệt sĩ, thành phố Hải Phòng", False),
    ),
)
QUESTION = Question(
    ward=WARD,
    qr=QR,
    question="Gia đình muốn cho mẫu ADN thì đến đâu?",
    answer="Bác đến Ủy ban nhân dân phường hỏi trước.\n\nCán bộ sẽ xem giấy tờ và chỉ nơi cần liên hệ.",
    topic="Giám định ADN",
    source="Nghị định 128/2025/NĐ-CP",
)
ANNIVERSARY = Anniversary(
    ward=WARD,
    qr=QR,
    day="27/7",
    name="Ngày Thương binh – Liệt sĩ",
    line="Kính cẩn tưởng nhớ các Anh hùng liệt sĩ",
    years=80,
    lunar=None,
)
CALL = Call(
    ward=WARD,
    qr=QR,
    title="Mời bà con cung cấp thông tin về liệt sĩ, mộ liệt sĩ",
    lines=(
        "Bác nào từng chiến đấu, từng chôn cất đồng đội, từng trông thấy hay từng nghe kể về nơi liệt sĩ nằm lại, "
        "xin hãy nói với phường.",
        "Bác có thể báo Ban Chỉ huy Quân sự phường, hoặc nhắn riêng cho Tri Ân để được hướng dẫn ghi phiếu. "
        "Không viết được thì nhờ con cháu, hoặc nhờ cán bộ ghi giúp.",
        "Một cái tên, một con suối, một gốc cây cũng đáng quý. Xin đừng kể chuyện riêng của liệt sĩ trong nhóm chung.",
    ),
    warning="Không tự đào bới. Giữ nguyên hiện trường, báo Ban Chỉ huy Quân sự phường hoặc công an.",
)
TREND = Trend(
    ward=WARD,
    qr=QR,
    title="Tiến độ lấy mẫu của thành phố",
    label="Hài cốt liệt sĩ chưa xác định thông tin đã được lấy mẫu",
    unit="hài cốt liệt sĩ",
    points=(("2026-06-30", 310.0), ("2026-08-10", 820.0), ("2026-11-20", 1968.0)),
    goal=2730,
    source="Ban Chỉ huy Quân sự phường",
)
RANKING = Ranking(
    ward=WARD,
    qr=QR,
    title="Các tổ dân phố trả lời câu đố",
    rows=(("Tổ dân phố số 1", 31.0), ("Tổ dân phố số 2", 54.0), ("Tổ dân phố số 9", 0.0)),
    unit="câu trả lời đúng",
    source="Kết quả câu đố của Tri Ân",
)
NUMBERS = Numbers(
    ward=WARD,
    qr=QR,
    title="Những con số của Chiến dịch",
    rows=(
        ("43 mộ liệt sĩ", "Chỉ tiêu lấy mẫu của phường", "Số liệu năm 2026: Kế hoạch của phường"),
        ("khoảng 45 hài cốt liệt sĩ", "Chỉ tiêu tìm kiếm, quy tập của thành phố", "Số liệu năm 2026: Kế hoạch"),
    ),
)
TIMELINE = Timeline(ward=WARD, qr=QR, title="Các mốc của Chiến dịch", marks=COUNTDOWN.milestones, source="Kế hoạch")
SLOGAN = Slogan(ward=WARD, qr=QR, words="Uống nước nhớ nguồn, đền ơn đáp nghĩa.")
STEPS = Steps(
    ward=WARD,
    qr=QR,
    title="Báo tin như thế nào?",
    steps=("Bác nhắn riêng cho Tri Ân.", "Kể điều bác nhớ.", "Giữ phiếu tiếp nhận để hỏi lại."),
    source="Kế hoạch",
)
RULES = Rules(
    ward=WARD,
    qr=QR,
    title="Ở nơi lấy mẫu",
    dos=("Đứng ngoài khu vực làm việc.",),
    donts=("Không quay phim, chụp ảnh.", "Không tự đào bới."),
    source="Kế hoạch",
)
CLARIFICATION = Clarification(
    ward=WARD, qr=QR, said="Báo tin cho phường phải nộp tiền.", truth="Báo tin không mất tiền.", source="Kế hoạch"
)
QUIZ = Quiz(
    ward=WARD, qr=QR, question="Chiến dịch kết thúc ngày nào?", options=("22/12/2026", "30/4/2027", "27/7/2027")
)
DEED = Deed(ward=WARD, qr=QR, title="Góp lời kể", story="Bác kể lại.\n\nBác vẽ sơ đồ.", source="Kế hoạch")
BULLETIN = Bulletin(
    ward=WARD, qr=QR, title="Xin cảnh giác", words="Khi gặp người:\nđòi đặt cọc;\nđòi giữ kín.", topic="", source=""
)
NEWER: list[Values] = [
    TREND,
    replace(TREND, points=()),
    replace(TREND, points=tuple((f"2026-{month:02}-01", month * 9.5) for month in range(1, 13)) * 2, goal=None),
    RANKING,
    NUMBERS,
    TIMELINE,
    SLOGAN,
    STEPS,
    RULES,
    CLARIFICATION,
    QUIZ,
    DEED,
    BULLETIN,
]
ORDINARY: list[Values] = [
    TARGET,
    replace(TARGET, done=None),
    COUNTDOWN,
    replace(COUNTDOWN, left=0),
    QUESTION,
    ANNIVERSARY,
    CALL,
]
LONGEST: list[Values] = [
    replace(
        TARGET,
        title=LONG_TITLE,
        goal=1_200_000,
        done=999_999,
        about=True,
        standing="đã hết hạn ngày 28/12/2026 – kết quả: 999.999/1.200.000 hài cốt liệt sĩ (số liệu ngày 30/12/2026)",
        source=LONG_SOURCE,
    ),
    replace(COUNTDOWN, milestones=COUNTDOWN.milestones + COUNTDOWN.milestones),
    replace(QUESTION, question=LONG_TITLE, answer=LONG_ANSWER, source=LONG_SOURCE, topic="Tìm kiếm, quy tập hài cốt"),
    replace(ANNIVERSARY, name=LONG_TITLE, line=LONG_TITLE, years=1026, lunar="1/11", day="30/12"),
    replace(CALL, title=LONG_TITLE),
    replace(TREND, title=LONG_TITLE, source=LONG_SOURCE, points=(("2026-01-01", 0.0), ("2026-12-31", 1_200_000.0))),
    replace(RANKING, title=LONG_TITLE, rows=tuple((f"Tổ dân phố Hoàng Tiến {n}", n * 1000.5) for n in range(14))),
    replace(NUMBERS, title=LONG_TITLE, rows=(*NUMBERS.rows, NUMBERS.rows[0])),
    replace(TIMELINE, title=LONG_TITLE, marks=TIMELINE.marks * 2),
    replace(SLOGAN, words=LONG_TITLE),
    replace(STEPS, title=LONG_TITLE, steps=(LONG_TITLE[:84],) * 5),
    replace(RULES, title=LONG_TITLE, dos=(LONG_TITLE[:84],) * 2, donts=(LONG_TITLE[:84],) * 3),
    replace(CLARIFICATION, said=LONG_TITLE, truth=LONG_ANSWER[:320], source=LONG_SOURCE),
    replace(QUIZ, question=LONG_TITLE, options=(LONG_TITLE[:45],) * 4),
    replace(DEED, title=LONG_TITLE, story=LONG_ANSWER, source=LONG_SOURCE),
    replace(BULLETIN, title=LONG_TITLE, words=LONG_ANSWER, source=LONG_SOURCE, topic="Tìm kiếm, quy tập"),
]
ODD: list[Values] = [
    replace(TARGET, title=HOSTILE, label=HOSTILE, unit="#", standing=HOSTILE, deadline=HOSTILE, source="$"),
    replace(COUNTDOWN, milestones=((HOSTILE[:30], HOSTILE, True),), end="#end"),
    replace(QUESTION, question=HOSTILE, answer=HOSTILE, topic=HOSTILE, source=HOSTILE),
    replace(ANNIVERSARY, day="#/$", name=HOSTILE, line=HOSTILE, lunar="\\"),
    replace(CALL, title=HOSTILE, lines=(HOSTILE, HOSTILE), warning=HOSTILE),
    replace(TREND, title=HOSTILE, label=HOSTILE, unit="$", source="#", points=(("2026-01-01", 0.0),) * 2, goal=0),
    replace(RANKING, title=HOSTILE, rows=((HOSTILE, 0.0), ("#", -3.0)), unit="$"),
    replace(NUMBERS, title="#", rows=((HOSTILE[:30], HOSTILE, HOSTILE),)),
    replace(STEPS, title=HOSTILE, steps=(HOSTILE,)),
    replace(RULES, title=HOSTILE, dos=(), donts=(HOSTILE,)),
    replace(CLARIFICATION, said=HOSTILE, truth=HOSTILE, source=HOSTILE),
    replace(QUIZ, question=HOSTILE, options=(HOSTILE, "#")),
    replace(QUESTION, question="x" * 120, answer="y" * 200, topic="z" * 90, source="https://vi.du/" + "w" * 60),
    replace(CALL, title="ABC " * 30, lines=("1 a " * 60, "Trần 1/2 " * 20), warning="Nguyễn " * 12),
]
EVERY = ORDINARY + NEWER + LONGEST + ODD


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the press's part of content/, to be damaged."""
    shutil.copytree(CONTENT / "press", tmp_path / "press")
    (tmp_path / "texts").mkdir()
    shutil.copy(CONTENT / "texts" / "press.toml", tmp_path / "texts")
    return tmp_path


@pytest.mark.parametrize("values", EVERY)
def test_a_picture_is_1080_by_1350_and_its_qr_code_leads_to_the_tip_off_page(values: Values) -> None:
    drawn = infographic(values, folder=CONTENT)
    image = picture(drawn.png)
    assert image.size == (drawn.width, drawn.height) == (1080, 1350)
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [QR]


@pytest.mark.parametrize("values", EVERY)
def test_nothing_is_printed_outside_the_margins(values: Values) -> None:
    image = picture(infographic(values, folder=CONTENT).png)
    ground = image.getpixel((5, 600))
    for left, right in ((0, 64), (1016, 1080)):
        body = image.crop((left, 175, right, 1065))
        assert body.getcolors() == [(body.width * body.height, ground)]


@pytest.mark.parametrize("values", EVERY)
def test_the_footer_stays_where_it_is_and_carries_the_fixed_lines(values: Values) -> None:
    footer = (0, 1080, 1080, 1350)
    usual = picture(infographic(QUESTION, folder=CONTENT).png).crop(footer)
    assert picture(infographic(values, folder=CONTENT).png).crop(footer).tobytes() == usual.tobytes()


@pytest.mark.parametrize("values", [*ORDINARY, *NEWER], ids=lambda values: type(values).__name__)
def test_by_night_and_on_the_tall_page_it_is_as_whole_as_by_day(values: Values) -> None:
    drawn = infographic(values, folder=CONTENT, size=STORY, dark=True)
    image = picture(drawn.png)
    assert image.size == STORY
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [QR]
    assert drawn.alt == infographic(values, folder=CONTENT).alt
    ground = image.getpixel((5, 900))
    assert isinstance(ground, tuple)
    assert sum(ground) < 200
    body = image.crop((1016, 175, 1080, 1635))
    assert body.getcolors() == [(body.width * body.height, ground)]


def test_the_line_of_a_figure_rises_with_it_and_says_each_value() -> None:
    alt = infographic(TREND, folder=CONTENT).alt
    assert "30/6/2026: 310; 10/8/2026: 820; 20/11/2026: 1.968" in alt
    assert "Chỉ tiêu: 2.730 hài cốt liệt sĩ" in alt
    assert "Chưa có đủ số liệu" in infographic(replace(TREND, points=TREND.points[:1]), folder=CONTENT).alt


def test_a_ranking_begins_with_the_most_and_counts_whom_it_leaves_out() -> None:
    assert infographic(RANKING, folder=CONTENT).alt.index("số 2: 54") < infographic(RANKING, folder=CONTENT).alt.index(
        "số 1: 31"
    )
    many = replace(RANKING, rows=tuple((f"Tổ {n}", float(n)) for n in range(11)))
    assert "Và 4 nơi khác" in infographic(many, folder=CONTENT).alt


def test_a_quiz_does_not_tell_the_answer_and_a_falsehood_never_stands_alone() -> None:
    assert "A. 22/12/2026. B. 30/4/2027. C. 27/7/2027." in infographic(QUIZ, folder=CONTENT).alt
    alt = infographic(CLARIFICATION, folder=CONTENT).alt
    assert "Điều nghe đồn: Báo tin cho phường phải nộp tiền. Sự thật: Báo tin không mất tiền." in alt


def test_the_card_of_a_link_lies_and_holds_a_long_title() -> None:
    drawn = infographic(Card(ward=WARD, qr=QR, title=LONG_TITLE, topic=""), folder=CONTENT, size=(1200, 630))
    assert picture(drawn.png).size == (1200, 630)


def test_lines_of_stacked_capitals_do_not_touch() -> None:
    image = picture(infographic(replace(QUESTION, answer=f"{STACKED} " * 60, source=""), folder=CONTENT).png)
    body = image.crop((64, 175, 1016, 1065)).convert("L")
    inked = [min(body.crop((0, y, body.width, y + 1)).tobytes()) < 200 for y in range(body.height)]
    bands = "".join("#" if row else " " for row in inked).split()
    assert len(bands) > 8
    assert max(map(len, bands)) < 90


def test_decomposed_letters_are_drawn_like_composed_ones() -> None:
    decomposed = replace(
        QUESTION, **{k: unicodedata.normalize("NFD", getattr(QUESTION, k)) for k in ("ward", "answer")}
    )
    assert infographic(decomposed, folder=CONTENT) == infographic(QUESTION, folder=CONTENT)


def test_hostile_text_is_printed_as_it_stands() -> None:
    alt = infographic(replace(QUESTION, question=HOSTILE), folder=CONTENT).alt
    assert '"q" #set #panic() $x^2$ * _a_ `r` \\n' in alt
    assert "{ward} {0}" in alt


def test_the_alternative_text_of_a_target_holds_its_figures() -> None:
    alt = infographic(TARGET, folder=CONTENT).alt
    for words in ("2.730 hài cốt liệt sĩ", "1.968/2.730", "72%", "31/1/2027", "Số liệu ngày 20/11/2026", WARD):
        assert words in alt
    assert "Không quay phim, chụp ảnh việc lấy mẫu để đăng lên mạng xã hội" in alt
    assert "khoảng 2.730" in infographic(replace(TARGET, about=True), folder=CONTENT).alt


def test_a_target_without_a_figure_says_so_and_shows_none() -> None:
    unknown = infographic(replace(TARGET, done=None), folder=CONTENT)
    nothing = infographic(replace(TARGET, done=0), folder=CONTENT)
    assert "Chưa có số liệu, chờ Ban Chỉ huy Quân sự phường cập nhật" in unknown.alt
    assert "%" not in unknown.alt
    assert "0/2.730 hài cốt liệt sĩ (0%)" in nothing.alt
    assert unknown.png != nothing.png


@pytest.mark.parametrize(
    ("goal", "done", "said"),
    [
        (45, 44.98, "44,98/45 hài cốt liệt sĩ (99,9%)"),
        (43, 50, "50/43 hài cốt liệt sĩ (116,2%)"),
        (0, 3, "Đã đạt: 3 hài"),
    ],
)
def test_a_share_is_never_rounded_up(goal: float, done: float, said: str) -> None:
    assert said in infographic(replace(TARGET, goal=goal, done=done), folder=CONTENT).alt


def test_a_deadline_is_told_once() -> None:
    assert infographic(TARGET, folder=CONTENT).alt.count("31/1/2027") == 1
    assert "Thời hạn: 31/1/2027" in infographic(replace(TARGET, standing="còn 70 ngày"), folder=CONTENT).alt


def test_the_countdown_tells_where_the_campaign_stands() -> None:
    def alt(day: int, left: int) -> str:
        return infographic(replace(COUNTDOWN, day=day, left=left), folder=CONTENT).alt

    assert "ngày thứ 253 trong 500 ngày" in alt(253, 247)
    assert "còn 247 ngày" in alt(253, 247)
    assert "28/8/2026 (đã qua)" in alt(253, 247)
    assert "Chiến dịch đã kết thúc ngày 27/7/2027." in alt(500, 0)
    assert "sắp bắt đầu" in alt(0, 520)


def test_the_countdown_keeps_the_milestones_that_lie_ahead() -> None:
    many = tuple((f"{n}/1/2027", f"Mốc {n}", n < 5) for n in range(1, 9))
    alt = infographic(replace(COUNTDOWN, milestones=many), folder=CONTENT).alt
    assert [n for n in range(1, 9) if f"Mốc {n}" in alt] == [5, 6, 7, 8]


def test_the_other_alternative_texts_hold_what_is_printed() -> None:
    assert QUESTION.question in infographic(QUESTION, folder=CONTENT).alt
    assert " 80 năm." in infographic(ANNIVERSARY, folder=CONTENT).alt
    assert "Ngày 15/7 âm lịch." in infographic(replace(ANNIVERSARY, lunar="15/7"), folder=CONTENT).alt
    assert "Không tự đào bới. Giữ nguyên hiện trường" in infographic(CALL, folder=CONTENT).alt


def test_another_size_keeps_the_layout() -> None:
    drawn = infographic(QUESTION, folder=CONTENT, size=(1440, 1800))
    assert picture(drawn.png).size == (drawn.width, drawn.height) == (1440, 1800)


def test_text_that_would_have_to_shrink_under_what_can_be_read_is_refused() -> None:
    with pytest.raises(TooLong, match="viết gọn lại"):
        infographic(replace(QUESTION, answer=LONG_ANSWER * 3), folder=CONTENT)


@pytest.mark.parametrize(
    "values",
    [replace(QUESTION, qr="x" * 3000), replace(TARGET, done=float("nan")), replace(TARGET, goal=float("inf"))],
)
def test_values_that_cannot_be_drawn_raise_press_error(values: Values) -> None:
    with pytest.raises(PressError):
        infographic(values, folder=CONTENT)


@pytest.mark.parametrize("size", [(0, 1350), (1080, -1), (1080, 10)])
def test_a_size_that_cannot_be_raises_press_error(size: tuple[int, int]) -> None:
    with pytest.raises(PressError):
        infographic(QUESTION, folder=CONTENT, size=size)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("press/question.typ", "#import nothing"),
        ("press/question.typ", "one #pagebreak() two"),
        ("texts/press.toml", "not toml"),
        ("texts/press.toml", 'rule = "only this"'),
    ],
)
def test_a_broken_template_or_sentence_raises_press_error(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(PressError) as caught:
        infographic(QUESTION, folder=folder)
    assert str(caught.value)


@pytest.mark.parametrize("file", ["press/question.typ", "press/frame.typ", "texts/press.toml"])
def test_a_missing_file_raises_press_error(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(PressError):
        infographic(QUESTION, folder=folder)


def test_a_template_changed_by_staff_is_used_at_once(folder: Path) -> None:
    before = infographic(QUESTION, folder=folder)
    template = folder / "press" / "question.typ"
    template.write_text(template.read_text("utf-8").replace("heading(", "heading(upper(v.topic) + "), "utf-8")
    assert infographic(QUESTION, folder=folder).png != before.png


def test_threads_may_draw_at_the_same_time() -> None:
    alone = [infographic(values, folder=CONTENT) for values in ORDINARY]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda values: infographic(values, folder=CONTENT), ORDINARY * 3)) == alone * 3
