"""What a program that reads untrusted files may take: memory, processor time, disk, network.

The limits are the kernel's (setrlimit(2)), so they hold whatever a decoder is made to do. Memory is
RLIMIT_DATA, what a process may write to (Linux, since 4.7): RLIMIT_AS also counts address space
that is merely reserved and files that are mapped, of which a program with many threads has many
times what it uses.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ResourceLimits", "machine_memory"]

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class ResourceLimits:
    """Limits of one process; 0 is none. Outside Linux there is no limit of memory or network.

    `memory_bytes` of data, `cpu_s` seconds of processor time of all threads together, `file_bytes`
    for each file written. Without `network` the process has none, where the kernel allows a user to
    give it up (containers often forbid it).
    """

    memory_bytes: int = 0
    cpu_s: int = 0
    file_bytes: int = 0
    network: bool = True

    def setter(self) -> Callable[[], None]:
        """Return, on POSIX, what the child calls before its program; it looks nothing up there."""
        import resource

        kinds = [(resource.RLIMIT_CPU, self.cpu_s), (resource.RLIMIT_FSIZE, self.file_bytes)]
        if sys.platform == "linux":
            kinds.append((resource.RLIMIT_DATA, self.memory_bytes))
        limits = [(kind, _lowered(kind, value)) for kind, value in kinds if value]
        limits.append((resource.RLIMIT_CORE, (0, 0)))
        unshare = None
        if sys.platform == "linux" and not self.network:
            unshare = ctypes.CDLL(None, use_errno=True).unshare

        def apply() -> None:
            if unshare is not None and unshare(_CLONE_NEWNET):  # for root alone
                unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
            for kind, value in limits:
                resource.setrlimit(kind, value)

        return apply


def _lowered(kind: int, value: int) -> tuple[int, int]:
    """Return a soft and hard limit of `value`, or what is in force where that is less."""
    import resource

    hard = resource.getrlimit(kind)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    return most, most


def machine_memory() -> int:
    """Return the bytes of memory of this machine; 0 where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
