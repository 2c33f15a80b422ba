"""Judge the result of a window: is it plausible, or to be recognised again?

The limits on compression and log-probability are Whisper's own; a Mandarin speaker in a hurry
says seven characters a second, so twelve means words that nobody said.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pipeline.captions.words import Doubt, Word
from pipeline.speech.engines.base import RecognisedWindow
from pipeline.speech.vad import Span

__all__ = ["WindowResult", "uncovered_speech"]

_MAX_COMPRESSION = 2.4
_MIN_LOGPROB = -1.0
_MAX_CHARS_PER_S = 12.0
_MAX_LETTERS_PER_S = 30.0
_CHAR_MS = 700
_NEAR_MS = 300
_GAP_MS = 800

# What the editor reads beside a doubt, in the crew's language whoever runs the program.
NOTHING_RECOGNISED = "有人说话，但没有识别出文字"
UNSURE = "识别把握不大，请细听"
REPEATED = "文字重复，可能识别有误"
TOO_FAST = "文字比说话快，可能识别有误"
NO_VOICE = "此处没有听到人声，文字可能是误加的"
HALLUCINATED = "常见的误加字句，请核对"


@dataclass(frozen=True)
class WindowResult:
    """What was recognised in `window`, with times of the whole recording; `speech` is the speech
    in it."""

    window: Span
    speech: tuple[Span, ...]
    recognised: RecognisedWindow

    @property
    def words(self) -> tuple[Word, ...]:
        """Return the words recognised."""
        return self.recognised.words

    @property
    def faults(self) -> tuple[str, ...]:
        """Return the faults of the result as a whole."""
        found = []
        if self._compression > _MAX_COMPRESSION:
            found.append(REPEATED)
        if self.words and self._pace > 1.0:
            found.append(TOO_FAST)
        if self.words and self.recognised.logprob < _MIN_LOGPROB:
            found.append(UNSURE)
        return tuple(found)

    @property
    def missed_ms(self) -> int:
        """Return how much of its speech no word covers, in milliseconds."""
        return sum(span.length_ms for span in uncovered_speech(self.speech, self.words))

    @property
    def is_doubtful(self) -> bool:
        """Return whether it is worth recognising again."""
        return bool(self.faults) or self.missed_ms > 0

    @property
    def score(self) -> float:
        """Return how good it is: higher is better; comparable for the same window only."""
        spoken = sum(span.length_ms for span in self.speech) or 1
        return self.recognised.logprob - 2.0 * len(self.faults) - 3.0 * self.missed_ms / spoken

    def doubts(self) -> list[Doubt]:
        """Return what an editor should look at."""
        return [Doubt(self.window.start_ms, self.window.end_ms, fault) for fault in self.faults]

    @property
    def _compression(self) -> float:
        data = self.recognised.text.encode()
        return len(data) / len(zlib.compress(data)) if data else 0.0

    @property
    def _pace(self) -> float:
        """Return the pace as a share of the fastest anybody speaks."""
        spoken_s = max(sum(span.length_ms for span in self.speech), 500) / 1000
        letters = sum(c.isalnum() for c in self.recognised.text if c.isascii())
        others = sum(c.isalnum() for c in self.recognised.text if not c.isascii())
        return (letters / _MAX_LETTERS_PER_S + others / _MAX_CHARS_PER_S) / spoken_s


def uncovered_speech(speech: tuple[Span, ...], words: tuple[Word, ...]) -> list[Span]:
    """Return the parts of `speech`, from 0.8 s up, that no word covers.

    A word covers as long as its characters can take to say, not the silence it was stretched over,
    and 0.3 s around it. `speech` is in order of time.
    """
    spans = sorted(span for word in words for span in _possible_spans(word))
    gaps, next_span = [], 0
    for span in speech:
        start_ms = span.start_ms
        while next_span < len(spans) and spans[next_span].end_ms <= start_ms:
            next_span += 1
        index = next_span
        while index < len(spans) and spans[index].start_ms < span.end_ms:
            gaps.append(Span(start_ms, spans[index].start_ms))
            start_ms = max(start_ms, spans[index].end_ms)
            index += 1
        gaps.append(Span(start_ms, span.end_ms))
    return [gap for gap in gaps if gap.length_ms >= _GAP_MS]


def _possible_spans(word: Word) -> list[Span]:
    """Return where a word may have been said: a stretched one at either end."""
    longest_ms = _CHAR_MS * max(1, sum(c.isalnum() for c in word.text))
    if word.end_ms - word.start_ms <= 2 * longest_ms:
        return [Span(word.start_ms - _NEAR_MS, word.end_ms + _NEAR_MS)]
    return [
        Span(word.start_ms - _NEAR_MS, word.start_ms + longest_ms + _NEAR_MS),
        Span(word.end_ms - longest_ms - _NEAR_MS, word.end_ms + _NEAR_MS),
    ]
