"""Mark sounds and words of hesitation: they stay where they are, an editor may want them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.captions.words import Word
from pipeline.settings import Fillers

__all__ = ["mark_fillers"]

_LONGEST = 6


def mark_fillers(words: Sequence[Word], fillers: Fillers) -> tuple[Word, ...]:
    """Return the words with `filler` on those that are hesitation."""
    fillers_at = {index for start, end in _runs(words, fillers) for index in range(start, end)}
    return tuple(replace(word, filler=i in fillers_at) for i, word in enumerate(words))


def _runs(words: Sequence[Word], fillers: Fillers) -> Iterator[tuple[int, int]]:
    """Yield the stretches of words, as indices, that are hesitation."""
    sounds, alone = (frozenset(map(str.lower, known)) for known in (fillers.sounds, fillers.alone))
    start = 0
    while start < len(words):
        for end in range(min(len(words), start + _LONGEST), start, -1):
            text = _plain("".join(word.text for word in words[start:end]))
            stands_alone = text in alone and _stands_apart(words, start, end, fillers.pause_ms)
            if text in sounds or stands_alone:
                yield start, end
                start = end - 1
                break
        start += 1


def _stands_apart(words: Sequence[Word], start: int, end: int, pause_ms: int) -> bool:
    """Say whether a pause or a mark stands on either side."""
    before = (
        start == 0
        or words[start].start_ms - words[start - 1].end_ms >= pause_ms
        or _ends_with_mark(words[start - 1].text)
    )
    after = (
        end == len(words)
        or words[end].start_ms - words[end - 1].end_ms >= pause_ms
        or _ends_with_mark(words[end - 1].text)
    )
    return before and after


def _ends_with_mark(text: str) -> bool:
    return bool(text.strip()) and not text.strip()[-1].isalnum()


def _plain(text: str) -> str:
    return text.strip().strip("，。、…,.!?？！ ").lower()
