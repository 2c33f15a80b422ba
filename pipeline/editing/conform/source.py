"""What a recording is to the one who cuts it: one picture, one sound, frames at an even rate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.editing.conform.remarks import Remark, remark
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

_MS = 1000  # where no picture tells the time, milliseconds do
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
_HIGH_RANGE = frozenset({"smpte2084", "arib-std-b67"})


@dataclass(frozen=True)
class Footage:
    """A recording. Size in square pixels, upright; `frames` counts at `rate` from the first one.

    `start_ms` is the time stamp of that first one. `sound` is None only where it is not used.
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
        """Tell two fields in a frame from one whole picture."""
        return self.picture.field_order in _INTERLACED

    @property
    def high_range(self) -> bool:
        """Tell HDR (PQ, HLG) from the usual dynamic range."""
        return self.picture.transfer in _HIGH_RANGE

    @property
    def matrix(self) -> str:
        """Name its colours: as told, else what players take for granted at that size."""
        return "bt709" if "709" in self.picture.matrix or _is_untold_hd(self.picture) else "bt601"


@dataclass(frozen=True)
class SoundSource:
    """The sound of a recording, with or without a picture. Its clock begins at the first picture,
    or where there is none at the first sample; `rate` is what its timecode counts."""

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
    """Sound that is not the picture's own: a recording from `at_s` (seconds on its clock) on, which
    may be before it begins, or silence."""

    sound: SoundSource | None
    at_s: Fraction = Fraction(0)


@dataclass(frozen=True)
class Cut:
    """Frames of a recording that make one part. `to_end`: as many as there are.

    `heard` is None for its own sound. Where it is not `shown`, the part is as long, but black.
    """

    footage: Footage
    in_frame: int
    out_frame: int
    to_end: bool = False
    heard: ReplacementSound | None = None
    shown: bool = True
    remarks: tuple[Remark, ...] = ()

    @property
    def frames(self) -> int:
        """Return how many frames of the recording are meant."""
        return self.out_frame - self.in_frame


def open_footage(
    path: Path, name: str, sha256: str, *, audio_stream: int = -1, sound: bool = True
) -> Footage:
    """Look at a recording. `audio_stream` chooses among several sounds, from 0; -1 does not.

    Raises MediaError when there is no picture, no sound (unless it needs none), or more than one
    sound to choose from.
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
    """Look at the sound of a recording. Raises MediaError as `look` does."""
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
    """Return the standard rate that is meant (2997/100 is 30000/1001), or the rate itself.

    With `nearest`, return the standard rate that comes closest.
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
    """Count frames at an even rate: by the clock, unless the container's count agrees with it."""
    length_ms = picture.duration_ms or found.duration_ms
    by_clock = max(round(length_ms * rate / 1000), 1)
    told = picture.frames
    return told if told and not picture.variable_rate and abs(told - by_clock) <= 1 else by_clock


def _is_untold_hd(picture: VideoStream) -> bool:
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
