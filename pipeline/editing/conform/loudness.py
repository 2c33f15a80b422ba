"""Normalize the loudness of an episode with one gain, and measure the result.

One gain for the whole episode keeps the speaker's dynamics. Where peaks would exceed the ceiling, a
limiter reduces only those; loudnorm would silently switch to a varying gain. The report has the
measurements of the finished AAC (ITU-R BS.1770-4, EBU R 128).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.core.progress import share
from pipeline.editing.conform.filters import SAMPLE_BYTES, SAMPLE_RATE
from pipeline.editing.remarks import Remark, remark
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute, source
from pipeline.media.loudness import SILENCE_LUFS, Loudness, measure_loudness
from pipeline.settings import Editing

__all__ = ["LoudnessChange", "normalize_loudness"]

_AAC_OVERSHOOT_DB = 0.5  # by which AAC usually raises peaks
_MAX_MISS_LU = 0.5
_VERY_QUIET_DB = 20.0


@dataclass(frozen=True)
class LoudnessChange:
    """Loudness before and after, the gain, and whether peaks were limited."""

    before: Loudness
    after: Loudness
    gain_db: float
    limited: bool
    remarks: tuple[Remark, ...]


def normalize_loudness(samples: Path, path: Path, settings: Editing) -> LoudnessChange:
    """Write raw samples (float, stereo, 48 kHz) as AAC at the loudness of the settings."""
    duration_ms = samples.stat().st_size * 1000 // (SAMPLE_RATE * SAMPLE_BYTES)
    raw = source(
        samples, format="f32le", format_whitelist="f32le", ar=SAMPLE_RATE, ac=2
    )["a:0"]  # fmt: skip
    with share(0.0, 0.3):
        before = _measure(raw, duration_ms)
    silent = before.lufs <= SILENCE_LUFS
    gain_db = 0.0 if silent else round(settings.loudness_lufs - before.lufs, 2)
    ceiling_db = settings.true_peak_dbtp - _AAC_OVERSHOOT_DB
    limited = before.dbtp + gain_db > ceiling_db
    with share(0.3, 0.7):
        after = _encode(raw, gain_db, ceiling_db if limited else None, path, settings, duration_ms)
    missed = settings.loudness_lufs - after.lufs
    if limited and not silent and missed > _MAX_MISS_LU:
        # Compensate once for what the limiter removed.
        gain_db = round(gain_db + missed, 2)
        with share(0.7, 1.0):
            after = _encode(raw, gain_db, ceiling_db, path, settings, duration_ms)
    remarks = _remarks(before, after, gain_db, limited, settings)
    return LoudnessChange(before, after, gain_db, limited, tuple(remarks))


def _encode(
    raw: Any, gain_db: float, ceiling_db: float | None, path: Path, settings: Editing, ms: int
) -> Loudness:
    stream = raw.filter("volume", volume=f"{gain_db}dB", precision="float")
    if ceiling_db is not None:
        stream = stream.filter("aresample", 4 * SAMPLE_RATE).filter(
            "alimiter", limit=10 ** (ceiling_db / 20), attack=5, release=50, level=0, latency=1
        )
        stream = stream.filter("aresample", SAMPLE_RATE)
    output = ffmpeg.output(
        stream,
        str(path),
        **{"c:a": "aac", "b:a": settings.audio_bitrate},
        ar=SAMPLE_RATE,
        **BITEXACT,
    )
    execute(output, duration_ms=ms, what=_("levelling the sound"))
    return _measure(source(path)["a:0"], ms)


def _measure(stream: Any, duration_ms: int) -> Loudness:
    loudness = measure_loudness(stream, duration_ms)
    if loudness is None:
        raise ToolFailed(
            _("ffmpeg did not say how loud it is."), remedy=_("Check it: chifeng doctor.")
        )
    return loudness


def _remarks(
    before: Loudness, after: Loudness, gain_db: float, limited: bool, settings: Editing
) -> list[Remark]:
    if before.lufs <= SILENCE_LUFS:
        return [remark("silent")]
    remarks = []
    if gain_db > _VERY_QUIET_DB:
        remarks.append(remark("very_quiet", gain_db=gain_db))
    if limited:
        remarks.append(remark("limited", peak_dbtp=settings.true_peak_dbtp))
    if abs(after.lufs - settings.loudness_lufs) > settings.loudness_tolerance_lu:
        target = settings.loudness_lufs
        remarks.append(remark("loudness_missed", loudness_lufs=after.lufs, target_lufs=target))
    if after.dbtp > settings.true_peak_dbtp:
        remarks.append(
            remark("peak_over", true_peak_dbtp=after.dbtp, peak_dbtp=settings.true_peak_dbtp)
        )
    return remarks
