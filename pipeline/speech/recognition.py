"""Recognise the words of a recording: the steps that all engines share.

Silero VAD finds the speech; it is cut at silences into windows, which are recognised in batches,
each by itself: nothing is conditioned on earlier text, so that an error does not spread. A doubtful
result (repeated, too fast, unsure, or speech without words) is recognised again in smaller windows
and without a prompt, and the better of the two is kept. Known hallucinations in silence are
removed, homophones are corrected. In the end words or a doubt cover all speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.captions.words import Correction, Doubt, Word, Words
from pipeline.core import progress
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.settings import Speech
from pipeline.speech import vad
from pipeline.speech.audio_reader import Sound
from pipeline.speech.engines.base import MAX_WINDOW_MS, Engine, RecognisedWindow, RecognitionOptions
from pipeline.speech.homophones import correct_homophones
from pipeline.speech.language_segments import LanguageSegment, split_by_language
from pipeline.speech.postprocessing import clean_words
from pipeline.speech.quality_gate import NOTHING_RECOGNISED, WindowResult, uncovered_speech
from pipeline.speech.vad import Span, overlap_ms

__all__ = ["recognise"]

_BATCH = 4
_BATCHES = 8
"""Windows of this many batches are sorted by length: a batch takes as long as its longest."""

_MIN_SILENCE_MS = 160


def recognise(
    sound_file: Path,
    engine: Engine,
    settings: Speech,
    options: RecognitionOptions,
    hallucinations: Sequence[str] = (),
    languages: Sequence[LanguageSegment] = (),
) -> Words:
    """Return the words of a 16 kHz mono WAV file, with their times and all doubts.

    `hallucinations` are phrases that speech models make up in silence; `languages` are the
    segments in another language than that of `options`, whose terms are not expected there. Raises
    MediaError where nobody speaks: an episode without any speech has the wrong sound.
    """
    with Sound(sound_file) as sound:
        progress.report(0.0, _("looking for speech"))
        probability = vad.speech_probabilities(sound)
        speech = vad.speech_spans(probability, _MIN_SILENCE_MS)
        if not speech:
            raise _no_speech_error(sound_file)
        recogniser = _Recogniser(sound, engine, options, probability, speech)
        room_ms = min(settings.window_ms, MAX_WINDOW_MS)
        spans = vad.speech_spans(probability, settings.min_silence_ms)
        words: list[Word] = []
        doubts: list[Doubt] = []
        corrections: list[Correction] = []
        for section in split_by_language(languages, options.language, sound.duration_ms):
            windows = vad.windows(_clip(section, spans), probability, room_ms, section.end_ms)
            windows = _clip(section, windows)
            with progress.share(*_shares(section, sound.duration_ms)):
                found_words, found = recogniser.for_language(section.language).words_in(
                    windows, hallucinations
                )
            if settings.homophones and section.language == "zh":
                found_words, changed = correct_homophones(found_words, options.terms)
                corrections += changed
            words += found_words
            doubts += found
    missed = [Doubt(*span, NOTHING_RECOGNISED) for span in uncovered_speech(speech, tuple(words))]
    return Words(
        language=options.language,
        words=tuple(words),
        speech=tuple((span.start_ms, span.end_ms) for span in speech),
        doubts=tuple(sorted([*doubts, *missed], key=lambda d: (d.start_ms, d.end_ms, d.reason))),
        corrections=tuple(corrections),
        engine=engine.name,
        model=engine.model,
    )


@dataclass
class _Recogniser:
    sound: Sound
    engine: Engine
    options: RecognitionOptions
    probability: NDArray[np.float32]
    speech: tuple[Span, ...]

    def for_language(self, language: str) -> _Recogniser:
        """Return a recogniser for that language."""
        if language == self.options.language:
            return self
        return replace(self, options=replace(self.options, language=language, terms=()))

    def words_in(
        self, windows: Sequence[Span], hallucinations: Sequence[str]
    ) -> tuple[list[Word], list[Doubt]]:
        """Return the words in the windows, and what is doubtful."""
        words, doubts = [], []
        for result in self.results(windows):
            kept, found = clean_words(result, self.options.language, hallucinations)
            words += kept
            doubts += found
        return words, doubts

    def results(self, windows: Sequence[Span]) -> Iterator[WindowResult]:
        """Yield the best result of each window, in order; report the progress."""
        total = sum(window.length_ms for window in windows)
        done = 0
        for block in _chunks(windows, _BATCH * _BATCHES):
            found: list[WindowResult] = []
            for batch in _chunks(sorted(block, key=_by_length), _BATCH):
                found += self._retry_doubtful(self._transcribe(batch, self.options))
                done += sum(window.length_ms for window in batch)
                progress.report(done / total, _("recognising speech"))
            yield from sorted(found, key=lambda result: result.window)

    def _transcribe(
        self, windows: Sequence[Span], options: RecognitionOptions
    ) -> list[WindowResult]:
        samples = [self.sound.read(*window) for window in windows]
        recognised = self.engine.transcribe(samples, options)
        return [self._result(w, _shift(r, w)) for w, r in zip(windows, recognised, strict=True)]

    def _result(self, window: Span, recognised: RecognisedWindow) -> WindowResult:
        inside = tuple(
            Span(max(span.start_ms, window.start_ms), min(span.end_ms, window.end_ms))
            for span in self.speech
            if overlap_ms(span, window)
        )
        return WindowResult(window, inside, recognised)

    def _retry_doubtful(self, results: list[WindowResult]) -> list[WindowResult]:
        """Recognise doubtful windows again in halves, without prompt; keep the better result."""
        doubtful = [index for index, result in enumerate(results) if result.is_doubtful]
        halves = [
            (index, half) for index in doubtful for half in self._split(results[index].window)
        ]
        if not halves:
            return results
        plain = replace(self.options, terms=())
        recognised = self._transcribe([half for _index, half in halves], plain)
        parts = zip((index for index, _half in halves), recognised, strict=True)
        for index, group in groupby(parts, key=lambda part: part[0]):
            whole = results[index]
            other = self._result(whole.window, _merge([part for _i, part in group]))
            if other.score > whole.score:
                results[index] = other
        return results

    def _split(self, window: Span) -> list[Span]:
        return vad.divide(window, self.probability, max(window.length_ms * 2 // 3, 1000))


def _chunks(windows: Sequence[Span], size: int) -> Iterator[Sequence[Span]]:
    for start in range(0, len(windows), size):
        yield windows[start : start + size]


def _by_length(window: Span) -> tuple[int, Span]:
    return window.length_ms, window


def _clip(section: LanguageSegment, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of the spans that lie in a section."""
    start, end, _language = section
    inside = (Span(max(span.start_ms, start), min(span.end_ms, end)) for span in spans)
    return tuple(span for span in inside if span.length_ms > 0)


def _shares(section: LanguageSegment, whole_ms: int) -> tuple[float, float]:
    return section.start_ms / whole_ms, section.end_ms / whole_ms


def _shift(recognised: RecognisedWindow, window: Span) -> RecognisedWindow:
    """Set the times of the words to those of the whole recording."""
    by = window.start_ms
    words = (replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in recognised.words)
    return replace(recognised, words=tuple(words))


def _merge(parts: Sequence[WindowResult]) -> RecognisedWindow:
    """Join the results of the parts of a window; weigh by length."""
    total = sum(part.window.length_ms for part in parts)

    def mean(value: Callable[[RecognisedWindow], float]) -> float:
        return sum(value(part.recognised) * part.window.length_ms for part in parts) / total

    return RecognisedWindow(
        tuple(word for part in parts for word in part.words),
        mean(lambda r: r.logprob),
        mean(lambda r: r.no_speech),
    )


def _no_speech_error(sound_file: Path) -> MediaError:
    return MediaError(
        _("Nobody speaks in the sound of this episode."),
        remedy=_(
            "Listen to the cut: was the right sound track chosen (“audio_stream” under [editing])?"
        ),
        path=sound_file,
    )
