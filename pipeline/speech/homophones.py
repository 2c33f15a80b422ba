"""Correct homophones to the words they make: 银性树 is recognised for 银杏树.

A small Whisper model hears the syllables but often picks a character that makes no word. Which word
was meant is decided as a noisy channel: a text is as likely as its best division into words (their
counts are jieba's), times the recogniser's own probability for each character it leaves, times what
is left of that, shared among the homophones, for each it changes. Only characters of the very same
syllable and tone are exchanged, only for whole words, and never where names and terms stand that
were given. Every change is kept as a correction and can be undone; the times stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from math import exp, log
from typing import NamedTuple

from pipeline.captions import chinese
from pipeline.captions.words import Correction, Word

__all__ = ["correct_homophones"]

_MAX_WORD = 5
_MIN_COUNT = 50
"""Rarer words change nothing in what is found, but take the longest to read."""

_CANDIDATES = 12
"""So many common characters share a syllable and a tone, about."""

_MIN_PROBABILITY = 1e-4
_PAUSE_MS = 700


class _Letter(NamedTuple):
    """A Chinese character: in which word, where there, and the recogniser's probability."""

    text: str
    word: int
    offset: int
    probability: float


class _Path(NamedTuple):
    """The cheapest spelling of a run up to some place: its cost, and its last part."""

    cost: float
    start: int
    text: str


def correct_homophones(
    words: Sequence[Word], terms: Sequence[str] = ()
) -> tuple[list[Word], list[Correction]]:
    """Return the words with homophones corrected, and the corrections."""
    changed = [list(word.text) for word in words]
    corrections = []
    for run in _runs(words, terms):
        for start, text, gain in _replacements(run):
            letters = run[start : start + len(text)]
            for letter, character in zip(letters, text, strict=True):
                changed[letter.word][letter.offset] = character
            corrections.append(
                Correction(
                    words[letters[0].word].start_ms,
                    words[letters[-1].word].end_ms,
                    "".join(letter.text for letter in letters),
                    text,
                    certain=True,
                    confidence=round(1 / (1 + exp(-gain)), 2),
                )
            )
    new = [replace(w, text="".join(text)) for w, text in zip(words, changed, strict=True)]
    return new, corrections


def _runs(words: Sequence[Word], terms: Sequence[str]) -> Iterator[list[_Letter]]:
    """Yield the stretches of Chinese characters without a mark, a pause or a term between."""
    run: list[_Letter] = []
    for letter in _letters(words, terms):
        if letter is not None:
            run.append(letter)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _letters(words: Sequence[Word], terms: Sequence[str]) -> Iterator[_Letter | None]:
    """Yield every character that may be changed, and None where a stretch of them ends."""
    whole = "".join(word.text for word in words)
    kept = {
        place
        for term in terms
        for at in range(len(whole))
        if term and whole.startswith(term, at)
        for place in range(at, at + len(term))
    }
    at = before_ms = 0
    for index, word in enumerate(words):
        if word.start_ms - before_ms > _PAUSE_MS:
            yield None
        before_ms = word.end_ms
        for offset, character in enumerate(word.text):
            free = chinese.is_chinese(character) and at not in kept
            yield _Letter(character, index, offset, word.probability) if free else None
            at += 1


def _replacements(run: Sequence[_Letter]) -> Iterator[tuple[int, str, float]]:
    """Yield the better spellings in a run: start, text, gain."""
    original = "".join(letter.text for letter in run)
    kept = [-log(max(letter.probability, _MIN_PROBABILITY)) for letter in run]
    changed_costs = [
        -log(max(1 - letter.probability, _MIN_PROBABILITY)) + log(_CANDIDATES) for letter in run
    ]  # fmt: skip
    best = [_Path(0.0, 0, "")] + [_Path(float("inf"), 0, "")] * len(run)
    for start in range(len(run)):
        for end in range(start + 1, min(len(run), start + _MAX_WORD) + 1):
            for text in _spellings(original[start:end]):
                cost = best[start].cost + _cost(text)
                for place, character in enumerate(text, start):
                    cost += (kept if character == original[place] else changed_costs)[place]
                if cost < best[end].cost:
                    best[end] = _Path(cost, start, text)
    end = len(run)
    while end:
        path = best[end]
        recognised = original[path.start : end]
        if path.text != recognised:
            unchanged = sum(kept[path.start : end]) + _unchanged_cost(recognised)
            yield path.start, path.text, unchanged - (path.cost - best[path.start].cost)
        end = path.start


def _unchanged_cost(recognised: str) -> float:
    """Return the cost of a text as recognised: as one word, or character by character."""
    single = sum(_cost(character) for character in recognised)
    return min(single, _cost(recognised)) if recognised in chinese.word_counts() else single


def _spellings(recognised: str) -> Iterator[str]:
    """Yield a text as recognised, where it can be one word, and the words of the same sound."""
    if len(recognised) == 1 or recognised in chinese.word_counts():
        yield recognised
    if len(recognised) > 1:
        yield from (
            word for word in _words_by_sound().get(_sound(recognised), ()) if word != recognised
        )


def _cost(word: str) -> float:
    """Return the negative logarithm of how likely a word is; an unknown character counts once."""
    return chinese.log_word_total() - log(chinese.word_counts().get(word, 1))


@cache
def _words_by_sound() -> dict[str, list[str]]:
    """Return the common words of two characters and more by their sound."""
    found: dict[str, list[str]] = {}
    for word, count in chinese.word_counts().items():
        if count >= _MIN_COUNT and 2 <= len(word) <= _MAX_WORD and chinese.is_chinese(word):
            found.setdefault(_sound(word), []).append(word)
    return found


def _sound(word: str) -> str:
    """Return syllables with tones: a phrase's own reading, else the first of each character."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    if len(word) > 1 and word in PHRASES_DICT:
        return " ".join(reading[0] for reading in PHRASES_DICT[word])
    return " ".join(PINYIN_DICT.get(ord(c), c).partition(",")[0] for c in word)
