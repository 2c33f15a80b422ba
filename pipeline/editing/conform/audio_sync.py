"""Find out by their sound how two recordings of one moment lie against each other.

First the loudness of both over time is compared (every 10 ms, how much it rises and falls, not how
loud it is), which gives the places where they may fit. Then the sound itself is compared at many
moments spread over what they have in common (GCC-PHAT: Knapp and Carter 1976, which looks at
phases alone, so that another microphone, another level and the noise of a room hardly matter). Only
an answer on which most moments agree to a few milliseconds is given; clocks that run differently
fast show as a line, and are answered for.
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
_STEP = 80  # samples: the loudness is looked at every 10 ms
_STEPS_S = HZ // _STEP
_STEADY_S = 2.0  # what lasts longer than this is the room, not what happens in it
_CANDIDATES = 6
_APART_S = 0.5
_SEARCH_S = 0.4  # clocks 50 millionths apart lose this in two hours
_MOMENTS = 15
_MOMENT_S = 6.0
_LEAST_S = 6.0
_AGREE_S = 0.005
_CLEAR = 7.0  # a peak this many times the usual height is no accident
_UNRIVALLED = 0.8
_FASTEST_PPM = 300
_BAND_HZ = (150.0, 3600.0)


@dataclass(frozen=True)
class SoundTrace:
    """The sound of a recording as it is compared: 8 kHz samples, and loudness every 10 ms."""

    samples: Array
    loudness: Array

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return len(self.samples) / HZ


@dataclass(frozen=True)
class SyncMatch:
    """How another recording lies against the first: it begins `offset_s` after it (before it,
    where negative) and runs `drift_ppm` millionths faster. `agree` of `moments` moments say so.
    """

    offset_s: float
    drift_ppm: float
    agree: int
    moments: int

    def there(self, first_s: Fraction) -> Fraction:
        """Return what time it is in the other recording at a time in the first, in seconds."""
        other = float(first_s) - self.offset_s
        return Fraction(round((other + other * self.drift_ppm / 1e6) * 10_000), 10_000)

    def here(self, other_s: Fraction) -> Fraction:
        """Return what time it is in the first recording at a time in the other, in seconds."""
        first = float(other_s) / (1 + self.drift_ppm / 1e6) + self.offset_s
        return Fraction(round(first * 10_000), 10_000)


def read_sound_trace(sound: SoundSource, folder: Path) -> SoundTrace:
    """Read the sound of a recording, from zero on its clock. The samples stay in a file in
    `folder`, so that hours of them need no memory."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".s16", delete=False) as held:
        path = Path(held.name)
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
    """Return how the other recording lies against the first, None where that is not sure."""
    if min(first.seconds, other.seconds) < _LEAST_S:
        return None
    found = [m for lag in _candidates(first, other) if (m := _at(first, other, lag))]
    found.sort(key=lambda match: match.agree / match.moments, reverse=True)
    if not found:
        return None
    best = found[0]
    for second in found[1:]:
        elsewhere = abs(second.offset_s - best.offset_s) > 10 * _AGREE_S
        if elsewhere and second.agree > best.agree / 2:
            return None  # it fits as well at another place: something repeats itself
    return best


def match_recordings(sounds: Sequence[SoundSource], folder: Path) -> Iterator[SyncMatch | None]:
    """Yield how each recording after the first lies against the first, None where that is not
    sure."""
    first = read_sound_trace(sounds[0], folder)
    for number, sound in enumerate(sounds[1:], 1):
        with progress.part(number, len(sounds)):
            yield match_traces(first, read_sound_trace(sound, folder))


