"""A folder of backups: what is in one, which there are, which go when there are too many.

    chifeng-20270301-020000/     one backup: renamed to this when it is whole, and not before
        manifest.json            the SHA-256 of everything in it
        ledger.sqlite            the ledger at one moment, whatever database it is in
        home/                    settings, records, the papers of released episodes
    store/                       the artefacts, once for all backups

A fault of the disk must not damage both home and backup: nothing here is a link into the home.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.core.files import read_json, write_json
from pipeline.errors import BusyError, IntegrityError, StorageError
from pipeline.i18n import _
from pipeline.repository.store import Store, digest

__all__ = ["LEDGER", "Manifest", "backups", "check", "exclusive", "read", "remove_oldest", "sweep"]
__all__ += ["partial_path", "shared_store", "write"]

LEDGER = "ledger.sqlite"
_MANIFEST = "manifest.json"
_NAMES = "chifeng-*"
_HALF = ".part"
_PROGRAM = "chifeng-memory"
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    `production` is the same for all backups of one production and no others: the hash of the first
    entry of its journal. `entries` counts the journal, `artefacts` what the ledger knows of the
    store. `files` maps names in the backup to SHA-256.
    """

    production: str
    at_ms: int
    revision: str
    entries: int
    artefacts: int
    with_store: bool
    files: dict[str, str]


def write(folder: Path, manifest: Manifest) -> None:
    """Write what the backup in the folder holds."""
    told = {"program": _PROGRAM, "format": _FORMAT, **asdict(manifest)}
    write_json(folder / _MANIFEST, told)


def read(backup: Path) -> Manifest:
    """Read what a backup says of itself. Raises StorageError where there is no whole backup."""
    told: Any = None
    with suppress(OSError, ValueError):
        told = read_json(backup / _MANIFEST)
    if not isinstance(told, dict) or told.pop("program", "") != _PROGRAM:
        raise StorageError(
            _("There is no whole backup in {folder}.").format(folder=backup),
            remedy=_("Name a folder that “chifeng backup” made; its name begins with chifeng-."),
            path=backup,
        )
    if told.pop("format") != _FORMAT:
        raise StorageError(
            _("The backup in {folder} was made by a newer version.").format(folder=backup),
            remedy=_("Install that version or a newer one; nothing was changed."), path=backup,
        )  # fmt: skip
    return Manifest(**told)


def check(backup: Path, manifest: Manifest) -> None:
    """Raise IntegrityError unless every file of the backup is as it was written."""
    for name, expected in manifest.files.items():
        path = backup / name
        found = digest(path) if path.is_file() else ""
        if found != expected:
            raise IntegrityError(
                _("{path} of the backup is damaged or missing.").format(path=path),
                expected=expected, found=found, path=path, remedy=_("Take another backup."),
            )  # fmt: skip


def backups(folder: Path, production: str = "") -> list[Path]:
    """List the whole backups in a folder (of one production, if it is named), oldest first."""
    found: list[tuple[int, int, Path]] = []
    for path in folder.glob(_NAMES):
        with suppress(StorageError):
            manifest = read(path)
            if production in ("", manifest.production):
                # A ledger only grows, whatever the clock does.
                found.append((manifest.entries, manifest.at_ms, path))
    return [path for _entries, _at_ms, path in sorted(found)]


def shared_store(folder: Path) -> Store:
    """Return the store that the backups in a folder share."""
    return Store(folder / "store")


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keep other backups out of the folder; raises Busy while there is one under way."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            _("Another backup into {folder} is under way.").format(folder=folder),
            remedy=_("Wait until it has finished."),
        ) from error
    try:
        yield
    finally:
        lock.release()


def partial_path(folder: Path, name: str) -> Path:
    """Return where a backup of that name is made: not where anybody looks for one."""
    return folder / f".{name}{_HALF}"


def sweep(folder: Path) -> None:
    """Remove what killed backups left. Call it while none is under way."""
    for half in folder.glob(f".{_NAMES}{_HALF}"):
        shutil.rmtree(half, ignore_errors=True)
    shared_store(folder).sweep()


def remove_oldest(folder: Path, production: str, keep: int) -> int:
    """Remove all but the newest backups of a production; return how many went.

    The store stays: the ledger forgets no file, so the newest backup knows all of them.
    """
    surplus = backups(folder, production)[: -max(keep, 1)]
    for path in surplus:
        going = partial_path(folder, path.name)
        path.replace(going)  # killed from here on, nothing is left that looks whole
        shutil.rmtree(going, ignore_errors=True)
    return len(surplus)
