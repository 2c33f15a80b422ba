"""A PostgreSQL server of the tests' own: on a socket in a folder of its own, gone when they end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from pipeline.core.processes.parent_death import die_with
from pipeline.repository.ledger import Ledger
from pipeline.repository.tables import Base

__all__ = ["Server", "running"]

_QUICK = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=",
    "shared_buffers=16MB", "max_connections=40", "autovacuum=off",
)  # fmt: skip
_PATIENCE_S = 60
_PREFIX = "chifeng-pg-"
"""Of the servers' folders; the number of the process whose it is follows."""


@dataclass
class Server:
    """A running server."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> URL:
        return URL.create(
            "postgresql+psycopg", "postgres", database=database, query={"host": str(self.folder)}
        )

    def cleared(self) -> URL:
        """Return the address of a ledger with nothing in it; the same one every time."""
        tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        with _engine(self.url("cleared")) as engine, engine.begin() as connection:
            connection.execute(text(f"SET lock_timeout = {_PATIENCE_S * 1000}"))
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        return self.url("cleared")

    def empty(self, name: str = "") -> URL:
        """Return the address of a new database, without tables."""
        name = name or f"test{next(self._numbers)}"
        with (
            _engine(self.url("postgres"), isolation_level="AUTOCOMMIT") as engine,
            engine.connect() as connection,
        ):
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        return self.url(name)


@contextmanager
def _engine(url: URL, **options: Any) -> Iterator[Engine]:
    engine = create_engine(url, **options)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it in the end. Needs PostgreSQL's programs (Debian: postgresql)."""
    initdb, postgres = _program("initdb"), _program("postgres")
    _sweep()
    # A socket's path may have 107 bytes, so this is not pytest's own long folder, which is also
    # closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        with _started(initdb, postgres, folder) as process:
            server = Server(folder)
            _wait(server, process)
            Ledger(server.empty("cleared")).close()
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what tests that were killed left behind. Their servers ended with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(initdb: Path, postgres: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        name = _other_user()
        user = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
        shutil.chown(folder, name)
    data = folder / "data"
    subprocess.run(
        [initdb, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
         "--no-sync", "-D", data],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **user,
    )  # fmt: skip
    options = [word for option in _QUICK for word in ("-c", option)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [postgres, "-D", data, "-k", folder, *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            preexec_fn=die_with(os.getpid()) if sys.platform == "linux" else None, **user,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGQUIT)  # nothing in it is worth an orderly end
        process.wait(_PATIENCE_S)


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found:
        return Path(found)
    # Debian keeps them off the PATH, in a folder for every version.
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    if not versions:
        pytest.fail(f"PostgreSQL's {name} is missing. Debian, Ubuntu: sudo apt install postgresql")
    return versions[-1]


def _version(path: Path) -> float:
    try:
        return float(path.parent.parent.name)
    except ValueError:
        return 0.0


def _other_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_S
    with _engine(server.url("postgres")) as engine:
        while True:
            try:
                engine.connect().close()
                return
            except OperationalError:
                if process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"PostgreSQL did not start: {(server.folder / 'log').read_text()}")
                time.sleep(0.05)
