"""Give words that a recogniser put into one moment the time it takes to say them.

Speech models sometimes time several words with no or almost no duration, mostly at the end of a
passage. Nobody can read what nobody could say, so such words are spread over the time around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.captions.words import Word

__all__ = ["spread_words"]

_SYLLABLE_MS = 60
"""No Chinese character, and no digit, is said in less: the fastest speakers need twice that."""
_LETTER_MS = 20

_PAUSE_MS = 300
_FIXED_WEIGHT = 1000.0
"""The weight of a word after a pause, whose start is exact, beside one of each other."""


def spread_words(words: Sequence[Word]) -> list[Word]:
    """Return the words with possible times: the same where they were, else as near as can be.

    The nearest starts that leave each word its least time are an isotonic regression (pool
    adjacent violators) of the starts less the time all words before need. The first word after
    a pause stays.
    """
    min_ms = [_min_ms(word.text) for word in words]
    starts = _starts(words, min_ms)
    timed = []
    for index, (word, start_ms) in enumerate(zip(words, starts, strict=True)):
        end_ms = max(word.end_ms, start_ms)
        if index + 1 < len(words):
            end_ms = min(end_ms, max(starts[index + 1], start_ms))
        end_ms = max(end_ms, start_ms + min_ms[index])
        same = (start_ms, end_ms) == (word.start_ms, word.end_ms)
        timed.append(word if same else replace(word, start_ms=start_ms, end_ms=end_ms))
    return timed


def _min_ms(text: str) -> int:
    sounding = [c for c in text if c.isalnum()]
    slow = sum(c.isdigit() or c >= "\u2e80" for c in sounding)
    return _SYLLABLE_MS * slow + _LETTER_MS * (len(sounding) - slow)


def _starts(words: Sequence[Word], min_ms: Sequence[int]) -> list[int]:
    blocks: list[tuple[float, float, int]] = []  # mean, weight, words
    needed = 0
    spoken_ms = -_PAUSE_MS
    for word, ms in zip(words, min_ms, strict=True):
        weight = _FIXED_WEIGHT if word.start_ms - spoken_ms >= _PAUSE_MS else 1.0
        mean, count = float(word.start_ms - needed), 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + other_count
        blocks.append((mean, weight, count))
        needed += ms
        spoken_ms = max(spoken_ms, word.end_ms)
    means = [mean for mean, _weight, count in blocks for _ in range(count)]
    starts, needed = [], 0
    for mean, ms in zip(means, min_ms, strict=True):
        starts.append(max(0, round(mean) + needed))
        needed += ms
    return starts
