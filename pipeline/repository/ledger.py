"""The ledger: the one database that records everything about the production.

SQLite by default, PostgreSQL by URL. `read()` gives a consistent view; `write()` admits one writer
at a time, so what a writer has read stays true until it has written.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pipeline.core.permissions import private_folder
from pipeline.errors import BusyError, StorageError
from pipeline.i18n import _
from pipeline.repository import journal
from pipeline.repository.store import storage_errors
from pipeline.repository.tables import REVISION

__all__ = ["Ledger", "database_errors", "now_ms", "snapshot"]

_BUSY_MS = 15_000
_WRITER = 0x43484946  # any constant: the advisory lock of writers on PostgreSQL


def now_ms() -> int:
    """Return the time, Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Ledger:
    """A database of the tables in tables.py.

    Opening one creates it where there is none, migrates an older one (after copying it into
    `backups`, for SQLite) and refuses a newer one with StorageError. Every row written is
    entered in the journal, and noted in `head_file`.
    """

    def __init__(
        self, url: str | URL, backups: Path | None = None, head_file: journal.HeadFile | None = None
    ) -> None:
        self.url = make_url(url)
        _make_file(self.url)
        self.head_file = head_file
        self._writer = _engine(self.url).execution_options(chifeng_write=True)
        self._reader = _reader(self._writer)
        with database_errors():
            self._migrate(backups)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a read-only view of one moment."""
        with database_errors(), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open the one writing transaction; it commits at the end of the block, or writes nothing.

        Raises BusyError when another writer holds it too long, StorageError when the disk is full.
        """
        session = Session(self._writer, expire_on_commit=False)
        with database_errors(), session, session.begin():
            _lock(session.connection())  # before anything is read
            written = journal.collect_writes(session)
            yield session
            newest = journal.append_entries(session, written)
            if newest and self.head_file:
                self.head_file.intend(newest)
        if newest and self.head_file:
            self.head_file.note(newest)

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()

    def _migrate(self, backups: Path | None) -> None:
        with self._reader.connect() as connection:
            found = _revision(connection)
        if found == REVISION:
            return
        if found and found > REVISION:
            raise StorageError(
                _("This home was made by a newer version of the program (ledger {found}).").format(
                    found=found
                ),
                remedy=_("Install that version or a newer one; nothing was changed."),
            )
        with self._writer.begin() as connection:
            _lock(connection)
            found = _revision(connection)
            if found == REVISION:  # another process was quicker
                return
            if found and backups and self.url.get_backend_name() == "sqlite":
                _back_up(Path(self.url.database or ""), backups, found)
            _upgrade(connection)
        self._note_newest()

    def _note_newest(self) -> None:
        """Note the newest entry: migrations write some."""
        if self.head_file is not None:
            with Session(self._reader) as session:
                newest = journal.newest_entry(session)
            if newest is not None:
                self.head_file.note(newest)


def _make_file(url: URL) -> None:
    """Make the file of a new SQLite ledger for this account alone, as its WAL will be."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return
    with suppress(OSError):  # opening it says what is wrong
        Path(str(url.database)).touch(mode=0o600)


def _back_up(database: Path, backups: Path, revision: str) -> None:
    """Copy the ledger before its migration, even while it is open elsewhere."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = backups / f"ledger-{revision}-{stamp}.sqlite"
    with storage_errors(backups):
        private_folder(backups)
        partial = copy.with_suffix(".half")
        snapshot(database, partial)
        partial.replace(copy)


def snapshot(database: Path, target: Path) -> None:
    """Write a SQLite database as of one moment to a new file. Writers can go on."""
    target.touch(mode=0o600)
    # Much of a ledger in use is in its write-ahead log, which a copy of the file lacks.
    with (
        database_errors(),
        closing(sqlite3.connect(database, _BUSY_MS / 1000)) as whole,
        closing(sqlite3.connect(target)) as copy,
    ):
        whole.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url,
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True),
        connect_args={"timeout": _BUSY_MS / 1000} if sqlite else {},
        pool_pre_ping=not sqlite,
    )
    if sqlite:
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _reader(writer: Engine) -> Engine:
    """Return the same engine for reading: every statement of a transaction sees one moment.

    SQLite always does so. In PostgreSQL a writer must not: it would see the moment before it got
    the lock.
    """
    if writer.dialect.name == "sqlite":
        return writer.execution_options(chifeng_write=False)
    return writer.execution_options(chifeng_write=False, isolation_level="REPEATABLE READ")


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late to keep readers from becoming writers half-way.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("chifeng_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _lock(connection: Connection) -> None:
    """Lock out other writers until the transaction ends. SQLite does so with BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {_BUSY_MS}"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _WRITER})


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


_LOST = "connection lost"  # whatever the driver's message is
_MEANINGS: tuple[tuple[tuple[str, ...], Callable[[], Exception]], ...] = (
    (
        ("locked", "lock timeout"),
        lambda: BusyError(
            _("The ledger is locked by another program."),
            remedy=_("Close whatever holds it open (a database viewer, a backup) and try again."),
        ),
    ),
    (
        ("disk is full", "No space left", "disk I/O error"),
        lambda: StorageError(
            _("The disk with the ledger is full; nothing was recorded."),
            remedy=_("Free some space and try again."),
        ),
    ),
    (
        ("readonly", "read-only"),
        lambda: StorageError(
            _("The ledger cannot be written."),
            remedy=_("Give this user the right to write in the home folder."),
        ),
    ),
    (
        ("unable to open",),
        lambda: StorageError(
            _("The ledger cannot be opened."),
            remedy=_("Check that the home folder exists and may be written."),
        ),
    ),
    (
        (_LOST, "connection failed", "connection is bad", "could not connect", "server closed"),
        lambda: StorageError(
            _("The ledger's database server does not answer."),
            remedy=_("Start it, and check the address under [ledger] in settings.toml."),
        ),
    ),
)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn errors of the database into errors of this program, where their meaning is known."""
    try:
        yield
    except (DBAPIError, sqlite3.OperationalError) as error:
        message = str(getattr(error, "orig", error))  # without the statement and what was in it
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            message = _LOST
        for words, meaning in _MEANINGS:
            if any(phrase in message for phrase in words):
                raise meaning() from error
        raise
