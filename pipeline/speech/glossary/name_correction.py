"""Correct misrecognised names by their sound; offer what is not certain.

Every stretch of as many characters as a name has is compared with it, syllable by syllable. A
stretch that sounds like a name gains by the change what it lacks as ordinary Chinese (Context)
and loses what it sounds otherwise. With a clear gain and hardly any difference in sound it is
changed, with a smaller one offered. Never changed, only offered: what is a word of the language
itself, what might be either of two names, and names that a machine picked out of a text.
The number of characters stays the same, so times stay true and every change can be undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from pipeline.captions.chinese import is_chinese
from pipeline.captions.words import Correction, Word, Words
from pipeline.settings import Sounds
from pipeline.speech.glossary.phonetics import PhoneticDistance, readings
from pipeline.speech.glossary.terms import Entry
from pipeline.speech.glossary.word_likelihood import Context

__all__ = ["correct_names"]

_PAUSE_MS = 700
"""A name is said in one breath."""

# Natural logarithms of likelihoods, chosen by benchmarks/glossary.py on all of its six pairs.
_SOUND_WEIGHT = 12.0
_CERTAIN_GAIN = 8.0
_OFFER_GAIN = -2.0
_RIVAL_GAIN = 3.0
# How often a name that was nowhere recognised may have been said, in how many characters at least.
_UNSEEN = 0.1
_MIN_CHARS = 5000
_CHARS_A_WORD = 1.6
# Mean distance of the syllables above which nothing is certain, and above which nothing is offered:
# of two characters both have to sound alike, of three or more one may sound quite different.
_CERTAIN_DISTANCE = 0.2
_OFFER_DISTANCE_TWO = 0.3
_OFFER_DISTANCE = 0.62
_NO_READING = 100.0


@dataclass(frozen=True)
class _Candidate:
    """An entry that the characters from `start` may have been."""

    start: int
    entry: Entry
    distance: float
    gain: float

    @property
    def end(self) -> int:
        return self.start + len(self.entry.text)

    def overlaps(self, other: _Candidate) -> bool:
        return self.start < other.end and other.start < self.end


def correct_names(words: Words, entries: Sequence[Entry], table: Sounds) -> Words:
    """Return the words with certain names corrected; `corrections` lists them and what is only
    offered."""
    names = [entry for entry in entries if len(entry.text) >= 2 and is_chinese(entry.text)]
    text = _Text(words.words)
    if not names or not text.letters:
        return words
    replaced, corrections = dict[int, str](), []
    for found, certain in _select(_Search(text, names, PhoneticDistance(table)).candidates()):
        corrections.append(text.correction(found, certain))
        if certain:
            replaced |= dict(enumerate(found.entry.text, found.start))
    return replace(
        words, words=text.written(replaced), corrections=(*words.corrections, *corrections)
    )


class _Text:
    """The characters of all words, each knowing where it stands; a blank where no name can be."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        letters, self.places = [], []
        for index, word in enumerate(words):
            if index and word.start_ms - words[index - 1].end_ms > _PAUSE_MS:
                letters.append(" ")
                self.places.append((index, -1))
            for offset, character in enumerate(word.text):
                letters.append(character if is_chinese(character) else " ")
                self.places.append((index, offset))
        self.letters = "".join(letters)

    def runs(self) -> Iterator[tuple[int, str]]:
        """Yield the stretches without a blank, with where they start."""
        at = 0
        for run in self.letters.split(" "):
            if run:
                yield at, run
            at += len(run) + 1

    def correction(self, found: _Candidate, certain: bool) -> Correction:
        """Return what is written down about a name found."""
        first, last = (self.words[self.places[i][0]] for i in (found.start, found.end - 1))
        recognised = self.letters[found.start : found.end]
        confidence = 1 / (1 + exp(-found.gain / 4))
        return Correction(
            first.start_ms, last.end_ms, recognised, found.entry.text, certain, round(confidence, 2)
        )

    def written(self, replaced: dict[int, str]) -> tuple[Word, ...]:
        """Return the words with these characters, by position, in place of their own."""
        texts = {self.places[at][0]: list(self.words[self.places[at][0]].text) for at in replaced}
        for at, character in replaced.items():
            index, offset = self.places[at]
            texts[index][offset] = character
        return tuple(
            replace(word, text="".join(texts[index])) if index in texts else word
            for index, word in enumerate(self.words)
        )


