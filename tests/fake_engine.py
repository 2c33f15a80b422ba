"""A speech engine for tests: hears a fixed text, a character every fifth of a second of sound."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.captions.words import Word
from pipeline.speech.audio_reader import RATE, Samples
from pipeline.speech.engines.base import RecognisedWindow, RecognitionOptions

__all__ = ["FakeEngine"]

_PACE_MS = 200
_QUIET = 1e-4


class FakeEngine:
    """Answers every window with `text`, over and over; silence with nothing."""

    name = "fake"
    model = "fake"

    def __init__(self, text: str = "我是赤峰人，在红山文化的地方长大。") -> None:
        self.text = text

    def transcribe(
        self, windows: Sequence[Samples], options: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return what is heard in each window."""
        return [self._result(window) for window in windows]

    def _result(self, window: Samples) -> RecognisedWindow:
        length_ms = window.size * 1000 // RATE
        if not window.size or float(abs(window).max()) < _QUIET:
            return RecognisedWindow(no_speech=1.0)
        words = [
            Word(at, at + _PACE_MS, self.text[index % len(self.text)], 0.9)
            for index, at in enumerate(range(0, length_ms - _PACE_MS + 1, _PACE_MS))
        ]
        return RecognisedWindow(tuple(words), logprob=-0.2)
