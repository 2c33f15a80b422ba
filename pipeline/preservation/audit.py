"""Prove that the ledger and the store are what was written into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.core import progress
from pipeline.errors import ChifengError, IntegrityError, RecordError
from pipeline.i18n import _
from pipeline.repository.journal import find_faults
from pipeline.repository.signoff_chain import verify_chain
from pipeline.repository.tables import DepositRow, JournalRow, OutputRow, SignOffRow
from pipeline.workflow.production import Production

__all__ = ["Audit", "FilesRead", "audit", "recorded_artefacts", "recorded_sizes", "verify_store"]

FilesRead = tuple[int, list[IntegrityError]]
"""How many files were read, and what was wrong with which."""


@dataclass(frozen=True)
class Audit:
    """What was looked at, and everything that is not as it was written: the ledger's first."""

    entries: int
    signoffs: int
    files: int
    faults: tuple[ChifengError, ...]


def audit(production: Production, *, files: bool = True) -> Audit:
    """Compare every row with the journal, the sign-offs with their chain, every file with its
    digest. Without `files`, only the ledger is read."""
    with production.ledger.read() as session:
        entries = session.scalar(select(func.count()).select_from(JournalRow)) or 0
        signoffs = session.scalar(select(func.count()).select_from(SignOffRow)) or 0
        faults = list(_faults_of_the_ledger(production, session))
    count, wrong = verify_store(production) if files else (0, [])
    return Audit(entries, signoffs, count, (*faults, *wrong))


def recorded_artefacts(session: Session) -> list[tuple[str, str]]:
    """Return every artefact the ledger knows, as digest and suffix, sorted."""
    found: set[tuple[str, str]] = set()
    for table in (DepositRow, OutputRow):
        rows = session.execute(select(table.sha256, table.suffix).distinct())
        found.update((sha256, suffix) for sha256, suffix in rows)
    return sorted(found)


def recorded_sizes(session: Session) -> dict[str, int]:
    """Return the size in bytes of every artefact the ledger knows, by digest."""
    found: dict[str, int] = {}
    for table in (DepositRow, OutputRow):
        rows = session.execute(select(table.sha256, table.size_bytes).distinct())
        found.update((sha256, size) for sha256, size in rows)
    return found


def verify_store(production: Production) -> FilesRead:
    """Read every artefact again and compare it with its digest."""
    with production.ledger.read() as session:
        artefacts = recorded_artefacts(session)
    wrong = []
    for n, (sha256, suffix) in enumerate(artefacts):
        progress.report(n / len(artefacts), sha256[:12])
        try:
            production.store.verify(sha256, suffix)
        except IntegrityError as error:
            wrong.append(error)
    return len(artefacts), wrong


def _faults_of_the_ledger(production: Production, session: Session) -> Iterator[ChifengError]:
    try:
        verify_chain(session)
    except RecordError as error:
        yield error
    if production.ledger.head_file is not None:
        yield from find_faults(session, production.ledger.head_file)
    known = {sha256 for sha256, _suffix in recorded_artefacts(session)}
    for digest in sorted(set(_signed(session)) - known):
        yield RecordError(
            _("A sign-off names {digest}, which the ledger does not know.").format(
                digest=digest[:12]
            ),
            remedy=_("Compare the ledger with its backups."),
        )


def _signed(session: Session) -> Iterator[str]:
    # A deputyship names a person and a time, no files.
    signed = select(SignOffRow.digests).where(SignOffRow.action != "delegate")
    for digests in session.scalars(signed):
        yield from (sha256 for _kind, sha256 in digests)
