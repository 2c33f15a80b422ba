"""After recognition: Simplified characters, times held to the speech, known inventions out.

Speech models trained on subtitles of the web invent thanks and subscriptions where nobody speaks.
They are taken out only where no voice is heard; with a voice they stay and become a doubt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from pipeline.captions import chinese
from pipeline.captions.words import Doubt, Word
from pipeline.speech.quality_gate import INVENTED, NO_VOICE, Passage
from pipeline.speech.vad import Span, overlap_ms

__all__ = ["polished", "simplified_words"]

_CHINESE = frozenset({"zh", "yue"})
_SILENT_RUN_MS = 600

# The particle 着 is written 著 in Taiwan and so by Whisper; t2s leaves it, for 著 is Simplified too
# where it means famous, writing or evident.
_PARTICLE = re.compile("(?<![显名原专巨论译编合遗新拙土卓昭所撰])著(?![名作称述书者录有])")


def polished(
    passage: Passage, language: str, inventions: Sequence[str]
) -> tuple[list[Word], list[Doubt]]:
    """Return the words of a passage as they go on, and what is doubtful about them."""
    words = [word for word in passage.words if word.text.strip()]
    if language in _CHINESE:
        words = simplified_words(words)
    words, invented = _without_inventions(words, passage.speech, inventions)
    silent = [
        Doubt(run[0].start_ms, run[-1].end_ms, NO_VOICE)
        for run in _silent_runs(words, passage.speech)
    ]
    return [_within(word, passage.speech) for word in words], [
        *(passage.doubts() if words else ()), *invented, *silent,
    ]  # fmt: skip


def simplified_words(words: Sequence[Word]) -> list[Word]:
    """Return the words in Simplified characters, converted as one text: context decides some."""
    whole = chinese.simplified("".join(word.text for word in words))
    whole = _PARTICLE.sub("着", whole)
    if len(whole) != sum(len(word.text) for word in words):
        return [replace(word, text=chinese.simplified(word.text)) for word in words]
    changed, position = [], 0
    for word in words:
        changed.append(replace(word, text=whole[position : position + len(word.text)]))
        position += len(word.text)
    return changed


def _without_inventions(
    words: list[Word], speech: tuple[Span, ...], inventions: Sequence[str]
) -> tuple[list[Word], list[Doubt]]:
    doubts = []
    for phrase in inventions:
        while (place := _find(words, phrase)) is not None:
            start, end = place
            span = Span(words[start].start_ms, words[end - 1].end_ms)
            if _voiced_ms(span, speech) * 2 >= span.length_ms:
                doubts.append(Doubt(*span, INVENTED))
                break
            words = words[:start] + words[end:]
    return words, doubts


def _find(words: Sequence[Word], phrase: str) -> tuple[int, int] | None:
    """Return the indices of the words that make up `phrase`, whatever marks and spaces between."""
    letters = [(c, index) for index, word in enumerate(words) for c in _plain(word.text)]
    wanted = _plain(chinese.simplified(phrase))
    at = "".join(c for c, _index in letters).find(wanted) if wanted else -1
    if at < 0:
        return None
    end = letters[at + len(wanted) - 1][1] + 1
    while end < len(words) and not _plain(words[end].text):
        end += 1  # the marks after it go with it
    return letters[at][1], end


def _plain(text: str) -> str:
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


def _within(word: Word, speech: tuple[Span, ...]) -> Word:
    """Take the silence before and after out of a word's time: engines stretch words over pauses."""
    span = Span(word.start_ms, word.end_ms)
    voiced = [part for part in speech if overlap_ms(part, span)]
    if not voiced:
        return word
    most = max(voiced, key=lambda part: overlap_ms(part, span))
    return replace(
        word, start_ms=max(span.start_ms, most.start_ms), end_ms=min(span.end_ms, most.end_ms)
    )
