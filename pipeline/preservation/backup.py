"""Back up a home while people work in it; a backup is complete or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from pipeline.core import progress
from pipeline.core.clock import CHINA_TIME
from pipeline.core.permissions import private_folder
from pipeline.errors import IntegrityError, StorageError
from pipeline.i18n import _
from pipeline.preservation import backup_set
from pipeline.preservation.audit import recorded_artefacts
from pipeline.repository import ledger_copy
from pipeline.repository.ledger import Ledger, now_ms
from pipeline.repository.store import Store, digest, storage_errors, sync
from pipeline.repository.tables import REVISION, JournalRow
from pipeline.workflow.production import Production

__all__ = ["Backup", "back_up", "backup_folder"]

_LEDGER_SHARE = 0.05  # of the time a backup with all files takes, roughly
_DOCUMENT_SUFFIXES = frozenset(
    (".json", ".srt", ".vtt", ".txt", ".md", ".docx", ".pdf", ".html", ".csv")
)
"""The suffixes backed up of released episodes, whose films are in the store."""


@dataclass(frozen=True)
class Backup:
    """A backup, and the artefacts that could not be copied.

    `copied` counts artefacts that no earlier backup had, `removed` the old backups removed.
    """

    folder: Path
    manifest: backup_set.Manifest
    copied: int
    removed: int
    damaged: tuple[IntegrityError, ...]


def backup_folder(production: Production, to: Path | None = None) -> Path:
    """Return the folder of backups: `to`, else that of the settings. Raises StorageError where none
    is named, or where it is inside the home, which a backup must survive."""
    chosen = production.settings.care.backup_folder
    folder = to or (Path(chosen).expanduser() if chosen else None)
    if folder is None:
        raise StorageError(
            _("No folder for backups is named."),
            remedy=_("Name one: --to FOLDER, or backup_folder under [care] in settings.toml."),
        )
    if folder.resolve().is_relative_to(production.folder.resolve()):
        raise StorageError(
            _("{folder} lies in the home itself.").format(folder=folder),
            remedy=_("Choose a folder on another disk."), path=folder,
        )  # fmt: skip
    return folder


def back_up(production: Production, folder: Path, *, with_store: bool = False) -> Backup:
    """Make a backup in the folder, and remove the oldest ones there.

    Raises BusyError while another one is running, StorageError when the disk is full. A damaged
    artefact does not stop it, and the copy of an earlier backup stays.
    """
    with storage_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if with_store:
            private_folder(backup_set.shared_store(folder).folder)
        with backup_set.exclusive(folder):
            backup_set.sweep(folder)
            name = _name(folder)
            partial = backup_set.partial_path(folder, name)
            try:
                return _make(production, partial, folder / name, with_store=with_store)
            finally:
                shutil.rmtree(partial, ignore_errors=True)


def _make(production: Production, partial: Path, whole: Path, *, with_store: bool) -> Backup:
    private_folder(partial)  # settings may hold passwords
    at_ms = now_ms()
    # Before the ledger: it must have the newest entry that the journal file names.
    _copy_documents(production.folder, partial / "home")
    ledger_copy.into_file(production.ledger, partial / backup_set.LEDGER)
    with closing(Ledger(f"sqlite:///{partial / backup_set.LEDGER}")) as ledger:
        first, entries, artefacts = _contents(ledger)
    copied, damaged = 0, list[IntegrityError]()
    if with_store:
        with progress.share(_LEDGER_SHARE, 1.0):
            copied, damaged = _copy_store(production.store, whole.parent, artefacts)
    files = [path for path in sorted(partial.rglob("*")) if path.is_file()]
    manifest = backup_set.Manifest(
        first, at_ms, REVISION, entries, len(artefacts), with_store,
        {path.relative_to(partial).as_posix(): digest(path) for path in files},
    )  # fmt: skip
    backup_set.write(partial, manifest)
    for path in partial.rglob("*"):
        sync(path)
    partial.replace(whole)  # the backup is complete
    sync(whole.parent)
    keep = production.settings.care.backup_keep
    removed = backup_set.remove_oldest(whole.parent, first, keep)
    return Backup(whole, manifest, copied, removed, tuple(damaged))


def _name(folder: Path) -> str:
    stamp = f"chifeng-{datetime.fromtimestamp(now_ms() / 1000, CHINA_TIME):%Y%m%d-%H%M%S}"
    names = [stamp, *(f"{stamp}-{n}" for n in range(2, 100))]
    return next(name for name in names if not (folder / name).exists())


def _contents(ledger: Ledger) -> tuple[str, int, list[tuple[str, str]]]:
    with ledger.read() as session:
        first = session.scalar(select(JournalRow.hash).order_by(JournalRow.id).limit(1))
        entries = session.scalar(select(func.count()).select_from(JournalRow)) or 0
        return first or "", entries, recorded_artefacts(session)


def _copy_store(
    store: Store, folder: Path, artefacts: Sequence[tuple[str, str]]
) -> tuple[int, list[IntegrityError]]:
    kept = backup_set.shared_store(folder)
    copied, damaged = 0, []
    for n, (sha256, suffix) in enumerate(artefacts):
        with progress.part(n, len(artefacts)):
            if store.bucket and kept.place(sha256, suffix).is_file():
                continue  # the backup has it; to compare it would fetch it
            try:
                copied += kept.copy_from_store(store.path(sha256, suffix), sha256)
            except IntegrityError as error:
                damaged.append(error)
    return copied, damaged


def _copy_documents(home: Path, target: Path) -> None:
    for path in _documents(home):
        copy = target / path.relative_to(home)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # it is being replaced
            data = path.read_bytes()
            if path.name == "journal.txt":  # its last line may be incomplete
                data = data[: data.rfind(b"\n") + 1]
            copy.write_bytes(data)


def _documents(home: Path) -> Iterator[Path]:
    yield from (home / name for name in ("chifeng-home.json", "settings.toml", "README.md"))
    for path in sorted((home / "records").rglob("*")):
        if path.is_file():
            yield path
    for path in sorted((home / "released").rglob("*")):
        if path.is_file() and path.suffix in _DOCUMENT_SUFFIXES and not path.name.startswith("."):
            yield path
