"""The copies of a bucket's artefacts on this machine: which are in use, and which may go.

Whoever works with a copy for long says so in a file of its own, and has it locked meanwhile: the
lock is free the moment its process ends, however it ends. Copies go when they take up too much
room, those used longest ago first; but none that is in use, none that was used a moment ago (its
reader may only just have asked where it lies), and none that the bucket does not have.
"""

from __future__ import annotations

import logging
import os
import re
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.core.files import SHA256
from pipeline.errors import StorageUnavailableError
from pipeline.repository.object_storage import Bucket

__all__ = ["Copies"]

log = logging.getLogger("chifeng.store")

_NAME = re.compile(rf"{SHA256}(\.\w+)?")
_FRESH_S = 600.0
_NOTED_S = 60.0
_ABANDONED_S = 86_400.0
_LEFT = 0.9  # of what may be kept is kept, so that not every file that comes begins anew


@dataclass(frozen=True)
class _Copy:
    path: Path
    size_bytes: int
    used_s: float

    def remove(self) -> bool:
        """Remove it; Windows does not let what is read only, or open, be removed."""
        with suppress(PermissionError):
            self.path.chmod(0o600)
            self.path.unlink(missing_ok=True)
        return not self.path.exists()


class Copies:
    """The copies in a folder. `room_bytes` is what they may take up."""

    def __init__(self, folder: Path, bucket: Bucket, room_bytes: int) -> None:
        self._folder = folder
        self._bucket = bucket
        self._room_bytes = room_bytes
        self._left_bytes = 0  # until the next look at the folder
        self._uses = folder / "in-use"

    def used(self, place: Path) -> bool:
        """Note that a copy is used now; tell whether it is here."""
        try:
            found = place.stat()
            if time.time() - found.st_atime > _NOTED_S:
                os.utime(place, ns=(time.time_ns(), found.st_mtime_ns))
        except FileNotFoundError:
            return False
        return True

    def fetching(self, place: Path) -> AbstractContextManager[object]:
        """Be the only one on this machine to fetch it."""
        self._uses.mkdir(parents=True, exist_ok=True)
        return FileLock(self._uses / f"{place.name[:3]}.fetch")

    @contextmanager
    def held(self, places: Iterable[Path]) -> Iterator[None]:
        """Have these stay while the block runs, those that come meanwhile too."""
        self._uses.mkdir(parents=True, exist_ok=True)
        note = self._uses / f"{uuid.uuid4().hex}.txt"
        lock = FileLock(note.with_suffix(".lock"))
        with self._alone():
            lock.acquire()
            note.write_text("\n".join(place.name for place in places), "utf-8")
        try:
            yield
        finally:
            note.unlink(missing_ok=True)
            lock.release()
            note.with_suffix(".lock").unlink(missing_ok=True)

    def came(self, place: Path) -> None:
        """Count a new copy in, and let others go if there are too many."""
        self.used(place)
        self._left_bytes -= place.stat().st_size
        if self._left_bytes < 0:
            self.prune(self._room_bytes)

    def size_bytes(self) -> int:
        """Return how much room the copies take up."""
        return sum(copy.size_bytes for copy in self._all())

    def prune(self, room_bytes: int) -> int:
        """Remove copies until the rest needs no more room; return how many bytes went."""
        with self._alone():
            found = sorted(self._all(), key=lambda copy: copy.used_s)
            total = there = sum(copy.size_bytes for copy in found)
            wanted = room_bytes * _LEFT if total > room_bytes else total
            kept = self._in_use()
            for copy in found:
                if total <= wanted or time.time() - copy.used_s < _FRESH_S:
                    break
                try:
                    if copy.path.name in kept or not self._is_in_bucket(copy):
                        continue
                except StorageUnavailableError as error:
                    log.warning("no copies are removed: %s", error)
                    break
                if copy.remove():
                    total -= copy.size_bytes
            self._sweep()
            self._left_bytes = self._room_bytes - total
            return there - total

    def drop(self, place: Path) -> None:
        """Remove a copy that is damaged; the bucket's is whole."""
        log.error("%s was damaged here and is fetched again when it is needed", place)
        place.unlink(missing_ok=True)

    def _is_in_bucket(self, copy: _Copy) -> bool:
        name = f"{copy.path.parent.name}/{copy.path.name}"
        if self._bucket.size(name) == copy.size_bytes:
            return True
        log.error("%s is missing from the bucket, or another; the copy is kept", name)
        return False

    def _sweep(self) -> None:
        """Remove what was half-way in when its process was killed."""
        for path in (self._folder / "incoming").glob("*"):
            with suppress(FileNotFoundError):
                found = path.stat()
                if time.time() - max(found.st_mtime, found.st_ctime) > _ABANDONED_S:
                    path.unlink()

    def _all(self) -> Iterator[_Copy]:
        for path in self._folder.glob("??/*"):
            if _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # it went meanwhile
                    found = path.stat()
                    yield _Copy(path, found.st_size, found.st_atime)

    def _in_use(self) -> set[str]:
        """Return the names in use; what those who were killed said is removed."""
        names: set[str] = set()
        for note in self._uses.glob("*.txt"):
            lock = FileLock(note.with_suffix(".lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                names.update(note.read_text("utf-8").split("\n"))
                continue
            note.unlink(missing_ok=True)
            lock.release()
            note.with_suffix(".lock").unlink(missing_ok=True)
        return names

    def _alone(self) -> FileLock:
        self._uses.mkdir(parents=True, exist_ok=True)
        return FileLock(self._uses / "all.lock")
