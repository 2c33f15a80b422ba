"""Where to look first when proofreading: one list, the most pressing at the top.

Conflicts of a merge come first, then what makes the subtitles unusable, then names that may have
been misheard, speech without a subtitle, what the recogniser was least sure of, then names that
were put right, and matters of style.

An `offer` is accepted by writing its `offer` where `heard` stands in the cues of its time; a
`replacement` is undone in the same way: there `heard` is the name that was written in, `offer` what
the recogniser had heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pipeline.captions.cues import Cue, one_line, overlap_ms
from pipeline.captions.revision.merge import Conflict
from pipeline.captions.words import Correction, Word, Words
from pipeline.core.files import read_json, write_json
from pipeline.i18n import _
from pipeline.stage import Finding

__all__ = ["ReviewPoint", "find_review_points", "read_review_points", "write_review_points"]

_UNSURE = 0.5
_VERY_UNSURE = 0.3
_UNHEARD_MS = 1000
"""Speech shorter than this without a subtitle is a breath or an interjection."""

_PRESSING = ("conflict", "error", "warning", "note")


Level = Literal["conflict", "error", "warning", "note"]
ReviewPointKind = Literal[
    "conflict", "rule", "offer", "replacement", "unheard", "unvoiced", "recogniser", "unsure"
]


@dataclass(frozen=True)
class ReviewPoint:
    """A place to look at. `level` ranks it; `text` is what stands there now.

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

    @property
    def id(self) -> str:
        """Return what this place is called as long as it is the same: for remembering what a
        person decided about it."""
        told = (self.kind, self.start_ms, self.end_ms, self.heard, self.offer, self.reason)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def find_review_points(
    cues: Sequence[Cue],
    words: Words,
    findings: Sequence[Finding] = (),
    conflicts: Sequence[Conflict] = (),
    settled: Sequence[Cue] = (),
) -> list[ReviewPoint]:
    """Return the places to look at, the most pressing first.

    `findings` are those of the rules; `settled` the cues a person has already rewritten, where it
    no longer matters what the recogniser thought.
    """
    unheard = list(_unheard(cues, words))
    names = list(_names(cues, words.corrections))
    unsure = [p for p in _unsure(cues, words) if not any(_same_words(p, n) for n in names)]
    heard = [*names, *unheard, *_recogniser(cues, words, unheard), *unsure]
    open_places = [p for p in heard if not any(_touches(p, cue) for cue in settled)]
    places = [*map(_conflict, conflicts), *open_places, *_rules(cues, findings)]
    return sorted(places, key=lambda place: _PRESSING.index(place.level))


def write_review_points(places: Sequence[ReviewPoint], path: Path) -> Path:
    """Write the list as JSON, in its order; each place with its `id`."""
    return write_json(path, [{**vars(place), "id": place.id} for place in places])


def read_review_points(path: Path) -> list[ReviewPoint]:
    """Return what `write_doubts` wrote."""
    listed: list[dict[str, Any]] = read_json(path)
    return [ReviewPoint(**{k: v for k, v in each.items() if k != "id"}) for each in listed]


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
        text = _shown(cues, found.start_ms, found.end_ms)
        stands, other = found.heard, found.written
        reason = _("“{heard}” may be the name {name}.")
        kind: ReviewPointKind = "offer"
        if found.certain:
            stands, other, kind = other, stands, "replacement"
            reason = _("{name} was put in place of “{heard}”, which sounds like it.")
        if stands in text.replace(" ", ""):
            said = reason.format(heard=found.heard, name=found.written)
            level: Level = "note" if found.certain else "warning"
            span = (found.start_ms, found.end_ms)
            yield ReviewPoint(*span, said, level, text, kind, stands, other, found.confidence)


def _same_words(place: ReviewPoint, name: ReviewPoint) -> bool:
    """Say whether an unsure passage is hardly more than a name that is listed already."""
    return _touches(
        place, Cue(name.start_ms, name.end_ms, "")
    ) and place.end_ms - place.start_ms <= 1.5 * (name.end_ms - name.start_ms)


def _unheard(cues: Sequence[Cue], words: Words) -> Iterator[ReviewPoint]:
    """Somebody speaks and nothing is shown; or something is shown and nobody speaks."""
    for start_ms, end_ms in words.speech:
        at = start_ms
        for cue in [*cues, Cue(end_ms, end_ms, "")]:
            if min(cue.start_ms, end_ms) - at >= _UNHEARD_MS:
                reason = _("Somebody speaks, but there is no subtitle.")
                yield ReviewPoint(at, min(cue.start_ms, end_ms), reason, "warning", "", "unheard")
            at = max(at, cue.end_ms)
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
        text = _shown(cues, doubt.start_ms, doubt.end_ms)
        span = Cue(doubt.start_ms, doubt.end_ms, "")
        if text or not any(_touches(place, span) for place in known):
            reason = doubt.reason
            yield ReviewPoint(doubt.start_ms, doubt.end_ms, reason, "warning", text, "recogniser")


def _unsure(cues: Sequence[Cue], words: Words) -> list[ReviewPoint]:
    """Return runs of words the recogniser was not sure of, the least sure first."""
    found: list[tuple[float, ReviewPoint]] = []
    for unsure, run in groupby(words.words, key=lambda word: word.probability < _UNSURE):
        for group in _close_by(list(run)) if unsure else ():
            least = min(word.probability for word in group)
            reason = _("Recognised with little certainty ({percent} %): {text}").format(
                percent=round(100 * least), text="".join(word.text for word in group).strip()
            )
            start_ms, end_ms = group[0].start_ms, group[-1].end_ms
            level: Level = "warning" if least < _VERY_UNSURE else "note"
            text = _shown(cues, start_ms, end_ms)
            place = ReviewPoint(start_ms, end_ms, reason, level, text, "unsure", confidence=least)
            found.append((least, place))
    return [place for _least, place in sorted(found, key=lambda f: (f[0], f[1].start_ms))]


def _close_by(run: list[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in run:
        if groups and word.start_ms - groups[-1][-1].end_ms < _UNHEARD_MS:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _rules(cues: Sequence[Cue], findings: Sequence[Finding]) -> Iterator[ReviewPoint]:
    for finding in findings:
        start_ms, end_ms = finding.start_ms or 0, finding.end_ms or 0
        # What the style asks is the least of a proofreader's worries.
        level: Level = "error" if finding.level == "error" else "note"
        text = _shown(cues, start_ms, end_ms)
        yield ReviewPoint(start_ms, end_ms, finding.message, level, text, "rule")


def _shown(cues: Sequence[Cue], start_ms: int, end_ms: int) -> str:
    span = Cue(start_ms, max(end_ms, start_ms + 1), "")
    return " ".join(one_line(cue.text) for cue in cues if overlap_ms(cue, span))


def _touches(place: ReviewPoint, cue: Cue) -> bool:
    return place.start_ms < cue.end_ms and cue.start_ms < max(place.end_ms, place.start_ms + 1)
