"""Write what people entered into Markdown: it is shown as they wrote it and does nothing."""

from __future__ import annotations

import re

__all__ = ["code", "plain"]

# What begins or ends something within a line (CommonMark 0.31, 6) or makes a link of a bare address
# (GitHub Flavored Markdown 0.29, 6.9), and what begins a block at its start (CommonMark, 4 and 5).
_MARKS = re.compile(r"[\\`*_\[\]<>&|~@]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_START = re.compile(r"^(\d{0,9})([-+=#.)])")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # a line break could begin a block or a row


def plain(text: str) -> str:
    """Return Markdown that is shown as `text` on one line: no link, image, HTML, cell or code."""
    line = _MARKS.sub(r"\\\g<0>", _BLANKS.sub(" ", text).strip())
    return _START.sub(r"\1\\\2", line)


def code(text: str) -> str:
    """Return Markdown that shows `text` on one line as code, whatever backquotes it has."""
    line = _BLANKS.sub(" ", text).strip()
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"
