"""Give cues their times: long enough to read, apart from each other, close to what is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.settings import SubtitleStyle
from pipeline.subtitles.cues import Cue
from pipeline.subtitles.rules import characters

__all__ = ["LEAD_MS", "TAIL_MS", "fitted", "needed_ms"]

TAIL_MS = 500
"""How long a cue stays after its last word where there is room."""

LEAD_MS = 400
"""How much earlier than its first word, at most, a cue may be shown so that it can be read."""

_LATE_MS = 250
"""How much later than its first word, at most, so that the cue before can be read."""


def needed_ms(chars: int, style: SubtitleStyle) -> int:
    """Return for how long so many characters must be shown."""
    return max(style.min_duration_ms, math.ceil(chars * 1000 / style.max_cps))


@dataclass
class _Span:
    start_ms: int
    end_ms: int
    said_ms: int
    needed_ms: int

    @property
    def lack_ms(self) -> int:
        return self.needed_ms - (self.end_ms - self.start_ms)


def fitted(cues: Sequence[Cue], style: SubtitleStyle, film_ms: int | None = None) -> list[Cue]:
    """Return the cues, which hold the times of their words, with the times they are shown.

    They do not overlap, and keep the style's gap and durations where what is said leaves room.
    None outlasts the film, which is `film_ms` long.
    """
    spans = [
        _Span(c.start_ms, c.end_ms, c.end_ms, needed_ms(characters(c.text), style)) for c in cues
    ]
    for index, span in enumerate(spans):
        last_ms = (
            spans[index + 1].start_ms - style.min_gap_ms if index + 1 < len(spans) else film_ms
        )
        _lengthen(span, last_ms, style)
    for index, span in enumerate(spans):
        if span.lack_ms > 0 and index > 0:
            _start_earlier(spans[index - 1], span, style)
        elif span.lack_ms > 0:
            span.start_ms -= min(span.lack_ms, LEAD_MS, span.start_ms)
        if span.lack_ms > 0 and index + 1 < len(spans):
            _start_next_later(span, spans[index + 1], style)
    return [
        Cue(span.start_ms, span.end_ms, cue.text, cue.speaker)
        for cue, span in zip(cues, spans, strict=True)
    ]


def _lengthen(span: _Span, last_ms: int | None, style: SubtitleStyle) -> None:
    """Let the cue stay TAIL_MS, longer if it needs it, but not beyond `last_ms`."""
    wanted = max(span.said_ms + TAIL_MS, span.start_ms + span.needed_ms)
    if last_ms is not None:
        wanted = min(wanted, last_ms)
    longest = span.start_ms + max(style.max_duration_ms, 1)
    span.end_ms = min(max(wanted, span.start_ms + 1), longest)


def _start_earlier(before: _Span, span: _Span, style: SubtitleStyle) -> None:
    """Take time from the pause before, and from what the cue before stays without need."""
    floor = max(
        before.said_ms + style.min_gap_ms,
        before.start_ms + before.needed_ms + style.min_gap_ms,
        span.start_ms - LEAD_MS,
    )
    earlier = max(floor, span.start_ms - span.lack_ms)
    if earlier < span.start_ms:
        span.start_ms = earlier
        before.end_ms = min(before.end_ms, earlier - style.min_gap_ms)


def _start_next_later(span: _Span, following: _Span, style: SubtitleStyle) -> None:
    """Hold the next cue back as far as it can spare the time."""
    later = min(span.lack_ms, _LATE_MS, -following.lack_ms)
    if later > 0 and span.end_ms + later <= span.start_ms + style.max_duration_ms:
        following.start_ms += later
        span.end_ms = following.start_ms - style.min_gap_ms
