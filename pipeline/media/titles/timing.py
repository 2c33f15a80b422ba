"""When titles are shown: never over a withheld passage, nor where one was cut out.

What is withheld stands above everything: a title keeps out of its way, later or, at the end,
earlier. At a joint, too, where the proof that the film goes on as it should compares pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pipeline.captions.cues import Cue
from pipeline.core.timebase import frame_at, time_of
from pipeline.media.redaction import RedactionPlan, Span, subtract_spans
from pipeline.settings import Titles

__all__ = ["opening_and_closing", "title_times"]

_LEAST_MS = 1000  # what would be shown for less is not shown
_APART_MS = 500  # between two titles
_LARGEST_SHARE = 4  # no title takes more than a quarter of the film


def title_times(titles: Titles, cues: Sequence[Cue], withheld: RedactionPlan) -> dict[str, Span]:
    """Return when each title is shown, in milliseconds of the film, on whole frames.

    The cues are those of the film, with their speakers where these are known. A film so short, or
    withheld so far, that nowhere is a second free for a title goes without it.
    """
    rate, end = withheld.rate, withheld.frames
    free = subtract_spans([(0, end)], _taken(withheld))
    found: dict[str, Span] = {}
    if "opening" in titles.show:
        found |= _placed("opening", free, _length(titles.opening.duration_ms, withheld), rate)
    if "closing" in titles.show:
        length = _length(titles.closing.duration_ms, withheld)
        mirrored = [(end - b, end - a) for a, b in reversed(free)]
        placed = _placed("closing", mirrored, length, rate)
        found |= {name: (end - b, end - a) for name, (a, b) in placed.items()}
    first = _first_word(titles, cues)
    if "strap" in titles.show and first is not None:
        apart = frame_at(_APART_MS, rate)
        others = [(a - apart, b + apart) for a, b in found.values()]
        begin = frame_at(first + titles.strap.after_ms, rate)
        left = subtract_spans(free, [(0, begin), *others])
        found |= _placed("strap", left, _length(titles.strap.duration_ms, withheld), rate)
    return {name: (time_of(a, rate), time_of(b, rate)) for name, (a, b) in found.items()}


def opening_and_closing(
    titles: Titles, cues: Sequence[Cue], withheld: RedactionPlan
) -> tuple[Span, ...]:
    """Return when the opening and the closing title are shown: what is black or still under them
    was meant for them."""
    shown = title_times(titles, cues, withheld)
    return tuple(span for name, span in shown.items() if name != "strap")


def _taken(withheld: RedactionPlan) -> list[Span]:
    """Return the frames on which no title may be, as spans."""
    rate = withheld.rate
    masks = [(frame_at(a, rate), frame_at(b, rate)) for a, b in withheld.output_masks_ms()]
    joints = [frame_at(ms, rate) for ms in withheld.cut_points_ms()]
    return [*masks, *((joint - 1, joint + 1) for joint in joints)]


def _placed(name: str, free: Sequence[Span], length: int, rate: Fraction) -> dict[str, Span]:
    """Return the title at the first free place long enough, or else at the longest there is."""
    longest = max(free, key=lambda span: span[1] - span[0], default=(0, 0))
    begin, end = next((span for span in free if span[1] - span[0] >= length), longest)
    end = min(end, begin + length)
    return {name: (begin, end)} if end - begin >= frame_at(_LEAST_MS, rate) else {}


def _length(duration_ms: int, withheld: RedactionPlan) -> int:
    return min(frame_at(duration_ms, withheld.rate), withheld.frames // _LARGEST_SHARE)


def _first_word(titles: Titles, cues: Sequence[Cue]) -> int | None:
    own = [cue.start_ms for cue in cues if cue.speaker == titles.strap.speaker]
    return min(own or [cue.start_ms for cue in cues], default=None)
