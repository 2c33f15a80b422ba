"""Keep a production up: Prefect's server and runner as children, the reconciler in this process.

A child that ends is started again. Whatever is killed, also everything at once: the next start goes
on from the ledger.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

from filelock import Timeout

from flows.server.endpoints import Running, home_lock, read_running
from flows.server.environment import HOME
from flows.server.supervisor import SideService, Supervisor
from pipeline.core.processes.supervised import Service
from pipeline.errors import BusyError, ChifengError, MissingTool
from pipeline.i18n import _
from pipeline.workflow.production import Production, require_local_ledger

__all__ = ["logged", "started", "stoppable", "up"]

_LOOK_LOCK_S = 2.0  # others try the lock for a moment to see whether we are up
_START_S = 240.0
_STOP_S = 15.0


def up(
    production: Production,
    *,
    side_services: Sequence[SideService] = (),
    ready: Callable[[Running], None] = lambda _running: None,
) -> None:
    """Keep the production up until Ctrl-C or SIGTERM; call `ready` once everything answers.

    Call it from the main thread. Raises Busy, naming process and address, where another process
    keeps it up already, and MissingTool where something does not start.
    """
    folder = production.folder
    require_local_ledger(folder)
    lock = home_lock(folder)
    try:
        lock.acquire(timeout=_LOOK_LOCK_S)
    except Timeout as error:
        raise _already(read_running(folder)) from error
    state = folder / "run.json"
    try:
        state.unlink(missing_ok=True)
        with (
            _only_here(production),
            stoppable() as stopping,
            logged(folder / "logs" / "up.log"),
        ):
            Supervisor(production, side_services).keep(ready, stopping)
    finally:
        state.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _only_here(production: Production) -> Iterator[None]:
    """Have this be the one machine that keeps it up: a ledger on a server is there for many."""
    with ExitStack() as stack:
        try:
            stack.enter_context(production.locks.hold("chifeng up"))
        except BusyError as error:
            raise BusyError(
                _("This production is already up on another machine."),
                remedy=_("Use it, or stop it there first. To help it from here: chifeng worker"),
            ) from error
        yield


@contextmanager
def started(
    production: Production, *, side_services: Sequence[SideService] = ()
) -> Iterator[Running]:
    """Have the production up in another process while the block runs; it is stopped after it.

    Where it is up already, that is used and left alone. Raises MissingTool when it does not come
    up.
    """
    folder = production.folder
    running = read_running(folder)
    if running is not None:
        yield running
        return
    command = [
        sys.executable,
        "-m",
        "flows.server.up",
        json.dumps([asdict(each) for each in side_services]),
    ]
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    env = {**os.environ, HOME: str(folder), "PYTHONPATH": path, "PYTHONUTF8": "1"}
    service = Service("up", command, env, folder / "logs" / "up-output.log")
    try:
        yield _wait_until_up(folder, service)
    finally:
        service.stop(_STOP_S)


def _wait_until_up(folder: Path, service: Service) -> Running:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and service.exit_code is None:
        running = read_running(folder)
        if running is not None and running.pid == service.pid:
            return running
        time.sleep(0.2)
    raise MissingTool(
        _("The Prefect server does not come up."),
        remedy=_("The logs in {folder} say why.").format(folder=folder / "logs"),
        path=folder / "logs",
    )


def _already(running: Running | None) -> BusyError:
    if running is None:
        return BusyError(
            _("Another process is bringing this production up or down."),
            remedy=_("Wait a moment and try again."),
        )
    return BusyError(
        _("This production is already up: process {pid}, {address}.").format(
            pid=running.pid, address=running.prefect
        ),
        remedy=_("Use it, or stop that process first."),
    )


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Turn Ctrl-C and SIGTERM into an event while the block runs."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Keep what the flows' machinery has to say in a file of the home."""
    handler = RotatingFileHandler(path, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("chifeng")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()


def main() -> int:
    """Keep up the production that CHIFENG_HOME names; the argument is what runs beside, as JSON."""
    from flows.bootstrap import open_from_environment

    try:
        side_services = [
            SideService(**{**each, "command": tuple(each["command"])})
            for each in json.loads(sys.argv[1] if len(sys.argv) > 1 else "[]")
        ]
        with suppress(KeyboardInterrupt):
            up(open_from_environment(), side_services=side_services)
    except ChifengError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
