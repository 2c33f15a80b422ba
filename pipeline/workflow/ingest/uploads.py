"""Resumable uploads on disk: they survive a lost connection, a closed browser, a killed server.

    work/uploads/<32 hex digits>/   about.json   upload.mp4   settled

The size of the file is the offset of the upload. A chunk with a checksum counts whole or not at
all: while it arrives, `settled` holds the size before it, to which the file is cut back if the
chunk fails. A name that a person gave is data in about.json, never a path.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import InputError, NotFoundError, StorageError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.ledger import now_ms
from pipeline.repository.store import storage_errors
from pipeline.workflow.ingest.deposits import plain_name, refuse_large
from pipeline.workflow.production import Production

__all__ = ["Chunk", "ChunkMismatchError", "Upload", "Uploads"]

_ID = re.compile("[0-9a-f]{32}")
_MAX_UNFINISHED = 50  # unfinished ones of one person
_RESERVE_BYTES = 1_000_000_000  # the ledger and the stages need room as well
_DAY_MS = 86_400_000
_RESERVED_MS = _DAY_MS  # after the last piece


class ChunkMismatchError(InputError):
    """A chunk that did not arrive as it was sent."""


@dataclass(frozen=True)
class Upload:
    """An unfinished upload. `mark` is the browser's identifier of the file."""

    id: str
    person: str
    slug: str
    kind: str
    name: str
    size_bytes: int
    mark: str
    at_ms: int


class Uploads:
    """The unfinished uploads of a home."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._folder = production.folder / "work" / "uploads"
        self._lock = threading.Lock()
        self._announcing = threading.Lock()
        self._turn: dict[
            str, int
        ] = {}  # the number of the latest writer of each upload; an older one stops

    def begin(
        self, person: str, slug: str, kind: str, name: str, size_bytes: int, mark: str
    ) -> Upload:
        """Start an upload. Raises InputError for a file that cannot be deposited, StorageError."""
        self.sweep()
        suffix = _check_suffix(self._production, kind, name, size_bytes)
        if len(self.of(person)) >= _MAX_UNFINISHED:
            raise InputError(
                _("{n} of your uploads are unfinished.").format(n=_MAX_UNFINISHED),
                remedy=_("Finish or discard some of them first."),
            )
        made = Upload(
            secrets.token_hex(16), person, slug, kind, plain_name(name), size_bytes, mark, now_ms()
        )
        folder = self._folder / made.id
        with storage_errors(folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._announcing:
                self._require_room(size_bytes)
                folder.mkdir(mode=0o700)
                (folder / f"upload{suffix}").touch(mode=0o600)
                text = json.dumps(asdict(made), ensure_ascii=False)
                (folder / "about.json").write_text(text, "utf-8")
        return made

    def reserved_bytes(self) -> int:
        """Return how much of what was announced has not arrived yet, of all people together.

        An upload holds its room until it ends or is dropped, and no longer than a day after its
        last piece: later it may still be continued, as far as there is room.
        """
        since_s = (now_ms() - _RESERVED_MS) / 1000
        reserved = 0
        for upload in self._all():
            with suppress(NotFoundError, FileNotFoundError):  # it ended meanwhile
                file = self.path(upload).stat()
                if file.st_mtime >= since_s:
                    reserved += max(0, upload.size_bytes - file.st_size)
        return reserved

    def _require_room(self, size_bytes: int) -> None:
        free = max(0, shutil.disk_usage(self._folder).free - self.reserved_bytes())
        if free < size_bytes + _RESERVE_BYTES:
            raise StorageError(
                _("The disk has only {free:.1f} GB left; this file has {size:.1f} GB.").format(
                    free=free / 1e9, size=size_bytes / 1e9
                ),
                remedy=_("Free some space on the server, then upload it again."),
            )

    def find(self, person: str, id_: str) -> Upload:
        """Return somebody's own upload; raises NotFoundError for anything else."""
        about = self._folder / id_ / "about.json"
        if _ID.fullmatch(id_) and about.is_file():
            found = Upload(**json.loads(about.read_text("utf-8")))
            if found.person == person:
                return found
        raise NotFoundError(
            _("There is no such upload."), remedy=_("It was finished or discarded; begin anew.")
        )

    def of(self, person: str, slug: str | None = None) -> list[Upload]:
        """Return somebody's unfinished uploads, oldest first."""
        found = [u for u in self._all() if u.person == person and slug in (None, u.slug)]
        return sorted(found, key=lambda upload: upload.at_ms)

    def path(self, upload: Upload) -> Path:
        """Return the file of its bytes; only the suffix comes from its name."""
        found = next((self._folder / upload.id).glob("upload.*"), None)
        if found is None:
            raise NotFoundError(_("There is no such upload."))
        return found

    def offset(self, upload: Upload) -> int:
        """Return how many bytes are stored; a chunk that is arriving is cut off."""
        with self._lock:
            self._turn[upload.id] = self._turn.get(upload.id, 0) + 1
            return self._settle(upload)

    def chunk(self, upload: Upload, offset: int, sha256: bytes | None) -> Chunk | None:
        """Start a chunk at `offset`; return None where the upload is at another offset."""
        with self._lock:
            turn = self._turn[upload.id] = self._turn.get(upload.id, 0) + 1
            if self._settle(upload) != offset:
                return None
            if sha256 is not None:
                (self._folder / upload.id / "settled").write_text(str(offset), "ascii")
        return Chunk(self, upload, offset, sha256, turn)

    def remove(self, upload: Upload) -> None:
        """Forget an upload and its bytes."""
        with self._lock:
            self._turn[upload.id] = self._turn.get(upload.id, 0) + 1
            shutil.rmtree(self._folder / upload.id, ignore_errors=True)
            del self._turn[upload.id]

    def sweep(self) -> None:
        """Remove uploads to which nothing was added for as many days as the settings say."""
        oldest_ms = now_ms() - self._production.settings.desk.upload_days * _DAY_MS
        for upload in self._all():
            if self.path(upload).stat().st_mtime * 1000 < oldest_ms:
                self.remove(upload)

    def _all(self) -> list[Upload]:
        found = []
        for about in self._folder.glob("*/about.json"):
            with suppress(FileNotFoundError):  # it ended meanwhile
                found.append(Upload(**json.loads(about.read_text("utf-8"))))
        return found

    def _settle(self, upload: Upload) -> int:
        path, settled = self.path(upload), self._folder / upload.id / "settled"
        if settled.exists():
            os.truncate(path, int(settled.read_text("ascii")))
            settled.unlink()
        return path.stat().st_size


