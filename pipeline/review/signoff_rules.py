"""What must hold before a signature is taken: the state, the person, the reason.

The functions named must_… raise SignOffError, saying what stands in the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

from sqlalchemy.orm import Session

from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.evidence import voices
from pipeline.repository.people import find_anybody, find_person, names_of
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.repository.tables import PersonRow, SignOffRow
from pipeline.review.deputies import delegated_roles
from pipeline.review.notes import notes
from pipeline.stage import AnyStage, Finding, Role
from pipeline.workflow.approvals import signer_label
from pipeline.workflow.executor import explain, find_state
from pipeline.workflow.production import Production
from pipeline.workflow.status import StageState, Status, field_arities

__all__ = [
    "SignoffCase", "deputy_reason", "findings", "must_be_crew", "must_be_free_of_errors",
    "must_be_open", "must_be_what_was_seen", "must_have_no_open_notes", "open_signoff",
    "require_reason", "signing_refusal", "signing_role",
]  # fmt: skip


def findings(production: Production, state: StageState) -> tuple[Finding, ...]:
    """Look at what the stage made, as its `check` does."""
    if state.stage.check is None or state.run is None:
        return ()
    outputs: dict[str, Any] = {}
    arity = field_arities(state.stage.makes)
    for field in dataclass_fields(state.stage.makes):
        paths = tuple(a.path for a in state.outputs if a.kind == field.name)
        outputs[field.name] = paths if arity[field.name] == "many" else next(iter(paths), None)
    settings = production.settings.only(state.stage.settings)
    return state.stage.check(state.stage.makes(**outputs), settings)


@dataclass(frozen=True)
class SignoffCase:
    """What lies before the person who is about to sign."""

    subject_id: int
    own: SubjectRecords
    state: StageState


def open_signoff(
    production: Production, session: Session, slug: str, stage: AnyStage
) -> SignoffCase:
    """Look at the stage as it stands inside this transaction."""
    subject = find_subject(session, slug)
    own, parent = load_records(session, subject)
    return SignoffCase(subject.id, own, find_state(production.derive(own, parent), stage))


def must_be_signed(stage: AnyStage) -> None:
    """Refuse a stage that the machine does."""
    if stage.signed_by is None:
        raise SignOffError(
            _("{stage} is done by the machine and needs no signature.").format(stage=stage.label)
        )


def must_be_open(session: Session, state: StageState, signer: PersonRow, giver: str = "") -> None:
    """Refuse what is automatic, not there yet, or signed already by this person or in the name of
    whom they stand for (`giver`): two signatures need two people and two voices."""
    must_be_signed(state.stage)
    used = names_of(session, signer)
    if giver:
        used |= names_of(session, find_anybody(session, giver))
    signed = [a for a in state.approvals if state.passed or voices(a) & used]
    if state.passed or signed:
        raise SignOffError(
            _("{stage} is already signed by {person}.").format(
                stage=state.stage.label,
                person=signer_label(signed[-1]) if signed else _("nobody"),
            )
        )
    if state.status is not Status.GATE:
        raise SignOffError(
            _("There is nothing to sign yet: {why}").format(why=explain(state)),
            remedy=_(
                "“chifeng produce” runs what can run; “chifeng status” shows what is missing."
            ),
        )


def must_be_what_was_seen(state: StageState, seen: list[list[str]] | None) -> None:
    """Refuse to sign another version than the one looked at."""
    if seen is not None and seen != state.signs:
        raise SignOffError(
            _("{stage} has changed since you looked at it.").format(stage=state.stage.label),
            remedy=_("Look at the new version, then sign."),
        )


def must_be_free_of_errors(production: Production, state: StageState) -> None:
    """Refuse what the stage's own check calls an error."""
    errors = [f for f in findings(production, state) if f.level == "error"]
    if errors:
        raise SignOffError(
            _("{stage} cannot be signed yet: {first}").format(
                stage=state.stage.label, first=errors[0].message
            ),
            remedy=_("{n} in all; “chifeng show {slug}” lists them.").format(
                n=len(errors), slug=state.subject.slug
            ),
        )


