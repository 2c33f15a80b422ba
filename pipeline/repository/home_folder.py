"""What a home's folder must be: on a local disk for SQLite, and of the account that works in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import psutil

from pipeline.errors import StorageError
from pipeline.i18n import _

__all__ = [
    "belongs_to_another", "network_type", "owner_to_use", "require_local_disk",
    "require_own_account",
]  # fmt: skip

_NETWORK = {
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afpfs", "webdav",
    "davfs", "davfs2", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ncpfs", "vboxsf",
    "prl_fs", "vmhgfs",
}  # fmt: skip
_NETWORK_FUSE = {
    "sshfs", "glusterfs", "ceph", "ceph-fuse", "rclone", "davfs", "s3fs", "smbnetfs", "curlftpfs",
    "vmhgfs-fuse", "gvfsd-fuse",
}  # fmt: skip


class Mount(Protocol):
    """A row of the mount table, as psutil gives it."""

    @property
    def mountpoint(self) -> str: ...
    @property
    def fstype(self) -> str: ...
    @property
    def opts(self) -> str: ...


def network_type(folder: Path, mounts: Iterable[Mount]) -> str:
    """Return the file system type of a folder on another machine, "" for one on a local disk.

    On Windows psutil says "remote" of a mapped drive; a UNC path is a share without a drive.
    """
    name = str(folder)
    if name.startswith("\\\\") and not name.startswith(("\\\\?\\", "\\\\.\\")):
        return "UNC"
    there = [each for each in mounts if folder.is_relative_to(each.mountpoint)]
    # The last of several mounted at one place is the one that is seen.
    innermost = max(reversed(there), key=lambda each: len(each.mountpoint), default=None)
    if innermost is None:
        return ""
    kind = innermost.fstype.lower()
    fuse = kind.startswith("fuse.") and kind.removeprefix("fuse.") in _NETWORK_FUSE
    if kind in _NETWORK or fuse:
        return innermost.fstype
    return "remote" if "remote" in innermost.opts.split(",") else ""


def require_local_disk(folder: Path) -> None:
    """Refuse a folder on a network share for SQLite, whose locks do not hold there
    (https://sqlite.org/wal.html, "all processes … must be on the same host"). Raises StorageError.
    """
    kind = network_type(folder.resolve(), psutil.disk_partitions(all=True))
    if kind:
        raise StorageError(
            _("The ledger is a file in a shared folder ({kind}), where SQLite can lose data.")
            .format(kind=kind),
            remedy=_(
                "Keep the home on a local disk, or, for several machines, the ledger on "
                "PostgreSQL: docs/how-to/several-machines.md."
            ),
            path=folder,
        )  # fmt: skip


def owner_to_use(account: int, owner: int) -> bool:
    """Tell whether an account (a user's number) must leave a home to its owner: root must."""
    return account == 0 and owner != 0


def belongs_to_another(folder: Path) -> bool:
    """Tell whether this process is root's and the folder is not."""
    if sys.platform == "win32" or not folder.exists():
        return False
    return owner_to_use(os.geteuid(), folder.stat().st_uid)


def require_own_account(folder: Path) -> None:
    """Refuse to work as root in a folder of another account, which could not read what root makes.

    A folder that is not there yet may be made. Raises StorageError.
    """
    if belongs_to_another(folder):
        name = _account(folder.stat().st_uid)
        raise StorageError(
            _("{folder} belongs to {name}, who could not use what root writes there.").format(
                folder=folder, name=name
            ),
            remedy=_("Run it as that account: sudo -u {name} chifeng …").format(name=name),
            path=folder,
        )


def _account(number: int) -> str:
    if sys.platform == "win32":
        return str(number)
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"
