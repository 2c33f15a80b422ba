"""The rules subtitles are held to: what no player shows right (errors) and what the style asks.

Line starts and ends follow W3C CLREQ; the limits are those of the style (config/subtitle-styles).
Characters are counted as Subtitle Edit counts them for line length and reading speed: every
visible character, spaces and punctuation included, line ends and tags not.

`check` holds a whole file against them. An editor that shows what is wrong while somebody types
calls `check_cue` with the one cue and its two neighbours (well below 1 ms), and gives a browser
`limits(style)` once, as JSON. Both return breaches with a stable code:

| code | level | found, limit |
|---|---|---|
| `no-text` | error | |
| `no-time` | error | duration in ms, |
| `beyond-end` | error | end of the cue, of the picture in ms |
| `order` | error | start of the cue, of the one before in ms |
| `overlap` | error | ms shown together, 0 |
| `lines` | warning | lines |
| `line-length` | warning | characters of the line |
| `speed` | warning | characters per second |
| `too-short`, `too-long` | warning | duration in ms |
| `gap` | warning | ms after the cue before |
| `punctuation`, `line-start`, `line-end`, `traditional` | warning | the marks or characters, |

`order`, `overlap` and `gap` belong to the later of two cues.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.captions.chinese import is_traditional
from pipeline.captions.cues import Cue, clock
from pipeline.captions.formats.markup import without_controls, without_tags
from pipeline.i18n import _
from pipeline.settings import SubtitleStyle
from pipeline.stage import Finding

__all__ = [
    "NEVER_ENDS",
    "NEVER_STARTS",
    "Breach",
    "Code",
    "characters",
    "check",
    "check_cue",
    "cps",
    "forbidden_at",
    "limits",
]

Code = Literal[
    "no-text",
    "no-time",
    "beyond-end",
    "order",
    "overlap",
    "lines",
    "line-length",
    "speed",
    "too-short",
    "too-long",
    "gap",
    "punctuation",
    "line-start",
    "line-end",
    "traditional",
]

# The first version ends with the sound, which may outlast the picture by so much (verification
# allows it, too): nobody sees it, and the interviewee could not put it right.
_OUTLAST_MS = 100

NEVER_STARTS = frozenset("、，。：；！？）】》〉」』”’·％‰℃),.:;!?]}%")
"""Marks that no line begins with (CLREQ, prohibition rules for line start)."""

NEVER_ENDS = frozenset("（【《〈「『“‘([{")
"""Marks that no line ends with (CLREQ, prohibition rules for line end)."""

_HAN = "\u3400-\u9fff\uf900-\ufaff"
# Half-width marks are punctuation of Chinese only beside a Chinese character: 3.5 and Mr. are not;
# nor is the colon of 8：30.
_COMMAS = rf"[。，；｡]|(?<![0-9])：|：(?![0-9])|(?<=[{_HAN}])[,.;:]|[,;:](?=[{_HAN}])"
_FORBIDDEN = {
    "keep": None,
    "space": re.compile(_COMMAS),
    "bare": re.compile(rf"{_COMMAS}|[、？！?!…—]"),
}
"""What a style replaces by a space, by its `punctuation`: nothing; commas, colons and full stops
(Netflix); everything but 《》, quotes, brackets and the dot in names (Chinese television)."""


@dataclass(frozen=True)
class Breach(Finding):
    """A finding of the rules. `code` is stable and in no language; `found` and `limit` are the
    numbers (or marks) that the message speaks of."""

    code: Code = "no-text"
    found: float | str | None = None
    limit: float | str | None = None


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
    forbidden = _FORBIDDEN[style.punctuation]
    return [match.start() for match in forbidden.finditer(text)] if forbidden else []


def limits(style: SubtitleStyle) -> dict[str, Any]:
    """Return the style as JSON holds it, and the marks no line begins or ends with."""
    return style.model_dump(mode="json") | {
        "never_starts": "".join(sorted(NEVER_STARTS)),
        "never_ends": "".join(sorted(NEVER_ENDS)),
    }


def check(
    cues: Sequence[Cue],
    style: SubtitleStyle,
    *,
    language: str = "zh",
    duration_ms: int | None = None,
) -> tuple[Breach, ...]:
    """Hold cues against the rules; breaches in order of time.

    An error makes subtitles unusable: no text, no duration, shown together with another cue, out
    of order, outside the picture (`duration_ms`). A warning is a matter of style.
    """
    found = [
        breach
        for cue, before in zip(cues, [None, *cues], strict=False)
        for breach in _breaches(cue, style, before, language, duration_ms)
    ]
    return tuple(sorted(found, key=lambda f: (f.start_ms or 0, f.end_ms or 0)))


def check_cue(
    cue: Cue,
    style: SubtitleStyle,
    *,
    before: Cue | None = None,
    after: Cue | None = None,
    language: str = "zh",
    duration_ms: int | None = None,
) -> tuple[Breach, ...]:
    """Hold one cue, and its distance from its neighbours, against the rules.

    What is wrong between it and the one after carries the times of the one after.
    """
    found = [*_breaches(cue, style, before, language, duration_ms)]
    return (*found, *(_order(cue, after, style) if after else ()))


def _breaches(
    cue: Cue, style: SubtitleStyle, before: Cue | None, language: str, duration_ms: int | None
) -> Iterator[Breach]:
    yield from _unusable(cue, duration_ms)
    yield from _length(cue, style)
    yield from _speed(cue, style)
    yield from _marks(cue, style)
    if language == "zh":
        yield from _traditional(cue)
    if before:
        yield from _order(before, cue, style)


def _error(code: Code, cue: Cue, message: str, *, found: Any = None, limit: Any = None) -> Breach:
    return Breach("error", message, cue.start_ms, cue.end_ms, code, found, limit)


def _warning(
    code: Code, cue: Cue, message: str, found: Any, limit: Any = None, line: str = ""
) -> Breach:
    text = message.format(found=found, limit=limit, line=line)
    return Breach("warning", text, cue.start_ms, cue.end_ms, code, found, limit)


def _unusable(cue: Cue, duration_ms: int | None) -> Iterator[Breach]:
    if not cue.text.strip():
        yield _error("no-text", cue, _("The cue has no text."))
    if not 0 <= cue.start_ms < cue.end_ms:
        message = _("The cue does not end after it starts.")
        yield _error("no-time", cue, message, found=cue.duration_ms)
    if duration_ms is not None and cue.end_ms > duration_ms + _OUTLAST_MS:
        message = _("The cue is shown beyond the end of the picture ({end}).")
        text = message.format(end=clock(duration_ms))
        yield _error("beyond-end", cue, text, found=cue.end_ms, limit=duration_ms)


def _length(cue: Cue, style: SubtitleStyle) -> Iterator[Breach]:
    if len(cue.lines) > style.lines:
        message = _("{found} lines; the style allows {limit}.")
        yield _warning("lines", cue, message, len(cue.lines), style.lines)
    for line in cue.lines:
        if characters(line) > style.max_chars:
            message = _("A line of {found} characters; the style allows {limit}: {line}")
            yield _warning("line-length", cue, message, characters(line), style.max_chars, line)


def _speed(cue: Cue, style: SubtitleStyle) -> Iterator[Breach]:
    if cue.duration_ms <= 0:
        return
    if cps(cue) > style.max_cps + 1e-9:
        message = _("{found:.1f} characters a second; the style allows {limit:g}.")
        yield _warning("speed", cue, message, cps(cue), style.max_cps)
    if cue.duration_ms < style.min_duration_ms:
        message = _("Shown for {found} ms; the style asks for {limit} ms at least.")
        yield _warning("too-short", cue, message, cue.duration_ms, style.min_duration_ms)
    if cue.duration_ms > style.max_duration_ms:
        message = _("Shown for {found} ms; the style allows {limit} ms.")
        yield _warning("too-long", cue, message, cue.duration_ms, style.max_duration_ms)


def _marks(cue: Cue, style: SubtitleStyle) -> Iterator[Breach]:
    marks = "".join(cue.text[i] for i in forbidden_at(cue.text, style))
    if marks:
        yield _warning("punctuation", cue, _("Punctuation the style does not use: {found}"), marks)
    for line in filter(None, cue.lines):
        if line[0] in NEVER_STARTS:
            yield _warning("line-start", cue, _("A line begins with {found}"), line[0])
        if line[-1] in NEVER_ENDS:
            yield _warning("line-end", cue, _("A line ends with {found}"), line[-1])


def _traditional(cue: Cue) -> Iterator[Breach]:
    found = "".join(dict.fromkeys(c for c in cue.text if is_traditional(c)))
    if found:
        message = _("Traditional characters among Simplified: {found}")
        yield _warning("traditional", cue, message, found)


def _order(before: Cue, after: Cue, style: SubtitleStyle) -> Iterator[Breach]:
    gap_ms = after.start_ms - before.end_ms
    if after.start_ms < before.start_ms:
        message = _("The cue is out of order of time.")
        yield _error("order", after, message, found=after.start_ms, limit=before.start_ms)
    elif gap_ms < 0:
        message = _("Shown together with the cue before for {found} ms.").format(found=-gap_ms)
        yield _error("overlap", after, message, found=-gap_ms, limit=0)
    elif gap_ms < style.min_gap_ms:
        message = _("{found} ms after the cue before; the style asks for {limit} ms.")
        yield _warning("gap", after, message, gap_ms, style.min_gap_ms)
