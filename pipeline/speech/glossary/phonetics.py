"""How alike two Mandarin syllables sound: 0.0 the same, 1.0 quite different.

The table is config/sounds.toml. Syllables are written with the tone as a digit: `zhang1`.
"""

from __future__ import annotations

from functools import cache

from pipeline.settings import Sounds

__all__ = ["PhoneticDistance", "readings"]

_READINGS = 2
"""A character alone counts with its commonest readings; dictionaries list archaic ones too."""


@cache
def _readings_alone(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    (found,) = pinyin(
        character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True, errors="ignore"
    ) or [[]]
    return tuple(found[:_READINGS])


def readings(text: str) -> list[tuple[str, ...]]:
    """Return how each character of a Chinese text may be read, as it reads there first.

    A character that has no reading has an empty tuple.
    """
    from pypinyin import Style, lazy_pinyin

    in_context = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    if len(in_context) != len(text):
        return [_readings_alone(character) for character in text]
    return [
        tuple(dict.fromkeys((sound, *_readings_alone(c)))) if sound != c else ()
        for c, sound in zip(text, in_context, strict=True)
    ]


class PhoneticDistance:
    """Compares syllables by a table of confusions, remembering the answers."""

    def __init__(self, table: Sounds) -> None:
        self._tone = table.tone
        self._initials = _both_ways(table.initials)
        self._finals = _both_ways(table.finals)
        self._syllables = _both_ways(table.syllables)
        self._known: dict[tuple[str, str], float] = {}

    def distance(self, one: str, other: str) -> float:
        """Return how different two syllables sound, 0.0 to 1.0."""
        key = (one, other)
        if key not in self._known:
            self._known[key] = self._compared(one, other)
        return self._known[key]

    def nearest(self, ones: tuple[str, ...], others: tuple[str, ...]) -> float:
        """Return the distance of the two readings that are most alike."""
        return min((self.distance(a, b) for a in ones for b in others), default=1.0)

    def _compared(self, one: str, other: str) -> float:
        if one == other:
            return 0.0
        (initial, final, tone), (initial2, final2, tone2) = _parts(one), _parts(other)
        whole = self._syllables.get((one[:-1], other[:-1]), 1.0)
        parts_distance = _cost(self._initials, initial, initial2) + _cost(
            self._finals, final, final2
        )
        return min(1.0, min(whole, parts_distance) + (self._tone if tone != tone2 else 0.0))


def _cost(table: dict[tuple[str, str], float], one: str, other: str) -> float:
    return 0.0 if one == other else table.get((one, other), 1.0)


def _both_ways(table: dict[str, float]) -> dict[tuple[str, str], float]:
    pairs: dict[tuple[str, str], float] = {}
    for key, cost in table.items():
        one, _space, other = key.partition(" ")
        pairs[one, other] = pairs[other, one] = cost
    return pairs


@cache
def _parts(syllable: str) -> tuple[str, str, str]:
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    return to_initials(syllable), to_finals(syllable), syllable[-1]
