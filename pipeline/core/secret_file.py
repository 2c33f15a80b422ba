"""A secret that stays: a file that its owner alone may read, made at first use."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.core.files import storage_errors

__all__ = ["read_or_make"]


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what the file holds; where there is none, it is made with what `make` returns.

    It never exists with a mode other than 0600, is there whole or not at all, and the first of two
    that start at once wins. Raises StorageError where the folder may not be written.
    """
    with storage_errors(path):
        if not path.exists():
            half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(half, flags, 0o600), "wb") as file:
                file.write(make())
            with suppress(FileExistsError):
                os.link(half, path)
            half.unlink()
        if os.name == "posix" and path.stat().st_mode & 0o077:  # a copy brought it here
            path.chmod(0o600)
        return path.read_bytes()
