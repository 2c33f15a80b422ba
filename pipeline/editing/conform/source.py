"""A recording as a source of cuts: one picture, one sound, frames at an even rate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.editing.remarks import Remark, remark
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import AudioStream, Probe, VideoStream, check_media

__all__ = [
    "STANDARD_RATES",
    "Cut",
    "Footage",
    "ReplacementSound",
    "SoundSource",
    "open_footage",
    "open_sound",
    "standard_rate",
]

STANDARD_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
"""The rates of film, PAL and NTSC and their doubles (SMPTE ST 2036-1, EBU Tech 3299)."""

_MS = 1000  # the rate of a recording without a picture
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
_HIGH_RANGE = frozenset({"smpte2084", "arib-std-b67"})


@dataclass(frozen=True)
class Footage:
    """A recording. Size in square pixels, rotated; `frames` is the number of frames at `rate`.

    `start_ms` is the time stamp of the first frame. `sound` is None only if it is not used.
    """

    name: str
    sha256: str
    path: Path
    format: str
    picture: VideoStream
    sound: AudioStream | None
    rate: Fraction
    frames: int
    width: int
    height: int
    start_ms: int
    remarks: tuple[Remark, ...]

    @property
    def interlaced(self) -> bool:
        """Return whether a frame is two fields."""
        return self.picture.field_order in _INTERLACED

    @property
    def high_range(self) -> bool:
        """Return whether the dynamic range is high (PQ, HLG)."""
        return self.picture.transfer in _HIGH_RANGE

    @property
    def matrix(self) -> str:
        """Return its colour matrix as stated, else the one players assume for its size."""
        return (
            "bt709" if "709" in self.picture.matrix or _is_unlabelled_hd(self.picture) else "bt601"
        )


@dataclass(frozen=True)
class SoundSource:
    """The sound of a recording, with or without a picture. Its times begin at the first picture or,
    without one, at the first sample; `rate` is the rate of its timecode."""

    name: str
    sha256: str
    path: Path
    format: str
    stream: AudioStream
    start_ms: int
    duration_ms: int
    rate: Fraction


@dataclass(frozen=True)
class ReplacementSound:
    """Sound in place of the picture's own: a recording from its time `at_s` (seconds) on, which may
    be before it begins, or silence."""

    source: SoundSource | None
    at_s: Fraction = Fraction(0)


@dataclass(frozen=True)
class Cut:
    """A range of frames of a recording that makes one part; with `to_end` up to its end.

    `sound` is None for the recording's own. Without `has_picture` the part is black.
    """

    footage: Footage
    in_frame: int
    out_frame: int
    to_end: bool = False
    sound: ReplacementSound | None = None
    has_picture: bool = True
    remarks: tuple[Remark, ...] = ()

    @property
    def frames(self) -> int:
        """Return the number of frames of the recording."""
        return self.out_frame - self.in_frame


def open_footage(
    path: Path, name: str, sha256: str, *, audio_stream: int = -1, sound: bool = True
) -> Footage:
    """Open a recording. `audio_stream` is the index of the sound track to use; -1 for the only one.

    Raises MediaError if there is no picture, no sound (with `sound`), or no track selected among
    several.
    """
    found = check_media(path, name=name, picture=True, sound=sound)
    picture = found.video[0]
    rate = standard_rate(picture.frame_rate, nearest=picture.variable_rate)
    return Footage(
        name=name,
        sha256=sha256,
        path=path,
        format=found.format,
        picture=picture,
        sound=_choose_sound(found, name, audio_stream) if sound else None,
        rate=rate,
        frames=_frames(found, picture, rate),
        width=picture.display_width,
        height=picture.display_height,
        start_ms=picture.start_ms,
        remarks=tuple(_remarks(found, picture, name, rate)),
    )


def open_sound(path: Path, name: str, sha256: str, *, audio_stream: int = -1) -> SoundSource:
    """Open the sound of a recording. Raises MediaError as `open_footage` does."""
    found = check_media(path, name=name, sound=True)
    picture = found.video[0] if found.video else None
    rate = Fraction(_MS)
    if picture:
        rate = standard_rate(picture.frame_rate, nearest=picture.variable_rate)
    return SoundSource(
        name=name,
        sha256=sha256,
        path=path,
        format=found.format,
        stream=_choose_sound(found, name, audio_stream),
        start_ms=picture.start_ms if picture else 0,
        duration_ms=found.duration_ms,
        rate=rate,
    )


def standard_rate(rate: Fraction, *, nearest: bool = False) -> Fraction:
    """Return the standard rate of a rounded one (30000/1001 for 2997/100), else the rate itself.

    With `nearest`, return the nearest standard rate.
    """
    best = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    return best if nearest or abs(best - rate) < best / 10_000 else rate


def _choose_sound(found: Probe, name: str, chosen: int) -> AudioStream:
    sounds = found.audio
    if len(sounds) == 1:
        return sounds[0]
    listed = "; ".join(
        f"{i}: {s.label + ', ' if s.label else ''}{s.codec}, {s.rate_hz} Hz, {s.channels} ch"
        for i, s in enumerate(sounds)
    )
    if 0 <= chosen < len(sounds):
        return sounds[chosen]
    if chosen < 0:
        what = _("“{name}” has {n} sound tracks, and it is not said which one to use ({tracks}).")
    else:
        what = _("“{name}” has {n} sound tracks, none with the number chosen ({tracks}).")
    raise MediaError(
        what.format(name=name, n=len(sounds), tracks=listed),
        remedy=_("Set audio_stream under [editing] in the home's settings.toml to its number."),
    )


def _frames(found: Probe, picture: VideoStream, rate: Fraction) -> int:
    """Return the frames at an even rate: the container's count if it fits the duration."""
    length_ms = picture.duration_ms or found.duration_ms
    frames = max(round(length_ms * rate / 1000), 1)
    stated = picture.frames
    return stated if stated and not picture.variable_rate and abs(stated - frames) <= 1 else frames


def _is_unlabelled_hd(picture: VideoStream) -> bool:
    return picture.matrix in ("", "unknown", "reserved") and picture.height >= 720


def _remarks(found: Probe, picture: VideoStream, name: str, rate: Fraction) -> list[Remark]:
    remarks = []
    if len(found.video) > 1:
        remarks.append(remark("several_pictures", source=name, count=len(found.video)))
    if picture.variable_rate:
        remarks.append(remark("variable_rate", source=name, rate=round(float(rate), 3)))
    if picture.field_order in _INTERLACED:
        remarks.append(remark("interlaced", source=name))
    if picture.transfer in _HIGH_RANGE:
        remarks.append(remark("high_range", source=name))
    return remarks
