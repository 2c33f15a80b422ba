"""Choose when titles are shown: never over a withheld passage or at a cut.

A title moves away from a masked passage, to later or, at the end, to earlier. It also avoids cut
points, where the redaction check compares pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pipeline.captions.cues import Cue
from pipeline.core.timebase import frame_at, time_of
from pipeline.media.redaction import RedactionPlan, Span, subtract_spans
from pipeline.settings import Titles

__all__ = ["opening_and_closing", "title_times"]

_MIN_MS = 1000  # a title that would be shown for less is left out
_GAP_MS = 500  # between two titles
_MAX_SHARE = 4  # a title takes at most a quarter of the film


def title_times(titles: Titles, cues: Sequence[Cue], withheld: RedactionPlan) -> dict[str, Span]:
    """Return when each title is shown, in milliseconds of the film, on whole frames.

    The cues are those of the film, with their speakers if known. A title for which no second is
    free is left out.
    """
    rate, end = withheld.rate, withheld.frames
    free = subtract_spans([(0, end)], _blocked(withheld))
    found: dict[str, Span] = {}
    if "opening" in titles.show:
        found |= _place("opening", free, _length(titles.opening.duration_ms, withheld), rate)
    if "closing" in titles.show:
        length = _length(titles.closing.duration_ms, withheld)
        mirrored = [(end - b, end - a) for a, b in reversed(free)]
        placed = _place("closing", mirrored, length, rate)
        found |= {name: (end - b, end - a) for name, (a, b) in placed.items()}
    first = _first_speech_ms(titles, cues)
    if "strap" in titles.show and first is not None:
        gap = frame_at(_GAP_MS, rate)
        others = [(a - gap, b + gap) for a, b in found.values()]
        begin = frame_at(first + titles.strap.after_ms, rate)
        left = subtract_spans(free, [(0, begin), *others])
        found |= _place("strap", left, _length(titles.strap.duration_ms, withheld), rate)
    return {name: (time_of(a, rate), time_of(b, rate)) for name, (a, b) in found.items()}


def opening_and_closing(
    titles: Titles, cues: Sequence[Cue], withheld: RedactionPlan
) -> tuple[Span, ...]:
    """Return the times of the opening and the closing title, which may have a black or still
    picture below them."""
    shown = title_times(titles, cues, withheld)
    return tuple(span for name, span in shown.items() if name != "strap")


def _blocked(withheld: RedactionPlan) -> list[Span]:
    """Return the spans of frames on which no title may be."""
    rate = withheld.rate
    masks = [(frame_at(a, rate), frame_at(b, rate)) for a, b in withheld.output_masks_ms()]
    joints = [frame_at(ms, rate) for ms in withheld.cut_points_ms()]
    return [*masks, *((joint - 1, joint + 1) for joint in joints)]


def _place(name: str, free: Sequence[Span], length: int, rate: Fraction) -> dict[str, Span]:
    """Place the title in the first free span that is long enough, else in the longest."""
    longest = max(free, key=lambda span: span[1] - span[0], default=(0, 0))
    begin, end = next((span for span in free if span[1] - span[0] >= length), longest)
    end = min(end, begin + length)
    return {name: (begin, end)} if end - begin >= frame_at(_MIN_MS, rate) else {}


def _length(duration_ms: int, withheld: RedactionPlan) -> int:
    return min(frame_at(duration_ms, withheld.rate), withheld.frames // _MAX_SHARE)


def _first_speech_ms(titles: Titles, cues: Sequence[Cue]) -> int | None:
    own = [cue.start_ms for cue in cues if cue.speaker == titles.strap.speaker]
    return min(own or [cue.start_ms for cue in cues], default=None)
