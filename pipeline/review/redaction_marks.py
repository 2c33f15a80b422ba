"""What an interviewee does not want published, as passages: from their marks on the subtitles.

Passages asked for before stay, until the interviewee says of their words that they may be shown
after all. Subtitles marked one after the other make one passage, the pause between them included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.media.redaction import without
from pipeline.review.drafts import DraftCue

__all__ = ["NO_REASON", "RedactionMark", "passages_to_withhold"]

RedactionMark = dict[str, Any]
"""A passage as a withholding request holds it: start_ms, end_ms, reason and perhaps action."""

NO_REASON = "受访者不愿公开"
_NOTHING = {"", "~", "null", "none", "无", "没有"}  # what a form reads as “not filled in”


def passages_to_withhold(
    cues: Mapping[str, DraftCue], earlier: Sequence[RedactionMark]
) -> list[RedactionMark]:
    """Return all passages to withhold, in order, none overlapping another it did not before."""
    ordered = sorted(cues.values(), key=lambda cue: (cue.start_ms, cue.end_ms))
    kept = [piece for wish in earlier for piece in _what_stays(wish, ordered)]
    known = [(wish["start_ms"], wish["end_ms"]) for wish in kept]
    new = [
        {"start_ms": start_ms, "end_ms": end_ms, "reason": _reason(run)}
        for run in _runs(ordered)
        for start_ms, end_ms in without([(run[0].start_ms, max(c.end_ms for c in run))], known)
    ]
    return sorted([*kept, *new], key=lambda wish: (wish["start_ms"], wish["end_ms"]))


def _what_stays(wish: RedactionMark, ordered: Sequence[DraftCue]) -> Iterable[RedactionMark]:
    """Yield the parts of an earlier passage that are still not to be published."""
    here = [c for c in ordered if c.start_ms < wish["end_ms"] and wish["start_ms"] < c.end_ms]
    shown = [(c.start_ms, c.end_ms) for c in here if c.answer == "publish"]
    if not shown:
        yield {key: value for key, value in wish.items() if value is not None}
        return
    for start_ms, end_ms in without([(wish["start_ms"], wish["end_ms"])], shown):
        if any(c.answer != "publish" and c.start_ms < end_ms and start_ms < c.end_ms for c in here):
            left = {**wish, "start_ms": start_ms, "end_ms": end_ms}
            yield {key: value for key, value in left.items() if value is not None}


def _runs(ordered: Sequence[DraftCue]) -> list[list[DraftCue]]:
    runs: list[list[DraftCue]] = []
    open_run = False
    for cue in ordered:
        if cue.answer != "withhold":
            open_run = False
            continue
        if not open_run:
            runs.append([])
        runs[-1].append(cue)
        open_run = True
    return runs


def _reason(run: Sequence[DraftCue]) -> str:
    said = dict.fromkeys(" ".join(cue.reason.split()) for cue in run)
    return "；".join(r for r in said if r.strip().lower() not in _NOTHING) or NO_REASON
