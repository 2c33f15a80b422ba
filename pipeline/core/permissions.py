"""Who on this machine may read what the program writes: the account that runs it, nobody else.

Programs begin with `keep_private()`: what they write is then for their account alone, whatever the
account's umask. Only `released/` and deliveries are for others (`share`). Windows has no such
modes: there nothing is changed, and nothing found.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = [
    "keep_private",
    "make_private",
    "open_paths",
    "private_folder",
    "private_umask",
    "share",
    "shared_folder",
]

_UMASK = 0o077
_OTHERS = 0o077
_POSIX = os.name == "posix"


def keep_private() -> None:
    """Let this process, and all it starts, write files that its own account alone may read."""
    os.umask(_UMASK)


@contextmanager
def private_umask() -> Iterator[None]:
    """Do so inside the block. The umask is that of the whole process, all threads."""
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def private_folder(folder: Path) -> Path:
    """Make the folder, with its parents, where there is none; let nobody else into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(folder)
    return folder


def make_private(path: Path) -> None:
    """Take all permissions for others from a file or folder, where this account may do so."""
    with suppress(OSError):  # another's, removed meanwhile, or on a disk without modes
        mode = stat.S_IMODE(path.stat().st_mode)
        if _POSIX and mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)


def share(folder: Path) -> None:
    """Let everybody read a folder and all in it: what is released, and deliveries."""
    for path in (folder, *folder.rglob("*")):
        if _POSIX and not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def shared_folder(folder: Path) -> None:
    """Make the folder where there is none, it and the parents that are made readable by all."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in made:
        path.chmod(0o755)


def open_paths(folder: Path, leaving_out: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Yield the folder and what is in it, where others have any permission for it.

    What has a name of `leaving_out` in the folder itself is left out, with all below it. Links are
    not followed, except those in the folder itself: `store` may lie on another disk.
    """
    if not _POSIX:
        return
    if _is_open(folder):
        yield folder
    for entry in sorted(folder.iterdir()):
        if entry.name in leaving_out:
            continue
        place = entry.resolve()
        if _is_open(place):
            yield place
        for parent, folders, files in os.walk(place):  # nothing for a file
            yield from filter(_is_open, (Path(parent, name) for name in (*folders, *files)))


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        mode = path.lstat().st_mode
        return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)
    return False
