"""The review decision: exactly what the leader's signature passes."""

from __future__ import annotations

from typing import Literal

from pipeline.core.artefacts.base import JsonArtefact, Record
from pipeline.core.artefacts.restrictions import Action, WithheldPassage
from pipeline.core.artefacts.verification_report import Result

__all__ = ["Condition", "ReviewDecision"]


class Condition(Record):
    """What the final revision must do before the release.

    `withhold` has the passage, in milliseconds, `resolve` the name of the check that failed.
    """

    do: Literal["burn_interviewee_subtitles", "withhold", "resolve"]
    start_ms: int | None = None
    end_ms: int | None = None
    action: Action | None = None
    check: str = ""


class ReviewDecision(JsonArtefact):
    """`passes` holds the SHA-256 of each file passed, by its kind; `subject` is the episode's
    slug, `verification` the result of the verification."""

    subject: str = ""
    passes: dict[str, str]
    withheld: tuple[WithheldPassage, ...] = ()
    verification: Result = "pass"
    conditions: tuple[Condition, ...] = ()
