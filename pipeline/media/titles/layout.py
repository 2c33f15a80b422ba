"""Lay out the lines of a title inside the title-safe area, above the subtitles.

The title-safe area is 90 % of width and height (EBU R 95). A line that is too wide shrinks by up to
30 % or is broken; a title that is too high shrinks as a whole, down to a readable minimum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.media.ass_script import Canvas, wrap_line
from pipeline.media.fonts import Font, text_width
from pipeline.media.titles.text import Line

__all__ = ["Block", "Row", "lay_out"]

_MARGIN = 0.05
_MIN_SHRINK = 0.7
_STEP = 0.95
_MIN_PERCENT = 3.0
_ROUNDING = 0.01  # pixels
_PADDING = 0.02  # around the letters, as a share of what sizes are shares of


@dataclass(frozen=True)
class Row:
    """One row of text; `em` is its size in pixels, `x` and `y` the start of its line box (`x` its
    middle in a centred block)."""

    text: str
    em: float
    x: float
    y: float


@dataclass(frozen=True)
class Block:
    """The rows of a title, and the background box in whole pixels."""

    rows: tuple[Row, ...]
    left: int
    top: int
    width: int
    height: int


def lay_out(
    lines: Sequence[Line], place: Literal["middle", "lower"], font: Font, canvas: Canvas, free: int
) -> Block | None:
    """Lay out the lines above the row `free`; return None if they do not fit.

    "middle" is the middle of the picture, or higher where that reaches below `free`.
    """
    padding = canvas.base * _PADDING
    wide = canvas.width * (1 - 2 * _MARGIN) - 2 * padding
    top = canvas.height * _MARGIN
    bottom = min(float(free), canvas.height * (1 - _MARGIN))
    scale = 1.0
    while min(line.size_percent for line in lines) * scale >= _MIN_PERCENT:
        sizes = [canvas.base * line.size_percent / 100 * scale for line in lines]
        rows = [row for line, em in zip(lines, sizes, strict=True)
                for row in _rows(line.text, em, font, canvas, wide)]  # fmt: skip
        high = sum(em * font.line_height for _text, em in rows) + 2 * padding
        widest = max(text_width(font, text) * em for text, em in rows)
        if widest <= wide + _ROUNDING and high <= bottom - top:
            return _block(rows, place, font, canvas, (top, bottom), (widest, high))
        scale *= _STEP
    return None


def _rows(
    text: str, em: float, font: Font, canvas: Canvas, wide: float
) -> Iterator[tuple[str, float]]:
    """Yield the rows of a line: one if shrinking is enough, otherwise several."""
    narrowed = em * min(wide / max(text_width(font, text) * em, 1.0), 1.0)
    min_em = max(em * _MIN_SHRINK, canvas.base * _MIN_PERCENT / 100)
    if narrowed >= min_em:
        yield text, narrowed
        return
    for part in wrap_line(text, font, wide / em):
        yield part, em


def _block(
    rows: Sequence[tuple[str, float]], place: str, font: Font, canvas: Canvas,
    room: tuple[float, float], size: tuple[float, float],
) -> Block:  # fmt: skip
    padding = canvas.base * _PADDING
    (top, bottom), (width, high) = room, size
    centred = place == "middle"
    begin = min((canvas.height - high) / 2, bottom - high) if centred else bottom - high
    begin = max(begin, top)
    left = (canvas.width - width) / 2 - padding if centred else canvas.width * _MARGIN
    x, y = canvas.width / 2 if centred else left + padding, begin + padding
    rows_placed = []
    for text, em in rows:
        rows_placed.append(Row(text, em, x, y))
        y += em * font.line_height
    return Block(tuple(rows_placed), int(left), int(begin), int(width + 2 * padding), int(high))
