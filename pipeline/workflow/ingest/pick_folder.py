"""The folder on the server from which material may be picked: nothing outside it can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.workflow.production import Production

__all__ = ["Entry", "find_file", "list_folder"]

_MOST = 2000


@dataclass(frozen=True)
class Entry:
    """A file or folder in it. `at` is where, from the folder of the settings on."""

    at: str
    name: str
    is_folder: bool
    size_bytes: int


def list_folder(production: Production, at: str) -> list[Entry]:
    """Return what is in a folder of it, folders first. Raises UnknownName for what is not there."""
    root = _root(production)
    folder = _inside(root, at)
    if not folder.is_dir():
        raise _missing()
    entries = []
    for path in sorted(folder.iterdir(), key=lambda p: (not p.is_dir(), p.name))[:_MOST]:
        if path.name.startswith(".") or not path.resolve().is_relative_to(root):
            continue
        if path.is_dir() or path.is_file():
            is_folder = path.is_dir()
            size = 0 if is_folder else path.stat().st_size
            name = path.name.encode(errors="replace").decode()
            entries.append(Entry(path.relative_to(root).as_posix(), name, is_folder, size))
    return entries


def find_file(production: Production, at: str) -> Path:
    """Return a file of the folder; raises UnknownName for anything that is not in it."""
    path = _inside(_root(production), at)
    if not path.is_file():
        raise _missing()
    return path


def _root(production: Production) -> Path:
    folder = production.settings.desk.material_folder
    if not folder or not Path(folder).is_dir():
        raise NotFoundError(
            _("No folder for material is set up."),
            remedy=_("Name one in the settings: [desk] material_folder."),
        )
    return Path(folder).resolve()


def _inside(root: Path, at: str) -> Path:
    """Return the place, all links followed, if it is within the folder."""
    if "\0" in at or not (place := (root / at).resolve()).is_relative_to(root):
        raise _missing()
    return place


def _missing() -> NotFoundError:
    return NotFoundError(_("There is no such file in the folder for material."))
