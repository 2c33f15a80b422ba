"""Audit: prove that the ledger and the store are as they were written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.core import progress
from pipeline.errors import ChifengError, InputError, IntegrityError, RecordError
from pipeline.i18n import _
from pipeline.preservation import backup_set
from pipeline.repository.journal import (
    HEAD_DIGITS,
    Entry,
    find_faults,
    find_other_entries,
    find_unnoted,
    newest_entry,
    short_head,
)
from pipeline.repository.signoff_chain import verify_chain
from pipeline.repository.tables import DepositRow, JournalRow, OutputRow, SignOffRow
from pipeline.workflow.production import Production

__all__ = [
    "Audit", "FilesRead", "audit", "entries_of_backup", "read_head", "recorded_artefacts",
    "recorded_sizes", "verify_store",
]  # fmt: skip


FilesRead = tuple[int, list[IntegrityError]]
"""How many files were read, and the errors found."""


@dataclass(frozen=True)
class Audit:
    """How much was read, and every fault: those of the ledger first. `head` is the newest entry of
    the journal as it can be written down: its number and the first digits of its hash."""

    entries: int
    signoffs: int
    files: int
    faults: tuple[ChifengError, ...]
    head: str = ""


def audit(production: Production, *, files: bool = True, known: Iterable[Entry] = ()) -> Audit:
    """Compare every row with the journal, the sign-offs with their chain, every file with its
    digest, and the journal with entries that were kept elsewhere. Without `files`, only the ledger
    is read."""
    head_file = production.ledger.head_file
    noted = head_file.entries() if head_file else {}  # before the session sees its moment
    with production.ledger.read() as session:
        entries = session.scalar(select(func.count()).select_from(JournalRow)) or 0
        signoffs = session.scalar(select(func.count()).select_from(SignOffRow)) or 0
        faults = list(_ledger_faults(session))
        if head_file:
            faults += find_faults(session, head_file, noted)
        newest = newest_entry(session)
        faults += filter(None, [find_other_entries(session, known)])
    # What other machines write to a ledger on a server is noted there.
    alone = production.ledger.url.get_backend_name() == "sqlite"
    if head_file and (alone or not head_file.entries()):
        faults += filter(None, [find_unnoted(newest, head_file)])
    count, errors = verify_store(production) if files else (0, [])
    head = short_head(newest) if newest else ""
    return Audit(entries, signoffs, count, (*faults, *errors), head)


def read_head(text: str) -> Entry:
    """Read a head as it was written down, `1234:0123456789abcdef`. Raises InputError."""
    number, _colon, digits = "".join(text.split()).lower().partition(":")
    if not number.isdecimal() or len(digits) < HEAD_DIGITS:
        raise InputError(
            _("“{text}” is no head of the journal.").format(text=text[:100]),
            remedy=_("“chifeng audit” prints one: a number, a colon and 16 characters."),
        )
    return int(number), digits


def entries_of_backup(backup: Path) -> list[Entry]:
    """Return the entries of the journal in a backup. Raises StorageError, IntegrityError."""
    backup_set.check(backup, backup_set.read(backup))
    address = f"file:{quote(str(backup / backup_set.LEDGER))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as ledger:
        return list(ledger.execute("SELECT id, hash FROM journal ORDER BY id"))


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
    errors = []
    for n, (sha256, suffix) in enumerate(artefacts):
        progress.report(n / len(artefacts), sha256[:12])
        try:
            production.store.verify(sha256, suffix)
        except IntegrityError as error:
            errors.append(error)
    return len(artefacts), errors


def _ledger_faults(session: Session) -> Iterator[ChifengError]:
    try:
        verify_chain(session)
    except RecordError as error:
        yield error
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
