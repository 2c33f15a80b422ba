"""Keep workers going on this machine: each is a process, and one that ends is started again."""

from __future__ import annotations

import logging
import platform
import re
import sys
import time
from collections.abc import Callable, Collection

from flows.server.environment import worker_environment
from flows.server.up import logged, stoppable
from pipeline.core.processes.supervised import Service
from pipeline.queues import Queue
from pipeline.workflow.production import Production, require_local_ledger

__all__ = ["host", "keep_workers"]

log = logging.getLogger("chifeng.flows")

_TICK_S = 0.5
_STOP_S = 1.0
_AGAIN_S = 5.0  # one that ends at once has a reason that takes a while to pass


def keep_workers(
    production: Production,
    queues: Collection[Queue],
    at_once: int,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Have so many workers at the queues until Ctrl-C or SIGTERM; call it from the main thread.

    Raises StorageError for a SQLite ledger in a shared folder: only one machine may open that.
    """
    require_local_ledger(production.folder)
    logs = production.folder / "logs"
    command = [sys.executable, "-m", "flows.server.worker", ",".join(queues)]
    env = worker_environment(production.folder)
    names = [f"worker-{host()}-{n + 1}" for n in range(at_once)]
    running: dict[str, tuple[Service, float]] = {}
    with stoppable() as stopping, logged(logs / f"workers-{host()}.log"):
        try:
            ready()
            while not stopping.is_set():
                for name in names:
                    if _is_due(running.get(name)):
                        service = Service(name, command, env, logs / f"{name}.log")
                        running[name] = service, time.monotonic()
                stopping.wait(_TICK_S)
        finally:
            for service, _since in running.values():
                service.stop(_STOP_S)


def host() -> str:
    """Return this machine's name, fit for the name of a file."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", platform.node()) or "localhost"


def _is_due(last: tuple[Service, float] | None) -> bool:
    if last is None:
        return True
    service, since = last
    if service.exit_code is None or time.monotonic() < since + _AGAIN_S:
        return False
    log.warning("%s ended (exit code %s)", service.name, service.exit_code)
    return True
