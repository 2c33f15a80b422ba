"""Write what sounds the same as the words it makes: 银性树 is heard for 银杏树.

A small Whisper model hears the syllables but often picks a character that makes no word. Which word
was meant is decided as a noisy channel: a text is as likely as its best division into words (their
counts are jieba's), times the recogniser's own probability for each character it leaves, times what
is left of that, shared among the homophones, for each it changes. Only characters of the very same
syllable and tone are exchanged, only for whole words, and never where names and terms stand that
were given. Every change is kept as a correction and can be undone; the times stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import exp, log
from typing import NamedTuple

from pipeline.captions import chinese
from pipeline.captions.words import Correction, Word

__all__ = ["respelled"]

_LONGEST = 5
_LEAST_COUNT = 50
"""Rarer words change nothing in what is found, but take the longest to read."""

_HOMOPHONES = 12
"""So many common characters share a syllable and a tone, about."""

_SUREST = 1e-4
_PAUSE_MS = 700


class _Letter(NamedTuple):
    """A Chinese character: in which word, where there, and how surely it was heard."""

    text: str
    word: int
    offset: int
    probability: float


class _Way(NamedTuple):
    """The best way to write a run of letters up to some place: its cost and last part."""

    cost: float
    start: int
    text: str


def respelled(
    words: Sequence[Word], terms: Sequence[str] = ()
) -> tuple[list[Word], list[Correction]]:
    """Return the words with homophones put right, and what was changed."""
    changed = [list(word.text) for word in words]
    corrections = []
    for run in _runs(words, terms):
        for start, text, gain in _rewritten(run):
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
            free = "\u4e00" <= character <= "\u9fff" and at not in kept
            yield _Letter(character, index, offset, word.probability) if free else None
            at += 1


def _rewritten(run: Sequence[_Letter]) -> Iterator[tuple[int, str, float]]:
    """Yield the places of a run that are better written otherwise: where, how, by how much."""
    spoken = "".join(letter.text for letter in run)
    kept = [-log(max(letter.probability, _SUREST)) for letter in run]
    turned = [
        -log(max(1 - letter.probability, _SUREST)) + log(_HOMOPHONES) for letter in run
    ]  # fmt: skip
    best = [_Way(0.0, 0, "")] + [_Way(float("inf"), 0, "")] * len(run)
    for start in range(len(run)):
        for end in range(start + 1, min(len(run), start + _LONGEST) + 1):
            for text in _spellings(spoken[start:end]):
                cost = best[start].cost + _rarity(text)
                for place, character in enumerate(text, start):
                    cost += (kept if character == spoken[place] else turned)[place]
                if cost < best[end].cost:
                    best[end] = _Way(cost, start, text)
    end = len(run)
    while end:
        way = best[end]
        heard = spoken[way.start : end]
        if way.text != heard:
            plain = sum(kept[way.start : end]) + _plain_cost(heard)
            yield way.start, way.text, plain - (way.cost - best[way.start].cost)
        end = way.start


def _plain_cost(heard: str) -> float:
    """Return what a stretch costs as it was heard: as one word, or character by character."""
    single = sum(_rarity(character) for character in heard)
    return min(single, _rarity(heard)) if heard in _counts()[0] else single


def _spellings(heard: str) -> Iterator[str]:
    """Yield a stretch as it was heard, where it can be one word, and the words that sound so."""
    if len(heard) == 1 or heard in _counts()[0]:
        yield heard
    if len(heard) > 1:
        yield from (word for word in _sounding().get(_sound(heard), ()) if word != heard)


def _rarity(word: str) -> float:
    """Return the negative logarithm of how likely a word is; an unknown character counts once."""
    counts, total = _counts()
    return total - log(counts.get(word, 1))


@cache
def _counts() -> tuple[Mapping[str, int], float]:
    counts = chinese.word_counts()
    return counts, log(sum(counts.values()))


@cache
def _sounding() -> dict[str, list[str]]:
    """Return the common words of two characters and more by their sound."""
    found: dict[str, list[str]] = {}
    for word, count in _counts()[0].items():
        if count >= _LEAST_COUNT and 2 <= len(word) <= _LONGEST and _is_chinese(word):
            found.setdefault(_sound(word), []).append(word)
    return found


def _is_chinese(word: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in word)


def _sound(word: str) -> str:
    """Return syllables with tones: a phrase's own reading, else the first of each character."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    if len(word) > 1 and word in PHRASES_DICT:
        return " ".join(reading[0] for reading in PHRASES_DICT[word])
    return " ".join(PINYIN_DICT.get(ord(c), c).partition(",")[0] for c in word)
