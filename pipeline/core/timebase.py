"""Between milliseconds and frames.

Every file people edit holds milliseconds, every picture holds frames; the one rule between them is
here: a frame's time is rounded to whole milliseconds, and a frame shows what lasts from `start_ms`
until before `end_ms`. So a time that was itself rounded from a frame finds that frame again, and a
burned cue appears on the frame on which a player shows it.
"""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["frame_at", "frames_around", "time_of", "timescale"]

_MIN_TIMESCALE = 10_000


def time_of(frame: int, rate: Fraction) -> int:
    """Return the time of a frame (counted from 0) in milliseconds."""
    return math.floor(frame * 1000 / rate + Fraction(1, 2))


def frame_at(ms: int, rate: Fraction) -> int:
    """Return the first frame whose time is not before `ms`."""
    return max(math.ceil((ms - Fraction(1, 2)) * rate / 1000), 0)


def frames_around(start_ms: int, end_ms: int, rate: Fraction) -> tuple[int, int]:
    """Return the frames, first and one past the last, that cover all of a passage."""
    return math.floor(start_ms * rate / 1000), math.ceil(end_ms * rate / 1000)


def timescale(rate: Fraction) -> int:
    """Return ticks per second such that every frame lasts a whole number of ticks."""
    return rate.numerator * -(-_MIN_TIMESCALE // rate.numerator)
