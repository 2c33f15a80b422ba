"""Plan the redaction of an episode: which frames are masked or cut, and which cues are dropped.

A withheld passage is widened to whole frames, never narrowed. A cue with any word inside it is
dropped as a whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import itemgetter
from pathlib import Path

from pipeline.captions.cues import Cue
from pipeline.captions.words import Word
from pipeline.core.artefacts.restrictions import Action, Restrictions
from pipeline.core.timebase import frame_at, frames_around, time_of
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["RedactedRange", "RedactionPlan", "Span", "read_restrictions", "subtract_spans"]

Span = tuple[int, int]

# A cue that reaches into a passage by no more than this, with no word spoken there, is shortened.
_SLACK_MS = 250


@dataclass(frozen=True)
class RedactedRange:
    """A withheld passage in frames: `first` and one past the last, `end`."""

    first: int
    end: int
    action: Action


def read_restrictions(path: Path, default: Action) -> tuple[tuple[Span, Action], ...]:
    """Return the withheld passages of restrictions.json, in milliseconds, with their action.

    `default` is the action of a passage that names none. Raises FormError.
    """
    withheld = Restrictions.read(path).withheld
    for passage in withheld:
        if not 0 <= passage.start_ms < passage.end_ms:
            raise FormError(
                _("A withheld passage is wrong: from {start} ms until {end} ms.").format(
                    start=passage.start_ms, end=passage.end_ms
                ),
                path=path,
            )
    return tuple(((p.start_ms, p.end_ms), p.action or default) for p in withheld)


@dataclass(frozen=True)
class RedactionPlan:
    """The withheld passages of an episode in frames, sorted and without overlap.

    `total` is the number of frames of the source picture, before cutting.
    """

    passages: tuple[RedactedRange, ...]
    rate: Fraction
    total: int

    @classmethod
    def of(
        cls, requests: Iterable[tuple[Span, Action]], rate: Fraction, total: int
    ) -> RedactionPlan:
        """Widen each requested passage to whole frames and merge those that touch.

        Where a cut and a mask overlap, the cut wins.
        """
        around = [(frames_around(*span, rate), action) for span, action in requests]
        cuts = _merge(span for span, action in around if action == "cut")
        masks = subtract_spans(_merge(span for span, action in around if action == "mask"), cuts)
        passages = [RedactedRange(*s, "cut") for s in cuts] + [
            RedactedRange(*s, "mask") for s in masks
        ]
        inside = (replace(p, end=min(p.end, total)) for p in passages if p.first < total)
        return cls(tuple(sorted(inside, key=lambda p: p.first)), rate, total)

    @property
    def masks(self) -> tuple[RedactedRange, ...]:
        """Return the passages that are replaced by a card."""
        return tuple(p for p in self.passages if p.action == "mask")

    @property
    def cuts(self) -> tuple[RedactedRange, ...]:
        """Return the passages that are removed."""
        return tuple(p for p in self.passages if p.action == "cut")

    @property
    def kept(self) -> tuple[Span, ...]:
        """Return the spans of source frames that are not cut."""
        return tuple(subtract_spans([(0, self.total)], [(p.first, p.end) for p in self.cuts]))

    @property
    def frames(self) -> int:
        """Return the number of frames after cutting."""
        return sum(end - first for first, end in self.kept)

    @property
    def duration_ms(self) -> int:
        """Return the length of the picture after cutting, in milliseconds."""
        return time_of(self.frames, self.rate)

    def source_frame(self, frame: int) -> int:
        """Return the source frame that is the given frame after cutting."""
        for cut in self.cuts:
            if cut.first <= frame:
                frame += cut.end - cut.first
        return frame

    def after_ms(self, ms: int) -> int:
        """Return the time after cutting of a time of the source, in milliseconds.

        After a cut it is the time of a frame, so that rounding does not add up.
        """
        frame = frame_at(ms, self.rate)
        removed = sum(min(p.end, frame) - p.first for p in self.cuts if p.first < frame)
        return time_of(frame - removed, self.rate) if removed else ms

    def spans_ms(self, passages: Iterable[RedactedRange]) -> tuple[Span, ...]:
        """Return passages in milliseconds of the source."""
        return tuple((time_of(p.first, self.rate), time_of(p.end, self.rate)) for p in passages)

    def output_masks_ms(self) -> tuple[Span, ...]:
        """Return the masked passages in milliseconds after cutting."""
        return self._after(self.spans_ms(self.masks))

    def cut_points_ms(self) -> tuple[int, ...]:
        """Return the times after cutting at which a passage was cut out."""
        return tuple(self.after_ms(end) for _start, end in self.spans_ms(self.cuts))

    def speech(self, speech: Iterable[Span], left_out: Iterable[Cue] = ()) -> tuple[Span, ...]:
        """Return the speech that needs subtitles, in milliseconds after cutting.

        Withheld passages and the cues left out with them need none.
        """
        omitted = [(cue.start_ms, cue.end_ms) for cue in left_out]
        return self._after(
            subtract_spans(_merge(speech), [*self.spans_ms(self.passages), *omitted])
        )

    def _after(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple((self.after_ms(start), self.after_ms(end)) for start, end in spans)

    def cues(
        self, cues: Iterable[Cue], words: Sequence[Word], min_duration_ms: int
    ) -> tuple[list[Cue], list[Cue]]:
        """Return the cues that may be shown, in times after cutting, and the source cues left out.

        A cue with a word inside a passage, or reaching into one by more than 250 ms, is left out:
        nothing tells which part of its text is withheld. One that only reaches over the edge is
        shortened, unless less than `min_duration_ms` would be left.
        """
        spans = self.spans_ms(self.passages)
        shown, left_out = [], []
        for cue in cues:
            kept = self._shorten(cue, spans, words, min_duration_ms)
            if kept is None:
                left_out.append(cue)
            else:
                start_ms, end_ms = self.after_ms(kept.start_ms), self.after_ms(kept.end_ms)
                shown.append(replace(kept, start_ms=start_ms, end_ms=end_ms))
        return shown, left_out

    def covers(self, cue: Cue) -> bool:
        """Return whether a cue lies entirely inside withheld passages."""
        return not subtract_spans([(cue.start_ms, cue.end_ms)], self.spans_ms(self.passages))

    def _shorten(
        self, cue: Cue, spans: Sequence[Span], words: Sequence[Word], min_duration_ms: int
    ) -> Cue | None:
        touched = [s for s in spans if s[0] < cue.end_ms and cue.start_ms < s[1]]
        for start, end in touched:
            inside = max(start, cue.start_ms), min(end, cue.end_ms)
            if inside[1] - inside[0] > _SLACK_MS or _word_within(words, inside):
                return None
        rest = subtract_spans([(cue.start_ms, cue.end_ms)], touched)
        longest = max(rest, key=lambda span: span[1] - span[0], default=(0, 0))
        if touched and longest[1] - longest[0] < min_duration_ms:
            return None
        return replace(cue, start_ms=longest[0], end_ms=longest[1])


def _word_within(words: Sequence[Word], span: Span) -> bool:
    """Return whether the middle of any recognised word lies in the span."""
    return any(span[0] <= (word.start_ms + word.end_ms) // 2 < span[1] for word in words)


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def subtract_spans(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """Return the parts of the spans that lie outside the holes."""
    merged_holes = _merge(holes)
    left: list[Span] = []
    for whole_start, end in spans:
        start = whole_start
        for index in range(bisect_right(merged_holes, start, key=itemgetter(1)), len(merged_holes)):
            hole_start, hole_end = merged_holes[index]
            if hole_start >= end:
                break
            if start < hole_start:
                left.append((start, hole_start))
            start = hole_end
        if start < end:
            left.append((start, end))
    return left
