"""Cut recognised words into cues: the best of all ways to cut, by dynamic programming.

Every place where a cue could end has a cost (cheap at a pause or the end of a sentence, dear after
a word that belongs to the next), every cue has one for its length, and for each limit of the
style that it breaks so much that this happens only where no other way is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.settings import SubtitleStyle
from pipeline.subtitles.atoms import Atom, atoms
from pipeline.subtitles.cues import Cue
from pipeline.subtitles.fitting import TAIL_MS, fitted, needed_ms
from pipeline.subtitles.markup import clean, without_tags
from pipeline.subtitles.words import Word

__all__ = ["segment"]

_BROKEN = 1000.0
"""The cost of breaking a limit; the costs of a whole sentence of bad cuts stay below it."""

# Words that belong to what follows: a cue should not end with them.
_LEADS = frozenset("把被在和跟与及或从对向给是很不没也就都这那但而我你他她一个") | {
    *(
        "因为",
        "所以",
        "如果",
        "但是",
        "而且",
        "然后",
        "我们",
        "the",
        "a",
        "an",
        "to",
        "of",
        "in",
        "on",
    ),
    *("at", "for", "with", "and", "but", "or", "that", "which", "my", "your", "his", "her"),
}
# Words that belong to what stands before: a cue should not start with them.
_TRAILS = frozenset("的了着过吗呢吧啊呀嘛啦得地们里上下中时后前来去")


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
    """
    return _Cutting(atoms(words, style, language, names), style).cues(film_ms)


@dataclass
class _Cutting:
    pieces: list[Atom]
    style: SubtitleStyle

    def __post_init__(self) -> None:
        self.size = [0]
        for piece in self.pieces:
            self.size.append(self.size[-1] + len(piece.text) + piece.space)
        pairs = list(pairwise(self.pieces))
        self.cut = [0.0, *(_cost_of_cut(a, b) for a, b in pairs), 0.0]
        self.join = [0.0, *(_cost_of_join(a, b) for a, b in pairs), 0.0]

    def cues(self, film_ms: int | None) -> list[Cue]:
        made = []
        for start, end in self._best():
            first, last = self.pieces[start], self.pieces[end - 1]
            text = clean(without_tags(self._text(start, end)))
            if text:
                made.append(Cue(first.start_ms, last.end_ms, text, first.speaker))
        return fitted(made, self.style, film_ms)

    def _best(self) -> list[tuple[int, int]]:
        """Return the cheapest way to cut all pieces into cues, as (start, end) indices."""
        count = len(self.pieces)
        cost = [0.0] + [float("inf")] * count
        back = [0] * (count + 1)
        for start in range(count):
            inside = 0.0
            for end in range(start + 1, count + 1):
                if end > start + 1:
                    inside += self.join[end - 1]
                    if self._chars(start, end) > self.style.max_chars * self.style.lines:
                        break
                total = cost[start] + inside + self.cut[end] + self._cost(start, end)
                if total < cost[end]:
                    cost[end], back[end] = total, start
        ways, end = [], count
        while end > 0:
            ways.append((back[end], end))
            end = back[end]
        return ways[::-1]

    def _chars(self, start: int, end: int) -> int:
        return self.size[end] - self.size[start] - self.pieces[start].space

    def _cost(self, start: int, end: int) -> float:
        style, chars = self.style, self._chars(start, end)
        first, last = self.pieces[start], self.pieces[end - 1]
        until = self.pieces[end].start_ms - style.min_gap_ms if end < len(self.pieces) else None
        said_ms = last.end_ms - first.start_ms
        room_ms = said_ms + TAIL_MS * 4 if until is None else until - first.start_ms
        cost = 3.0 + _BROKEN * (self._lines(start, end, style.lines) is None)
        cost += 0.7 * max(0, chars - style.target_chars * style.lines)
        cost += 1.0 * max(0, 5 - chars)
        lack_ms = needed_ms(chars, style) - room_ms
        if lack_ms > 0:
            cost += _BROKEN / 10 + lack_ms / 4
        if said_ms > style.max_duration_ms and end > start + 1:
            cost += _BROKEN
        return cost

    def _lines(self, start: int, end: int, lines: int) -> tuple[int, ...] | None:
        """Return where to break a cue into lines (indices of atoms), or None if it does not fit."""
        if self._chars(start, end) <= self.style.max_chars or end == start + 1:
            return () if self._chars(start, end) <= self.style.max_chars else None
        if lines == 1:
            return None
        best: tuple[float, tuple[int, ...]] | None = None
        for middle in range(start + 1, end):
            rest = self._lines(middle, end, lines - 1)
            if self._chars(start, middle) > self.style.max_chars or rest is None:
                continue
            uneven = abs(self._chars(start, middle) - self._chars(middle, end))
            cost = self.cut[middle] + 0.3 * uneven
            if best is None or cost < best[0]:
                best = (cost, (middle, *rest))
        return best[1] if best else None

    def _text(self, start: int, end: int) -> str:
        breaks = self._lines(start, end, self.style.lines) or ()
        text = ""
        for index in range(start, end):
            piece = self.pieces[index]
            if index in breaks:
                text += "\n"
            elif piece.space and index > start:
                text += " "
            text += piece.text
        return text


def _cost_of_cut(before: Atom, after: Atom) -> float:
    """Return how bad it is to end a cue or line between the two."""
    if before.speaker != after.speaker:
        return 0.0
    pause_ms = after.start_ms - before.end_ms
    cost = (6.0, 1.5, 0.0)[after.mark] if after.mark else 6.0
    cost -= min(pause_ms, 1000) / 200
    if after.mark:
        return cost
    if before.text.lower() in _LEADS:
        cost += 5.0
    if after.text.lower() in _TRAILS:
        cost += 5.0
    return cost


def _cost_of_join(before: Atom, after: Atom) -> float:
    """Return how bad it is to show the two in one cue."""
    if before.speaker != after.speaker:
        return _BROKEN * 10
    pause_ms = after.start_ms - before.end_ms
    cost = 4.0 if after.mark == 2 else 0.0
    return cost + max(0, pause_ms - 300) / 40
