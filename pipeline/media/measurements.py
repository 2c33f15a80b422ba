"""Measure picture and sound of a file, all of it in one pass of ffmpeg.

Each measurement on its own would cost the decoding again. What looks at the whole picture looks at
some of its lines, what tells the fields apart at some of its frames: decoding is nearly all that
is left to pay for (benchmarks/verification.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import ffmpeg

from pipeline.core import progress
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import AudioStream, VideoStream, execute, probe, source
from pipeline.media.loudness import NO_PEAK_DBTP, SILENCE_LUFS, add_meter, parse_summary
from pipeline.settings import Verification

__all__ = ["FieldOrder", "Measurements", "measure"]

Span = tuple[int, int]
FieldOrder = Literal["progressive", "top", "bottom", "unclear"]

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BLACK = re.compile(rf"black_start:{_NUMBER} black_end:{_NUMBER}")
_FREEZE = re.compile(rf"freezedetect\.freeze_(start|end): {_NUMBER}")
_SILENCE = re.compile(rf"silence_(start|end): {_NUMBER}")
_FIELDS = re.compile(r"Multi frame detection: TFF: *(\d+) BFF: *(\d+) Progressive: *(\d+)")
_OUTSIDE = re.compile(r"lavfi\.signalstats\.YAVG=([\d.e-]+)")

_LEAST_LINES = 64  # a picture is thinned to no fewer: enough to tell black and standing still
_SAMPLED = (5, 150)  # so many frames of so many tell the order of fields, the first the levels
_NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Measurements:
    """What was measured. Spans and lengths are milliseconds of what really decodes.

    `clipped_share` is the share of samples at full scale; `loudness_lufs` and `true_peak_dbtp` are
    None for silence. `field_order` is what the picture shows, whatever the file says;
    `out_of_range_share` are the pixels darker or brighter than EBU R 103 allows; `even_rate` tells
    whether frames come at even intervals of `frame_rate`.
    """

    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    silent: tuple[Span, ...]
    clipped_share: float
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    frames: int
    picture_ms: int
    sound_ms: int
    field_order: FieldOrder = "progressive"
    colour_range: str = "tv"
    out_of_range_share: float = 0.0
    frame_rate: Fraction = Fraction(25)
    even_rate: bool = True


def measure(path: Path, limits: Verification, *, together: bool = False) -> Measurements:
    """Decode the whole file once and return what was measured on the way.

    The first sound track counts, or, with `together`, all of them as the channels of one. Raises
    MediaError if picture or sound is missing, ToolFailed if any of it does not decode.
    """
    found = probe(path)
    if not found.video or not found.audio:
        raise MediaError(
            _("“{name}” lacks picture or sound.").format(name=path.name),
            remedy=_("Bring a file with both."),
            path=path,
        )
    video, tracks = found.video[0], found.audio if together else found.audio[:1]
    media = source(path)
    sounds = [media[str(track.index)] for track in tracks]
    sound = ffmpeg.filter(sounds, "amerge", inputs=len(sounds)) if together else sounds[0]
    whole, sampled = _watch(media[str(video.index)], video, limits)
    ear = _Ear(tracks, found.duration_ms)
    raw = {"format": "s16le", "c:a": "pcm_s16le"}
    # So little is done with a frame that handing it to other threads costs more than it saves.
    alone = {"fps_mode:v": "passthrough", "filter_complex_threads": 1}
    done = execute(
        ffmpeg.output(whole, "-", format="null", **alone),
        ffmpeg.output(sampled, "-", format="null", **{"fps_mode:v": "passthrough"}),
        ffmpeg.output(_listen(sound, limits), "pipe:1", **raw),
        duration_ms=found.duration_ms, what=_("measuring picture and sound"), take=ear.hear,
    )  # fmt: skip
    loudness = parse_summary(done.log)
    picture_ms = round(done.frames * 1000 / video.frame_rate)
    return Measurements(
        black=tuple((_ms(m[1]), _ms(m[2])) for m in _BLACK.finditer(done.log)),
        frozen=tuple(_spans(_FREEZE, done.log, picture_ms)),
        silent=tuple(_spans(_SILENCE, done.log, ear.heard_ms)),
        clipped_share=ear.full / ear.total if ear.total else 0.0,
        loudness_lufs=loudness.lufs if loudness and loudness.lufs > SILENCE_LUFS else None,
        true_peak_dbtp=loudness.dbtp if loudness and loudness.dbtp > NO_PEAK_DBTP else None,
        frames=done.frames,
        picture_ms=picture_ms,
        sound_ms=ear.heard_ms,
        field_order=_field_order(done.log),
        colour_range=video.colour_range,
        out_of_range_share=_mean(_OUTSIDE.findall(done.log)) / 255,
        frame_rate=video.frame_rate,
        even_rate=not video.variable_rate,
    )


def _watch(stream: Any, video: VideoStream, limits: Verification) -> tuple[Any, Any]:
    """Return two branches: every frame, thinned to some of its lines, and some frames whole."""
    both = stream.split()
    black_s, freeze_s = limits.black_min_ms / 1000, limits.freeze_min_ms / 1000
    every = _thinned(both[0], video.height).filter("blackdetect", d=black_s)
    every = every.filter("freezedetect", n=f"{limits.freeze_noise_db}dB", d=freeze_s)
    few, of = _SAMPLED
    some = both[1].filter("select", expr=f"lt(mod(n,{of}),{few})").filter("idet")
    some = _thinned(some.filter("select", expr=f"not(mod(n,{few}))"), video.height)
    # Every pixel becomes white where its luma is beyond what EBU R 103 allows, else black.
    some = some.filter("format", pix_fmts="yuv420p|yuvj420p")
    some = some.filter("lutyuv", y="if(lt(val,5)+gt(val,246),255,0)").filter("signalstats")
    return every, some.filter("metadata", mode="print", key="lavfi.signalstats.YAVG")


def _thinned(stream: Any, lines: int) -> Any:
    """Leave lines out, without touching a pixel, while enough are left."""
    while lines >= 2 * _LEAST_LINES:
        stream = stream.filter("field", type="top")
        lines //= 2
    return stream


def _listen(stream: Any, limits: Verification) -> Any:
    silence_s = limits.silence_min_ms / 1000
    stream = stream.filter("silencedetect", n=f"{limits.silence_dbfs}dB", d=silence_s)
    return add_meter(stream)


class _Ear:
    """Count samples, and those at full scale, as the sound comes by: ffmpeg's astats counts how
    often full scale is reached, not for how long."""

    def __init__(self, tracks: Sequence[AudioStream], duration_ms: int) -> None:
        self.full = self.total = 0
        self._a_second = tracks[0].rate_hz * sum(track.channels for track in tracks)
        self._duration_ms = duration_ms
        self._rest = b""

    @property
    def heard_ms(self) -> int:
        """Return how long what was heard lasts."""
        return round(self.total * 1000 / self._a_second)

    def hear(self, chunk: bytes) -> None:
        """Take in 16-bit samples, wherever the chunk ends."""
        import numpy as np

        data = self._rest + chunk
        whole = len(data) // 2 * 2
        self._rest = data[whole:]
        part = np.frombuffer(data[:whole], "<i2")
        self.full += int(((part == 32767) | (part <= -32767)).sum())
        self.total += part.size
        if self._duration_ms:
            progress.report(self.heard_ms / self._duration_ms, _("measuring picture and sound"))


def _field_order(log: str) -> FieldOrder:
    """Return what nearly all of the frames looked at are; unclear where they disagree, as over
    patterns of single lines, or tell nothing."""
    counts = [tuple(map(int, found)) for found in _FIELDS.findall(log)]
    top, bottom, whole = counts[-1] if counts else (0, 0, 0)
    named: dict[FieldOrder, int] = {"top": top, "bottom": bottom, "progressive": whole}
    best = max(named, key=lambda name: named[name])
    return best if named[best] > _NEARLY_ALL * sum(named.values()) else "unclear"


def _mean(values: list[str]) -> float:
    return sum(map(float, values)) / len(values) if values else 0.0


def _spans(pattern: re.Pattern[str], log: str, whole_ms: int) -> Iterator[Span]:
    """Pair starts with ends; what lasts to the very end has no end of its own."""
    start: int | None = None
    for edge, value in pattern.findall(log):
        if edge == "start":
            start = max(_ms(value), 0)
        elif start is not None:
            yield start, _ms(value)
            start = None
    if start is not None:
        yield start, whole_ms


def _ms(seconds: str) -> int:
    return round(float(seconds) * 1000)
