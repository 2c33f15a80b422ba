"""Which sign-offs on a stage count, and the state they give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords
from pipeline.repository.tables import SignOffRow
from pipeline.stage import AnyStage
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["apply_approvals", "signoffs_of", "valid_approvals"]


def signoffs_of(own: SubjectRecords, stage: AnyStage) -> list[SignOffRow]:
    """Return the sign-offs of one stage, oldest first."""
    return [s for s in own.signoffs if s.stage == stage.slug]


def valid_approvals(
    signoffs: Sequence[SignOffRow], signs: list[list[str]]
) -> tuple[SignOffRow, ...]:
    """Return the approvals that count: of exactly these digests, neither withdrawn nor sent back.

    An approval of another version voids every approval before it for good, even if the stage shows
    the version approved before again.
    """
    found: dict[str, SignOffRow] = {}
    for row in signoffs:
        if row.action == "send_back" or (row.action == "approve" and row.digests != signs):
            found.clear()
        elif row.action in ("withdraw", "approve"):
            found.pop(row.person, None)
            if row.action == "approve":
                found[row.person] = row
    return tuple(found.values())


def apply_approvals(state: StageState, signoffs: Sequence[SignOffRow], needed: int) -> StageState:
    """Return the state of a stage that ran: done with enough approvals, else at its gate."""
    approvals = valid_approvals(signoffs, state.signs)
    state = replace(state, approvals=approvals, signers=tuple(row.person for row in approvals))
    if len(approvals) >= needed:
        return replace(state, status=Status.DONE, since_ms=approvals[-1].at_ms)
    last = state.last_signoff
    if last is None:
        return replace(state, status=Status.GATE)
    since = max(state.since_ms, last.at_ms)
    paper = last.person if last.action == "register" and last.digests == state.signs else ""
    return replace(
        state, status=Status.GATE, since_ms=since, reason=_gate_reason(state, last, needed),
        registered_by=paper,
    )  # fmt: skip


def _gate_reason(state: StageState, last: SignOffRow, needed: int) -> str:
    """Say why a stage that somebody signed, or sent back, is open."""
    if state.approvals:
        return _("{n} of {needed} signatures: {people}.").format(
            n=len(state.approvals), needed=needed, people=", ".join(state.signers)
        )  # fmt: skip
    if last.action == "approve":
        return _("It was approved by {person}, but has changed since.").format(person=last.person)
    if last.action == "register" and last.digests != state.signs:
        return _("{person} registered a signed paper, but it has changed since.").format(
            person=last.person
        )
    if last.action == "register":
        return _("{person} registered the signed paper; another must confirm it.").format(
            person=last.person
        )
    if last.action == "withdraw":
        return _("{person} withdrew the approval: {reason}").format(
            person=last.person, reason=last.reason
        )
    return _("{person} sent it back: {reason}").format(person=last.person, reason=last.reason)
