"""From a recording to words: the one recipe all engines share.

Speech is found (Silero VAD) and cut in silence into windows, which are heard in batches, each by
itself: nothing is conditioned on earlier text, so an error does not spread. What comes out badly
(repeated, too fast, unsure) or leaves speech without words is heard again in smaller windows and
without a prompt, and the better is kept. Words in silence are taken out where they are known
inventions, and homophones are written as the words they make. Every stretch of speech is then
either covered by words or listed as a doubt.
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
from pipeline.speech.homophones import respelled
from pipeline.speech.language_segments import LanguageSegment, sections
from pipeline.speech.postprocessing import polished
from pipeline.speech.quality_gate import NOTHING_HEARD, Passage, uncovered
from pipeline.speech.vad import Span, overlap_ms

__all__ = ["recognise"]

_BATCH = 4
_BATCHES = 8
"""Windows of this many batches are sorted by length: a batch takes as long as its longest."""

_COVER_SILENCE_MS = 160


def recognise(
    sound_file: Path,
    engine: Engine,
    settings: Speech,
    listening: RecognitionOptions,
    inventions: Sequence[str] = (),
    languages: Sequence[LanguageSegment] = (),
) -> Words:
    """Return the words said in a 16 kHz mono WAV file, with their times and all doubts.

    `inventions` are phrases that speech models make up in silence; `languages` are the stretches
    in another language than that of `listening`, whose terms are not expected there. Raises
    MediaError where nobody speaks: an episode without any speech has the wrong sound.
    """
    with Sound(sound_file) as sound:
        progress.report(0.0, _("looking for speech"))
        likely = vad.probabilities(sound)
        speech = vad.speech(likely, _COVER_SILENCE_MS)
        if not speech:
            raise _silent(sound_file)
        hearing = _Hearing(sound, engine, listening, likely, speech)
        room_ms = min(settings.window_ms, MAX_WINDOW_MS)
        spans = vad.speech(likely, settings.min_silence_ms)
        words: list[Word] = []
        doubts: list[Doubt] = []
        corrections: list[Correction] = []
        for section in sections(languages, listening.language, sound.duration_ms):
            windows = vad.windows(_within(section, spans), likely, room_ms, section.end_ms)
            windows = _within(section, windows)
            with progress.share(*_shares(section, sound.duration_ms)):
                said, found = hearing.listening_for(section.language).said(windows, inventions)
            if settings.homophones and section.language == "zh":
                said, respelt = respelled(said, listening.terms)
                corrections += respelt
            words += said
            doubts += found
    gaps = [Doubt(*span, NOTHING_HEARD) for span in uncovered(speech, tuple(words))]
    return Words(
        language=listening.language,
        words=tuple(words),
        speech=tuple((span.start_ms, span.end_ms) for span in speech),
        doubts=tuple(sorted([*doubts, *gaps], key=lambda d: (d.start_ms, d.end_ms, d.reason))),
        corrections=tuple(corrections),
        engine=engine.name,
        model=engine.model,
    )


@dataclass
class _Hearing:
    sound: Sound
    engine: Engine
    listening: RecognitionOptions
    likely: NDArray[np.float32]
    speech: tuple[Span, ...]

    def listening_for(self, language: str) -> _Hearing:
        """Return one that listens for that language."""
        if language == self.listening.language:
            return self
        return replace(self, listening=replace(self.listening, language=language, terms=()))

    def said(
        self, windows: Sequence[Span], inventions: Sequence[str]
    ) -> tuple[list[Word], list[Doubt]]:
        """Return the words said in the windows, and what is doubtful."""
        words, doubts = [], []
        for passage in self.passages(windows):
            kept, found = polished(passage, self.listening.language, inventions)
            words += kept
            doubts += found
        return words, doubts

    def passages(self, windows: Sequence[Span]) -> Iterator[Passage]:
        """Yield the best that is heard in each window, in order, saying how far it is."""
        total = sum(window.length_ms for window in windows)
        done = 0
        for block in _chunks(windows, _BATCH * _BATCHES):
            found: list[Passage] = []
            for batch in _chunks(sorted(block, key=_by_length), _BATCH):
                found += self._again(self._hear(batch, self.listening))
                done += sum(window.length_ms for window in batch)
                progress.report(done / total, _("recognising speech"))
            yield from sorted(found, key=lambda passage: passage.window)

    def _hear(self, windows: Sequence[Span], listening: RecognitionOptions) -> list[Passage]:
        samples = [self.sound.read(*window) for window in windows]
        heard = self.engine.transcribe(samples, listening)
        return [self._passage(w, _moved(h, w)) for w, h in zip(windows, heard, strict=True)]

    def _passage(self, window: Span, heard: RecognisedWindow) -> Passage:
        inside = tuple(
            Span(max(span.start_ms, window.start_ms), min(span.end_ms, window.end_ms))
            for span in self.speech
            if overlap_ms(span, window)
        )
        return Passage(window, inside, heard)

    def _again(self, passages: list[Passage]) -> list[Passage]:
        """Hear doubtful passages again in halves, without prompt, and keep the better."""
        doubtful = [index for index, passage in enumerate(passages) if passage.is_doubtful]
        halves = [
            (index, half) for index in doubtful for half in self._halves(passages[index].window)
        ]
        if not halves:
            return passages
        plain = replace(self.listening, terms=())
        heard = self._hear([half for _index, half in halves], plain)
        parts = zip((index for index, _half in halves), heard, strict=True)
        for index, group in groupby(parts, key=lambda part: part[0]):
            whole = passages[index]
            other = self._passage(whole.window, _joined([part for _i, part in group]))
            if other.score > whole.score:
                passages[index] = other
        return passages

    def _halves(self, window: Span) -> list[Span]:
        return vad.divide(window, self.likely, max(window.length_ms * 2 // 3, 1000))


def _chunks(windows: Sequence[Span], size: int) -> Iterator[Sequence[Span]]:
    for start in range(0, len(windows), size):
        yield windows[start : start + size]


def _by_length(window: Span) -> tuple[int, Span]:
    return window.length_ms, window


def _within(section: LanguageSegment, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of the spans that lie in a section."""
    start, end, _language = section
    inside = (Span(max(span.start_ms, start), min(span.end_ms, end)) for span in spans)
    return tuple(span for span in inside if span.length_ms > 0)


def _shares(section: LanguageSegment, whole_ms: int) -> tuple[float, float]:
    return section.start_ms / whole_ms, section.end_ms / whole_ms


def _moved(heard: RecognisedWindow, window: Span) -> RecognisedWindow:
    """Give the words the times of the whole recording."""
    by = window.start_ms
    words = (replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in heard.words)
    return replace(heard, words=tuple(words))


def _joined(parts: Sequence[Passage]) -> RecognisedWindow:
    """Put what was heard in the parts of a window together, weighing by length."""
    total = sum(part.window.length_ms for part in parts)

    def mean(value: Callable[[RecognisedWindow], float]) -> float:
        return sum(value(part.heard) * part.window.length_ms for part in parts) / total

    return RecognisedWindow(
        tuple(word for part in parts for word in part.words),
        mean(lambda h: h.logprob),
        mean(lambda h: h.no_speech),
    )


def _silent(sound_file: Path) -> MediaError:
    return MediaError(
        _("Nobody speaks in the sound of this episode."),
        remedy=_(
            "Listen to the cut: was the right sound track chosen (“audio_stream” under [editing])?"
        ),
        path=sound_file,
    )
