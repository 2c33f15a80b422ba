"""The review points of subtitles: what a proofreader looks at, the most urgent first.

Conflicts of a merge come first, then what makes the subtitles unusable, then names that may have
been misheard, speech without a subtitle, what the recogniser was least sure of, then names that
were put right, and matters of style.

An `offer` is accepted by writing its `offer` for `heard` in the cues of its time; a `replacement`
is undone in the same way: its `heard` is the name that was written, its `offer` the recogniser's
text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, computed_field

from pipeline.captions.cues import Cue, one_line, overlap_ms
from pipeline.captions.revision.merge import Conflict
from pipeline.captions.words import Correction, Word, Words
from pipeline.core.artefacts.base import read_validated
from pipeline.core.files import write_json
from pipeline.i18n import _
from pipeline.stage import Finding

__all__ = [
    "ReviewPoint",
    "as_json",
    "find_review_points",
    "read_review_points",
    "write_review_points",
]

_UNSURE = 0.5
_VERY_UNSURE = 0.3
_MIN_UNSUBTITLED_MS = 1000
"""Speech shorter than this without a subtitle is a breath or an interjection."""

_LEVELS = ("conflict", "error", "warning", "note")


Level = Literal["conflict", "error", "warning", "note"]
ReviewPointKind = Literal[
    "conflict", "rule", "offer", "replacement", "unheard", "unvoiced", "recogniser", "unsure"
]


@dataclass(frozen=True)
class ReviewPoint:
    """A place to look at. `level` ranks it; `text` is the text there now.

    `heard` and `offer` are those of a name (see above), `confidence` says how sure the offer, or,
    with words recognised unsurely, the recogniser is (0.0 to 1.0).
    """

    start_ms: int
    end_ms: int
    reason: str
    level: Level
    text: str = ""
    kind: ReviewPointKind = "rule"
    heard: str = ""
    offer: str = ""
    confidence: float | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy allows nothing above @property
    @property
    def id(self) -> str:
        """Identify the point as long as it stays the same: a person's decision about it is
        remembered under this key."""
        key = (self.kind, self.start_ms, self.end_ms, self.heard, self.offer, self.reason)
        return hashlib.sha256(repr(key).encode()).hexdigest()[:12]


def find_review_points(
    cues: Sequence[Cue],
    words: Words,
    findings: Sequence[Finding] = (),
    conflicts: Sequence[Conflict] = (),
    settled: Sequence[Cue] = (),
) -> list[ReviewPoint]:
    """Return the review points, the most urgent first.

    `findings` are those of the rules; `settled` the cues a person has already rewritten, where it
    no longer matters what the recogniser thought.
    """
    unsubtitled = list(_unsubtitled(cues, words))
    names = list(_names(cues, words.corrections))
    unsure = [p for p in _unsure(cues, words) if not any(_is_name(p, n) for n in names)]
    recognised = [*names, *unsubtitled, *_recogniser(cues, words, unsubtitled), *unsure]
    open_points = [p for p in recognised if not any(_overlaps(p, cue) for cue in settled)]
    points = [*map(_conflict, conflicts), *open_points, *_rules(cues, findings)]
    return sorted(points, key=lambda point: _LEVELS.index(point.level))


@cache
def _adapter() -> TypeAdapter[list[ReviewPoint]]:
    return TypeAdapter(list[ReviewPoint])


def as_json(points: Sequence[ReviewPoint]) -> list[dict[str, Any]]:
    """Return the points as JSON values, each with its `id`."""
    values: list[dict[str, Any]] = _adapter().dump_python(list(points), mode="json")
    return values


def write_review_points(points: Sequence[ReviewPoint], path: Path) -> Path:
    """Write the list as JSON, in its order."""
    return write_json(path, as_json(points))


def read_review_points(path: Path) -> list[ReviewPoint]:
    """Return what `write_review_points` wrote. Raises FormError."""
    return read_validated(path, _adapter().validate_json)


def _conflict(conflict: Conflict) -> ReviewPoint:
    if not conflict.kept:
        reason = _("The new draft has no such passage; your text is no longer shown: {text}")
        text = reason.format(text=conflict.ours)
        return ReviewPoint(
            conflict.start_ms, conflict.end_ms, text, "conflict", conflict.theirs, "conflict"
        )
    if not conflict.theirs:
        reason = _("The new draft has no such passage; your text was kept.")
    elif not conflict.ours:
        reason = _("You removed this passage; the new draft says: {text}")
    else:
        reason = _("Your text was kept; the new draft says: {text}")
    text = reason.format(text=conflict.theirs)
    return ReviewPoint(
        conflict.start_ms, conflict.end_ms, text, "conflict", conflict.ours, "conflict"
    )


def _names(cues: Sequence[Cue], corrections: Sequence[Correction]) -> Iterator[ReviewPoint]:
    """Return the names offered, the likeliest first, then those put right, as far as what they are
    about still stands there."""
    for found in sorted(corrections, key=lambda c: (c.certain, -c.confidence, c.start_ms)):
        text = _text_at(cues, found.start_ms, found.end_ms)
        current, other = found.heard, found.written
        reason = _("“{heard}” may be the name {name}.")
        kind: ReviewPointKind = "offer"
        if found.certain:
            current, other, kind = other, current, "replacement"
            reason = _("{name} was put in place of “{heard}”, which sounds like it.")
        if current in text.replace(" ", ""):
            message = reason.format(heard=found.heard, name=found.written)
            level: Level = "note" if found.certain else "warning"
            span = (found.start_ms, found.end_ms)
            yield ReviewPoint(*span, message, level, text, kind, current, other, found.confidence)


def _is_name(point: ReviewPoint, name: ReviewPoint) -> bool:
    """Say whether an unsure passage is hardly more than a name that is listed already."""
    return _overlaps(
        point, Cue(name.start_ms, name.end_ms, "")
    ) and point.end_ms - point.start_ms <= 1.5 * (name.end_ms - name.start_ms)


def _unsubtitled(cues: Sequence[Cue], words: Words) -> Iterator[ReviewPoint]:
    """Somebody speaks and nothing is shown; or something is shown and nobody speaks."""
    for start_ms, end_ms in words.speech:
        start = start_ms
        for cue in [*cues, Cue(end_ms, end_ms, "")]:
            if min(cue.start_ms, end_ms) - start >= _MIN_UNSUBTITLED_MS:
                reason = _("Somebody speaks, but there is no subtitle.")
                yield ReviewPoint(
                    start, min(cue.start_ms, end_ms), reason, "warning", "", "unheard"
                )
            start = max(start, cue.end_ms)
    if not words.speech:
        return
    for cue in cues:
        speech = [Cue(start_ms, end_ms, "") for start_ms, end_ms in words.speech]
        if not any(overlap_ms(cue, passage) for passage in speech):
            reason = _("A subtitle, but nobody is heard.")
            text = one_line(cue.text)
            yield ReviewPoint(cue.start_ms, cue.end_ms, reason, "warning", text, "unvoiced")


def _recogniser(
    cues: Sequence[Cue], words: Words, known: Sequence[ReviewPoint]
) -> Iterator[ReviewPoint]:
    """Return the recogniser's own doubts, but those about speech that is listed as unheard."""
    for doubt in words.doubts:
        text = _text_at(cues, doubt.start_ms, doubt.end_ms)
        span = Cue(doubt.start_ms, doubt.end_ms, "")
        if text or not any(_overlaps(point, span) for point in known):
            reason = doubt.reason
            yield ReviewPoint(doubt.start_ms, doubt.end_ms, reason, "warning", text, "recogniser")


