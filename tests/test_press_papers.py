"""Papers, scripts, sound and film are made for real: their pages are drawn, their codes read, their words compared."""

import io
import os
import shutil
import subprocess
import sys
import unicodedata
import wave
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot import HOME
from bot.posts.drawing import KINDS
from bot.press import Bulletin, PressError, Slogan, TooLong
from bot.press.papers import Paper, banner, folded, leaflet, poster
from bot.press.recording import NotInstalled, film, rehearsal, slides
from bot.press.scripts import breaths, heard, paper, plain, script
from bot.press.values import Sheet

CONTENT = Path(__file__).parent.parent / "content"
WARD = "Phường Trần Nhân Tông, TP Hải Phòng"
QR = "https://trian.phuongtrannhantong.example/chat?bao-tin=1"
STACKED = "ỖẬỂỮỰ Ỗ Ậ Ẵ"
PARAGRAPH = (
    "Bác nào từng chiến đấu, từng chôn cất đồng đội, từng trông thấy hay từng nghe kể về nơi liệt sĩ nằm lại, "
    "xin hãy nói với phường."
)
LIST = ("Xin bác kể:", "họ tên, quê quán;", "đơn vị, ngày và nơi hy sinh.")
SHEET = Sheet(
    ward=WARD,
    qr=QR,
    title="Mời bà con cung cấp thông tin về liệt sĩ, mộ liệt sĩ",
    lead="Điều bác nhớ hôm nay có thể giúp một gia đình.",
    parts=(("", (PARAGRAPH,)), ("Kể những gì?", LIST), ("Báo cho ai?", (PARAGRAPH, "Đến hết ngày 31/1/2027."))),
    source="Kế hoạch tuyên truyền, mục IV.2; Nghị định 131/2021/NĐ-CP, Điều 138",
)
LONG = replace(
    SHEET,
    title=f"Nguyễn Thị Ngọc Ẩn hỏi: vì sao {STACKED} việc tìm kiếm, quy tập, xác định danh tính lại khó đến thế?",
    parts=tuple((f"{n}. {STACKED}", (PARAGRAPH, *LIST, PARAGRAPH, PARAGRAPH, PARAGRAPH)) for n in range(1, 8)),
)
BARE = replace(SHEET, lead="", parts=(("", ("Xin chào bà con.",)),), source="")
SHEETS = [SHEET, LONG, BARE]
SAFE = 4_000
"""characters"""


def needs(program: str) -> None:
    """A machine without it skips the test with a word; CI has to have it."""
    if not shutil.which(program) and not os.environ.get("CI"):
        pytest.skip(f"needs {program}")


def codes(page: bytes) -> list[str]:
    image = Image.open(io.BytesIO(page)).convert("RGB")
    return [code.text for code in zxingcpp.read_barcodes(image)]


def test_the_long_sheet_is_as_long_as_the_longest_post() -> None:
    assert sum(len(words) for _, part in LONG.parts for words in part) == pytest.approx(SAFE, rel=0.05)


@pytest.mark.parametrize("sheet", SHEETS, ids=["usual", "long", "bare"])
def test_a_leaflet_has_its_code_on_every_page_and_is_a_pdf(sheet: Sheet) -> None:
    made = leaflet(sheet, CONTENT)
    assert made.pdf().startswith(b"%PDF")
    pages = made.pictures(100)
    assert len(pages) == (3 if sheet is LONG else 1)
    assert all(codes(page) == [QR] for page in pages)


