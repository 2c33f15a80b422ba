"""The words of a verification: the film, a check, a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.captions.cues import Cue
from pipeline.media.redaction import RedactionPlan, Span
from pipeline.settings import SubtitleStyle

__all__ = ["Check", "Film", "Occurrence", "Result"]

Result = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Occurrence:
    """What a check saw, and where. Times in milliseconds."""

    start_ms: int
    end_ms: int
    message: str


@dataclass(frozen=True)
class Check:
    """One check with what was found, as people read it, and what is allowed."""

    name: str
    result: Result
    value: str
    limit: str
    findings: tuple[Occurrence, ...] = ()


@dataclass(frozen=True)
class Film:
    """What is verified: `path`, made from `picture` by burning in `cues`.

    `speech` is where somebody speaks, in the time of the film; `withheld` what was taken out on
    the way; `titles` where a title may stand on a black or still picture.
    """

    path: Path
    picture: Path
    cues: Sequence[Cue]
    speech: Sequence[Span]
    style: SubtitleStyle
    withheld: RedactionPlan
    titles: Sequence[Span] = ()
