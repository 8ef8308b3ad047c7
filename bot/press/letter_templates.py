"""`python -m bot.press.letter_templates`: the .docx of content/press/forms and /digest from their forms.toml.

Laid out as Decree 30/2020/NĐ-CP has it: A4, Times New Roman 13–14, state and motto to the right, the page's number on
top from the second page on.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from bot import HOME

FORMS = HOME / "content" / "press" / "forms"
DIGEST = HOME / "content" / "press" / "digest"
CENTRE, RIGHT, BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
NUMBERED = ("ho-so", "tai-lieu-sinh-hoat")
"""forms that have a number under the body's name, or the star of the Party's papers"""
Block = Mapping[str, Any]


def templates(folder: Path = FORMS) -> Iterator[tuple[str, Any]]:
    """(file name without its ending, document) for each form of forms.toml."""
    forms = tomllib.loads((folder / "forms.toml").read_text("utf-8"))
    head, stand_in = forms.pop("letterhead"), forms.pop("placeholder", {"forms": {}})
    for name, blocks in forms.items():
        yield name, _document(head, blocks, numbered=name in NUMBERED)
    for name, titles in stand_in["forms"].items():
        yield name, _document(head, _placeholder(stand_in, name, titles), numbered=True)


def _placeholder(words: Mapping[str, Any], name: str, titles: Sequence[str]) -> list[Block]:
    """What stands for an official form whose text we do not have: says so, and shows all fields."""
    warning = words["warning"].replace("{{ form }}", titles[0]).replace("{{ file }}", f"{name}.docx")
    loops = ["nhom in cac_nhom", "dong in nhom.dong"]
    cells = ["{{ dong.nhan }}", "{{ dong.loi }}", "{{ dong.nguon }}"]
    table = {"kind": "table", "loops": loops, "group": "{{ nhom.ten }}", "heads": words["heads"], "cells": cells}
    return [
        {"kind": "warning", "words": [warning]},
        {"kind": "title", "words": titles},
        {"kind": "words", "words": [words["origin"]]},
        {**table, "widths": [4.2, 7.6, 4.7]},
        {"kind": "note", "words": ["{{ luu_y }}"]},
    ]


def _document(head: Mapping[str, str], blocks: Sequence[Block], *, numbered: bool) -> Any:
    document = Document()
    # The same template for the same words, whenever it is made.
    document.core_properties.author = document.core_properties.comments = ""
    _page(document)
    _letterhead(document, head, numbered=numbered)
    for block in blocks:
        if block.get("head"):
            _line(document, block["head"], bold=True)
        _BLOCKS[block["kind"]](document, block)
    return document


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = CENTRE
    _field(number, "PAGE")
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(6)


def _letterhead(document: Any, head: Mapping[str, str], *, numbered: bool) -> None:
    """The State's; without a motto the Party's, whose own name is ruled and whose date stands below."""
    motto = bool(head["motto"])
    left, right = _columns(document, *((6.7, 9.8) if motto else (9.2, 7.3)))
    _into(left, head["above"], size=13, align=CENTRE, after=0)
    _into(left, head["body"], size=13 if motto else 12, bold=True, align=CENTRE, after=4 if motto else 0, ruled=motto)
    if numbered:
        _into(left, head["number"], size=13, align=CENTRE)
    _into(right, head["state"], size=12.5, bold=True, align=CENTRE, after=0, ruled=not motto)
    if motto:
        _into(right, head["motto"], size=13.5, bold=True, align=CENTRE, after=4, ruled=True)
        _into(right, head["place"], size=13.5, italic=True, align=CENTRE)
    else:
        _line(document, head["place"], size=13.5, italic=True, align=RIGHT, after=10)


def _title(document: Any, block: Block) -> None:
    for number, words in enumerate(block["words"]):
        _line(document, words, bold=True, align=CENTRE, after=0 if number == 0 else 10, before=0 if number else 10)


def _words(document: Any, block: Block) -> None:
    for words in block["words"]:
        _line(document, words, align=BOTH).paragraph_format.first_line_indent = Cm(1)


def _addressee(document: Any, block: Block) -> None:
    for words in block["words"]:
        _line(document, words, align=CENTRE, after=10)


def _note(document: Any, block: Block) -> None:
    for words in block["words"]:
        _line(document, words, italic=True, size=13, align=BOTH)


def _warning(document: Any, block: Block) -> None:
    for words in block["words"]:
        run = _line(document, words, bold=True, size=13, align=BOTH).runs[0]
        run.font.color.rgb = RGBColor(0xB0, 0x1E, 0x1E)


def _list(document: Any, block: Block) -> None:
    _line(document, f"{{%p for {block['loop']} %}}")
    for words in block["words"]:
        _line(document, f"- {words}", align=BOTH, after=3)
    _line(document, "{%p endfor %}")


def _items(document: Any, block: Block) -> None:
    """Things of several paragraphs, each under a title of its own."""
    _line(document, f"{{%p for {block['loop']} %}}")
    _line(document, block["title"], bold=True, before=8).paragraph_format.keep_with_next = True
    _line(document, f"{{%p for {block['inner']} %}}")
    _line(document, block["words"], align=BOTH).paragraph_format.first_line_indent = Cm(1)
    _line(document, "{%p endfor %}")
    _line(document, block["note"], italic=True, size=13)
    _line(document, "{%p endfor %}")


def _table(document: Any, block: Block) -> None:
    """One row a line of the inner loop, a row across for each turn of the outer one."""
    widths: Sequence[float] = block["widths"]
    outer, inner = block["loops"]
    table = document.add_table(rows=0, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    heads = _row(table, widths, block["heads"], bold=True)
    heads._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _row(table, widths, [f"{{%tr for {outer} %}}"])
    across = _row(table, widths, [block["group"]], bold=True)
    across.cells[0].merge(across.cells[-1])
    _row(table, widths, [f"{{%tr for {inner} %}}"])
    _row(table, widths, block["cells"])
    _row(table, widths, ["{%tr endfor %}"])
    _row(table, widths, ["{%tr endfor %}"])
    _line(document, "", after=0)


def _row(table: Any, widths: Sequence[float], words: Sequence[str], *, bold: bool = False) -> Any:
    row = table.add_row()
    for cell, width in zip(row.cells, widths, strict=True):
        cell.width = Cm(width)
    for cell, said in zip(row.cells, words, strict=False):
        _into(cell, said, size=13, bold=bold, after=2)
    return row


def _signatures(document: Any, block: Block) -> None:
    for cell, words in zip(_columns(document, 8.25, 8.25), (block["left"], block["right"]), strict=True):
        _into(cell, words[0], size=13, bold=True, align=CENTRE, after=0)
        _into(cell, words[1], size=13, italic=True, align=CENTRE, after=70)


def _closing(document: Any, block: Block) -> None:
    left, right = _columns(document, 8.25, 8.25)
    head, each, last = block["left"]
    _into(left, head, size=12, bold=True, italic=True, after=0)
    _into(left, f"{{%p for {block['loop']} %}}", size=11)
    _into(left, each, size=11, after=0)
    _into(left, "{%p endfor %}", size=11)
    _into(left, last, size=11, after=0)
    _into(right, block["right"][0], size=14, bold=True, align=CENTRE, after=0)
    _into(right, block["right"][1], size=13, italic=True, align=CENTRE, after=70)


def _columns(document: Any, *widths: float) -> list[Any]:
    """Two cells without lines."""
    table = document.add_table(rows=1, cols=len(widths))
    table.autofit = False
    for column, cell, width in zip(table.columns, table.rows[0].cells, widths, strict=True):
        # Word goes by the cell, LibreOffice by the column.
        column.width = cell.width = Cm(width)
    return list(table.rows[0].cells)


def _into(cell: Any, words: str, **look: Any) -> Any:
    """The words as the cell's next paragraph; the first takes the one every cell begins with."""
    first = cell.paragraphs[0]
    return _set(first if not first.text and len(cell.paragraphs) == 1 else cell.add_paragraph(), words, **look)