class Chunk:
    """A chunk that is being written: `keep` keeps it, `drop` cuts it off."""

    def __init__(
        self, uploads: Uploads, upload: Upload, offset: int, sha256: bytes | None, turn: int
    ) -> None:
        self._uploads, self._upload, self._turn = uploads, upload, turn
        self._sha256, self._hasher, self.offset = sha256, hashlib.sha256(), offset
        self._path = uploads.path(upload)

    def write(self, data: bytes) -> None:
        """Append bytes. Raises ChunkMismatchError for more than was announced or after a newer
        writer has begun, StorageError where the disk is full."""
        if self.offset + len(data) > self._upload.size_bytes:
            raise ChunkMismatchError(_("More came than was announced."))
        with self._current_writer(), storage_errors(self._path), self._path.open("r+b") as file:
            file.seek(self.offset)
            file.write(data)
        self._hasher.update(data)
        self.offset += len(data)

    def keep(self) -> int:
        """Return the new offset. Raises ChunkMismatchError if the chunk is not what was sent.

        The chunk is not synced: after a power cut the file is shorter, and its size is the offset.
        The store syncs the file before anything is recorded.
        """
        if self._sha256 is not None and self._hasher.digest() != self._sha256:
            raise ChunkMismatchError(_("The chunk did not arrive as it was sent."))
        with self._current_writer():
            (self._path.parent / "settled").unlink(missing_ok=True)
        return self.offset

    def drop(self) -> None:
        """Cut the chunk off if it has a checksum; else keep what arrived."""
        with suppress(ChunkMismatchError), self._current_writer():
            self._uploads._settle(self._upload)

    @contextmanager
    def _current_writer(self) -> Iterator[None]:
        with self._uploads._lock:
            if self._uploads._turn.get(self._upload.id) != self._turn:
                raise ChunkMismatchError(_("This upload goes on elsewhere."))
            yield


def _check_suffix(production: Production, kind: str, name: str, size_bytes: int) -> str:
    """Return the suffix of a file that can be deposited. Raises InputError."""
    if kind not in KINDS or not KINDS[kind].deposit:
        raise InputError(_("This kind of file is not deposited."))
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS[kind].suffixes:
        raise InputError(
            _("{name} cannot be a {kind}.").format(name=plain_name(name), kind=KINDS[kind].label),
            remedy=_("Accepted are: {suffixes}.").format(suffixes=" ".join(KINDS[kind].suffixes)),
        )
    if size_bytes <= 0:
        raise InputError(_("{name} is empty.").format(name=plain_name(name)))
    refuse_large(KINDS[kind], name, size_bytes)
    if size_bytes > production.settings.desk.upload_gb * 1e9:
        raise InputError(
            _("{name} is larger than {limit} GB.").format(
                name=plain_name(name), limit=production.settings.desk.upload_gb
            ),
            remedy=_("Put it into the folder for material on the server and pick it there."),
        )
    return suffix
