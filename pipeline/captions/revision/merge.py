"""Carry a person's corrections onto a new automatic draft: a three-way merge of cues.

`base` is the draft the person started from, `ours` what they made of it, `theirs` the new draft.
Where only one side changed, that side is taken. Where both did, the person's text is kept, shown
at the new draft's times, and the new draft's text is reported as a conflict. What a person typed
is in the result or in a conflict, always.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from pipeline.captions.cues import Cue, one_line, overlap_ms, sort_cues
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.alignment import Pair, align, bare_text
from pipeline.captions.revision.retime import Retiming
from pipeline.captions.revision.text_transfer import transfer_text
from pipeline.core.artefacts.restrictions import Conflict
from pipeline.stage import Artefact

__all__ = ["Conflict", "Merged", "apply_correction", "merge"]

_TRIM_MS = 500
"""Cues that came to overlap by at most so much, because their times come from two versions, are
trimmed; more is left to be seen and decided by a person."""


@dataclass(frozen=True)
class Merged:
    """The merged cues in order of time, and what a person has to look at."""

    cues: tuple[Cue, ...]
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class _Passage:
    base: tuple[Cue, ...]
    ours: tuple[Cue, ...]
    theirs: tuple[Cue, ...]


def apply_correction(current: Artefact, correction: Artefact | None) -> Merged:
    """Return the subtitles with a person's correction, which may be of an earlier version of them:
    then it is merged in. Raises SubtitleError for a correction that cannot be read without loss.
    """
    if correction is None:
        return Merged(tuple(read(current.path)))
    ours = read(correction.path)
    if correction.base is None or correction.base.sha256 == current.sha256:
        return Merged(tuple(ours))
    return merge(read(correction.base.path), ours, read(current.path))


def merge(base: Sequence[Cue], ours: Sequence[Cue], theirs: Sequence[Cue]) -> Merged:
    """Return `theirs` with the corrections that lead from `base` to `ours`."""
    if list(ours) == list(base):
        return Merged(tuple(theirs))
    if list(theirs) in (list(base), list(ours)):
        return Merged(tuple(ours))
    to_ours, to_theirs = align(base, ours), align(base, theirs)
    retiming = Retiming(base, theirs, to_theirs)
    cues: list[Cue] = []
    conflicts: list[Conflict] = []
    unplaced: list[tuple[_Passage, tuple[Cue, ...]]] = []
    for passage in _passages(base, ours, theirs, to_ours, to_theirs):
        taken, in_dispute = _resolve(passage, retiming)
        if in_dispute and passage.base and passage.theirs:
            taken, found = _both_changed(passage, retiming)
            conflicts += found
        elif in_dispute:
            unplaced.append((passage, taken))
            continue
        cues += taken
    for passage, taken in unplaced:
        kept = _has_room(taken, passage.ours, cues)
        conflicts.append(_conflict(passage.theirs or taken or passage.base, passage, kept=kept))
        cues += taken if kept else passage.theirs
    conflicts.sort(key=lambda conflict: (conflict.start_ms, conflict.end_ms))
    return Merged(tuple(_trim_overlaps(sort_cues(cues), (ours, theirs))), tuple(conflicts))


def _passages(
    base: Sequence[Cue],
    ours: Sequence[Cue],
    theirs: Sequence[Cue],
    to_ours: list[Pair],
    to_theirs: list[Pair],
) -> Iterator[_Passage]:
    """Yield the smallest passages in which all three versions begin and end with whole cues."""
    cuts = sorted(_borders(to_ours, len(base)) & _borders(to_theirs, len(base)))
    places = [(_place(to_ours, k, len(ours)), _place(to_theirs, k, len(theirs))) for k in cuts]
    for index, (o, t) in enumerate(places):
        if o[0] < o[1] or t[0] < t[1]:
            yield _Passage((), tuple(ours[slice(*o)]), tuple(theirs[slice(*t)]))
        if index + 1 < len(cuts):
            o2, t2 = places[index + 1]
            yield _Passage(
                tuple(base[cuts[index] : cuts[index + 1]]),
                tuple(ours[o[1] : o2[0]]),
                tuple(theirs[t[1] : t2[0]]),
            )


def _borders(pairs: list[Pair], count: int) -> set[int]:
    return {0, count} | {p.old_from for p in pairs} | {p.old_to for p in pairs}


def _place(pairs: list[Pair], cut: int, count: int) -> tuple[int, int]:
    """Return which new cues were inserted at this cut of the base."""
    kept = [p for p in pairs if p.old_from < p.old_to]
    index = bisect_left([p.old_from for p in kept], cut)
    before = kept[index - 1].new_to if index else 0
    return before, kept[index].new_from if index < len(kept) else count


def _resolve(passage: _Passage, retiming: Retiming) -> tuple[tuple[Cue, ...], bool]:
    """Return the cues to take for a passage, and whether the two sides disagree about it."""
    base, ours, theirs = passage.base, passage.ours, passage.theirs
    if ours in (base, theirs):
        return theirs, False
    if base and theirs == base:
        return ours, False
    retimed = _retime(ours, theirs, retiming)
    if not base:
        free = tuple(b for b in theirs if not any(overlap_ms(a, b) for a in retimed))
        return (*retimed, *free), free != theirs or not _keeps_duration(retimed, ours)
    if not theirs:
        return (retimed, True) if bare_text(ours) != bare_text(base) else ((), False)
    if bare_text(theirs) in (bare_text(base), bare_text(ours)):
        return retimed, False
    if [cue.text for cue in ours] == [cue.text for cue in base]:
        return (_with_texts(retimed, theirs) if len(ours) == len(theirs) else theirs), False
    return retimed, True


def _both_changed(passage: _Passage, retiming: Retiming) -> tuple[tuple[Cue, ...], list[Conflict]]:
    """Keep the person's cues, with the new draft's text where the person had changed nothing."""
    blended, disputes = transfer_text(passage.base, passage.ours, passage.theirs)
    retimed = _retime(blended, passage.theirs, retiming)
    conflicts = []
    for dispute in disputes:
        ours = retimed[dispute.ours_from : dispute.ours_to]
        place = ours or passage.theirs
        text = " ".join(one_line(cue.text) for cue in ours)
        conflicts.append(Conflict(place[0].start_ms, place[-1].end_ms, text, dispute.theirs))
    return tuple(cue for cue in retimed if cue.text), conflicts


def _retime(ours: tuple[Cue, ...], theirs: tuple[Cue, ...], retiming: Retiming) -> tuple[Cue, ...]:
    retimed = tuple(retiming.cue(cue) for cue in ours)
    if theirs and not all(cue.duration_ms > 0 for cue in retimed):
        return _share_time(ours, theirs[0].start_ms, theirs[-1].end_ms)
    return retimed


def _with_texts(times: tuple[Cue, ...], texts: tuple[Cue, ...]) -> tuple[Cue, ...]:
    return tuple(
        replace(text, start_ms=time.start_ms, end_ms=time.end_ms)
        for time, text in zip(times, texts, strict=True)
    )


def _share_time(cues: tuple[Cue, ...], start_ms: int, end_ms: int) -> tuple[Cue, ...]:
    """Share a stretch of time among the cues by the length of their texts."""
    sizes = [0, *accumulate(len(cue.text) for cue in cues)]
    at = [start_ms + (end_ms - start_ms) * size // sizes[-1] for size in sizes]
    return tuple(
        replace(cue, start_ms=a, end_ms=max(b, a + 1))
        for cue, (a, b) in zip(cues, pairwise(at), strict=True)
    )


def _keeps_duration(retimed: Sequence[Cue], before: Sequence[Cue]) -> bool:
    """Say whether the cues still have at least half of their duration at their new times."""
    return all(2 * a.duration_ms >= b.duration_ms for a, b in zip(retimed, before, strict=False))


def _has_room(taken: tuple[Cue, ...], before: tuple[Cue, ...], cues: Sequence[Cue]) -> bool:
    retimed = taken[: len(before)]
    free = all(overlap_ms(a, b) == 0 for a in retimed for b in cues)
    return free and _keeps_duration(retimed, before)


def _conflict(place: Sequence[Cue], passage: _Passage, *, kept: bool) -> Conflict:
    ours, theirs = (
        " ".join(one_line(cue.text) for cue in cues) for cues in (passage.ours, passage.theirs)
    )
    return Conflict(place[0].start_ms, place[-1].end_ms, ours, theirs, kept)


def _trim_overlaps(cues: list[Cue], sources: tuple[Sequence[Cue], ...]) -> list[Cue]:
    """End a cue where the next starts, if they overlap a little and did not in any version."""
    wholes = [frozenset(source) for source in sources]
    trimmed = cues[:1]
    for cue in cues[1:]:
        last = trimmed[-1]
        known = any(last in whole and cue in whole for whole in wholes)
        if not known and last.start_ms < cue.start_ms < last.end_ms <= cue.start_ms + _TRIM_MS:
            trimmed[-1] = replace(last, end_ms=cue.start_ms)
        trimmed.append(cue)
    return trimmed