def _line(document: Any, words: str, **look: Any) -> Any:
    return _set(document.add_paragraph(), words, **look)


def _set(
    paragraph: Any,
    words: str,
    *,
    size: float = 14,
    bold: bool = False,
    italic: bool = False,
    align: Any = None,
    after: float = 6,
    before: float = 0,
    ruled: bool = False,
) -> Any:
    paragraph.alignment = align
    paragraph.paragraph_format.space_after, paragraph.paragraph_format.space_before = Pt(after), Pt(before)
    run = paragraph.add_run(words)
    run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
    if ruled:
        # The decree wants a line under the motto and under the body's name: underlined letters are the nearest thing
        # that stays where it belongs when the template is edited.
        run.font.underline = True
    return paragraph


def _field(paragraph: Any, code: str) -> None:
    """A field that Word computes."""
    run = paragraph.add_run()
    for kind, words in (("begin", ""), ("", code), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = words
        run._r.append(part)


_BLOCKS: Mapping[str, Callable[[Any, Block], None]] = {
    "title": _title,
    "words": _words,
    "addressee": _addressee,
    "note": _note,
    "warning": _warning,
    "list": _list,
    "items": _items,
    "table": _table,
    "signatures": _signatures,
    "closing": _closing,
}

if __name__ == "__main__":
    for place in (FORMS, DIGEST):
        for name, document in templates(place):
            document.save(str(place / f"{name}.docx"))
