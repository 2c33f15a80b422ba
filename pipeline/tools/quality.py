"""Measure picture and sound of a file.

One pass of ffmpeg measures nearly everything: each measurement on its own would cost the decoding
again. Only clipped samples are counted apart, from the sound alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.settings import Verification
from pipeline.tools.ffmpeg import execute, probe, source
from pipeline.tools.looking import clipped_share

__all__ = ["Measurements", "measure"]

Span = tuple[int, int]

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BLACK = re.compile(rf"black_start:{_NUMBER} black_end:{_NUMBER}")
_FREEZE = re.compile(rf"freezedetect\.freeze_(start|end): {_NUMBER}")
_SILENCE = re.compile(rf"silence_(start|end): {_NUMBER}")
_LOUDNESS = re.compile(rf"Integrated loudness:\s+I:\s+{_NUMBER} LUFS")
_TRUE_PEAK = re.compile(rf"True peak:\s+Peak:\s+{_NUMBER} dBFS")
_SAMPLES = re.compile(r"Number of samples: (\d+)")

# ebur128 gives this for sound without any block above its absolute threshold.
_NO_LOUDNESS = -70.0


@dataclass(frozen=True)
class Measurements:
    """What was measured. Spans and lengths are milliseconds of what really decodes.

    `clipped_share` is the share of samples at full scale; `loudness_lufs` and `true_peak_dbtp` are
    None for silence.
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


def measure(path: Path, limits: Verification) -> Measurements:
    """Decode the whole file once and return what was measured on the way.

    Raises MediaError if picture or sound is missing, ToolFailed if any of it does not decode.
    """
    found = probe(path)
    if not found.video or not found.audio:
        raise MediaError(
            _("“{name}” lacks picture or sound.").format(name=path.name),
            remedy=_("Bring a file with both."),
            path=path,
        )
    video, audio = found.video[0], found.audio[0]
    media = source(path)
    streams = _watch(media[str(video.index)], limits), _listen(media[str(audio.index)], limits)
    nowhere = ffmpeg.output(*streams, "-", format="null", **{"fps_mode:v": "passthrough"})
    done = execute(nowhere, duration_ms=found.duration_ms, what=_("measuring picture and sound"))
    samples = int(_last(_SAMPLES, done.log) or 0)
    picture_ms = round(done.frames * 1000 / video.frame_rate)
    sound_ms = round(samples * 1000 / audio.rate_hz)
    return Measurements(
        black=tuple((_ms(m[1]), _ms(m[2])) for m in _BLACK.finditer(done.log)),
        frozen=tuple(_spans(_FREEZE, done.log, picture_ms)),
        silent=tuple(_spans(_SILENCE, done.log, sound_ms)),
        clipped_share=clipped_share(path, audio),
        loudness_lufs=_loudness(done.log),
        true_peak_dbtp=_last(_TRUE_PEAK, done.log),
        frames=done.frames,
        picture_ms=picture_ms,
        sound_ms=sound_ms,
    )


def _watch(stream: Any, limits: Verification) -> Any:
    black_s, freeze_s = limits.black_min_ms / 1000, limits.freeze_min_ms / 1000
    stream = stream.filter("blackdetect", d=black_s)
    return stream.filter("freezedetect", n=f"{limits.freeze_noise_db}dB", d=freeze_s)


def _listen(stream: Any, limits: Verification) -> Any:
    silence_s = limits.silence_min_ms / 1000
    stream = stream.filter("silencedetect", n=f"{limits.silence_dbfs}dB", d=silence_s)
    stream = stream.filter("ebur128", peak="true", framelog="verbose")
    wanted = "Number_of_samples"
    return stream.filter("astats", measure_perchannel="none", measure_overall=wanted)


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


def _loudness(log: str) -> float | None:
    loudness = _last(_LOUDNESS, log)
    return None if loudness is None or loudness <= _NO_LOUDNESS else loudness


def _last(pattern: re.Pattern[str], log: str) -> float | None:
    found = pattern.findall(log)
    return float(found[-1]) if found else None


def _ms(seconds: str) -> int:
    return round(float(seconds) * 1000)