class _Search:
    """Looks for places that sound like a name and are none already."""

    def __init__(self, text: _Text, names: Sequence[Entry], phonetic: PhoneticDistance) -> None:
        letters, sounds = text.letters, _Sounds(text.letters)
        spoken = max(len(letters), _MIN_CHARS) / _CHARS_A_WORD
        self._prior = {n: log((letters.count(n.text) + _UNSEEN) / spoken) for n in names}
        self._distances = {n: sounds.distances(n.text, phonetic) for n in names}
        self._taken = np.zeros(len(letters) + 1, bool)
        for name in names:
            for found in re.finditer(re.escape(name.text), letters):
                self._taken[found.start() : found.end()] = True
        self._text = text

    def candidates(self) -> list[_Candidate]:
        """Return them all, the best first."""
        found = [each for begin, run in self._text.runs() for each in self._within(begin, run)]
        return sorted(found, key=lambda f: (-f.gain, f.start, f.entry.text))

    def _within(self, begin: int, run: str) -> Iterator[_Candidate]:
        context = Context(run)
        for name, distances in self._distances.items():
            size = len(name.text)
            if len(run) < size:
                continue
            distance = distances[begin : begin + len(run) - size + 1]
            for at in np.flatnonzero(
                distance <= (_OFFER_DISTANCE if size > 2 else _OFFER_DISTANCE_TWO) * size
            ).tolist():
                start, total = begin + at, float(distance[at])
                if self._taken[start : start + size].any():
                    continue
                gain = self._prior[name] - _SOUND_WEIGHT * total - context.likelihood(at, at + size)
                if gain >= _OFFER_GAIN:
                    yield _Candidate(start, name, total / size, gain)


def _select(candidates: Sequence[_Candidate]) -> list[tuple[_Candidate, bool]]:
    """Take the best of those that overlap, in order of time, and say whether it is certain."""
    kept: list[tuple[_Candidate, bool]] = []
    for found in candidates:
        if any(found.overlaps(other) for other, _certain in kept):
            continue
        rivals = [c for c in candidates if c is not found and c.overlaps(found)]
        kept.append((found, _is_certain(found, rivals)))
    return sorted(kept, key=lambda pair: pair[0].start)


def _is_certain(found: _Candidate, rivals: Sequence[_Candidate]) -> bool:
    unrivalled = all(found.gain - rival.gain >= _RIVAL_GAIN for rival in rivals)
    return (
        found.entry.sure
        and unrivalled
        and found.gain >= _CERTAIN_GAIN
        and found.distance <= _CERTAIN_DISTANCE
    )


class _Sounds:
    """The sounds of a text, ready to be compared with many names."""

    def __init__(self, letters: str) -> None:
        sounds = [sound for run in re.split("( +)", letters) for sound in _sounds(run)]
        self._kinds = sorted(set(sounds))
        number = {kind: index for index, kind in enumerate(self._kinds)}
        self._indices = np.array([number[sound] for sound in sounds])

    def distances(self, name: str, phonetic: PhoneticDistance) -> NDArray[np.float64]:
        """Return for each place how differently from the name the text from there on sounds."""
        places = max(self._indices.size - len(name) + 1, 0)
        total = np.zeros(places)
        for offset, wanted in enumerate(readings(name)):
            costs = np.array(
                [phonetic.nearest(kind, wanted) if kind else _NO_READING for kind in self._kinds]
            )
            total += costs[self._indices[offset : offset + places]]
        return total


def _sounds(run: str) -> list[tuple[str, ...]]:
    return readings(run) if run.strip() else [()] * len(run)
