"""Copy a ledger from one database to another, row by row: SQLite or PostgreSQL, either way."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, create_engine, func, insert, inspect, make_url, select
from sqlalchemy.orm import Session

from pipeline.errors import StorageError
from pipeline.i18n import _
from pipeline.repository.ledger import Ledger, snapshot
from pipeline.repository.tables import Base

__all__ = ["into_database", "into_file"]

_ROWS_AT_ONCE = 1000


def into_file(ledger: Ledger, target: Path) -> None:
    """Write the ledger as of one moment to a new SQLite file. Writers can go on."""
    if ledger.url.get_backend_name() == "sqlite":
        snapshot(Path(ledger.url.database or ""), target)
        return
    with ledger.read() as session:
        _copy(session, make_url(f"sqlite:///{target}"))


def into_database(file: Path, url: str) -> None:
    """Fill an empty database with the ledger of a SQLite file, which is migrated if it is old.

    Raises StorageError where the database is not empty.
    """
    target = make_url(url)
    _refuse_unless_empty(target)
    source = Ledger(f"sqlite:///{file}")
    try:
        with source.read() as session:
            _copy(session, target)
    finally:
        source.close()


def _copy(session: Session, target: URL) -> None:
    ledger = Ledger(target)
    try:
        with ledger.write() as writing:
            for table in Base.metadata.sorted_tables:
                rows = session.execute(
                    select(table).order_by(table.c.id).execution_options(yield_per=_ROWS_AT_ONCE)
                )
                for portion in rows.mappings().partitions():
                    writing.execute(insert(table), [dict(row) for row in portion])
            _set_counters(writing)
    finally:
        ledger.close()


def _set_counters(session: Session) -> None:
    """Set PostgreSQL's counters after the highest number of each table."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        # A table without a counter has none to set.
        last = func.max(table.c.id)
        counter = func.pg_get_serial_sequence(f'"{table.name}"', "id")
        session.execute(select(func.setval(counter, last)).having(last.is_not(None)))


def _refuse_unless_empty(url: URL) -> None:
    engine = create_engine(url)
    try:
        names = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if names:
        raise StorageError(
            _("The database {url} is not empty.").format(
                url=url.render_as_string(hide_password=True)
            ),
            remedy=_("Make a new one for the restored ledger."),
        )
