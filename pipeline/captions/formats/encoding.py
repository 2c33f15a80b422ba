"""Turn the bytes of a text file into text, whatever program saved it."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path

from pipeline.captions import chinese
from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["decode"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKS = frozenset("，。？！、：；“”‘’《》（）…—　·「」『』")
_CHINESE = ("gb18030", "cp950", "big5hkscs")


def decode(data: bytes, path: Path | None = None) -> tuple[str, str]:
    """Return the text and the encoding it was in.

    A byte order mark decides; else strict UTF-8; else UTF-16 if it looks like it; else the one of
    GB18030 and Big5 that gives plausible Chinese, or Windows-1252 if it gives plausible Latin.
    Raises SubtitleError if none does: text is never guessed into something else.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name, path), name
    wide = _utf16_without_mark(data)
    if wide:
        return _strict(data, wide, path), wide
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        found = _regional(data)
        if found is None:
            raise _unknown(path, data[: error.start].count(b"\n") + 1) from error
        return found


def _strict(data: bytes, name: str, path: Path | None) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise _unknown(path, data[: error.start].count(b"\n") + 1) from error


def _unknown(path: Path | None, line: int) -> SubtitleError:
    return SubtitleError(
        _("The encoding of the text cannot be told (line {line}).").format(line=line),
        remedy=_("Save the file as UTF-8 and bring it again."),
        path=path,
        line=line,
    )


def _utf16_without_mark(data: bytes) -> str | None:
    """Every subtitle file has digits and line ends: in UTF-16 each of them carries a zero byte."""
    sample = data[:65536]
    if len(sample) < 4 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 10 < len(sample) // 2:
        return None
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _regional(data: bytes) -> tuple[str, str] | None:
    best: tuple[float, str, str] | None = None
    for name in _CHINESE:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        score = _plausible(text)
        if best is None or score > best[0] + 0.01:
            best = (score, text, name)
    if best and best[0] > _LEAST_PLAUSIBLE:
        return best[1], best[2]
    return _latin(data) if _lonely_share(data) > 0.8 else None


def _lonely_share(data: bytes) -> float:
    """Return the share of runs of high bytes that are one byte long: many in Latin, few in
    Chinese, where a character takes two."""
    lengths = Counter(m.end() - m.start() for m in re.finditer(rb"[\x80-\xff]+", data))
    return lengths[1] / max(lengths.total(), 1)


def _latin(data: bytes) -> tuple[str, str] | None:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    odd = {c: n for c, n in Counter(text).items() if c > "\x7f"}
    likely = sum(n for c, n in odd.items() if c.isalpha() or c in "‘’“”…–—«»¿¡°\xa0")
    return (text, "cp1252") if likely >= 0.9 * sum(odd.values()) else None


# See _plausible. Of 6,000 files of one to fifty lines of real speech in GB18030 and Big5 the least
# plausible scored 4.9; wrong decodings of five lines and more stayed below 1.8.
_LEAST_PLAUSIBLE = 4.0


@cache
def _frequencies() -> dict[str, float]:
    """Return how common each Chinese character is, from the word list of jieba."""
    counts: dict[str, int] = {}
    for word, count in chinese.word_counts().items():
        for character in word:
            counts[character] = counts.get(character, 0) + count
    whole = sum(counts.values())
    return {c: math.log(n * 1_000_000 / whole) for c, n in counts.items()}


def _plausible(text: str) -> float:
    """Return the mean natural logarithm of how often the non-ASCII characters occur in a million,
    Traditional ones counted as the Simplified they stand for."""
    odd = [c for c in chinese.to_simplified(text[:100_000]) if c > "\x7f"]
    known = _frequencies()
    scores = [6.0 if c in _MARKS else known.get(c, -5.0) for c in odd]
    return sum(scores) / max(len(scores), 1)
