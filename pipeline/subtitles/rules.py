"""The rules subtitles are held to: what no player shows right (errors) and what the style asks.

Line starts and ends follow W3C CLREQ; the limits are those of the style (config/subtitle-styles).
Characters are counted as Subtitle Edit counts them for line length and reading speed: every
visible character, spaces and punctuation included, line ends and tags not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from pipeline.i18n import _
from pipeline.settings import SubtitleStyle
from pipeline.stage import Finding
from pipeline.subtitles.chinese import is_traditional
from pipeline.subtitles.cues import Cue, clock
from pipeline.subtitles.markup import without_controls, without_tags

__all__ = ["NEVER_ENDS", "NEVER_STARTS", "characters", "check", "cps", "forbidden_at"]

NEVER_STARTS = frozenset("、，。：；！？）】》〉」』”’·％‰℃),.:;!?]}%")
"""Marks that no line begins with (CLREQ, prohibition rules for line start)."""

NEVER_ENDS = frozenset("（【《〈「『“‘([{")
"""Marks that no line ends with (CLREQ, prohibition rules for line end)."""

_HAN = "\u3400-\u9fff\uf900-\ufaff"
# Half-width marks are punctuation of Chinese only beside a Chinese character: 3.5 and Mr. are not.
_FORBIDDEN = re.compile(rf"[。，；：｡]|(?<=[{_HAN}])[,.;:]|[,;:](?=[{_HAN}])")


def characters(text: str) -> int:
    """Count the characters of a text, or of one line, as Subtitle Edit does."""
    return len(without_controls(without_tags(text)).replace("\n", ""))


def cps(cue: Cue) -> float:
    """Return the reading speed in characters per second; infinite if the cue is never shown."""
    if cue.duration_ms <= 0:
        return float("inf")
    return characters(cue.text) * 1000 / cue.duration_ms


def forbidden_at(text: str, style: SubtitleStyle) -> list[int]:
    """Return where in the text there are marks that the style replaces by a space."""
    if style.punctuation != "space":
        return []
    return [match.start() for match in _FORBIDDEN.finditer(text)]


def check(
    cues: Sequence[Cue],
    style: SubtitleStyle,
    *,
    language: str = "zh",
    duration_ms: int | None = None,
) -> tuple[Finding, ...]:
    """Hold cues against the rules; findings in order of time.

    An error makes subtitles unusable: no text, no duration, shown together with another cue, out
    of order, outside the picture (`duration_ms`). A warning is a matter of style.
    """
    found: list[Finding] = []
    for cue in cues:
        found += _unusable(cue, duration_ms)
        found += _length(cue, style)
        found += _speed(cue, style)
        found += _marks(cue, style)
        if language == "zh":
            found += _traditional(cue)
    for before, after in pairwise(cues):
        found += _order(before, after, style)
    return tuple(sorted(found, key=lambda f: (f.start_ms or 0, f.end_ms or 0)))


def _finding(level: Any, cue: Cue, message: str, **values: object) -> Finding:
    return Finding(level, message.format(**values), cue.start_ms, cue.end_ms)


def _unusable(cue: Cue, duration_ms: int | None) -> Iterator[Finding]:
    if not cue.text.strip():
        yield _finding("error", cue, _("The cue has no text."))
    if not 0 <= cue.start_ms < cue.end_ms:
        yield _finding("error", cue, _("The cue does not end after it starts."))
    if duration_ms is not None and cue.end_ms > duration_ms:
        message = _("The cue is shown beyond the end of the picture ({end}).")
        yield _finding("error", cue, message, end=clock(duration_ms))


def _length(cue: Cue, style: SubtitleStyle) -> Iterator[Finding]:
    if len(cue.lines) > style.lines:
        message = _("{found} lines; the style allows {limit}.")
        yield _finding("warning", cue, message, found=len(cue.lines), limit=style.lines)
    for line in cue.lines:
        if characters(line) > style.max_chars:
            message = _("A line of {found} characters; the style allows {limit}: {line}")
            yield _finding(
                "warning", cue, message, found=characters(line), limit=style.max_chars, line=line
            )


def _speed(cue: Cue, style: SubtitleStyle) -> Iterator[Finding]:
    if cue.duration_ms <= 0:
        return
    if cps(cue) > style.max_cps + 1e-9:
        message = _("{found:.1f} characters a second; the style allows {limit:g}.")
        yield _finding("warning", cue, message, found=cps(cue), limit=style.max_cps)
    if cue.duration_ms < style.min_duration_ms:
        message = _("Shown for {found} ms; the style asks for {limit} ms at least.")
        yield _finding("warning", cue, message, found=cue.duration_ms, limit=style.min_duration_ms)
    if cue.duration_ms > style.max_duration_ms:
        message = _("Shown for {found} ms; the style allows {limit} ms.")
        yield _finding("warning", cue, message, found=cue.duration_ms, limit=style.max_duration_ms)


def _marks(cue: Cue, style: SubtitleStyle) -> Iterator[Finding]:
    marks = "".join(cue.text[i] for i in forbidden_at(cue.text, style))
    if marks:
        message = _("Punctuation the style does not use: {marks}")
        yield _finding("warning", cue, message, marks=marks)
    for line in filter(None, cue.lines):
        if line[0] in NEVER_STARTS:
            yield _finding("warning", cue, _("A line begins with {mark}"), mark=line[0])
        if line[-1] in NEVER_ENDS:
            yield _finding("warning", cue, _("A line ends with {mark}"), mark=line[-1])


def _traditional(cue: Cue) -> Iterator[Finding]:
    found = "".join(dict.fromkeys(c for c in cue.text if is_traditional(c)))
    if found:
        message = _("Traditional characters among Simplified: {characters}")
        yield _finding("warning", cue, message, characters=found)


def _order(before: Cue, after: Cue, style: SubtitleStyle) -> Iterator[Finding]:
    gap_ms = after.start_ms - before.end_ms
    if after.start_ms < before.start_ms:
        yield _finding("error", after, _("The cue is out of order of time."))
    elif gap_ms < 0:
        message = _("Shown together with the cue before for {found} ms.")
        yield _finding("error", after, message, found=-gap_ms)
    elif gap_ms < style.min_gap_ms:
        message = _("{found} ms after the cue before; the style asks for {limit} ms.")
        yield _finding("warning", after, message, found=gap_ms, limit=style.min_gap_ms)
