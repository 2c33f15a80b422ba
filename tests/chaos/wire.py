"""A wire between a worker and the database server that can be cut, or go dead."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

__all__ = ["Wire"]

_NAME = ".s.PGSQL.5432"


class Wire:
    """Passes on what comes to a socket in `folder` to PostgreSQL's socket in `server`."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = server / _NAME
        self._open: list[socket.socket] = []
        self._cut = threading.Event()
        self._passing = threading.Event()
        self._passing.set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _NAME))
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float) -> None:
        """End every connection, and let none come about for that long."""
        self._cut.set()
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()
        time.sleep(seconds)
        self._cut.clear()

    def silence(self, seconds: float) -> None:
        """Pass nothing on for that long; nobody is told."""
        self._passing.clear()
        time.sleep(seconds)
        self._passing.set()

    def close(self) -> None:
        """Take it down."""
        self._listener.close()
        self.cut(0)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self._cut.is_set():
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._server))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._passing.wait()
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
