"""Say what changed between two versions of subtitles, down to the character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from pipeline.captions.cues import Cue, clock, one_line
from pipeline.captions.revision.alignment import align, bare_text
from pipeline.i18n import _

__all__ = [
    "Change",
    "Piece",
    "change_label",
    "changes",
    "markdown",
    "pieces",
    "time_range",
]

Piece = tuple[Literal["same", "gone", "new"], str]
"""A stretch of text that stayed, went or came."""


@dataclass(frozen=True)
class Change:
    """What became of some cues. `kind` is what a person did: corrected the text, moved the times,
    added, removed, split or joined cues, or broke their lines elsewhere."""

    kind: Literal["text", "time", "added", "removed", "split", "joined", "lines"]
    old: tuple[Cue, ...]
    new: tuple[Cue, ...]

    @property
    def start_ms(self) -> int:
        """Return where to look, in the new version if it is there."""
        return (self.new or self.old)[0].start_ms

    @property
    def end_ms(self) -> int:
        """Return where the passage ends."""
        return (self.new or self.old)[-1].end_ms

    @property
    def old_text(self) -> str:
        """Return the old text on one line."""
        return " ".join(one_line(cue.text) for cue in self.old)

    @property
    def new_text(self) -> str:
        """Return the new text on one line."""
        return " ".join(one_line(cue.text) for cue in self.new)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the difference of the texts by characters."""
        return pieces(self.old_text, self.new_text)


def changes(old: Sequence[Cue], new: Sequence[Cue]) -> list[Change]:
    """Return what differs between two versions, in order of the new one; nothing if equal."""
    found = []
    for pair in align(old, new):
        before = tuple(old[pair.old_from : pair.old_to])
        after = tuple(new[pair.new_from : pair.new_to])
        if before != after:
            found.append(Change(_kind(before, after), before, after))
    return found


def _kind(
    old: tuple[Cue, ...], new: tuple[Cue, ...]
) -> Literal["text", "time", "added", "removed", "split", "joined", "lines"]:
    if not old:
        return "added"
    if not new:
        return "removed"
    if bare_text(old) != bare_text(new):
        return "text"
    if len(old) != len(new):
        return "split" if len(new) > len(old) else "joined"
    return "time" if [c.text for c in old] == [c.text for c in new] else "lines"


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return how one text becomes the other; what goes stands before what comes."""
    found: list[Piece] = []
    removed = added = ""
    for operation in [*Levenshtein.opcodes(old, new), None]:
        if operation is not None and operation.tag != "equal":
            removed += old[operation.src_start : operation.src_end]
            added += new[operation.dest_start : operation.dest_end]
            continue
        found += [("gone", removed)] if removed else []
        found += [("new", added)] if added else []
        removed = added = ""
        if operation is not None:
            found.append(("same", old[operation.src_start : operation.src_end]))
    return tuple(found)


def markdown(found: Sequence[Change]) -> str:
    """Return the changes as a Markdown table; empty without any."""
    if not found:
        return ""
    rows = [
        f"| {_('Time')} | {_('Change')} | {_('Before')} | {_('After')} |",
        "| --- | --- | --- | --- |",
    ]
    for change in found:
        before = "".join(
            f"~~{_cell(text)}~~" if kind == "gone" else _cell(text)
            for kind, text in change.pieces
            if kind != "new"
        )
        after = "".join(
            f"**{_cell(text)}**" if kind == "new" else _cell(text)
            for kind, text in change.pieces
            if kind != "gone"
        )
        if change.kind == "time":
            before, after = time_range(change.old), f"{time_range(change.new)} {after}"
        rows.append(f"| {clock(change.start_ms)} | {change_label(change)} | {before} | {after} |")
    return "\n".join(rows) + "\n"


def change_label(change: Change) -> str:
    """Say in the reader's language what kind of change it is."""
    return {
        "text": _("text corrected"),
        "time": _("times moved"),
        "added": _("added"),
        "removed": _("removed"),
        "split": _("split"),
        "joined": _("joined"),
        "lines": _("lines broken elsewhere"),
    }[change.kind]


def time_range(cues: tuple[Cue, ...]) -> str:
    """Return from when to when the cues are."""
    return f"{clock(cues[0].start_ms)}–{clock(cues[-1].end_ms)}"


def _cell(text: str) -> str:
    for mark in "\\`*_~|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text
