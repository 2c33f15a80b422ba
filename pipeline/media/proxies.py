"""Decode a camera original once: write a proxy and measure its sound."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.errors import MediaError, ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import (
    BITEXACT,
    AudioStream,
    Probe,
    VideoStream,
    ends_early,
    execute,
    source,
    truncated_error,
)
from pipeline.settings import Recording

__all__ = ["AudioLevel", "OriginalMeasurements", "write_proxy"]

_FULL_SCALE_DB = -0.01
_MAX_MS = 24 * 3600 * 1000  # a wrong header must not make the proxy longer than a day
_MAX_PROXY_WIDTH = 2048
_MAX_PROXY_RATE = 31
_UNEVEN_PROXY_RATE = 25
_PROXY_SOUND: dict[str, Any] = {"c:a": "aac", "b:a": "64k", "ac": 1, "ar": 48000}


@dataclass(frozen=True)
class AudioLevel:
    """One sound track: peak and RMS in dBFS (None is digital silence), share of clipped samples."""

    index: int
    peak_dbfs: float | None
    rms_dbfs: float | None
    clipped_share: float


@dataclass(frozen=True)
class OriginalMeasurements:
    """Measurements of an original. `silences` are those of all tracks together, in milliseconds;
    `damaged` means that the decoder reported errors."""

    damaged: bool
    levels: tuple[AudioLevel, ...]
    silences: tuple[tuple[int, int], ...]


def write_proxy(
    path: Path, name: str, found: Probe, proxy: Path, limits: Recording
) -> OriginalMeasurements:
    """Decode the whole file once; write `proxy` (MP4) and return the measurements.

    Raises MediaError if the file is truncated or cannot be decoded.
    """
    media = source(path, max_pixels=limits.max_pixels)
    streams = [_proxy_picture(media, found.video[0], limits)] if found.video else []
    streams += [_proxy_sound(media, found.audio, limits)] if found.audio else []
    max_ms = min(found.duration_ms + 1000, _MAX_MS)
    output = ffmpeg.output(
        *streams, str(proxy.absolute()), t=f"{max_ms}ms", **_encoding(found, limits)
    )
    try:
        done = execute(output, duration_ms=found.duration_ms, what=name, strict=False)
    except ToolFailed as error:
        raise MediaError(
            _("“{name}” cannot be read through: {line}").format(name=name, line=error.what),
            remedy=_("Copy it from the camera card again, or take it out of the recording."),
            path=path,
        ) from error
    empty = not done.frames if found.video else not done.duration_ms
    if empty or ends_early(path, found, done.duration_ms):
        raise truncated_error(path, name)
    return OriginalMeasurements(
        damaged=bool(done.errors),
        levels=tuple(_level(done.log, stream) for stream in found.audio),
        silences=_silences(done.log, found.duration_ms),
    )


def _proxy_picture(media: Any, stream: VideoStream, limits: Recording) -> Any:
    height = _even(min(limits.proxy_height, stream.display_height))
    width = _even(round(stream.display_width * height / stream.display_height))
    rate = stream.frame_rate or Fraction(_UNEVEN_PROXY_RATE)
    while rate > _MAX_PROXY_RATE:
        rate /= 2
    picture = media[str(stream.index)]
    if stream.field_order not in ("progressive", "unknown"):
        picture = picture.filter("yadif", deint="interlaced")
    return (
        picture.filter("scale", w=min(width, _MAX_PROXY_WIDTH), h=height, flags="bilinear")
        .filter("setsar", sar=1)
        .filter("format", pix_fmts="yuv420p")
        .filter("fps", fps=_UNEVEN_PROXY_RATE if stream.variable_rate else str(rate))
    )


def _even(pixels: int) -> int:
    return max(pixels // 2 * 2, 2)


def _proxy_sound(media: Any, tracks: tuple[AudioStream, ...], limits: Recording) -> Any:
    """Measure each track, then the mix: a passage is silent where every microphone is."""
    measured = [_with_meter(media[str(track.index)], track) for track in tracks]
    together = (
        ffmpeg.filter(measured, "amix", inputs=len(measured), duration="longest", normalize=0)
        if len(measured) > 1
        else measured[0]
    )
    return together.filter(
        "silencedetect", noise=f"{limits.silence_dbfs}dB", duration=limits.max_silence_ms / 1000
    ).filter("volume", volume=1 / len(measured))


def _with_meter(sound: Any, track: AudioStream) -> Any:
    # Integer samples clip the overshoot of a lossy decoder, so that the peak count is the number
    # of clipped samples. The name of the filter identifies the track in the log.
    return (
        sound.filter("aformat", sample_fmts="s16")
        .filter(
            f"astats@track{track.index}",
            measure_perchannel="none",
            measure_overall="Peak_level+RMS_level+Peak_count+Number_of_samples",
        )
        .filter("aformat", sample_fmts="fltp", sample_rates=48000, channel_layouts="stereo")
    )


def _encoding(found: Probe, limits: Recording) -> dict[str, Any]:
    options: dict[str, Any] = {"format": "mp4", "movflags": "+faststart", **BITEXACT}
    if found.video:
        options |= {"c:v": "libx264", "crf": limits.proxy_crf, "preset": "superfast", "g": 50}
        options |= {"threads:v": 4}  # the output depends on their number; it must not be the host's
    if found.audio:
        options |= _PROXY_SOUND
    return options


def _level(log: str, track: AudioStream) -> AudioLevel:
    values = dict(
        re.findall(rf"^\[astats@track{track.index} @ \w+\] ([\w ]+): (\S+)", log, re.MULTILINE)
    )
    peak, rms = _decibels(values.get("Peak level dB")), _decibels(values.get("RMS level dB"))
    samples = float(values.get("Number of samples", 0)) * track.channels
    at_full_scale = peak is not None and peak >= _FULL_SCALE_DB
    clipped = float(values.get("Peak count", 0)) if at_full_scale else 0.0
    return AudioLevel(
        index=track.index,
        peak_dbfs=peak,
        rms_dbfs=rms,
        clipped_share=round(clipped / samples, 6) if samples else 0.0,
    )


def _decibels(text: str | None) -> float | None:
    value = float(text) if text else -math.inf
    return round(value, 1) if math.isfinite(value) else None


def _silences(log: str, end_ms: int) -> tuple[tuple[int, int], ...]:
    found = re.findall(r"silence_(start|end): (-?[\d.]+)", log)
    starts = [max(round(float(at) * 1000), 0) for what, at in found if what == "start"]
    ends = [round(float(at) * 1000) for what, at in found if what == "end"]
    ends += [end_ms] * (len(starts) - len(ends))
    return tuple(zip(starts, ends, strict=False))
