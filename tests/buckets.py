"""A bucket of the tests' own: S3 as a server speaks it, on a port nobody else has."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from pipeline.settings import StorePlace

__all__ = ["KEYS", "Server", "Wire", "serving"]

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
}  # fmt: skip
"""What a process must find in its environment to come in."""


# What moto holds belongs to the process, not to a server: no two buckets may have one name.
_NUMBERS = itertools.count()


@dataclass
class Server:
    """A running server, which can be away for a while. What it holds lives in this process."""

    port: int = 0
    _running: ThreadedMotoServer | None = None

    def start(self) -> None:
        self._running = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._running.start()
        _host, self.port = self._running.get_host_and_port()

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def client(self) -> Any:
        """Amazon's own client, to look and tamper past the program."""
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def bucket(self, cache_gb: float = 1.0) -> StorePlace:
        """Return settings that name a new bucket."""
        name = f"chifeng-{os.getpid()}-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=name)
        return StorePlace(
            url=f"s3://{name}/of ours", endpoint=self.endpoint, region="", addressing="auto",
            cache_gb=cache_gb,
        )  # fmt: skip


@contextmanager
def serving() -> Iterator[Server]:
    """Have a server as long as the block runs."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        with suppress(Exception):
            server.stop()


class Wire:
    """Passes on what comes to `port` to a server, and can be cut: at once, or after some bytes."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._open: list[socket.socket] = []
        self._cut = threading.Event()
        self._after: int | None = None
        self._passing = threading.Event()
        self._passing.set()
        self.passed = 0
        self.held = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and let none come about."""
        self._cut.set()
        self.held.set()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """Let everything pass."""
        self._after = None
        self._cut.clear()
        self._passing.set()
        self.held.clear()

    def cut_after(self, passed: int) -> None:
        """Be cut once so many bytes more have passed, either way."""
        self._after = self.passed + passed

    def hold_after(self, passed: int) -> None:
        """Pass nothing on any more once so many bytes have passed; nobody is told."""
        self._passing.clear()
        self._after = self.passed + passed

    def close(self) -> None:
        """Take it down."""
        self._listener.close()
        self._passing.set()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self._cut.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._server))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self.passed += len(data)
                if self._after is not None and self.passed > self._after:
                    self.held.set()
                    if self._passing.is_set():
                        self.cut()
                    self._passing.wait()
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
