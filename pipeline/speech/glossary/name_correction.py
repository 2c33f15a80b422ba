"""Put names right that were misheard, by their sound; offer what is not certain.

Every stretch of as many characters as a name has is compared with it, syllable by syllable. A
stretch that sounds like a name gains by the change what it lacks as ordinary Chinese (context.py)
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

from pipeline.captions.words import Correction, Word, Words
from pipeline.settings import Sounds
from pipeline.speech.glossary.phonetics import Ear, readings
from pipeline.speech.glossary.terms import Entry, is_chinese
from pipeline.speech.glossary.word_likelihood import Context

__all__ = ["corrected"]

_PAUSE_MS = 700
"""A name is said in one breath."""

# Natural logarithms of likelihoods, chosen by benchmarks/glossary.py on all of its six pairs.
_SOUND = 12.0
_CERTAIN = 8.0
_OFFER = -2.0
_RIVAL = 3.0
# How often a name that is nowhere heard right may have been said, in how many characters at least.
_UNHEARD = 0.1
_LEAST_CHARS = 5000
_CHARS_A_WORD = 1.6
# Mean distance of the syllables above which nothing is certain, and above which nothing is offered:
# of two characters both have to sound alike, of three or more one may sound quite different.
_CLEAR = 0.2
_ALIKE_TWO = 0.3
_ALIKE = 0.62
_NEVER = 100.0


@dataclass(frozen=True)
class _Found:
    """An entry that the characters from `start` may have been."""

    start: int
    entry: Entry
    apart: float
    gain: float

    @property
    def end(self) -> int:
        return self.start + len(self.entry.text)

    def overlaps(self, other: _Found) -> bool:
        return self.start < other.end and other.start < self.end


def corrected(words: Words, entries: Sequence[Entry], table: Sounds) -> Words:
    """Return the words with the names put right that are certain; `corrections` lists them too,
    and what is only offered."""
    names = [entry for entry in entries if len(entry.text) >= 2 and is_chinese(entry.text)]
    text = _Text(words.words)
    if not names or not text.letters:
        return words
    made, listed = dict[int, str](), []
    for found, certain in _decided(_Search(text, names, Ear(table)).candidates()):
        listed.append(text.correction(found, certain))
        if certain:
            made |= dict(enumerate(found.entry.text, found.start))
    return replace(words, words=text.written(made), corrections=(*words.corrections, *listed))


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

    def correction(self, found: _Found, certain: bool) -> Correction:
        """Return what is written down about a name found."""
        first, last = (self.words[self.places[i][0]] for i in (found.start, found.end - 1))
        heard = self.letters[found.start : found.end]
        sure = 1 / (1 + exp(-found.gain / 4))
        return Correction(
            first.start_ms, last.end_ms, heard, found.entry.text, certain, round(sure, 2)
        )

    def written(self, made: dict[int, str]) -> tuple[Word, ...]:
        """Return the words with these characters, by position, in place of their own."""
        texts = {self.places[at][0]: list(self.words[self.places[at][0]].text) for at in made}
        for at, character in made.items():
            index, offset = self.places[at]
            texts[index][offset] = character
        return tuple(
            replace(word, text="".join(texts[index])) if index in texts else word
            for index, word in enumerate(self.words)
        )


class _Search:
    """Looks for places that sound like a name and are none already."""

    def __init__(self, text: _Text, names: Sequence[Entry], ear: Ear) -> None:
        letters, sounds = text.letters, _Heard(text.letters)
        said = max(len(letters), _LEAST_CHARS) / _CHARS_A_WORD
        self._usual = {n: log((letters.count(n.text) + _UNHEARD) / said) for n in names}
        self._apart = {n: sounds.distances(n.text, ear) for n in names}
        self._taken = np.zeros(len(letters) + 1, bool)
        for name in names:
            for found in re.finditer(re.escape(name.text), letters):
                self._taken[found.start() : found.end()] = True
        self._text = text

    def candidates(self) -> list[_Found]:
        """Return them all, the best first."""
        found = [each for begin, run in self._text.runs() for each in self._within(begin, run)]
        return sorted(found, key=lambda f: (-f.gain, f.start, f.entry.text))

    def _within(self, begin: int, run: str) -> Iterator[_Found]:
        context = Context(run)
        for name, distances in self._apart.items():
            size = len(name.text)
            if len(run) < size:
                continue
            apart = distances[begin : begin + len(run) - size + 1]
            for at in np.flatnonzero(apart <= (_ALIKE if size > 2 else _ALIKE_TWO) * size).tolist():
                start, unlike = begin + at, float(apart[at])
                if self._taken[start : start + size].any():
                    continue
                gain = self._usual[name] - _SOUND * unlike - context.likelihood(at, at + size)
                if gain >= _OFFER:
                    yield _Found(start, name, unlike / size, gain)


def _decided(candidates: Sequence[_Found]) -> list[tuple[_Found, bool]]:
    """Take the best of those that overlap, in order of time, and say whether it is certain."""
    kept: list[tuple[_Found, bool]] = []
    for found in candidates:
        if any(found.overlaps(other) for other, _certain in kept):
            continue
        rivals = [c for c in candidates if c is not found and c.overlaps(found)]
        kept.append((found, _is_certain(found, rivals)))
    return sorted(kept, key=lambda pair: pair[0].start)


def _is_certain(found: _Found, rivals: Sequence[_Found]) -> bool:
    unrivalled = all(found.gain - rival.gain >= _RIVAL for rival in rivals)
    return found.entry.sure and unrivalled and found.gain >= _CERTAIN and found.apart <= _CLEAR


class _Heard:
    """The sounds of a text, ready to be compared with many names."""

    def __init__(self, letters: str) -> None:
        sounds = [sound for run in re.split("( +)", letters) for sound in _sounds(run)]
        self._kinds = sorted(set(sounds))
        number = {kind: index for index, kind in enumerate(self._kinds)}
        self._heard = np.array([number[sound] for sound in sounds])

    def distances(self, name: str, ear: Ear) -> NDArray[np.float64]:
        """Return for each place how differently from the name the text from there on sounds."""
        places = max(self._heard.size - len(name) + 1, 0)
        total = np.zeros(places)
        for offset, wanted in enumerate(readings(name)):
            costs = np.array(
                [ear.nearest(kind, wanted) if kind else _NEVER for kind in self._kinds]
            )
            total += costs[self._heard[offset : offset + places]]
        return total


def _sounds(run: str) -> list[tuple[str, ...]]:
    return readings(run) if run.strip() else [()] * len(run)
