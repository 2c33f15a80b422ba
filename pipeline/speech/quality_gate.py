"""Judge what was heard in a window: is it covered, plausible, or to be heard again?

The limits on compression and log-probability are Whisper's own; a Mandarin speaker in a hurry
says seven characters a second, so twelve means words that nobody said.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pipeline.captions.words import Doubt, Word
from pipeline.speech.engines.base import RecognisedWindow
from pipeline.speech.vad import Span

__all__ = ["Passage", "uncovered"]

_MAX_COMPRESSION = 2.4
_MIN_LOGPROB = -1.0
_MAX_CHARS_PER_S = 12.0
_MAX_LETTERS_PER_S = 30.0
_CHAR_MS = 700
_NEAR_MS = 300
_GAP_MS = 800

# What the editor reads beside a doubt, in the crew's language whoever runs the program.
NOTHING_HEARD = "有人说话，但没有识别出文字"
UNSURE = "识别把握不大，请细听"
REPEATED = "文字重复，可能识别有误"
TOO_FAST = "文字比说话快，可能识别有误"
NO_VOICE = "此处没有听到人声，文字可能是误加的"
INVENTED = "常见的误加字句，请核对"


@dataclass(frozen=True)
class Passage:
    """What was heard from `window`, with times of the whole recording; `speech` is its speech."""

    window: Span
    speech: tuple[Span, ...]
    heard: RecognisedWindow

    @property
    def words(self) -> tuple[Word, ...]:
        """Return the words heard."""
        return self.heard.words

    @property
    def faults(self) -> tuple[str, ...]:
        """Return what speaks against it as a whole."""
        found = []
        if self._compression > _MAX_COMPRESSION:
            found.append(REPEATED)
        if self.words and self._pace > 1.0:
            found.append(TOO_FAST)
        if self.words and self.heard.logprob < _MIN_LOGPROB:
            found.append(UNSURE)
        return tuple(found)

    @property
    def missed_ms(self) -> int:
        """Return how much of its speech no word covers."""
        return sum(span.length_ms for span in uncovered(self.speech, self.words))

    @property
    def is_doubtful(self) -> bool:
        """Return whether it is worth hearing again."""
        return bool(self.faults) or self.missed_ms > 0

    @property
    def score(self) -> float:
        """Return how good it is: the higher the better, comparable for the same window."""
        spoken = sum(span.length_ms for span in self.speech) or 1
        return self.heard.logprob - 2.0 * len(self.faults) - 3.0 * self.missed_ms / spoken

    def doubts(self) -> list[Doubt]:
        """Return what an editor should look at."""
        return [Doubt(self.window.start_ms, self.window.end_ms, fault) for fault in self.faults]

    @property
    def _compression(self) -> float:
        data = self.heard.text.encode()
        return len(data) / len(zlib.compress(data)) if data else 0.0

    @property
    def _pace(self) -> float:
        """Return the pace as a share of the fastest anybody speaks."""
        spoken_s = max(sum(span.length_ms for span in self.speech), 500) / 1000
        letters = sum(c.isalnum() for c in self.heard.text if c.isascii())
        others = sum(c.isalnum() for c in self.heard.text if not c.isascii())
        return (letters / _MAX_LETTERS_PER_S + others / _MAX_CHARS_PER_S) / spoken_s


def uncovered(speech: tuple[Span, ...], words: tuple[Word, ...]) -> list[Span]:
    """Return the parts of `speech`, from 0.8 s up, in which no word is said.

    A word counts for as long as its characters can take to say, not for the silence it was
    stretched over, and for the moment around it. `speech` is in order of time.
    """
    said = sorted(span for word in words for span in _said(word))
    gaps, next_said = [], 0
    for span in speech:
        at = span.start_ms
        while next_said < len(said) and said[next_said].end_ms <= at:
            next_said += 1
        index = next_said
        while index < len(said) and said[index].start_ms < span.end_ms:
            gaps.append(Span(at, said[index].start_ms))
            at = max(at, said[index].end_ms)
            index += 1
        gaps.append(Span(at, span.end_ms))
    return [gap for gap in gaps if gap.length_ms >= _GAP_MS]


def _said(word: Word) -> list[Span]:
    """Return when a word may have been said: a stretched one at either end."""
    most = _CHAR_MS * max(1, sum(c.isalnum() for c in word.text))
    if word.end_ms - word.start_ms <= 2 * most:
        return [Span(word.start_ms - _NEAR_MS, word.end_ms + _NEAR_MS)]
    return [
        Span(word.start_ms - _NEAR_MS, word.start_ms + most + _NEAR_MS),
        Span(word.end_ms - most - _NEAR_MS, word.end_ms + _NEAR_MS),
    ]
