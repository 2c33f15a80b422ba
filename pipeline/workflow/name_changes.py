"""Correct the name of a person, an interviewee or an episode; the old one stays in the history.

What shows a name is made anew by the stages that need it; rows of the ledger, released files and
short names stay as they are. An interviewee is one person and one subject under one name.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import find_anybody, find_interviewee, lookup
from pipeline.repository.records import find_subject
from pipeline.repository.tables import PersonRow, RosterChangeRow, SubjectRow
from pipeline.workflow.production import Production
from pipeline.workflow.roster import clean_name, must_be_free, recorded_name

__all__ = ["changes_of", "rename_episode", "rename_person", "rename_subject"]


def rename_person(
    production: Production, person: str, name: str, *, by: str, reason: str, distinction: str = ""
) -> PersonRow:
    """Give a person another recorded name; an interviewee's subject gets it too.

    Raises NotFoundError, and FormError for a name that somebody else has or had.
    """
    with production.ledger.write() as session:
        row = find_anybody(session, person)
        subject = session.get(SubjectRow, row.subject_id) if row.subject_id is not None else None
        _rename(session, row, subject, recorded_name(name, distinction), by=by, reason=reason)
        return row


def rename_subject(
    production: Production, slug: str, name: str, *, by: str, reason: str, distinction: str = ""
) -> SubjectRow:
    """Correct an interviewee's name, as a person and in what is made; the slug stays.

    Raises NotFoundError, and FormError for a name that somebody else has or had.
    """
    with production.ledger.write() as session:
        row = find_subject(session, slug)
        if row.parent_id is not None:
            row = session.get_one(SubjectRow, row.parent_id)
        person = find_interviewee(session, row.id)
        _rename(session, person, row, recorded_name(name, distinction), by=by, reason=reason)
        return row


def rename_episode(
    production: Production, slug: str, title: str, *, by: str, reason: str
) -> SubjectRow:
    """Correct an episode's title; its slug stays. Raises NotFoundError, FormError."""
    with production.ledger.write() as session:
        row = find_subject(session, slug)
        if row.parent_id is None:
            raise FormError(
                _("{slug} is an interviewee.").format(slug=row.slug),
                remedy=_("Episodes are named like NAME/01."),
            )
        title = clean_name(title, "title")
        _enter(session, None, row, row.name, title, by=by, reason=reason)
        row.name = title
        return row


def changes_of(session: Session, subject_id: int) -> list[RosterChangeRow]:
    """Return what was changed of an interviewee or episode, oldest first."""
    query = select(RosterChangeRow).where(RosterChangeRow.subject_id == subject_id)
    return list(session.scalars(query.order_by(RosterChangeRow.id)))


def _rename(
    session: Session, person: PersonRow | None, subject: SubjectRow | None, name: str, *, by: str,
    reason: str,
) -> None:  # fmt: skip
    owner = lookup(session, name)
    if owner is None or person is None or owner.id != person.id:
        must_be_free(session, name)
    rows = [row for row in (person, subject) if row is not None]
    _enter(session, person, subject, rows[0].name, name, by=by, reason=reason)
    for row in rows:
        row.name = name


def _enter(
    session: Session, person: PersonRow | None, subject: SubjectRow | None, before: str,
    after: str, *, by: str, reason: str,
) -> None:  # fmt: skip
    if before == after:
        raise FormError(_("“{name}” is the name already.").format(name=after), key="name")
    if not reason.strip():
        raise FormError(_("Say why the name is changed."), key="why")
    session.add(
        RosterChangeRow(
            person_id=person.id if person else None, subject_id=subject.id if subject else None,
            what="name", before=before, after=after, reason=reason.strip()[:500], by=by,
            at_ms=now_ms(),
        )
    )  # fmt: skip
