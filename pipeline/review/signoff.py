"""The rules of approval, send-back and withdrawal.

Each appends a row to the sign-off chain (repository/signoff_chain.py); no row is ever changed.
Which signatures count is derived in workflow/status.py.

Longer than other modules: every act that appends to the sign-off chain is here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from pipeline.delivery.release import release_if_signed, update_releases
from pipeline.errors import ChifengError, NotFoundError, SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.evidence import Evidence, paper_handlers, voices
from pipeline.repository.people import find_interviewee, find_person, names_of
from pipeline.repository.signoff_chain import append
from pipeline.repository.tables import PersonRow, SignOffRow
from pipeline.review.doubtful_places import doubtful_places
from pipeline.review.paper_number import must_be_the_signed_version
from pipeline.review.signoff_rules import (
    SignoffCase,
    deputy_reason,
    findings,
    must_be_crew,
    must_be_free_of_errors,
    must_be_open,
    must_be_what_was_seen,
    must_have_no_open_notes,
    open_signoff,
    require_reason,
    signing_role,
)
from pipeline.review.terminal_signoff import Terminal, must_be_proven
from pipeline.stage import AnyStage, Role, Scope
from pipeline.workflow.approvals import pending_registration
from pipeline.workflow.executor import explain
from pipeline.workflow.ingest.deposits import deposit, take_back
from pipeline.workflow.production import Production

__all__ = [
    "approve", "confirm_paper", "findings", "register_paper", "register_scan", "send_back",
    "withdraw",
]  # fmt: skip


def approve(
    production: Production,
    slug: str,
    stage: AnyStage,
    person: str,
    *,
    via: str = "command line",
    reason: str = "",
    seen: list[list[str]] | None = None,
    evidence: Evidence | None = None,
    terminal: Terminal | None = None,
    on_release: Callable[[Path], object] | None = None,
) -> SignOffRow:
    """Sign what the stage shows now, and release an episode that is thereby complete.

    `seen` is what the person had before them ([kind, sha256], as StageState.signs gives it); if the
    stage shows something else by now, nothing is signed. `evidence` says how an interviewee came to
    sign at the desk; where one person had both link and code, the setting
    desk.confirm_signatures_by_link makes it wait for `confirm_paper` (the row's action is
    register). `terminal` says who ran the command, where it came from one. `on_release` gets the
    folder of a release. Raises SignOffError. Where the release fails (StorageError) or the process
    ends before it, the signature stands, and the episode's next flow run, `chifeng open` or
    `chifeng deliver` releases.
    """
    with production.ledger.write() as session:
        signer = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        approvals = case.state.approvals
        role, deputy_for = signing_role(production, session, case.own, stage, signer, approvals)
        must_be_open(session, case.state, signer, deputy_for)
        must_be_what_was_seen(case.state, seen)
        must_be_free_of_errors(production, case.state)
        must_have_no_open_notes(session, case.state)
        known = _known(deputy_for, evidence, terminal)
        if terminal is not None:
            must_be_proven(terminal, role, reason, case.own, case.state)
        places = doubtful_places(session, production.store, case.own, case.state.outputs)
        if places is not None:
            known["doubts"] = places.counts
        asks = production.settings.desk.confirm_signatures_by_link
        waits = evidence is not None and evidence.one_hand and asks
        row = append(
            session, case.subject_id, stage.slug, "register" if waits else "approve",
            person=signer.name, role=role, via=via, reason=deputy_reason(reason, deputy_for),
            digests=case.state.signs, evidence=known,
        )  # fmt: skip
    if stage.scope is Scope.INTERVIEWEE:  # a consent may have changed with it
        update_releases(production, slug)
        return row
    folder = release_if_signed(production, slug)
    if folder is not None and on_release is not None:
        on_release(folder)
    return row


def _known(deputy_for: str, evidence: Evidence | None, terminal: Terminal | None) -> dict[str, Any]:
    """Return what is kept of how a sign-off was given."""
    known: dict[str, Any] = {"deputy_for": deputy_for} if deputy_for else {}
    for source in (evidence, terminal):
        known |= source.as_dict() if source is not None else {}
    return known


def send_back(
    production: Production,
    slug: str,
    stage: AnyStage,
    to: AnyStage,
    person: str,
    reason: str,
    *,
    via: str = "command line",
    terminal: Terminal | None = None,
) -> SignOffRow:
    """Have an earlier stage done again, from the gate (or the release) of a later one.

    The earlier stage's own signature no longer counts; what depends on it follows from its result.
    Raises SignOffError.
    """
    if to.number > stage.number:
        raise SignOffError(
            _("{to} comes after {stage}.").format(to=to.label, stage=stage.label),
            remedy=_("Name the same or an earlier stage."),
        )
    require_reason(reason)
    with production.ledger.write() as session:
        signer = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        if case.state.run is None:
            raise SignOffError(
                _("There is nothing to send back yet: {why}").format(why=explain(case.state)),
                remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
            )
        approvals = case.state.approvals
        role, deputy_for = signing_role(production, session, case.own, stage, signer, approvals)
        target = case.subject_id
        if to.scope is not stage.scope and case.own.parent_id is not None:
            target = case.own.parent_id
        return append(
            session, target, to.slug, "send_back", person=signer.name, role=role, via=via,
            reason=deputy_reason(reason, deputy_for), digests=case.state.signs,
            from_stage=stage.slug, evidence=_known(deputy_for, None, terminal),
        )  # fmt: skip


def withdraw(
    production: Production,
    slug: str,
    stage: AnyStage,
    person: str,
    reason: str,
    *,
    via: str = "command line",
    terminal: Terminal | None = None,
) -> SignOffRow:
    """Take back one's own approval, one given in one's name by a deputy, or what one registered.

    That is: what one signed oneself, also as a deputy; what a deputy signed for one; the paper of
    an interviewee that one registered or confirmed. Raises SignOffError where there is none.
    """
    require_reason(reason)
    with production.ledger.write() as session:
        signer = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        names = names_of(session, signer)
        pending = pending_registration(case.state)
        rows = [*case.state.approvals, *([pending] if pending is not None else [])]
        own = [row for row in rows if _may_withdraw(session, case, signer, names, row)]
        if not own:
            raise SignOffError(
                _("{person} has no approval on {stage}.").format(
                    person=signer.name, stage=stage.label
                ),
                remedy=_("“chifeng history {slug}” shows who signed what.").format(slug=slug),
            )
        role = own[-1].role if own[-1].person in names else next(iter(signer.roles), own[-1].role)
        return append(
            session, case.subject_id, stage.slug, "withdraw", person=signer.name, role=role,
            via=via, reason=reason, digests=own[-1].digests,
            evidence={"withdraws": [row.id for row in own], **_known("", None, terminal)},
        )  # fmt: skip


def _may_withdraw(
    session: Session, case: SignoffCase, signer: PersonRow, names: frozenset[str], row: SignOffRow
) -> bool:
    """Tell whether a signature is this person's to take back."""
    if row.role == Role.INTERVIEWEE.value:
        interviewee = find_interviewee(session, case.subject_id)
        if interviewee is not None and interviewee.id == signer.id:
            return True
        return bool(names & paper_handlers(row))
    return bool(names & (voices(row) | paper_handlers(row)))


