"""Word, Excel and CSV: what people said arrives as they said it, and nothing of it is a formula or markup."""

import csv
import io
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from bot.cases.packages import FORM
from bot.press.letter_templates import FORMS, templates
from bot.press.letters import letter
from bot.press.tables import Cell, Column, Csv, Excel, sort_key
from bot.press.values import PressError
from tests.case_contents import NASTY, contents, papers

TEMPLATES = sorted(FORMS.glob("*.docx"))
IDENTITY = re.compile(r"danh tính|là liệt sĩ|(?<!ở )đây là|thân nhân của (bác|ông|bà)|người thân", re.IGNORECASE)


def words_of(page: bytes) -> str:
    return words_in(docx.Document(io.BytesIO(page)))


def words_in(document: Any) -> str:
    body = document.element.body
    breaks = {"br": "\n", "t": None}
    lines = []
    for paragraph in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"):
        parts = ((one.tag.rpartition("}")[2], one.text) for one in paragraph.iter())
        lines.append("".join(breaks[tag] or text or "" for tag, text in parts if tag in breaks))
    return "\n".join(lines)


def filled(template: Path) -> str:
    held, words = contents(), papers()
    fields = words.form(held, held.tips[0], {"ho-ten": "Liệt sĩ"}) if template.stem == FORM else words.case(held)
    return words_of(letter(template, fields))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_an_awkward_name_goes_through_every_template_and_comes_back(template: Path) -> None:
    read = filled(template)
    assert NASTY in read
    assert "Đồi 42\nbên suối" in read if template.stem == FORM else "=1+1 đồi 42" in read
    assert not re.search(r"\{[{%]|[}%]\}", read)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_says_what_its_values_are_and_none_says_whose_remains(template: Path) -> None:
    read = filled(template)
    assert "người cung cấp nêu" in read
    assert "chưa phải kết luận" in read
    assert not IDENTITY.search(read), IDENTITY.search(read)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_is_laid_out_as_the_decree_has_it(template: Path) -> None:
    document = docx.Document(str(template))
    section = document.sections[0]
    lengths = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    assert [round((length or 0) / 360000, 1) for length in lengths] == [21.0, 29.7, 3.0, 1.5]
    assert document.styles["Normal"].font.name == "Times New Roman"
    read = filled(template)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in read
    assert "Độc lập - Tự do - Hạnh phúc" in read
    assert "PHƯỜNG TRẦN NHÂN TÔNG" in read
    assert "Trần Nhân Tông, ngày 23 tháng 11 năm 2026" in read


def test_a_form_of_the_military_command_that_we_do_not_have_says_that_it_stands_in() -> None:
    for template in TEMPLATES:
        assert ("MẪU TẠM" in filled(template)) == template.stem.startswith("bm0")


def test_the_templates_in_git_are_those_that_the_words_make() -> None:
    made = dict(templates())
    assert {path.stem for path in TEMPLATES} == set(made)
    for path in TEMPLATES:
        assert words_in(docx.Document(str(path))) == words_in(made[path.stem])


def test_a_contradiction_stands_side_by_side_and_a_replaced_answer_not_in_the_form() -> None:
    case = filled(FORMS / "ho-so.docx")
    assert case.index(NASTY) < case.index("Đức còi")
    assert "Gần cầu Ngầm" not in filled(FORMS / f"{FORM}.docx")


def test_a_template_that_asks_for_what_there_is_not_names_itself_and_the_field(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("{{ so_the_can_cuoc }}")
    document.save(str(tmp_path / "bm01.docx"))
    with pytest.raises(PressError, match=r"bm01\.docx.*so_the_can_cuoc"):
        letter(tmp_path / "bm01.docx", papers().case(contents()))
    (tmp_path / "bm02.docx").write_bytes(b"not a Word file")
    with pytest.raises(PressError, match=r"bm02\.docx"):
        letter(tmp_path / "bm02.docx", {})


def test_a_template_reaches_nothing_but_its_fields(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("{{ ''.__class__.__mro__ }}")
    document.save(str(tmp_path / "bm03.docx"))
    with pytest.raises(PressError):
        letter(tmp_path / "bm03.docx", {})


COLUMNS = [Column("Nội dung"), Column("Số"), Column("Ngày"), Column("Lúc")]
ROWS: list[list[Cell]] = [
    ["=1+1", 12, date(2026, 3, 2), datetime(2026, 3, 2, 14, 5)],  # noqa: DTZ001
    ["https://example.invalid/", 3.5, None, None],
    ["+84 912\x0b 345", None, None, None],
    ["@SUM(A1)", None, None, None],
    ["a;b\n«c», \"d\"", None, None, None],
]  # fmt: skip


def test_nothing_in_excel_is_a_formula_or_a_link_and_days_are_days(tmp_path: Path) -> None:
    book = Excel(tmp_path / "a.xlsx", "Hồ sơ", COLUMNS, "Thông tin tệp")
    book.add(ROWS)
    book.close([("Số dòng", 5)])
    read = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert read.sheetnames == ["Hồ sơ", "Thông tin tệp"]
    cells = [cell for sheet in read for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    sheet = read["Hồ sơ"]
    assert [cell.value for cell in sheet["A"]] == ["Nội dung", *(str(row[0]).replace("\x0b", "") for row in ROWS)]
    assert (sheet["C2"].value, sheet["C2"].number_format) == (datetime(2026, 3, 2), "dd/mm/yyyy")  # noqa: DTZ001
    assert sheet["D2"].number_format == "dd/mm/yyyy hh:mm"
    assert read["Thông tin tệp"]["B1"].value == 5


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    book = Excel(tmp_path / "a.xlsx", "Hồ sơ", COLUMNS[:1], "Thông tin tệp", rows=2)
    book.add([[str(number)] for number in range(5)])
    book.close([])
    read = openpyxl.load_workbook(tmp_path / "a.xlsx")
    shown = [cell.value for name in read.sheetnames if name != "Thông tin tệp" for cell in read[name]["A"][1:]]
    assert shown == list("01234")


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        book = Excel(tmp_path / name, "Hồ sơ", COLUMNS, "Thông tin tệp")
        book.add(ROWS)
        book.close([])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_csv_opens_in_a_vietnamese_excel_with_accents_and_no_formula(tmp_path: Path) -> None:
    table = Csv(tmp_path / "a.csv", COLUMNS)
    table.add(ROWS)
    table.close([("Số dòng", 5)])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfN\xe1\xbb\x99i dung;")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file, delimiter=";"))
    assert read[1] == ["'=1+1", "12", "02/03/2026", "02/03/2026 14:05"]
    assert read[2][:2] == ["https://example.invalid/", "3,5"]
    assert [row[0] for row in read[3:6]] == ["'+84 912 345", "'@SUM(A1)", 'a;b\n«c», "d"']
    assert read[-1] == ["Số dòng", "5"]


def test_names_stand_in_the_order_of_a_vietnamese_dictionary() -> None:
    words = "An,Ánh,Ăn,Ân,Bích,Bình,Cao,Chí,Dương,Đào,Đỗ An,Đỗ Dũng,Em,Êm,ma,mà,mả,mã,má,mạ,Oanh,Ông,Ơn,Út,Ưng"
    right = words.split(",")
    mixed = sorted(right)
    assert sorted(mixed, key=sort_key) == right
    assert sorted(["HS-2026-0100", "HS-2026-0012"], key=sort_key) == ["HS-2026-0012", "HS-2026-0100"]
