"""Who is at work on what: locks that are free the moment their holder ends, however it ends.

A ledger in a file serves one machine, and a locked file in the home is enough. A ledger on a
database server serves many: there a session of it holds the lock, and the server ends the session
when its machine has not answered for 25 seconds. So a lock can be lost by one who still works;
`HeldLock.verify` tells, and is asked before anything is recorded.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import BusyError
from pipeline.i18n import _
from pipeline.repository.ledger import database_errors

__all__ = ["HeldLock", "Locks", "is_free", "open_locks"]

_POLL_S = 0.1
_LABEL = "chifeng: "
# How PostgreSQL finds out that a machine is gone (over TCP; the end of a process it sees at once).
_KEEPALIVE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}


class HeldLock(Protocol):
    """A lock somebody has."""

    def verify(self) -> None:
        """Raise Busy if the lock was lost meanwhile, so that another may be at it."""


class Locks(Protocol):
    """The locks of one production. Names are free to choose."""

    def hold(self, name: str, wait_s: float = 0.0) -> AbstractContextManager[HeldLock]:
        """Have the lock while the block runs; raises Busy if it is not free within `wait_s`."""


def open_locks(url: URL, folder: Path) -> Locks:
    """Return the locks that hold for everybody who can work on the ledger at `url`."""
    if url.get_backend_name() == "postgresql":
        return _ServerLocks(url)
    return _FileLocks(folder / "locks")


def is_free(locks: Locks, name: str) -> bool:
    """Tell whether nobody has the lock at this moment."""
    try:
        with locks.hold(name):
            return True
    except BusyError:
        return False


class _FileLocks:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: str, wait_s: float = 0.0) -> Iterator[HeldLock]:
        lock = FileLock(self._folder / f"{name.replace('/', '--')}.lock")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise _taken(name, "") from error
        try:
            yield _Kept()
        finally:
            lock.release()


class _Kept:
    """A locked file is kept as long as its process lives."""

    def verify(self) -> None:
        pass


class _ServerLocks:
    def __init__(self, url: URL) -> None:
        label = f"{_LABEL}{platform.node()}"[:48]  # shown to those who find the lock taken
        # A connection for each lock: closing it is what frees the lock.
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT",
            connect_args={"application_name": f"{label} {os.getpid()}"},
        )  # fmt: skip

    @contextmanager
    def hold(self, name: str, wait_s: float = 0.0) -> Iterator[HeldLock]:
        with database_errors():
            connection = self._engine.connect()
        try:
            with database_errors():
                for key, value in _KEEPALIVE.items():
                    connection.execute(text(f"SET {key} = {value}"))
                _acquire(connection, name, time.monotonic() + wait_s)
            yield _InSession(connection)
        finally:
            with suppress(DBAPIError):
                connection.close()


class _InSession:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def verify(self) -> None:
        # The session and its locks end together, so whoever can still ask has them.
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise BusyError(
                _("The database server was away, and another process may have taken this over."),
                remedy=_("Nothing was recorded; it is done again from here."),
            ) from error


def _acquire(connection: Connection, name: str, until: float) -> None:
    number = _number(name)
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}):
        if time.monotonic() >= until:
            raise _taken(name, _holder(connection, number))
        time.sleep(_POLL_S)


def _holder(connection: Connection, number: int) -> str:
    """Name the machine and process that has the lock, if it still has."""
    found = connection.scalar(
        text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND ((l.classid::bigint << 32) | l.objid::bigint) = :n LIMIT 1"
        ),
        {"n": number},
    )
    return str(found or "").removeprefix(_LABEL)


def _number(name: str) -> int:
    """Return the 64 bits (signed) that stand for a name on the server."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _taken(name: str, holder: str) -> BusyError:
    what = _("Another process is working on {slug} now.").format(slug=name)
    if holder:
        what = _("Another process ({holder}) is working on {slug} now.").format(
            holder=holder, slug=name
        )
    return BusyError(
        what, remedy=_("Wait until it has finished; “chifeng status” shows where it is.")
    )
