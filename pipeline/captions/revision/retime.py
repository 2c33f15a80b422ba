"""Carry times from one draft to the next, whose picture may have been cut anew."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from pipeline.captions.cues import Cue
from pipeline.captions.revision.alignment import Pair

__all__ = ["Retiming"]


class Retiming:
    """Map the times of the old draft to those of the new one by the cues both have."""

    def __init__(self, old: Sequence[Cue], new: Sequence[Cue], pairs: Sequence[Pair]) -> None:
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        anchors: list[tuple[int, int]] = []
        for pair in pairs:
            if pair.old_from == pair.old_to or pair.new_from == pair.new_to:
                continue
            first, last = old[pair.old_from], old[pair.old_to - 1]
            start_ms, end_ms = new[pair.new_from].start_ms, new[pair.new_to - 1].end_ms
            self._starts.setdefault(first.start_ms, start_ms)
            self._ends.setdefault(last.end_ms, end_ms)
            anchors += [(first.start_ms, start_ms), (last.end_ms, end_ms)]
        self._anchors = _monotonic(anchors)

    def cue(self, cue: Cue) -> Cue:
        """Return the cue at its new times; where its passage is gone, it has no duration left."""
        start_ms = self._starts.get(cue.start_ms, self._moment(cue.start_ms))
        end_ms = self._ends.get(cue.end_ms, self._moment(cue.end_ms))
        if cue.start_ms not in self._starts and cue.end_ms not in self._ends:
            end_ms = min(end_ms, start_ms + cue.duration_ms)
        return replace(cue, start_ms=max(0, start_ms), end_ms=max(0, start_ms, end_ms))

    def _moment(self, ms: int) -> int:
        """Between two anchors as far apart as before: in proportion. Between others (something
        was cut out or put in): as far from the nearer one as before, and not beyond the other."""
        if not self._anchors:
            return ms
        place = bisect_right(self._anchors, (ms, 1 << 62))
        if place in (0, len(self._anchors)):
            old_ms, new_ms = self._anchors[min(place, len(self._anchors) - 1)]
            return ms + new_ms - old_ms
        (a_old, a_new), (b_old, b_new) = self._anchors[place - 1 : place + 1]
        if 9 * (b_old - a_old) <= 10 * (b_new - a_new) <= 11 * (b_old - a_old):
            return a_new + (ms - a_old) * (b_new - a_new) // max(b_old - a_old, 1)
        moved = ms + (a_new - a_old if ms - a_old <= b_old - ms else b_new - b_old)
        return min(max(moved, a_new), b_new)


def _monotonic(anchors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the anchors in order of time in both versions, without those that go back."""
    monotonic: list[tuple[int, int]] = []
    for anchor in sorted(anchors):
        if not monotonic or (anchor[0] > monotonic[-1][0] and anchor[1] >= monotonic[-1][1]):
            monotonic.append(anchor)
    return monotonic
