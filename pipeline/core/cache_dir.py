"""Where things lie that can be made or fetched again, and how they come there whole.

Each is made under a temporary name and renamed when complete: two processes, or one killed half
way, leave nothing half done. All of it may be deleted at any time.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BusyError
from pipeline.i18n import _

__all__ = ["cache_folder", "create_once", "link_or_copy"]

_LOCK_S = 1800.0


def cache_folder() -> Path:
    """Return the folder: `CHIFENG_CACHE`, else the user's own."""
    chosen = os.environ.get("CHIFENG_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "chifeng"


@contextmanager
def create_once(place: Path) -> Iterator[Path | None]:
    """Yield a temporary path to make `place` at, or None when another process has just made it.

    What is there when the block ends without error is renamed to `place`.
    """
    from filelock import FileLock, Timeout

    place.parent.mkdir(parents=True, exist_ok=True)
    target = place.with_name(f".{place.name}.part")
    try:
        with FileLock(place.with_name(f".{place.name}.lock"), timeout=_LOCK_S):
            _remove(target)  # what a killed process left
            if place.exists():
                yield None
                return
            try:
                yield target
                target.replace(place)
            finally:
                _remove(target)
    except Timeout as error:
        raise BusyError(
            _("Another process has been fetching the speech model for half an hour."),
            remedy=_("Wait for it or stop it, then run the same command again."),
        ) from error


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Have `target` show what is in `source`."""
    try:
        target.symlink_to(source.absolute())
    except OSError:  # Windows lets only administrators link
        shutil.copyfile(source, target)
