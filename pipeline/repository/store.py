"""The store: every artefact once, named by its SHA-256, complete or absent, read-only.

A file is hashed while it is copied to `incoming/`, read back and compared, written to the disk with
fsync, and only then renamed to `ab/abcdef….mp4`. Killed at any moment, the store holds the whole
file or nothing of it.

Where the settings name a bucket, the bucket is the store and the folder holds copies of what was
used last (pipeline/repository/local_copies.py). A file is renamed to its place here only once the
bucket has it, read back and compared, so no copy here is the only one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.core import progress
from pipeline.core.files import storage_errors, sync
from pipeline.errors import IntegrityError
from pipeline.i18n import _
from pipeline.repository.local_copies import Copies
from pipeline.repository.object_storage import Bucket, retry_while_unavailable
from pipeline.repository.tables import DepositRow, OutputRow
from pipeline.stage import Artefact

__all__ = ["Store", "Stored", "digest", "storage_errors", "sync"]

_BLOCK = 4 * 1024 * 1024
_DIGITS = 64


@dataclass(frozen=True)
class Stored:
    """A file in the store."""

    sha256: str
    suffix: str
    size_bytes: int


class Store:
    """A folder of artefacts; or a bucket of them, with copies in the folder."""

    def __init__(
        self, folder: Path, bucket: Bucket | None = None, copies_bytes: int = 0
    ) -> None:  # fmt: skip
        self.folder = folder
        self.bucket = bucket
        self.copies = Copies(folder, bucket, copies_bytes) if bucket else None
        self._incoming = folder / "incoming"

    def place(self, sha256: str, suffix: str) -> Path:
        """Return the path of an artefact, whether it is there or not. Nothing is fetched."""
        return self.folder / sha256[:2] / f"{sha256}{suffix}"

    def artefact(self, row: DepositRow | OutputRow, base: Artefact | None = None) -> Artefact:
        """Return the artefact of a row of the ledger; a correction's with the `base` it revises."""
        return Artefact(
            row.kind, row.sha256, row.name, self.place(row.sha256, row.suffix), row.size_bytes,
            base, self.ensure_local,
        )  # fmt: skip

    def path(self, sha256: str, suffix: str) -> Path:
        """Return the artefact's path, fetched if need be; a missing artefact has no file there.

        Raises IntegrityError where the bucket has another file under its name, and
        StorageUnavailableError.
        """
        return self.ensure_local(self.place(sha256, suffix))

    def ensure_local(self, place: Path) -> Path:
        """Fetch the artefact of this place if it is not there, and return the place; see `path`."""
        if self.bucket and self.copies and not self.copies.touch(place):
            with self.copies.fetch_lock(place):
                if not self.copies.touch(place):  # another process was quicker
                    self._fetch(self.bucket, place)
        return place

    @contextmanager
    def held(self, artefacts: Iterable[Artefact]) -> Iterator[None]:
        """Fetch artefacts and keep them here inside the block, waiting for the bucket to answer.

        Raises IntegrityError for one that is missing from the bucket.
        """
        if self.copies is None:
            yield
            return
        needed = [each for a in artefacts for each in (a, a.base) if each is not None]
        with self.copies.keep([artefact.place for artefact in needed]):
            for artefact in needed:
                path = retry_while_unavailable(partial(self.ensure_local, artefact.place))
                if not path.is_file():
                    what = _("{path} is missing.").format(path=path)
                    raise _integrity_error(what, artefact.sha256, "", path)
            yield

    def import_copy(self, source: Path) -> Stored:
        """Copy a file into the store; the source is left as it is.

        Raises IntegrityError when what was read back is not what was read, StorageError when the
        disk is full.
        """
        with self._incoming_file(source.suffix) as incoming:
            sha256 = _copy(source, incoming)
            if (found := digest(incoming)) != sha256:
                raise IntegrityError(
                    _("The copy of {name} differs from the original.").format(name=source.name),
                    expected=sha256, found=found, path=source,
                    remedy=_("Check the disk and the cable, then deposit the file again."),
                )  # fmt: skip
            return self._keep(incoming, sha256, source.suffix.lower())

    def copy_from_store(self, source: Path, sha256: str) -> bool:
        """Copy an artefact of another store, unless it is here; return whether it was copied.

        Raises IntegrityError when it is missing or not what its name says, StorageError when the
        disk is full.
        """
        there = self.place(sha256, source.suffix)
        if not source.is_file():
            raise _integrity_error(_("{path} is missing.").format(path=source), sha256, "", source)
        if there.is_file() and there.stat().st_size == source.stat().st_size:
            return False
        with self._incoming_file(source.suffix) as incoming:
            _copy(source, incoming)
            if (found := digest(incoming)) != sha256:
                what = _("{path} was changed after it was recorded.").format(path=source)
                raise _integrity_error(what, sha256, found, source)
            self._keep(incoming, sha256, source.suffix)
        return True

    def move_in(self, made: Path) -> Stored:
        """Move a file made by a stage into the store."""
        with storage_errors(made):
            sync(made)
            return self._keep(made, digest(made), made.suffix.lower())

    def import_link(self, uploaded: Path) -> Stored:
        """Link a file of the home into the store; the source is left in place.

        Where the file system has no links it is copied. Raises StorageError.
        """
        with self._incoming_file(uploaded.suffix) as incoming:
            try:
                os.link(uploaded, incoming)
            except OSError:
                return self.import_copy(uploaded)
            sync(incoming)
            return self._keep(incoming, _hash_with_progress(incoming), uploaded.suffix.lower())

    def verify(self, sha256: str, suffix: str) -> None:
        """Read an artefact again; raise IntegrityError unless it is there and unchanged."""
        path = self.place(sha256, suffix)
        if self.bucket and self.copies:
            self.bucket.verify(_name(path), sha256)
            if path.exists() and digest(path) != sha256:
                self.copies.drop(path)
            return
        found = digest(path) if path.exists() else ""
        if found != sha256:
            raise _integrity_error(
                _("{path} is missing.").format(path=path) if not found
                else _("{path} was changed after it was recorded.").format(path=path),
                sha256, found, path,
            )  # fmt: skip

    def send(self, sha256: str, suffix: str) -> None:
        """Send an artefact of this folder to the bucket. Raises IntegrityError as `verify`."""
        place = self.place(sha256, suffix)
        if self.bucket is None:
            return
        if place.is_file() and digest(place) == sha256:
            self.bucket.put(place, _name(place), sha256)
        else:
            self.bucket.verify(_name(place), sha256)

    @contextmanager
    def _incoming_file(self, suffix: str) -> Iterator[Path]:
        incoming = self._incoming / f"{uuid.uuid4().hex}{suffix}"
        with storage_errors(incoming):
            self._incoming.mkdir(parents=True, exist_ok=True)
            try:
                yield incoming
            finally:
                incoming.unlink(missing_ok=True)

    def _keep(self, file: Path, sha256: str, suffix: str) -> Stored:
        size = file.stat().st_size
        target = self.place(sha256, suffix)
        if target.exists() and target.stat().st_size == size:
            file.unlink()
        else:
            if self.bucket:
                self.bucket.put(file, _name(target), sha256)
            self._put_in_place(file, target)
        return Stored(sha256, suffix, size)

    def _fetch(self, bucket: Bucket, place: Path) -> None:
        with self._incoming_file(place.suffix) as incoming:
            if not bucket.get(_name(place), incoming):
                return
            sha256 = place.name[:_DIGITS]
            if (found := digest(incoming)) != sha256:
                what = _("{path} was changed after it was recorded.")
                raise _integrity_error(
                    what.format(path=bucket.address(_name(place))), sha256, found, place
                )
            sync(incoming)
            self._put_in_place(incoming, place)

    def _put_in_place(self, file: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o400)  # for this account alone
        file.replace(target)  # atomic on every system
        sync(target.parent)
        if self.copies:
            self.copies.add(target)

    def sweep(self) -> None:
        """Remove what killed processes left in `incoming/`. Call while no process deposits."""
        shutil.rmtree(self._incoming, ignore_errors=True)


def _name(place: Path) -> str:
    """Return the name of a file of the store in a bucket."""
    return f"{place.parent.name}/{place.name}"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal, reading it in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _integrity_error(what: str, expected: str, found: str, path: Path) -> IntegrityError:
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


def _hash_with_progress(path: Path) -> str:
    hasher = hashlib.sha256()
    total = max(path.stat().st_size, 1)
    done = 0
    with path.open("rb") as reading:
        while block := reading.read(_BLOCK):
            hasher.update(block)
            done += len(block)
            progress.report(done / total, path.name)
    return hasher.hexdigest()
