"""Make Word documents: Chinese type set properly, and equal contents giving equal bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

__all__ = [
    "BODY_FONT",
    "HEADING_FONT",
    "add_page_numbers",
    "new_document",
    "save_document",
    "set_font",
]

# The names Word knows on every Windows, Chinese or not; LibreOffice replaces them by what is there.
BODY_FONT = "SimSun"
HEADING_FONT = "SimHei"

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - python-docx writes no zone; equal bytes every day
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def new_document(
    title: str, *, size_pt: float = 12.0, font: str = BODY_FONT, language: str = "zh-CN"
) -> Document:
    """Return an empty A4 document whose styles have Chinese fonts and whose title is known.

    `size_pt` is the size of the body text; headings keep their proportion to it.
    """
    import docx
    from docx.shared import Cm

    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.language = language
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    _set_styles(document, size_pt, font, language)
    # python-docx's own blank carries a picture of another document, and styles for Word 2010 only.
    _leave_out(document.part.package.rels, "thumbnail")
    _leave_out(document.part.rels, "stylesWithEffects")
    return document


def _set_styles(document: Document, size_pt: float, font: str, language: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    _set_defaults(document, size_pt, font)
    sizes = {"Normal": 1.0, "Title": 1.7, "Heading 1": 1.4, "Heading 2": 1.2, "Heading 3": 1.05}
    for name, proportion in sizes.items():
        for style in (document.styles[name], _character_style(document, name)):
            if style is None:
                continue
            style.font.size = _half_points(size_pt * proportion)
            set_font(style, font if name == "Normal" else HEADING_FONT)
            if name != "Normal":
                style.font.color.rgb = RGBColor(0, 0, 0)
    # Left at en-US, Word marks every Chinese line as misspelt and breaks lines by Western rules.
    for lang in document.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), language)


def _half_points(size_pt: float) -> Any:
    from docx.shared import Pt

    return Pt(round(size_pt * 2) / 2)


def _character_style(document: Document, name: str) -> Any:
    """Return the style by which some programs show a heading's characters, if there is one."""
    return next((style for style in document.styles if style.name == f"{name} Char"), None)


def _set_defaults(document: Document, size_pt: float, font: str) -> None:
    """Set what holds where no style says anything; not every program asks Normal first."""
    from docx.oxml.ns import qn

    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")
    properties = defaults.find(qn("w:rPr"))
    _set_scripts(properties.find(qn("w:rFonts")), font)
    for size in (qn("w:sz"), qn("w:szCs")):
        properties.find(size).set(qn("w:val"), str(round(size_pt * 2)))


def _leave_out(relationships: Any, kind: str) -> None:
    for key in [key for key, rel in relationships.items() if rel.reltype.endswith(f"/{kind}")]:
        del relationships[key]


def set_font(style_or_run: Any, font: str) -> None:
    """Set the font for Latin and for Chinese characters alike.

    python-docx's `font.name` sets only the Latin one, and a theme attribute left in place wins
    over both.
    """
    style_or_run.font.name = font
    _set_scripts(style_or_run.element.rPr.rFonts, font)


def _set_scripts(fonts: Any, font: str) -> None:
    from docx.oxml.ns import qn

    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
        fonts.attrib.pop(qn(f"w:{script}Theme" if script != "cs" else "w:cstheme"), None)


def add_page_numbers(document: Document, form: str = "第 {page} 页　共 {pages} 页") -> None:
    """Number the pages at the foot. `form` holds `{page}` and, where wanted, `{pages}`."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for piece in form.replace("}", "{").split("{"):
        field = {"page": "PAGE", "pages": "NUMPAGES"}.get(piece)
        if field:
            _add_field(paragraph, field)
        elif piece:
            paragraph.add_run(piece)


def _add_field(paragraph: Any, instruction: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    simple = OxmlElement("w:fldSimple")
    simple.set(qn("w:instr"), instruction)
    run = paragraph.add_run("1")
    simple.append(run._r)
    paragraph._p.append(simple)


def save_document(document: Document, path: Path) -> Path:
    """Write the document so that equal contents give equal bytes, and return `path`.

    A DOCX holds dates in its properties and in its ZIP entries; both are fixed.
    """
    properties = document.core_properties
    properties.created = properties.modified = properties.last_printed = _EPOCH
    properties.author = properties.last_modified_by = ""
    properties.comments = ""
    properties.revision = 1
    written = io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, source.read(name), compresslevel=6)
    return path
