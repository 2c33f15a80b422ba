"""faster-whisper: Whisper on CTranslate2, int8 on a CPU and float16 on a GPU.

Windows are recognised together. It is fast at equal accuracy because the encoder is given the
window and a second of silence instead of Whisper's full half minute (most of the time goes there),
which faster-whisper's own `transcribe` cannot do; its parts are used one by one instead. A second
is as accurate as four, and costs a sixth less (benchmarks/subtitles.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.captions.words import Word
from pipeline.speech.audio_reader import RATE, Samples
from pipeline.speech.engines.base import (
    APPENDED,
    PREPENDED,
    RecognisedWindow,
    RecognitionOptions,
    max_tokens,
)
from pipeline.speech.models.finder import Model
from pipeline.speech.prompt import prompt

__all__ = ["FasterWhisper"]

_FRAMES_PER_S = 100
_FULL_FRAMES = 3000
_MARGIN_FRAMES = 100


def device_and_type() -> tuple[str, str]:
    """Return where to compute and in which numbers: int8 on a processor, float16 on a GPU, or the
    best a GPU has that knows no float16."""
    import ctranslate2

    if ctranslate2.get_cuda_device_count() == 0:
        return "cpu", "int8"
    known = ctranslate2.get_supported_compute_types("cuda")
    return "cuda", next(kind for kind in ("float16", "int8", "float32") if kind in known)


class FasterWhisper:
    """The engine. `threads` 0 takes all cores."""

    name = "faster-whisper"

    def __init__(self, model: Model, threads: int = 0) -> None:
        from faster_whisper import WhisperModel

        device, compute_type = device_and_type()
        self.model = model.label
        self._whisper = WhisperModel(
            str(model.path),
            device=device,
            compute_type=compute_type,
            cpu_threads=threads,
            local_files_only=True,
        )

    def transcribe(
        self, windows: Sequence[Samples], options: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return what is recognised in each window."""
        if not windows:
            return []
        from faster_whisper.tokenizer import Tokenizer

        model = self._whisper
        tokenizer = Tokenizer(
            model.hf_tokenizer,
            model.model.is_multilingual,
            task="transcribe",
            language=options.language,
        )
        encoded = model.encode(self._features(windows))
        results = self._generate(encoded, windows, tokenizer, options)
        words = self._words(encoded, windows, tokenizer, [r.sequences_ids[0] for r in results])
        return [
            RecognisedWindow(text, _logprob(result), float(result.no_speech_prob))
            for text, result in zip(words, results, strict=True)
        ]

    def _features(self, windows: Sequence[Samples]) -> NDArray[np.float32]:
        from faster_whisper.audio import pad_or_trim

        longest = max(window.size for window in windows) * _FRAMES_PER_S // RATE
        frames = min(longest + _MARGIN_FRAMES, _FULL_FRAMES)
        extract = self._whisper.feature_extractor
        return np.stack([pad_or_trim(extract(window)[..., :-1], frames) for window in windows])

    def _generate(
        self,
        encoded: Any,
        windows: Sequence[Samples],
        tokenizer: Any,
        options: RecognitionOptions,
    ) -> list[Any]:
        from faster_whisper.transcribe import get_suppressed_tokens

        text = prompt(options)
        start = self._whisper.get_prompt(tokenizer, tokenizer.encode(text) if text else [])
        room = max(max_tokens(window) for window in windows)
        results: list[Any] = self._whisper.model.generate(
            encoded,
            [start] * len(windows),
            beam_size=options.beam_size,
            max_length=min(len(start) + room, self._whisper.max_length),
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return results

    def _words(
        self, encoded: Any, windows: Sequence[Samples], tokenizer: Any, tokens: list[list[int]]
    ) -> list[tuple[Word, ...]]:
        """Align the tokens of each window to its sound.

        Each window is set half a minute after the one before, as if they were one recording.
        """
        frames = [window.size * _FRAMES_PER_S // RATE for window in windows]
        segments: list[list[dict[str, Any]]] = [
            [
                {
                    "seek": index * _FULL_FRAMES,
                    "start": index * 30.0,
                    "end": index * 30.0 + frames[index] / _FRAMES_PER_S,
                    "tokens": token_ids,
                }
            ]
            for index, token_ids in enumerate(tokens)
        ]
        self._whisper.add_word_timestamps(
            segments, tokenizer, encoded, frames, PREPENDED, APPENDED, -30.0
        )
        return [
            tuple(_word(word, index * 30.0, frames[index] * 10) for word in segment["words"])
            for index, (segment,) in enumerate(segments)
        ]


def _word(word: dict[str, Any], from_s: float, length_ms: int) -> Word:
    start, end = (
        min(max(round((word[side] - from_s) * 1000), 0), length_ms) for side in ("start", "end")
    )
    return Word(start, max(start, end), word["word"], float(word["probability"]))


def _logprob(result: Any) -> float:
    """Return the mean log-probability of a token, the end mark counted, as Whisper does."""
    length = len(result.sequences_ids[0])
    return float(result.scores[0]) * length / (length + 1)
