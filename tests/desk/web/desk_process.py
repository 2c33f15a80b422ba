"""A desk that is served to tests, by a process of its own that is forked, not started anew.

To import the desk takes two seconds of a processor, and a hundred tests want one each: one process
per worker imports it, and every desk is a fork of that one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from desk.web import server
from flows.server.supervisor import free_port
from pipeline.core.processes.parent_death import PARENT
from pipeline.workflow.production import Production
from stages import STAGES

__all__ = ["Desk"]

assert STAGES  # imported for the forks, which find them done
_ROOT = Path(__file__).resolve().parents[3]
_PATIENCE_S = 60
_FORKS = multiprocessing.get_context("forkserver")


@dataclass
class Desk:
    """A desk that is being served. `production` is the same home, opened by the test."""

    production: Production
    address: str
    process: ForkServerProcess

    @classmethod
    def of(cls, production: Production, port: int = 0) -> Desk:
        """Serve a production on this port, or for 0 on one of its own."""
        port = port or free_port(0)
        return cls(production, f"http://127.0.0.1:{port}", _served(production.folder, port))

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.kill()
        self.process.join(10)

    def start(self) -> None:
        """Serve again at the same address."""
        self.process = _served(self.production.folder, int(self.address.rpartition(":")[2]))

    def stop(self) -> None:
        """Have the server end as it is told to in the evening."""
        self.process.terminate()
        self.process.join(_PATIENCE_S)
        assert self.process.exitcode is not None, "the desk does not end"


def _served(home: Path, port: int) -> ForkServerProcess:
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "tests")])
    with pytest.MonkeyPatch.context() as patch:  # the process that forks does not inherit sys.path
        patch.setenv("PYTHONPATH", path)
        _FORKS.set_forkserver_preload([__name__])
        forkserver.ensure_running()
    env = {**os.environ, "CHIFENG_HOME": str(home), PARENT: str(os.getpid()), "PYTHONPATH": path}
    log = home / "logs" / "desk-test.log"
    process = _FORKS.Process(target=_serve, args=(env, port, log), daemon=True)
    process.start()
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.is_alive():
        if _answers(port):
            return process
        time.sleep(0.02)
    process.kill()
    raise AssertionError(log.read_text("utf-8"))


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _serve(env: dict[str, str], port: int, log: Path) -> None:
    """What the fork does: the same as `python -m desk.web.server PORT`."""
    os.environ.clear()
    os.environ.update(env)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.argv = ["serving", str(port)]
    sys.exit(server.main())
