"""Files: durable writes, errors of the disk, and JSON.

Equal values give equal bytes of JSON, since artefacts are named by their digest.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.errors import StorageError
from pipeline.i18n import _

__all__ = ["SHA256", "read_at_most", "read_json", "storage_errors", "sync", "write_json"]

SHA256 = "[0-9a-f]{64}"
"""A regular expression of a SHA-256 as the ledger and the store write it."""


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, through to the disk."""
    # Windows cannot open folders; its rename is durable without.
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Raise StorageError where the disk is full or may not be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                _("The disk is full; nothing was recorded."),
                remedy=_("Free some space, then start again: finished work is kept."), path=path,
            ) from error  # fmt: skip
        if error.errno == errno.EFBIG:
            raise StorageError(
                _("The disk does not take so large a file; nothing was recorded."),
                remedy=_("FAT32 holds 4 GB at most: use a disk with another file system."),
                path=path,
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                _("{path} may not be written.").format(path=path),
                remedy=_("Give this user the right to write there."), path=path,
            ) from error  # fmt: skip
        raise


def read_at_most(path: Path, limit: int) -> bytes:
    """Return the first `limit` + 1 bytes of a file: one more than allowed means it is too large.

    Whoever reads what people bring never reads all of it to learn its size.
    """
    with path.open("rb") as file:
        return file.read(limit + 1)


def write_json(path: Path, value: object) -> Path:
    """Write `value` as UTF-8 with sorted keys, readable by people, and return `path`."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", "utf-8", newline="\n")
    return path


def read_json(path: Path) -> Any:
    """Return what `write_json` wrote."""
    return json.loads(path.read_text("utf-8"))
