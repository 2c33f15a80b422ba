"""Cut recognised words into cues: the best of all ways to cut, by dynamic programming.

Every place where a cue could end has a cost (cheap at a pause or the end of a sentence, dear after
a word that belongs to the next), every cue has one for its length, and for each limit of the
style that it breaks so much that this happens only where no other way is left. Whether a cue
can be read in time depends on when it and the next one start, and either may be up to NEAR_MS
beside its first word; so the best way is sought for each of these choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.captions.cues import Cue
from pipeline.captions.formats.markup import clean, without_tags
from pipeline.captions.segmentation.break_costs import cost_of_cut, cost_of_join
from pipeline.captions.segmentation.cue_timing import NEAR_MS, needed_ms, time_cues
from pipeline.captions.segmentation.tokens import Token, tokenize
from pipeline.captions.words import Word
from pipeline.settings import SubtitleStyle

__all__ = ["segment"]

_BROKEN = 1000.0
"""The cost of breaking a limit; the costs of a whole sentence of bad cuts stay below it."""

_CUE = 1.0
_SHORT = 1.0
"""The cost of each character that a cue has less than five."""
_LONGEST = 40.0
"""The cost of a cue as long as the style allows. It grows with the fourth power from the length the
style wants: next to nothing half way, several bad cuts at the end."""
_LINE_BREAK = 0.5
"""What a break between lines costs beside one between cues."""
_UNEVEN = 0.3
"""The cost of each character that one line has more than the other."""
_SHIFT = 0.3

_SHIFTS = (-NEAR_MS, 0, NEAR_MS)
_NO_END_MS = 10**12


def segment(
    words: Sequence[Word],
    style: SubtitleStyle,
    language: str = "zh",
    names: Iterable[str] = (),
    film_ms: int | None = None,
) -> list[Cue]:
    """Return cues for the words, in the limits of the style wherever speech allows it.

    `names` (a glossary's) are never cut. A cue stays up to TAIL_MS after its last word where there
    is room, and longer where it could not be read otherwise, but never beyond the end of the film.
    What nobody can say and read within the limits is shown all the same, for `rules.check` to name.
    """
    segmentation = _Segmentation(tokenize(words, style, language, names), style, film_ms)
    return time_cues(segmentation.cues(), style, film_ms)


class _Segmentation:
    """Tokens to be cut into cues; a way to cut them is a list of indices (start, end)."""

    def __init__(self, tokens: Sequence[Token], style: SubtitleStyle, film_ms: int | None) -> None:
        self.tokens, self.style = tokens, style
        self.size = [0]
        for token in tokens:
            self.size.append(self.size[-1] + len(token.text) + token.space)
        pairs = list(pairwise(tokens))
        self.cut = [0.0, *(cost_of_cut(a, b) for a, b in pairs), 0.0]
        self.join = [0.0, *(cost_of_join(a, b) for a, b in pairs), 0.0]
        # When the cue before must be gone for the one at this index.
        after_ms = _NO_END_MS if film_ms is None else film_ms
        self.clear = [*(token.start_ms - style.min_gap_ms for token in tokens), after_ms]
        self.line = self._line_ends()
        self.by_size = _costs_of_size(style)

    def cues(self) -> list[Cue]:
        """Return the cues of the cheapest way, with the times of their words."""
        made = []
        for start, end in self._best():
            first, last = self.tokens[start], self.tokens[end - 1]
            text = clean(without_tags(self._text(start, end)))
            if text:
                made.append(Cue(first.start_ms, last.end_ms, text, first.speaker))
        return made

    def _best(self) -> list[tuple[int, int]]:
        """Return the cheapest way to cut all tokens.

        `paths[i][k]` is the cheapest way up to token i if the cue from there starts _SHIFTS[k]
        beside its first word: its cost, and the start and shift of its last cue.
        """
        unreachable = (float("inf"), 0, 1)
        paths = [[unreachable] * len(_SHIFTS) for _ in range(len(self.tokens) + 1)]
        if self.tokens:
            first_ms = self.tokens[0].start_ms
            paths[0] = [(0.0, 0, 1) if first_ms + shift >= 0 else unreachable for shift in _SHIFTS]
        for start in range(len(self.tokens)):
            at_start = paths[start]
            early, on_time, late = (path[0] for path in at_start)
            on_start = min((on_time, 1), (early + _SHIFT, 0), (late + _SHIFT, 2))
            for end, cost, spare_ms in self._candidates(start):
                at_end = paths[end]
                if spare_ms >= 2 * NEAR_MS:
                    path = (on_start[0] + cost, start, on_start[1])
                    for shift in range(len(_SHIFTS)):
                        if path < at_end[shift]:
                            at_end[shift] = path
                else:
                    _try_shifts(at_start, at_end, start, cost, spare_ms)
        return _trace_back(paths)

    def _candidates(self, start: int) -> Iterable[tuple[int, float, int]]:
        """Yield each end a cue from `start` can have, its cost and the time it leaves to spare."""
        style, size, cut, join = self.style, self.size, self.cut, self.join
        started_ms = self.tokens[start].start_ms
        skipped = size[start] + self.tokens[start].space
        furthest = max(start + 1, self._reach(start))
        inside = 0.0
        for end in range(start + 1, furthest + 1):
            if end > start + 1:
                inside += join[end - 1]
                if self.tokens[end - 1].end_ms - started_ms > style.max_duration_ms:
                    return
            chars = size[end] - skipped
            by_size, needed = self.by_size[min(chars, len(self.by_size) - 1)]
            cost = cut[end] + inside + by_size
            if chars > style.max_chars and end > start + 1:
                cost += _LINE_BREAK * max(0.0, self._line_break(start, end)[0])
            yield end, cost, self.clear[end] - started_ms - needed

    def _line_ends(self) -> list[int]:
        """Return for each token where the line that starts with it must end at the latest."""
        ends, end = [], 0
        for start, token in enumerate(self.tokens):
            end = max(end, start + 1)
            max_chars = self.size[start] + token.space + self.style.max_chars
            while end < len(self.tokens) and self.size[end + 1] <= max_chars:
                end += 1
            ends.append(end)
        return [*ends, len(self.tokens)]

    def _reach(self, start: int) -> int:
        for _line in range(self.style.lines):
            start = self.line[start]
        return start

    def _line_break(self, start: int, end: int) -> tuple[float, int]:
        """Return the best place to start a second line, and its cost; the rest must still fit."""
        size, tokens, cut = self.size, self.tokens, self.cut
        room = self.style.max_chars * (self.style.lines - 1)
        begin, stop = size[start] + tokens[start].space, size[end]
        best, place = float("inf"), self.line[start]
        for middle in range(min(place, end - 1), start, -1):
            rest = stop - size[middle] - tokens[middle].space
            if rest > room:
                break
            cost = cut[middle] + _UNEVEN * abs(size[middle] - begin - rest)
            if cost <= best:  # the shorter line on top
                best, place = cost, middle
        return best, place

    def _text(self, start: int, end: int) -> str:
        lines = [""]
        for index in range(start, end):
            token = self.tokens[index]
            lines[-1] += (" " if token.space and lines[-1] else "") + token.text
            # The next line starts where the best break of what is left is.
            left = self.size[end] - self.size[start] - self.tokens[start].space
            full = len(lines) == self.style.lines or left <= self.style.max_chars
            if not full and self._line_break(start, end)[1] == index + 1:
                lines.append("")
                start = index + 1
        return "\n".join(lines)


def _costs_of_size(style: SubtitleStyle) -> list[tuple[float, int]]:
    """Return for each number of characters what a cue of them costs and how long it is read."""
    costs = []
    max_chars, target_chars = style.max_chars * style.lines, style.target_chars * style.lines
    for chars in range(max_chars + 64):
        over = max(0, chars - target_chars) / max(max_chars - target_chars, 1)
        cost = _CUE + _SHORT * max(0, 5 - chars) + _LONGEST * min(over, 2) ** 4
        costs.append((cost + _BROKEN * (chars > max_chars), needed_ms(chars, style)))
    return costs


def _try_shifts(
    at_start: list[tuple[float, int, int]],
    at_end: list[tuple[float, int, int]],
    start: int,
    cost: float,
    spare_ms: int,
) -> None:
    """Try every shift of a cue that is hard to read in time, and of the one after it."""
    for k, (before, _start, _shift) in enumerate(at_start):
        for n, later_ms in enumerate(_SHIFTS):
            lack_ms = _SHIFTS[k] - later_ms - spare_ms
            total = before + cost + _SHIFT * (k != 1)
            if lack_ms > 0:
                total += _BROKEN / 4 + lack_ms / 4
            if total < at_end[n][0]:
                at_end[n] = (total, start, k)


def _trace_back(paths: list[list[tuple[float, int, int]]]) -> list[tuple[int, int]]:
    found, end, shift = [], len(paths) - 1, 1
    while end > 0:
        _cost, start, shift = paths[end][shift]
        found.append((start, end))
        end = start
    return found[::-1]
