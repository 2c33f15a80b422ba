"""Who a person is: one row with an id, found by any name they ever had.

Rows of the ledger hold the name as it was when they were written. A name is compared by its key,
so that spaces, middle dots and forms of one character do not make two people of one.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import NotFoundError, SignOffError
from pipeline.i18n import _
from pipeline.repository.tables import PersonRow, RosterChangeRow, SubjectRow

__all__ = [
    "find_anybody", "find_interviewee", "find_person", "lookup", "name_key", "names_of",
]  # fmt: skip

_DOTS = re.compile("[·・•‧∙⋅･ᐧ●]")
_SPACES = re.compile(r"[\s\u200b-\u200d\ufeff]+")


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common (Unicode NFKC, one dot, no spaces)."""
    plain = _DOTS.sub("·", unicodedata.normalize("NFKC", name))
    return _SPACES.sub("", plain).casefold()


def lookup(session: Session, name: str) -> PersonRow | None:
    """Return the person who is called so now, or was at any time; None for nobody."""
    row = session.scalar(select(PersonRow).where(PersonRow.name == name))
    if row is not None:
        return row
    key = name_key(name)
    people = session.scalars(select(PersonRow).order_by(PersonRow.id)).all()
    row = next((each for each in people if name_key(each.name) == key), None)
    if row is not None or not key:
        return row
    former = session.scalars(
        select(RosterChangeRow)
        .where(RosterChangeRow.what == "name", RosterChangeRow.person_id.is_not(None))
        .order_by(RosterChangeRow.id.desc())
    )
    ids = (each.person_id for each in former if name_key(each.before) == key)
    found = next(ids, None)
    return None if found is None else session.get_one(PersonRow, found)


def find_anybody(session: Session, name: str) -> PersonRow:
    """Return the person of that name, retired or not; raises NotFoundError."""
    row = lookup(session, name)
    if row is None:
        active = select(PersonRow.name).where(PersonRow.retired_ms.is_(None))
        known = session.scalars(active.order_by(PersonRow.name).limit(12)).all()
        raise NotFoundError(
            _("There is no person called “{name}”.").format(name=name),
            remedy=_("Known are: {known}. Add one: chifeng person add NAME --role ROLE.").format(
                known=", ".join(known) or _("none yet")
            ),
        )
    return row


def find_person(session: Session, name: str) -> PersonRow:
    """Return the person of that name, who may act; raises NotFoundError, or SignOffError for one
    who is retired."""
    row = find_anybody(session, name)
    if row.retired_ms is not None:
        raise SignOffError(
            _("{person} is retired and does nothing here any more.").format(person=row.name),
            remedy=_("An administrator can reinstate them: chifeng person reinstate NAME."),
        )
    return row


def find_interviewee(session: Session, subject_id: int) -> PersonRow | None:
    """Return the person who is the interviewee, or whose episode it is."""
    subject = session.get_one(SubjectRow, subject_id)
    of = subject.parent_id or subject.id
    return session.scalar(select(PersonRow).where(PersonRow.subject_id == of))


def names_of(session: Session, person: PersonRow) -> frozenset[str]:
    """Return every name under which the ledger knows this person: the present and former ones."""
    former = session.scalars(
        select(RosterChangeRow.before).where(
            RosterChangeRow.person_id == person.id, RosterChangeRow.what == "name"
        )
    )
    return frozenset({person.name, *former})
