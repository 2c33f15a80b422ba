"""Write what people entered into Markdown: it is shown as they wrote it and does nothing."""

from __future__ import annotations

import re

__all__ = ["code", "plain"]

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's punctuation (CommonMark 0.31, 2.4)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # a line break could begin a block or a row


def plain(text: str) -> str:
    """Return Markdown that is shown as `text` on one line: no link, image, HTML, cell or code."""
    return _MARKS.sub(r"\\\1", _BLANKS.sub(" ", text).strip())


def code(text: str) -> str:
    """Return Markdown that shows `text` on one line as code, whatever backquotes it has."""
    line = _BLANKS.sub(" ", text).strip()
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"
