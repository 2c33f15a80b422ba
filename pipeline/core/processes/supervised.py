"""Programs kept running beside this one: logged, stopped with it, dead if it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from pipeline.core.processes.parent_death import PARENT, child_options

__all__ = ["Service"]

_LOG_BYTES = 5_000_000
_LOG_FILES = 3


class Service:
    """A running program. What it prints goes to `log`, which is rotated at 5 MB.

    Start and stop it from one and the same thread, which lives as long as it should.
    """

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**env, PARENT: str(os.getpid())},
            **child_options(),
        )
        self._reader = threading.Thread(
            target=_copy, args=(self._process.stdout, _handler(log)), daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def stop(self, grace_s: float) -> None:
        """Ask it to end, and after the time of grace end it and what it started."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=grace_s)
        self._kill()
        self._process.wait()
        self._reader.join(timeout=1)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)  # those it has left behind, too
            else:
                self._process.kill()


def _handler(path: Path) -> RotatingFileHandler:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", errors="replace"
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def _copy(pipe: IO[bytes], handler: RotatingFileHandler) -> None:
    with pipe, contextlib.closing(handler):
        for line in pipe:
            text = line.decode("utf-8", "replace").rstrip()
            handler.emit(logging.LogRecord("", logging.INFO, "", 0, text, None, None))