def register_paper(
    production: Production, slug: str, stage: AnyStage, scan: str, person: str, *, number: str,
    terminal: Terminal | None = None,
) -> SignOffRow:  # fmt: skip
    """Register that the interviewee signed on paper; it counts once another person confirms it.

    `scan` is the digest of the deposited signed_paper, `number` what stands on the paper (稿号).
    Raises SignOffError, also where the paper shows other words than those to be approved.
    """
    with production.ledger.write() as session:
        registrar = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        if Role.INTERVIEWEE not in production.settings.roles.stage[stage.slug].roles:
            raise SignOffError(
                _("{stage} is not signed on paper.").format(stage=stage.label),
                remedy=_("Paper is for what the interviewee signs."),
            )
        _must_be_open_for_interviewee(session, case)
        must_be_crew(registrar)
        must_be_the_signed_version(case.own, case.state, number)
        if not any(d.kind == "signed_paper" and d.sha256 == scan for d in case.own.deposits):
            raise SignOffError(
                _("The scan of the signed paper was not deposited."),
                remedy=_("Deposit it first: chifeng deposit {slug} signed_paper FILE.").format(
                    slug=slug
                ),
            )
        must_be_free_of_errors(production, case.state)
        return append(
            session, case.subject_id, stage.slug, "register", person=registrar.name,
            role=registrar.roles[0], via="paper",
            reason=f"signed_paper {scan}" + (f", 稿号 {number.strip()}" if number.strip() else ""),
            digests=case.state.signs,
            evidence={"registered_by": registrar.name, **_known("", None, terminal)},
        )  # fmt: skip