@pytest.mark.parametrize("sheet", SHEETS, ids=["usual", "long", "bare"])
def test_a_folded_leaflet_has_two_sides_and_its_code_on_the_back(sheet: Sheet) -> None:
    outside, inside, *more = folded(sheet, CONTENT).pictures(100)
    assert len(more) == (1 if sheet is LONG else 0)
    image = Image.open(io.BytesIO(outside)).convert("RGB")
    assert image.width / image.height == pytest.approx(297 / 210, abs=0.01)
    assert codes(outside) == [QR]
    back = image.crop((image.width // 3, 0, 2 * image.width // 3, image.height))
    assert [code.text for code in zxingcpp.read_barcodes(back)] == [QR]
    assert Image.open(io.BytesIO(inside)).getextrema() != ((252, 252), (246, 246), (232, 232), (255, 255))


def test_what_does_not_fit_a_folded_leaflet_is_refused_in_words() -> None:
    with pytest.raises(TooLong, match="viết gọn lại"):
        folded(replace(LONG, parts=LONG.parts * 4), CONTENT).pdf()


def test_a_notice_for_the_board_is_the_picture_on_a3() -> None:
    values = Bulletin(ward=WARD, qr=QR, title="Xin cảnh giác", words=PARAGRAPH, topic="", source="")
    (page,) = poster(values, CONTENT).pictures(72)
    width, height = Image.open(io.BytesIO(page)).size
    assert (width, height) == pytest.approx((297 / 25.4 * 72, 420 / 25.4 * 72), abs=1.5)
    assert codes(page) == [QR]


@pytest.mark.parametrize("words", ["Uống nước nhớ nguồn", SHEET.title, LONG.title, f"{STACKED} " * 6])
@pytest.mark.parametrize("size", [(6.0, 0.8), (10.0, 1.0), (4.0, 0.7)])
def test_a_banner_is_at_one_to_ten_with_its_code(words: str, size: tuple[float, float]) -> None:
    (page,) = banner(Slogan(ward=WARD, qr=QR, words=words), CONTENT, size).pictures(72)
    image = Image.open(io.BytesIO(page)).convert("RGB")
    assert image.width == pytest.approx((size[0] * 100 + 40) / 25.4 * 72, abs=1.5)
    assert codes(page) == [QR]
    red = image.getpixel((image.width // 2, round((16 + 1) / 25.4 * 72)))
    edge = image.crop((round(21 / 25.4 * 72), round(17 / 25.4 * 72), round(24 / 25.4 * 72), round(70 / 25.4 * 72)))
    assert edge.getcolors() == [(edge.width * edge.height, red)]


def test_decomposed_letters_are_printed_like_composed_ones() -> None:
    apart = replace(SHEET, title=unicodedata.normalize("NFD", SHEET.title))
    assert leaflet(apart, CONTENT).pictures(30) == leaflet(SHEET, CONTENT).pictures(30)


def test_an_announcer_reads_the_whole_post_and_no_figure_is_left() -> None:
    made = script(SHEET, CONTENT)
    said = heard(made)
    assert not any(letter.isdigit() for letter in said)
    for words in (
        "Kính thưa bà con.",
        "Điều bác nhớ hôm nay",
        "năm hai nghìn không trăm hai mươi bảy",
        "Theo Kế hoạch",
    ):
        assert words in said
    assert "Xin bác kể: họ tên, quê quán; đơn vị, ngày và nơi hy sinh." in said
    assert {voice for voice, _ in made.lines} == {"Giọng 1"}


def test_two_voices_take_turns() -> None:
    voices = [voice for voice, _ in script(SHEET, CONTENT, voices=2).lines]
    assert voices == ["Giọng 1", "Giọng 2"] * (len(voices) // 2) + ["Giọng 1"] * (len(voices) % 2)


def test_a_podcast_has_room_for_music_that_is_not_counted_as_speech() -> None:
    made = script(SHEET, CONTENT, "podcast", 2)
    assert made.lines[0] == ("", "(Nhạc mở đầu, năm giây, nhỏ dần.)")
    assert "Nhạc" not in heard(made)
    text = plain(made, SHEET, CONTENT)
    assert text.startswith("Kịch bản podcast, bản tin: Mời bà con")
    assert WARD in text
    assert "\n\nGiọng 2: " in text


def test_minutes_follow_from_syllables_and_are_told_with_their_rate() -> None:
    made = script(SHEET, CONTENT)
    assert made.minutes == made.syllables / made.rate
    assert f"{made.syllables} tiếng, đọc khoảng" in plain(made, SHEET, CONTENT)
    assert "chưa đến một phút" in plain(replace(made, lines=made.lines[:1]), SHEET, CONTENT)


def test_a_script_is_printed_with_its_code_on_every_page() -> None:
    pages = paper(script(LONG, CONTENT, voices=2), LONG, CONTENT).pictures(130)
    assert len(pages) > 2
    assert all(codes(page) == [QR] for page in pages)


def test_a_list_is_read_in_one_breath() -> None:
    assert breaths([]) == []
    assert breaths(["a:", "b;", "c.", "d"]) == ["a: b; c.", "d"]
    assert breaths(["a;"]) == ["a;"]
    assert breaths(["– a.", "- b"]) == ["a.", "b"]


def test_the_slides_begin_with_the_title_and_end_with_the_code() -> None:
    drawn = slides(SHEET, CONTENT)
    assert len(drawn) == 7
    assert codes(drawn[-1]) == [QR]
    assert Image.open(io.BytesIO(drawn[0])).size == (1080, 1920)
    with pytest.raises(PressError, match="viết gọn lại"):
        slides(replace(LONG, parts=LONG.parts * 3), CONTENT)


def test_words_can_never_be_an_option_of_another_program() -> None:
    needs("espeak-ng")
    with wave.open(io.BytesIO(rehearsal("--help -v en $(date) `id` xin chào", 150))) as sound:
        assert sound.getnframes() / sound.getframerate() > 1


def test_a_rehearsal_takes_about_as_long_as_was_told() -> None:
    needs("espeak-ng")
    made = script(SHEET, CONTENT)
    with wave.open(io.BytesIO(rehearsal(heard(made), made.rate))) as sound:
        assert sound.getnframes() / sound.getframerate() / 60 == pytest.approx(made.minutes, rel=0.6)


def test_the_film_is_as_long_as_its_captions_take_to_read(tmp_path: Path) -> None:
    needs("ffmpeg")
    (tmp_path / "film.mp4").write_bytes(film(BARE, CONTENT))
    asked = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name,width,height:format=duration",
        "-of",
        "csv=p=0",
    ]
    said = subprocess.run([*asked, "film.mp4"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert said[0] == "h264,1080,1920"
    assert float(said[1]) == pytest.approx(3 * 3 + 2, abs=4)


def test_a_machine_without_the_programs_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotInstalled, match="espeak-ng"):
        rehearsal("xin chào", 150)
    with pytest.raises(NotInstalled, match="ffmpeg"):
        film(SHEET, CONTENT)


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    shutil.copytree(CONTENT / "press", tmp_path / "press")
    (tmp_path / "texts").mkdir()
    shutil.copy(CONTENT / "texts" / "press.toml", tmp_path / "texts")
    (tmp_path / "press" / "leaflet.typ").unlink()
    made: Paper = leaflet(SHEET, tmp_path)
    with pytest.raises(PressError):
        made.pdf()


def test_every_template_has_its_example_and_the_gallery_shows_them_all(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "gallery", str(tmp_path)], cwd=HOME, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    index = (tmp_path / "README.md").read_text("utf-8")
    drawn = {path.name for path in tmp_path.glob("*.png")}
    assert all(f"]({name})" in index for name in drawn)
    kinds = {name.removeprefix("hinh-").removesuffix(".png") for name in drawn if name.startswith("hinh-")}
    assert kinds == {f"{kind}{look}" for kind in KINDS for look in ("", "-toi", "-cao", "-cao-toi")}
    for name in (
        "to-roi-1",
        "to-gap-2",
        "bang-tin-1",
        "bang-ron",
        "phat-thanh-1",
        "hai-giong-1",
        "podcast-1",
        "video-1",
    ):
        assert f"{name}.png" in drawn
    assert sum(path.stat().st_size for path in tmp_path.glob("*.png")) < 6_000_000


@pytest.mark.parametrize("day", ["hom-nay", "2026-13-01"])
def test_the_gallery_refuses_a_day_that_cannot_be_in_a_sentence(tmp_path: Path, day: str) -> None:
    asked = [sys.executable, "-m", "bot", "gallery", str(tmp_path), "--on", day]
    run = subprocess.run(asked, cwd=HOME, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "Ngày viết chưa đúng" in run.stderr
