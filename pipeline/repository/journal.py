"""The journal: one chain of entries over all tables of the ledger.

Every row written leaves an entry with the digest of its content, and every entry holds the hash of
the one before. A row changed, removed or added past the program does not agree with its entry, and
entries changed, removed or moved break the chain. The newest entry is also written to a file
outside the ledger (`HeadFile`), so that a journal cut off at its end is found as well. The file is
missed where it is gone or ends too early; both cut off alike are found by a backup, or by a head
that was written down (`chifeng audit --against`, `--head`).

Columns without a value are left out of the digest, so that a column added later changes none.

Longer than other modules: what writes the chain and what reads it must agree on every digest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, event, insert, select
from sqlalchemy.orm import Session

from pipeline.core.files import SHA256
from pipeline.errors import RecordError
from pipeline.i18n import _
from pipeline.repository.tables import Base, JournalRow, SessionRow

__all__ = [
    "HEAD_DIGITS", "Entry", "HeadFile", "append_entries", "collect_writes", "enter_all_rows",
    "enter_rows", "find_faults", "find_other_entries", "find_unnoted", "newest_entry", "short_head",
]  # fmt: skip

log = logging.getLogger("chifeng.ledger")

Entry = tuple[int, str]
"""An entry's number and hash."""

HEAD_DIGITS = 16
"""So many digits of a hash are written down: nobody finds another row with the same (64 bits)."""

_NONE: Entry = (0, "0" * 64)
_ROWS_AT_ONCE = 1000
_LINE = re.compile(rf"(?P<n>\d+) (?P<hash>{SHA256})")
_INTENDED = re.compile(rf"~ (?P<n>\d+) (?P<hash>{SHA256})")
_JOURNAL = Base.metadata.tables["journal"]
# Sessions say nothing about the work.
_LEFT_OUT = ("journal", "session", "alembic_version")
_TABLES = [t for t in Base.metadata.sorted_tables if t.name not in _LEFT_OUT]


