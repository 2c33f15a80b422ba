"""A timeline of an editing program: clips on stacked tracks.

The readers of FCPXML, Final Cut Pro 7 XML and OpenTimelineIO fill a `Timeline`; `flatten` makes the
lines of an edit list from it. Positions in the programme are whole frames at the rate of the
sequence, positions in a recording are exact seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote

from pipeline.editing.edit_lists.timecode import round_half_up

__all__ = [
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "Clip",
    "MediaReference",
    "Timeline",
    "Transition",
    "file_name",
    "trim_clips",
]

MAX_DEPTH = 16
"""Nesting of sequences; deeper is a cycle or an attack."""

MAX_ELEMENTS = 20_000
"""Elements read, counting those of a nested sequence at each use: ten sequences that each hold the
next ten times are a small file with endless content."""


@dataclass(frozen=True)
class MediaReference:
    """A recording as the list names it.

    `names` has the most reliable first. `starts` is the timecode of its first picture in seconds;
    if None, positions count in the recording's own timecode. `rate` is the frame rate in which
    positions are counted, None for seconds.
    """

    names: tuple[str, ...]
    starts: Fraction | None = Fraction(0)
    rate: Fraction | None = None


@dataclass(frozen=True)
class Clip:
    """A clip from frame `start` to before `end` of the programme, on track `layer` (higher covers).

    `at` is the position in the recording at `start`, in seconds from its first picture. `media` is
    None for titles and other generated clips. `transparent` means that one of the `effects` makes
    the clip below visible. `speed` is 1 as recorded.
    """

    number: int
    name: str
    start: int
    end: int
    media: MediaReference | None
    at: Fraction = Fraction(0)
    layer: int = 0
    effects: tuple[str, ...] = ()
    transparent: bool = False
    speed: Fraction = Fraction(1)


@dataclass(frozen=True)
class Transition:
    """A dissolve, wipe or fade from frame `start` to `end` of the programme."""

    number: int
    name: str
    start: int
    end: int
    layer: int = 0


@dataclass
class Timeline:
    """The tracks of a sequence. `rate` is the frame rate of the programme."""

    rate: Fraction
    pictures: list[Clip] = field(default_factory=list)
    sounds: list[Clip] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def frame(self, time: Fraction) -> int:
        """Return the frame of the programme nearest to a time in seconds."""
        return round_half_up(time * self.rate)

    def insert(
        self, inner: Timeline, start: int, end: int, at: Fraction, layer: int, speed: Fraction,
        *, picture: bool = True, sound: bool = True, effects: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Insert another sequence from its time `at` (seconds) on, as a clip of this one."""

        def place(clips: list[Clip]) -> list[Clip]:
            def move(clip: Clip) -> Clip:
                begin = Fraction(clip.start) / inner.rate - at
                first = start + round_half_up(begin * self.rate)
                last = first + round_half_up((clip.end - clip.start) / inner.rate * self.rate)
                return replace(
                    clip, start=first, end=last, layer=layer + clip.layer,
                    effects=clip.effects + effects, speed=clip.speed * speed,
                )  # fmt: skip

            return trim_clips([move(clip) for clip in clips], start, end, self.rate)

        if picture:
            self.pictures += place(inner.pictures)
            for transition in inner.transitions:
                first = start + round_half_up((transition.start / inner.rate - at) * self.rate)
                last = start + round_half_up((transition.end / inner.rate - at) * self.rate)
                if start < last and first < end:
                    self.transitions.append(replace(
                        transition, start=first, end=last, layer=layer + transition.layer
                    ))  # fmt: skip
        if sound:
            self.sounds += place(inner.sounds)


def trim_clips(clips: list[Clip], start: int, end: int, rate: Fraction) -> list[Clip]:
    """Return the parts of the clips between two frames of the programme."""
    kept = []
    for clip in clips:
        first, last = max(clip.start, start), min(clip.end, end)
        if first < last:
            at = clip.at + (first - clip.start) / rate * clip.speed
            kept.append(replace(clip, start=first, end=last, at=at))
    return kept


def file_name(url: str) -> str:
    """Return the file name of a URL or of a path of any system."""
    return PurePosixPath(unquote(url).replace("\\", "/")).name
