"""Give cues their times: long enough to read, apart from each other, close to what is said."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.captions.cues import Cue
from pipeline.captions.rules import characters
from pipeline.settings import SubtitleStyle

__all__ = ["NEAR_MS", "TAIL_MS", "needed_ms", "time_cues"]

NEAR_MS = 40
"""How far from its first word a cue may start where this lets it or its neighbour be read."""

TAIL_MS = 500
"""How long a cue stays after its last word where there is room."""

_BLINK_MS = 480
"""A shorter gap is seen as a blink: twelve frames (Netflix closes gaps of 3 to 11 frames)."""


def needed_ms(chars: int, style: SubtitleStyle) -> int:
    """Return for how long so many characters must be shown."""
    return max(style.min_duration_ms, math.ceil(chars * 1000 / style.max_cps))


def time_cues(cues: Sequence[Cue], style: SubtitleStyle, film_ms: int | None = None) -> list[Cue]:
    """Return the cues, which hold the times of their words, with the times they are shown.

    They do not overlap, and keep the style's gap and durations where what is said leaves room.
    None starts further than NEAR_MS from its first word or outlasts the film, `film_ms` long.
    """
    needed = [needed_ms(characters(cue.text), style) for cue in cues]
    starts = _starts(cues, needed, style, film_ms)
    timed = []
    for index, (cue, start_ms) in enumerate(zip(cues, starts, strict=True)):
        last_ms = starts[index + 1] - style.min_gap_ms if index + 1 < len(cues) else film_ms
        end_ms = _end(cue.end_ms, start_ms, start_ms + needed[index], last_ms, style)
        timed.append(Cue(start_ms, end_ms, cue.text, cue.speaker))
    return timed


def _starts(
    cues: Sequence[Cue], needed: Sequence[int], style: SubtitleStyle, film_ms: int | None
) -> list[int]:
    """Start each cue on its first word, or as near to it as lets all be read."""
    latest: list[int] = []
    next_start_ms = film_ms
    for cue, time_ms in zip(reversed(cues), reversed(needed), strict=True):
        start_ms = cue.start_ms + NEAR_MS
        if next_start_ms is not None:
            start_ms = max(min(start_ms, next_start_ms - time_ms), cue.start_ms - NEAR_MS, 0)
        latest.append(start_ms)
        next_start_ms = start_ms - style.min_gap_ms
    starts: list[int] = []
    free_ms = 0
    for cue, time_ms, last_ms in zip(cues, needed, reversed(latest), strict=True):
        start_ms = min(max(cue.start_ms, free_ms), last_ms)
        starts.append(max(start_ms, starts[-1] + 2 if starts else 0))
        free_ms = starts[-1] + time_ms + style.min_gap_ms
    return starts


def _end(
    spoken_ms: int, start_ms: int, read_ms: int, last_ms: int | None, style: SubtitleStyle
) -> int:
    """Let a cue stay TAIL_MS, longer if reading needs it, but not beyond `last_ms`."""
    end_ms = max(spoken_ms + TAIL_MS, read_ms)
    if last_ms is not None:
        gap_start_ms = last_ms + style.min_gap_ms - _BLINK_MS
        if gap_start_ms < end_ms < last_ms:
            end_ms = max(spoken_ms, read_ms, gap_start_ms)
        end_ms = min(end_ms, last_ms)
    return max(start_ms + 1, min(end_ms, start_ms + style.max_duration_ms))
