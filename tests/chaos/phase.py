"""A phase of toy interviews in which things go wrong: `up` and a worker, each started again."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
from postgresql import Server
from toys.live import served

from chaos.crew import Crew
from chaos.wire import Wire
from flows.server.endpoints import read_running
from flows.server.environment import HOME
from pipeline.core.processes.supervised import Service
from pipeline.preservation.audit import audit
from pipeline.workflow.production import Production

__all__ = ["CLOCK", "Phase", "phase"]

CLOCK = "clock"
"""A file in the home: by how many seconds the clocks of processes that start are off."""

_PATIENCE_S = 600.0


class Phase:
    """What the faults find: a production, the programs that keep it going, the crew, the wire."""

    def __init__(self, production: Production, wire: Wire | None, seed: int) -> None:
        self.production = production
        self.wire = wire
        self.chance = random.Random(seed)
        self.crew = Crew(production)
        self.restarts = 0
        folder = str(production.folder)
        env = {**os.environ, **served(), "CHIFENG_STAGES": "toys.faulty:TOYS", HOME: folder}
        reached = {"PGHOST": str(wire.folder)} if wire else {}
        cli = [sys.executable, "-m", "desk.cli", "--home", folder]
        self._programs = {
            "up": ([sys.executable, "-m", "flows.server.up"], env),
            "worker": ([*cli, "worker", "--at-once", "2"], {**env, **reached}),
        }
        self._services: dict[str, Service] = {}

    def keep(self) -> None:
        """Start what does not run, as a service manager does."""
        for name, (command, env) in self._programs.items():
            service = self._services.get(name)
            if service is None or service.exit_code is not None:
                self.restarts += service is not None
                log = self.production.folder / "logs" / f"{name}-output.log"
                self._services[name] = Service(name, command, env, log)

    def processes(self, *names: str) -> list[psutil.Process]:
        """Return the processes of these programs (all, if none is named), the outermost first."""
        found: list[psutil.Process] = []
        for name in names or self._services:
            with suppress(psutil.NoSuchProcess):
                outermost = psutil.Process(self._services[name].pid)
                found += [outermost, *outermost.children(recursive=True)]
        return found

    def until(self, look: Callable[[], object], what: str) -> None:
        """Wait for something, keeping everything going meanwhile."""
        end = time.monotonic() + _PATIENCE_S
        while not look():
            assert time.monotonic() < end, f"{what} did not happen"
            self.keep()
            time.sleep(0.2)

    def settle(self) -> None:
        """Wait until all of the work is done and signed, and prove that it is as it must be."""
        self.until(self.crew.finished, "the end of the work")
        wrong = [*self.crew.missing(), *self.crew.broken, *map(str, audit(self.production).faults)]
        assert wrong == [], "\n".join(wrong)

    def stop(self) -> None:
        """Stop everything; nothing may stay behind."""
        self.crew.stop()
        left = self.processes()
        for service in self._services.values():
            service.stop(15)
        _gone, alive = psutil.wait_procs(left, timeout=10)
        assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []


@contextmanager
def phase(production: Production, server: Server | None, seed: int) -> Iterator[Phase]:
    """Have a phase going on while the block runs; with a server, the worker is on a wire."""
    with ExitStack() as stack:
        wire = None
        if server is not None:  # a socket's path may have 107 bytes, so not in pytest's own folder
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chifeng-wire-")))
            wire = Wire(folder, server.folder)
            stack.callback(wire.close)
        made = Phase(production, wire, seed)
        stack.callback(made.stop)
        made.keep()
        made.until(lambda: read_running(production.folder), "the start")
        yield made
