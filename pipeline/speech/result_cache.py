"""An engine that remembers what it has heard, so that long recognition can go on after a crash.

The memory is a folder of small files beside the models, each named by everything that decides the
answer: the samples of a batch of windows, the engine, its release, the weights, how it listened.
Recognising the same sound again, be it after a crash or because only the style of the cues changed,
takes the answers from there. It may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.captions.words import Word
from pipeline.core.cache_dir import cache_folder
from pipeline.speech.audio_reader import Samples
from pipeline.speech.engines.base import Engine, RecognisedWindow, RecognitionOptions

__all__ = ["CachingEngine"]

_FORMAT = 1
_KEEP_S = 30 * 24 * 3600


class CachingEngine:
    """The engine given, asked only what it has not been asked before."""

    def __init__(self, engine: Engine, folder: Path | None = None) -> None:
        self.name = engine.name
        self.model = engine.model
        self._engine = engine
        self._folder = folder or cache_folder() / "heard"
        self._forget_old()

    def transcribe(
        self, windows: Sequence[Samples], listening: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return what is heard in each window."""
        place = self._folder / f"{self._key(windows, listening)}.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return [_heard(item) for item in json.loads(place.read_bytes())]
        heard = self._engine.transcribe(windows, listening)
        with contextlib.suppress(OSError):  # a full disk costs the memory, not the work
            self._keep(place, json.dumps([asdict(h) for h in heard], ensure_ascii=False))
        return heard

    def _key(self, windows: Sequence[Samples], listening: RecognitionOptions) -> str:
        digest = hashlib.sha256()
        for part in (_FORMAT, self.name, _release(self.name), self.model, listening):
            digest.update(repr(part).encode() + b"\0")
        for window in windows:
            digest.update(window.size.to_bytes(8, "little"))
            digest.update(window.tobytes())
        return digest.hexdigest()

    def _keep(self, place: Path, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, "utf-8")
        part.replace(place)

    def _forget_old(self) -> None:
        before = time.time() - _KEEP_S
        for file in self._folder.glob("*"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < before:
                    file.unlink()


def _heard(item: dict[str, Any]) -> RecognisedWindow:
    words = tuple(Word(**word) for word in item["words"])
    return RecognisedWindow(words, item["logprob"], item["no_speech"])


def _release(engine: str) -> str:
    """Return the release of the engine's package; a fake has none."""
    try:
        return version(engine)
    except PackageNotFoundError:
        return ""
