"""How ordinary a stretch of Chinese is: the likelihood of its best division into known words.

The words and their counts are jieba's; a word is taken to be as likely as it is common, whatever
stands beside it. So a name's rival is what the recogniser wrote: where that is made of common
words with their borders in place, a name has to sound much more like it to be worth a change.
"""

from __future__ import annotations

from math import log

from pipeline.captions import chinese

__all__ = ["Context"]

_LONGEST = 8


class Context:
    """A run of Chinese characters with the log-likelihood of its parts."""

    def __init__(self, text: str) -> None:
        size = len(text)
        self._before = [0.0] + [float("-inf")] * size
        for end in range(1, size + 1):
            self._before[end] = max(
                self._before[start] + _likelihood(text[start:end])
                for start in range(max(0, end - _LONGEST), end)
            )
        self._after = [float("-inf")] * size + [0.0]
        for start in range(size - 1, -1, -1):
            self._after[start] = max(
                _likelihood(text[start:end]) + self._after[end]
                for end in range(start + 1, min(size, start + _LONGEST) + 1)
            )

    def likelihood(self, start: int, end: int) -> float:
        """Return the log-likelihood of what stands from `start` to `end`, counting with it what a
        word costs that a border there would divide."""
        return self._before[-1] - self._before[start] - self._after[end]


def _likelihood(word: str) -> float:
    count = chinese.word_counts().get(word, 0)
    if not count and len(word) > 1:
        return float("-inf")
    return log(count or 1) - chinese.log_word_total()
