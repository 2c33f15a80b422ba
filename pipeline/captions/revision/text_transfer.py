"""Put a new draft's text into cues a person has cut their own way.

Where drafts are cut into cues differently, a whole passage hangs together though the person
corrected one cue of it. The other cues still take the new draft's text, character by character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from pipeline.captions.cues import Cue
from pipeline.captions.revision.alignment import align

__all__ = ["TextDispute", "transfer_text"]


@dataclass(frozen=True)
class TextDispute:
    """Cues `ours_from..ours_to` were changed by the person, and by the new draft to `theirs`."""

    ours_from: int
    ours_to: int
    theirs: str


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def transfer_text(
    base: Sequence[Cue], ours: Sequence[Cue], theirs: Sequence[Cue]
) -> tuple[tuple[Cue, ...], list[TextDispute]]:
    """Return `ours` with what `theirs` changed in cues the person left as they were in `base`.

    A cue whose text the new draft dropped is left with an empty text.
    """
    old, new = _one_string(base), _one_string(theirs)
    starts = _starts(base)
    edits = [
        _Edit(op.src_start, op.src_end, new[op.dest_start : op.dest_end])
        for op in Levenshtein.opcodes(old, new)
        if op.tag != "equal" and old[op.src_start : op.src_end].split() != (
            new[op.dest_start : op.dest_end].split()
        )
    ]  # fmt: skip
    merged = list(ours)
    disputes: list[TextDispute] = []
    for pair in align(base, ours):
        if pair.old_from == pair.old_to:
            continue
        start, end = starts[pair.old_from], starts[pair.old_to]
        inside = [e for e in edits if start <= e.start < end or (e.start < end and e.end > start)]
        if not inside:
            continue
        before, after = base[pair.old_from : pair.old_to], ours[pair.new_from : pair.new_to]
        if len(before) == len(after) == 1 and before[0].text == after[0].text:
            text = _applied(before[0].text, inside, start)
            merged[pair.new_from] = replace(after[0], text=text)
        else:
            new_text = _applied(old[start:end], inside, start)
            disputes.append(TextDispute(pair.new_from, pair.new_to, " ".join(new_text.split())))
    return tuple(merged), disputes


def _one_string(cues: Sequence[Cue]) -> str:
    return "".join(cue.text.replace("\n", " ") + " " for cue in cues)


def _starts(cues: Sequence[Cue]) -> list[int]:
    starts = [0]
    for cue in cues:
        starts.append(starts[-1] + len(cue.text) + 1)
    return starts


def _applied(text: str, edits: Sequence[_Edit], start: int) -> str:
    """Make the edits in a text that begins at `start`. Of one that begins before it, the text has
    gone to the cue before, and only what it takes away is left to do."""
    for edit in reversed(edits):
        at, to = max(edit.start - start, 0), max(edit.end - start, 0)
        added = edit.text if edit.start >= start else ""
        text = text[:at] + added + text[to:]
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
