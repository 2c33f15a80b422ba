"""Prove that the store and the sign-offs are what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline import progress
from pipeline.chain import verify_chain
from pipeline.errors import IntegrityError
from pipeline.home import Production
from pipeline.models import DepositRow, OutputRow, SignOffRow

__all__ = ["Proof", "audit", "recorded", "verify_store"]

Proof = tuple[int, list[IntegrityError]]
"""How many files were read, and what was wrong with which."""


def recorded(session: Session) -> list[tuple[str, str]]:
    """Return every artefact the ledger knows, as digest and suffix, sorted."""
    found: set[tuple[str, str]] = set()
    for table in (DepositRow, OutputRow):
        rows = session.execute(select(table.sha256, table.suffix).distinct())
        found.update((sha256, suffix) for sha256, suffix in rows)
    return sorted(found)


def verify_store(production: Production) -> Proof:
    """Read every artefact again and compare it with its digest."""
    with production.ledger.read() as session:
        artefacts = recorded(session)
    wrong = []
    for n, (sha256, suffix) in enumerate(artefacts):
        progress.report(n / len(artefacts), sha256[:12])
        try:
            production.store.verify(sha256, suffix)
        except IntegrityError as error:
            wrong.append(error)
    return len(artefacts), wrong


def audit(production: Production) -> tuple[int, list[str]]:
    """Verify the chain of sign-offs, and that everything signed is in the store unchanged.

    Return how many sign-offs there are, and which digests they name that the ledger does not know.
    Raises SignOffError at the first row that does not fit, IntegrityError at the first file.
    """
    with production.ledger.read() as session:
        count = verify_chain(session)
        artefacts = recorded(session)
        signed = set(_signed(session))
    to_read = [pair for pair in artefacts if pair[0] in signed]
    for n, (sha256, suffix) in enumerate(to_read):
        progress.report(n / len(to_read), sha256[:12])
        production.store.verify(sha256, suffix)
    return count, sorted(signed - {sha256 for sha256, _suffix in artefacts})


def _signed(session: Session) -> Iterator[str]:
    # A deputyship names a person and a time, no files.
    signed = select(SignOffRow.digests).where(SignOffRow.action != "delegate")
    for digests in session.scalars(signed):
        yield from (sha256 for _kind, sha256 in digests)