def register_scan(
    production: Production, slug: str, stage: AnyStage, scan: Path, person: str, *, number: str,
    terminal: Terminal | None = None,
) -> SignOffRow:  # fmt: skip
    """Deposit the scan of a signed paper and register it; a refusal takes the deposit back."""
    kind = KINDS["signed_paper"]
    (deposited,) = deposit(production, slug, kind, scan, person)
    try:
        return register_paper(
            production, slug, stage, deposited.sha256, person, number=number, terminal=terminal
        )
    except ChifengError:
        if deposited.new:
            take_back(production, slug, kind, deposited.sha256, person)
        raise


def confirm_paper(
    production: Production, slug: str, stage: AnyStage, person: str,
    *, terminal: Terminal | None = None,
) -> SignOffRow:  # fmt: skip
    """Confirm what another person registered: the interviewee's approval counts from now on.

    It is a signed paper, or a signature that came by a link which one person made and knew the code
    of. Raises SignOffError where nothing is registered for what the stage shows now.
    """
    with production.ledger.write() as session:
        confirmer = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        _must_be_open_for_interviewee(session, case)
        must_be_crew(confirmer)
        last = pending_registration(case.state)
        if last is None:
            raise SignOffError(
                _("No signed paper is registered for {stage} as it is now.").format(
                    stage=stage.label
                ),
                remedy=_("Register it first; another person then confirms it."),
            )
        first = case.state.registered_by
        if first in names_of(session, confirmer):
            raise SignOffError(
                _("{person} made the link, so somebody else must confirm the signature.").format(
                    person=confirmer.name
                )
                if last.via == "link"
                else _("{person} registered the paper, so somebody else must confirm it.").format(
                    person=confirmer.name
                )
            )
        interviewee = find_interviewee(session, case.subject_id)
        row = append(
            session, case.subject_id, stage.slug, "approve",
            person=interviewee.name if interviewee else case.own.subject.interviewee,
            role=Role.INTERVIEWEE.value, via=last.via, digests=case.state.signs,
            reason=f"{first} + {confirmer.name}; {last.reason}",
            evidence={
                **(last.evidence or {"registered_by": first}), "confirmed_by": confirmer.name,
                **({"confirmed_by_user": terminal.system_user} if terminal else {}),
            },
        )  # fmt: skip
    release_if_signed(production, slug)
    return row


def _must_be_open_for_interviewee(session: Session, case: SignoffCase) -> None:
    interviewee = find_interviewee(session, case.subject_id)
    if interviewee is None:
        raise NotFoundError(
            _("There is no person who is the interviewee of {slug}.").format(
                slug=case.own.subject.slug
            )
        )
    must_be_open(session, case.state, interviewee)
