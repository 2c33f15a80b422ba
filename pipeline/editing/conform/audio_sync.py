"""Find the time offset between two recordings of one moment from their sound.

First the loudness curves are correlated (every 10 ms, relative to their average), which gives
candidate offsets. Then the samples are compared at many moments of the common part with GCC-PHAT
(Knapp and Carter 1976), which uses phases only, so that microphone, level and room noise hardly
matter. An offset is returned only if most moments agree within a few milliseconds; a drift between
the clocks appears as a slope and is corrected.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from pipeline.core import progress
from pipeline.editing.conform.filters import sound_stream
from pipeline.editing.conform.source import SoundSource
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute

__all__ = ["SoundTrace", "SyncMatch", "match_recordings", "match_traces", "read_sound_trace"]

Array = np.ndarray[Any, Any]

HZ = 8000
_STEP = 80  # samples per loudness value: 10 ms
_STEPS_S = HZ // _STEP
_STEADY_S = 2.0  # loudness that lasts longer than this is room noise
_CANDIDATES = 6
_APART_S = 0.5
_SEARCH_S = 0.4  # a drift of 50 ppm amounts to this in two hours
_MOMENTS = 15
_MOMENT_S = 6.0
_MIN_S = 6.0
_AGREE_S = 0.005
_CLEAR = 7.0  # a peak this many times the RMS is not chance
_MAX_SECOND_PEAK = 0.8
_MAX_DRIFT_PPM = 300
_BAND_HZ = (150.0, 3600.0)


@dataclass(frozen=True)
class SoundTrace:
    """The sound of a recording for comparison: 8 kHz samples, and loudness every 10 ms."""

    samples: Array
    loudness: Array

    @property
    def seconds(self) -> float:
        """Return the duration."""
        return len(self.samples) / HZ


@dataclass(frozen=True)
class SyncMatch:
    """The offset of another recording: it begins `offset_s` after the first (before it if negative)
    and its clock runs `drift_ppm` parts per million faster. `agree` of `moments` moments agree.
    """

    offset_s: float
    drift_ppm: float
    agree: int
    moments: int

    def time_in_other(self, first_s: Fraction) -> Fraction:
        """Return the time in the other recording at a time in the first, in seconds."""
        other = float(first_s) - self.offset_s
        return Fraction(round((other + other * self.drift_ppm / 1e6) * 10_000), 10_000)


def read_sound_trace(sound: SoundSource, folder: Path) -> SoundTrace:
    """Read the sound of a recording from its time 0. The samples stay in a file in `folder`, so
    that long recordings need no memory."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".s16", delete=False) as file:
        path = Path(file.name)
    output = ffmpeg.output(
        sound_stream(sound, Fraction(0), None), str(path.absolute()), format="s16le", ac=1, ar=HZ,
        copyts=None, **BITEXACT,
    )  # fmt: skip
    execute(
        output, duration_ms=sound.duration_ms, strict=False,
        what=_("listening to “{name}”").format(name=sound.name),
    )  # fmt: skip
    if path.stat().st_size < 2 * HZ:
        return SoundTrace(np.zeros(0, np.int16), np.zeros(0, np.float32))
    samples = np.memmap(path, np.int16, "r")
    return SoundTrace(samples, _loudness(samples))


def match_traces(first: SoundTrace, other: SoundTrace) -> SyncMatch | None:
    """Return the offset of the other recording, None if it is not certain."""
    if min(first.seconds, other.seconds) < _MIN_S:
        return None
    matches = [m for lag in _candidates(first, other) if (m := _match_near(first, other, lag))]
    matches.sort(key=lambda match: match.agree / match.moments, reverse=True)
    if not matches:
        return None
    best = matches[0]
    for second in matches[1:]:
        elsewhere = abs(second.offset_s - best.offset_s) > 10 * _AGREE_S
        if elsewhere and second.agree > best.agree / 2:
            return None  # another offset fits as well: the sound repeats itself
    return best


def match_recordings(sounds: Sequence[SoundSource], folder: Path) -> Iterator[SyncMatch | None]:
    """Yield the offset of each recording after the first, None if it is not certain."""
    first = read_sound_trace(sounds[0], folder)
    for number, sound in enumerate(sounds[1:], 1):
        with progress.part(number, len(sounds)):
            yield match_traces(first, read_sound_trace(sound, folder))


