"""A home of any earlier version opens, is copied first, and loses nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from postgresql import Server
from sqlalchemy import create_engine, text
from toys import TOYS

from pipeline.repository import ledger as module
from pipeline.repository.ledger import Ledger
from pipeline.repository.signoff_chain import chain_hash, verify_chain
from pipeline.repository.tables import REVISION, SignOffRow
from pipeline.workflow.production import create_home, open_home

pytestmark = pytest.mark.both_databases

EARLIER = [
    script.revision
    for script in ScriptDirectory(str(Path(module.__file__).parent / "migrations")).walk_revisions()
    if script.revision != REVISION
]
SIGNED = {
    "id": 1, "subject_id": 1, "stage": "recording", "action": "approve",
    "digests": [["recording_report", "0" * 64]], "person": "赵摄像", "role": "cinematographer",
    "via": "command line", "reason": "", "from_stage": "", "at_ms": 1, "previous_hash": "0" * 64,
}  # fmt: skip


def old_ledger(url: str, revision: str) -> None:
    """Make a ledger of an earlier version, with an interviewee and a signature in it."""
    engine = module._engine(module.make_url(url))
    row = SIGNED | {"hash": chain_hash(SignOffRow(**SIGNED))}
    row["digests"] = json.dumps(row["digests"])
    with engine.execution_options(chifeng_write=True).begin() as connection:
        module._upgrade(connection, revision)
        connection.execute(
            text("INSERT INTO subject VALUES (1, 'li', NULL, '李', 'culture', 1, 'zh', 0, 1)")
        )
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO signoff ({names}) VALUES ({values})"), row)
    engine.dispose()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home without its ledger."""
    create_home(tmp_path / "home", TOYS).ledger.close()
    for path in (tmp_path / "home").glob("ledger.sqlite*"):
        path.unlink()
    return tmp_path / "home"


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM subject ORDER BY id")]


def revision(path: Path) -> str:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


@pytest.mark.parametrize("earlier", EARLIER)
def test_an_older_home_is_copied_and_migrated(home, earlier):
    old_ledger(f"sqlite:///{home / 'ledger.sqlite'}", earlier)
    production = open_home(home, TOYS)
    with production.ledger.read() as session:
        assert verify_chain(session) == 1
    assert list(production.board()) == ["li"]
    production.ledger.close()
    assert revision(home / "ledger.sqlite") == REVISION
    (copy,) = (home / "backups").iterdir()
    assert copy.name.startswith(f"ledger-{earlier}-")
    assert (revision(copy), names(copy)) == (earlier, ["李"])


def test_the_copy_holds_what_another_program_has_just_written(home):
    """What is committed lies in the write-ahead log for as long as somebody has the ledger open."""
    path = home / "ledger.sqlite"
    old_ledger(f"sqlite:///{path}", EARLIER[0])
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("INSERT INTO subject SELECT 2, 'wang', NULL, '王', field, phase, language,"
                      " 0, 1 FROM subject")  # fmt: skip
        other.commit()
        open_home(home, TOYS).ledger.close()
        (copy,) = (home / "backups").iterdir()
        assert names(copy) == ["李", "王"]
    assert names(path) == ["李", "王"]


def test_a_migration_that_fails_changes_nothing(home, monkeypatch):
    path = home / "ledger.sqlite"
    old_ledger(f"sqlite:///{path}", EARLIER[0])
    upgrade = module._upgrade

    def failing(connection):
        upgrade(connection)
        raise RuntimeError

    monkeypatch.setattr(module, "_upgrade", failing)
    with pytest.raises(RuntimeError):
        open_home(home, TOYS)
    assert (revision(path), names(path)) == (EARLIER[0], ["李"])


def test_a_home_of_this_version_is_not_copied(home):
    open_home(home, TOYS).ledger.close()
    open_home(home, TOYS).ledger.close()
    assert list((home / "backups").iterdir()) == []


def test_an_older_ledger_in_postgresql_is_migrated(postgresql: Server):
    url = postgresql.empty()
    old_ledger(url.render_as_string(), EARLIER[0])
    ledger = Ledger(url)
    with ledger.read() as session:
        assert verify_chain(session) == 1
    ledger.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISION
    engine.dispose()
