"""Who is of the production: take a role from a person, retire one, reinstate one.

Nothing of theirs is taken out of the ledger: what they deposited, noted and signed stays under
their name and counts as it did.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import find_anybody
from pipeline.repository.tables import PersonRow, RosterChangeRow
from pipeline.review.access.accounts import end_access
from pipeline.review.deputies import end_deputyships
from pipeline.stage import Role
from pipeline.workflow.production import Production

__all__ = ["reinstate", "retire", "withdraw_role"]


def withdraw_role(
    production: Production, person: str, role: Role, *, by: str, reason: str
) -> PersonRow:
    """Take a role from a person, at once. Raises NotFoundError, FormError."""
    with production.ledger.write() as session:
        row = find_anybody(session, person)
        if role.value not in row.roles or role is Role.INTERVIEWEE:
            raise FormError(
                _("{person} has no role {role} that can be withdrawn.").format(
                    person=row.name, role=role.label
                )
            )
        if role is Role.ADMINISTRATOR:
            _must_not_be_last_administrator(session, row)
        left = [each for each in row.roles if each != role.value]
        _enter(session, row, "roles", ", ".join(row.roles), ", ".join(left), by=by, reason=reason)
        row.roles = left
        return row


def retire(production: Production, person: str, *, by: str, reason: str) -> PersonRow:
    """Retire a person: sessions, links they made, codes and deputyships end at once.

    Nothing waits for them any more. Raises NotFoundError, FormError.
    """
    with production.ledger.write() as session:
        row = find_anybody(session, person)
        if row.retired_ms is not None:
            raise FormError(_("{person} is retired already.").format(person=row.name))
        _must_not_be_last_administrator(session, row)
        _enter(session, row, "retire", "", "", by=by, reason=reason)
        end_access(session, row)
        end_deputyships(session, row, reason)
        row.retired_ms = now_ms()
        return row


def reinstate(production: Production, person: str, *, by: str, reason: str) -> PersonRow:
    """Bring a retired person back, with the roles they had; sessions, links and deputyships do not
    come back. Raises NotFoundError, FormError."""
    with production.ledger.write() as session:
        row = find_anybody(session, person)
        if row.retired_ms is None:
            raise FormError(_("{person} is not retired.").format(person=row.name))
        _enter(session, row, "reinstate", "", "", by=by, reason=reason)
        row.retired_ms = None
        return row


def _must_not_be_last_administrator(session: Session, row: PersonRow) -> None:
    others = session.scalars(
        select(PersonRow).where(PersonRow.id != row.id, PersonRow.retired_ms.is_(None))
    )
    administrator = Role.ADMINISTRATOR.value
    if administrator in row.roles and not any(administrator in each.roles for each in others):
        raise FormError(
            _("{person} is the only administrator.").format(person=row.name),
            remedy=_("Make somebody else an administrator first."),
        )


def _enter(
    session: Session, row: PersonRow, what: str, before: str, after: str, *, by: str, reason: str
) -> None:
    if not reason.strip():
        raise FormError(_("A reason is needed."), key="why")
    session.add(
        RosterChangeRow(
            person_id=row.id, subject_id=None, what=what, before=before, after=after,
            reason=reason.strip()[:500], by=by, at_ms=now_ms(),
        )
    )  # fmt: skip
