"""The ledger's records of a subject, as plain values: its states are derived from these alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.core.fuzzy_match import nearest
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.repository.people import find_person, name_key
from pipeline.repository.tables import (
    DepositRow,
    FailureRow,
    RosterChangeRow,
    RunRow,
    SignOffRow,
    SubjectRow,
)
from pipeline.stage import Scope, Subject

__all__ = [
    "SubjectRecords",
    "every_subject",
    "find_person",
    "find_subject",
    "load_all_records",
    "load_records",
    "subject_of",
]


@dataclass(frozen=True)
class SubjectRecords:
    """Everything recorded for one subject, oldest first."""

    id: int
    subject: Subject
    parent_id: int | None
    at_ms: int
    deposits: tuple[DepositRow, ...]
    runs: tuple[RunRow, ...]
    signoffs: tuple[SignOffRow, ...]
    failures: tuple[FailureRow, ...]


def find_subject(session: Session, slug: str) -> SubjectRow:
    """Return the interviewee or episode of that slug, or of that name, or `name/number`.

    Raises NotFoundError, listing what there is.
    """
    row = session.scalar(select(SubjectRow).where(SubjectRow.slug == slug))
    if row is None:
        name, slash, number = slug.partition("/")
        parent = _find_interviewee(session, name)
        row = parent
        if slash and parent is not None:
            row = session.scalar(
                select(SubjectRow).where(
                    SubjectRow.parent_id == parent.id,
                    SubjectRow.number == _number(number),
                )
            )
    if row is None:
        raise NotFoundError(
            _("There is no interviewee or episode called “{slug}”.").format(slug=slug),
            remedy=_suggestion(session, slug),
        )
    return row


def _find_interviewee(session: Session, name: str) -> SubjectRow | None:
    """Return the interviewee of that short name, or called so now or before."""
    rows = session.scalars(select(SubjectRow).where(SubjectRow.parent_id.is_(None))).all()
    exact = next((row for row in rows if name in (row.slug, row.name)), None)
    if exact is not None:
        return exact
    key = name_key(name)
    former = session.scalars(
        select(RosterChangeRow)
        .where(RosterChangeRow.what == "name", RosterChangeRow.subject_id.is_not(None))
        .order_by(RosterChangeRow.id.desc())
    )
    ids = [row.id for row in rows if name_key(row.name) == key]
    ids += [each.subject_id or 0 for each in former if name_key(each.before) == key]
    return next((row for row in rows if ids and row.id == ids[0]), None)


def _suggestion(session: Session, typed: str) -> str:
    """Suggest similar interviewees or episodes, or else list those there are."""
    name, slash, _number = typed.strip().partition("/")
    rows = session.execute(
        select(SubjectRow.slug, SubjectRow.name).where(SubjectRow.parent_id.is_(None))
    ).all()
    of_names = {word: slug for slug, full_name in rows for word in (slug, full_name)}
    near = list(dict.fromkeys(of_names[word] for word in nearest(name, of_names)))
    if near and slash:
        episodes = SubjectRow.slug.startswith(f"{near[0]}/")
        found = session.scalars(select(SubjectRow.slug).where(episodes).order_by(SubjectRow.slug))
        near = [*found.all()[:12]] or near
    if near:
        return _("Did you mean: {known}?").format(known=", ".join(near))
    known = session.scalars(select(SubjectRow.slug).order_by(SubjectRow.slug).limit(12)).all()
    return _("There are: {known}.").format(known=", ".join(known) or _("none yet"))


def _number(text: str) -> int:
    """Return the number of an episode; -1, which none has, where it is not one."""
    return int(text) if text.isdecimal() and len(text) < 6 else -1


def every_subject(session: Session) -> Sequence[SubjectRow]:
    """Return every interviewee, each followed by their episodes."""
    # Sorted here: databases disagree on where a slash or a hyphen comes.
    return sorted(session.scalars(select(SubjectRow)), key=lambda row: row.slug.split("/"))


def load_records(session: Session, row: SubjectRow) -> tuple[SubjectRecords, SubjectRecords | None]:
    """Return the records of a subject and, for an episode, those of its interviewee."""
    rows = [row]
    if row.parent_id is not None:
        rows.append(session.get_one(SubjectRow, row.parent_id))
    records = load_all_records(session, rows)
    return records[row.id], records.get(row.parent_id) if row.parent_id is not None else None


def load_all_records(session: Session, rows: Iterable[SubjectRow]) -> dict[int, SubjectRecords]:
    """Return the records of many subjects in a few queries. Parents must be among `rows`."""
    subjects = {row.id: row for row in rows}
    deposits = _by_subject(session, DepositRow, subjects)
    runs = _by_subject(session, RunRow, subjects)
    signoffs = _by_subject(session, SignOffRow, subjects)
    failures = _by_subject(session, FailureRow, subjects)
    return {
        id_: SubjectRecords(
            id_, subject_of(row, subjects.get(row.parent_id or 0)), row.parent_id, row.at_ms,
            tuple(deposits[id_]), tuple(runs[id_]), tuple(signoffs[id_]), tuple(failures[id_]),
        )
        for id_, row in subjects.items()
    }  # fmt: skip


_Record = TypeVar("_Record", DepositRow, RunRow, SignOffRow, FailureRow)


def _by_subject(
    session: Session, table: type[_Record], subjects: Collection[int]
) -> dict[int, list[_Record]]:
    query = select(table).order_by(table.id)
    if len(subjects) <= 500:  # databases limit the length of an IN list; beyond it, take all
        query = query.where(table.subject_id.in_(subjects))
    found: dict[int, list[_Record]] = defaultdict(list)
    for record in session.scalars(query):
        if record.subject_id is not None:
            found[record.subject_id].append(record)
    return found


def subject_of(row: SubjectRow, parent: SubjectRow | None) -> Subject:
    """Return the Subject of a row; an episode has name, field and phase from its parent."""
    if parent is None:
        return Subject(row.slug, Scope.INTERVIEWEE, row.name, row.field, row.phase, row.language)
    return Subject(
        row.slug, Scope.EPISODE, parent.name, parent.field, parent.phase, row.language,
        number=row.number, title=row.name,
    )  # fmt: skip
