"""The ledger lets one writer in, refuses what it does not understand, and says so in our words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, select, text

from pipeline.errors import BusyError, StorageError
from pipeline.repository import ledger as module
from pipeline.repository.ledger import Ledger, now_ms
from pipeline.repository.tables import REVISION, Base, PersonRow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def opened(path: Path) -> Ledger:
    return Ledger(f"sqlite:///{path}", backups=path.parent / "backups")


@pytest.fixture
def ledger(path: Path, place: str) -> Iterator[Ledger]:
    """A ledger in either database."""
    made = Ledger(place or f"sqlite:///{path}")
    yield made
    made.close()


def test_the_migrations_make_what_the_models_say(ledger):
    with create_engine(ledger.url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == REVISION
        assert compare_metadata(context, Base.metadata) == []


def test_a_newer_ledger_is_refused_untouched(path):
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="9999"):
        opened(path)


def test_a_failed_write_leaves_nothing(ledger):
    def add_then_fail() -> None:
        with ledger.write() as session:
            session.add(PersonRow(name="甲", roles=[], at_ms=now_ms()))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_then_fail()
    with ledger.read() as session:
        assert session.scalar(select(func.count(PersonRow.id))) == 0


def test_writers_come_one_after_another(ledger):
    with ledger.write() as session:
        session.add(PersonRow(name="计数", roles=["0"], at_ms=0))

    def count() -> None:
        for _ in range(20):
            with ledger.write() as session:
                row = session.scalars(select(PersonRow)).one()
                row.roles = [str(int(row.roles[0]) + 1)]

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as session:
        assert session.scalars(select(PersonRow)).one().roles == ["120"]


def test_a_ledger_locked_by_another_program_is_said_so(path, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_MS", 50)
    ledger = opened(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError), ledger.write():
        pass
    holder.close()
    ledger.close()


def test_a_ledger_that_cannot_be_opened_is_said_so(tmp_path):
    with pytest.raises(StorageError):
        opened(tmp_path / "nowhere" / "ledger.sqlite")


def test_readers_do_not_wait_for_a_writer(ledger):
    with ledger.write() as writing:
        writing.add(PersonRow(name="甲", roles=[], at_ms=0))
        writing.flush()
        with ledger.read() as reading:
            assert reading.execute(text("SELECT count(*) FROM person")).scalar() == 0


def test_a_reader_sees_one_moment(ledger):
    with ledger.read() as reading:
        assert reading.scalars(select(PersonRow)).all() == []
        with ledger.write() as writing:
            writing.add(PersonRow(name="甲", roles=[], at_ms=0))
        assert reading.scalars(select(PersonRow)).all() == []


def test_a_database_server_that_does_not_answer_is_said_so(tmp_path):
    with pytest.raises(StorageError, match="does not answer"):
        Ledger(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_session_that_the_server_ended_is_said_so_and_the_next_one_works(ledger):
    with (
        pytest.raises(StorageError, match="does not answer"),
        ledger.write() as losing,
        ledger.read() as other,
    ):
        losing.add(PersonRow(name="甲", roles=[], at_ms=0))
        losing.flush()
        ended = "SELECT pg_terminate_backend(:pid)"
        pid = losing.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text(ended), {"pid": pid})
        losing.execute(text("SELECT 1"))
    with ledger.write() as writing:
        assert writing.scalars(select(PersonRow)).all() == []
        writing.add(PersonRow(name="甲", roles=[], at_ms=0))


def test_waiting_for_another_writer_ends_in_words(ledger, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_MS", 100)
    impatient = Ledger(ledger.url)
    with ledger.write(), pytest.raises(BusyError), impatient.write():
        pass
    impatient.close()
