"""What goes wrong. Each fault takes a phase, does its harm, and takes it back where it can."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
from sqlalchemy import create_engine, text

from chaos.phase import CLOCK, Phase
from pipeline.repository import ledger

__all__ = ["Fault", "cut_wire", "faults_of", "kill_one", "stop_one"]

Fault = Callable[[Phase], None]

_DAY_S = 86_400


def kill_one(phase: Phase) -> None:
    """Kill any one process: a worker, a flow run, the runner, a keeper."""
    _send(phase.chance.choice(phase.processes()), signal.SIGKILL)


def kill_up(phase: Phase) -> None:
    """Kill all of `up` at once, as when the power of that machine fails."""
    for process in phase.processes("up"):
        _send(process, signal.SIGKILL)


def kill_workers(phase: Phase) -> None:
    """Kill all of the worker's machine."""
    for process in phase.processes("worker"):
        _send(process, signal.SIGKILL)


def restart_server(phase: Phase) -> None:
    """End the Prefect server under everybody's hands."""
    for process in phase.processes("up"):
        with suppress(psutil.Error):
            if "flows.server.api" in process.cmdline():
                _send(process, signal.SIGTERM)


def stop_one(phase: Phase) -> None:
    """Have a process stand still for some seconds."""
    process = phase.chance.choice(phase.processes())
    _send(process, signal.SIGSTOP)
    time.sleep(phase.chance.uniform(0.5, 6))
    _send(process, signal.SIGCONT)


def full_disk(phase: Phase) -> None:
    """Let no process write into files: its own ones, the store's, SQLite's."""
    _limit(phase, 0)
    try:
        time.sleep(phase.chance.uniform(0.5, 4))
    finally:
        _limit(phase, psutil.RLIM_INFINITY)


def locked_database(phase: Phase) -> None:
    """Be a program that has the ledger open, and writes for very long."""
    url = phase.production.ledger.url
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if url.get_backend_name() == "sqlite":
            connection.execute(text("BEGIN IMMEDIATE"))
        else:
            connection.execute(text(f"SELECT pg_advisory_lock({ledger._WRITER})"))
        time.sleep(phase.chance.choice([1, 3, 17]))  # the last is longer than anybody waits
        if url.get_backend_name() == "sqlite":
            connection.execute(text("ROLLBACK"))
    engine.dispose()


def end_sessions(phase: Phase) -> None:
    """End everybody's sessions at the database server, as when it is started again."""
    engine = create_engine(phase.production.ledger.url, isolation_level="AUTOCOMMIT")
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        connection.execute(text(query))
    engine.dispose()


def clock_jump(phase: Phase) -> None:
    """Put the clock of every process that starts from now on forward or back, or right again."""
    off = phase.chance.choice([-400 * _DAY_S, -_DAY_S, -3600, 0, 3600, _DAY_S])
    (phase.production.folder / CLOCK).write_text(str(off))
    kill_one(phase)


def cut_wire(phase: Phase) -> None:
    """Cut the worker off from the database server."""
    assert phase.wire
    phase.wire.cut(phase.chance.uniform(0.2, 5))


def dead_wire(phase: Phase) -> None:
    """Let nothing pass between the worker and the database server, then cut it."""
    assert phase.wire
    phase.wire.silence(phase.chance.uniform(0.5, 5))
    phase.wire.cut(0.5)


_ANYWHERE: tuple[Fault, ...] = (
    kill_one, kill_up, kill_workers, restart_server, stop_one, full_disk, locked_database,
    clock_jump,
)  # fmt: skip
_ON_THE_WIRE: tuple[Fault, ...] = (cut_wire, dead_wire, end_sessions)


def faults_of(phase: Phase) -> tuple[Fault, ...]:
    """Return what can go wrong: a ledger in a file has no wire to it."""
    return _ANYWHERE + (_ON_THE_WIRE if phase.wire else ())


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _limit(phase: Phase, most: int) -> None:
    """Let files grow to so many bytes; who starts meanwhile inherits it."""
    for _twice in range(2):
        for process in phase.processes():
            with suppress(psutil.Error):
                process.rlimit(psutil.RLIMIT_FSIZE, (most, psutil.RLIM_INFINITY))