def must_have_no_open_notes(session: Session, state: StageState) -> None:
    """Refuse the final review while a note on the episode wants an answer."""
    if state.stage.slug != "final_review":
        return
    open_notes = [note for note in notes(session, state.subject.slug) if note.open]
    if open_notes:
        raise SignOffError(
            _("{n} notes are still open, the first by {person}: {text}").format(
                n=len(open_notes), person=open_notes[0].person, text=open_notes[0].text
            ),
            remedy=_("Resolve them, or waive them with a reason."),
        )


def must_be_crew(person: PersonRow) -> None:
    """Refuse somebody who is an interviewee alone."""
    if not set(person.roles) - {Role.INTERVIEWEE.value}:
        raise SignOffError(
            _("{person} is not of the crew.").format(person=person.name),
            remedy=_("A signed paper is registered by one of the crew and confirmed by another."),
        )


def signing_role(
    production: Production,
    session: Session,
    own: SubjectRecords,
    stage: AnyStage,
    signer: PersonRow,
    approvals: Sequence[SignOffRow] = (),
) -> tuple[str, str]:
    """Return the role the person signs in, and whose deputy they are in it (or nobody's).

    One's own role comes first; where several are away, one whose voice is not yet in `approvals`.
    """
    must_be_signed(stage)
    rule = production.settings.roles.stage[stage.slug]
    held_roles = [(role, "") for role in rule.roles if role in signer.roles]
    delegated = [
        (role, name) for role, name in delegated_roles(session, signer.name) if role in rule.roles
    ]
    given = {voice for row in approvals for voice in voices(row)}
    held_roles += sorted(delegated, key=lambda each: each[1] in given)
    if not held_roles:
        raise SignOffError(
            _("{person} may not sign {stage}.").format(person=signer.name, stage=stage.label),
            remedy=_("That is for: {roles}.").format(
                roles=", ".join(Role(role).label for role in rule.roles)
            ),
        )
    role, deputy_for = held_roles[0]
    if role == Role.INTERVIEWEE and signer.subject_id != (own.parent_id or own.id):
        raise SignOffError(
            _("{person} is not the interviewee of {slug}.").format(
                person=signer.name, slug=own.subject.slug
            ),
            remedy=_("This is for {name} alone.").format(name=own.subject.interviewee),
        )
    checked_stages = [s for s in production.stages if s.slug in rule.not_own_work_of]
    for name in (signer.name, deputy_for):
        if name:
            names = names_of(session, find_anybody(session, name))
            _must_not_be_own_work(own, checked_stages, name, names, stage)
    return role, deputy_for


def signing_refusal(
    production: Production, slug: str, stage: AnyStage, person: str
) -> SignOffError | None:
    """Return why a person may not sign the stage, or None where they may."""
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
        try:
            signing_role(production, session, own, stage, find_person(session, person))
        except SignOffError as error:
            return error
    return None


def deputy_reason(reason: str, deputy_for: str) -> str:
    """Note on whose behalf a deputy signs."""
    return f"代 {deputy_for}。{reason}" if deputy_for else reason


def _must_not_be_own_work(
    own: SubjectRecords, checked_stages: list[AnyStage], name: str, names: frozenset[str],
    stage: AnyStage,
) -> None:  # fmt: skip
    for checked in checked_stages:
        rows = [s for s in own.signoffs if s.stage == checked.slug and s.action == "approve"]
        needed = field_arities(checked.needs)
        corrected = any(
            d.person in names and KINDS[d.kind].revises and d.kind in needed for d in own.deposits
        )
        if corrected or (rows and voices(rows[-1]) & names):
            raise SignOffError(
                _("{person} did the work that {stage} checks, so somebody else must sign.").format(
                    person=name, stage=stage.label
                ),
                remedy=_("config/roles.toml says who may not check whom."),
            )


def require_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise SignOffError(
            _("A reason is needed."), remedy=_("Say why, so that others know what to do.")
        )
