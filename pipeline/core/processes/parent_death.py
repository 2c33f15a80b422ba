"""End child processes when the process that started them ends, however it ends."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pipeline.core.processes.resource_limits import ResourceLimits

__all__ = ["PARENT", "child_options", "die_with", "die_with_parent"]

PARENT = "CHIFENG_PARENT_PID"
"""Names the process whose end ends this one."""

_PR_SET_PDEATHSIG = 1
_POLL_S = 1.0


def die_with(parent: int) -> Callable[[], None]:
    """Return what a child calls before its program so that the kernel ends it with `parent`.

    For `preexec_fn` on Linux. The kernel looks at the thread that forked: start from a thread that
    lives as long as the process.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(1)

    return ask_kernel


def child_options(limits: ResourceLimits | None = None) -> dict[str, Any]:
    """Return the options of `subprocess.Popen` for a child in a session of its own, out of reach of
    Ctrl-C, that the kernel ends with this process (on Linux) and holds to `limits`."""
    if os.name != "posix":
        return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    options: dict[str, Any] = {"start_new_session": True}
    calls = [limits.setter()] if limits else []
    if sys.platform == "linux":
        calls.append(die_with(os.getpid()))  # last: a change of credentials would undo it
    if calls:
        options["preexec_fn"] = partial(_call_all, calls)
    return options


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


def die_with_parent() -> None:
    """End this process with the one that started it through `multiprocessing`, else with the one
    that CHIFENG_PARENT_PID names; without either, do nothing."""
    started_by = multiprocessing.parent_process()
    if started_by is not None:
        threading.Thread(target=_follow, args=(started_by,), daemon=True).start()
        return
    named = os.environ.get(PARENT, "")
    if not named.isdigit():
        return
    parent = int(named)
    if sys.platform == "linux" and os.getppid() == parent:
        die_with(parent)()
        return
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    import psutil

    while psutil.pid_exists(parent):
        time.sleep(_POLL_S)
    os._exit(1)


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
