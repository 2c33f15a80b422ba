"""The waveform: the peaks of the sound, to be drawn."""

from __future__ import annotations

from typing import ClassVar

from pipeline.core.artefacts.base import JsonArtefact

__all__ = ["Waveform"]


class Waveform(JsonArtefact):
    """Version 2 of the JSON that audiowaveform writes and peaks.js draws.

    `data` holds the lowest and the highest sample (`bits` 8) of each `samples_per_pixel`; `length`
    counts the pairs. https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md
    """

    COMPACT: ClassVar = True
    version: int
    channels: int
    sample_rate: int
    samples_per_pixel: int
    bits: int
    length: int
    data: tuple[int, ...]
