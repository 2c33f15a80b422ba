"""Markdown: text made plain for it, and a page of it put into a Word document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from markdown_it.token import Token

__all__ = ["add_markdown", "plain"]

_SIGNS = re.compile(r"([\\`*_\[\]<>|#&~]|^[+=-])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_LISTS = {"bullet_list_open": "List Bullet", "ordered_list_open": "List Number"}


def plain(text: str) -> str:
    """Return text as Markdown shows it unchanged, on one line."""
    escaped = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", escaped)


def add_markdown(document: Document, text: str) -> None:
    """Append the Markdown `text` to the document. What it does not know is kept as plain text."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    lists: list[str] = []
    style = ""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type == "table_open":
            position = _add_table(document, tokens, position)
            continue
        if token.type in _LISTS:
            lists.append(_LISTS[token.type])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "heading_open":
            style = f"Heading {min(int(token.tag[1]), 3)}"
        elif token.type == "heading_close":
            style = ""
        elif token.type == "inline":
            _add_paragraph(document, token, style or _list_style(lists))
        elif token.type in ("fence", "code_block"):
            document.add_paragraph(token.content.rstrip("\n"))
        position += 1


def _list_style(lists: Sequence[str]) -> str:
    """Return the paragraph style of the innermost list; Word knows three levels."""
    if not lists:
        return "Normal"
    return lists[-1] + (f" {min(len(lists), 3)}" if len(lists) > 1 else "")


def _add_paragraph(document: Document, token: Token, style: str) -> None:
    paragraph = document.add_paragraph(style=style)
    if style.startswith("Heading"):
        paragraph.paragraph_format.keep_with_next = True
    _add_runs(paragraph, token.children or [])


def _add_runs(paragraph: Any, children: Sequence[Token]) -> None:
    bold = italic = False
    for child in children:
        if child.type in ("strong_open", "strong_close"):
            bold = child.type == "strong_open"
        elif child.type in ("em_open", "em_close"):
            italic = child.type == "em_open"
        elif child.type == "softbreak":
            paragraph.add_run("\n")
        elif child.content or child.type == "hardbreak":
            run = paragraph.add_run(child.content or "\n")
            run.bold, run.italic = bold or None, italic or None


def _add_table(document: Document, tokens: Sequence[Token], start: int) -> int:
    """Add the table that opens at `start`; return the position after it."""
    end = next(i for i in range(start, len(tokens)) if tokens[i].type == "table_close")
    rows: list[list[Token]] = []
    for token in tokens[start:end]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
    table = document.add_table(rows=0, cols=max(map(len, rows)), style="Table Grid")
    for number, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, token in zip(cells, row, strict=False):
            _add_runs(cell.paragraphs[0], token.children or [])
        if number == 0:
            _repeat_on_every_page(table.rows[0])
    return end + 1


def _repeat_on_every_page(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
