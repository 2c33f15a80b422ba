"""Run an outside program with time limits, without blocking on its pipes."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from pipeline.core.processes.parent_death import child_options
from pipeline.core.processes.resource_limits import ResourceLimits

__all__ = ["Child", "Limits"]

_CHUNK = 1 << 16
_CHUNKS_WAITING = 32
_LOG_LINES = 200_000  # a hostile file may print for ever; measurements stand at the end
_TICK_S = 0.2


class Limits:
    """Time limits: `wall_s` for all of the work, `stall_s` without progress."""

    def __init__(self, stall_s: float, wall_s: float) -> None:
        self.stall_s = stall_s
        self.wall_s = wall_s
        self._started = self._last = time.monotonic()

    def alive(self) -> None:
        """Note progress."""
        self._last = time.monotonic()

    def check(self) -> None:
        """Raise TimeoutError when either limit is passed."""
        now = time.monotonic()
        if now - self._started > self.wall_s or now - self._last > self.stall_s:
            raise TimeoutError


class Child:
    """A running program: a context that ends it on every way out.

    Both its pipes are read all the time, so that it never blocks on them; its standard error is
    kept in `log`; `resources` are limits of the kernel. On Linux the kernel ends it with this
    process; elsewhere an orphan runs until its work is done, in a folder that is no longer used.
    """

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str] | None = None,
        resources: ResourceLimits | None = None,
    ) -> None:
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_CHUNKS_WAITING)
        self._closed = threading.Event()
        self._process = subprocess.Popen(
            args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(env),
            **child_options(resources),
        )
        self._threads = [
            threading.Thread(target=self._read_stdout, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._closed.set()
        self.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def chunks(self, limits: Limits) -> Iterator[bytes]:
        """Yield what the program writes to its standard output.

        Raises TimeoutError when a limit is passed.
        """
        while True:
            limits.check()
            with contextlib.suppress(queue.Empty):
                chunk = self._chunks.get(timeout=_TICK_S)
                if chunk is None:
                    return
                yield chunk

    def wait(self, limits: Limits) -> int:
        """Return the exit code once the program has ended and its log is complete."""
        while True:
            limits.check()
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(timeout=_TICK_S)
                for thread in self._threads:
                    thread.join()
                return code

    def kill(self) -> None:
        """End the program and what it may have started."""
        if self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _read_stdout(self, pipe: IO[bytes]) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), _CHUNK):
                self._put(chunk)
        self._put(None)

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self.log.append(line.decode("utf-8", "replace").rstrip())

    def _put(self, chunk: bytes | None) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._chunks.put(chunk, timeout=_TICK_S)
                return


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "FFREPORT"}
    return {**inherited, "AV_LOG_FORCE_NOCOLOR": "1", **(extra or {})}
