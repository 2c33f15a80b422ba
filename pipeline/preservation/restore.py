"""Restore a home from a backup: the backup is checked first, the restored home audited."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import progress
from pipeline.core.permissions import make_private, open_paths, private_folder, share
from pipeline.errors import IntegrityError, SettingsError, StorageError
from pipeline.i18n import _
from pipeline.preservation import backup_set
from pipeline.preservation.audit import Audit, audit, recorded_artefacts
from pipeline.repository import ledger_copy
from pipeline.repository.ledger import Ledger
from pipeline.repository.store import Store, storage_errors
from pipeline.stage import AnyStage
from pipeline.workflow.production import create_home

__all__ = ["Restored", "restore"]

_COPYING = 0.6  # of the time; the rest goes into reading all of it again


@dataclass(frozen=True)
class Restored:
    """A restored home. `with_store` tells whether its files were restored; `audit` is the audit of
    the restored home."""

    folder: Path
    manifest: backup_set.Manifest
    with_store: bool
    audit: Audit


def restore(
    backup: Path, home: Path, stages: Sequence[AnyStage], *, ledger_url: str = ""
) -> Restored:
    """Restore a backup to a new home, with its ledger in a file or in the database at the URL.

    Interrupted, it leaves no home; started again, it continues. Raises StorageError where folder or
    database is not empty; IntegrityError, and writes nothing, where the backup is damaged.
    Damaged artefacts do not stop it: see `audit`.
    """
    _require_free(home)
    manifest = backup_set.read(backup)
    backup_set.check(backup, manifest)
    partial = home.with_name(f".{home.name}.part")
    with storage_errors(partial):
        _clear(partial)
        shutil.copytree(backup / "home", partial, dirs_exist_ok=True)
        for path in open_paths(partial):  # a backup of an earlier version, or a copy of one
            make_private(path)
        if (partial / "released").is_dir():
            share(partial / "released")
        with_store = _restore_files(backup, partial, manifest)
        _restore_ledger(backup, partial, ledger_url)
        production = create_home(partial, stages)
        with progress.share(_COPYING, 1.0):
            found = audit(production, files=with_store)
        production.ledger.close()
        if home.exists():
            home.rmdir()  # it is empty
        partial.replace(home)
    return Restored(home, manifest, with_store, found)


def _require_free(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise StorageError(
            _("{folder} is there already; nothing was written.").format(folder=home),
            remedy=_("Name a new folder, and change to it when all is well."), path=home,
        )  # fmt: skip


def _clear(partial: Path) -> None:
    """Remove what an interrupted restore left, except the artefacts, which are complete."""
    private_folder(partial)
    for path in partial.iterdir():
        if path.name == "store":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _restore_files(backup: Path, partial: Path, manifest: backup_set.Manifest) -> bool:
    """Copy the artefacts the ledger names; return whether the home is to have them.

    Those of a bucket stay there, unless the backup has them: the bucket may be gone.
    """
    kept = backup_set.shared_store(backup.parent)
    settings = partial / "settings.toml"
    in_bucket = settings.exists() and _url_in(settings.read_text("utf-8"), "store")
    if not manifest.with_store and (in_bucket or not kept.folder.is_dir()):
        return False
    _set_url(settings, "store", "")
    store = Store(partial / "store")
    with closing(_open_copy(backup, partial)) as ledger, ledger.read() as session:
        artefacts = recorded_artefacts(session)
    for n, (sha256, suffix) in enumerate(artefacts):
        with progress.share(_COPYING * n / len(artefacts), _COPYING * (n + 1) / len(artefacts)):
            try:
                store.copy_from_store(kept.place(sha256, suffix), sha256)
            except IntegrityError:
                continue  # the audit names it
    return True


def _open_copy(backup: Path, partial: Path) -> Ledger:
    """Open a copy of the ledger, not the backup itself: an old one is migrated."""
    copy = partial / backup_set.LEDGER
    shutil.copyfile(backup / backup_set.LEDGER, copy)
    return Ledger(f"sqlite:///{copy}")


def _restore_ledger(backup: Path, partial: Path, url: str) -> None:
    _set_url(partial / "settings.toml", "ledger", url)
    _open_copy(backup, partial).close()
    if url:
        file = partial / backup_set.LEDGER
        ledger_copy.into_database(file, url)
        file.unlink()


_TABLE = r"(?ms)^\s*\[{table}\].*?(?=^\s*\[|\Z)|^\s*{table}\s*[.=].*?$"
"""A table of settings.toml, or a line that is one."""


def _set_url(settings: Path, table: str, url: str) -> None:
    """Make the restored settings name what was restored, not what it was copied from."""
    text = settings.read_text("utf-8") if settings.exists() else ""
    if _url_in(text, table) == url:
        return
    text = re.sub(_TABLE.format(table=table), "", text).rstrip()
    text += f"\n\n[{table}]\nurl = {json.dumps(url)}\n"
    if _url_in(text, table) != url:
        raise SettingsError(
            _("[{table}] could not be changed in the restored settings.").format(table=table),
            path=settings, key=f"{table}.url",
            remedy=_("Ask for help with settings.toml; the backup is whole."),
        )  # fmt: skip
    settings.write_text(text, "utf-8")


def _url_in(text: str, table: str) -> str | None:
    try:
        return str(tomllib.loads(text).get(table, {}).get("url", ""))
    except tomllib.TOMLDecodeError:
        return None
