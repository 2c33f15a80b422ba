"""A cue, and functions on cues: order, overlap, shift, validation, times as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["Cue", "clock", "one_line", "overlap_ms", "shift_cues", "sort_cues", "validate"]


@dataclass(frozen=True, order=True)
class Cue:
    """A text shown from `start_ms` until `end_ms`. Its lines are separated by a newline.

    `speaker` is kept in WebVTT; SubRip has no place for it but a label (formats/speaker_labels.py).
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""

    @property
    def duration_ms(self) -> int:
        """Return how long the cue is shown."""
        return self.end_ms - self.start_ms

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the text."""
        return tuple(self.text.split("\n"))


def one_line(text: str) -> str:
    """Return the text of a cue on one line, a space where a line ended."""
    return " ".join(line.strip() for line in text.split("\n") if line.strip())


def sort_cues(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues by start, then end; equal times keep their order."""
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))


def overlap_ms(a: Cue, b: Cue) -> int:
    """Return for how many milliseconds both are shown; 0 if never."""
    return max(0, min(a.end_ms, b.end_ms) - max(a.start_ms, b.start_ms))


def shift_cues(cues: Iterable[Cue], by_ms: int) -> list[Cue]:
    """Return the cues later by `by_ms` (earlier if negative); what would start before 0 is cut
    there, and what would end before it is left out."""
    moved = (
        replace(cue, start_ms=max(0, cue.start_ms + by_ms), end_ms=cue.end_ms + by_ms)
        for cue in cues
    )
    return [cue for cue in moved if cue.end_ms > cue.start_ms]


def clock(ms: int) -> str:
    """Return a time as people write it: `1:02:03.450`, `02:03.450`."""
    minutes, rest = divmod(max(ms, 0), 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
    return f"{hours}:{tail}" if hours else tail


def validate(cues: Sequence[Cue]) -> None:
    """Refuse cues that no player shows: 0 ≤ start < end, and a text.

    Raises SubtitleError naming the first of them.
    """
    for number, cue in enumerate(cues, 1):
        if not 0 <= cue.start_ms < cue.end_ms:
            raise SubtitleError(
                _("Cue {number} (at {time}) does not end after it starts.").format(
                    number=number, time=clock(cue.start_ms)
                ),
                remedy=_("Correct its times."),
            )
        if not cue.text.strip():
            raise SubtitleError(
                _("Cue {number} (at {time}) has no text.").format(
                    number=number, time=clock(cue.start_ms)
                ),
                remedy=_("Write its text, or remove the cue."),
            )
