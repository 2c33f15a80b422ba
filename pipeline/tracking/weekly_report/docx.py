"""The report as a Word document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.documents.word import add_page_numbers, new_document, save_document, set_font
from pipeline.tracking.weekly_report.data import Week
from pipeline.tracking.weekly_report.tables import Part, heading, parts, summary

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["write_word"]

_SIZE_PT = 10.5
_CELLS = 20  # a bar of a chart consists of so many blocks


def write_word(week: Week, path: Path) -> Path:
    """Write the report; equal reports give equal bytes."""
    document = new_document(heading(week), size_pt=_SIZE_PT)
    document.add_heading(heading(week), 0)
    document.add_paragraph(f"情况截至 {week.as_of:%Y年%m月%d日} 24 时")
    figures = summary(week)
    _table(document, tuple(name for name, _value in figures), (tuple(v for _n, v in figures),))
    for part in parts(week):
        document.add_heading(part.title, 1)
        if part.rows:
            head, rows = _with_bars(part, week)
            _table(document, head, rows)
        else:
            document.add_paragraph(part.nothing)
    add_page_numbers(document)
    return save_document(document, path)


def _with_bars(part: Part, week: Week) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Add a column of bars where the page has a chart."""
    if part.chart == "stages":
        drawn = [_bar(s.passed, s.of) for s in week.stages]
        return ("步骤", "", *part.head[1:]), tuple(
            (row[0], bar, *row[1:]) for row, bar in zip(part.rows, drawn, strict=True)
        )
    if part.chart == "signed":
        most = max(n for _monday, n in week.signed)
        drawn = [_bar(n, most) for _monday, n in week.signed]
        return (*part.head, ""), tuple(
            (*row, bar) for row, bar in zip(part.rows, drawn, strict=True)
        )
    return part.head, part.rows


def _bar(number: int, of: int) -> str:
    full = round(_CELLS * number / of) if of else 0
    return "█" * full + "░" * (_CELLS - full)


def _table(document: Document, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    from docx.shared import Pt

    table: Any = document.add_table(rows=0, cols=len(head), style="Table Grid")
    for n, row in enumerate((head, *rows)):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.bold = n == 0 or row[0] == "合计"
            if text[:1] in "█░" and text:
                run.font.size = Pt(5)
                set_font(run, "Consolas")
    document.add_paragraph()
