"""Measure picture and sound of a file in one pass of ffmpeg.

A pass per measurement would decode the file each time. Filters over the whole picture get some of
its lines, and the field detection gets some of its frames, so that decoding is nearly the only
cost (benchmarks/verification.py).
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

_MIN_LINES = 64  # enough to detect black and still pictures
_SAMPLED = (5, 150)  # frames sampled of so many: all for the field order, the first for the levels
_MIN_AGREEMENT = 0.8  # share of the sampled frames that must agree on the field order


@dataclass(frozen=True)
class Measurements:
    """Measurements of a file. Spans and lengths are milliseconds of decoded media.

    `clipped_share` is the share of samples at full scale; `loudness_lufs` and `true_peak_dbtp` are
    None for silence. `field_order` is detected in the picture, not read from the file;
    `out_of_range_share` is the share of pixels outside the levels of EBU R 103; `even_rate` is
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


def measure(path: Path, limits: Verification, *, all_tracks: bool = False) -> Measurements:
    """Decode the whole file once and return its measurements.

    The first sound track is measured or, with `all_tracks`, all of them as the channels of one.
    Raises MediaError if picture or sound is missing, ToolFailed if any of it does not decode.
    """
    found = probe(path)
    if not found.video or not found.audio:
        raise MediaError(
            _("“{name}” lacks picture or sound.").format(name=path.name),
            remedy=_("Bring a file with both."),
            path=path,
        )
    video, tracks = found.video[0], found.audio if all_tracks else found.audio[:1]
    media = source(path)
    inputs = [media[str(track.index)] for track in tracks]
    sound = ffmpeg.filter(inputs, "amerge", inputs=len(inputs)) if all_tracks else inputs[0]
    whole, sampled = _picture_filters(media[str(video.index)], video, limits)
    counter = _SampleCounter(tracks, found.duration_ms)
    raw = {"format": "s16le", "c:a": "pcm_s16le"}
    # The filters do so little with a frame that passing it to other threads costs more.
    one_thread = {"fps_mode:v": "passthrough", "filter_complex_threads": 1}
    done = execute(
        ffmpeg.output(whole, "-", format="null", **one_thread),
        ffmpeg.output(sampled, "-", format="null", **{"fps_mode:v": "passthrough"}),
        ffmpeg.output(_sound_filters(sound, limits), "pipe:1", **raw),
        duration_ms=found.duration_ms, what=_("measuring picture and sound"), on_output=counter.add,
    )  # fmt: skip
    loudness = parse_summary(done.log)
    picture_ms = round(done.frames * 1000 / video.frame_rate)
    return Measurements(
        black=tuple((_ms(m[1]), _ms(m[2])) for m in _BLACK.finditer(done.log)),
        frozen=tuple(_spans(_FREEZE, done.log, picture_ms)),
        silent=tuple(_spans(_SILENCE, done.log, counter.duration_ms)),
        clipped_share=counter.clipped / counter.total if counter.total else 0.0,
        loudness_lufs=loudness.lufs if loudness and loudness.lufs > SILENCE_LUFS else None,
        true_peak_dbtp=loudness.dbtp if loudness and loudness.dbtp > NO_PEAK_DBTP else None,
        frames=done.frames,
        picture_ms=picture_ms,
        sound_ms=counter.duration_ms,
        field_order=_field_order(done.log),
        colour_range=video.colour_range,
        out_of_range_share=_mean(_OUTSIDE.findall(done.log)) / 255,
        frame_rate=video.frame_rate,
        even_rate=not video.variable_rate,
    )


def _picture_filters(stream: Any, video: VideoStream, limits: Verification) -> tuple[Any, Any]:
    """Return two branches: every frame with some of its lines, and sampled whole frames."""
    branches = stream.split()
    black_s, freeze_s = limits.black_min_ms / 1000, limits.freeze_min_ms / 1000
    every = _thin_out(branches[0], video.height).filter("blackdetect", d=black_s)
    every = every.filter("freezedetect", n=f"{limits.freeze_noise_db}dB", d=freeze_s)
    count, of = _SAMPLED
    sampled = branches[1].filter("select", expr=f"lt(mod(n,{of}),{count})").filter("idet")
    sampled = _thin_out(sampled.filter("select", expr=f"not(mod(n,{count}))"), video.height)
    # Pixels whose luma is outside the levels of EBU R 103 become white, all others black.
    sampled = sampled.filter("format", pix_fmts="yuv420p|yuvj420p")
    sampled = sampled.filter("lutyuv", y="if(lt(val,5)+gt(val,246),255,0)").filter("signalstats")
    return every, sampled.filter("metadata", mode="print", key="lavfi.signalstats.YAVG")


def _thin_out(stream: Any, lines: int) -> Any:
    """Drop every other line, without changing a pixel, while enough are left."""
    while lines >= 2 * _MIN_LINES:
        stream = stream.filter("field", type="top")
        lines //= 2
    return stream


def _sound_filters(stream: Any, limits: Verification) -> Any:
    silence_s = limits.silence_min_ms / 1000
    stream = stream.filter("silencedetect", n=f"{limits.silence_dbfs}dB", d=silence_s)
    return add_meter(stream)


class _SampleCounter:
    """Counts samples and those at full scale; ffmpeg's astats counts how often full scale is
    reached, not for how long."""

    def __init__(self, tracks: Sequence[AudioStream], duration_ms: int) -> None:
        self.clipped = self.total = 0
        self._per_second = tracks[0].rate_hz * sum(track.channels for track in tracks)
        self._expected_ms = duration_ms
        self._rest = b""

    @property
    def duration_ms(self) -> int:
        """Return the duration of the samples counted so far."""
        return round(self.total * 1000 / self._per_second)

    def add(self, chunk: bytes) -> None:
        """Count 16-bit samples; a chunk may end inside a sample."""
        import numpy as np

        data = self._rest + chunk
        whole = len(data) // 2 * 2
        self._rest = data[whole:]
        samples = np.frombuffer(data[:whole], "<i2")
        self.clipped += int(((samples == 32767) | (samples <= -32767)).sum())
        self.total += samples.size
        if self._expected_ms:
            progress.report(self.duration_ms / self._expected_ms, _("measuring picture and sound"))


def _field_order(log: str) -> FieldOrder:
    """Return the field order of nearly all sampled frames; unclear where they disagree, as over
    patterns of single lines."""
    reports = [tuple(map(int, found)) for found in _FIELDS.findall(log)]
    top, bottom, whole = reports[-1] if reports else (0, 0, 0)
    counts: dict[FieldOrder, int] = {"top": top, "bottom": bottom, "progressive": whole}
    best = max(counts, key=lambda order: counts[order])
    return best if counts[best] > _MIN_AGREEMENT * sum(counts.values()) else "unclear"


def _mean(values: list[str]) -> float:
    return sum(map(float, values)) / len(values) if values else 0.0


def _spans(pattern: re.Pattern[str], log: str, whole_ms: int) -> Iterator[Span]:
    """Pair starts with ends; a span that lasts to the end of the file has no end in the log."""
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
