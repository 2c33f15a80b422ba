"""Read recognition audio window by window: two hours take no more memory than two minutes."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import MediaError
from pipeline.i18n import _

__all__ = ["RATE", "Samples", "Sound"]

RATE = 16_000
"""Samples a second: what Whisper and Silero were trained on."""

Samples: TypeAlias = NDArray[np.float32]
"""Mono samples at `RATE`, -1.0 to 1.0."""


class Sound:
    """A 16 kHz mono WAV file, open for reading. Use as a context manager.

    Raises MediaError where the file is something else.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._wave = wave.open(str(path), "rb")  # noqa: SIM115 - closed in __exit__
        except (wave.Error, EOFError, OSError) as error:
            raise MediaError(
                _("{name} is not a WAV file that can be read.").format(name=path.name), path=path
            ) from error
        form = (self._wave.getframerate(), self._wave.getnchannels(), self._wave.getsampwidth())
        if form != (RATE, 1, 2):
            self._wave.close()
            raise MediaError(
                _("{name} is not 16 kHz mono sound with 16 bits.").format(name=path.name),
                remedy=_("Extract the sound again."),
                path=path,
            )
        self.path = path
        self.duration_ms = self._wave.getnframes() * 1000 // RATE

    def __enter__(self) -> Sound:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wave.close()

    def read(self, start_ms: int, end_ms: int) -> Samples:
        """Return the samples from `start_ms` to `end_ms`, fewer where the sound ends before."""
        self._wave.setpos(min(start_ms * RATE // 1000, self._wave.getnframes()))
        return self._take((end_ms - start_ms) * RATE // 1000)

    def blocks(self, samples: int) -> Iterator[Samples]:
        """Yield the whole sound in blocks of that many samples, the last one shorter."""
        self._wave.rewind()
        while (block := self._take(samples)).size:
            yield block

    def _take(self, samples: int) -> Samples:
        raw = np.frombuffer(self._wave.readframes(samples), "<i2")
        return raw.astype(np.float32) / np.float32(32768.0)
