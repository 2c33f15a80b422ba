"""The verification report of a film, and the master report, which is one of the master."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.core.artefacts.base import JsonArtefact, Record

__all__ = ["CheckResult", "Occurrence", "Result", "VerificationReport"]

Result = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Occurrence:
    """A place where a check found something. Times in milliseconds."""

    start_ms: int
    end_ms: int
    message: str


class CheckResult(Record):
    """One check: what was measured and what is allowed, as people read it, in Chinese."""

    name: str
    result: Result
    value: str
    limit: str
    findings: tuple[Occurrence, ...] = ()
    title: str


class VerificationReport(JsonArtefact):
    """Every check, and the worst of their results."""

    checks: tuple[CheckResult, ...]
    result: Result
