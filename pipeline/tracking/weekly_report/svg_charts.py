"""Simple charts as SVG: drawn with the colours and fonts of the page they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["columns", "shares"]

_BAR, _GAP = 22, 10
_LABEL, _WIDTH, _NUMBER = 150, 480, 110


def shares(rows: Sequence[tuple[str, int, int, int]]) -> str:
    """Draw a bar for each name: how many of how many are done, and how many are at work."""
    height = len(rows) * (_BAR + _GAP)
    lines = [_open(_LABEL + _WIDTH + _NUMBER, height, "各步骤完成情况")]
    for n, (name, done, at_work, of) in enumerate(rows):
        y = n * (_BAR + _GAP)
        middle = y + _BAR * 0.72
        first = round(_WIDTH * done / of) if of else 0
        second = round(_WIDTH * at_work / of) if of else 0
        lines += [
            f'<text x="0" y="{middle:.0f}">{escape(name)}</text>',
            _rectangle("rest", _LABEL, y, _WIDTH, _BAR),
            _rectangle("done", _LABEL, y, first, _BAR),
            _rectangle("open", _LABEL + first, y, second, _BAR),
            f'<text x="{_LABEL + _WIDTH + 10}" y="{middle:.0f}">{done} / {of}</text>',
        ]
    return "\n".join([*lines, "</svg>"])


def columns(rows: Sequence[tuple[str, int]]) -> str:
    """Draw a column for each name, the last one marked; numbers stand above."""
    tall, wide, step = 130, 46, 76
    most = max((number for _name, number in rows), default=0) or 1
    lines = [_open(len(rows) * step, tall + 52, "近八周签字数")]
    for n, (name, number) in enumerate(rows):
        height = round(tall * number / most)
        x, y = n * step + (step - wide) // 2, 24 + tall - height
        centre = x + wide // 2
        kind = "done" if n == len(rows) - 1 else "open"
        lines += [
            _rectangle(kind, x, y, wide, height),
            f'<text x="{centre}" y="{y - 6}" text-anchor="middle">{number}</text>',
            f'<text x="{centre}" y="{tall + 44}" text-anchor="middle">{escape(name)}</text>',
        ]
    return "\n".join([*lines, "</svg>"])


def _open(width: int, height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img"'
        f' aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )


def _rectangle(kind: str, x: int, y: int, width: int, height: int) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>'
