"""The interviewee's sheet: the episode's words in large type, to be checked with a pen.

Written for a reader of eighty-five: 20 pt throughout, no light strokes, one thing asked at a time,
nothing that needs a computer. Passages are numbered and carry the time in the film, so that what is
written on paper can be found again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.captions.cues import Cue, one_line
from pipeline.core.artefacts.restrictions import WithheldPassage
from pipeline.documents.word import HEADING_FONT, add_page_numbers, new_document

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["SIZE_PT", "SheetRow", "format_minutes", "proof_sheet", "sheet_rows"]

SIZE_PT = 20.0
_PAUSE_MS = 1500
_CHARACTERS = 42
_COLUMNS_CM = (2.6, 11.1, 2.9)


@dataclass(frozen=True)
class SheetRow:
    """Some cues read together, at most about two lines of large type."""

    number: int
    start_ms: int
    end_ms: int
    text: str


def sheet_rows(cues: Iterable[Cue]) -> tuple[SheetRow, ...]:
    """Join cues into passages; a pause of 1.5 s or 42 characters end one."""
    groups: list[list[Cue]] = []
    for cue in cues:
        group = groups[-1] if groups else []
        length = sum(len(c.text) for c in group)
        pause = cue.start_ms - group[-1].end_ms if group else 0
        if not group or pause >= _PAUSE_MS or length + len(cue.text) > _CHARACTERS:
            groups.append([])
        groups[-1].append(cue)
    return tuple(
        SheetRow(n, group[0].start_ms, group[-1].end_ms, " ".join(one_line(c.text) for c in group))
        for n, group in enumerate(groups, 1)
    )


def format_minutes(ms: int) -> str:
    """Return a time as minutes and seconds, `03:05`, as the player shows it."""
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def proof_sheet(
    name: str, episode: str, version: str, cues: Sequence[Cue], withheld: Sequence[WithheldPassage]
) -> Document:
    """Return the sheet as a document.

    `version` is the number by which the signed paper is later matched to these very words;
    `withheld` are the passages already asked for.
    """
    document = new_document("受访者校对稿", size_pt=SIZE_PT, font=HEADING_FONT)
    _margins(document)
    _first_page(document, name, episode)
    _words(document, sheet_rows(cues), withheld)
    _withholding_page(document, withheld)
    _signature(document, name, version)
    add_page_numbers(
        document, f"{name}　{episode}　稿号 {version}　第 {{page}} 页，共 {{pages}} 页"
    )
    return document


def _margins(document: Document) -> None:
    from docx.shared import Cm

    section = document.sections[0]
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(1.8)


def _first_page(document: Document, name: str, episode: str) -> None:
    document.add_heading("受访者校对稿", level=1)
    document.add_paragraph(f"{name}老师：")
    document.add_paragraph(
        f"下面是{episode}里您说的话，是照录音写下来的，可能有听错、写错的地方。请您从头看一遍，"
        "看不清的，请家里人念给您听。"
    )
    for line in (
        "写得对，就在“对”前面的方格里打个钩。",
        "写得不对，就在“改”前面打钩，把对的写在下面的横线上。写不下，可以写在纸背面，注明第几条。",
        "人名、地名、年份请您多看一眼。",
        "有哪一段您不愿意公开，请写在最后“不公开的话”那一页。您什么时候改主意都可以。",
        "看完了，请在最后签上名字和日期。",
    ):
        document.add_paragraph(line, style="List Number")


def _words(
    document: Document, rows: Sequence[SheetRow], withheld: Sequence[WithheldPassage]
) -> None:
    table = document.add_table(rows=1, cols=3, style="Table Grid")
    table.autofit = False
    for cell, title in zip(table.rows[0].cells, ("第几条", "您说的话", "对不对"), strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    _mark(table.rows[0], "w:tblHeader")
    for row in rows:
        _add_row(table, row, _is_withheld(row, withheld))
    _set_widths(table, _COLUMNS_CM)


def _add_row(table: Any, row: SheetRow, is_withheld: bool) -> None:
    from docx.shared import Pt

    table_row = table.add_row()
    _mark(table_row, "w:cantSplit")
    number, words, tick = table_row.cells
    number.text = f"{row.number}\n{format_minutes(row.start_ms)}"
    words.text = row.text
    words.paragraphs[0].paragraph_format.line_spacing = 1.3
    if is_withheld:
        words.add_paragraph("（您已提出这一段不公开）")
    line = words.add_paragraph("改为：")
    line.paragraph_format.space_before = Pt(10)
    line.paragraph_format.space_after = Pt(14)
    _rule_below(line)
    tick.text = "□ 对\n\n□ 改"


def _is_withheld(row: SheetRow, withheld: Sequence[WithheldPassage]) -> bool:
    return any(each.overlaps(row.start_ms, row.end_ms) for each in withheld)


def _withholding_page(document: Document, withheld: Sequence[WithheldPassage]) -> None:
    heading = document.add_heading("不公开的话", level=1)
    heading.paragraph_format.page_break_before = True
    document.add_paragraph(
        "您不愿意让别人看到、听到的话，请写在这里。写第几条到第几条，或者写片子里的时间都行。"
        "我们会把画面、声音、字幕和文字稿里的这一段都去掉。没有就空着。"
    )
    for each in withheld:
        span = f"{format_minutes(each.start_ms)} 到 {format_minutes(each.end_ms)}"
        document.add_paragraph(f"您已经提出的：{span}，{each.reason}", style="List Bullet")
    table = document.add_table(rows=1, cols=3, style="Table Grid")
    table.autofit = False
    for cell, title in zip(table.rows[0].cells, ("从", "到", "为什么（可以不写）"), strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    for _blank in range(5):
        table_row = table.add_row()
        _mark(table_row, "w:cantSplit")
        table_row.cells[0].text = "\n"
    _set_widths(table, (3.4, 3.4, 9.8))


def _signature(document: Document, name: str, version: str) -> None:
    from docx.shared import Cm

    heading = document.add_heading("签字", level=1)
    heading.paragraph_format.keep_with_next = True
    lines = (
        "□ 我看过了，没有要改的，同意公开。",
        "□ 我看过了，照我改的改好，去掉我不公开的话，同意公开。",
        "□ 改好以后，我还要再看一遍。",
        f"签名（{name}）：________________",
        "日期：________年______月______日",
        "别人代签的，代签人：____________　与本人关系：________",
        f"稿号：{version}",
    )
    for line in lines:
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.keep_with_next = True
    document.add_paragraph().add_run().add_picture(_qr(version), width=Cm(2.2))


def _qr(version: str) -> io.BytesIO:
    """Return the number as a QR code. Level M: a crease in the paper is forgiven."""
    import segno

    picture = io.BytesIO()
    segno.make(version, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    picture.seek(0)
    return picture


def _mark(table_row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    table_row._tr.get_or_add_trPr().append(OxmlElement(name))


def _set_widths(table: Any, widths_cm: Sequence[float]) -> None:
    """Set the widths of columns and of each cell: Word heeds one, LibreOffice the other."""
    from docx.shared import Cm

    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
    for table_row in table.rows:
        for cell, width in zip(table_row.cells, widths_cm, strict=True):
            cell.width = Cm(width)


def _rule_below(paragraph: Any) -> None:
    """Draw a line under the paragraph to write on."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "808080")):
        bottom.set(qn(f"w:{key}"), value)
    border.append(bottom)
    # Word calls a file damaged whose paragraph properties are out of the schema's order.
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
