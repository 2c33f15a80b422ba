"""Where the lines of a title stand: inside the title-safe area, above the subtitles.

Title-safe are 90 % of the picture in both directions (EBU R 95). A line too wide for it becomes
smaller by as much as 30 %, or else is broken; if all of the title is too high, everything becomes
smaller, but never too small to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.media.ass_script import Canvas, wrap_line
from pipeline.media.fonts import Font, text_width
from pipeline.media.titles.text import Line

__all__ = ["Block", "Row", "lay_out"]

_UNSAFE = 0.05
_NARROWED = 0.7
_STEP = 0.95
_LEAST_PERCENT = 3.0
_ROUNDING = 0.01  # pixels
_PADDING = 0.02  # around the letters, as a share of what sizes are shares of


@dataclass(frozen=True)
class Row:
    """One row of letters; `em` is their size in pixels, `x` and `y` where its line box begins (its
    middle where the block is centred)."""

    text: str
    em: float
    x: float
    y: float


@dataclass(frozen=True)
class Block:
    """A title laid out, and the ground behind it in whole pixels."""

    rows: tuple[Row, ...]
    left: int
    top: int
    width: int
    height: int


def lay_out(
    lines: Sequence[Line], place: Literal["middle", "lower"], font: Font, canvas: Canvas, free: int
) -> Block | None:
    """Return the lines in their place above the row `free`, or None where they do not fit.

    "middle" is the middle of the picture, or of what is free where that is too low.
    """
    padding = canvas.base * _PADDING
    wide = canvas.width * (1 - 2 * _UNSAFE) - 2 * padding
    top = canvas.height * _UNSAFE
    bottom = min(float(free), canvas.height * (1 - _UNSAFE))
    scale = 1.0
    while min(line.size_percent for line in lines) * scale >= _LEAST_PERCENT:
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
    """Yield the rows of a line: one if it can be made small enough, otherwise several."""
    narrowed = em * min(wide / max(text_width(font, text) * em, 1.0), 1.0)
    least = max(em * _NARROWED, canvas.base * _LEAST_PERCENT / 100)
    if narrowed >= least:
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
    left = (canvas.width - width) / 2 - padding if centred else canvas.width * _UNSAFE
    x, y = canvas.width / 2 if centred else left + padding, begin + padding
    placed = []
    for text, em in rows:
        placed.append(Row(text, em, x, y))
        y += em * font.line_height
    return Block(tuple(placed), int(left), int(begin), int(width + 2 * padding), int(high))
