"""A cache of recognition results: long recognition goes on after a crash.

The cache is a folder of small files beside the models, each named by everything that decides the
result: the samples of a batch of windows, the engine, its release, the weights and the options.
Recognising the same sound again, after a crash or because only the style of the cues changed, reads
the results from there. The folder may be deleted at any time.
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
from pipeline.core.permissions import private_folder
from pipeline.speech.audio_reader import Samples
from pipeline.speech.engines.base import Engine, RecognisedWindow, RecognitionOptions

__all__ = ["CachingEngine"]

_FORMAT = 1
_KEEP_S = 30 * 24 * 3600


class CachingEngine:
    """An engine whose results are cached in a folder."""

    def __init__(self, engine: Engine, folder: Path | None = None) -> None:
        self.name = engine.name
        self.model = engine.model
        self._engine = engine
        self._folder = folder or cache_folder() / "heard"
        self._remove_old()

    def transcribe(
        self, windows: Sequence[Samples], options: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return the result of each window."""
        path = self._folder / f"{self._key(windows, options)}.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return [_window(item) for item in json.loads(path.read_bytes())]
        results = self._engine.transcribe(windows, options)
        with contextlib.suppress(OSError):  # a full disk costs the cache, not the work
            self._write(path, json.dumps([asdict(r) for r in results], ensure_ascii=False))
        return results

    def _key(self, windows: Sequence[Samples], options: RecognitionOptions) -> str:
        digest = hashlib.sha256()
        for part in (_FORMAT, self.name, _release(self.name), self.model, options):
            digest.update(repr(part).encode() + b"\0")
        for window in windows:
            digest.update(window.size.to_bytes(8, "little"))
            digest.update(window.tobytes())
        return digest.hexdigest()

    def _write(self, path: Path, text: str) -> None:
        private_folder(self._folder)  # what people said, withheld passages included
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, "utf-8")
        part.replace(path)

    def _remove_old(self) -> None:
        oldest = time.time() - _KEEP_S
        for file in self._folder.glob("*"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < oldest:
                    file.unlink()


def _window(item: dict[str, Any]) -> RecognisedWindow:
    words = tuple(Word(**word) for word in item["words"])
    return RecognisedWindow(words, item["logprob"], item["no_speech"])


def _release(engine: str) -> str:
    """Return the release of the engine's package; a fake has none."""
    try:
        return version(engine)
    except PackageNotFoundError:
        return ""