def _loudness(samples: Array) -> Array:
    """Return how the loudness rises and falls, whatever its level."""
    parts = [np.zeros(0, np.float32)]
    for start in range(0, len(samples) // _STEP * _STEP, _STEP * 60_000):
        part = np.asarray(samples[start : start + _STEP * 60_000], np.float32)
        part = np.diff(part[: len(part) // _STEP * _STEP], prepend=part[:1])  # voices, not rumble
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
    """Return offsets (seconds) where the loudness of both fits best, the best first."""
    one, two = first.loudness, other.loudness
    size = 1 << (len(one) + len(two) - 1).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(two, size))
    fit = np.fft.irfft(product, size)
    lags = np.arange(-len(two) + 1, len(one))
    fit = fit[lags % size]
    common = np.minimum(len(one), lags + len(two)) - np.maximum(0, lags)
    # What two unlike recordings reach by accident grows with the root of what is compared.
    score = np.where(common >= _LEAST_S * _STEPS_S, fit / np.sqrt(np.maximum(common, 1)), -np.inf)
    found = []
    apart = int(_APART_S * _STEPS_S)
    for _number in range(_CANDIDATES):
        best = int(np.argmax(score))
        if not np.isfinite(score[best]) or score[best] <= 0:
            break
        found.append(float(lags[best]) / _STEPS_S)
        score[max(best - apart, 0) : best + apart + 1] = -np.inf
    return found


def _at(first: SoundTrace, other: SoundTrace, offset_s: float) -> SyncMatch | None:
    """Look at the sound itself near an offset; None where too few moments agree."""
    begin = max(offset_s, 0.0) + _SEARCH_S
    end = min(first.seconds, other.seconds + offset_s) - _SEARCH_S
    length = min(_MOMENT_S, (end - begin) / 3)
    if length < 1:
        return None
    moments = max(min(_MOMENTS, int((end - begin) / length)), 3)
    starts = np.linspace(begin, end - length, moments)
    lags = [(t + length / 2, _lag(first, other, t, length, offset_s)) for t in starts]
    seen = [(time, lag) for time, lag in lags if lag is not None]
    return _agreed(seen, moments) if seen else None


def _agreed(seen: Sequence[tuple[float, float]], moments: int) -> SyncMatch | None:
    """Lay a line through what the moments say; those near it agree."""
    times, lags = np.array([s[0] for s in seen]), np.array([s[1] for s in seen])
    best = np.zeros(len(seen), bool)
    for i in range(len(seen)):
        for j in range(i, len(seen)):
            slope = (lags[j] - lags[i]) / (times[j] - times[i]) if j > i else 0.0
            if abs(slope) > _FASTEST_PPM / 1e6:
                continue
            near = np.abs(lags - lags[i] - slope * (times - times[i])) < _AGREE_S
            if near.sum() > best.sum():
                best = near
    agree = int(best.sum())
    if agree < max(3, moments / 2):
        return None
    slope, middle = 0.0, float(lags[best].mean())
    long = float(np.ptp(times[best]))
    if agree >= 6 and long > 300:  # over a few minutes no clock goes astray enough to be measured
        slope = float(np.polyfit(times[best], lags[best], 1)[0])
    at_zero = middle - slope * float(times[best].mean())
    # lag(t) = t - there(t); at there == 0 the offset is the time in the first.
    offset = at_zero / (1 - slope)
    return SyncMatch(round(offset, 4), round(-slope * 1e6, 1) + 0.0, agree, moments)


def _lag(
    first: SoundTrace, other: SoundTrace, at_s: float, length_s: float, offset_s: float
) -> float | None:
    """Return the offset (seconds) that the sound at one moment has, None where none stands out."""
    n, reach = int(length_s * HZ), int(_SEARCH_S * HZ)
    begin = int(at_s * HZ)
    there = begin - round(offset_s * HZ) - reach
    one = np.asarray(first.samples[begin : begin + n], np.float64)
    two = np.asarray(other.samples[max(there, 0) : max(there, 0) + n + 2 * reach], np.float64)
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
    fit[: 2 * near] = fit[-2 * near :] = 0.0  # where the windows begin and end together
    best = int(np.argmax(fit))
    if fit[best] < _CLEAR * float(np.sqrt(np.mean(np.square(fit)))):
        return None
    elsewhere = np.delete(fit, slice(max(best - near, 0), best + near + 1))
    if elsewhere.max(initial=0.0) > _UNRIVALLED * fit[best]:
        return None  # a tone or a beat fits again and again
    return (begin - max(there, 0) - best) / HZ
