"""The store: every artefact once, named by its SHA-256, complete or absent, read-only.

A file comes in by way of `incoming/`, is hashed while it is copied, read back and compared, brought
to the disk with fsync, and only then renamed to `ab/abcdef….mp4`. Killed at any moment, the store
holds the whole file or nothing of it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline import progress
from pipeline.errors import IntegrityError, StorageError
from pipeline.i18n import _

__all__ = ["Store", "Stored", "digest", "storage_errors", "sync"]

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Stored:
    """What the store says of a file it holds."""

    sha256: str
    suffix: str
    size_bytes: int


class Store:
    """A folder of artefacts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"

    def path(self, sha256: str, suffix: str) -> Path:
        """Return where the artefact lies, or would lie."""
        return self.folder / sha256[:2] / f"{sha256}{suffix}"

    def take(self, source: Path) -> Stored:
        """Copy a person's file in; the source is left as it is.

        Raises IntegrityError when what was read back is not what was read, StorageError when the
        disk is full.
        """
        with self._arrival(source.suffix) as arriving:
            sha256 = _copy(source, arriving)
            if (found := digest(arriving)) != sha256:
                raise IntegrityError(
                    _("The copy of {name} differs from the original.").format(name=source.name),
                    expected=sha256, found=found, path=source,
                    remedy=_("Check the disk and the cable, then deposit the file again."),
                )  # fmt: skip
            return self._keep(arriving, sha256, source.suffix.lower())

    def receive(self, source: Path, sha256: str) -> bool:
        """Copy an artefact of another store in, unless it is here; tell whether it was copied.

        Raises IntegrityError when it is missing or not what its name says, StorageError when the
        disk is full.
        """
        there = self.path(sha256, source.suffix)
        if not source.is_file():
            raise _wrong(_("{path} is missing.").format(path=source), sha256, "", source)
        if there.is_file() and there.stat().st_size == source.stat().st_size:
            return False
        with self._arrival(source.suffix) as arriving:
            _copy(source, arriving)
            if (found := digest(arriving)) != sha256:
                what = _("{path} was changed after it was recorded.").format(path=source)
                raise _wrong(what, sha256, found, source)
            self._keep(arriving, sha256, source.suffix)
        return True

    def adopt(self, made: Path) -> Stored:
        """Move a file a stage made into the store."""
        with storage_errors(made):
            sync(made)
            return self._keep(made, digest(made), made.suffix.lower())

    def take_over(self, uploaded: Path) -> Stored:
        """Take in a file of the home itself without copying it: read once, linked, left in place.

        Where the file system knows no links it is copied. Raises StorageError.
        """
        with self._arrival(uploaded.suffix) as arriving:
            try:
                os.link(uploaded, arriving)
            except OSError:
                return self.take(uploaded)
            sync(arriving)
            return self._keep(arriving, _read(arriving), uploaded.suffix.lower())

    def verify(self, sha256: str, suffix: str) -> None:
        """Read an artefact again; raise IntegrityError unless it is there and unchanged."""
        path = self.path(sha256, suffix)
        found = digest(path) if path.exists() else ""
        if found != sha256:
            raise _wrong(
                _("{path} is missing.").format(path=path) if not found
                else _("{path} was changed after it was recorded.").format(path=path),
                sha256, found, path,
            )  # fmt: skip

    @contextmanager
    def _arrival(self, suffix: str) -> Iterator[Path]:
        arriving = self._incoming / f"{uuid.uuid4().hex}{suffix}"
        with storage_errors(arriving):
            self._incoming.mkdir(parents=True, exist_ok=True)
            try:
                yield arriving
            finally:
                arriving.unlink(missing_ok=True)

    def _keep(self, file: Path, sha256: str, suffix: str) -> Stored:
        size = file.stat().st_size
        target = self.path(sha256, suffix)
        if target.exists() and target.stat().st_size == size:
            file.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.chmod(0o444)
            file.replace(target)  # atomic on every system
            sync(target.parent)
        return Stored(sha256, suffix, size)

    def sweep(self) -> None:
        """Remove what a killed process left half-way in. Call while no other process deposits."""
        shutil.rmtree(self._incoming, ignore_errors=True)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal, reading it in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _wrong(what: str, expected: str, found: str, path: Path) -> IntegrityError:
    return IntegrityError(
        what, expected=expected, found=found, path=path,
        remedy=_("Restore this file from the backup."),
    )  # fmt: skip


def _copy(source: Path, target: Path) -> str:
    hasher = hashlib.sha256()
    total = max(source.stat().st_size, 1)
    done = 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(_BLOCK):
            hasher.update(block)
            writing.write(block)
            done += len(block)
            progress.report(done / total, source.name)
        writing.flush()
        os.fsync(writing.fileno())
    return hasher.hexdigest()


def _read(path: Path) -> str:
    hasher = hashlib.sha256()
    total = max(path.stat().st_size, 1)
    done = 0
    with path.open("rb") as reading:
        while block := reading.read(_BLOCK):
            hasher.update(block)
            done += len(block)
            progress.report(done / total, path.name)
    return hasher.hexdigest()


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, brought to the disk."""
    # Windows cannot open folders; its rename is durable without.
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Say in our words what the operating system says about a full or forbidden disk."""
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
