"""Find a passage again in another version of the subtitles by the words that are spoken in it.

A request to withhold names times of the film it was made upon. When the film is cut anew, what was
said there stands at other times. Nothing is guessed: a passage of which not every word is found in
its order is lost, and a person must look.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from pipeline.captions.cues import Cue
from pipeline.captions.revision.alignment import Pair, align, bare_text

__all__ = ["PassageFinder"]

_ALIKE = 0.6
"""Cues belong together whose texts are so similar (Levenshtein, normalised): what is recognised
anew, or corrected by the editor, differs in some characters."""
_SAME_MS = 40
"""Two shifts of time are one when they differ by at most one picture at 25 a second."""
_LONGER = 2
_MARGIN_MS = 5_000
"""A passage may not grow beyond twice its length and this: something else stands in it then."""


class PassageFinder:
    """Finds passages of the subtitles `old` in the subtitles `new`."""

    def __init__(self, old: Sequence[Cue], new: Sequence[Cue]) -> None:
        self._old, self._new = list(old), list(new)
        self._same = self._old == self._new
        self._pairs = [] if self._same else align(self._old, self._new)

    def find(self, start_ms: int, end_ms: int) -> tuple[int, int] | None:
        """Return where the passage is now, in milliseconds; None where that is not certain."""
        if self._same:
            return start_ms, end_ms
        inside = [i for i, c in enumerate(self._old) if c.start_ms < end_ms and start_ms < c.end_ms]
        if not inside:
            return self._between(start_ms, end_ms)
        pairs = [p for p in self._pairs if p.old_from <= inside[-1] and inside[0] < p.old_to]
        if not pairs or not all(self._alike(pair) for pair in pairs):
            return None
        if self._spoken_again(pairs):
            return None
        found = (self._edge(pairs[0], start_ms, first=True), self._edge(pairs[-1], end_ms))
        longest = _LONGER * (end_ms - start_ms) + _MARGIN_MS
        return found if 0 < found[1] - found[0] <= longest else None

    def _alike(self, pair: Pair) -> bool:
        old, new = self._texts(pair)
        return bool(new) and Levenshtein.normalized_similarity(old, new) >= _ALIKE

    def _texts(self, pair: Pair) -> tuple[str, str]:
        return (
            bare_text(self._old[pair.old_from : pair.old_to]),
            bare_text(self._new[pair.new_from : pair.new_to]),
        )

    def _spoken_again(self, pairs: Sequence[Pair]) -> bool:
        """Tell whether the new version has these words more often than the old one."""
        words = bare_text(self._old[pairs[0].old_from : pairs[-1].old_to])
        return bare_text(self._new).count(words) > max(1, bare_text(self._old).count(words))

    def _edge(self, pair: Pair, ms: int, *, first: bool = False) -> int:
        """Return where an edge of the passage is now.

        As far from the edge of its cue as before, where the cue is as long as it was; else the
        whole cue is taken, and what lay before or after it.
        """
        old, new = self._old[pair.old_from : pair.old_to], self._new[pair.new_from : pair.new_to]
        old_ms, new_ms = (
            (old[0].start_ms, new[0].start_ms) if first else (old[-1].end_ms, new[-1].end_ms)
        )
        length = old[-1].end_ms - old[0].start_ms, new[-1].end_ms - new[0].start_ms
        beyond = ms < old_ms if first else ms > old_ms
        if beyond or abs(length[0] - length[1]) <= _SAME_MS:
            return max(0, new_ms + ms - old_ms)
        return new_ms

    def _between(self, start_ms: int, end_ms: int) -> tuple[int, int] | None:
        """Return where a passage without words is: between the same two cues, as far apart."""
        known = [pair for pair in self._pairs if self._unchanged(pair)]
        before = [p for p in known if self._old[p.old_to - 1].end_ms <= start_ms]
        after = [p for p in known if self._old[p.old_from].start_ms >= end_ms]
        if not before or not after:
            return None
        last, first = before[-1], after[0]
        shift = self._new[last.new_to - 1].end_ms - self._old[last.old_to - 1].end_ms
        other = self._new[first.new_from].start_ms - self._old[first.old_from].start_ms
        if abs(shift - other) > _SAME_MS:
            return None
        return start_ms + shift, end_ms + shift

    def _unchanged(self, pair: Pair) -> bool:
        old, new = self._texts(pair)
        return bool(old) and old == new
