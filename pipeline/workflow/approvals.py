"""Which sign-offs on a stage count, and the state they give it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords
from pipeline.repository.tables import SignOffRow
from pipeline.stage import AnyStage
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["apply_approvals", "bound_digests", "signoffs_of", "valid_approvals"]


def signoffs_of(own: SubjectRecords, stage: AnyStage) -> list[SignOffRow]:
    """Return the sign-offs of one stage, oldest first."""
    return [s for s in own.signoffs if s.stage == stage.slug]


def bound_digests(row: SignOffRow, stage: AnyStage, own: SubjectRecords) -> list[list[str]]:
    """Return what a sign-off was made upon, as [kind, sha256], sorted.

    One that names no file of a kind that the stage signs by now (`Stage.signs`) was made by an
    earlier version of the program; what lay there then is known from the run it approved.
    """
    named = {kind for kind, _sha256 in row.digests}
    unnamed = [kind for kind in stage.signs if kind not in named]
    if not unnamed:
        return row.digests
    runs = [r for r in own.runs if r.stage == stage.slug and r.finished_ms <= row.at_ms]
    for run in reversed(runs):
        if all([o.kind, o.sha256] in row.digests for o in run.outputs):
            seen = [[kind, sha256] for kind, sha256, _name in run.inputs if kind in unnamed]
            return sorted([*row.digests, *seen])
    return row.digests


def valid_approvals(
    own: SubjectRecords, stage: AnyStage, signs: list[list[str]]
) -> tuple[SignOffRow, ...]:
    """Return the approvals that count: of exactly these digests, neither withdrawn nor sent back.

    An approval of another version voids every approval before it for good, even if the stage shows
    the version approved before again.
    """
    found: dict[str, SignOffRow] = {}
    for row in signoffs_of(own, stage):
        other = row.action == "approve" and bound_digests(row, stage, own) != signs
        if row.action == "send_back" or other:
            found.clear()
        elif row.action in ("withdraw", "approve"):
            found.pop(row.person, None)
            if row.action == "approve":
                found[row.person] = row
    return tuple(found.values())


def apply_approvals(state: StageState, own: SubjectRecords, needed: int) -> StageState:
    """Return the state of a stage that ran: done with enough approvals, else at its gate."""
    approvals = valid_approvals(own, state.stage, state.signs)
    state = replace(state, approvals=approvals, signers=tuple(row.person for row in approvals))
    if len(approvals) >= needed:
        return replace(state, status=Status.DONE, since_ms=approvals[-1].at_ms)
    last = state.last_signoff
    if last is None:
        return replace(state, status=Status.GATE)
    since = max(state.since_ms, last.at_ms)
    current = bound_digests(last, state.stage, own) == state.signs
    paper = last.person if last.action == "register" and current else ""
    return replace(
        state, status=Status.GATE, since_ms=since, registered_by=paper,
        reason=_gate_reason(state, last, needed, current),
    )  # fmt: skip


def _gate_reason(state: StageState, last: SignOffRow, needed: int, current: bool) -> str:
    """Say why a stage that somebody signed, or sent back, is open.

    `current` tells whether the last sign-off was made upon what the stage shows now.
    """
    if state.approvals:
        return _("{n} of {needed} signatures: {people}.").format(
            n=len(state.approvals), needed=needed, people=", ".join(state.signers)
        )  # fmt: skip
    if last.action == "approve":
        return _("It was approved by {person}, but has changed since.").format(person=last.person)
    if last.action == "register" and not current:
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
