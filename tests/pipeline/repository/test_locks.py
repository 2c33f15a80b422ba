"""Two processes at one stage: one does it; a dead one's lock is free, a lost one's work refused."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from toys import TOYS, FileMakes

from pipeline.errors import BusyError
from pipeline.preservation.audit import audit
from pipeline.repository.tables import FailureRow, RunRow
from pipeline.workflow.executor import run_stage
from pipeline.workflow.production import Production, open_home

pytestmark = pytest.mark.both_databases

PATIENCE_S = 60
SUBJECT = "wang-guilan"


def slow(folder: Path) -> Any:
    """Return the first toy stage, which now says that it began and waits until it may go on."""

    def run(needs: Any, settings: Any, out: Path) -> FileMakes:
        with (folder / "begun").open("a") as file:
            file.write("x")
        while not (folder / "go").exists():
            time.sleep(0.01)
        return TOYS[0].run(needs, settings, out)

    return replace(TOYS[0], run=run)


def _work(folder: Path, told: Any) -> None:
    os.environ["CHIFENG_LANG"] = "en"
    stage = slow(folder)
    production = open_home(folder, (stage, *TOYS[1:]))
    try:
        told.put(run_stage(production, stage, SUBJECT).ran)
    except BusyError as error:
        told.put(str(error))
    production.ledger.close()


class Workers:
    """Processes that perform the slow stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spawn = multiprocessing.get_context("spawn")
        self.told = self.spawn.Queue()
        self.processes: list[BaseProcess] = []

    def start(self) -> BaseProcess:
        process = self.spawn.Process(target=_work, args=(self.folder, self.told))
        process.start()
        self.processes.append(process)
        return process

    def until_begun(self, times: int = 1) -> None:
        end = time.monotonic() + PATIENCE_S
        begun = self.folder / "begun"
        while not begun.exists() or begun.stat().st_size < times:
            assert time.monotonic() < end
            time.sleep(0.02)

    def go(self) -> None:
        (self.folder / "go").touch()

    def answer(self) -> Any:
        return self.told.get(timeout=PATIENCE_S)


@pytest.fixture
def workers(production: Production, bring) -> Iterator[Workers]:
    bring(SUBJECT, "contact_record", "王桂兰")
    made = Workers(production.folder)
    yield made
    for process in made.processes:
        process.kill()
        process.join()


def rows(production: Production) -> tuple[int, int]:
    """Count the runs and the failures in the ledger."""
    with production.ledger.read() as session:
        tables = (RunRow, FailureRow)
        runs, failures = (session.scalar(select(func.count()).select_from(t)) for t in tables)
        return runs or 0, failures or 0


def test_of_two_processes_at_one_stage_one_does_it(production, workers):
    workers.start()
    workers.until_begun()
    workers.start()
    assert "working on wang-guilan now" in workers.answer()
    workers.go()
    assert workers.answer() is True
    assert rows(production) == (1, 0)
    assert (production.folder / "begun").read_text() == "x"


def test_the_lock_of_a_killed_process_is_free_at_once(production, workers):
    process = workers.start()
    workers.until_begun()
    with pytest.raises(BusyError), production.locked(SUBJECT):
        pass
    process.kill()
    process.join()
    with production.locks.hold(SUBJECT, wait_s=2.0):
        pass
    workers.go()
    workers.start()
    assert workers.answer() is True
    assert rows(production) == (1, 0)
    assert not list((production.folder / "work").iterdir())


@contextmanager
def stopped(process: BaseProcess) -> Iterator[None]:
    os.kill(process.pid or 0, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid or 0, signal.SIGCONT)


def test_a_stopped_process_keeps_its_lock_and_goes_on(production, workers):
    process = workers.start()
    workers.until_begun()
    with stopped(process):
        workers.start()
        assert "working on wang-guilan now" in workers.answer()
        workers.go()
    assert workers.answer() is True
    assert rows(production) == (1, 0)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
@pytest.mark.parametrize("quicker", ["the other", "it"])
def test_who_lost_the_lock_records_nothing(production, workers, place, quicker):
    """As when a machine slept, or was cut off, for longer than the server waits."""
    process = workers.start()
    workers.until_begun()
    with stopped(process):
        assert end_sessions(place) == 1
        second = workers.start()
        workers.until_begun(2)
        if quicker == "the other":
            workers.go()
            assert workers.answer() is True
    if quicker == "it":
        with stopped(second):
            workers.go()
            assert "another process may have taken this over" in workers.answer()
        assert workers.answer() is True
    else:
        assert "another process may have taken this over" in workers.answer()
    assert rows(production) == (1, 0)
    assert audit(production).faults == ()


def end_sessions(place: str) -> int:
    """End every session that holds a lock, as the server does when a machine does not answer."""
    engine = create_engine(place, isolation_level="AUTOCOMMIT")
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        ended = len(connection.execute(text(query)).all())
    engine.dispose()
    return ended


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_who_finds_it_locked_is_told_by_whom(production):
    with (
        production.locks.hold("a"),
        production.locks.hold("b"),
        pytest.raises(BusyError, match=rf"process \(.* {os.getpid()}\) is working on a now"),
        production.locks.hold("a"),
    ):
        pass
