"""Which sign-offs on a stage count, and the state they give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.i18n import _
from pipeline.repository.evidence import deputised, voices, withdrawn
from pipeline.repository.records import SubjectRecords
from pipeline.repository.tables import SignOffRow
from pipeline.stage import AnyStage
from pipeline.workflow.stage_state import StageState, Status

__all__ = [
    "apply_approvals", "bound_digests", "brought_by", "pending_registration", "signer_label",
    "signoffs_of", "valid_approvals", "voices_of",
]  # fmt: skip


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
    the version approved before again. One voice counts once, whoever gives it.
    """
    found: list[SignOffRow] = []
    for row in signoffs_of(own, stage):
        other = row.action == "approve" and bound_digests(row, stage, own) != signs
        if row.action == "send_back" or other:
            found.clear()
        elif row.action == "withdraw":
            found = [each for each in found if not _takes_back(row, each)]
        elif row.action == "approve":
            found = [each for each in found if not _replaces(row, each)] + [row]
    return tuple(found)


def _takes_back(withdrawal: SignOffRow, approval: SignOffRow) -> bool:
    if withdrawal.evidence is None:  # of an earlier version, where one withdrew one's own alone
        return withdrawal.person == approval.person
    return approval.id in withdrawn(withdrawal.evidence)


def _replaces(later: SignOffRow, earlier: SignOffRow) -> bool:
    if later.evidence is None:  # counted as it was counted when it was signed
        return later.person == earlier.person
    return bool(voices(later) & voices(earlier))


def voices_of(approvals: Sequence[SignOffRow]) -> tuple[str, ...]:
    """Return whose voices were given: the signers and those they stand for, in order."""
    given = (name for row in approvals for name in (row.person, deputised(row)) if name)
    return tuple(dict.fromkeys(given))


def signer_label(row: SignOffRow) -> str:
    """Name who signed, and in whose place."""
    giver = deputised(row)
    return f"{row.person}（代{giver}）" if giver else row.person


def pending_registration(state: StageState) -> SignOffRow | None:
    """Return the signature of the interviewee that somebody else must still confirm."""
    return state.last_signoff if state.registered_by else None


def brought_by(registration: SignOffRow) -> str:
    """Return who brought the signature, and so cannot confirm it: who registered the paper, or
    made the link."""
    return str((registration.evidence or {}).get("link_by") or registration.person)


def apply_approvals(state: StageState, own: SubjectRecords, needed: int) -> StageState:
    """Return the state of a stage that ran: done with enough approvals, else at its gate."""
    approvals = valid_approvals(own, state.stage, state.signs)
    state = replace(state, approvals=approvals, signers=voices_of(approvals))
    if len(approvals) >= needed:
        return replace(state, status=Status.DONE, since_ms=approvals[-1].at_ms)
    last = state.last_signoff
    if last is None:
        return replace(state, status=Status.GATE)
    since = max(state.since_ms, last.at_ms)
    current = bound_digests(last, state.stage, own) == state.signs
    paper = brought_by(last) if last.action == "register" and current else ""
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
            n=len(state.approvals), needed=needed,
            people=", ".join(map(signer_label, state.approvals)),
        )  # fmt: skip
    if last.action == "approve":
        return _("It was approved by {person}, but has changed since.").format(person=last.person)
    if last.action == "register" and not current:
        return _("{person} registered a signed paper, but it has changed since.").format(
            person=last.person
        )
    if last.action == "register" and last.via == "link":
        return _("{person} signed by link; one of the crew must confirm that it was them.").format(
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
