"""Deputies: somebody signs in another's place for a time, and it is on record that they may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import find_anybody, find_person, lookup, names_of
from pipeline.repository.signoff_chain import append
from pipeline.repository.tables import PersonRow, SignOffRow
from pipeline.stage import Role
from pipeline.workflow.production import Production

__all__ = ["Deputy", "delegate", "delegated_roles", "deputies", "end_deputyships"]


def delegate(
    production: Production, person: str, deputy: str, *, from_ms: int, until_ms: int, reason: str
) -> SignOffRow:
    """Let `deputy` sign in `person`'s place from one moment to another (Unix milliseconds).

    Calling it again for the same two replaces the period; one that has passed ends it. What the
    interviewee signs cannot be delegated. Raises SignOffError.
    """
    with production.ledger.write() as session:
        delegator, substitute = find_person(session, person), find_person(session, deputy)
        if delegator.id == substitute.id or from_ms >= until_ms:
            raise SignOffError(
                _("{person} cannot have this deputy for this time.").format(person=delegator.name),
                remedy=_("Name somebody else, and an end after the beginning."),
            )
        if not set(delegator.roles) - {Role.INTERVIEWEE.value}:
            raise SignOffError(
                _("{person} has no role that can be delegated.").format(person=delegator.name),
                remedy=_("What an interviewee signs, nobody signs for them."),
            )
        period = [
            ["deputy", substitute.name],
            ["from_ms", str(from_ms)],
            ["until_ms", str(until_ms)],
        ]
        return append(
            session, None, "", "delegate", person=delegator.name, role="", via="", reason=reason,
            digests=period,
        )  # fmt: skip


@dataclass(frozen=True)
class Deputy:
    """Who signs for whom, from when until when (Unix milliseconds), and why."""

    person: str
    deputy: str
    from_ms: int
    until_ms: int
    reason: str


def deputies(session: Session) -> list[Deputy]:
    """Return who stands in for whom now or will; the soonest to end first."""
    open_periods = (d for d in _latest(session).values() if d.until_ms > now_ms())
    return sorted(open_periods, key=lambda d: d.until_ms)


def delegated_roles(session: Session, person: str) -> list[tuple[str, str]]:
    """Return the roles this person may sign in as a deputy now, each with whom they stand for."""
    now = now_ms()
    substitute = find_anybody(session, person)
    names = names_of(session, substitute)
    given = [
        d.person for d in _latest(session).values()
        if d.deputy in names and d.from_ms <= now < d.until_ms
    ]  # fmt: skip
    people = [row for row in map(partial(lookup, session), given) if row is not None]
    return [
        (role, delegator.name)
        for delegator in people
        for role in delegator.roles
        if role != Role.INTERVIEWEE.value and not (delegator.retired_ms or substitute.retired_ms)
    ]


def end_deputyships(session: Session, person: PersonRow, reason: str) -> None:
    """End everything this person was to sign for others, and others for them."""
    names, now = names_of(session, person), now_ms()
    for each in _latest(session).values():
        if each.until_ms > now and names & {each.person, each.deputy}:
            period = [["deputy", each.deputy], ["from_ms", str(now - 1)], ["until_ms", str(now)]]
            append(
                session, None, "", "delegate", person=each.person, role="", via="", reason=reason,
                digests=period,
            )  # fmt: skip


def _latest(session: Session) -> dict[tuple[str, str], Deputy]:
    """Return the last period that was set for each pair of people, under their present names."""
    rows = session.scalars(
        select(SignOffRow).where(SignOffRow.action == "delegate").order_by(SignOffRow.id)
    )
    latest = {}
    for row in rows:
        period = dict(row.digests)
        begin, end = int(period["from_ms"]), int(period["until_ms"])
        person, deputy = (
            found.name if (found := lookup(session, name)) is not None else name
            for name in (row.person, period["deputy"])
        )
        latest[person, deputy] = Deputy(person, deputy, begin, end, row.reason)
    return latest