class HeadFile:
    """A text file with a line for the newest entry of each write.

    It holds only numbers and hashes. Before a write is committed, a line with a `~` says what will
    be its newest entry: a process killed after the commit leaves that one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def intend(self, entry: Entry) -> None:
        """Say which entry will be the newest if the write under way is committed."""
        self._add(f"~ {entry[0]} {entry[1]}")

    def note(self, entry: Entry) -> None:
        """Add a line; several processes may do so at the same time."""
        self._add(f"{entry[0]} {entry[1]}")

    def _add(self, line: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # on a line of its own, even after one that a full disk cut short
                file.write(f"\n{line}\n")
        except OSError as error:  # the rows are already in the ledger
            log.warning("the journal's newest entry could not be noted: %s", error)

    def entries(self) -> dict[int, str]:
        """Return the hashes by number. A line cut short is left out."""
        lines = map(_LINE.fullmatch, self._lines())
        return {int(line["n"]): line["hash"] for line in lines if line}

    def holds(self, entry: Entry) -> bool:
        """Tell whether the entry is noted, or was said to be about to be written."""
        intended = map(_INTENDED.fullmatch, self._lines())
        wanted = (str(entry[0]), entry[1])
        return self.entries().get(entry[0]) == entry[1] or any(
            line is not None and (line["n"], line["hash"]) == wanted for line in intended
        )

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        return self.path.read_text("utf-8", "replace").splitlines()


def collect_writes(session: Session) -> list[Base]:
    """Return a list to which every row that the session writes is added."""
    written: list[Base] = []

    def note(flushing: Session, _context: object) -> None:
        changed = (row for row in flushing.dirty if flushing.is_modified(row))
        left_out = (JournalRow, SessionRow)
        written.extend(r for r in (*flushing.new, *changed) if not isinstance(r, left_out))

    event.listen(session, "after_flush", note)
    return written


def append_entries(session: Session, written: list[Base]) -> Entry | None:
    """Enter the rows written and return the newest entry; None where there are none."""
    session.flush()
    if not written:
        return None
    digests = {(v["table"], v["id"]): v["digest"] for v in map(_entry_values, written)}
    entries = list(_entries(newest_entry(session) or _NONE, digests))
    session.execute(insert(_JOURNAL), entries)
    return entries[-1]["id"], entries[-1]["hash"]


def enter_all_rows(connection: Connection) -> None:
    """Enter all rows of a ledger without a journal. Only for its migration."""
    metadata = MetaData()  # the tables as they are now, whatever tables.py has by now
    metadata.reflect(connection)
    last = _NONE
    for table in metadata.sorted_tables:
        if table.name in _LEFT_OUT:
            continue
        for rows in connection.execute(select(table).order_by(table.c.id)).mappings().partitions(
            _ROWS_AT_ONCE
        ):  # fmt: skip
            entries = list(_entries(last, {(table.name, r["id"]): _digest(dict(r)) for r in rows}))
            connection.execute(insert(_JOURNAL), entries)
            last = entries[-1]["id"], entries[-1]["hash"]


def enter_rows(connection: Connection, rows: Mapping[str, Iterable[int]]) -> None:
    """Enter rows of these tables, by their ids, as they are now. Only for a migration."""
    metadata = MetaData()
    metadata.reflect(connection, only=list(rows))
    digests = {}
    for name, ids in rows.items():
        table = metadata.tables[name]
        query = select(table).where(table.c.id.in_(set(ids))).order_by(table.c.id)
        for row in connection.execute(query).mappings():
            digests[name, row["id"]] = _digest(dict(row))
    last = connection.execute(
        select(_JOURNAL.c.id, _JOURNAL.c.hash).order_by(_JOURNAL.c.id.desc()).limit(1)
    ).first()
    entries = list(_entries((last[0], last[1]) if last else _NONE, digests))
    if entries:
        connection.execute(insert(_JOURNAL), entries)


def newest_entry(session: Session) -> Entry | None:
    """Return the newest entry; None in an empty ledger."""
    found = session.execute(
        select(JournalRow.id, JournalRow.hash).order_by(JournalRow.id.desc()).limit(1)
    ).first()
    return (found[0], found[1]) if found is not None else None


def short_head(entry: Entry) -> str:
    """Return an entry as it is written down: its number and the first digits of its hash."""
    return f"{entry[0]}:{entry[1][:HEAD_DIGITS]}"


def find_unnoted(newest: Entry | None, head_file: HeadFile) -> RecordError | None:
    """Return what is wrong where the newest entry a session saw is not in the file.

    Ask after the session has read: what it saw was said to be about to be written before that.
    """
    if newest is None or head_file.holds(newest):
        return None
    noted = max(head_file.entries(), default=0)
    what = (
        _("{path} is missing or empty; the journal has {n} entries.")
        if noted == 0
        else _("{path} ends at entry {noted}; the journal has {n} entries.")
    )
    return RecordError(
        what.format(path=head_file.path, noted=noted, n=newest[0]),
        remedy=_(
            "Somebody removed or cut the file, or the disk was full when it was written. Compare "
            "the ledger with a backup: chifeng audit --against FOLDER. The next entry is noted "
            "again."
        ),
        path=head_file.path,
    )


def find_other_entries(session: Session, expected: Iterable[Entry]) -> RecordError | None:
    """Return the first of these entries that the journal does not have; None where it has all."""
    for numbers in _some(expected):
        rows = session.scalars(select(JournalRow).where(JournalRow.id.in_(numbers)))
        found = {row.id: row.hash for row in rows}
        for number, hash_ in numbers.items():
            if not found.get(number, "").startswith(hash_):
                return _fault(
                    _("Entry {n} of the journal is not the one that was kept elsewhere.").format(
                        n=number
                    )
                )
    return None


def _some(entries: Iterable[Entry]) -> Iterator[dict[int, str]]:
    some: dict[int, str] = {}
    for number, hash_ in entries:
        some[number] = hash_
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = {}
    if some:
        yield some


def find_faults(
    session: Session, head_file: HeadFile, noted: dict[int, str]
) -> Iterator[RecordError]:
    """Yield what in the ledger was changed past the program, breaks of the chain first.

    `noted` is what `head_file` said before the session began to read: an entry that was written
    since then is not in what the session sees, and would be taken for one that was cut off.
    """
    latest: dict[str, dict[int, str]] = defaultdict(dict)
    noted = dict(noted)
    previous = _NONE[1]
    entries = session.execute(
        select(_JOURNAL).order_by(JournalRow.id).execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for n, (id_, of_table, of_id, digest, hash_) in enumerate(entries, 1):
        if id_ != n or hash_ != _hash(previous, of_table, of_id, digest):
            yield _fault(_("The journal was tampered with at entry {n}.").format(n=n))
            return
        if noted.pop(n, hash_) != hash_:
            yield _not_as_noted(n, head_file)
            return
        previous = hash_
        latest[of_table][of_id] = digest
    if noted:
        yield _not_as_noted(min(noted), head_file)
    for table in _TABLES:
        yield from _differing(session, table, latest[table.name])


def _differing(session: Session, table: Table, digests: dict[int, str]) -> Iterator[RecordError]:
    rows = session.execute(
        select(table).order_by(table.c.id).execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for row in rows.mappings():
        digest = digests.pop(row["id"], None)
        named = {"n": row["id"], "table": table.name}
        if digest is None:
            yield _fault(_("Row {n} of “{table}” was put in past the program.").format(**named))
        elif digest != _digest(dict(row)):
            yield _fault(_("Row {n} of “{table}” was changed.").format(**named))
    for id_ in digests:
        yield _fault(_("Row {n} of “{table}” was removed.").format(n=id_, table=table.name))


def _entries(last: Entry, digests: Mapping[tuple[str, int], str]) -> Iterator[dict[str, Any]]:
    number, previous = last
    for (of_table, of_id), digest in digests.items():
        number, previous = number + 1, _hash(previous, of_table, of_id, digest)
        yield {
            "id": number, "of_table": of_table, "of_id": of_id, "digest": digest, "hash": previous,
        }  # fmt: skip


def _entry_values(row: Base) -> dict[str, Any]:
    values = {column.name: getattr(row, column.key) for column in row.__table__.columns}
    return {"table": row.__tablename__, "id": values["id"], "digest": _digest(values)}


def _digest(values: Mapping[str, Any]) -> str:
    present = {name: value for name, value in values.items() if value is not None}
    return hashlib.sha256(json.dumps(present, sort_keys=True).encode()).hexdigest()


def _hash(previous: str, of_table: str, of_id: int, digest: str) -> str:
    return hashlib.sha256(f"{previous} {of_table} {of_id} {digest}".encode()).hexdigest()


def _fault(what: str) -> RecordError:
    return RecordError(what, remedy=_("Compare the ledger with its backups."))


def _not_as_noted(number: int, head_file: HeadFile) -> RecordError:
    return RecordError(
        _("Entry {n} of the journal is not the one that was noted when it was written.").format(
            n=number
        ),
        remedy=_(
            "Rows were cut off the end, or an older backup was restored; if that was meant, "
            "move {path} away."
        ).format(path=head_file.path),
        path=head_file.path,
    )
