"""Clean recognised words: Simplified characters, times within the speech, no hallucinations.

Speech models trained on subtitles of the web write thanks and subscriptions where nobody speaks.
Such phrases are removed only in silence; where somebody speaks they stay and become a doubt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from pipeline.captions import chinese
from pipeline.captions.words import Doubt, Word
from pipeline.speech.quality_gate import HALLUCINATED, NO_VOICE, WindowResult
from pipeline.speech.vad import Span, overlap_ms

__all__ = ["clean_words", "simplified_words"]

_CHINESE = frozenset({"zh", "yue"})
_SILENT_RUN_MS = 600

# The particle 着 is written 著 in Taiwan and so by Whisper; t2s leaves it, for 著 is Simplified too
# where it means famous, writing or evident.
_PARTICLE = re.compile("(?<![显名原专巨论译编合遗新拙土卓昭所撰])著(?![名作称述书者录有])")


def clean_words(
    result: WindowResult, language: str, hallucinations: Sequence[str]
) -> tuple[list[Word], list[Doubt]]:
    """Return the cleaned words of a window, and what is doubtful about them."""
    words = [word for word in result.words if word.text.strip()]
    if language in _CHINESE:
        words = simplified_words(words)
    words, hallucinated = _remove_hallucinations(words, result.speech, hallucinations)
    silent = [
        Doubt(run[0].start_ms, run[-1].end_ms, NO_VOICE)
        for run in _silent_runs(words, result.speech)
    ]
    return [_clip(word, result.speech) for word in words], [
        *(result.doubts() if words else ()), *hallucinated, *silent,
    ]  # fmt: skip


def simplified_words(words: Sequence[Word]) -> list[Word]:
    """Return the words in Simplified characters, converted as one text: context decides some."""
    whole = chinese.to_simplified("".join(word.text for word in words))
    whole = _PARTICLE.sub("着", whole)
    if len(whole) != sum(len(word.text) for word in words):
        return [replace(word, text=chinese.to_simplified(word.text)) for word in words]
    converted, position = [], 0
    for word in words:
        converted.append(replace(word, text=whole[position : position + len(word.text)]))
        position += len(word.text)
    return converted


def _remove_hallucinations(
    words: list[Word], speech: tuple[Span, ...], hallucinations: Sequence[str]
) -> tuple[list[Word], list[Doubt]]:
    doubts = []
    for phrase in hallucinations:
        while (place := _find(words, phrase)) is not None:
            start, end = place
            span = Span(words[start].start_ms, words[end - 1].end_ms)
            if _voiced_ms(span, speech) * 2 >= span.length_ms:
                doubts.append(Doubt(*span, HALLUCINATED))
                break
            words = words[:start] + words[end:]
    return words, doubts


def _find(words: Sequence[Word], phrase: str) -> tuple[int, int] | None:
    """Return the indices of the words that make up `phrase`; marks and spaces do not count."""
    letters = [(c, index) for index, word in enumerate(words) for c in _letters(word.text)]
    letters_of_phrase = _letters(chinese.to_simplified(phrase))
    position = (
        "".join(c for c, _index in letters).find(letters_of_phrase) if letters_of_phrase else -1
    )
    if position < 0:
        return None
    end = letters[position + len(letters_of_phrase) - 1][1] + 1
    while end < len(words) and not _letters(words[end].text):
        end += 1  # the marks after it go with it
    return letters[position][1], end


def _letters(text: str) -> str:
    """Return letters and digits only, small and half width: one character for one."""
    return "".join(unicodedata.normalize("NFKC", c)[0].lower() for c in text if c.isalnum())


def _silent_runs(words: Sequence[Word], speech: tuple[Span, ...]) -> list[list[Word]]:
    """Return the runs of words, long enough to matter, over which nobody speaks."""
    runs: list[list[Word]] = []
    before_silent = False
    for word in words:
        silent = not _voiced_ms(Span(word.start_ms, max(word.end_ms, word.start_ms + 1)), speech)
        if silent and before_silent:
            runs[-1].append(word)
        elif silent:
            runs.append([word])
        before_silent = silent
    return [run for run in runs if run[-1].end_ms - run[0].start_ms >= _SILENT_RUN_MS]


def _voiced_ms(span: Span, speech: tuple[Span, ...]) -> int:
    return sum(overlap_ms(span, voiced) for voiced in speech)


def _clip(word: Word, speech: tuple[Span, ...]) -> Word:
    """Cut the silence before and after from a word's time: engines stretch words over pauses."""
    span = Span(word.start_ms, word.end_ms)
    voiced = [part for part in speech if overlap_ms(part, span)]
    if not voiced:
        return word
    longest = max(voiced, key=lambda part: overlap_ms(part, span))
    return replace(
        word, start_ms=max(span.start_ms, longest.start_ms), end_ms=min(span.end_ms, longest.end_ms)
    )
