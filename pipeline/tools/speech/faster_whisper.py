"""faster-whisper: Whisper on CTranslate2, int8 on a CPU and float16 on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.subtitles.words import Word
from pipeline.tools.speech.models import Model
from pipeline.tools.speech.protocol import Heard, Listening, max_tokens
from pipeline.tools.speech.sound import RATE, Samples
from pipeline.tools.speech.terms import prompt

__all__ = ["FasterWhisper"]


class FasterWhisper:
    """The engine. `threads` 0 takes all cores."""

    name = "faster-whisper"

    def __init__(self, model: Model, threads: int = 0) -> None:
        import ctranslate2
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        gpu = ctranslate2.get_cuda_device_count() > 0
        self.model = model.label
        self._pipeline = BatchedInferencePipeline(
            WhisperModel(
                str(model.path),
                device="cuda" if gpu else "cpu",
                compute_type="float16" if gpu else "int8",
                cpu_threads=threads,
                local_files_only=True,
            )
        )

    def transcribe(self, windows: Sequence[Samples], listening: Listening) -> list[Heard]:
        """Return what is heard in each window."""
        if not windows:
            return []
        # The pipeline takes one sound and where to listen in it. Whole seconds between the
        # windows' starts keep its arithmetic (in hundredths) exact.
        seconds = [-(-window.size // RATE) for window in windows]
        starts = [sum(seconds[:index]) for index in range(len(windows))]
        sound = np.concatenate(
            [np.pad(w, (0, s * RATE - w.size)) for w, s in zip(windows, seconds, strict=True)]
        )
        clips = [
            {"start": float(start), "end": start + window.size / RATE}
            for start, window in zip(starts, windows, strict=True)
        ]
        self._pipeline.last_speech_timestamp = 0.0
        segments, _info = self._pipeline.transcribe(
            sound,
            language=listening.language,
            beam_size=listening.beam_size,
            clip_timestamps=clips,
            batch_size=len(windows),
            without_timestamps=False,
            word_timestamps=True,
            max_new_tokens=max(max_tokens(window) for window in windows),
            initial_prompt=prompt(listening),
        )
        heard: dict[int, list[Any]] = {start: [] for start in starts}
        for segment in segments:
            heard[segment.seek // 100].append(segment)
        return [
            _heard(heard[start], start, window.size * 1000 // RATE)
            for start, window in zip(starts, windows, strict=True)
        ]


def _heard(segments: list[Any], start_s: int, length_ms: int) -> Heard:
    def ms(seconds: float) -> int:
        return min(max(round((seconds - start_s) * 1000), 0), length_ms)

    words = [
        Word(ms(w.start), max(ms(w.start), ms(w.end)), w.word, float(w.probability))
        for segment in segments
        for w in segment.words
    ]
    if not segments:
        return Heard()
    return Heard(tuple(words), float(segments[0].avg_logprob), float(segments[0].no_speech_prob))