def _unsure(cues: Sequence[Cue], words: Words) -> list[ReviewPoint]:
    """Return runs of words the recogniser was not sure of, the least sure first."""
    found: list[tuple[float, ReviewPoint]] = []
    for unsure, run in groupby(words.words, key=lambda word: word.probability < _UNSURE):
        for group in _split_at_pauses(list(run)) if unsure else ():
            lowest = min(word.probability for word in group)
            reason = _("Recognised with little certainty ({percent} %): {text}").format(
                percent=round(100 * lowest), text="".join(word.text for word in group).strip()
            )
            start_ms, end_ms = group[0].start_ms, group[-1].end_ms
            level: Level = "warning" if lowest < _VERY_UNSURE else "note"
            text = _text_at(cues, start_ms, end_ms)
            point = ReviewPoint(start_ms, end_ms, reason, level, text, "unsure", confidence=lowest)
            found.append((lowest, point))
    return [point for _least, point in sorted(found, key=lambda f: (f[0], f[1].start_ms))]


def _split_at_pauses(run: list[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in run:
        if groups and word.start_ms - groups[-1][-1].end_ms < _MIN_UNSUBTITLED_MS:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _rules(cues: Sequence[Cue], findings: Sequence[Finding]) -> Iterator[ReviewPoint]:
    for finding in findings:
        start_ms, end_ms = finding.start_ms or 0, finding.end_ms or 0
        # What the style asks is the least of a proofreader's worries.
        level: Level = "error" if finding.level == "error" else "note"
        text = _text_at(cues, start_ms, end_ms)
        yield ReviewPoint(start_ms, end_ms, finding.message, level, text, "rule")


def _text_at(cues: Sequence[Cue], start_ms: int, end_ms: int) -> str:
    span = Cue(start_ms, max(end_ms, start_ms + 1), "")
    return " ".join(one_line(cue.text) for cue in cues if overlap_ms(cue, span))


def _overlaps(point: ReviewPoint, cue: Cue) -> bool:
    return point.start_ms < cue.end_ms and cue.start_ms < max(point.end_ms, point.start_ms + 1)
