"""The rules of approval, send-back and withdrawal.

Rows are only ever added. Each carries the hash of the row before it, so that a row changed, removed
or put in between shows. What a signature is worth today is derived in survey.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields as dataclass_fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import SignOffError
from pipeline.facts import Facts, find_person, find_subject, gather
from pipeline.home import Production
from pipeline.i18n import _
from pipeline.ledger import now_ms
from pipeline.models import PersonRow, SignOffRow
from pipeline.perform import explain
from pipeline.stage import AnyStage, Finding, Role
from pipeline.survey import StageState, Status, fields, survey

__all__ = ["approve", "chain_hash", "findings", "send_back", "verify_chain", "withdraw"]

_GENESIS = "0" * 64


def approve(
    production: Production,
    slug: str,
    stage: AnyStage,
    person: str,
    *,
    via: str = "command line",
    reason: str = "",
    seen: list[list[str]] | None = None,
) -> SignOffRow:
    """Sign what the stage shows now.

    `seen` is what the person had before them ([kind, sha256], as StageState.signs gives it); if the
    stage shows something else by now, nothing is signed. Raises SignOffError.
    """
    with production.ledger.write() as session:
        signer = find_person(session, person)
        subject = find_subject(session, slug)
        own, parent = gather(session, subject)
        state = _find(_survey(production, own, parent), stage, slug)
        _must_be_open(state)
        if seen is not None and seen != state.signs:
            raise SignOffError(
                _("{stage} has changed since you looked at it.").format(stage=stage.label),
                remedy=_("Look at the new version, then sign."),
            )
        role = _role(production, own, stage, signer)
        errors = [f for f in findings(production, state) if f.level == "error"]
        if errors:
            raise SignOffError(
                _("{stage} cannot be signed yet: {first}").format(
                    stage=stage.label, first=errors[0].message
                ),
                remedy=_("{n} in all; “chifeng show {slug}” lists them.").format(
                    n=len(errors), slug=slug
                ),
            )
        return _append(
            session, subject.id, stage, "approve", signer.name, role, via, reason, state.signs
        )


def send_back(
    production: Production,
    slug: str,
    stage: AnyStage,
    to: AnyStage,
    person: str,
    reason: str,
    *,
    via: str = "command line",
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
    _need_reason(reason)
    with production.ledger.write() as session:
        signer = find_person(session, person)
        subject = find_subject(session, slug)
        own, parent = gather(session, subject)
        state = _find(_survey(production, own, parent), stage, slug)
        if state.run is None:
            raise SignOffError(
                _("There is nothing to send back yet: {why}").format(why=explain(state)),
                remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
            )
        role = _role(production, own, stage, signer)
        target = subject.id
        if to.scope is not stage.scope and own.parent_id is not None:
            target = own.parent_id
        return _append(
            session, target, to, "send_back", signer.name, role, via, reason, state.signs,
            from_stage=stage.slug,
        )  # fmt: skip


def withdraw(
    production: Production,
    slug: str,
    stage: AnyStage,
    person: str,
    reason: str,
    *,
    via: str = "command line",
) -> SignOffRow:
    """Take one's own approval back. Raises SignOffError where there is none of this person's."""
    _need_reason(reason)
    with production.ledger.write() as session:
        signer = find_person(session, person)
        subject = find_subject(session, slug)
        own, parent = gather(session, subject)
        state = _find(_survey(production, own, parent), stage, slug)
        approval = state.last_signoff
        if approval is None or approval.action != "approve" or approval.person != signer.name:
            raise SignOffError(
                _("{person} has no approval on {stage}.").format(
                    person=signer.name, stage=stage.label
                ),
                remedy=_("“chifeng history {slug}” shows who signed what.").format(slug=slug),
            )
        return _append(
            session, subject.id, stage, "withdraw", signer.name, approval.role, via, reason,
            approval.digests,
        )  # fmt: skip


def findings(production: Production, state: StageState) -> tuple[Finding, ...]:
    """Look at what the stage made, as its `check` does."""
    if state.stage.check is None or state.run is None:
        return ()
    shown: dict[str, Any] = {}
    arity = fields(state.stage.makes)
    for field in dataclass_fields(state.stage.makes):
        paths = tuple(a.path for a in state.outputs if a.kind == field.name)
        shown[field.name] = paths if arity[field.name] == "many" else next(iter(paths), None)
    settings = production.settings.only(state.stage.settings)
    return state.stage.check(state.stage.makes(**shown), settings)


def verify_chain(session: Session) -> int:
    """Recompute the chain and return how many rows it has.

    Raises SignOffError naming the first row that does not fit.
    """
    previous = _GENESIS
    count = 0
    for row in session.scalars(select(SignOffRow).order_by(SignOffRow.id)):
        count += 1
        if row.id != count or row.previous_hash != previous or row.hash != chain_hash(row):
            raise SignOffError(
                _("The record of sign-offs was tampered with at entry {n}.").format(n=count),
                remedy=_("Compare the ledger with its backups."),
            )
        previous = row.hash
    return count


def chain_hash(row: SignOffRow) -> str:
    """Return the SHA-256 over everything in the row and the hash of the one before."""
    columns = {c.key: getattr(row, c.key) for c in SignOffRow.__table__.columns if c.key != "hash"}
    return hashlib.sha256(
        json.dumps(columns, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def _append(
    session: Session, subject_id: int, stage: AnyStage, action: str, person: str, role: str,
    via: str, reason: str, digests: list[list[str]], from_stage: str = "",
) -> SignOffRow:  # fmt: skip
    last = session.scalar(select(SignOffRow).order_by(SignOffRow.id.desc()).limit(1))
    row = SignOffRow(
        id=last.id + 1 if last else 1, subject_id=subject_id, stage=stage.slug, action=action,
        digests=digests, person=person, role=role, via=via, reason=reason, from_stage=from_stage,
        at_ms=now_ms(), previous_hash=last.hash if last else _GENESIS,
    )  # fmt: skip
    row.hash = chain_hash(row)
    session.add(row)
    return row


def _survey(production: Production, own: Facts, parent: Facts | None) -> list[StageState]:
    return survey(
        production.stages, own, parent, production.settings, production.store,
        production.consent_look(),
    )  # fmt: skip


def _find(states: list[StageState], stage: AnyStage, slug: str) -> StageState:
    for state in states:
        if state.stage.slug == stage.slug:
            return state
    raise SignOffError(
        _("{stage} is not a stage of {slug}.").format(stage=stage.label, slug=slug),
        remedy=_("Stages 1 to 3 belong to an interviewee, 4 to 12 to an episode (NAME/01)."),
    )


def _must_be_open(state: StageState) -> None:
    if state.stage.signed_by is None:
        raise SignOffError(
            _("{stage} is done by the machine and needs no signature.").format(
                stage=state.stage.label
            )
        )
    if state.approval is not None:
        raise SignOffError(
            _("{stage} is already signed by {person}.").format(
                stage=state.stage.label, person=state.approval.person
            )
        )
    if state.status is not Status.GATE:
        raise SignOffError(
            _("There is nothing to sign yet: {why}").format(why=explain(state)),
            remedy=_(
                "“chifeng produce” runs what can run; “chifeng status” shows what is missing."
            ),
        )


def _role(production: Production, own: Facts, stage: AnyStage, signer: PersonRow) -> str:
    rule = production.settings.roles.stage[stage.slug]
    role = next((role for role in rule.roles if role in signer.roles), None)
    if role is None:
        raise SignOffError(
            _("{person} may not sign {stage}.").format(person=signer.name, stage=stage.label),
            remedy=_("That is for: {roles}.").format(
                roles=", ".join(Role(role).label for role in rule.roles)
            ),
        )
    if role == Role.INTERVIEWEE and signer.name != own.subject.interviewee:
        raise SignOffError(
            _("{person} is not the interviewee of {slug}.").format(
                person=signer.name, slug=own.subject.slug
            ),
            remedy=_("This is for {name} alone.").format(name=own.subject.interviewee),
        )
    _not_their_own(own, rule.not_own_work_of, signer.name, stage)
    return role


def _not_their_own(own: Facts, slugs: tuple[str, ...], name: str, stage: AnyStage) -> None:
    for slug in slugs:
        rows = [s for s in own.signoffs if s.stage == slug and s.action == "approve"]
        corrected = any(
            d.person == name and d.kind == "proofreading_correction" for d in own.deposits
        )
        if corrected or (rows and rows[-1].person == name):
            raise SignOffError(
                _("{person} did the work that {stage} checks, so somebody else must sign.").format(
                    person=name, stage=stage.label
                ),
                remedy=_("config/roles.toml says who may not check whom."),
            )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise SignOffError(
            _("A reason is needed."), remedy=_("Say why, so that others know what to do.")
        )
