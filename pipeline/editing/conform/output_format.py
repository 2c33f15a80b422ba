"""Choose the size, rate and colours to which all parts are converted.

The recording with the largest share of the episode decides (the first of equals): a telephone clip
between two answers must not change the size or rate of the interview.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.core.timebase import time_of
from pipeline.editing.conform.source import Cut, Footage, standard_rate
from pipeline.editing.remarks import Remark, remark

__all__ = ["OutputFormat", "choose_format"]


@dataclass(frozen=True)
class OutputFormat:
    """Size in pixels, even; frames per second."""

    width: int
    height: int
    rate: Fraction

    @property
    def matrix(self) -> str:
        """Return the colour matrix players assume for this size (BT.709 for HD, else BT.601)."""
        return "bt709" if self.height >= 720 else "bt601"

    def at_ms(self, frame: int) -> int:
        """Return the start of a frame in milliseconds."""
        return time_of(frame, self.rate)

    def remarks(self, footage: Footage) -> list[Remark]:
        """Return what converting a recording to this format changes."""
        remarks = []
        if footage.rate != self.rate:
            rate = round(float(footage.rate), 3)
            remarks.append(remark("rate_changed", source=footage.name, rate=rate))
        if (even(footage.width), even(footage.height)) != (self.width, self.height):
            size = {"width": footage.width, "height": footage.height}
            remarks.append(remark("size_changed", source=footage.name, **size))
        return remarks


def choose_format(cuts: Iterable[Cut], rate: Literal["source"] | float) -> OutputFormat:
    """Choose the format for these cuts; `rate` is frames per second, or "source"."""
    lengths: dict[str, Fraction] = {}
    by_digest: dict[str, Footage] = {}
    for cut in cuts:
        if not cut.has_picture:
            continue
        footage = cut.footage
        length = lengths.get(footage.sha256, Fraction(0))
        lengths[footage.sha256] = length + cut.frames / footage.rate
        by_digest[footage.sha256] = footage
    main = by_digest[max(lengths, key=lambda digest: lengths[digest])]
    chosen = main.rate if rate == "source" else standard_rate(Fraction(str(rate)))
    if rate != "source" and abs(standard_rate(chosen, nearest=True) - chosen) < Fraction(1, 100):
        chosen = standard_rate(chosen, nearest=True)  # rounded rates such as 23.98 and 29.97
    return OutputFormat(even(main.width), even(main.height), chosen)


def even(size: int) -> int:
    """Return the size rounded down to even, which 4:2:0 needs."""
    return max(size - size % 2, 2)
