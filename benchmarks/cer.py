"""Character error rate, by the recipe of the field.

Both sides: NFKC (half width), upper case, Simplified, Arabic digits to Chinese, the fillers
呃 啊 嗯 and everything that is neither letter nor digit removed. `raw` leaves all but spaces.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from pipeline.subtitles.chinese import simplified

_DIGITS = "零一二三四五六七八九"
_FILLERS = re.compile("[呃啊嗯]")


class Errors(NamedTuple):
    """Substitutions, deletions and insertions against a reference of `length` characters."""

    substitutions: int
    deletions: int
    insertions: int
    length: int

    @property
    def rate(self) -> float:
        """Return the share of wrong characters."""
        return (self.substitutions + self.deletions + self.insertions) / max(self.length, 1)


def normalised(text: str) -> str:
    """Return the text as it is compared."""
    text = simplified(unicodedata.normalize("NFKC", text)).upper()
    text = re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], text)
    text = _FILLERS.sub("", text)
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")


def errors(reference: str, heard: str, *, raw: bool = False) -> Errors:
    """Count the errors of the best alignment (Levenshtein) of `heard` to `reference`."""
    wanted, found = (
        ("".join(text.split()) if raw else normalised(text)) for text in (reference, heard)
    )
    # Each cell: (errors, substitutions, deletions, insertions) of the best way so far.
    row = [(n, 0, 0, n) for n in range(len(found) + 1)]
    for y, want in enumerate(wanted, 1):
        above, row = row, [(y, 0, y, 0)]
        for x, have in enumerate(found, 1):
            cost, s, d, i = above[x - 1]
            wrong = want != have
            best = (cost + wrong, s + wrong, d, i)
            cost, s, d, i = above[x]
            best = min(best, (cost + 1, s, d + 1, i))
            cost, s, d, i = row[x - 1]
            row.append(min(best, (cost + 1, s, d, i + 1)))
    return Errors(*row[-1][1:], len(wanted))
