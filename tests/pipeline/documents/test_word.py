"""Word documents: equal bytes, Chinese fonts, page numbers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
from docx.oxml.ns import qn

from pipeline.documents.word import add_page_numbers, new_document, save_document


def _make(path: Path) -> Path:
    document = new_document("采访提纲", size_pt=14)
    document.add_heading("王桂兰", level=1)
    document.add_paragraph("您小时候住在哪里？")
    add_page_numbers(document)
    return save_document(document, path)


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    assert _make(tmp_path / "a.docx").read_bytes() == _make(tmp_path / "b.docx").read_bytes()


def test_no_date_of_today_is_inside(tmp_path: Path) -> None:
    with zipfile.ZipFile(_make(tmp_path / "a.docx")) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2000-01-01" in archive.read("docProps/core.xml")
        assert archive.testzip() is None


def test_reads_back(tmp_path: Path) -> None:
    document = docx.Document(str(_make(tmp_path / "a.docx")))
    assert [p.text for p in document.paragraphs] == ["王桂兰", "您小时候住在哪里？"]
    assert document.core_properties.title == "采访提纲"
    assert round(document.sections[0].page_width.mm) == 210


def test_chinese_characters_have_a_chinese_font(tmp_path: Path) -> None:
    document = docx.Document(str(_make(tmp_path / "a.docx")))
    for name, font in (("Normal", "SimSun"), ("Heading 1", "SimHei")):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:eastAsiaTheme")) is None


def test_every_program_finds_the_size(tmp_path: Path) -> None:
    document = docx.Document(str(_make(tmp_path / "a.docx")))
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")
    assert [size.get(qn("w:val")) for size in defaults.iter(qn("w:sz"))] == ["28"]
    assert document.styles["Normal"].font.size.pt == 14
    for name in ("Heading 1", "Heading 1 Char"):
        assert document.styles[name].font.size.pt == 19.5
        assert str(document.styles[name].font.color.rgb) == "000000"


def test_nothing_of_the_blank_is_left(tmp_path: Path) -> None:
    with zipfile.ZipFile(_make(tmp_path / "a.docx")) as archive:
        assert not [n for n in archive.namelist() if "thumbnail" in n or "Effects" in n]


def test_pages_are_numbered(tmp_path: Path) -> None:
    document = docx.Document(str(_make(tmp_path / "a.docx")))
    footer = document.sections[0].footer._element
    assert [f.get(qn("w:instr")) for f in footer.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]
    assert "第" in footer.xpath("string(.)")
