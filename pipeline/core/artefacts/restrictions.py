"""The restrictions: the passages withheld, and where interviewee and editor disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.core.artefacts.base import JsonArtefact, Record

__all__ = ["Action", "Conflict", "Restrictions", "WithheldPassage"]

Action = Literal["mask", "cut"]


@dataclass(frozen=True)
class Conflict:
    """A passage that both changed. `kept` says whether the person's text stands in the result:
    it cannot where the new draft has no such passage, because it was cut from the picture."""

    start_ms: int
    end_ms: int
    ours: str
    theirs: str
    kept: bool = True


class WithheldPassage(Record):
    """One passage of the episode. `action` None leaves it to the setting."""

    start_ms: int
    end_ms: int
    reason: str = ""
    action: Action | None = None

    def overlaps(self, start_ms: int, end_ms: int) -> bool:
        """Tell whether any of the span is withheld."""
        return self.start_ms < end_ms and start_ms < self.end_ms


class Restrictions(JsonArtefact):
    """`duration_ms` is the length of the episode, `language` a Whisper code, `conflicts` are those
    of the interviewee's correction with the editor's subtitles."""

    withheld: tuple[WithheldPassage, ...]
    duration_ms: int = 0
    language: str = "zh"
    conflicts: tuple[Conflict, ...] = ()
