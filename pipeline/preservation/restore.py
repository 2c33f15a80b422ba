"""Make a home of a backup: checked before it is written, proved before it is there."""

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
    """A home made of a backup. `with_store` tells whether its files came along; `audit` is what
    was found when all of it was read again there."""

    folder: Path
    manifest: backup_set.Manifest
    with_store: bool
    audit: Audit


def restore(
    backup: Path, home: Path, stages: Sequence[AnyStage], *, ledger_url: str = ""
) -> Restored:
    """Make the home at a place where there is none, with its ledger in a file or at the address.

    Interrupted, it leaves no home; started again, it goes on. Raises StorageError where something
    is at the place already, or in the database; IntegrityError, and writes nothing, where the
    backup is damaged. What is wrong with single artefacts does not keep the rest from coming back:
    see `audit`.
    """
    _refuse_unless_free(home)
    manifest = backup_set.read(backup)
    backup_set.check(backup, manifest)
    half = home.with_name(f".{home.name}.part")
    with storage_errors(half):
        _clear(half)
        shutil.copytree(backup / "home", half, dirs_exist_ok=True)
        with_store = _bring_files(backup, half, manifest)
        _bring_ledger(backup, half, ledger_url)
        production = create_home(half, stages)
        with progress.share(_COPYING, 1.0):
            found = audit(production, files=with_store)
        production.ledger.close()
        if home.exists():
            home.rmdir()  # it is empty
        half.replace(home)
    return Restored(home, manifest, with_store, found)


def _refuse_unless_free(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise StorageError(
            _("{folder} is there already; nothing was written.").format(folder=home),
            remedy=_("Name a new folder, and change to it when all is well."), path=home,
        )  # fmt: skip


def _clear(half: Path) -> None:
    """Remove what an interrupted restoration left, but for the artefacts, which are whole."""
    half.mkdir(parents=True, exist_ok=True)
    for path in half.iterdir():
        if path.name == "store":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _bring_files(backup: Path, half: Path, manifest: backup_set.Manifest) -> bool:
    """Copy the artefacts the ledger knows; tell whether there should be any.

    Those of a bucket are left there, unless the backup has them: the bucket may be gone.
    """
    kept = backup_set.shared_store(backup.parent)
    settings = half / "settings.toml"
    in_bucket = settings.exists() and _named(settings.read_text("utf-8"), "store")
    if not manifest.with_store and (in_bucket or not kept.folder.is_dir()):
        return False
    _point(settings, "store", "")
    store = Store(half / "store")
    with closing(_opened_copy(backup, half)) as ledger, ledger.read() as session:
        artefacts = recorded_artefacts(session)
    for n, (sha256, suffix) in enumerate(artefacts):
        with progress.share(_COPYING * n / len(artefacts), _COPYING * (n + 1) / len(artefacts)):
            try:
                store.copy_from_store(kept.place(sha256, suffix), sha256)
            except IntegrityError:
                continue  # the audit names it
    return True


def _opened_copy(backup: Path, half: Path) -> Ledger:
    """Open a copy of the ledger, not the backup itself: an old one is migrated."""
    copy = half / backup_set.LEDGER
    shutil.copyfile(backup / backup_set.LEDGER, copy)
    return Ledger(f"sqlite:///{copy}")


def _bring_ledger(backup: Path, half: Path, url: str) -> None:
    _point(half / "settings.toml", "ledger", url)
    _opened_copy(backup, half).close()
    if url:
        file = half / backup_set.LEDGER
        ledger_copy.into_database(file, url)
        file.unlink()


_PLACE = r"(?ms)^\s*\[{table}\].*?(?=^\s*\[|\Z)|^\s*{table}\s*[.=].*?$"
"""What settings.toml says of where something is: a table, or a line."""


def _point(settings: Path, table: str, url: str) -> None:
    """Have the restored settings name what was restored, never what it was copied from."""
    text = settings.read_text("utf-8") if settings.exists() else ""
    if _named(text, table) == url:
        return
    text = re.sub(_PLACE.format(table=table), "", text).rstrip()
    text += f"\n\n[{table}]\nurl = {json.dumps(url)}\n"
    if _named(text, table) != url:
        raise SettingsError(
            _("[{table}] could not be changed in the restored settings.").format(table=table),
            path=settings, key=f"{table}.url",
            remedy=_("Ask for help with settings.toml; the backup is whole."),
        )  # fmt: skip
    settings.write_text(text, "utf-8")


def _named(text: str, table: str) -> str | None:
    try:
        return str(tomllib.loads(text).get(table, {}).get("url", ""))
    except tomllib.TOMLDecodeError:
        return None
