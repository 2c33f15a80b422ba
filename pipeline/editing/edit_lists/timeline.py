"""An edit as editing programs keep it: clips on tracks, one above the other, on one clock.

The readers of FCPXML, Premiere XML and OpenTimelineIO fill a `Timeline`; `flattening` makes the
lines of an edit list from it. Places in the programme are whole frames at the rate of the
sequence, places in a recording are exact seconds.
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
"""Sequences in sequences in sequences: deeper is a circle, or made to hurt."""

MAX_ELEMENTS = 20_000
"""Elements read, those of a sequence once for each place it is used in: ten sequences of ten that
each hold the next ten times are small to write and endless to open."""


@dataclass(frozen=True)
class MediaReference:
    """A recording as the list knows it.

    `names` has the surest first. `starts` is its timecode at the first picture in seconds, None
    where that is not said; then places in it are counted in the recording's own timecode. `rate` is
    what its frames are counted in, None where the list counts in seconds.
    """

    names: tuple[str, ...]
    starts: Fraction | None = Fraction(0)
    rate: Fraction | None = None


@dataclass(frozen=True)
class Clip:
    """A clip, from frame `start` up to `end` of the programme, on track `layer` (higher covers).

    `at` is the place in the recording at `start`, in seconds from its first picture. `media` is
    None for titles and whatever else the editing program draws. `effects` are what it does to it,
    `reshaped` that one of them lets something below be seen. `speed` is 1 as recorded.
    """

    number: int
    name: str
    start: int
    end: int
    media: MediaReference | None
    at: Fraction = Fraction(0)
    layer: int = 0
    effects: tuple[str, ...] = ()
    reshaped: bool = False
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
    """All of a sequence. `rate` is frames per second of the programme."""

    rate: Fraction
    pictures: list[Clip] = field(default_factory=list)
    sounds: list[Clip] = field(default_factory=list)
    blends: list[Transition] = field(default_factory=list)

    def frame(self, time: Fraction) -> int:
        """Return the frame of the programme nearest to a time in seconds."""
        return round_half_up(time * self.rate)

    def take(
        self, inner: Timeline, start: int, end: int, at: Fraction, layer: int, speed: Fraction,
        *, picture: bool = True, sound: bool = True, effects: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Take in what another sequence shows from `at` (seconds) on, as a clip of this one."""

        def moved(shots: list[Clip]) -> list[Clip]:
            def again(shot: Clip) -> Clip:
                there = Fraction(shot.start) / inner.rate - at
                first = start + round_half_up(there * self.rate)
                last = first + round_half_up((shot.end - shot.start) / inner.rate * self.rate)
                return replace(
                    shot, start=first, end=last, layer=layer + shot.layer,
                    effects=shot.effects + effects, speed=shot.speed * speed,
                )  # fmt: skip

            return trim_clips([again(shot) for shot in shots], start, end, self.rate)

        if picture:
            self.pictures += moved(inner.pictures)
            for blend in inner.blends:
                first = start + round_half_up((blend.start / inner.rate - at) * self.rate)
                last = start + round_half_up((blend.end / inner.rate - at) * self.rate)
                if start < last and first < end:
                    self.blends.append(replace(
                        blend, start=first, end=last, layer=layer + blend.layer
                    ))  # fmt: skip
        if sound:
            self.sounds += moved(inner.sounds)


def trim_clips(shots: list[Clip], start: int, end: int, rate: Fraction) -> list[Clip]:
    """Return what of these clips lies between two frames of the programme."""
    kept = []
    for shot in shots:
        first, last = max(shot.start, start), min(shot.end, end)
        if first < last:
            at = shot.at + (first - shot.start) / rate * shot.speed
            kept.append(replace(shot, start=first, end=last, at=at))
    return kept


def file_name(url: str) -> str:
    """Return the name of the file a URL or a path of any system ends in."""
    return PurePosixPath(unquote(url).replace("\\", "/")).name
