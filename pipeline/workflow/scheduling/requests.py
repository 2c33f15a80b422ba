"""Requests for production: recorded in the ledger, so that they outlast any scheduler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_subject
from pipeline.repository.tables import (  # fmt: skip
    DepositRow,
    FailureRow,
    PauseRow,
    PersonRow,
    RequestRow,
    RosterChangeRow,
    RunRow,
    SignOffRow,
    SubjectRow,
)
from pipeline.workflow.production import Production

__all__ = [
    "Request",
    "effective_request",
    "increasing_ms",
    "ledger_version",
    "request",
    "requests",
    "stop",
]

_WATCHED: tuple[Any, ...] = (
    DepositRow, FailureRow, PauseRow, PersonRow, RequestRow, RosterChangeRow, RunRow,
    SignOffRow, SubjectRow,
)  # fmt: skip
_NEWEST = select(*(select(func.max(table.id)).scalar_subquery() for table in _WATCHED))
"""Built once: it runs so often that building it would cost more than running it."""


@dataclass(frozen=True)
class Request:
    """The latest request for a subject. `at_ms` and `due_ms`, by when it is to be released (0 for
    no date), are Unix time in milliseconds."""

    slug: str
    wanted: bool
    via: str
    at_ms: int
    due_ms: int = 0


def request(
    production: Production, slug: str, *, via: str = "command line", due_ms: int = 0
) -> Request:
    """Request an interviewee or episode; a failed stage is run again.

    What is due sooner runs first; without `due_ms` the former date stays. Raises NotFoundError.
    """
    return _append(production, slug, True, via, due_ms)


def stop(production: Production, slug: str, *, via: str = "command line") -> Request:
    """Stop the production of a subject until it is requested again. Raises NotFoundError."""
    return _append(production, slug, False, via)


def requests(production: Production) -> dict[str, Request]:
    """Return the latest request of each subject that has one, by slug."""
    latest = select(func.max(RequestRow.id)).group_by(RequestRow.subject_id)
    query = select(RequestRow, SubjectRow.slug).join(SubjectRow).where(RequestRow.id.in_(latest))
    with production.ledger.read() as session:
        return {
            slug: Request(slug, row.wanted, row.via, row.at_ms, row.due_ms or 0)
            for row, slug in session.execute(query)
        }


def effective_request(
    latest: Mapping[str, Request], slug: str, finished: Callable[[str], bool]
) -> Request | None:
    """Return a subject's request: its own, or its interviewee's once the interviewee is done.

    An episode is due when its interviewee is, unless it has a date of its own.
    """
    own = latest.get(slug)
    parent = slug.partition("/")[0]
    of_all = latest.get(parent) if parent != slug else None
    if own is None:
        return of_all if of_all is not None and finished(parent) else None
    if of_all is not None and not own.due_ms:
        return replace(own, due_ms=of_all.due_ms)
    return own


def ledger_version(production: Production) -> tuple[int, ...]:
    """Return a value that changes when anything is recorded: cheap to ask many times a second."""
    with production.ledger.read() as session:
        return tuple(n or 0 for n in session.execute(_NEWEST).one())


def increasing_ms(session: Session) -> int:
    """Return the time, or a little later than the last request and the last failure.

    Clocks of several machines differ and are put back; yet a request made after a failure must be
    later than it, so that the stage runs again, and a failure later than the request it followed.
    """
    last = [
        session.scalar(select(table.at_ms).order_by(table.id.desc()).limit(1)) or 0
        for table in (RequestRow, FailureRow)
    ]
    return max(now_ms(), *(ms + 1 for ms in last))


def _append(production: Production, slug: str, wanted: bool, via: str, due_ms: int = 0) -> Request:
    with production.ledger.write() as session:
        subject = find_subject(session, slug)
        before = session.scalar(
            select(RequestRow)
            .where(RequestRow.subject_id == subject.id)
            .order_by(RequestRow.id.desc())
            .limit(1)
        )
        due = due_ms or (before.due_ms if before is not None else None)
        row = RequestRow(
            subject_id=subject.id, wanted=wanted, via=via, at_ms=increasing_ms(session), due_ms=due
        )
        session.add(row)
        return Request(subject.slug, wanted, via, row.at_ms, due or 0)
