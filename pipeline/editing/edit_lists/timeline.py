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

from pipeline.editing.edit_lists.timecode import nearest

__all__ = ["MAX_DEPTH", "MAX_OPENED", "Blend", "Media", "Shot", "Timeline", "file_name", "within"]

MAX_DEPTH = 16
"""Sequences in sequences in sequences: deeper is a circle, or made to hurt."""

MAX_OPENED = 20_000
"""Elements read, those of a sequence once for each place it is used in: ten sequences of ten that
each hold the next ten times are small to write and endless to open."""


@dataclass(frozen=True)
class Media:
    """A recording as the list knows it.

    `names` has the surest first. `starts` is its timecode at the first picture in seconds, None
    where that is not said; then places in it are counted in the recording's own timecode. `rate` is
    what its frames are counted in, None where the list counts in seconds.
    """

    names: tuple[str, ...]
    starts: Fraction | None = Fraction(0)
    rate: Fraction | None = None


@dataclass(frozen=True)
class Shot:
    """A clip, from frame `start` up to `end` of the programme, on track `layer` (higher covers).

    `at` is the place in the recording at `start`, in seconds from its first picture. `media` is
    None for titles and whatever else the editing program draws. `effects` are what it does to it,
    `reshaped` that one of them lets something below be seen. `speed` is 1 as recorded.
    """

    number: int
    name: str
    start: int
    end: int
    media: Media | None
    at: Fraction = Fraction(0)
    layer: int = 0
    effects: tuple[str, ...] = ()
    reshaped: bool = False
    speed: Fraction = Fraction(1)


@dataclass(frozen=True)
class Blend:
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
    pictures: list[Shot] = field(default_factory=list)
    sounds: list[Shot] = field(default_factory=list)
    blends: list[Blend] = field(default_factory=list)

    def frame(self, time: Fraction) -> int:
        """Return the frame of the programme nearest to a time in seconds."""
        return nearest(time * self.rate)

    def take(
        self, inner: Timeline, start: int, end: int, at: Fraction, layer: int, speed: Fraction,
        *, picture: bool = True, sound: bool = True, effects: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Take in what another sequence shows from `at` (seconds) on, as a clip of this one."""

        def moved(shots: list[Shot]) -> list[Shot]:
            def again(shot: Shot) -> Shot:
                there = Fraction(shot.start) / inner.rate - at
                first = start + nearest(there * self.rate)
                last = first + nearest((shot.end - shot.start) / inner.rate * self.rate)
                return replace(
                    shot, start=first, end=last, layer=layer + shot.layer,
                    effects=shot.effects + effects, speed=shot.speed * speed,
                )  # fmt: skip

            return within([again(shot) for shot in shots], start, end, self.rate)

        if picture:
            self.pictures += moved(inner.pictures)
            for blend in inner.blends:
                first = start + nearest((blend.start / inner.rate - at) * self.rate)
                last = start + nearest((blend.end / inner.rate - at) * self.rate)
                if start < last and first < end:
                    self.blends.append(replace(
                        blend, start=first, end=last, layer=layer + blend.layer
                    ))  # fmt: skip
        if sound:
            self.sounds += moved(inner.sounds)


def within(shots: list[Shot], start: int, end: int, rate: Fraction) -> list[Shot]:
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
