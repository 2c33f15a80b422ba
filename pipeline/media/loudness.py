"""Measure loudness and true peak with ffmpeg's ebur128 filter (ITU-R BS.1770-4, EBU R 128)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ffmpeg

from pipeline.i18n import _
from pipeline.media.ffmpeg import run

__all__ = [
    "NO_PEAK_DBTP",
    "SILENCE_LUFS",
    "Loudness",
    "add_meter",
    "measure_loudness",
    "parse_summary",
]

SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: nothing below it is measured."""

NO_PEAK_DBTP = -144.0
"""The true peak given for digital silence: the range of 24 bits."""

_SUMMARY = re.compile(
    r"Integrated loudness:\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS.*?"
    r"True peak:\s+Peak:\s+(-?[\d.]+|-?inf|nan) dBFS",
    re.DOTALL,
)


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS (-70 is silence) and true peak in dBTP (-144 is silence)."""

    lufs: float
    dbtp: float


def measure_loudness(stream: Any, duration_ms: int | None = None) -> Loudness | None:
    """Measure an ffmpeg-python stream from beginning to end; return None where it has no sound."""
    output = ffmpeg.output(add_meter(stream), "-", format="null")
    return parse_summary(run(output, duration_ms=duration_ms, what=_("measuring the loudness")))


def add_meter(stream: Any) -> Any:
    """Return the stream with a meter that writes its summary to ffmpeg's log."""
    return stream.filter("ebur128", peak="true", framelog="verbose")


def parse_summary(log: str) -> Loudness | None:
    """Return what the last summary of ebur128 in a log says, None where there is none."""
    summaries = _SUMMARY.findall(log)
    if not summaries:
        return None
    lufs, dbtp = summaries[-1]
    return Loudness(_number(lufs, SILENCE_LUFS), _number(dbtp, NO_PEAK_DBTP))


def _number(text: str, silence: float) -> float:
    return silence if "inf" in text or "nan" in text else float(text)
