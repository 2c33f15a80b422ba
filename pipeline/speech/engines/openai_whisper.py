"""openai-whisper: the reference implementation, on PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

__all__ = ["OpenaiWhisper"]


class OpenaiWhisper:
    """The engine. `threads` 0 takes all cores."""

    name = "openai-whisper"

    def __init__(self, model: Model, threads: int = 0) -> None:
        import os

        import torch
        import whisper

        torch.set_num_threads(threads or os.cpu_count() or 1)
        self.model = model.label
        self._whisper = whisper.load_model(str(model.path))
        self._set_alignment_heads(model)

    def transcribe(
        self, windows: Sequence[Samples], options: RecognitionOptions
    ) -> list[RecognisedWindow]:
        """Return what is recognised in each window."""
        return [self._transcribe_window(window, options) for window in windows]

    def _transcribe_window(self, window: Samples, options: RecognitionOptions) -> RecognisedWindow:
        """One window at a time: beam search over a batch fails in openai-whisper 20250625."""
        import whisper

        model = self._whisper
        gpu = model.device.type == "cuda"
        decoding = whisper.DecodingOptions(
            language=options.language,
            beam_size=options.beam_size if options.beam_size > 1 else None,
            prompt=prompt(options),
            sample_len=max_tokens(window),
            fp16=gpu,
        )
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(window), model.dims.n_mels)
        mel = mel.to(model.device)
        result = whisper.decode(model, mel.half() if gpu else mel, decoding)
        return self._result(result, mel, window.size * 1000 // RATE)

    def _result(self, result: Any, mel: Any, length_ms: int) -> RecognisedWindow:
        from whisper.timing import add_word_timestamps
        from whisper.tokenizer import get_tokenizer

        model = self._whisper
        tokenizer = get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language=result.language
        )
        segment: dict[str, Any] = {
            "seek": 0,
            "start": 0.0,
            "end": length_ms / 1000,
            "tokens": list(result.tokens),
        }
        add_word_timestamps(
            segments=[segment],
            model=model,
            tokenizer=tokenizer,
            mel=mel,
            num_frames=length_ms // 10,
            prepend_punctuations=PREPENDED,
            append_punctuations=APPENDED,
            last_speech_timestamp=0.0,
        )

        def ms(seconds: float) -> int:
            return min(max(round(seconds * 1000), 0), length_ms)

        words = tuple(
            Word(
                ms(w["start"]),
                max(ms(w["start"]), ms(w["end"])),
                w["word"],
                round(float(w["probability"]), 4),
            )
            for w in segment.get("words", ())
        )
        # PyTorch's first call differs from later ones in the seventh decimal.
        return RecognisedWindow(
            words, round(result.avg_logprob, 4), round(result.no_speech_prob, 4)
        )

    def _set_alignment_heads(self, model: Model) -> None:
        """Say which attention heads follow the sound: by the file, else by the model's name."""
        import torch
        import whisper

        heads = torch.load(model.path, map_location="cpu", weights_only=True, mmap=True).get(
            "alignment_heads"
        )
        if heads:
            dims = self._whisper.dims
            mask = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
            for layer, head in heads:
                mask[layer, head] = True
            self._whisper.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
        elif model.name in whisper._ALIGNMENT_HEADS:
            self._whisper.set_alignment_heads(whisper._ALIGNMENT_HEADS[model.name])
