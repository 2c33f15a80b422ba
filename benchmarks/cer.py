"""Character error rate, by the recipe of the field.

Both sides: NFKC (half width), upper case, Simplified, Arabic digits to Chinese, the fillers
呃 啊 嗯 and everything that is neither letter nor digit removed. `raw` leaves all but spaces.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from pipeline.captions.chinese import to_simplified

_DIGITS = "零一二三四五六七八九"
_FILLERS = re.compile("[呃啊嗯]")
_DRAWS = 5000


class Errors(NamedTuple):
    """Substitutions, deletions and insertions against a reference of `length` characters."""

    substitutions: int
    deletions: int
    insertions: int
    length: int

    @property
    def wrong(self) -> int:
        """Return the number of errors."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Return the share of wrong characters."""
        return self.wrong / max(self.length, 1)


def normalised(text: str) -> str:
    """Return the text as it is compared."""
    text = to_simplified(unicodedata.normalize("NFKC", text)).upper()
    text = re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], text)
    text = _FILLERS.sub("", text)
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")


def errors(reference: str, recognised: str, *, raw: bool = False) -> Errors:
    """Count the errors of the best alignment (Levenshtein) of `recognised` to `reference`."""
    return errors_by_part([reference], recognised, raw=raw)[0]


def errors_by_part(
    references: Sequence[str], recognised: str, *, raw: bool = False
) -> list[Errors]:
    """Count the errors of each part of a reference; what is put in between counts for the part
    before."""
    wanted = [_compared(text, raw) for text in references]
    ends = list(accumulate(map(len, wanted)))
    counts = [{"replace": 0, "delete": 0, "insert": 0} for _part in wanted]
    for tag, at, _found in Levenshtein.editops("".join(wanted), _compared(recognised, raw)):
        part = bisect_right(ends, at - (tag == "insert"))
        counts[min(max(part, 0), len(wanted) - 1)][tag] += 1
    return [
        Errors(c["replace"], c["delete"], c["insert"], len(text))
        for c, text in zip(counts, wanted, strict=True)
    ]


def longest_omission(references: Sequence[str], recognised: str) -> int:
    """Return the most characters of the references in a row that are missing."""
    wanted = normalised("".join(references))
    runs = (
        op.src_end - op.src_start
        for op in Levenshtein.opcodes(wanted, normalised(recognised))
        if op.tag == "delete"
    )
    return max(runs, default=0)


def pooled(parts: Iterable[Errors]) -> Errors:
    """Return the errors of all parts together."""
    return Errors(*(sum(numbers) for numbers in zip(*parts, strict=True)))


def ratio_interval(ours: Sequence[Errors], theirs: Sequence[Errors]) -> tuple[float, float]:
    """Return the 95 % interval of our rate as a share of theirs, by a paired bootstrap.

    Both hold the errors of the same clips, which are drawn anew, with replacement.
    """
    both = np.array([(a.wrong, b.wrong) for a, b in zip(ours, theirs, strict=True)], float)
    drawn = np.random.default_rng(0).integers(0, len(both), (_DRAWS, len(both)))
    sums = both[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), (0.025, 0.975))
    return float(low), float(high)


def _compared(text: str, raw: bool) -> str:
    return "".join(text.split()) if raw else normalised(text)
