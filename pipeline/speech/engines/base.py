"""What every speech engine does: it hears windows of sound and says which words, when, how surely.

An engine knows nothing of recordings, silence or subtitles: finding speech, cutting it into
windows, judging and repairing the results is done once for all of them (recognition.py). To add
an engine, write a class of this shape in a module of its own, list it in registry.py, and let
tests/pipeline/speech/test_engine_contract.py hold it to the rules below:

- The same windows and the same listening give the same answer: no sampling, no state in between.
- One `Heard` for each window, in order. Times are milliseconds from the window's start, words are
  in order of time, within the window, and never end before they start.
- The words' texts put together are the text: marks belong to a word, and a language that writes
  spaces has them in front of its words.
- A heavy library is imported when the engine is made, not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.captions.words import Word
from pipeline.speech.audio_reader import RATE, Samples

__all__ = [
    "APPENDED", "MAX_WINDOW_MS", "PREPENDED", "Engine", "RecognisedWindow", "RecognitionOptions",
    "max_tokens",
]  # fmt: skip

MAX_WINDOW_MS = 30_000
"""Whisper hears half a minute at a time; no window may be longer."""

PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"
"""Marks that belong to the word after and to the word before (Whisper's own lists)."""

_WHISPER_TOKENS = 224


@dataclass(frozen=True)
class RecognitionOptions:
    """How to recognise. `language` is a Whisper code; `terms` are names that may occur."""

    language: str
    beam_size: int = 5
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecognisedWindow:
    """What was recognised in one window.

    `logprob` is the mean log-probability of a token, `no_speech` the probability that nobody spoke.
    """

    words: tuple[Word, ...] = ()
    logprob: float = 0.0
    no_speech: float = 0.0

    @property
    def text(self) -> str:
        """Return the words put together."""
        return "".join(word.text for word in self.words)


def max_tokens(window: Samples) -> int:
    """Return how many tokens a window can hold: nobody says more than sixteen a second.

    Without this, Whisper goes on to its own limit where there is no speech.
    """
    return min(16 + 16 * window.size // RATE, _WHISPER_TOKENS)


class Engine(Protocol):
    """A speech engine with its model loaded. `model` names the weights for the record."""

    name: str
    model: str

    def transcribe(
        self, windows: Sequence[Samples], options: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return what is recognised in each window (16 kHz mono, at most MAX_WINDOW_MS)."""
        ...
