"""One-time codes that identify the signer at a form without accounts (Prefect's).

A signed-in person gets a code and types it into the form. It is valid once, for some minutes, for
this person and this gate. The latest code counts; too many wrong ones end it. Only a hash is kept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.core.secret_hashes import hash_secret, verify_secret
from pipeline.core.security_log import log
from pipeline.errors import ChifengError, SignOffError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_person, find_subject
from pipeline.repository.tables import CodeRow
from pipeline.review.signoff_rules import must_be_open, open_signoff, signing_role
from pipeline.stage import AnyStage
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = ["Code", "make_code", "redeem_code"]

_DIGITS = 8
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Code:
    """A code that has just been made: what to type (two groups of four digits), until when."""

    digits: str
    expires_ms: int


def make_code(production: Production, slug: str, stage: AnyStage, person: str) -> Code:
    """Make the code by which this person signs what lies at the gate now.

    Raises NotFoundError, and SignOffError where there is nothing for them to sign.
    """
    digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    code_hash = hash_secret(digits)
    now = now_ms()
    expires_ms = now + production.settings.flows.code_minutes * _MINUTE_MS
    with production.ledger.write() as session:
        signer = find_person(session, person)
        case = open_signoff(production, session, slug, stage)
        approvals = case.state.approvals
        _role, giver = signing_role(production, session, case.own, stage, signer, approvals)
        must_be_open(session, case.state, signer, giver)
        session.add(
            CodeRow(
                person_id=signer.id, subject_id=case.subject_id, stage=stage.slug,
                shown=_gate_digest(case.state), code_hash=code_hash, attempts=0, at_ms=now,
                expires_ms=expires_ms, used_ms=None,
            )
        )  # fmt: skip
        log.info("%r was given a code for %s %s", signer.name, case.own.subject.slug, stage.slug)
    return Code(f"{digits[:4]} {digits[4:]}", expires_ms)


@contextmanager
def redeem_code(
    production: Production, state: StageState, person: str, code: str
) -> Iterator[None]:
    """Use up a code for the block; where the block is refused, the code stays valid.

    Raises SignOffError for a code that is wrong, used, run out, or for something else.
    """
    row = _count_attempt(production, state, person)
    if not verify_secret(row.code_hash, _normalized(code)):
        log.info("wrong code for %r at %s %s", person, state.subject.slug, state.stage.slug)
        tries_left = production.settings.flows.code_tries - row.attempts
        raise SignOffError(
            _("The code is not right."),
            remedy=_("Look again; {n} more tries, then ask for a new one.").format(n=tries_left)
            if tries_left
            else _new_code_remedy(),
        )
    _mark_used(production, row.id)
    log.info("code of %r used at %s %s", person, state.subject.slug, state.stage.slug)
    try:
        yield
    except ChifengError:
        with production.ledger.write() as session:
            session.get_one(CodeRow, row.id).used_ms = None
        raise


def _count_attempt(production: Production, state: StageState, person: str) -> CodeRow:
    """Count a try as wrong before the code is looked at: many at once are no way around it."""
    with production.ledger.write() as session:
        row = _latest(session, state, person)
        why = _why_unusable(production, row, state)
        if row is None or why:
            log.info("no code of %r at %s %s", person, state.subject.slug, state.stage.slug)
            raise SignOffError(why, remedy=_new_code_remedy())
        row.attempts += 1
        return row


def _why_unusable(production: Production, row: CodeRow | None, state: StageState) -> str:
    if row is None:
        return _("Signing here needs a one-time code, and none was asked for.")
    if row.used_ms is not None:
        return _("This code was used already.")
    if row.attempts >= production.settings.flows.code_tries:
        return _("There were too many wrong codes.")
    if row.expires_ms <= now_ms():
        return _("The code has run out.")
    if row.shown != _gate_digest(state):
        return _("Something has changed since the code was asked for.")
    return ""


def _mark_used(production: Production, code_id: int) -> None:
    with production.ledger.write() as session:
        row = session.get_one(CodeRow, code_id)
        if row.used_ms is not None:  # by somebody who was quicker
            raise SignOffError(_("This code was used already."), remedy=_new_code_remedy())
        row.used_ms = now_ms()
        row.attempts -= 1


def _latest(session: Session, state: StageState, person: str) -> CodeRow | None:
    query = select(CodeRow).where(
        CodeRow.person_id == find_person(session, person).id,
        CodeRow.subject_id == find_subject(session, state.subject.slug).id,
        CodeRow.stage == state.stage.slug,
    )
    return session.scalar(query.order_by(CodeRow.id.desc()).limit(1))


def _gate_digest(state: StageState) -> str:
    """Return a digest of what lies at the gate, and of what was decided there last."""
    last_signoff = state.last_signoff
    shown = [state.key, state.signs, last_signoff.id if last_signoff else 0]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def _normalized(code: str) -> str:
    """Return the digits: Chinese keyboards write full-width ones, and people leave gaps."""
    return "".join(c for c in unicodedata.normalize("NFKC", code[:50]) if c.isalnum())


def _new_code_remedy() -> str:
    return _("Ask for a new code at the desk, or with “chifeng code”.")
