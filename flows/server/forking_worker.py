"""Start the process of a flow run from one that has everything imported already.

Python and Prefect take two to three seconds of processor time to import, and an episode has seven
gates. So the runner, before it has a thread, an open connection or an event loop, forks a process
that does nothing but fork one for each run. What runs there is what `python -m prefect.engine`
runs, in the environment the runner gives it; it ends as any program ends, and dies with its parent.

Prefect has no setting for how a run's process is started, but one place where it is (`SEAM`), which
its own docstring names as the one to replace. Where there is no warm process (not on Linux, or it
was killed), runs are started as Prefect does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pipeline.core.processes.fork_server import forker
from pipeline.core.processes.parent_death import PARENT

__all__ = ["SEAM", "keep_warm"]

log = logging.getLogger("chifeng.flows")

SEAM = ("prefect.runner._starter_engine", "run_process")
"""Where Prefect starts the process of a flow run: a module, and a function it calls there."""

_ENGINE = "prefect.engine"
_LOADED = (_ENGINE, "prefect.flow_engine", "prefect.task_engine", "flows.production")

Start = Callable[..., Awaitable[Any]]


@dataclass
class _Run:
    """The process of a run, as far as Prefect looks at it."""

    pid: int
    told: asyncio.StreamReader
    way: asyncio.StreamWriter
    returncode: int | None = None


def keep_warm() -> None:
    """Have runs started from a process that is ready; call it while there is but one thread.

    What it imports stays imported here, too, and is shared in memory with the processes of the
    runs.
    """
    if sys.platform != "linux":
        return
    from flows.bootstrap import stages

    module, name = SEAM
    starter = import_module(module)
    cold = getattr(starter, name, None)
    if cold is None:
        log.warning("runs start slowly: this release of Prefect has no %s.%s", module, name)
        return
    for each in _LOADED:
        import_module(each)
    stages()
    setattr(starter, name, _starting(*forker(_perform), cold))


def _perform(given: bytes) -> None:
    """Be the process of a run: what follows `python -m prefect.engine`."""
    os.environ.clear()
    os.environ.update(json.loads(given))
    os.environ[PARENT] = str(os.getppid())
    engine = sys.modules[_ENGINE].__file__
    assert engine is not None
    runpy.run_path(engine, run_name="__main__")


def _starting(warm: int, way: socket.socket, cold: Start) -> Start:
    """Return what starts a run's process by way of the one that forks, else as `cold` does."""

    async def start(
        command: Sequence[str], *, env: Mapping[str, str], task_status: Any,
        task_status_handler: Callable[[Any], Any], cwd: Any = None, **others: Any,
    ) -> Any:  # fmt: skip
        if list(command[1:]) == ["-m", _ENGINE] and cwd is None:
            try:
                run = await _forked(way, json.dumps(dict(env)).encode())
            except OSError as error:
                log.warning("a run starts without the warm process: %s", error)
                with suppress(ChildProcessError):
                    os.waitpid(warm, os.WNOHANG)
            else:
                task_status.started(task_status_handler(run))
                return await _ended(run)
        return await cold(
            command, env=env, task_status=task_status, task_status_handler=task_status_handler,
            cwd=cwd, **others,
        )  # fmt: skip

    return start


async def _forked(way: socket.socket, given: bytes) -> _Run:
    """Have a process forked; raise OSError where nobody is there to do it."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(way, [b"!"], [theirs.fileno()])
    told, writer = await asyncio.open_connection(sock=ours)
    writer.write(given)
    writer.write_eof()
    pid = await told.readline()
    if not pid:
        writer.close()
        raise ConnectionError("it ended")
    return _Run(int(pid), told, writer)


async def _ended(run: _Run) -> _Run:
    """Wait until it has; nobody left to tell how means that it was killed with its parent."""
    try:
        run.returncode = int(await run.told.readline() or -signal.SIGKILL)
    finally:
        run.way.close()
        if run.returncode is None:  # we are told to stop
            with suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGTERM)
    return run
