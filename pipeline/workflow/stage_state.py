"""The state of one stage of one subject, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.repository.tables import RunRow, SignOffRow
from pipeline.stage import AnyStage, Artefact, Subject

__all__ = ["StageState", "StageSummary", "Status", "is_released"]


class Status(StrEnum):
    """The status of a stage."""

    WAITS = "waits"  # for an earlier stage
    DEPOSIT = "deposit"  # for material a person brings
    REFUSED = "refused"  # by the consent
    READY = "ready"  # to run
    FAILED = "failed"  # and would run again when asked
    GATE = "gate"  # ran, and waits for its sign-off
    DONE = "done"  # ran, or is signed


@dataclass(frozen=True)
class StageSummary:
    """The state of one stage of one subject, as a board shows it.

    `missing` names the kinds it waits for; `reason` says in words what else there is to know;
    `signers` are those whose approvals count. `since_ms` is when the present status began, Unix
    milliseconds. `registered_by` brought a paper that the interviewee signed, which somebody else
    must confirm.
    """

    stage: AnyStage
    subject: Subject
    status: Status
    missing: tuple[str, ...] = ()
    reason: str = ""
    since_ms: int = 0
    signers: tuple[str, ...] = ()
    registered_by: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether later stages may use what this one made."""
        return self.status is Status.DONE


@dataclass(frozen=True)
class StageState(StageSummary):
    """A summary with everything it is derived from.

    `inputs` and `key` are set once nothing is missing, `run` and `outputs` once it ran.
    `last_signoff` is the latest there is, `approvals` those that count.
    """

    key: str = ""
    inputs: tuple[Artefact, ...] = ()
    needs: Any = None
    run: RunRow | None = None
    outputs: tuple[Artefact, ...] = ()
    approvals: tuple[SignOffRow, ...] = ()
    last_signoff: SignOffRow | None = None

    @property
    def summary(self) -> StageSummary:
        """Return what a board shows of it."""
        return StageSummary(
            self.stage, self.subject, self.status, self.missing, self.reason, self.since_ms,
            self.signers, self.registered_by,
        )  # fmt: skip

    @property
    def approval(self) -> SignOffRow | None:
        """Return the sign-off that completed the stage, if it is complete."""
        return self.approvals[-1] if self.approvals and self.passed else None

    @property
    def signs(self) -> list[list[str]]:
        """List what a signature here binds to, as [kind, sha256], sorted."""
        seen = (a for a in self.inputs if a.kind in self.stage.signs)
        return sorted([a.kind, a.sha256] for a in (*seen, *self.outputs))


def is_released(states: list[StageState]) -> bool:
    """Tell whether these are an episode's states and the last of them is signed."""
    last = states[-1]
    return last.subject.number > 0 and last.passed and last.approval is not None
