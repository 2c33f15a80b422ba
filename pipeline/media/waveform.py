"""Compute the peaks of a waveform display."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from pipeline.core.artefacts.waveform import Waveform

__all__ = ["write_peaks"]

_PIXELS_AT_ONCE = 4096


def write_peaks(sound: Path, path: Path, peaks_per_second: int) -> Path:
    """Write the peaks of a 16-bit mono WAV file and return `path`."""
    with wave.open(str(sound), "rb") as reader:
        rate = reader.getframerate()
        step = max(rate // peaks_per_second, 1)
        data: list[int] = []
        while block := reader.readframes(step * _PIXELS_AT_ONCE):
            data += _extremes(np.frombuffer(block, "<i2"), step)
    peaks = Waveform(
        version=2,
        channels=1,
        sample_rate=rate,
        samples_per_pixel=step,
        bits=8,
        length=len(data) // 2,
        data=tuple(data),
    )
    return peaks.write(path)


def _extremes(samples: np.ndarray[tuple[int], np.dtype[np.int16]], step: int) -> list[int]:
    starts = np.arange(0, len(samples), step)
    low = np.minimum.reduceat(samples, starts)
    high = np.maximum.reduceat(samples, starts)
    pairs: list[int] = (np.stack([low, high], axis=1) >> 8).ravel().tolist()
    return pairs
