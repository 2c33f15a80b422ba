"""What an interviewee does not want published, as passages: from their marks on the subtitles.

Passages asked for before stay, until the interviewee says of their words that they may be shown
after all. Subtitles marked one after the other make one passage, the pause between them included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.media.redaction import subtract_spans
from pipeline.review.drafts import DraftCue

__all__ = ["NO_REASON", "RedactionMark", "passages_to_withhold"]

RedactionMark = dict[str, Any]
"""A passage as a withholding request holds it: start_ms, end_ms, reason and perhaps action."""

NO_REASON = "受访者不愿公开"
_NOTHING = {"", "~", "null", "none", "无", "没有"}  # what a form reads as “not filled in”


def passages_to_withhold(
    cues: Mapping[str, DraftCue], earlier: Sequence[RedactionMark]
) -> list[RedactionMark]:
    """Return all passages to withhold, in order, none nearby another it did not before."""
    ordered = sorted(cues.values(), key=lambda cue: (cue.start_ms, cue.end_ms))
    kept = [part for passage in earlier for part in _what_stays(passage, ordered)]
    known = [(passage["start_ms"], passage["end_ms"]) for passage in kept]
    new = [
        {"start_ms": start_ms, "end_ms": end_ms, "reason": _reason(run)}
        for run in _runs(ordered)
        for start_ms, end_ms in subtract_spans(
            [(run[0].start_ms, max(c.end_ms for c in run))], known
        )
    ]
    return sorted([*kept, *new], key=lambda passage: (passage["start_ms"], passage["end_ms"]))


def _what_stays(passage: RedactionMark, ordered: Sequence[DraftCue]) -> Iterable[RedactionMark]:
    """Yield the parts of an earlier passage that are still not to be published."""
    nearby = [
        c for c in ordered if c.start_ms < passage["end_ms"] and passage["start_ms"] < c.end_ms
    ]
    shown = [(c.start_ms, c.end_ms) for c in nearby if c.answer == "publish"]
    if not shown:
        yield {key: value for key, value in passage.items() if value is not None}
        return
    for start_ms, end_ms in subtract_spans([(passage["start_ms"], passage["end_ms"])], shown):
        if any(
            c.answer != "publish" and c.start_ms < end_ms and start_ms < c.end_ms for c in nearby
        ):
            remaining = {**passage, "start_ms": start_ms, "end_ms": end_ms}
            yield {key: value for key, value in remaining.items() if value is not None}


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
    reasons = dict.fromkeys(" ".join(cue.reason.split()) for cue in run)
    return "；".join(r for r in reasons if r.strip().lower() not in _NOTHING) or NO_REASON
