"""The film under verification, the checks and their occurrences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.captions.cues import Cue
from pipeline.core.artefacts.verification_report import Occurrence, Result
from pipeline.media.redaction import RedactionPlan, Span
from pipeline.settings import SubtitleStyle

__all__ = ["Check", "Film", "Occurrence", "Result", "at_cues", "pass_or_fail"]


@dataclass(frozen=True)
class Check:
    """The result of one check, with the measured and the allowed value as text.

    How to add a check:

    1. Write a function that returns a Check: in `checks` if it compares a measurement or the cues
       with a limit, in `visual_checks` if it compares pictures or sound, in `master_checks` if it
       concerns the master only, in `recording_checks` for originals.
    2. Add its limit to config/verification.toml and to `Verification` in pipeline/settings.py.
    3. Call it in `verify` or `check_measurements`, in the order in which checks are read.
    4. Add its title to `CHECK_TITLES` in `report`, and the translation to pipeline/locale/zh.
    5. Add it to `NEVER_ACCEPTABLE` if the technician must not accept its failure.
    """

    name: str
    result: Result
    value: str
    limit: str
    findings: tuple[Occurrence, ...] = ()


@dataclass(frozen=True)
class Film:
    """A film `path` to verify, made from `picture` by burning in `cues`.

    `speech` are the spans of speech in the time of the film; `withheld` is its redaction; `titles`
    are the spans in which a title may have a black or still picture.
    """

    path: Path
    picture: Path
    cues: Sequence[Cue]
    speech: Sequence[Span]
    style: SubtitleStyle
    withheld: RedactionPlan
    titles: Sequence[Span] = ()


def pass_or_fail(name: str, passed: bool, value: str, limit: str) -> Check:
    """Return a check without occurrences that passes or fails."""
    return Check(name, "pass" if passed else "fail", value, limit)


def at_cues(cues: Iterable[Cue], message: str) -> tuple[Occurrence, ...]:
    """Return an occurrence with this message at each cue."""
    return tuple(Occurrence(cue.start_ms, cue.end_ms, message) for cue in cues)