def _loudness(samples: Array) -> Array:
    """Return the loudness relative to its running average, normalised."""
    parts = [np.zeros(0, np.float32)]
    for start in range(0, len(samples) // _STEP * _STEP, _STEP * 60_000):
        part = np.asarray(samples[start : start + _STEP * 60_000], np.float32)
        part = np.diff(
            part[: len(part) // _STEP * _STEP], prepend=part[:1]
        )  # emphasises voices over rumble
        parts.append(np.square(part.reshape(-1, _STEP)).mean(axis=1))
    energy: Array = np.log(np.concatenate(parts) + 1.0)
    if not len(energy):
        return energy
    steady = max(int(_STEADY_S * _STEPS_S), 1)
    sums = np.cumsum(np.pad(energy, (steady // 2 + 1, steady // 2), mode="edge"), dtype=np.float64)
    moved = energy - (sums[steady:] - sums[:-steady])[: len(energy)] / steady
    spread = float(moved.std()) or 1.0
    result: Array = np.clip(moved / spread, -3, 3).astype(np.float32)
    return result


def _candidates(first: SoundTrace, other: SoundTrace) -> list[float]:
    """Return the offsets (seconds) at which the loudness correlates best, the best first."""
    one, two = first.loudness, other.loudness
    size = 1 << (len(one) + len(two) - 1).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(two, size))
    fit = np.fft.irfft(product, size)
    lags = np.arange(-len(two) + 1, len(one))
    fit = fit[lags % size]
    common = np.minimum(len(one), lags + len(two)) - np.maximum(0, lags)
    # Chance correlation of unrelated recordings grows with the root of the common length.
    score = np.where(common >= _MIN_S * _STEPS_S, fit / np.sqrt(np.maximum(common, 1)), -np.inf)
    found = []
    apart = int(_APART_S * _STEPS_S)
    for _number in range(_CANDIDATES):
        best = int(np.argmax(score))
        if not np.isfinite(score[best]) or score[best] <= 0:
            break
        found.append(float(lags[best]) / _STEPS_S)
        score[max(best - apart, 0) : best + apart + 1] = -np.inf
    return found


def _match_near(first: SoundTrace, other: SoundTrace, offset_s: float) -> SyncMatch | None:
    """Compare the samples near an offset; return None if too few moments agree."""
    begin = max(offset_s, 0.0) + _SEARCH_S
    end = min(first.seconds, other.seconds + offset_s) - _SEARCH_S
    length = min(_MOMENT_S, (end - begin) / 3)
    if length < 1:
        return None
    moments = max(min(_MOMENTS, int((end - begin) / length)), 3)
    starts = np.linspace(begin, end - length, moments)
    lags = [(t + length / 2, _lag(first, other, t, length, offset_s)) for t in starts]
    clear = [(time, lag) for time, lag in lags if lag is not None]
    return _fit_line(clear, moments) if clear else None


def _fit_line(points: Sequence[tuple[float, float]], moments: int) -> SyncMatch | None:
    """Fit a line to the lags over time; the moments near it agree."""
    times, lags = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    best = np.zeros(len(points), bool)
    for i in range(len(points)):
        for j in range(i, len(points)):
            slope = (lags[j] - lags[i]) / (times[j] - times[i]) if j > i else 0.0
            if abs(slope) > _MAX_DRIFT_PPM / 1e6:
                continue
            near = np.abs(lags - lags[i] - slope * (times - times[i])) < _AGREE_S
            if near.sum() > best.sum():
                best = near
    agree = int(best.sum())
    if agree < max(3, moments / 2):
        return None
    slope, middle = 0.0, float(lags[best].mean())
    long = float(np.ptp(times[best]))
    if agree >= 6 and long > 300:  # in a few minutes no clock drifts measurably
        slope = float(np.polyfit(times[best], lags[best], 1)[0])
    at_zero = middle - slope * float(times[best].mean())
    # lag(t) = t - other(t); where other(t) == 0, the offset is t.
    offset = at_zero / (1 - slope)
    return SyncMatch(round(offset, 4), round(-slope * 1e6, 1) + 0.0, agree, moments)


def _lag(
    first: SoundTrace, other: SoundTrace, at_s: float, length_s: float, offset_s: float
) -> float | None:
    """Return the offset (seconds) of the sound at one moment, None if no peak is clear."""
    n, reach = int(length_s * HZ), int(_SEARCH_S * HZ)
    begin = int(at_s * HZ)
    other_begin = begin - round(offset_s * HZ) - reach
    one = np.asarray(first.samples[begin : begin + n], np.float64)
    two = np.asarray(
        other.samples[max(other_begin, 0) : max(other_begin, 0) + n + 2 * reach], np.float64
    )
    if len(one) < n or len(two) < n + reach or not one.any() or not two.any():
        return None
    size = 1 << (len(one) + len(two) - 1).bit_length()
    spectrum = np.fft.rfft(two * np.hanning(len(two)), size) * np.conj(
        np.fft.rfft(one * np.hanning(len(one)), size)
    )
    hz = np.fft.rfftfreq(size, 1 / HZ)
    spectrum[(hz < _BAND_HZ[0]) | (hz > _BAND_HZ[1])] = 0
    fit = np.fft.irfft(spectrum / (np.abs(spectrum) + 1e-9), size)[: 2 * reach + 1]
    near = int(_AGREE_S * HZ)
    fit[: 2 * near] = fit[-2 * near :] = 0.0  # an artefact of the aligned windows
    best = int(np.argmax(fit))
    if fit[best] < _CLEAR * float(np.sqrt(np.mean(np.square(fit)))):
        return None
    elsewhere = np.delete(fit, slice(max(best - near, 0), best + near + 1))
    if elsewhere.max(initial=0.0) > _MAX_SECOND_PEAK * fit[best]:
        return None  # a tone or a beat has many equal peaks
    return (begin - max(other_begin, 0) - best) / HZ
